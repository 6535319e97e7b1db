#include "api/signing_directory.h"

#include "eventstore/base/clock.h"
#include "eventstore/base/hash.h"
#include "eventstore/base/require.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define SUFFIX ".ed25519"
#define TEMPORARY_NAME ".new"

enum {
	FILE_NAME_SIZE = SIGNING_KID_SIZE + sizeof(SUFFIX) - 1,
	FILE_SIZE = sizeof("created ") - 1 + TIME_TEXT_SIZE + sizeof("\nseed ") - 1 + 2 * SIGN_SEED_SIZE + 1,
	OTHERS = S_IRWXG | S_IRWXO,
};

int64_t signing_signs_from(const struct signing_key *key)
{
	return key->created_us + SIGNING_LEAD_S * 1000000ll;
}

bool signing_set_verifies(const struct signing_set *set, uint32_t index, int64_t overlap_us, int64_t now_us)
{
	return index == 0 || now_us - overlap_us <= signing_signs_from(&set->keys[index - 1]);
}

/* ---- one file ---- */

static void format_file(const struct signing_key *key, char out[FILE_SIZE + 1])
{
	char  when[TIME_TEXT_SIZE + 1];
	char *at;

	time_format(key->created_us, when);
	at = out + snprintf(out, FILE_SIZE + 1, "created %s\nseed ", when);
	for (int i = 0; i < SIGN_SEED_SIZE; i++)
		at += snprintf(at, 3, "%02x", key->signer.key.seed[i]);
	memcpy(at, "\n", 2);
	require(at + 1 == out + FILE_SIZE);
}

static bool parse_seed(struct text hex, uint8_t seed[SIGN_SEED_SIZE])
{
	for (size_t i = 0; i < 2 * SIGN_SEED_SIZE; i++) {
		char c = hex.data[i];
		int  digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;

		if (digit < 0)
			return false;
		seed[i / 2] = (uint8_t)(i % 2 == 0 ? digit << 4 : seed[i / 2] | digit);
	}
	return true;
}

/* The size is right already. The kid comes from the key, never from the file. */
static bool parse_file(struct text content, struct signing_key *out)
{
	struct text rest = content;
	uint8_t     seed[SIGN_SEED_SIZE];

	if (!text_take(&rest, TEXT("created "))
	    || !time_parse((struct text){.data = rest.data, .size = TIME_TEXT_SIZE}, &out->created_us))
		return false;
	rest.data += TIME_TEXT_SIZE;
	rest.size -= TIME_TEXT_SIZE;
	if (!text_take(&rest, TEXT("\nseed ")) || !parse_seed(rest, seed) || rest.data[2 * SIGN_SEED_SIZE] != '\n')
		return false;
	sign_key_from_seed(seed, &out->signer.key);
	signing_thumbprint(&out->signer.key.public, out->signer.kid);
	secret_wipe(seed, sizeof(seed));
	return true;
}

/* Exactly a key's size; nobody else may read it. */
static enum status read_content(int file, char content[FILE_SIZE + 1])
{
	struct stat about;

	if (fstat(file, &about) != 0)
		return STATUS_IO;
	if (!S_ISREG(about.st_mode) || (about.st_mode & OTHERS) != 0)
		return STATUS_DENIED;
	return read(file, content, FILE_SIZE + 1) == FILE_SIZE ? STATUS_OK : STATUS_CORRUPT;
}

static enum status read_file(int directory, const char *name, struct signing_key *out)
{
	char        content[FILE_SIZE + 1];
	int         file = openat(directory, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	enum status status;

	if (file < 0)
		return errno == ELOOP ? STATUS_DENIED : STATUS_IO;
	status = read_content(file, content);
	close(file);
	if (status == STATUS_OK
	    && (!parse_file((struct text){.data = content, .size = FILE_SIZE}, out)
	        || strncmp(out->signer.kid, name, SIGNING_KID_SIZE) != 0))
		status = STATUS_CORRUPT;
	secret_wipe(content, sizeof(content));
	return status;
}

static enum status write_content(int file, const char content[FILE_SIZE + 1])
{
	return write(file, content, FILE_SIZE) == FILE_SIZE && fsync(file) == 0 ? STATUS_OK : STATUS_IO;
}

/* Under another name first and then renamed, so that a reader or a crash sees the whole file or none. */
static enum status write_file(int directory, const struct signing_key *key)
{
	char content[FILE_SIZE + 1], name[FILE_NAME_SIZE + 1];
	int  file = openat(directory, TEMPORARY_NAME, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	enum status status;

	if (file < 0)
		return STATUS_IO;
	format_file(key, content);
	status = write_content(file, content);
	secret_wipe(content, sizeof(content));
	if (close(file) != 0 || status != STATUS_OK)
		return STATUS_IO;
	snprintf(name, sizeof(name), "%s" SUFFIX, key->signer.kid);
	if (renameat(directory, TEMPORARY_NAME, directory, name) != 0 || fsync(directory) != 0)
		return STATUS_IO;
	return STATUS_OK;
}

/* ---- all files ---- */

static bool is_key_name(const char *name)
{
	return strlen(name) == FILE_NAME_SIZE && strcmp(name + SIGNING_KID_SIZE, SUFFIX) == 0;
}

/* Newest first; the same moment is ordered by kid, so that every process picks the same key. */
static int compare_keys(const void *left, const void *right)
{
	const struct signing_key *a = left, *b = right;

	if (a->created_us != b->created_us)
		return a->created_us < b->created_us ? 1 : -1;
	return strcmp(a->signer.kid, b->signer.kid);
}

static enum status read_entries(DIR *entries, struct signing_set *set)
{
	struct dirent *entry;

