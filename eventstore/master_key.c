#include "eventstore/master_key.h"

#include "eventstore/base/diag.h"
#include "eventstore/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static bool parse_hex(const char *text, struct seal_key *key)
{
	static const char digits[] = "0123456789abcdef0123456789ABCDEF";

	if (strlen(text) != 2 * sizeof(key->bytes))
		return false;
	for (size_t i = 0; i < sizeof(key->bytes); i++) {
		const char *high = strchr(digits, text[2 * i]), *low = strchr(digits, text[2 * i + 1]);

		if (!high || !low)
			return false;
		key->bytes[i] = (uint8_t)((high - digits) % 16 << 4 | (low - digits) % 16);
	}
	return true;
}

static enum status read_master(const char *path, struct seal_key *key)
{
	struct stat stat;
	enum status status = STATUS_OK;
	int         fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return errno == ENOENT ? STATUS_NOT_FOUND : STATUS_DENIED;
	if (fstat(fd, &stat) != 0 || (stat.st_mode & 077) != 0) {
		diag(DIAG_ERROR, "master_key_exposed", "%s may be read by others; make it mode 0600", path);
		status = STATUS_DENIED;
	} else if (stat.st_size != sizeof(key->bytes)
	           || read(fd, key->bytes, sizeof(key->bytes)) != sizeof(key->bytes)) {
		diag(DIAG_ERROR, "master_key_damaged", "%s does not hold %zu bytes", path, sizeof(key->bytes));
		status = STATUS_CORRUPT;
	}
	close(fd);
	return status;
}

static enum status write_synced(const char *path, struct bytes bytes)
{
	int         fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	enum status status = STATUS_OK;

	if (fd < 0)
		return STATUS_IO;
	if (fchmod(fd, 0600) != 0 || write(fd, bytes.data, bytes.size) != (ssize_t)bytes.size || fsync(fd) != 0)
		status = STATUS_IO;
	close(fd);
	return status;
}

/* Whole or not at all, and on disk before anything is wrapped under it: without it every name is lost. */
static enum status create_master(const char *path, struct seal_key *key)
{
	char        draft[PATH_MAX];
	enum status status;

	if ((size_t)snprintf(draft, sizeof(draft), "%s.new", path) >= sizeof(draft))
		return STATUS_INVALID;
	seal_key_fresh(key);
	status = write_synced(draft, BYTES(key->bytes, sizeof(key->bytes)));
	if (status == STATUS_OK && rename(draft, path) != 0)
		status = STATUS_IO;
	return status == STATUS_OK ? folder_sync_around(path) : status;
}

enum status master_key_find(const char *path, bool may_create, struct seal_key *key)
{
	const char *variable = getenv("ORRERY_MASTER_KEY");
	enum status status;

	if (variable && *variable) {
		if (parse_hex(variable, key))
			return STATUS_OK;
		diag(DIAG_ERROR, "master_key_malformed", "ORRERY_MASTER_KEY is not 64 hexadecimal digits");
		return STATUS_MALFORMED;
	}
	status = read_master(path, key);
	return status == STATUS_NOT_FOUND && may_create ? create_master(path, key) : status;
}
