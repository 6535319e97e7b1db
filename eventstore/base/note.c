#include "eventstore/base/note.h"

#include "eventstore/base/base64.h"
#include "eventstore/base/hash.h"
#include "eventstore/base/require.h"

#include <inttypes.h>
#include <stdio.h>

enum {
	ID_SIZE = 4,
	KEY_BYTES = 1 + SIGN_PUBLIC_SIZE,
	TIME_SIZE = 8,
	SIGNATURE_BYTES_MAX = ID_SIZE + TIME_SIZE + SIGN_SIZE,
	SIGNATURE_TEXT_MAX = BASE64_STANDARD_SIZE(SIGNATURE_BYTES_MAX),
};

_Static_assert((int)SIGN_SEED_SIZE == (int)SIGN_PUBLIC_SIZE, "both keys have one size as a text");

static const char dash[] = "\xe2\x80\x94 "; /* U+2014 and a space */

/* ---------------------------------------------------------------- names and keys */

bool note_name_valid(struct text name)
{
	if (name.size == 0 || name.size > NOTE_NAME_SIZE_MAX)
		return false;
	for (size_t i = 0; i < name.size; i++)
		if (name.data[i] <= ' ' || name.data[i] > '~' || name.data[i] == '+')
			return false;
	return true;
}

static void store_be32(uint8_t *out, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		out[i] = (uint8_t)(value >> (24 - 8 * i));
}

