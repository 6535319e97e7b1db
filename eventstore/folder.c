#include "eventstore/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FOLDER_MODE = 0750 };

enum status folder_make(const char *path)
{
	if (mkdir(path, FOLDER_MODE) == 0)
		return folder_sync_around(path);
	if (errno == EEXIST)
		return STATUS_OK;
	return errno == ENOSPC ? STATUS_FULL : errno == EACCES ? STATUS_DENIED : STATUS_IO;
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
