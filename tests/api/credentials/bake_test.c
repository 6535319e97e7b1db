#include "api/credentials/bake.h"

#include "api/credentials/emblem.h"
#include "api/credentials/png.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define CREDENTIAL "{\"id\":\"urn:uuid:1\",\"name\":\"Zoë\"}"
#define HEADER "\0\0\0\1\0\0\0\1\x08\0\0\0\0"

/* A row of chunks: type, data, size; whether that is a PNG is another matter. */
struct piece {
	const char *type;
	const char *data;
	size_t      size;
};

#define PIECE(type, literal)                                                                                           \
	{                                                                                                              \
		type, literal, sizeof(literal) - 1                                                                     \
	}
#define TEXT_CHUNK(literal) PIECE("iTXt", "openbadgecredential\0" literal)

static struct buffer build(const struct piece *pieces, size_t count)
{
	struct buffer out = {0};

	png_append_signature(&out);
	for (size_t i = 0; i < count; i++)
		png_append_chunk(&out, pieces[i].type, BYTES(pieces[i].data, pieces[i].size));
	return out;
}

static struct buffer emblem(void)
{
	struct buffer out = {0};

	emblem_draw(TEXT("https://learn.example/achievements/mechanics"), &out);
	return out;
}

static void bake(const struct buffer *picture, const char *credential, struct buffer *out)
{
	assert_int_equal(bake_png(buffer_bytes(picture), text_from(credential), out), STATUS_OK);
}

static void what_was_baked_is_extracted(void **state)
{
	struct buffer picture = emblem(), baked = {0};
	struct text   found;

	assert_int_equal(bake_png_extract(buffer_bytes(&picture), &found), STATUS_NOT_FOUND);
	bake(&picture, CREDENTIAL, &baked);
	assert_int_equal(bake_png_extract(buffer_bytes(&baked), &found), STATUS_OK);
	assert_true(text_is(found, CREDENTIAL));
	buffer_finish(&picture);
	buffer_finish(&baked);
}

static void baking_again_takes_the_others_place(void **state)
{
	struct buffer picture = emblem(), first = {0}, second = {0}, direct = {0};

	bake(&picture, "{\"an\":\"older one\"}", &first);
	bake(&first, CREDENTIAL, &second);
	bake(&picture, CREDENTIAL, &direct);
	assert_true(bytes_equal(buffer_bytes(&second), buffer_bytes(&direct)));
	buffer_finish(&picture);
	buffer_finish(&first);
	buffer_finish(&second);
	buffer_finish(&direct);
}

/* The check sums see every change, and what they do not cover is the signature and the sizes. */
static void a_picture_with_a_changed_byte_is_refused(void **state)
{
	struct buffer picture = emblem(), baked = {0}, out = {0};
	struct text   found;

	bake(&picture, CREDENTIAL, &baked);
	for (size_t i = 0; i < baked.size; i++) {
		baked.data[i] ^= 1;
		if (bake_png_extract(buffer_bytes(&baked), &found) != STATUS_MALFORMED
		    || bake_png(buffer_bytes(&baked), TEXT(CREDENTIAL), &out) != STATUS_MALFORMED)
			fail_msg("byte %zu may be another", i);
		baked.data[i] ^= 1;
	}
	assert_int_equal(out.size, 0);
	buffer_finish(&picture);
	buffer_finish(&baked);
	buffer_finish(&out);
}

static void a_picture_cut_short_or_with_more_behind_it_is_refused(void **state)
{
	struct buffer picture = emblem(), out = {0};

	for (size_t size = 0; size < picture.size; size++)
		assert_int_equal(bake_png(BYTES(picture.data, size), TEXT(CREDENTIAL), &out), STATUS_MALFORMED);
	buffer_append_text(&picture, TEXT("\0"));
	assert_int_equal(bake_png(buffer_bytes(&picture), TEXT(CREDENTIAL), &out), STATUS_MALFORMED);
	assert_int_equal(out.size, 0);
	buffer_finish(&picture);
	buffer_finish(&out);
}

