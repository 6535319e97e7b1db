#include "eventstore/disk/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

_Static_assert(FOLDER_PATH_SIZE == PATH_MAX, "a path of any length");

enum { FOLDER_MODE = 0750, WALK_FDS_MAX = 16 };

enum status folder_path(const char *folder, const char *name, char out[FOLDER_PATH_SIZE])
{
	return snprintf(out, PATH_MAX, "%s/%s", folder, name) < PATH_MAX ? STATUS_OK : STATUS_INVALID;
}

enum status folder_make(const char *path)
{
	if (mkdir(path, FOLDER_MODE) == 0)
		return folder_sync_around(path);
	if (errno == EEXIST)
		return STATUS_OK;
	return errno == ENOSPC ? STATUS_FULL : errno == EACCES ? STATUS_DENIED : STATUS_IO;
}

static int remove_entry(const char *path, const struct stat *about, int kind, struct FTW *walk)
{
	return remove(path);
}

enum status folder_remove(const char *path)
{
	if (nftw(path, remove_entry, WALK_FDS_MAX, FTW_DEPTH | FTW_PHYS) == 0 || errno == ENOENT)
		return STATUS_OK;
	return errno == EACCES || errno == EPERM ? STATUS_DENIED : STATUS_IO;
}

bool folder_vacant(const char *path)
{
	DIR           *folder = opendir(path);
	struct dirent *entry;
	bool           vacant = folder || errno == ENOENT;

	while (folder && vacant && (entry = readdir(folder)))
		vacant = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
	if (folder)
		closedir(folder);
	return vacant;
}

enum status folder_sync(const char *path)
{
	int         fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	enum status status;

	if (fd < 0)
		return STATUS_IO;
	status = fsync(fd) == 0 ? STATUS_OK : STATUS_IO;
	close(fd);
	return status;
}

enum status folder_sync_around(const char *path)
{
	const char *slash = strrchr(path, '/');
	char        folder[PATH_MAX];

	if (!slash)
		return folder_sync(".");
	/* The slash stays, so that the root is a folder too. */
	snprintf(folder, sizeof(folder), "%.*s", (int)(slash - path + 1), path);
	return folder_sync(folder);
}

static int sync_entry(const char *path, const struct stat *about, int kind, struct FTW *walk)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), result;

	if (fd < 0)
		return -1;
	result = fsync(fd);
	close(fd);
	return result;
}

enum status folder_sync_all(const char *path)
{
	return nftw(path, sync_entry, WALK_FDS_MAX, FTW_DEPTH | FTW_PHYS) == 0 ? STATUS_OK : STATUS_IO;
}

enum status folder_lock(const char *path, const char *name, int *out)
{
	char file[PATH_MAX];
	int  lock;

	snprintf(file, sizeof(file), "%s/%s", path, name);
	lock = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0640);
	if (lock < 0)
		return STATUS_IO;
	if (flock(lock, LOCK_EX | LOCK_NB) != 0) {
		close(lock);
		return STATUS_BUSY;
	}
	*out = lock;
	return STATUS_OK;
}
