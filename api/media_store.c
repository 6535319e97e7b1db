#include "api/media_store.h"

#include "eventstore/disk/folder.h"
#include "eventstore/disk/whole_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_MODE = 0640 };

/* ---------------------------------------------------------------- names */

void media_store_name(const struct hash *hash, char out[MEDIA_NAME_SIZE + 1])
{
	static const char digits[] = "0123456789abcdef";
	size_t            size = 0;

	for (size_t i = 0; i < sizeof(hash->bytes); i++) {
		out[size++] = digits[hash->bytes[i] >> 4];
		out[size++] = digits[hash->bytes[i] & 15];
		if (i == 0)
			out[size++] = '/';
	}
	out[size] = 0;
}

static int digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool parse_name(const char *name, struct hash *out)
{
	const char *at = name;

	if (strlen(name) != MEDIA_NAME_SIZE)
		return false;
	for (size_t i = 0; i < sizeof(out->bytes); i++) {
		int high = digit(at[0]), low = digit(at[1]);

		if (high < 0 || low < 0)
			return false;
		out->bytes[i] = (uint8_t)(high << 4 | low);
		at += 2;
		if (i == 0 && *at++ != '/')
			return false;
	}
	return true;
}

bool media_store_has(const char *data, const struct hash *hash)
{
	uint64_t size;
	int      file;

	if (media_store_open(data, hash, &file, &size))
		return false;
	close(file);
	return true;
}

struct id media_store_id(const struct hash *hash)
{
	struct id beginning;

	memcpy(beginning.bytes, hash->bytes, sizeof(beginning.bytes));
	return id_derived("media", &beginning, 1);
}

/* "FOLDER/ab/cdef…" */
static enum status file_path(const char *folder, const struct hash *hash, char out[FOLDER_PATH_SIZE])
{
	char name[MEDIA_NAME_SIZE + 1];

	media_store_name(hash, name);
	return folder_path(folder, name, out);
}

/* ---------------------------------------------------------------- writing */

static enum status status_of(int error)
{
	return error == ENOSPC || error == EDQUOT ? STATUS_FULL : error == ENOENT ? STATUS_NOT_FOUND : STATUS_IO;
}

static enum status write_all(int file, struct bytes bytes)
{
	while (bytes.size > 0) {
		ssize_t size = write(file, bytes.data, bytes.size);

		if (size < 0 && errno != EINTR)
			return status_of(errno);
		if (size > 0)
			bytes = BYTES(bytes.data + size, bytes.size - (size_t)size);
	}
	return fchmod(file, FILE_MODE) == 0 && fsync(file) == 0 ? STATUS_OK : status_of(errno);
}

/* A draft has a name of its own, so that two that bring the same bytes do not write into each other's. */
static enum status write_file(const char *folder, const char *path, struct bytes bytes)
{
	char        draft[FOLDER_PATH_SIZE];
	int         file;
	enum status status = folder_path(folder, "draft-XXXXXX", draft);

	if (status != STATUS_OK)
		return status;
	file = mkostemp(draft, O_CLOEXEC);
	if (file < 0)
		return status_of(errno);
	status = write_all(file, bytes);
	close(file);
	if (status == STATUS_OK && rename(draft, path) != 0)
		status = status_of(errno);
	if (status != STATUS_OK)
		unlink(draft);
	return status;
}

static enum status make_folders(const char *folder, const char *path)
{
	char        parent[FOLDER_PATH_SIZE];
	enum status status = folder_make(folder);

	snprintf(parent, sizeof(parent), "%s", path);
	*strrchr(parent, '/') = 0;
	return status == STATUS_OK ? folder_make(parent) : status;
}

/* Whoever finds the file there may be ahead of the sync of whoever wrote it. */
static enum status keep_in(const char *folder, const struct hash *hash, struct bytes bytes)
{
	char        path[FOLDER_PATH_SIZE];
	struct stat about;
	enum status status = file_path(folder, hash, path);

	if (status == STATUS_OK)
		status = make_folders(folder, path);
	if (status == STATUS_OK && (stat(path, &about) != 0 || (uint64_t)about.st_size != bytes.size))
		status = write_file(folder, path, bytes);
	return status == STATUS_OK ? folder_sync_around(path) : status;
}

enum status media_store_keep(const char *data, const struct hash *hash, struct bytes bytes)
{
	char        folder[FOLDER_PATH_SIZE];
	enum status status = folder_path(data, MEDIA_FOLDER, folder);

	return status == STATUS_OK ? keep_in(folder, hash, bytes) : status;
}

enum status media_store_open(const char *data, const struct hash *hash, int *file, uint64_t *size)
{
	char        folder[FOLDER_PATH_SIZE], path[FOLDER_PATH_SIZE];
	struct stat about;
	enum status status = folder_path(data, MEDIA_FOLDER, folder);

