#include "api/media_type.h"

#include <strings.h>

enum { KIB = 1024, MIB = 1024 * 1024 };

static bool has(struct bytes bytes, size_t at, const char *signature, size_t size)
{
	return bytes.size >= at + size && memcmp(bytes.data + at, signature, size) == 0;
}

#define HAS(bytes, at, signature) has(bytes, at, signature, sizeof(signature) - 1)

/* ---------------------------------------------------------------- signatures */

/* PNG (W3C) §5.2. */
static bool fits_png(struct bytes head)
{
	return HAS(head, 0, "\x89PNG\r\n\x1a\n");
}

/* ITU T.81, Annex B: start of image, then a marker. */
static bool fits_jpeg(struct bytes head)
{
	return HAS(head, 0, "\xff\xd8\xff");
}

static bool fits_gif(struct bytes head)
{
	return HAS(head, 0, "GIF87a") || HAS(head, 0, "GIF89a");
}

/* RFC 9649 §2.4. */
static bool fits_webp(struct bytes head)
{
	return HAS(head, 0, "RIFF") && HAS(head, 8, "WEBP");
}

static bool fits_wav(struct bytes head)
{
	return HAS(head, 0, "RIFF") && HAS(head, 8, "WAVE");
}

/* ISO/IEC 14496-12 §4.3: a box "ftyp" stands first; audio alone bears the brand M4A. */
static bool fits_mp4_audio(struct bytes head)
{
	return HAS(head, 4, "ftypM4A ");
}

static bool fits_mp4(struct bytes head)
{
	return HAS(head, 4, "ftyp") && !fits_mp4_audio(head);
}

/* RFC 9559 §8: an EBML head with the document's type in it. */
static bool fits_webm(struct bytes head)
{
	size_t looked_at = head.size < 64 ? head.size : 64;

	return HAS(head, 0, "\x1a\x45\xdf\xa3") && memmem(head.data, looked_at, "\x42\x82\x84webm", 7) != NULL;
}

/* ID3, or the sync word of an MPEG 1 or 2 frame of layer III (ISO/IEC 11172-3 §2.4.2.3). */
static bool fits_mp3(struct bytes head)
{
	return HAS(head, 0, "ID3")
	       || (head.size > 2 && head.data[0] == 0xff && (head.data[1] & 0xe6) == 0xe2
	           && (head.data[2] & 0xf0) != 0xf0);
}

/* RFC 3533 §6. */
static bool fits_ogg(struct bytes head)
{
	return HAS(head, 0, "OggS\0");
}

/* ISO 32000-1 §7.5.2. */
static bool fits_pdf(struct bytes head)
{
	return HAS(head, 0, "%PDF-");
}

static bool fits_zip(struct bytes head)
{
	return HAS(head, 0, "PK\x03\x04") || HAS(head, 0, "PK\x05\x06");
}

/* ---------------------------------------------------------------- texts */

/* UTF-8 without control characters; the last character of a head may be cut off. */
static bool fits_text(struct bytes head)
{
	struct text text = {(const char *)head.data, head.size};
	size_t      points;

	for (size_t i = 0; i < head.size; i++) {
		if ((head.data[i] < 0x20 && !strchr("\t\n\f\r", head.data[i])) || head.data[i] == 0x7f
		    || head.data[i] == 0)
			return false;
	}
	for (int cut = 0; cut < 4 && text.size > 0; cut++, text.size--) {
		if (text_code_points(text, &points))
			return true;
	}
	return head.size == 0;
}

/* W3C WebVTT §4.1: the name, behind a byte order mark if any, then a blank or the end of the line. */
static bool fits_vtt(struct bytes head)
{
	size_t at = HAS(head, 0, "\xef\xbb\xbf") ? 3 : 0;

	return HAS(head, at, "WEBVTT") && (head.size == at + 6 || strchr(" \t\r\n", head.data[at + 6]))
	       && fits_text(head);
}

static struct text after_blanks(struct text rest)
{
	while (rest.size > 0 && strchr(" \t\r\n", rest.data[0])) {
		rest.data++;
		rest.size--;
	}
	return rest;
}

