#include "eventstore/disk/whole_file.h"

#include "eventstore/disk/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { OTHERS = 077 };

static enum status status_of(int error)
{
	switch (error) {
	case ENOENT:
		return STATUS_NOT_FOUND;
	case EACCES:
	case EPERM:
		return STATUS_DENIED;
	case ENOSPC:
	case EDQUOT:
		return STATUS_FULL;
	default:
		return STATUS_IO;
	}
}

static enum status read_all(int fd, size_t size_max, struct buffer *out)
{
	size_t  begin = out->size;
	ssize_t size;

	do {
		size = read(fd, buffer_reserve(out, 4096), 4096);
		if (size > 0)
			out->size += (size_t)size;
	} while (size > 0 && out->size - begin <= size_max);
	if (size < 0)
		return STATUS_IO;
	return out->size - begin <= size_max ? STATUS_OK : STATUS_TOO_LARGE;
}

static enum status read_guarded(const char *path, mode_t forbidden, size_t size_max, struct buffer *out)
{
	int         fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat about;
	enum status status;

	if (fd < 0)
		return status_of(errno);
	if (fstat(fd, &about) != 0 || !S_ISREG(about.st_mode))
		status = STATUS_IO;
	else
		status = (about.st_mode & forbidden) == 0 ? read_all(fd, size_max, out) : STATUS_DENIED;
	close(fd);
	return status;
}

enum status whole_file_read(const char *path, size_t size_max, struct buffer *out)
{
	return read_guarded(path, 0, size_max, out);
}

enum status whole_file_read_secret(const char *path, size_t size_max, struct buffer *out)
{
	return read_guarded(path, OTHERS, size_max, out);
}

static enum status write_all(int fd, struct bytes bytes)
{
	while (bytes.size > 0) {
		ssize_t size = write(fd, bytes.data, bytes.size);

		if (size < 0 && errno == EINTR)
			continue;
		if (size < 0)
			return status_of(errno);
		bytes.data += size;
		bytes.size -= (size_t)size;
	}
	return fsync(fd) == 0 ? STATUS_OK : status_of(errno);
}

static enum status write_draft(const char *path, struct bytes bytes, unsigned mode)
{
	int         fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
	enum status status;

	if (fd < 0)
		return status_of(errno);
	status = fchmod(fd, mode) == 0 ? write_all(fd, bytes) : status_of(errno);
	close(fd);
	return status;
}

enum status whole_file_write(const char *path, struct bytes bytes, unsigned mode)
{
	char        draft[PATH_MAX];
	enum status status;

	if ((size_t)snprintf(draft, sizeof(draft), "%s.new", path) >= sizeof(draft))
		return STATUS_INVALID;
	status = write_draft(draft, bytes, mode);
	if (status == STATUS_OK && rename(draft, path) != 0)
		status = status_of(errno);
	if (status != STATUS_OK) {
		unlink(draft);
		return status;
	}
	return folder_sync_around(path);
}
