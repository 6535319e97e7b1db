/* Pictures come from strangers. The first byte chooses how the rest is read: as an SVG, as a PNG, or as the chunks of
 * one, each a byte for its type, one for its size, and its data; their check sums come out right, which chance alone
 * never brings about. Claims: a credential that is found lies inside the picture; a picture that is taken is a picture
 * that gives back what was baked; a picture that bakes once bakes again to the same; what is refused leaves nothing. */
#include "api/credentials/bake.h"
#include "api/credentials/png.h"
#include "eventstore/base/require.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CREDENTIAL TEXT("{\"a\":\"b\"}")

static void check_inside(struct text found, struct bytes picture)
{
	const uint8_t *at = (const uint8_t *)found.data;

	require(at >= picture.data && found.size <= picture.size && at <= picture.data + (picture.size - found.size));
}

static void check_png(struct bytes picture)
{
	struct buffer baked = {0}, again = {0};
	struct text   found;

	if (bake_png_extract(picture, &found) == STATUS_OK)
		check_inside(found, picture);
	if (bake_png(picture, CREDENTIAL, &baked) == STATUS_OK) {
		require(bake_png_extract(buffer_bytes(&baked), &found) == STATUS_OK && text_equal(found, CREDENTIAL));
		require(bake_png(buffer_bytes(&baked), CREDENTIAL, &again) == STATUS_OK);
		require(bytes_equal(buffer_bytes(&baked), buffer_bytes(&again)));
	} else {
		require(baked.size == 0);
	}
	buffer_finish(&baked);
	buffer_finish(&again);
}

static void check_svg(struct bytes picture)
{
	struct text   svg = {.data = (const char *)picture.data, .size = picture.size}, found;
	struct buffer baked = {0};

	if (bake_svg_extract(svg, &found) == STATUS_OK)
		check_inside(found, picture);
	if (bake_svg(svg, CREDENTIAL, &baked) == STATUS_OK) {
		svg = (struct text){.data = (const char *)baked.data, .size = baked.size};
		require(bake_svg_extract(svg, &found) == STATUS_OK && text_equal(found, CREDENTIAL));
		require(bake_svg(svg, CREDENTIAL, &baked) == STATUS_MALFORMED);
	} else {
		require(baked.size == 0);
	}
	buffer_finish(&baked);
}

static void check_chunks(struct bytes rest)
{
	static const char *const types[] = {"IHDR", "IDAT", "IEND", "iTXt", "tEXt", "PLTE"};
	static const char        header[13] = {0}, keyword[] = "openbadgecredential";
	struct buffer            picture = {0}, data = {0};

	png_append_signature(&picture);
	png_append_chunk(&picture, "IHDR", BYTES(header, sizeof(header)));
	while (rest.size >= 2) {
		const char *type = types[rest.data[0] % array_count(types)];
		size_t      size = rest.data[1] < rest.size - 2 ? rest.data[1] : rest.size - 2;

		data.size = 0;
		if (rest.data[0] & 0x80)
			buffer_append(&data, BYTES(keyword, sizeof(keyword)));
		buffer_append(&data, BYTES(rest.data + 2, size));
		png_append_chunk(&picture, type, buffer_bytes(&data));
		rest = BYTES(rest.data + 2 + size, rest.size - 2 - size);
	}
	check_png(buffer_bytes(&picture));
	png_append_chunk(&picture, "IDAT", BYTES("", 0));
	png_append_chunk(&picture, "IEND", BYTES("", 0));
	check_png(buffer_bytes(&picture));
	buffer_finish(&picture);
	buffer_finish(&data);
}

static void (*const readers[])(struct bytes bytes) = {check_png, check_chunks, check_svg};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size > 0)
		readers[data[0] % array_count(readers)](BYTES(data + 1, size - 1));
	return 0;
}
