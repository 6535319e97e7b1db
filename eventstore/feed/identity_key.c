#include "eventstore/feed/identity_key.h"

#include "eventstore/base/base64.h"
#include "eventstore/base/diag.h"
#include "eventstore/base/hash.h"
#include "eventstore/disk/whole_file.h"

_Static_assert(BASE64_STANDARD_SIZE(NOISE_KEY_SIZE) == IDENTITY_KEY_TEXT_SIZE, "32 bytes in Base64");

void identity_key_format(const struct noise_public *key, char out[IDENTITY_KEY_TEXT_SIZE + 1])
{
	base64_standard_encode(BYTES(key->bytes, sizeof(key->bytes)), out);
	out[IDENTITY_KEY_TEXT_SIZE] = '\0';
}

bool identity_key_parse(struct text text, struct noise_public *out)
{
	uint8_t bytes[IDENTITY_KEY_TEXT_SIZE / 4 * 3];
	size_t  size;
	bool    fine = text.size == IDENTITY_KEY_TEXT_SIZE && base64_standard_decode(text, bytes, &size)
	            && size == sizeof(out->bytes);

	if (fine)
		memcpy(out->bytes, bytes, sizeof(out->bytes));
	secret_wipe(bytes, sizeof(bytes));
	return fine;
}

static enum status parse_secret(const struct buffer *file, struct noise_key *out)
{
	struct text         text = {.data = (const char *)file->data, .size = file->size};
	struct noise_public secret;
	bool                fine;

	if (text.size > 0 && text.data[text.size - 1] == '\n')
		text.size--;
	fine = identity_key_parse(text, &secret);
	if (fine)
		noise_key_from_secret(secret.bytes, out);
	secret_wipe(&secret, sizeof(secret));
	return fine ? STATUS_OK : STATUS_CORRUPT;
}

static enum status make(const char *path, struct noise_key *out)
{
	struct noise_public secret;
	char                text[IDENTITY_KEY_TEXT_SIZE + 1];
	enum status         status;

	noise_key_fresh(out);
	memcpy(secret.bytes, out->secret, sizeof(secret.bytes));
	identity_key_format(&secret, text);
	text[IDENTITY_KEY_TEXT_SIZE] = '\n';
	status = whole_file_write(path, BYTES(text, sizeof(text)), 0600);
	secret_wipe(&secret, sizeof(secret));
	secret_wipe(text, sizeof(text));
	return status;
}

enum status identity_key_find(const char *path, struct noise_key *out)
{
	struct buffer file = {0};
	enum status   status = whole_file_read_secret(path, IDENTITY_KEY_TEXT_SIZE + 1, &file);

	if (status == STATUS_OK)
		status = parse_secret(&file, out);
	else if (status == STATUS_NOT_FOUND)
		status = make(path, out);
	if (file.data)
		secret_wipe(file.data, file.capacity);
	buffer_finish(&file);
	if (status != STATUS_OK)
		diag(DIAG_ERROR, "feed_key_unusable", "%s: %s", path, status_sentence(status));
	return status;
}
