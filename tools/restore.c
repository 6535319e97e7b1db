/* orrery restore */
#include "api/media_store.h"
#include "eventstore/base/config.h"
#include "eventstore/base/diag.h"
#include "eventstore/disk/folder.h"
#include "eventstore/log/log_keys.h"
#include "eventstore/log/reader.h"
#include "tools/archive.h"
#include "tools/media_copies.h"
#include "tools/options.h"
#include "tools/progress.h"
#include "tools/restored.h"
#include "tools/verb.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

struct wish {
	const char        *from; /* a folder, or "-" */
	const char        *to;
	uint64_t           at, epoch;
	struct restore_key log_key;
	bool               keys, media, force;
};

/* ---------------------------------------------------------------- which epoch comes next */

/* Behind that of the log that is being replaced, if it can still be read. */
static uint64_t behind_living(const struct config *config, struct id store)
{
	struct reader      *reader;
	struct log_identity identity;

	if (reader_open(config_path(config, CONFIG_DATA), &reader) != STATUS_OK)
		return 0;
	identity = reader_identity(reader);
	reader_close(reader);
	return id_equal(identity.store, store) ? identity.epoch + 1 : 0;
}

static uint64_t next_epoch(const struct config *config, const struct wish *wish, const char *from)
{
	struct manifest manifest;
	uint64_t        living, keys = log_keys_next_epoch(config_path(config, CONFIG_LOG_KEYS));

	if (manifest_read(from, &manifest) != STATUS_OK)
		return 0; /* what is wrong with it is said later */
	living = behind_living(config, manifest.store);
	living = living > keys ? living : keys;
	return wish->epoch > living ? wish->epoch : living;
}

/* ---------------------------------------------------------------- the log */

static void print_restored(const struct wish *wish, const struct restore_outcome *outcome)
{
	char events[PROGRESS_NUMBER_SIZE];

	printf("%s restored: %s events, epoch %" PRIu64 "\ncheckpoint  %s\n", wish->to,
	       progress_number(outcome->head, events), outcome->identity.epoch, restored_trust(outcome));
	if (outcome->head < outcome->manifest.head)
		printf("%" PRIu64 " events behind position %" PRIu64 " were left out.\n",
		       outcome->manifest.head - outcome->head, outcome->head);
	fputs("It has the log alone. Move or restore the vault (`orrery restore --keys`) and the master key there\n"
	      "before a writer starts on it, and log-keys, signing and issuer-keys to keep their past. The writer\n"
	      "makes the index and a key for the new epoch. A read model that is ahead of this log refuses, and says\n"
	      "how to rebuild it.\n",
	      stdout);
}

static int restore_from(const struct wish *wish, const struct config *config, const char *from)
{
	struct restore_plan    plan = {.from = from,
	                               .to = wish->to,
	                               .at = wish->at,
	                               .epoch = next_epoch(config, wish, from),
	                               .log_key = wish->log_key.given ? &wish->log_key.verifier : NULL};
	struct restore_outcome outcome;
	enum status            status = restored_run(&plan, &outcome);

	if (status != STATUS_OK)
		return restored_complain("restore", status, outcome.fault);
	print_restored(wish, &outcome);
	return EXIT_SUCCESS;
}

/* ---------------------------------------------------------------- the keys */

static void print_keys(const struct wish *wish, const struct restore_keys_outcome *outcome)
{
	printf("The keys of %" PRIu64 " persons are in %s/keys; %" PRIu64 " persons are forgotten in it.\n",
	       outcome->persons, wish->to, outcome->forgotten);
	if (outcome->replaced)
		printf("What was there before lies in %s/keys.replaced. No erasure reaches it: delete it soon.\n",
		       wish->to);
	if (wish->force)
		fputs("Whoever was erased after the backup, and by no log or vault that is here, is not forgotten any "
		      "more.\n",
		      stdout);
}

static int restore_keys_from(const struct wish *wish, const struct config *config, const char *from)
{
	struct restore_keys_plan plan = {
		.from = from, .to = wish->to, .living = config_path(config, CONFIG_DATA), .force = wish->force};
	struct restore_keys_outcome outcome;
	enum status                 status = restore_keys(&plan, &outcome);

	if (status != STATUS_OK)
		return restored_complain("restore", status, outcome.fault);
	print_keys(wish, &outcome);
	return EXIT_SUCCESS;
}

/* ---------------------------------------------------------------- from a folder or a stream */

static int restore_either(const struct wish *wish, const struct config *config, const char *from)
{
	return wish->keys ? restore_keys_from(wish, config, from) : restore_from(wish, config, from);
}

