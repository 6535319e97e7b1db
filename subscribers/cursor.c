#include "subscribers/cursor.h"

#include "eventstore/base/require.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { CURSOR_SIZE_MAX = 128 };

static enum status sync_folder_of(const char *path)
{
	char  folder[PATH_MAX];
	char *slash;
	int   fd;

	snprintf(folder, sizeof(folder), "%s", path);
	slash = strrchr(folder, '/');
	require(slash != NULL && slash > folder);
	*slash = '\0';
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return STATUS_IO;
	if (fsync(fd) != 0) {
		close(fd);
		return STATUS_IO;
	}
	close(fd);
	return STATUS_OK;
}

static enum status write_synced(const char *path, struct bytes content, int mode)
{
	int    fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
	size_t written = 0;
	bool   kept;

	if (fd < 0)
		return STATUS_IO;
	while (written < content.size) {
		ssize_t size = write(fd, content.data + written, content.size - written);

		if (size < 0 && errno != EINTR)
			break;
		written += size > 0 ? (size_t)size : 0;
	}
	kept = written == content.size && fsync(fd) == 0;
	return close(fd) == 0 && kept ? STATUS_OK : STATUS_IO;
}

enum status file_replace(const char *path, struct bytes content, int mode)
{
	char        temporary[PATH_MAX + 8];
	enum status status;

	snprintf(temporary, sizeof(temporary), "%s.new", path);
	status = write_synced(temporary, content, mode);
	if (status == STATUS_OK && rename(temporary, path) != 0)
		status = STATUS_IO;
	return status == STATUS_OK ? sync_folder_of(path) : status;
}

enum status cursor_store(const char *path, struct log_identity log, uint64_t position)
{
	char line[CURSOR_SIZE_MAX], store[ID_TEXT_SIZE + 1];
	int  size;

	id_format(log.store, store);
	size = snprintf(line, sizeof(line), "%s %" PRIu64 " %" PRIu64 "\n", store, log.epoch, position);
	return file_replace(path, BYTES(line, (size_t)size), 0640);
}

static enum status parse(const char *line, struct log_identity log, uint64_t *position)
{
	char      store_text[ID_TEXT_SIZE + 1];
	struct id store;
	uint64_t  epoch, found;

	if (sscanf(line, "%36s %" SCNu64 " %" SCNu64, store_text, &epoch, &found) != 3
	    || !id_parse(text_from(store_text), &store))
		return STATUS_CORRUPT;
	if (!identity_holds(&log, store, epoch, found))
		return STATUS_CONFLICT;
	*position = found;
	return STATUS_OK;
}

enum status cursor_load(const char *path, struct log_identity log, uint64_t *position)
{
	char        line[CURSOR_SIZE_MAX];
	FILE       *file = fopen(path, "re");
	enum status status;

	if (!file) {
		*position = identity_began(&log) - 1;
		return errno == ENOENT ? STATUS_OK : STATUS_IO;
	}
	status = fgets(line, sizeof(line), file) ? parse(line, log, position) : STATUS_CORRUPT;
	fclose(file);
	return status;
}
