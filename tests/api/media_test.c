#include "api/media_range.h"
#include "api/media_store.h"
#include "api/media_type.h"
#include "eventstore/base/buffer.h"
#include "eventstore/disk/folder.h"

#include <fcntl.h>
#include <ftw.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

/* ---------------------------------------------------------------- ranges */

#define ETAG "\"tag\""

static const struct {
	const char              *range, *if_range;
	uint64_t                 size;
	enum media_range_verdict verdict;
	uint64_t                 first, last;
} ranges[] = {
	{NULL, NULL, 10, RANGE_WHOLE},
	{"bytes=0-3", NULL, 10, RANGE_PART, 0, 3},
	{"bytes=3-", NULL, 10, RANGE_PART, 3, 9},
	{"bytes=9-9", NULL, 10, RANGE_PART, 9, 9},
	{"bytes=5-99", NULL, 10, RANGE_PART, 5, 9},
	{"bytes=-3", NULL, 10, RANGE_PART, 7, 9},
	{"bytes=-99", NULL, 10, RANGE_PART, 0, 9},
	{"bytes=-0", NULL, 10, RANGE_NEVER},
	{"bytes=10-", NULL, 10, RANGE_NEVER},
	{"bytes=10-20", NULL, 10, RANGE_NEVER},
	{"bytes=3-2", NULL, 10, RANGE_WHOLE},
	{"bytes=0-1,3-4", NULL, 10, RANGE_WHOLE},
	{"bytes=", NULL, 10, RANGE_WHOLE},
	{"bytes=-", NULL, 10, RANGE_WHOLE},
	{"bytes=a-b", NULL, 10, RANGE_WHOLE},
	{"bytes= 1-2", NULL, 10, RANGE_WHOLE},
	{"bytes=1-2 ", NULL, 10, RANGE_WHOLE},
	{"bytes=1--2", NULL, 10, RANGE_WHOLE},
	{"bytes=+1-2", NULL, 10, RANGE_WHOLE},
	{"items=0-3", NULL, 10, RANGE_WHOLE},
	{"bytes=0-18446744073709551616", NULL, 10, RANGE_WHOLE},
	{"bytes=0-18446744073709551615", NULL, 10, RANGE_PART, 0, 9},
	{"bytes=18446744073709551615-", NULL, 10, RANGE_NEVER},
	{"bytes=0-3", ETAG, 10, RANGE_PART, 0, 3},
	{"bytes=0-3", "\"other\"", 10, RANGE_WHOLE},
	{"bytes=0-3", "W/" ETAG, 10, RANGE_WHOLE},
	{"bytes=0-3", "Sun, 29 Nov 2026 10:00:00 GMT", 10, RANGE_WHOLE},
};

static void ranges_are_read_as_in_the_standard(void **state)
{
	for (size_t i = 0; i < array_count(ranges); i++) {
		struct media_range out = {0};

		if (media_range(text_from(ranges[i].range), text_from(ranges[i].if_range), TEXT(ETAG), ranges[i].size,
		                &out)
		    != ranges[i].verdict)
			fail_msg("%s", ranges[i].range);
		assert_int_equal(out.first, ranges[i].first);
		assert_int_equal(out.last, ranges[i].last);
	}
}

/* ---------------------------------------------------------------- types */

#define FILE_OF(literal) literal, sizeof(literal) - 1

