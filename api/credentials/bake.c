#include "api/credentials/bake.h"

#include "api/credentials/png.h"

#define KEYWORD "openbadgecredential"

/* Behind the keyword's zero: not compressed, method 0, no language, no translated keyword (W3C PNG §11.3.3.4). */
static const char text_head[] = KEYWORD "\0\0\0\0";

/* The keyword ends with a zero. */
static bool holds_credential(const struct png_chunk *chunk)
{
	return png_chunk_is(chunk, "iTXt") && chunk->data.size >= sizeof(KEYWORD)
	       && memcmp(chunk->data.data, KEYWORD, sizeof(KEYWORD)) == 0;
}

static void append_credential(struct text credential, struct buffer *out)
{
	struct buffer data = {0};

	buffer_append(&data, BYTES(text_head, sizeof(text_head)));
	buffer_append_text(&data, credential);
	png_append_chunk(out, "iTXt", buffer_bytes(&data));
	buffer_finish(&data);
}

static enum status copy_chunks(struct png_walk *walk, struct buffer *out)
{
	struct png_chunk chunk;
	enum status      status;

	while ((status = png_next(walk, &chunk)) == STATUS_OK)
		if (!holds_credential(&chunk))
			buffer_append(out, chunk.whole);
	if (status != STATUS_NOT_FOUND)
		return status;
	buffer_append(out, chunk.whole);
	return STATUS_OK;
}

static enum status check_credential(struct text credential)
{
	size_t code_points;

	if (credential.size > BAKE_CREDENTIAL_SIZE_MAX)
		return STATUS_TOO_LARGE;
	if (!text_code_points(credential, &code_points) || memchr(credential.data, 0, credential.size))
		return STATUS_MALFORMED;
	return STATUS_OK;
}

enum status bake_png(struct bytes png, struct text credential, struct buffer *out)
{
	struct png_walk  walk;
	struct png_chunk header;
	size_t           began = out->size;
	enum status      status = check_credential(credential);

	if (status == STATUS_OK)
		status = png_begin(&walk, png, &header);
	if (status != STATUS_OK)
		return status;
	png_append_signature(out);
	buffer_append(out, header.whole);
	append_credential(credential, out);
	status = copy_chunks(&walk, out);
	if (status != STATUS_OK)
		out->size = began;
	return status;
}

/* Others may tell a language and translate the keyword; none may pack the text. */
static enum status read_credential(const struct png_chunk *chunk, struct text *out)
{
	const uint8_t *at = chunk->data.data, *end = at + chunk->data.size;
	struct text    text;
	enum status    status;

	at += sizeof(KEYWORD);
	if (end - at < 2 || at[0] != 0 || at[1] != 0)
		return STATUS_MALFORMED;
	at += 2;
	for (int zeroes = 0; zeroes < 2; zeroes++) {
		at = at < end ? memchr(at, 0, (size_t)(end - at)) : NULL;
		if (!at)
			return STATUS_MALFORMED;
		at++;
	}
	text = (struct text){.data = (const char *)at, .size = (size_t)(end - at)};
	status = check_credential(text);
	if (status == STATUS_OK)
		*out = text;
	return status;
}

/* The whole picture is looked at, so that what extracts also bakes. */
enum status bake_png_extract(struct bytes png, struct text *out)
{
	struct text      found = TEXT_NONE;
	struct png_walk  walk;
	struct png_chunk chunk;
	enum status      status = png_begin(&walk, png, &chunk);

	while (status == STATUS_OK) {
		status = png_next(&walk, &chunk);
		if (status == STATUS_OK && holds_credential(&chunk))
			status = found.data ? STATUS_MALFORMED : read_credential(&chunk, &found);
	}
	if (status != STATUS_NOT_FOUND || !found.data)
		return status;
	*out = found;
	return STATUS_OK;
}
