/* orrery promote */
#include "eventstore/base/config.h"
#include "eventstore/log/log_keys.h"
#include "eventstore/log/reader.h"
#include "eventstore/vault/keys.h"
#include "eventstore/vault/keys_box.h"
#include "eventstore/writer/epoch.h"
#include "eventstore/writer/writer_lock.h"
#include "tools/audit_checkpoint.h"
#include "tools/options.h"
#include "tools/progress.h"
#include "tools/verb.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

struct wish {
	const char *directory;
	uint64_t    epoch; /* the least the new one may be */
};

static int complain(const char *directory, enum status status)
{
	if (status == STATUS_NOT_FOUND)
		fprintf(stderr, "orrery promote: There is no log in %s.\n", directory);
	else if (status == STATUS_BUSY)
		fprintf(stderr,
		        "orrery promote: A follower or a writer runs on %s; end it first. Nothing was changed.\n",
		        directory);
	else
		fprintf(stderr, "orrery promote: %s: %s\n", directory, status_sentence(status));
	return status == STATUS_CORRUPT ? EXIT_HOPELESS : EXIT_FAILURE;
}

static bool complain_of_vault(const char *path, const char *fault)
{
	fprintf(stderr,
	        "orrery promote: %s %s, and without the keys of persons no writer starts. Bring them back from the "
	        "backup of the keys, with the master key, and try again. Nothing was changed.\n",
	        path, fault);
	return false;
}

/* The writer would not start without them, and then it is late to find out. */
static bool vault_there(const char *directory)
{
	char                path[PATH_MAX];
	struct keys_box    *box;
	enum keys_box_state state;
	struct wrapped_key  root;
	enum status         status;

	snprintf(path, sizeof(path), "%s/" KEYS_FOLDER, directory);
	if (keys_box_open(path, KV_READ, &box) != STATUS_OK)
		return complain_of_vault(path, "holds no vault");
	status = keys_box_read(box, ID_NONE, &root);
	if (status == STATUS_OK)
		status = keys_box_state(box, &state);
	keys_box_close(box);
	if (status == STATUS_NOT_FOUND)
		return complain_of_vault(path, "holds no vault");
	if (status != STATUS_OK || state == BOX_PARTIAL)
		return complain_of_vault(path, "was not copied to its end");
	return true;
}

/* Says how much of the copy was signed for. False: it was signed for, and is another one now. */
static bool say_what_is_verified(const struct config *config, struct reader *reader, uint64_t head)
{
	struct buffer     note = {0};
	struct checkpoint checkpoint = {0};
	bool              contradicted;
	const char       *sentence = audit_compare_checkpoint(config, reader, &contradicted);
	enum status       status = audit_read_checkpoint(config, &note, &checkpoint);
	char              all[PROGRESS_NUMBER_SIZE], signed_for[PROGRESS_NUMBER_SIZE];

	if (contradicted)
		fprintf(stderr, "orrery promote: The checkpoint %s. Nothing was changed.\n", sentence);
	else
		printf("The copy has %s events, of which a checkpoint covers %s.\n", progress_number(head, all),
		       progress_number(status == STATUS_OK ? checkpoint.size : 0, signed_for));
	buffer_finish(&note);
	return !contradicted;
}

static bool complain_of_nothing(const char *directory)
{
	fprintf(stderr, "orrery promote: The log in %s holds no event. Nothing was changed.\n", directory);
	return false;
}

/* BUSY: somebody appends there; said before anything else. */
static enum status look_for_writers(const char *directory)
{
	int         lock;
	enum status status = writer_lock_take(directory, &lock);

	if (status == STATUS_OK)
		writer_lock_release(lock);
	return status;
}

static enum status look(const struct config *config, bool *fine)
{
	struct reader *reader;
	uint64_t       head;
	enum status    status = reader_open(config_path(config, CONFIG_DATA), &reader);

	if (status != STATUS_OK)
		return status;
	status = look_for_writers(config_path(config, CONFIG_DATA));
	if (status == STATUS_OK)
		status = reader_head(reader, &head);
	if (status == STATUS_OK)
		*fine = head > 0 ? vault_there(config_path(config, CONFIG_DATA))
		                           && say_what_is_verified(config, reader, head)
		                 : complain_of_nothing(config_path(config, CONFIG_DATA));
	reader_close(reader);
	return status;
}

static int promote(const struct config *config, const struct wish *wish)
{
	struct log_identity log;
	bool                fine = false;
	uint64_t            behind = log_keys_next_epoch(config_path(config, CONFIG_LOG_KEYS));
	enum status         status = look(config, &fine);

	if (status == STATUS_OK && !fine)
		return EXIT_FAILURE;
	if (status == STATUS_OK)
		status = epoch_raise(config_path(config, CONFIG_DATA), wish->epoch > behind ? wish->epoch : behind,
		                     &log);
	if (status != STATUS_OK)
		return complain(wish->directory, status);
	printf("Epoch %" PRIu64 " begins at position %" PRIu64 ". Start the writer with ORRERY_DATA=%s; the log then "
	       "has a new key, which\n`orrery keys log` prints, for "
	       "followers and whoever checks proofs. See that the old writer stays down: what it still\nwrites is "
	       "refused "
	       "by followers that have seen epoch %" PRIu64 ", and lost.\n",
	       log.epoch, identity_began(&log), wish->directory, log.epoch);
	return EXIT_SUCCESS;
}

static int run_promote(int argc, char **argv)
{
	struct wish             wish = {0};
	struct option_list      words = {0};
	const struct option_row rows[] = {{"--epoch", OPTION_NUMBER, &wish.epoch}, {0}};
	const char             *complaint = options_read(argc, argv, rows, &words);
	struct config           config;
	int                     code;

	if (!complaint && words.count != 1)
		complaint = "It takes a folder.";
	if (complaint)
		return verb_misused(&verb_promote, complaint);
	wish.directory = words.items[0];
	if (setenv("ORRERY_DATA", wish.directory, 1) != 0)
		return complain(wish.directory, STATUS_IO);
	config_load_or_exit(&config, "orrery-promote");
	code = promote(&config, &wish);
	config_finish(&config);
	return code;
}

const struct verb verb_promote = {
	.name = "promote",
	.sentence = "Makes a follower's copy the log that is written.",
	.manual = "Usage: orrery promote DIR [--epoch N]\n\n"
		  "For the day on which the writer's host is lost. End the follower that keeps DIR, bring the vault "
		  "back\n"
		  "into DIR (`orrery restore --keys BACKUP DIR`) and the master key, and run this: it begins a new "
		  "epoch\n"
		  "behind the last event that the copy has. Then start Orrery with ORRERY_DATA=DIR.\n\n"
		  "What the old writer had answered and the follower had not got yet is lost: as much as `orrery "
		  "follow` said\n"
		  "last that it was behind. Followers that have seen the new epoch refuse the old writer's feed; an "
		  "API that\n"
		  "reads the new log does not speak to the old writer; and the old writer's folder, when it follows "
		  "the new\n"
		  "feed, is told from which position on it differs, and refused.\n"
		  "Nothing here can reach an old writer that still runs: whoever is connected to it goes on being "
		  "answered, and\n"
		  "what it keeps is lost later. Make sure that it is down. Two copies that are both promoted are two "
		  "logs from\n"
		  "then on, and look like one epoch: --epoch N, with an N that nobody else takes, tells them apart.\n"
		  "Exit codes: 0 done, 1 could not be done, 2 not understood, 3 the copy is damaged.\n",
	.run = run_promote,
};