static uint32_t load_be32(const uint8_t *bytes)
{
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

/* SHA-256(name || 0x0A || type || public key)[:4] */
static uint32_t key_id(const char *name, enum note_type type, const struct sign_public *public)
{
	uint8_t     message[NOTE_NAME_SIZE_MAX + 1 + KEY_BYTES];
	size_t      size = strlen(name);
	struct hash hash;

	memcpy(message, name, size);
	message[size++] = '\n';
	message[size++] = (uint8_t)type;
	memcpy(message + size, public->bytes, SIGN_PUBLIC_SIZE);
	hash = hash_sha256(BYTES(message, size + SIGN_PUBLIC_SIZE));
	return load_be32(hash.bytes);
}

struct note_verifier note_signer_verifier(const struct note_signer *signer)
{
	struct note_verifier verifier = {.type = NOTE_ED25519, .public = signer->key.public};

	memcpy(verifier.name, signer->name, sizeof(verifier.name));
	verifier.id = key_id(signer->name, NOTE_ED25519, &signer->key.public);
	return verifier;
}

static void format_key(const char *name, uint32_t id, enum note_type type, const uint8_t *key, struct buffer *out)
{
	uint8_t bytes[KEY_BYTES] = {(uint8_t)type};
	char    text[BASE64_STANDARD_SIZE(KEY_BYTES)];

	memcpy(bytes + 1, key, KEY_BYTES - 1);
	base64_standard_encode(BYTES(bytes, sizeof(bytes)), text);
	buffer_format(out, "%s+%08" PRIx32 "+%.*s", name, id, (int)sizeof(text), text);
	secret_wipe(bytes, sizeof(bytes));
	secret_wipe(text, sizeof(text));
}

void note_verifier_format(const struct note_verifier *verifier, struct buffer *out)
{
	format_key(verifier->name, verifier->id, verifier->type, verifier->public.bytes, out);
}

void note_signer_format(const struct note_signer *signer, struct buffer *out)
{
	buffer_append_text(out, TEXT("PRIVATE+KEY+"));
	format_key(signer->name, note_signer_verifier(signer).id, NOTE_ED25519, signer->key.seed, out);
}

static bool take_until(struct text *rest, char end, struct text *part)
{
	const char *found = rest->size > 0 ? memchr(rest->data, end, rest->size) : NULL;

	if (!found)
		return false;
	*part = (struct text){.data = rest->data, .size = (size_t)(found - rest->data)};
	rest->size -= part->size + 1;
	rest->data = found + 1;
	return true;
}

/* NAME+ID+BASE64 without judging the id, whose making takes the public key. */
static bool parse_key(struct text text, char name[NOTE_NAME_SIZE_MAX + 1], struct text *id, uint8_t key[KEY_BYTES])
{
	struct text name_text;
	size_t      size;

	if (!take_until(&text, '+', &name_text) || !note_name_valid(name_text) || !take_until(&text, '+', id)
	    || text.size != BASE64_STANDARD_SIZE(KEY_BYTES) || !base64_standard_decode(text, key, &size)
	    || size != KEY_BYTES)
		return false;
	memcpy(name, name_text.data, name_text.size);
	name[name_text.size] = '\0';
	return true;
}

static bool id_is(struct text text, uint32_t id)
{
	char expected[9];

	snprintf(expected, sizeof(expected), "%08" PRIx32, id);
	return text_is(text, expected);
}

bool note_verifier_parse(struct text text, struct note_verifier *out)
{
	struct note_verifier verifier;
	uint8_t              key[KEY_BYTES + 3];
	struct text          id;

	if (!parse_key(text, verifier.name, &id, key) || (key[0] != NOTE_ED25519 && key[0] != NOTE_COSIGNATURE))
		return false;
	verifier.type = key[0];
	memcpy(verifier.public.bytes, key + 1, SIGN_PUBLIC_SIZE);
	verifier.id = key_id(verifier.name, verifier.type, &verifier.public);
	if (!id_is(id, verifier.id))
		return false;
	*out = verifier;
	return true;
}

bool note_signer_parse(struct text text, struct note_signer *out)
{
	struct note_signer signer;
	uint8_t            key[KEY_BYTES + 3];
	struct text        id;
	bool               valid = text_take(&text, TEXT("PRIVATE+KEY+")) && parse_key(text, signer.name, &id, key)
	             && key[0] == NOTE_ED25519;

	if (valid) {
		sign_key_from_seed(key + 1, &signer.key);
		valid = id_is(id, note_signer_verifier(&signer).id);
	}
	if (valid)
		*out = signer;
	secret_wipe(key, sizeof(key));
	secret_wipe(&signer, sizeof(signer));
	return valid;
}

/* ---------------------------------------------------------------- signing */

void note_sign(const struct note_signer *signer, struct text body, struct buffer *out)
{
	uint8_t          bytes[ID_SIZE + SIGN_SIZE];
	char             text[BASE64_STANDARD_SIZE(sizeof(bytes))];
	struct signature signature;

	require(body.size > 0 && body.data[body.size - 1] == '\n');
	sign_message(&signer->key, text_bytes(body), &signature);
	store_be32(bytes, note_signer_verifier(signer).id);
	memcpy(bytes + ID_SIZE, signature.bytes, SIGN_SIZE);
	base64_standard_encode(BYTES(bytes, sizeof(bytes)), text);
	buffer_format(out, "%s%s %.*s\n", dash, signer->name, (int)sizeof(text), text);
}

/* ---------------------------------------------------------------- verifying */

static bool note_text_valid(struct text text)
{
	size_t points;

	if (text.size > NOTE_SIZE_MAX || !text_code_points(text, &points))
		return false;
	for (size_t i = 0; i < text.size; i++)
		if ((unsigned char)text.data[i] < ' ' && text.data[i] != '\n')
			return false;
	return text.size > 0 && text.data[text.size - 1] == '\n';
}

/* "— NAME BASE64" without the newline. */
static bool parse_signature(struct text line, struct text *name, struct text *encoded)
{
	if (!text_take(&line, TEXT("\xe2\x80\x94 ")) || !take_until(&line, ' ', name))
		return false;
	*encoded = line;
	return name->size > 0 && encoded->size > 0 && !memchr(encoded->data, ' ', encoded->size);
}

bool note_parse(struct text text, struct note *out)
{
	struct note note = {0};
	struct text lines, line, name, encoded;

	if (!note_text_valid(text))
		return false;
	for (size_t i = text.size - 1; i > 0 && !note.body.data; i--)
		if (text.data[i] == '\n' && text.data[i - 1] == '\n') {
			note.body = (struct text){.data = text.data, .size = i};
			note.signatures = (struct text){.data = text.data + i + 1, .size = text.size - i - 1};
		}
	if (!note.body.data || note.signatures.size == 0)
		return false;
	lines = note.signatures;
	while (take_until(&lines, '\n', &line))
		if (!parse_signature(line, &name, &encoded))
			return false;
	*out = note;
	return true;
}

/* What a witness signs in place of the body: c2sp.org/tlog-cosignature. */
static bool cosignature_holds(const struct note_verifier *verifier, struct text body, const uint8_t *bytes,
                              uint64_t *time_s)
{
	struct buffer    message = {0};
	struct signature signature;
	bool             holds;

	*time_s = (uint64_t)load_be32(bytes) << 32 | load_be32(bytes + 4);
	memcpy(signature.bytes, bytes + TIME_SIZE, SIGN_SIZE);
	buffer_format(&message, "cosignature/v1\ntime %" PRIu64 "\n", *time_s);
	buffer_append_text(&message, body);
	holds = *time_s <= INT64_MAX && sign_verify(&verifier->public, buffer_bytes(&message), &signature);
	buffer_finish(&message);
	return holds;
}

static bool signature_holds(const struct note_verifier *verifier, struct text body, struct bytes bytes,
                            uint64_t *time_s)
{
	struct signature signature;

	*time_s = 0;
	if (verifier->type == NOTE_COSIGNATURE)
		return bytes.size == TIME_SIZE + SIGN_SIZE && cosignature_holds(verifier, body, bytes.data, time_s);
	if (bytes.size != SIGN_SIZE)
		return false;
	memcpy(signature.bytes, bytes.data, SIGN_SIZE);
	return sign_verify(&verifier->public, text_bytes(body), &signature);
}

/* NOT_FOUND: the line is another key's. */
static enum status verify_line(struct text line, struct text body, const struct note_verifier *verifier,
                               uint64_t *time_s)
{
	uint8_t     bytes[SIGNATURE_TEXT_MAX];
	struct text name, encoded;
	size_t      size;

	if (!parse_signature(line, &name, &encoded) || !text_is(name, verifier->name)
	    || encoded.size > SIGNATURE_TEXT_MAX || !base64_standard_decode(encoded, bytes, &size) || size < ID_SIZE
	    || load_be32(bytes) != verifier->id)
		return STATUS_NOT_FOUND;
	return signature_holds(verifier, body, BYTES(bytes + ID_SIZE, size - ID_SIZE), time_s) ? STATUS_OK
	                                                                                       : STATUS_DENIED;
}

enum status note_find(const struct note *note, const struct note_verifier *verifier, struct text *line,
                      uint64_t *time_s)
{
	struct text lines = note->signatures, next;
	enum status status = STATUS_NOT_FOUND;

	while (status == STATUS_NOT_FOUND && take_until(&lines, '\n', &next))
		status = verify_line(next, note->body, verifier, time_s);
	if (status == STATUS_OK)
		*line = (struct text){.data = next.data, .size = next.size + 1};
	return status;
}

enum status note_verify(const struct note *note, const struct note_verifier *verifier, uint64_t *time_s)
{
	struct text line;

	return note_find(note, verifier, &line, time_s);
}