static void chunks_in_no_order_of_a_png_are_refused(void **state)
{
	static const struct piece no_header[] = {PIECE("IDAT", "x"), PIECE("IEND", "")};
	static const struct piece short_header[] = {PIECE("IHDR", "x"), PIECE("IDAT", "x"), PIECE("IEND", "")};
	static const struct piece two_headers[] = {PIECE("IHDR", HEADER), PIECE("IHDR", HEADER), PIECE("IDAT", "x"),
	                                           PIECE("IEND", "")};
	static const struct piece no_pixels[] = {PIECE("IHDR", HEADER), PIECE("IEND", "")};
	static const struct piece no_end[] = {PIECE("IHDR", HEADER), PIECE("IDAT", "x")};
	static const struct piece full_end[] = {PIECE("IHDR", HEADER), PIECE("IDAT", "x"), PIECE("IEND", "x")};
	static const struct piece two_ends[] = {PIECE("IHDR", HEADER), PIECE("IDAT", "x"), PIECE("IEND", ""),
	                                        PIECE("IEND", "")};
	static const struct piece odd_type[] = {PIECE("IHDR", HEADER), PIECE("te:t", "x"), PIECE("IDAT", "x"),
	                                        PIECE("IEND", "")};
	static const struct {
		const struct piece *pieces;
		size_t              count;
	} all[] = {{no_header, 2}, {short_header, 3}, {two_headers, 4}, {no_pixels, 2},
	           {no_end, 2},    {full_end, 3},     {two_ends, 4},    {odd_type, 4}};

	for (size_t i = 0; i < array_count(all); i++) {
		struct buffer picture = build(all[i].pieces, all[i].count), out = {0};

		if (bake_png(buffer_bytes(&picture), TEXT(CREDENTIAL), &out) != STATUS_MALFORMED)
			fail_msg("picture %zu is taken", i);
		buffer_finish(&picture);
		buffer_finish(&out);
	}
}

static enum status extract_from(struct piece text, struct piece more, char out[64])
{
	const struct piece pieces[] = {PIECE("IHDR", HEADER), text, PIECE("IDAT", "x"), more, PIECE("IEND", "")};
	struct buffer      picture = build(pieces, array_count(pieces));
	struct text        found;
	enum status        status = bake_png_extract(buffer_bytes(&picture), &found);

	if (status == STATUS_OK)
		snprintf(out, 64, "%.*s", TEXT_ARG(found));
	buffer_finish(&picture);
	return status;
}

static void other_bakers_are_understood_and_what_is_packed_is_refused(void **state)
{
	static const struct piece other = PIECE("tEXt", "Comment\0openbadgecredential");
	char                      found[64];

	assert_int_equal(extract_from((struct piece)TEXT_CHUNK("\0\0\0\0{}"), other, found), STATUS_OK);
	assert_string_equal(found, "{}");
	assert_int_equal(extract_from((struct piece)TEXT_CHUNK("\0\0en\0badge\0{\"a\":1}"), other, found), STATUS_OK);
	assert_string_equal(found, "{\"a\":1}");
	assert_int_equal(extract_from((struct piece)TEXT_CHUNK("\1\0\0\0{}"), other, found), STATUS_MALFORMED);
	assert_int_equal(extract_from((struct piece)TEXT_CHUNK("\0\1\0\0{}"), other, found), STATUS_MALFORMED);
	assert_int_equal(extract_from((struct piece)TEXT_CHUNK(""), other, found), STATUS_MALFORMED);
	assert_int_equal(extract_from((struct piece)TEXT_CHUNK("\0\0\0"), other, found), STATUS_MALFORMED);
	assert_int_equal(extract_from((struct piece)TEXT_CHUNK("\0\0\0\0\xff"), other, found), STATUS_MALFORMED);
	assert_int_equal(extract_from((struct piece)PIECE("iTXt", "openbadgecredentials\0\0\0\0\0{}"), other, found),
	                 STATUS_NOT_FOUND);
	assert_int_equal(
		extract_from((struct piece)TEXT_CHUNK("\0\0\0\0{}"), (struct piece)TEXT_CHUNK("\0\0\0\0{}"), found),
		STATUS_MALFORMED);
}

static void what_is_too_large_is_refused(void **state)
{
	struct buffer picture = emblem(), out = {0};
	char         *large = malloc(PNG_SIZE_MAX + 1);

	memset(large, ' ', PNG_SIZE_MAX + 1);
	assert_int_equal(bake_png(buffer_bytes(&picture), (struct text){large, BAKE_CREDENTIAL_SIZE_MAX + 1}, &out),
	                 STATUS_TOO_LARGE);
	assert_int_equal(bake_png(buffer_bytes(&picture), (struct text){large, BAKE_CREDENTIAL_SIZE_MAX}, &out),
	                 STATUS_OK);
	assert_int_equal(bake_png(BYTES(large, PNG_SIZE_MAX + 1), TEXT("{}"), &out), STATUS_TOO_LARGE);
	assert_int_equal(bake_svg((struct text){large, BAKE_SVG_SIZE_MAX + 1}, TEXT("{}"), &out), STATUS_TOO_LARGE);
	free(large);
	buffer_finish(&picture);
	buffer_finish(&out);
}

/* ---- SVG ---- */