	if (status == STATUS_OK)
		status = file_path(folder, hash, path);
	if (status != STATUS_OK)
		return status;
	*file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (*file < 0)
		return status_of(errno);
	if (fstat(*file, &about) != 0 || !S_ISREG(about.st_mode) || about.st_size == 0) {
		close(*file);
		return STATUS_IO;
	}
	*size = (uint64_t)about.st_size;
	return STATUS_OK;
}

/* ---------------------------------------------------------------- all of it */

struct walk {
	const char *folder;
	bool        check;
	void (*visit)(void *owner, const struct media_found *found);
	void       *owner;
	enum status status;
};

static void look_at_file(struct walk *walk, const char *name)
{
	struct media_found found = {.name = name};
	char               path[FOLDER_PATH_SIZE];
	struct buffer      bytes = {0};
	struct hash        hash;
	struct stat        about;
	enum status        status = folder_path(walk->folder, name, path);

	found.named = parse_name(name, &found.hash);
	if (status == STATUS_OK && stat(path, &about) != 0)
		status = STATUS_IO;
	found.bytes = status == STATUS_OK ? (uint64_t)about.st_size : 0;
	if (status == STATUS_OK && found.named && walk->check) {
		status = whole_file_read(path, MEDIA_BYTES_MAX, &bytes);
		hash = hash_sha256(buffer_bytes(&bytes));
		found.intact = status == STATUS_OK && hash_equal(&hash, &found.hash);
		buffer_finish(&bytes);
	}
	if (status != STATUS_OK && status != STATUS_TOO_LARGE)
		walk->status = status;
	walk->visit(walk->owner, &found);
}

static void look_into(struct walk *walk, const char *inner)
{
	char           path[FOLDER_PATH_SIZE], name[NAME_MAX + 8];
	DIR           *folder;
	struct dirent *entry;

	snprintf(path, sizeof(path), "%s/%s", walk->folder, inner);
	folder = opendir(path);
	if (!folder) {
		walk->status = STATUS_IO;
		return;
	}
	while ((entry = readdir(folder))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(name, sizeof(name), "%s%s%s", inner, *inner ? "/" : "", entry->d_name);
		if (entry->d_type == DT_DIR && !*inner && strlen(entry->d_name) == 2)
			look_into(walk, entry->d_name);
		else
			look_at_file(walk, name);
	}
	closedir(folder);
}

enum status media_store_each(const char *folder, bool                                           check,
                             void (*visit)(void *owner, const struct media_found *found), void *owner)
{
	struct walk walk = {.folder = folder, .check = check, .visit = visit, .owner = owner};

	if (access(folder, F_OK) == 0)
		look_into(&walk, "");
	return walk.status;
}

/* ---------------------------------------------------------------- copying */

struct copying {
	const char          *from, *to;
	struct media_copied *out;
	enum status          status;
};

static enum status copy_file(struct copying *copying, const struct media_found *found, const char *path)
{
	struct buffer bytes = {0};
	struct hash   hash;
	enum status   status = whole_file_read(path, MEDIA_BYTES_MAX, &bytes);

	hash = hash_sha256(buffer_bytes(&bytes));
	if (status == STATUS_TOO_LARGE || (status == STATUS_OK && !hash_equal(&hash, &found->hash))) {
		copying->out->damaged++;
		status = STATUS_OK;
	} else if (status == STATUS_OK) {
		status = keep_in(copying->to, &found->hash, buffer_bytes(&bytes));
		copying->out->copied++;
		copying->out->bytes += bytes.size;
	}
	buffer_finish(&bytes);
	return status;
}

static void copy_found(void *owner, const struct media_found *found)
{
	struct copying *copying = owner;
	char            from[FOLDER_PATH_SIZE], to[FOLDER_PATH_SIZE];
	struct stat     about;

	if (!found->named || copying->status != STATUS_OK)
		return;
	copying->status = folder_path(copying->from, found->name, from);
	if (copying->status == STATUS_OK)
		copying->status = folder_path(copying->to, found->name, to);
	if (copying->status != STATUS_OK)
		return;
	if (stat(to, &about) == 0 && (uint64_t)about.st_size == found->bytes)
		copying->out->there++;
	else
		copying->status = copy_file(copying, found, from);
}

enum status media_store_copy(const char *from, const char *to, struct media_copied *out)
{
	struct copying copying = {.from = from, .to = to, .out = out};
	enum status    status;

	*out = (struct media_copied){0};
	status = folder_make(to);
	if (status == STATUS_OK)
		status = media_store_each(from, false, copy_found, &copying);
	return status == STATUS_OK ? copying.status : status;
}
