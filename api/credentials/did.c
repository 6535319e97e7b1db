#include "api/credentials/did.h"

#include "eventstore/base/base58.h"
#include "eventstore/base/require.h"

enum { MULTICODEC_SIZE = 2, MULTIKEY_SIZE = MULTICODEC_SIZE + SIGN_PUBLIC_SIZE };

static const uint8_t ed25519_pub[MULTICODEC_SIZE] = {0xed, 0x01}; /* 0xed as a varint */

/* ---- keys ---- */

struct text did_multikey(const struct sign_public *public, struct arena *arena)
{
	uint8_t bytes[MULTIKEY_SIZE];
	char    digits[BASE58_SIZE_MAX(MULTIKEY_SIZE)];

	memcpy(bytes, ed25519_pub, MULTICODEC_SIZE);
	memcpy(bytes + MULTICODEC_SIZE, public->bytes, SIGN_PUBLIC_SIZE);
	return arena_format(arena, "z%.*s", (int)base58_encode(BYTES(bytes, sizeof(bytes)), digits), digits);
}

bool did_multikey_parse(struct text text, struct sign_public *out)
{
	uint8_t bytes[MULTIKEY_SIZE];

	if (!text_take(&text, TEXT("z")) || !base58_decode(text, bytes, sizeof(bytes))
	    || memcmp(bytes, ed25519_pub, MULTICODEC_SIZE) != 0)
		return false;
	memcpy(out->bytes, bytes + MULTICODEC_SIZE, SIGN_PUBLIC_SIZE);
	return true;
}

struct text did_key(const struct sign_public *public, struct arena *arena)
{
	struct text key = did_multikey(public, arena);

	return arena_format(arena, "did:key:%.*s", TEXT_ARG(key));
}

/* ---- origins ---- */

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static size_t span(struct text text, const char *ends)
{
	size_t size = 0;

	while (size < text.size && !(text.data[size] && strchr(ends, text.data[size])))
		size++;
	return size;
}

static struct text cut(struct text *rest, size_t size)
{
	struct text front = {.data = rest->data, .size = size};

	rest->data += size;
	rest->size -= size;
	return front;
}

/* Letters, digits, dots and hyphens; the last label begins with a letter, as no address does. */
static bool is_host_name(struct text host)
{
	size_t label = 0;

	for (size_t i = 0; i < host.size; i++) {
		char c = host.data[i];

		if (!is_letter(c) && !is_digit(c) && c != '-' && c != '.')
			return false;
		if (c == '.')
			label = i + 1;
	}
	return label < host.size && is_letter(host.data[label]);
}

/* did-core §3.1, idchar: what else stands there is percent-encoded; what is so already stays. */
static void append_segment(struct text segment, struct buffer *out)
{
	for (size_t i = 0; i < segment.size; i++) {
		char c = segment.data[i];

		if (is_letter(c) || is_digit(c) || c == '.' || c == '-' || c == '_' || c == '%')
			buffer_append(out, BYTES(&c, 1));
		else
			buffer_format(out, "%%%02X", (unsigned char)c);
	}
}

static enum status append_authority(struct text authority, struct buffer *out)
{
	struct text host = cut(&authority, span(authority, ":"));
	uint64_t    port;

	if (!is_host_name(host))
		return STATUS_UNSUPPORTED;
	for (size_t i = 0; i < host.size; i++)
		buffer_format(out, "%c",
		              host.data[i] | 0x20); /* lower case; digits, dots and hyphens have the bit already */
	if (authority.size == 0)
		return STATUS_OK;
	cut(&authority, 1);
	if (!text_parse_u64(authority, &port) || port == 0 || port > UINT16_MAX)
		return STATUS_MALFORMED;
	buffer_format(out, "%%3A%u", (unsigned)port);
	return STATUS_OK;
}

static enum status append_path(struct text path, struct buffer *out)
{
	while (path.size > 0) {
		struct text segment;

		cut(&path, 1);
		segment = cut(&path, span(path, "/"));
		if (segment.size == 0 && path.size == 0)
			return STATUS_OK;
		if (segment.size == 0 || span(segment, "?#") < segment.size)
			return STATUS_MALFORMED;
		buffer_append_text(out, TEXT(":"));
		append_segment(segment, out);
	}
	return STATUS_OK;
}

enum status did_web(struct text origin, struct arena *arena, struct text *out)
{
	struct text   rest = origin;
	struct buffer did = {0};
	enum status   status;

	if (text_starts_with(origin, TEXT("http://")))
		return STATUS_UNSUPPORTED;
	if (!text_take(&rest, TEXT("https://")))
		return STATUS_MALFORMED;
	buffer_append_text(&did, TEXT("did:web:"));
	status = append_authority(cut(&rest, span(rest, "/")), &did);
	if (status == STATUS_OK)
		status = append_path(rest, &did);
	if (status == STATUS_OK)
		*out = arena_text(arena, (struct text){.data = (char *)did.data, .size = did.size});
	buffer_finish(&did);
	return status;
}

/* ---- documents ---- */

struct text did_method(struct text did, const struct sign_public *public, struct arena *arena)
{
	struct text key = did_multikey(public, arena);

	return arena_format(arena, "%.*s#%.*s", TEXT_ARG(did), TEXT_ARG(key));
}

static void append_method(struct text did, struct text key, struct buffer *out)
{
	buffer_format(
		out,
		"{\"id\":\"%.*s#%.*s\",\"type\":\"Multikey\",\"controller\":\"%.*s\",\"publicKeyMultibase\":\"%.*s\"}",
		TEXT_ARG(did), TEXT_ARG(key), TEXT_ARG(did), TEXT_ARG(key));
}

/* All that goes in is made of characters that JSON takes as they are. */
void did_document(struct text did, const struct sign_public *keys, size_t count, struct buffer *out)
{
	struct arena arena = {0};

	buffer_format(out,
	              "{\"@context\":[\"https://www.w3.org/ns/did/v1\",\"https://w3id.org/security/multikey/v1\"],"
	              "\"id\":\"%.*s\",\"verificationMethod\":[",
	              TEXT_ARG(did));
	for (size_t i = 0; i < count; i++) {
		buffer_append_text(out, i > 0 ? TEXT(",") : TEXT(""));
		append_method(did, did_multikey(&keys[i], &arena), out);
	}
	buffer_append_text(out, TEXT("],\"assertionMethod\":["));
	for (size_t i = 0; i < count; i++) {
		struct text method = did_method(did, &keys[i], &arena);

		buffer_format(out, "%s\"%.*s\"", i > 0 ? "," : "", TEXT_ARG(method));
	}
	buffer_append_text(out, TEXT("]}"));
	arena_finish(&arena);
}
