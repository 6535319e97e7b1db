/* orrery-writer: the one process that appends. It opens the log, the index and the vault, and serves its socket. */
#include "commands/bus.h"
#include "eventstore/base/clock.h"
#include "eventstore/base/config.h"
#include "eventstore/base/diag.h"

#include <signal.h>
#include <stdlib.h>

static int serve(struct store *store, const struct config *config)
{
	struct writer_settings settings = {
		.socket_path = config_path(config, CONFIG_SOCKET),
		.queue_max = config_u32(config, CONFIG_QUEUE_MAX),
	};
	struct bus           *bus = bus_create(store, clock_wall_us);
	struct writer_decider decider = bus_decider(bus);
	enum status           status = writer_run(store, &decider, &settings);

	bus_destroy(bus);
	return status == STATUS_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* What a new start cannot mend, so that the supervisor leaves it down and a person looks. */
static bool hopeless(enum status status)
{
	return status == STATUS_CORRUPT || status == STATUS_DENIED || status == STATUS_CONFLICT
	       || status == STATUS_UNSUPPORTED || status == STATUS_MALFORMED;
}

int main(int argument_count, char **arguments)
{
	struct config config;
	struct store *store;
	int           code;

	signal(SIGHUP, SIG_IGN); /* meant for the API, which has keys to reload */
	config_refuse_arguments(argument_count, arguments);
	config_load_or_exit(&config, "orrery-writer");
	struct store_settings settings = {
		.directory = config_path(&config, CONFIG_DATA),
		.master_path = config_path(&config, CONFIG_MASTER_KEY_FILE),
	};
	enum status status = store_open(&settings, &store);

	if (status != STATUS_OK) {
		diag(DIAG_ERROR, "store_not_opened", "%s: %s", settings.directory, status_sentence(status));
		code = hopeless(status) ? EXIT_HOPELESS : EXIT_FAILURE;
	} else {
		code = serve(store, &config);
		store_close(store);
	}
	config_finish(&config);
	return code;
}
