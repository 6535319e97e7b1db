/* orrery follow */
#include "eventstore/base/config.h"
#include "eventstore/base/diag.h"
#include "eventstore/codec/codec_json.h"
#include "eventstore/disk/folder.h"
#include "eventstore/feed/follower.h"
#include "eventstore/feed/identity_key.h"
#include "tools/options.h"
#include "tools/progress.h"
#include "tools/verb.h"

#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <unistd.h>

/* ---------------------------------------------------------------- saying it */

static const char *const event_names[] = {
	[FOLLOWER_FOUND] = "found", [FOLLOWER_LIVE] = "live",       [FOLLOWER_GOES_ON] = "goes_on",
	[FOLLOWER_LOST] = "lost",   [FOLLOWER_REFUSED] = "refused",
};

static uint64_t lag(const struct follower_news *news)
{
	return news->head > news->position ? news->head - news->position : 0;
}

static void tell_json(void *owner, const struct follower_news *news)
{
	struct buffer line = {0};

	buffer_format(&line,
	              "{\"event\":\"%s\",\"position\":%" PRIu64 ",\"head\":%" PRIu64 ",\"lag\":%" PRIu64
	              ",\"verified\":%" PRIu64 ",\"epoch\":%" PRIu64,
	              event_names[news->event], news->position, news->head, lag(news), news->verified, news->epoch);
	if (news->sentence) {
		buffer_append_text(&line, TEXT(",\"sentence\":"));
		json_append_string(&line, text_from(news->sentence));
	}
	buffer_append_text(&line, TEXT("}\n"));
	fwrite(line.data, 1, line.size, stdout);
	fflush(stdout);
	buffer_finish(&line);
}

static void tell_person(void *owner, const struct follower_news *news)
{
	char position[PROGRESS_NUMBER_SIZE], behind[PROGRESS_NUMBER_SIZE], verified[PROGRESS_NUMBER_SIZE];

	if (news->sentence)
		printf("%s: %s%s\n", event_names[news->event], news->sentence,
		       news->event == FOLLOWER_LOST ? " It is tried again." : "");
	else
		printf("%-7s  %s events, %s behind, %s verified, epoch %" PRIu64 "\n", event_names[news->event],
		       progress_number(news->position, position), progress_number(lag(news), behind),
		       progress_number(news->verified, verified), news->epoch);
	fflush(stdout);
}

/* ---------------------------------------------------------------- the work */

/* A descriptor that becomes readable at TERM or INT; threads that are started later do not get these either. */
static int stop_descriptor(void)
{
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	pthread_sigmask(SIG_BLOCK, &signals, NULL);
	return signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
}

static int exit_code(const char *directory, enum status status)
{
	if (status == STATUS_OK)
		return EXIT_SUCCESS;
	if (status == STATUS_CONFLICT) /* it has said why */
		return EXIT_HOPELESS;
	fprintf(stderr, "orrery follow: %s: %s\n", directory, status_sentence(status));
	return status == STATUS_CORRUPT || status == STATUS_DENIED ? EXIT_HOPELESS : EXIT_FAILURE;
}

static int follow(struct follower_settings *settings)
{
	enum status status;

	settings->stop = stop_descriptor();
	if (settings->stop < 0)
		return exit_code(settings->directory, STATUS_IO);
	status = follower_run(settings);
	close(settings->stop);
	return exit_code(settings->directory, status);
}

/* So that it can be listed at the feed before the first call. */
static int print_key(const char *directory)
{
	char             path[PATH_MAX], text[IDENTITY_KEY_TEXT_SIZE + 1];
	struct noise_key key;
	enum status      status = folder_make(directory);

	snprintf(path, sizeof(path), "%s/" FOLLOWER_KEY_FILE, directory);
	if (status == STATUS_OK)
		status = identity_key_find(path, &key);
	if (status != STATUS_OK)
		return exit_code(directory, status);
	identity_key_format(&key.public, text);
	secret_wipe(&key, sizeof(key));
	printf("%s\n", text);
	return EXIT_SUCCESS;
}

/* ---------------------------------------------------------------- the verb */

struct wish {
	const char        *from, *key;
	struct option_list log_keys;
	bool               json, show_key, keys;
};

