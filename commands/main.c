/* orrery-writer: the one process that appends. It opens the log, the index and the vault, and serves its socket. */
#include "commands/bus.h"
#include "eventstore/base/clock.h"
#include "eventstore/base/config.h"
#include "eventstore/base/diag.h"
#include "eventstore/disk/folder.h"
#include "eventstore/log/log_keys.h"
#include "eventstore/log/notary.h"
#include "eventstore/writer/store_probe.h"

#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>

/* What a new start cannot mend, so that the supervisor leaves it down and a person looks. */
static int exit_code(enum status status)
{
	bool hopeless = status == STATUS_CORRUPT || status == STATUS_DENIED || status == STATUS_CONFLICT
	                || status == STATUS_UNSUPPORTED || status == STATUS_MALFORMED || status == STATUS_INVALID;

	return hopeless ? EXIT_HOPELESS : EXIT_FAILURE;
}

/* host[:port]/log, and the epoch behind it from the second on: a restored log is another log to those who check it. */
static struct text log_name(const struct config *config, uint64_t epoch, struct arena *arena)
{
	struct text name = text_from(config_text(config, CONFIG_LOG_NAME));

	if (name.size == 0)
		name = arena_format(arena, "%.*s/log", TEXT_ARG(config_authority(config)));
	return epoch > 1 ? arena_format(arena, "%.*s/%" PRIu64, TEXT_ARG(name), epoch) : name;
}

static enum status start_notary(struct store *store, const struct config *config, struct notary **out)
{
	struct arena           arena = {0};
	uint64_t               epoch = store_identity(store).epoch;
	const char            *keys = config_path(config, CONFIG_LOG_KEYS);
	struct notary_settings settings = {
		.data = config_path(config, CONFIG_DATA),
		.keys = log_keys_folder(keys, epoch, &arena),
		.name = log_name(config, epoch, &arena),
		.file = config_in_data(config, NOTARY_FILE, &arena),
	};
	enum status status = folder_make(keys);

	if (status == STATUS_OK)
		status = notary_start(&settings, out);
	arena_finish(&arena);
	return status;
}

static int serve(struct store *store, const struct config *config, const struct auditor *auditor)
{
	struct writer_settings settings = {
		.socket_path = config_path(config, CONFIG_SOCKET),
		.queue_max = config_u32(config, CONFIG_QUEUE_MAX),
		.auditor = auditor,
	};
	struct bus           *bus = bus_create(store, clock_wall_us);
	struct writer_decider decider = bus_decider(bus);
	enum status           status = writer_run(store, &decider, &settings);

	bus_destroy(bus);
	return status == STATUS_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int serve_watched(struct store *store, const struct config *config)
{
	struct auditor *auditor;
	struct notary  *notary;
	enum status     status = start_notary(store, config, &notary);
	int             code;

	if (status != STATUS_OK) {
		diag(DIAG_ERROR, "log_not_signed", "%s", status_sentence(status));
		return exit_code(status);
	}
	auditor = auditor_start(config_path(config, CONFIG_DATA));
	code = serve(store, config, auditor);
	auditor_stop(auditor);
	notary_stop(notary);
	return code;
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
		.room_reserve = (uint64_t)config_u32(&config, CONFIG_DISK_RESERVE_MB) << 20,
		.journal_max = (uint64_t)config_u32(&config, CONFIG_JOURNAL_MB) << 20,
	};
	enum status status = store_probe(&settings);

	if (status == STATUS_OK)
		status = store_open(&settings, &store);
	if (status != STATUS_OK) {
		diag(DIAG_ERROR, "store_not_opened", "%s: %s", settings.directory, status_sentence(status));
		code = exit_code(status);
	} else {
		code = serve_watched(store, &config);
		store_close(store);
	}
	config_finish(&config);
	return code;
}
