#include "eventstore/vault/master_key.h"

#include "eventstore/base/diag.h"
#include "eventstore/base/hash.h"
#include "eventstore/disk/whole_file.h"

#include <stdlib.h>

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
	struct buffer bytes = {0};
	enum status   status = whole_file_read_secret(path, sizeof(key->bytes), &bytes);

	if (status == STATUS_DENIED)
		diag(DIAG_ERROR, "master_key_exposed", "%s must be readable by its owner alone: mode 0600", path);
	if (status == STATUS_TOO_LARGE || (status == STATUS_OK && bytes.size != sizeof(key->bytes))) {
		diag(DIAG_ERROR, "master_key_damaged", "%s does not hold %zu bytes", path, sizeof(key->bytes));
		status = STATUS_CORRUPT;
	}
	if (status == STATUS_OK)
		memcpy(key->bytes, bytes.data, sizeof(key->bytes));
	if (bytes.data)
		secret_wipe(bytes.data, bytes.capacity);
	buffer_finish(&bytes);
	return status;
}

/* On disk before anything is wrapped under it: without it every name is lost. */
static enum status create_master(const char *path, struct seal_key *key)
{
	seal_key_fresh(key);
	return whole_file_write(path, BYTES(key->bytes, sizeof(key->bytes)), 0600);
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
