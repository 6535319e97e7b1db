#include "api/siws.h"

#include "eventstore/base/base58.h"
#include "eventstore/base/require.h"

enum { NONCE_SIZE_MIN = 8 };

/* ---- what a field may hold ---- */

/* C0, DEL, C1, and Unicode's line and paragraph separators (U+2028, U+2029), in well-formed UTF-8. */
static bool breaks_line(const unsigned char *at, size_t left)
{
	if (at[0] < 0x20 || at[0] == 0x7f)
		return true;
	if (left >= 2 && at[0] == 0xc2 && at[1] < 0xa0)
		return true;
	return left >= 3 && at[0] == 0xe2 && at[1] == 0x80 && (at[2] == 0xa8 || at[2] == 0xa9);
}

static bool is_one_line(struct text text)
{
	size_t count;

	if (!text_code_points(text, &count))
		return false;
	for (size_t i = 0; i < text.size; i++)
		if (breaks_line((const unsigned char *)text.data + i, text.size - i))
			return false;
	return true;
}

static bool is_nonce(struct text text)
{
	if (text.size < NONCE_SIZE_MIN)
		return false;
	for (size_t i = 0; i < text.size; i++) {
		char c = text.data[i];

		if (!(c >= '0' && c <= '9') && !(c >= 'A' && c <= 'Z') && !(c >= 'a' && c <= 'z'))
			return false;
	}
	return true;
}

static bool decode_address(struct text address, struct sign_public *out)
{
	return base58_decode(address, out->bytes, sizeof(out->bytes));
}

/* ---- lines ---- */

/* The fields in the order of the grammar: FIELD(member, label). */
#define SIWS_FIELDS(FIELD)                                                                                             \
	FIELD(uri, "URI: ")                                                                                            \
	FIELD(version, "Version: ")                                                                                    \
	FIELD(chain_id, "Chain ID: ")                                                                                  \
	FIELD(nonce, "Nonce: ")                                                                                        \
	FIELD(issued_at, "Issued At: ")                                                                                \
	FIELD(expiration_time, "Expiration Time: ")                                                                    \
	FIELD(not_before, "Not Before: ")                                                                              \
	FIELD(request_id, "Request ID: ")

struct line_field {
	size_t      offset;
	const char *label;
};

static const struct line_field line_fields[] = {
#define FIELD(member, label) {offsetof(struct siws_message, member), label},
	SIWS_FIELDS(FIELD)
#undef FIELD
};

static struct text field_text(const struct siws_message *message, size_t index)
{
	return *(const struct text *)((const char *)message + line_fields[index].offset);
}

static bool is_valid(const struct siws_message *message)
{
	struct sign_public key;

	if (message->domain.size == 0 || !is_one_line(message->domain) || !is_one_line(message->statement))
		return false;
	if (!decode_address(message->address, &key) || message->resource_count > SIWS_RESOURCES_MAX)
		return false;
	if (message->nonce.data && !is_nonce(message->nonce))
		return false;
	for (size_t i = 0; i < array_count(line_fields); i++)
		if (!is_one_line(field_text(message, i)))
			return false;
	for (uint32_t i = 0; i < message->resource_count; i++)
		if (!is_one_line(message->resources[i]))
			return false;
	return true;
}

/* Each field stands on a line of its own, without a line feed at the very end; an empty line goes before the first. */
static void append_fields(const struct siws_message *message, struct buffer *out)
{
	const char *before = "\n\n";

	for (size_t i = 0; i < array_count(line_fields); i++) {
		struct text text = field_text(message, i);

		if (!text.data)
			continue;
		buffer_format(out, "%s%s", before, line_fields[i].label);
		buffer_append_text(out, text);
		before = "\n";
	}
	if (message->resource_count > 0)
		buffer_format(out, "%sResources:", before);
	for (uint32_t i = 0; i < message->resource_count; i++) {
		buffer_append_text(out, TEXT("\n- "));
		buffer_append_text(out, message->resources[i]);
	}
}

enum status siws_build(const struct siws_message *message, struct buffer *out)
{
	size_t before = out->size;

	if (!is_valid(message))
		return STATUS_INVALID;
	buffer_append_text(out, message->domain);
	buffer_append_text(out, TEXT(" wants you to sign in with your Solana account:\n"));
	buffer_append_text(out, message->address);
	if (message->statement.data) {
		buffer_append_text(out, TEXT("\n\n"));
		buffer_append_text(out, message->statement);
	}
	append_fields(message, out);
	if (out->size - before <= SIWS_SIZE_MAX)
		return STATUS_OK;
	out->size = before;
	return STATUS_TOO_LARGE;
}

bool siws_verify(struct text address, struct text text, struct text signature)
{
	struct sign_public key;
	struct signature   bytes;

	if (!decode_address(address, &key) || !base58_decode(signature, bytes.bytes, sizeof(bytes.bytes)))
		return false;
	return sign_verify(&key, text_bytes(text), &bytes);
}