static int restore_from_stdin(const struct wish *wish, const struct config *config)
{
	char scratch[PATH_MAX];
	int  code = EXIT_FAILURE;

	if (snprintf(scratch, sizeof(scratch), "%s.XXXXXX", wish->to) >= PATH_MAX || !mkdtemp(scratch)) {
		fprintf(stderr, "orrery restore: No scratch folder can be made: %s.\n", scratch);
		return EXIT_FAILURE;
	}
	if (archive_read(scratch) == STATUS_OK)
		code = restore_either(wish, config, scratch);
	else
		fputs("orrery restore: What came on stdin is no whole archive. Nothing was restored.\n", stderr);
	if (folder_remove(scratch) != STATUS_OK)
		fprintf(stderr, "orrery restore: %s could not be removed.\n", scratch);
	return code;
}

/* ---------------------------------------------------------------- the verb */

/* NULL, or what is wrong. */
static const char *read_wish(int argc, char **argv, struct wish *wish)
{
	const char             *log_key = NULL, *wrong;
	struct option_list      words = {0};
	const struct option_row rows[] = {{"--keys", OPTION_FLAG, &wish->keys},
	                                  {"--media", OPTION_FLAG, &wish->media},
	                                  {"--force", OPTION_FLAG, &wish->force},
	                                  {"--at", OPTION_NUMBER, &wish->at},
	                                  {"--epoch", OPTION_NUMBER, &wish->epoch},
	                                  {"--log-key", OPTION_TEXT, &log_key},
	                                  {0}};

	wrong = options_read(argc, argv, rows, &words);
	if (wrong)
		return wrong;
	if (words.count != 2)
		return "It takes a backup, or - for stdin, and the folder that is to be.";
	wish->from = words.items[0];
	wish->to = words.items[1];
	if (wish->keys && (wish->at != UINT64_MAX || wish->epoch > 0 || log_key))
		return "--at, --epoch and --log-key are for the log, not for --keys.";
	if (wish->media
	    && (wish->keys || wish->at != UINT64_MAX || wish->epoch > 0 || log_key || strcmp(wish->from, "-") == 0))
		return "--media takes a folder that `orrery backup --media` filled, and goes with nothing else.";
	if (wish->force && !wish->keys)
		return "--force goes with --keys.";
	return restored_read_key(log_key, &wish->log_key);
}

static int restore_media(const struct wish *wish)
{
	char path[PATH_MAX];

	if (folder_path(wish->to, MEDIA_FOLDER, path) != STATUS_OK)
		return EXIT_FAILURE;
	return media_copies_run("restore", wish->from, path, false);
}

static int run_restore(int argc, char **argv)
{
	struct wish   wish = {.at = UINT64_MAX};
	struct config config;
	const char   *wrong;
	int           code;

	if ((wrong = read_wish(argc, argv, &wish)))
		return verb_misused(&verb_restore, wrong);
	if (wish.media)
		return restore_media(&wish);
	config_load_or_exit(&config, "orrery-restore");
	diag_set_level(DIAG_WARN); /* that a map grows is no news here */
	code = strcmp(wish.from, "-") == 0 ? restore_from_stdin(&wish, &config)
	                                   : restore_either(&wish, &config, wish.from);
	config_finish(&config);
	return code;
}

const struct verb verb_restore = {
	.name = "restore",
	.sentence = "Brings back a backup of the log, or of the keys, after checking all of it.",
	.manual =
		"Usage: orrery restore BACKUP|- DIR [--at POSITION] [--log-key NAME+ID+BASE64] [--epoch N]\n"
		"       orrery restore --keys BACKUP|- DIR [--force]\n"
		"       orrery restore --media BACKUP DIR\n\n"
		"Reads the whole backup, compares every file, record and hash and the signed checkpoint, and only "
		"then\n"
		"lets DIR appear, which must be missing or empty: a data folder with the log, and nothing else. The "
		"log\n"
		"begins a new epoch, so that whatever knew the lost end of the old one is told: read models and mails\n"
		"that are ahead of it refuse to go on and say what to do, and its checkpoints are signed by new keys.\n"
		"The old keys go on proving what they signed. Mails of before are not written again.\n"
		"--at       leaves out what came after that position\n"
		"--log-key  the public key that must have signed the backup's checkpoint; without it, the key that "
		"the\n"
		"           backup names is believed, which shows damage but no forgery\n"
		"--epoch    at least this number for the new epoch, for when the log that is replaced, ORRERY_DATA, "
		"and\n"
		"           its log keys cannot be read here to find the next one\n\n"
		"With --keys the vault of the data folder DIR is brought back, with no writer running there. "
		"Everybody\n"
		"is forgotten again of whom the logs or vaults in DIR and in ORRERY_DATA say that they were erased;\n"
		"their keys are not written. If none of these reaches up to the present, persons who were erased "
		"after\n"
		"the backup would come back, and it is refused.\n"
		"--force    brings them back all the same, for when everything else is lost\n"
		"What names persons whose key is newer than the backup cannot be read any more.\n"
		"With --media the files of lessons come back into the data folder DIR, those that it has not yet; each "
		"is\n"
		"checked against its hash. The writer and the API may run.\n"
		"Exit codes: 0 done, 1 could not be done, 2 not understood, 3 the backup is damaged or not signed by "
		"the\n"
		"key.\n",
	.run = run_restore,
};