static const struct {
	const char *type, *bytes;
	size_t      size;
} fitting[] = {
	{"image/png", FILE_OF("\x89PNG\r\n\x1a\n....")},
	{"image/jpeg", FILE_OF("\xff\xd8\xff\xe0")},
	{"image/gif", FILE_OF("GIF89a..")},
	{"image/webp", FILE_OF("RIFF....WEBPVP8 ")},
	{"image/svg+xml", FILE_OF("<svg xmlns=\"http://www.w3.org/2000/svg\"/>")},
	{"image/svg+xml", FILE_OF("\xef\xbb\xbf<?xml version=\"1.0\"?>\n<!-- a --> <!-- b -->\n<svg>\n</svg>")},
	{"video/mp4", FILE_OF("\0\0\0\x18"
                              "ftypisom")},
	{"audio/mp4", FILE_OF("\0\0\0\x18"
                              "ftypM4A ")},
	{"video/webm", FILE_OF("\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82\x84webm")},
	{"audio/mpeg", FILE_OF("ID3\x04")},
	{"audio/mpeg", FILE_OF("\xff\xfb\x90\x64")},
	{"audio/ogg", FILE_OF("OggS\0")},
	{"audio/wav", FILE_OF("RIFF....WAVEfmt ")},
	{"application/pdf", FILE_OF("%PDF-1.7\n")},
	{"application/zip", FILE_OF("PK\x03\x04")},
	{"text/vtt", FILE_OF("WEBVTT\n\n00:00.000 --> 00:01.000\nHi")},
	{"text/plain", FILE_OF("Grüße\n")},
	{"text/csv", FILE_OF("a,b\n1,2\n")},
	{"application/json", FILE_OF("{\"a\":1}")},
	{"Text/Plain; charset=utf-8", FILE_OF("a")},
};

static void files_of_our_types_fit_them(void **state)
{
	for (size_t i = 0; i < array_count(fitting); i++) {
		const struct media_type *type = media_type_named(text_from(fitting[i].type));

		assert_non_null(type);
		if (!media_type_fits(type, BYTES(fitting[i].bytes, fitting[i].size)))
			fail_msg("%s", fitting[i].type);
	}
}

static const struct {
	const char *type, *bytes;
	size_t      size;
} posing[] = {
	{"image/png", FILE_OF("<html><script>alert(1)</script>")},
	{"image/png", FILE_OF("GIF89a")},
	{"image/png", FILE_OF("\x89PNG")},
	{"image/gif", FILE_OF("GIF88a")},
	{"image/svg+xml", FILE_OF("<html><svg></svg></html>")},
	{"image/svg+xml", FILE_OF("<!DOCTYPE svg [<!ENTITY a \"b\">]><svg>&a;</svg>")},
	{"image/svg+xml", FILE_OF("<svgx/>")},
	{"image/svg+xml", FILE_OF("<svg>\0</svg>")},
	{"image/svg+xml", FILE_OF("<!-- <svg> ")},
	{"video/mp4", FILE_OF("\0\0\0\x18"
                              "ftypM4A ")},
	{"video/webm", FILE_OF("\x1a\x45\xdf\xa3\x42\x82\x88matroska")},
	{"application/pdf", FILE_OF(" %PDF-1.7")},
	{"text/plain", FILE_OF("a\0b")},
	{"text/plain", FILE_OF("a\x1b[31m")},
	{"text/plain", FILE_OF("\xff\xfe"
                               "a")},
	{"text/plain", FILE_OF("%PDF-1.7\n")},
	{"text/csv", FILE_OF("<svg />")},
	{"text/vtt", FILE_OF("WEBVTTX")},
	{"audio/mpeg", FILE_OF("\xff\xd8\xff\xe0")},
	{"application/zip", FILE_OF("PK\x01\x02")},
};

static void what_poses_as_another_type_does_not_fit(void **state)
{
	for (size_t i = 0; i < array_count(posing); i++) {
		const struct media_type *type = media_type_named(text_from(posing[i].type));

		if (media_type_fits(type, BYTES(posing[i].bytes, posing[i].size)))
			fail_msg("%s: %s", posing[i].type, posing[i].bytes);
	}
}

static void texts_are_looked_at_to_their_end(void **state)
{
	struct buffer            text = {0};
	const struct media_type *type = media_type_named(TEXT("text/plain"));

	for (int i = 0; i < MEDIA_HEAD_BYTES; i++)
		buffer_append_text(&text, TEXT("ü"));
	assert_true(media_type_fits(type, buffer_bytes(&text)));
	buffer_append(&text, BYTES("\0", 1));
	assert_false(media_type_fits(type, buffer_bytes(&text)));
	buffer_finish(&text);
}

