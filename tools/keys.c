/* orrery keys */
#include "api/service.h"
#include "eventstore/base/clock.h"
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

/* The verb ------------------------------------------------------------------------------------------------------ */

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

static int rotate(const struct config *config)
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
		printf("A new key signs access tokens; the API was told (%u process%s).\n", told, told > 1 ? "es" : "");
	else
		printf("A new key lies in %s; send HUP to every orrery-api that uses the folder.\n", folder);
	return EXIT_SUCCESS;
}

static int run_keys(int argc, char **argv)
{
	struct config config;
	int           code;

	if (argc != 2 || strcmp(argv[1], "rotate") != 0)
		return verb_misused(&verb_keys, "It takes the word rotate.");
	config_load_or_exit(&config, "orrery");
	code = rotate(&config);
	config_finish(&config);
	return code;
}

const struct verb verb_keys = {
	.name = "keys",
	.sentence = "Gives the API a new key to sign access tokens with.",
	.manual = "Usage: orrery keys rotate\n\n"
		  "The new key signs from now on; tokens signed with the old one stay good until they expire, and\n"
		  "then its file is deleted by the next rotation. An API that `orrery up` runs on this data folder is\n"
		  "told at once; any other must be sent HUP, or it refuses the tokens that the new key signs. Works\n"
		  "without the writer. It has nothing to do with the keys of persons or the master key.\n",
	.run = run_keys,
};
