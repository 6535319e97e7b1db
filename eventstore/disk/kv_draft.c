#include "eventstore/disk/kv_draft.h"

#include "eventstore/disk/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

_Static_assert(KV_DRAFT_PATH_SIZE == PATH_MAX, "a path of any length");

bool kv_draft_needed(const char *directory)
{
	char        path[PATH_MAX];
	struct stat file;

	return folder_path(directory, KV_DATA_FILE, path) == STATUS_OK && stat(path, &file) != 0 && errno == ENOENT;
}

static enum status remove_file(const char *folder, const char *name)
{
	char        path[PATH_MAX];
	enum status status = folder_path(folder, name, path);

	if (status == STATUS_OK && unlink(path) != 0 && errno != ENOENT)
		status = STATUS_IO;
	return status;
}

enum status kv_draft_begin(const char *directory, char draft[KV_DRAFT_PATH_SIZE])
{
	enum status status = folder_path(directory, "new", draft);

	if (status == STATUS_OK)
		status = folder_make(draft);
	if (status == STATUS_OK)
		status = remove_file(draft, KV_DATA_FILE);
	return status == STATUS_OK ? remove_file(draft, KV_LOCK_FILE) : status;
}

static enum status sync_file(const char *path)
{
	int         fd = open(path, O_RDONLY | O_CLOEXEC);
	enum status status;

	if (fd < 0)
		return STATUS_IO;
	status = fsync(fd) == 0 ? STATUS_OK : STATUS_IO;
	close(fd);
	return status;
}

enum status kv_draft_end(const char *directory, const char *draft)
{
	char        from[PATH_MAX], to[PATH_MAX];
	enum status status = folder_path(draft, KV_DATA_FILE, from);

	if (status == STATUS_OK)
		status = folder_path(directory, KV_DATA_FILE, to);
	if (status == STATUS_OK)
		status = sync_file(from);
	if (status == STATUS_OK && rename(from, to) != 0)
		status = STATUS_IO;
	if (status == STATUS_OK)
		status = folder_sync(directory);
	/* Only tidying; the next attempt would do it. */
	if (status == STATUS_OK && remove_file(draft, KV_LOCK_FILE) == STATUS_OK)
		rmdir(draft);
	return status;
}