static void other_types_are_unknown(void **state)
{
	assert_null(media_type_named(TEXT("text/html")));
	assert_null(media_type_named(TEXT("image/pn")));
	assert_null(media_type_named(TEXT("image/pngx")));
	assert_null(media_type_named(TEXT("application/octet-stream")));
	assert_null(media_type_named(TEXT("")));
	assert_null(media_type_named(TEXT_NONE));
}

/* ---------------------------------------------------------------- the store */

static char data[] = "/tmp/orrery-media-XXXXXX";

static int make_data(void **state)
{
	return mkdtemp(data) ? 0 : -1;
}

static int remove_data(void **state)
{
	return folder_remove(data) == STATUS_OK ? 0 : -1;
}

static const char *path_of(const char *name)
{
	static char path[FOLDER_PATH_SIZE];

	assert_int_equal(folder_path(data, name, path), STATUS_OK);
	return path;
}

static struct hash kept(struct bytes bytes)
{
	struct hash hash = hash_sha256(bytes);

	assert_int_equal(media_store_keep(data, &hash, bytes), STATUS_OK);
	return hash;
}

static void assert_holds(const struct hash *hash, struct bytes bytes)
{
	char     read_back[64];
	int      file;
	uint64_t size;

	assert_int_equal(media_store_open(data, hash, &file, &size), STATUS_OK);
	assert_int_equal(size, bytes.size);
	assert_int_equal(read(file, read_back, sizeof(read_back)), bytes.size);
	assert_memory_equal(read_back, bytes.data, bytes.size);
	close(file);
}

static void what_is_kept_is_found_by_its_hash(void **state)
{
	struct hash hash = kept(BYTES("abc", 3));
	char        name[MEDIA_NAME_SIZE + 1];

	assert_holds(&hash, BYTES("abc", 3));
	media_store_name(&hash, name);
	assert_string_equal(name, "ba/7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	assert_int_equal(
		access(path_of("media/ba/7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"), R_OK), 0);
}

static void what_was_not_kept_is_not_found(void **state)
{
	struct hash hash = hash_sha256(BYTES("never", 5));
	int         file;
	uint64_t    size;

	assert_int_equal(media_store_open(data, &hash, &file, &size), STATUS_NOT_FOUND);
}

static void keeping_again_keeps_the_file(void **state)
{
	struct hash hash = kept(BYTES("again", 5));
	struct stat before, after;
	char        name[MEDIA_NAME_SIZE + 1], path[FOLDER_PATH_SIZE];

	media_store_name(&hash, name);
	snprintf(path, sizeof(path), "%s/media/%s", data, name);
	assert_int_equal(stat(path, &before), 0);
	kept(BYTES("again", 5));
	assert_int_equal(stat(path, &after), 0);
	assert_int_equal(before.st_ino, after.st_ino);
	assert_int_equal(truncate(path, 2), 0);
	kept(BYTES("again", 5));
	assert_holds(&hash, BYTES("again", 5));
}

enum { WRITERS = 4, FILES_EACH = 25 };

static void *keep_many(void *failures)
{
	for (int i = 0; i < FILES_EACH; i++) {
		struct hash hash = hash_sha256(BYTES(&i, sizeof(i)));

		*(int *)failures += media_store_keep(data, &hash, BYTES(&i, sizeof(i))) != STATUS_OK;
	}
	return NULL;
}

struct count {
	uint64_t named, intact, other;
};

static void count_found(void *owner, const struct media_found *found)
{
	struct count *count = owner;

	count->named += found->named;
	count->intact += found->intact;
	count->other += !found->named;
}

static struct count counted(const char *folder)
{
	struct count count = {0};

	assert_int_equal(media_store_each(folder, true, count_found, &count), STATUS_OK);
	return count;
}