#define XMLNS "xmlns:openbadges=\"https://purl.imsglobal.org/ob/v3p0\""

static void a_drawing_is_baked_as_the_standard_says(void **state)
{
	struct buffer out = {0};
	struct text   found;

	assert_int_equal(bake_svg(TEXT("<?xml version=\"1.0\"?>\n<!-- > --><svg id='>'>\n<g/></svg>"),
	                          TEXT("{\"a\":\"]]>\"}"), &out),
	                 STATUS_OK);
	assert_int_equal(bake_svg_extract((struct text){(char *)out.data, out.size}, &found), STATUS_OK);
	assert_true(text_is(found, "{\"a\":\"]]\\u003e\"}"));
	buffer_append_text(&out, TEXT("\0"));
	assert_string_equal((char *)out.data,
	                    "<?xml version=\"1.0\"?>\n<!-- > --><svg " XMLNS " id='>'><openbadges:credential>"
	                    "<![CDATA[{\"a\":\"]]\\u003e\"}]]></openbadges:credential>\n<g/></svg>");
	buffer_finish(&out);
}

static void what_is_no_plain_drawing_is_refused(void **state)
{
	static const char *const refused[] = {
		"",
		"<svg",
		"<svg/>",
		"<svg a='>",
		"<svgs></svgs>",
		"<g><svg></svg></g>",
		"<!DOCTYPE svg><svg></svg>",
		"<!-- <svg></svg>",
		"<?xml <svg></svg>",
		"text <svg></svg>",
		"<svg <g>></svg>",
		"<svg>\xff</svg>",
		"<svg " XMLNS "></svg>",
		"<svg><g/><openbadges:credential/></svg>",
	};
	struct buffer out = {0};

	for (size_t i = 0; i < array_count(refused); i++)
		if (bake_svg(text_from(refused[i]), TEXT("{}"), &out) != STATUS_MALFORMED)
			fail_msg("%s is taken", refused[i]);
	assert_int_equal(bake_svg(TEXT("<svg>\0</svg>"), TEXT("{}"), &out), STATUS_MALFORMED);
	assert_int_equal(bake_svg(TEXT("<svg></svg>"), TEXT("\xff"), &out), STATUS_MALFORMED);
	assert_int_equal(out.size, 0);
	buffer_finish(&out);
}

static void extracting_needs_a_whole_element(void **state)
{
	struct text found;

	assert_int_equal(bake_svg_extract(TEXT("<svg><g/></svg>"), &found), STATUS_NOT_FOUND);
	assert_int_equal(bake_svg_extract(TEXT("<svg> <openbadges:credential>{}</svg>"), &found), STATUS_MALFORMED);
	assert_int_equal(bake_svg_extract(TEXT("<svg><openbadges:credential><![CDATA[{}</svg>"), &found),
	                 STATUS_MALFORMED);
	assert_int_equal(bake_svg_extract(TEXT("<svg><openbadges:credential><![CDATA[{}]]></svg>"), &found),
	                 STATUS_MALFORMED);
	assert_int_equal(
		bake_svg_extract(TEXT("<svg> <openbadges:credential> <![CDATA[ {} ]]> </openbadges:credential>"),
	                         &found),
		STATUS_OK);
	assert_true(text_is(found, "{}"));
}

/* ---- the emblem ---- */

static void a_seed_has_its_picture(void **state)
{
	struct buffer one = emblem(), same = emblem(), other = {0};

	emblem_draw(TEXT("https://learn.example/achievements/optics"), &other);
	assert_true(bytes_equal(buffer_bytes(&one), buffer_bytes(&same)));
	assert_false(bytes_equal(buffer_bytes(&one), buffer_bytes(&other)));
	assert_true(one.size < 8192);
	buffer_finish(&one);
	buffer_finish(&same);
	buffer_finish(&other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_baked_is_extracted),
		cmocka_unit_test(baking_again_takes_the_others_place),
		cmocka_unit_test(a_picture_with_a_changed_byte_is_refused),
		cmocka_unit_test(a_picture_cut_short_or_with_more_behind_it_is_refused),
		cmocka_unit_test(chunks_in_no_order_of_a_png_are_refused),
		cmocka_unit_test(other_bakers_are_understood_and_what_is_packed_is_refused),
		cmocka_unit_test(what_is_too_large_is_refused),
		cmocka_unit_test(a_drawing_is_baked_as_the_standard_says),
		cmocka_unit_test(what_is_no_plain_drawing_is_refused),
		cmocka_unit_test(extracting_needs_a_whole_element),
		cmocka_unit_test(a_seed_has_its_picture),
	};

	return cmocka_run_group_tests_name("bake", tests, NULL, NULL);
}