static const char *read_keys(const struct wish *wish, struct follower_settings *settings)
{
	if (!wish->from || !wish->key || wish->log_keys.count == 0 || wish->log_keys.count > LOG_KEYS_MAX)
		return "It takes --from HOST:PORT, --key KEY and --log-key VERIFIER.";
	if (!identity_key_parse(text_from(wish->key), &settings->feed))
		return "--key is what `orrery keys feed` prints on the feed's host.";
	for (; settings->log_key_count < wish->log_keys.count; settings->log_key_count++)
		if (!note_verifier_parse(text_from(wish->log_keys.items[settings->log_key_count]),
		                         &settings->log_keys[settings->log_key_count]))
			return "--log-key is what `orrery keys log` prints on the feed's host.";
	return NULL;
}

static int run_follow(int argc, char **argv)
{
	struct follower_settings settings = {0};
	struct option_list       words = {0};
	struct wish              wish = {0};
	const struct option_row  rows[] = {
		 {"--from", OPTION_TEXT, &wish.from},
		 {"--key", OPTION_TEXT, &wish.key},
		 {"--log-key", OPTION_LIST, &wish.log_keys},
		 {"--json", OPTION_FLAG, &wish.json},
		 {"--show-key", OPTION_FLAG, &wish.show_key},
		 {"--with-keys", OPTION_FLAG, &wish.keys},
		 {0},
        };
	const char *complaint = options_read(argc, argv, rows, &words);

	if (!complaint && words.count != 1)
		complaint = "It takes a folder.";
	if (!complaint && wish.show_key)
		return print_key(words.items[0]);
	if (!complaint)
		complaint = read_keys(&wish, &settings);
	if (complaint)
		return verb_misused(&verb_follow, complaint);
	settings.directory = words.items[0];
	settings.from = wish.from;
	settings.keys = wish.keys;
	settings.tell = wish.json ? tell_json : tell_person;
	diag_set_level(DIAG_WARN);
	return follow(&settings);
}

const struct verb verb_follow = {
	.name = "follow",
	.sentence = "Keeps a verified copy of another host's log.",
	.manual =
		"Usage: orrery follow DIR --show-key\n"
		"       orrery follow DIR --from HOST:PORT --key KEY --log-key VERIFIER [--log-key …]\n"
		"                [--with-keys] [--json]\n\n"
		"Copies the log that `orrery-feed` serves at HOST:PORT into DIR, record by record, and goes on as it "
		"grows,\n"
		"through restarts and lost connections, until TERM or Ctrl-C. The copy's hashes are computed here and\n"
		"compared with every checkpoint that the log's key has signed. DIR is then a data folder like the\n"
		"writer's, with an index of its own: `ORRERY_DATA=DIR orrery audit verify` and whoever else reads a "
		"log\n"
		"can read it. Names of persons stay sealed in it.\n\n"
		"--show-key  Prints the key by which this follower shows who it is, making it in DIR if there is "
		"none.\n"
		"            On the feed's host: orrery keys feed-add NAME KEY\n"
		"--key       The feed's own key, as `orrery keys feed` prints it there.\n"
		"--log-key   A public key of the log, as `orrery keys log` prints it there; one of several must have\n"
		"            signed each checkpoint.\n"
		"--with-keys Copies the vault as well, for a stand-by that is to take over: each person's key as it is "
		"wrapped\n"
		"            under the master key, which is never sent. A person's key comes before the first event "
		"that needs\n"
		"            it, and is destroyed here with the event that erases the person. Once there is a vault in "
		"DIR it\n"
		"            must be kept up: without --with-keys it is refused.\n"
		"            On the feed's host: orrery keys feed-add-keys NAME KEY\n"
		"--json      A line of JSON for each thing that happens, and once a second while the copy grows: "
		"event\n"
		"            (found, live, goes_on, lost, refused), position, head, lag, verified, epoch, sentence.\n\n"
		"A log that is not the one copied here, or another past under a signed checkpoint, is refused for "
		"good.\n"
		"The files of lessons do not come with it. They never change, so copy the feed's media folder over "
		"DIR's "
		"by\n"
		"whatever copies what is missing; `orrery audit media` on the copy names what still is.\n"
		"Exit codes: 0 told to end, 1 could not be done, 2 not understood, 3 refused or damaged: see what it "
		"said.\n",
	.run = run_follow,
};