	while ((entry = readdir(entries)) != NULL) {
		enum status status;

		if (!is_key_name(entry->d_name))
			continue;
		if (set->count == SIGNING_KEYS_MAX)
			return STATUS_FULL;
		status = read_file(dirfd(entries), entry->d_name, &set->keys[set->count]);
		if (status != STATUS_OK)
			return status;
		set->count++;
	}
	qsort(set->keys, set->count, sizeof(set->keys[0]), compare_keys);
	return STATUS_OK;
}

/* `set` may come out empty; on failure it is wiped. */
static enum status read_set(int directory, struct signing_set *set)
{
	int         copy = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR        *entries = copy < 0 ? NULL : fdopendir(copy);
	enum status status;

	*set = (struct signing_set){0};
	if (!entries) {
		if (copy >= 0)
			close(copy);
		return STATUS_IO;
	}
	status = read_entries(entries, set);
	closedir(entries);
	if (status != STATUS_OK)
		secret_wipe(set, sizeof(*set));
	return status;
}

/* ---- the directory ---- */

/* The lock goes with the descriptor; LOCK_SH to read, LOCK_EX to change. */
static enum status open_locked(const char *path, int operation, int *out)
{
	struct stat about;
	int         directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	enum status status = STATUS_OK;

	if (directory < 0)
		return errno == ENOENT ? STATUS_NOT_FOUND : STATUS_IO;
	if (fstat(directory, &about) != 0 || flock(directory, operation) != 0)
		status = STATUS_IO;
	else if ((about.st_mode & OTHERS) != 0)
		status = STATUS_DENIED;
	if (status != STATUS_OK)
		close(directory);
	else
		*out = directory;
	return status;
}

static enum status add_key(int directory, int64_t created_us, struct signing_key *key)
{
	key->created_us = created_us;
	sign_key_fresh(&key->signer.key);
	signing_thumbprint(&key->signer.key.public, key->signer.kid);
	return write_file(directory, key);
}

enum status signing_directory_open(const char *path, int64_t now_us, struct signing_set *out)
{
	struct signing_set set;
	int                directory;
	enum status        status;

	if (mkdir(path, 0700) != 0 && errno != EEXIST)
		return STATUS_IO;
	status = open_locked(path, LOCK_EX, &directory);
	if (status != STATUS_OK)
		return status;
	status = read_set(directory, &set);
	if (status == STATUS_OK && set.count == 0) {
		status = add_key(directory, now_us, &set.keys[0]);
		set.count = 1;
	}
	close(directory);
	if (status == STATUS_OK)
		*out = set;
	secret_wipe(&set, sizeof(set));
	return status;
}

enum status signing_directory_read(const char *path, struct signing_set *out)
{
	struct signing_set set;
	int                directory;
	enum status        status = open_locked(path, LOCK_SH, &directory);

	if (status != STATUS_OK)
		return status;
	status = read_set(directory, &set);
	close(directory);
	if (status == STATUS_OK && set.count == 0)
		status = STATUS_NOT_FOUND;
	if (status == STATUS_OK)
		*out = set;
	secret_wipe(&set, sizeof(set));
	return status;
}

/* ---- rotation ---- */

/* A key that no longer verifies is of no use to anybody but a thief. */
static enum status delete_past(int directory, const struct signing_set *set, int64_t overlap_us, int64_t now_us)
{
	for (uint32_t i = 0; i < set->count; i++) {
		char name[FILE_NAME_SIZE + 1];

		if (signing_set_verifies(set, i, overlap_us, now_us))
			continue;
		snprintf(name, sizeof(name), "%s" SUFFIX, set->keys[i].signer.kid);
		if (unlinkat(directory, name, 0) != 0)
			return STATUS_IO;
	}
	return STATUS_OK;
}

static uint32_t count_verifying(const struct signing_set *set, int64_t overlap_us, int64_t now_us)
{
	uint32_t count = 0;

	while (count < set->count && signing_set_verifies(set, count, overlap_us, now_us))
		count++;
	return count;
}

static enum status rotate_locked(int directory, int64_t overlap_us, int64_t now_us)
{
	struct signing_set set;
	struct signing_key fresh;
	enum status        status = read_set(directory, &set);

	if (status == STATUS_OK && count_verifying(&set, overlap_us, now_us) == SIGNING_KEYS_MAX)
		status = STATUS_FULL;
	if (status == STATUS_OK)
		status = delete_past(directory, &set, overlap_us, now_us);
	/* The clock may have stepped back, but the new key must be the newest. */
	if (status == STATUS_OK && set.count > 0 && set.keys[0].created_us >= now_us)
		now_us = set.keys[0].created_us + 1;
	if (status == STATUS_OK)
		status = add_key(directory, now_us, &fresh);
	secret_wipe(&set, sizeof(set));
	secret_wipe(&fresh, sizeof(fresh));
	return status;
}

enum status signing_rotate(const char *path, int64_t overlap_us, int64_t now_us)
{
	int         directory;
	enum status status = open_locked(path, LOCK_EX, &directory);

	if (status != STATUS_OK)
		return status;
	status = rotate_locked(directory, overlap_us, now_us);
	close(directory);
	return status;
}