static bool skip_past(struct text *rest, const char *begin, const char *end)
{
	const char *found;

	if (!text_take(rest, text_from(begin)))
		return false;
	found = memmem(rest->data, rest->size, end, strlen(end));
	if (!found)
		return false;
	*rest = (struct text){found + strlen(end), rest->size - (size_t)(found - rest->data) - strlen(end)};
	*rest = after_blanks(*rest);
	return true;
}

/* A text whose first element is svg. A document type is refused, since it could declare entities. */
static bool fits_svg(struct bytes head)
{
	struct text rest = {(const char *)head.data, head.size};

	text_take(&rest, TEXT("\xef\xbb\xbf"));
	rest = after_blanks(rest);
	skip_past(&rest, "<?xml", "?>");
	while (skip_past(&rest, "<!--", "-->"))
		;
	return text_take(&rest, TEXT("<svg")) && rest.size > 0 && strchr(" \t\r\n>", rest.data[0]) && fits_text(head);
}

/* ---------------------------------------------------------------- the table */

#define TEXT_TYPE "text/plain; charset=utf-8"

/* What has a signature stands before what is but a text. */
static const struct media_type types[] = {
	{"image/png", "image/png", "png", 4 * MIB, true, fits_png},
	{"image/jpeg", "image/jpeg", "jpg", 4 * MIB, true, fits_jpeg},
	{"image/gif", "image/gif", "gif", 4 * MIB, true, fits_gif},
	{"image/webp", "image/webp", "webp", 4 * MIB, true, fits_webp},
	{"image/svg+xml", "image/svg+xml", "svg", 512 * KIB, true, fits_svg},
	{"video/mp4", "video/mp4", "mp4", 8 * MIB, true, fits_mp4},
	{"video/webm", "video/webm", "webm", 8 * MIB, true, fits_webm},
	{"audio/mpeg", "audio/mpeg", "mp3", 8 * MIB, true, fits_mp3},
	{"audio/mp4", "audio/mp4", "m4a", 8 * MIB, true, fits_mp4_audio},
	{"audio/ogg", "audio/ogg", "ogg", 8 * MIB, true, fits_ogg},
	{"audio/wav", "audio/wav", "wav", 8 * MIB, true, fits_wav},
	{"application/pdf", "application/pdf", "pdf", 8 * MIB, false, fits_pdf},
	{"application/zip", "application/zip", "zip", 8 * MIB, false, fits_zip},
	{"text/vtt", "text/vtt; charset=utf-8", "vtt", 512 * KIB, true, fits_vtt},
	{"text/plain", TEXT_TYPE, "txt", 1 * MIB, false, fits_text},
	{"text/csv", TEXT_TYPE, "csv", 1 * MIB, false, fits_text},
	{"application/json", TEXT_TYPE, "json", 1 * MIB, false, fits_text},
	{NULL},
};

const struct media_type *media_types(void)
{
	return types;
}

const struct media_type *media_type_named(struct text content_type)
{
	size_t size = 0;

	while (size < content_type.size && !strchr("; \t", content_type.data[size]))
		size++;
	for (const struct media_type *type = types; type->name; type++) {
		if (strlen(type->name) == size && strncasecmp(type->name, content_type.data, size) == 0)
			return type;
	}
	return NULL;
}

const struct media_type *media_type_of(struct bytes head)
{
	for (const struct media_type *type = types; type->name; type++) {
		if (type->fits(head))
			return type;
	}
	return NULL;
}

bool media_type_fits(const struct media_type *type, struct bytes bytes)
{
	struct bytes             head = {bytes.data, bytes.size < MEDIA_HEAD_BYTES ? bytes.size : MEDIA_HEAD_BYTES};
	const struct media_type *found = media_type_of(head);
	bool                     is_text = strncmp(type->served, "text/", 5) == 0 || type->fits == fits_svg;

	/* Texts of kinds that cannot be told apart are all found as the first of them. */
	return found && strcmp(found->served, type->served) == 0 && (!is_text || fits_text(bytes));
}
