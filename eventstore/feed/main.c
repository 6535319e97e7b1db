/* orrery-feed: hands the log on to followers on other hosts, until TERM or INT. */
#include "eventstore/base/config.h"
#include "eventstore/base/diag.h"
#include "eventstore/feed/feed.h"
#include "eventstore/log/await.h"
#include "eventstore/log/notary.h"
#include "eventstore/log/reader.h"
#include "eventstore/vault/keys.h"

#include <signal.h>
#include <stdlib.h>

/* The writer makes the log, and may start at the same moment. */
static enum status find_log(void *owner)
{
	struct reader *reader;
	enum status    status = reader_open(owner, &reader);

	if (status == STATUS_OK)
		reader_close(reader);
	return status;
}

static enum status start(const struct config *config, struct feed_settings *settings, struct feed **feed)
{
	*settings = (struct feed_settings){
		.data = config_path(config, CONFIG_DATA),
		.checkpoint = config_in_data(config, NOTARY_FILE, (struct arena *)&config->arena),
		.vault = config_in_data(config, KEYS_FOLDER, (struct arena *)&config->arena),
		.roster = config_path(config, CONFIG_FEED_KEYS),
		.socket_path = config_path(config, CONFIG_SOCKET),
		.listen = config_text(config, CONFIG_FEED_LISTEN),
	};
	enum status status = await_store(find_log, (void *)settings->data);

	return status == STATUS_OK ? feed_start(settings, feed) : status;
}

static void wait_for_the_end(const sigset_t *signals)
{
	int number;

	while (sigwait(signals, &number) != 0)
		;
	diag(DIAG_INFO, "stopping", "signal %d", number);
}

static sigset_t end_signals(void)
{
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	return signals;
}

static int run(const struct config *config)
{
	struct feed_settings settings;
	struct feed         *feed;
	sigset_t             signals = end_signals();
	enum status          status;

	status = start(config, &settings, &feed);
	if (status != STATUS_OK) {
		diag(DIAG_ERROR, "feed_not_started", "%s: %s", config_text(config, CONFIG_FEED_LISTEN),
		     status_sentence(status));
		return status == STATUS_INVALID || status == STATUS_DENIED || status == STATUS_CORRUPT ? EXIT_HOPELESS
		                                                                                       : EXIT_FAILURE;
	}
	pthread_sigmask(SIG_BLOCK, &signals, NULL);
	diag(DIAG_INFO, "feed_ready", "%s", settings.listen);
	wait_for_the_end(&signals);
	feed_stop(feed);
	return EXIT_SUCCESS;
}

int main(int argument_count, char **arguments)
{
	struct config config;
	int           code;

	signal(SIGHUP, SIG_IGN); /* meant for the API, which has keys to reload */
	config_refuse_arguments(argument_count, arguments);
	config_load_or_exit(&config, "orrery-feed");
	code = run(&config);
	config_finish(&config);
	return code;
}
