/* orrery backup */
#include "eventstore/backup/backup.h"

#include "api/media_store.h"
#include "eventstore/backup/restore.h"
#include "eventstore/base/clock.h"
#include "eventstore/base/config.h"
#include "eventstore/base/diag.h"
#include "eventstore/disk/folder.h"
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
#include <unistd.h>

struct wish {
	const char        *to; /* a folder, or "-" */
	const char        *scratch;
	bool               keys, media, verify, json;
	struct restore_key log_key;
};

/* ---------------------------------------------------------------- saying it */

static int complain(const struct wish *wish, const struct backup_outcome *outcome, enum status status)
{
	if (status == STATUS_CORRUPT && outcome->damaged > 0)
		fprintf(stderr,
		        "orrery backup: The log is damaged: position %" PRIu64
		        " does not hold what was written there. Nothing was backed up.\n",
		        outcome->damaged);
	else if (status == STATUS_CORRUPT)
		fputs("orrery backup: The log contradicts its signed checkpoint. Nothing was backed up.\n", stderr);
	else if (status == STATUS_CONFLICT)
		fprintf(stderr, "orrery backup: %s is not empty.\n", wish->to);
	else if (status == STATUS_NOT_FOUND)
		fprintf(stderr, "orrery backup: There is no %s to back up, or no folder to put it in.\n",
		        wish->keys ? "vault" : "log");
	else
		fprintf(stderr, "orrery backup: %s Nothing was backed up.\n", status_sentence(status));
	return status == STATUS_CORRUPT ? RESTORED_DAMAGED : EXIT_FAILURE;
}

static void print_log(const struct backup_outcome *outcome, double seconds, FILE *out)
{
	char events[PROGRESS_NUMBER_SIZE];

	fprintf(out, "%s events, up to position %" PRIu64 " of epoch %" PRIu64 ", in %.1f s\n",
	        progress_number(outcome->manifest.head, events), outcome->manifest.head, outcome->manifest.epoch,
	        seconds);
	if (outcome->checkpoint_size > 0)
		fprintf(out, "with the signed checkpoint of %s events\n",
		        progress_number(outcome->checkpoint_size, events));
	else
		fputs("without a signed checkpoint: there is none of this epoch yet\n", out);
	fputs("The vault is not in it: `orrery backup --keys` makes a backup of that.\n", out);
}

static void print_keys(const struct backup_outcome *outcome, FILE *out)
{
	fprintf(out, "the keys of %" PRIu64 " persons, each wrapped under the master key; %" PRIu64 " are forgotten\n",
	        outcome->persons, outcome->forgotten);
	fputs("The master key is not in it, and without that it opens nothing. Whoever is erased from now on can be\n"
	      "read again with this backup until it is destroyed: keep few of them, and not for long.\n",
	      out);
}

static void print_json(const struct wish *wish, const struct backup_outcome *outcome, double seconds, FILE *out)
{
	const struct manifest *manifest = &outcome->manifest;
	char                   store[ID_TEXT_SIZE + 1];

	id_format(manifest->store, store);
	fprintf(out, "{\"kind\":\"%s\",\"store\":\"%s\",\"epoch\":%" PRIu64 ",\"head\":%" PRIu64 ",\"seconds\":%.3f",
	        wish->keys ? "keys" : "log", store, manifest->epoch, manifest->head, seconds);
	if (wish->keys)
		fprintf(out, ",\"persons\":%" PRIu64 ",\"forgotten\":%" PRIu64 "}\n", outcome->persons,
		        outcome->forgotten);
	else
		fprintf(out, ",\"checkpoint\":%" PRIu64 ",\"snapshot_us_max\":%" PRId64 "}\n", outcome->checkpoint_size,
		        outcome->snapshot_us_max);
}

static void print(const struct wish *wish, const struct backup_outcome *outcome, double seconds, FILE *out)
{
	if (wish->json)
		print_json(wish, outcome, seconds, out);
	else if (wish->keys)
		print_keys(outcome, out);
	else
		print_log(outcome, seconds, out);
}

/* ---------------------------------------------------------------- to a folder */

static uint64_t events_now(const char *data)
{
	struct reader *reader;
	uint64_t       head = 0;

	if (reader_open(data, &reader) != STATUS_OK)
		return 0;
	if (reader_head(reader, &head) != STATUS_OK)
		head = 0;
	reader_close(reader);
	return head;
}

static int back_up_to(const struct wish *wish, const struct config *config, const char *folder, FILE *out)
{
	_Atomic uint64_t      done = 0;
	struct backup_plan    plan = {.data = config_path(config, CONFIG_DATA),
	                              .log_keys = config_path(config, CONFIG_LOG_KEYS),
	                              .to = folder,
	                              .done = &done};
	struct backup_outcome outcome;
	int64_t               began_us = clock_monotonic_us();
	struct progress      *progress = NULL;
	enum status           status;

	if (!wish->keys)
		progress = progress_start("Copied", "events", &done, events_now(plan.data));
	status = wish->keys ? backup_keys(&plan, &outcome) : backup_log(&plan, &outcome);
	progress_stop(progress);
	if (status != STATUS_OK)
		return complain(wish, &outcome, status);
	print(wish, &outcome, (double)(clock_monotonic_us() - began_us) / 1e6, out);
	return EXIT_SUCCESS;
}

/* ---------------------------------------------------------------- as a stream */

static int stream(const char *folder)
{
	if (archive_write(folder) == STATUS_OK)
		return EXIT_SUCCESS;
	fputs("orrery backup: The stream could not be written to its end.\n", stderr);
	return EXIT_FAILURE;
}

/* In the stream each file's size comes before it; and a reader that is slow must not slow the copying. So the backup is
 * made whole first, in a scratch folder. What it says goes to stderr. */
