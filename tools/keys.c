/* orrery keys */
#include "api/credentials/issuer.h"
#include "api/service.h"
#include "eventstore/base/clock.h"
#include "eventstore/base/hash.h"
#include "eventstore/log/log_keys.h"
#include "eventstore/log/reader.h"
#include "tools/keys_feed.h"
#include "tools/verb.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { COMM_SIZE_MAX = 32, PID_SIZE_MAX = 16 };

static const char inherited_lock[] = "members.lock"; /* tools/up.c hands it on, open, to all it runs */

/* Who is to be told --------------------------------------------------------------------------------------------- */

static bool is_api(int process)
{
	static const char wanted[] = "orrery-api\n";
	char              comm[COMM_SIZE_MAX];
	int               file = openat(process, "comm", O_RDONLY | O_CLOEXEC);
	ssize_t           size = file < 0 ? -1 : read(file, comm, sizeof(comm));

	if (file >= 0)
		close(file);
	return size == sizeof(wanted) - 1 && memcmp(comm, wanted, sizeof(wanted) - 1) == 0;
}

static bool is_open_in(int process, const struct stat *wanted)
{
	int            folder = openat(process, "fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR           *files = folder < 0 ? NULL : fdopendir(folder);
	struct dirent *entry;
	struct stat    about;
	bool           found = false;

	while (files && !found && (entry = readdir(files)))
		found = fstatat(folder, entry->d_name, &about, 0) == 0 && about.st_dev == wanted->st_dev
		        && about.st_ino == wanted->st_ino;
	if (files)
		closedir(files);
	else if (folder >= 0)
		close(folder);
	return found;
}

/* HUP to the process of that id if it is an API that `orrery up` runs on this data folder. */
static bool tell(int processes, const char *id, const struct stat *lock)
{
	int  process = openat(processes, id, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool told;

	if (process < 0)
		return false;
	told = is_api(process) && is_open_in(process, lock) && kill((pid_t)strtol(id, NULL, 10), SIGHUP) == 0;
	close(process);
	return told;
}

/* How many were told. The API alone, since at a terminal a HUP to `orrery up` means that the terminal is gone. */
static unsigned tell_all(const char *lock_path)
{
	DIR           *processes = opendir("/proc");
	struct dirent *entry;
	struct stat    lock;
	unsigned       told = 0;

	if (processes && stat(lock_path, &lock) == 0)
		while ((entry = readdir(processes)))
			if (isdigit((unsigned char)entry->d_name[0]))
				told += tell(dirfd(processes), entry->d_name, &lock);
	if (processes)
		closedir(processes);
	return told;
}

/* The keys of access tokens -------------------------------------------------------------------------------------- */

static int complain(const char *folder, enum status status)
{
	if (status == STATUS_NOT_FOUND)
		fprintf(stderr, "orrery keys: There are no signing keys in %s; the API makes the first.\n", folder);
	else if (status == STATUS_DENIED)
		fprintf(stderr, "orrery keys: %s, or a key in it, may be read by others; nothing was changed.\n",
		        folder);
	else if (status == STATUS_FULL)
		fprintf(stderr,
		        "orrery keys: There are %d keys already; the oldest goes 16 minutes after it was "
		        "superseded.\n",
		        SIGNING_KEYS_MAX);
	else
		fprintf(stderr, "orrery keys: %s: %s\n", folder, status_sentence(status));
	return EXIT_FAILURE;
}

static int rotate(const struct config *config, char **arguments)
{
	int64_t      overlap_us = (int64_t)(ACCESS_TOKEN_LIFETIME_S + ACCESS_TOKEN_MARGIN_S) * 1000000;
	const char  *folder = config_path(config, CONFIG_SIGNING_KEYS);
	struct arena arena = {0};
	enum status  status = signing_rotate(folder, overlap_us, clock_wall_us());
	unsigned     told;

	if (status)
		return complain(folder, status);
	told = tell_all(config_in_data(config, inherited_lock, &arena));
	arena_finish(&arena);
	if (told > 0)
		printf("A new key signs access tokens a minute from now; the API was told (%u process%s).\n", told,
		       told > 1 ? "es" : "");
	else
		printf("A new key lies in %s; every orrery-api that uses the folder finds it within %d s.\n", folder,
		       SIGNING_REREAD_S);
	return EXIT_SUCCESS;
}

/* The keys of credentials ----------------------------------------------------------------------------------------- */

static int issuer_complain(const char *folder, enum status status)
{
	if (status == STATUS_FULL)
		fprintf(stderr, "orrery keys: There are %d keys already, and none of them goes.\n", SIGNING_KEYS_MAX);
	else
		return complain(folder, status);
	return EXIT_FAILURE;
}

static int issuer_grow(const struct config *config, char **arguments)
{
	const char  *folder = config_path(config, CONFIG_ISSUER_KEYS);
	struct arena arena = {0};
	enum status  status;

	if (!issuer_rotates(text_from(config_text(config, CONFIG_ORIGIN)))) {
		fputs("orrery keys: Without an https origin the issuer is its key (did:key) and cannot have another.\n",
		      stderr);
		return EXIT_FAILURE;
	}
	status = issuer_rotate(folder, clock_wall_us());
	if (status != STATUS_OK)
		return issuer_complain(folder, status);
	tell_all(config_in_data(config, inherited_lock, &arena));
	arena_finish(&arena);
	puts("A new key signs what is awarded from a minute from now on. The others stay; keep a backup of all.");
	return EXIT_SUCCESS;
}

/* The log's keys ------------------------------------------------------------------------------------------------ */

/* Those of the log's present epoch. */
static enum status find_log_keys(const struct config *config, struct arena *arena, const char **folder)
{
	struct reader *reader;
	enum status    status = reader_open(config_path(config, CONFIG_DATA), &reader);

	if (status != STATUS_OK)
		return status;
	*folder = log_keys_folder(config_path(config, CONFIG_LOG_KEYS), reader_identity(reader).epoch, arena);
	reader_close(reader);
	return STATUS_OK;
}

static int log_keys_complain(enum status status)
{
	if (status == STATUS_NOT_FOUND)
		fputs("orrery keys: There is no such key, or none yet; the writer makes the first.\n", stderr);
	else if (status == STATUS_CONFLICT)
		fputs("orrery keys: It is the last key; add another one first.\n", stderr);
	else if (status == STATUS_FULL)
		fprintf(stderr, "orrery keys: There are %d keys already.\n", LOG_KEYS_MAX);
	else
		fprintf(stderr, "orrery keys: %s\n", status_sentence(status));
	return EXIT_FAILURE;
}

static void print_public(const struct note_verifier *verifier)
{
	struct buffer text = {0};

	note_verifier_format(verifier, &text);
	printf("%.*s\n", (int)text.size, (char *)text.data);
	buffer_finish(&text);
}

static int log_keys_print(const struct config *config, char **arguments)
{
	struct arena    arena = {0};
	struct log_keys keys;
	const char     *folder;
	enum status     status = find_log_keys(config, &arena, &folder);

	if (status == STATUS_OK)
		status = log_keys_read(folder, &keys);
	arena_finish(&arena);
	if (status != STATUS_OK)
		return log_keys_complain(status);
	for (uint32_t i = 0; i < keys.count; i++) {
		struct note_verifier verifier = note_signer_verifier(&keys.signers[i]);

		print_public(&verifier);
	}
	secret_wipe(&keys, sizeof(keys));
	return EXIT_SUCCESS;
}

static int log_keys_grow(const struct config *config, char **arguments)
{
	struct arena         arena = {0};
	struct note_verifier made;
	const char          *folder;
	enum status          status = find_log_keys(config, &arena, &folder);

	/* The writer names the log when it makes the first key. */
	if (status == STATUS_OK)
		status = access(folder, F_OK) == 0 ? log_keys_add(folder, TEXT_NONE, &made) : STATUS_NOT_FOUND;
	arena_finish(&arena);
	if (status != STATUS_OK)
		return log_keys_complain(status);
	print_public(&made);
	return EXIT_SUCCESS;
}

static int log_keys_drop(const struct config *config, char **arguments)
{
	struct arena  arena = {0};
	const char   *folder;
	char         *end;
	unsigned long id = strtoul(arguments[0], &end, 16);
	enum status   status = *arguments[0] && !*end ? find_log_keys(config, &arena, &folder) : STATUS_NOT_FOUND;

	if (status == STATUS_OK)
		status = log_keys_remove(folder, (uint32_t)id);
	arena_finish(&arena);
	return status == STATUS_OK ? EXIT_SUCCESS : log_keys_complain(status);
}

/* The verb ------------------------------------------------------------------------------------------------------ */

static const struct keys_word {
	const char *word;
	int (*run)(const struct config *config, char **arguments);
	int argument_count;
} words[] = {
	{"rotate", rotate, 0},
	{"issuer-add", issuer_grow, 0},
	{"log", log_keys_print, 0},
	{"log-add", log_keys_grow, 0},
	{"log-remove", log_keys_drop, 1},
	{"feed", keys_feed_print, 0},
	{"feed-add", keys_feed_grow, 2},
	{"feed-add-keys", keys_feed_grow_with_keys, 2},
	{"feed-remove", keys_feed_drop, 1},
};

static const struct keys_word *find_word(int argc, char **argv)
{
	for (size_t i = 0; argc > 1 && i < array_count(words); i++)
		if (strcmp(argv[1], words[i].word) == 0 && argc == 2 + words[i].argument_count)
			return &words[i];
	return NULL;
}

static int run_keys(int argc, char **argv)
{
	const struct keys_word *word = find_word(argc, argv);
	struct config           config;
	int                     code;

	if (!word)
		return verb_misused(
			&verb_keys,
			"It takes one of: rotate, issuer-add, log, log-add, log-remove ID, feed, feed-add NAME KEY, "
			"feed-add-keys NAME KEY, feed-remove NAME.");
	config_load_or_exit(&config, "orrery");
	code = word->run(&config, argv + 2);
	config_finish(&config);
	return code;
}

const struct verb verb_keys = {
	.name = "keys",
	.sentence = "Changes the keys that sign access tokens, credentials and the log, and of its followers.",
	.manual =
		"Usage: orrery keys rotate | issuer-add | log | log-add | log-remove ID\n"
		"       orrery keys feed | feed-add NAME KEY | feed-add-keys NAME KEY | feed-remove NAME\n\n"
		"rotate      A new key for access tokens: published at once, it signs a minute later, when every API\n"
		"            has read it. Tokens signed with the old one stay good until they expire, and then its\n"
		"            file is deleted by the next rotation. An API that `orrery up` runs on this data folder\n"
		"            is told at once; any other finds the key within 20 seconds, or when it is sent HUP.\n"
		"            Works without the writer.\n"
		"issuer-add  A further key for credentials, which signs what is awarded from a minute later on. What\n"
		"            was signed by the others stays so, and their files stay too: back the folder up. Only\n"
		"            with an https origin, since elsewhere the issuer is named by its one key.\n"
		"log         Prints the public keys that check the log's checkpoints: NAME+ID+BASE64.\n"
		"log-add     Makes a further one. All of them sign, from the next checkpoint on.\n"
		"log-remove  Removes one, once everybody knows another.\n"
		"feed        Prints the public key of this host's feed, which its followers must know (`orrery "
		"follow`), and\n"
		"            below it the followers that the feed lets in.\n"
		"feed-add    Lets a follower in from now on: it gets every record, in which names of persons are "
		"sealed.\n"
		"feed-add-keys  The same for one that may take over: it may also have the keys of persons, wrapped "
		"under the\n"
		"            master key.\n"
		"feed-remove Shuts one out; the feed hangs up on it within a second.\n\n"
		"None of it has to do with the keys of persons or the master key.\n",
	.run = run_keys,
};