static void those_that_bring_the_same_at_once_do_not_meet(void **state)
{
	pthread_t threads[WRITERS];
	int       failures[WRITERS] = {0};

	for (int i = 0; i < WRITERS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, keep_many, &failures[i]), 0);
	for (int i = 0; i < WRITERS; i++) {
		pthread_join(threads[i], NULL);
		assert_int_equal(failures[i], 0);
	}
	for (int i = 0; i < FILES_EACH; i++) {
		struct hash hash = hash_sha256(BYTES(&i, sizeof(i)));

		assert_holds(&hash, BYTES(&i, sizeof(i)));
	}
	assert_int_equal(counted(path_of("media")).other, 0);
}

static void write_file(const char *path, const char *content)
{
	FILE *file = fopen(path, "we");

	assert_non_null(file);
	fputs(content, file);
	fclose(file);
}

static void a_walk_tells_of_damage_and_drafts(void **state)
{
	struct count before = counted(path_of("media")), after;
	struct hash  hash = kept(BYTES("damage me", 9));
	char         name[MEDIA_NAME_SIZE + 1], path[FOLDER_PATH_SIZE];

	media_store_name(&hash, name);
	snprintf(path, sizeof(path), "%s/media/%s", data, name);
	write_file(path, "damaged!!");
	write_file(path_of("media/draft-abcdef"), "half a f");
	after = counted(path_of("media"));
	assert_int_equal(after.named, before.named + 1);
	assert_int_equal(after.intact, before.intact);
	assert_int_equal(after.other, before.other + 1);
	assert_int_equal(unlink(path_of("media/draft-abcdef")), 0);
	assert_int_equal(unlink(path), 0);
}

static void a_copy_brings_what_is_not_there_yet(void **state)
{
	struct media_copied copied;
	struct hash         damaged = kept(BYTES("hurt", 4));
	char     to[FOLDER_PATH_SIZE], from[FOLDER_PATH_SIZE], name[MEDIA_NAME_SIZE + 1], path[2 * FOLDER_PATH_SIZE];
	uint64_t files = counted(path_of("media")).named;

	snprintf(to, sizeof(to), "%s/copy", data);
	snprintf(from, sizeof(from), "%s/media", data);
	media_store_name(&damaged, name);
	snprintf(path, sizeof(path), "%s/%s", from, name);
	write_file(path, "HURT");
	assert_int_equal(media_store_copy(from, to, &copied), STATUS_OK);
	assert_int_equal(copied.copied, files - 1);
	assert_int_equal(copied.damaged, 1);
	assert_int_equal(counted(to).intact, files - 1);
	kept(BYTES("one more", 8));
	assert_int_equal(media_store_copy(from, to, &copied), STATUS_OK);
	assert_int_equal(copied.copied, 1);
	assert_int_equal(copied.bytes, 8);
	assert_int_equal(copied.there, files - 1);
}

static void nothing_to_copy_is_fine(void **state)
{
	struct media_copied copied;
	char                to[FOLDER_PATH_SIZE];

	snprintf(to, sizeof(to), "%s/empty", data);
	assert_int_equal(media_store_copy("/nonexistent/media", to, &copied), STATUS_OK);
	assert_int_equal(copied.copied, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ranges_are_read_as_in_the_standard),
		cmocka_unit_test(files_of_our_types_fit_them),
		cmocka_unit_test(what_poses_as_another_type_does_not_fit),
		cmocka_unit_test(texts_are_looked_at_to_their_end),
		cmocka_unit_test(other_types_are_unknown),
		cmocka_unit_test(what_is_kept_is_found_by_its_hash),
		cmocka_unit_test(what_was_not_kept_is_not_found),
		cmocka_unit_test(keeping_again_keeps_the_file),
		cmocka_unit_test(those_that_bring_the_same_at_once_do_not_meet),
		cmocka_unit_test(a_walk_tells_of_damage_and_drafts),
		cmocka_unit_test(a_copy_brings_what_is_not_there_yet),
		cmocka_unit_test(nothing_to_copy_is_fine),
	};

	return cmocka_run_group_tests_name("media", tests, make_data, remove_data);
}