static int back_up_to_stdout(const struct wish *wish, const struct config *config)
{
	char scratch[PATH_MAX];
	int  code;

	if (isatty(STDOUT_FILENO))
		return verb_misused(&verb_backup, "A terminal is no place for an archive: redirect stdout.");
	if (snprintf(scratch, sizeof(scratch), "%s/backup.XXXXXX",
	             wish->scratch ? wish->scratch : config_path(config, CONFIG_DATA))
	            >= PATH_MAX
	    || !mkdtemp(scratch)) {
		fprintf(stderr, "orrery backup: No scratch folder can be made: %s.\n", scratch);
		return EXIT_FAILURE;
	}
	code = back_up_to(wish, config, scratch, stderr);
	if (code == EXIT_SUCCESS)
		code = stream(scratch);
	if (folder_remove(scratch) != STATUS_OK)
		fprintf(stderr, "orrery backup: %s could not be removed.\n", scratch);
	return code;
}

/* ---------------------------------------------------------------- the verb */

/* NULL, or what is wrong. */
static const char *read_wish(int argc, char **argv, struct wish *wish)
{
	const char             *log_key = NULL, *wrong;
	struct option_list      words = {0};
	const struct option_row rows[] = {{"--keys", OPTION_FLAG, &wish->keys},
	                                  {"--verify", OPTION_FLAG, &wish->verify},
	                                  {"--media", OPTION_FLAG, &wish->media},
	                                  {"--json", OPTION_FLAG, &wish->json},
	                                  {"--scratch", OPTION_TEXT, &wish->scratch},
	                                  {"--log-key", OPTION_TEXT, &log_key},
	                                  {0}};

	wrong = options_read(argc, argv, rows, &words);
	if (wrong)
		return wrong;
	if (words.count != 1)
		return "It takes one folder, or - for stdout.";
	wish->to = words.items[0];
	if (wish->verify && (wish->keys || wish->scratch))
		return "--verify finds out by itself which kind of backup it is, and needs no scratch folder.";
	if (wish->media && (wish->keys || wish->verify || wish->scratch || strcmp(wish->to, "-") == 0))
		return "--media takes a folder, and goes with --json only.";
	if (log_key && !wish->verify)
		return "--log-key goes with --verify.";
	return restored_read_key(log_key, &wish->log_key);
}

/* Into a folder that may have been used before. */
static int back_up_media(const struct wish *wish, const struct config *config)
{
	struct arena arena = {0};
	int code = media_copies_run("backup", config_in_data(config, MEDIA_FOLDER, &arena), wish->to, wish->json);

	arena_finish(&arena);
	return code;
}

static int run_either(const struct wish *wish, const struct config *config)
{
	if (wish->media)
		return back_up_media(wish, config);
	return strcmp(wish->to, "-") == 0 ? back_up_to_stdout(wish, config)
	                                  : back_up_to(wish, config, wish->to, stdout);
}

static int run_backup(int argc, char **argv)
{
	struct wish   wish = {0};
	struct config config;
	const char   *wrong;
	int           code;

	if ((wrong = read_wish(argc, argv, &wish)))
		return verb_misused(&verb_backup, wrong);
	if (wish.verify)
		return restored_verify(wish.to, &wish.log_key, wish.json);
	config_load_or_exit(&config, "orrery-backup");
	diag_set_level(DIAG_WARN); /* that a map grows is no news here */
	code = run_either(&wish, &config);
	config_finish(&config);
	return code;
}

const struct verb verb_backup = {
	.name = "backup",
	.sentence = "Backs up the log, or the keys, while the writer goes on.",
	.manual =
		"Usage: orrery backup DIR|- [--keys] [--scratch DIR] [--json]\n"
		"       orrery backup --media DIR [--json]\n"
		"       orrery backup --verify DIR [--log-key NAME+ID+BASE64] [--json]\n\n"
		"Copies the log as it is at one moment into DIR, which appears when everything in it is on disk: the\n"
		"events, the last signed checkpoint, and a manifest with their hashes.\n"
		"Every record is hashed on the way; a damaged log is not backed up, and the damage is named. What was\n"
		"answered before the backup began is in it. With - it goes to stdout as one tar archive, by way of a\n"
		"scratch folder that needs as much room as the log (in the data folder unless told otherwise).\n"
		"The log holds what names a person sealed. The keys to that are not in the backup, so that an erasure\n"
		"reaches all backups of the log.\n"
		"--keys     backs up the vault instead: each person's key, wrapped under the master key. The master "
		"key\n"
		"           (ORRERY_MASTER_KEY_FILE) is in no backup: keep it elsewhere, once and safe. Take the log\n"
		"           first and the keys after it; then each event has its key. A backup of keys can undo an\n"
		"           erasure until it is destroyed: keep few, and not for long.\n"
		"--media    copies the files of lessons that DIR has not yet, each checked against its hash; DIR is "
		"kept\n"
		"           for the next time. Take the log first and the media after it; then each file that the log\n"
		"           tells of is there. Files are never changed, so a copy that was broken off just goes on.\n"
		"--verify   reads a backup again and compares all that can be compared, without bringing it back.\n"
		"--log-key  the log's public key, from `orrery keys log`: shows that it is that log, and not only "
		"that\n"
		"           it is undamaged\n"
		"Neither the index, nor the read models, nor mails are in a backup: they are made again or not "
		"needed.\n"
		"Nor are the keys that sign: keep log-keys, signing and issuer-keys of the data folder beside the "
		"master\n"
		"key. Without issuer-keys, credentials that were issued cannot be shown to be ours any more.\n"
		"Exit codes: 0 done, 1 could not be done, 2 not understood, 3 damaged.\n",
	.run = run_backup,
};
