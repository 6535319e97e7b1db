/* Archives as tar writes them: what we make, what we take, what we refuse. */
#include "api/archive/tar.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

static void append_file(struct buffer *out, const char *name, const char *bytes)
{
	tar_append_head(out, text_from(name), strlen(bytes));
	buffer_append_text(out, text_from(bytes));
	tar_append_padding(out, strlen(bytes));
}

/* Two files and an end. */
static struct buffer sample(void)
{
	struct buffer out = {0};

	append_file(&out, "course.jsonl", "{}\n");
	append_file(&out, "media/00", "");
	tar_append_end(&out);
	return out;
}

/* What is said of an archive; "" when it is read to its end. */
static const char *verdict(struct bytes bytes, uint32_t *files)
{
	struct tar      tar = {.rest = bytes};
	struct tar_file file;
	const char     *mistake = "";
	enum status     status;

	*files = 0;
	do {
		status = tar_next(&tar, &file, &mistake);
		*files += status == STATUS_OK;
	} while (status == STATUS_OK);
	assert_int_equal(status, *mistake ? STATUS_MALFORMED : STATUS_NOT_FOUND);
	return mistake;
}

/* A head's checksum, made anew. */
static void mend(uint8_t *head)
{
	uint32_t sum = 8 * ' ';
	char     number[16];

	for (int i = 0; i < TAR_BLOCK_BYTES; i++)
		sum += i >= 148 && i < 156 ? 0 : head[i];
	snprintf(number, sizeof(number), "%06o", sum);
	memcpy(head + 148, number, 7);
}

static void what_was_written_is_read(void **state)
{
	struct buffer   archive = sample(), again = sample();
	struct tar      tar = {.rest = buffer_bytes(&archive)};
	struct tar_file file;
	const char     *mistake;

	assert_true(bytes_equal(buffer_bytes(&archive), buffer_bytes(&again)));
	assert_int_equal(archive.size, tar_size(3) + tar_size(0) + TAR_END_BYTES);
	assert_int_equal(tar_next(&tar, &file, &mistake), STATUS_OK);
	assert_true(text_is(file.name, "course.jsonl") && bytes_equal(file.bytes, BYTES("{}\n", 3)));
	assert_int_equal(tar_next(&tar, &file, &mistake), STATUS_OK);
	assert_true(text_is(file.name, "media/00") && file.bytes.size == 0);
	assert_int_equal(tar_next(&tar, &file, &mistake), STATUS_NOT_FOUND);
	buffer_finish(&archive);
	buffer_finish(&again);
}

static void an_archive_that_was_cut_off_is_refused(void **state)
{
	struct buffer archive = sample();
	uint32_t      files;

	for (size_t size = 0; size < archive.size; size++)
		assert_string_not_equal(verdict(BYTES(archive.data, size), &files), "");
	assert_string_equal(verdict(buffer_bytes(&archive), &files), "");
	assert_int_equal(files, 2);
	buffer_append_text(&archive, TEXT("x"));
	assert_string_equal(verdict(buffer_bytes(&archive), &files), "has something behind its end");
	buffer_finish(&archive);
}

static void no_byte_of_a_head_can_change_unseen(void **state)
{
	struct buffer archive = sample();
	uint32_t      files;

	for (size_t i = 0; i < TAR_BLOCK_BYTES; i++) {
		archive.data[i] ^= 0x11;
		assert_string_not_equal(verdict(buffer_bytes(&archive), &files), "");
		archive.data[i] ^= 0x11;
	}
	buffer_finish(&archive);
}

static void sizes_beyond_the_archive_are_refused(void **state)
{
	static const char *const sizes[] = {"77777777777", "00000006000", "        ", "0000000000x", "-0000000001"};
	uint32_t                 files;

	for (size_t i = 0; i < array_count(sizes); i++) {
		struct buffer archive = sample();

		memset(archive.data + 124, 0, 12);
		memcpy(archive.data + 124, sizes[i], strlen(sizes[i]));
		mend(archive.data);
		assert_string_not_equal(verdict(buffer_bytes(&archive), &files), "");
		assert_int_equal(files, 0);
		buffer_finish(&archive);
	}
}

/* As tar packs a folder: "./" before each name, folders too, and magic words of its own. */
static void what_other_tools_packed_anew_is_read(void **state)
{
	struct buffer archive = {0};
	uint32_t      files;

	append_file(&archive, "./media/", "");
	archive.data[156] = '5';
	memcpy(archive.data + 257, "ustar  ", 8);
	mend(archive.data);
	append_file(&archive, "./course.jsonl", "{}");
	tar_append_end(&archive);
	tar_append_end(&archive);
	assert_string_equal(verdict(buffer_bytes(&archive), &files), "");
	assert_int_equal(files, 1);
	buffer_finish(&archive);
}

static void links_and_devices_are_refused(void **state)
{
	uint32_t files;

	for (const char *kind = "12346xgL7"; *kind; kind++) {
		struct buffer archive = sample();

		archive.data[156] = (uint8_t)*kind;
		mend(archive.data);
		assert_string_equal(verdict(buffer_bytes(&archive), &files),
		                    "has something that is neither a file nor a folder");
		buffer_finish(&archive);
	}
}

static void who_sends_something_else_is_told_what_it_looks_like(void **state)
{
	uint8_t  block[TAR_BLOCK_BYTES] = {0x1f, 0x8b};
	uint32_t files;

	assert_string_equal(verdict(BYTES(block, sizeof(block)), &files), "is compressed by gzip; send the tar inside");
	memcpy(block, "PK\003\004", 4);
	assert_string_equal(verdict(BYTES(block, sizeof(block)), &files), "is a ZIP; send a tar");
	memset(block, 'x', sizeof(block));
	assert_string_equal(verdict(BYTES(block, sizeof(block)), &files), "is no tar, or its beginning is damaged");
	assert_string_equal(verdict(BYTES("", 0), &files), "was cut off: its end is missing");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_written_is_read),
		cmocka_unit_test(an_archive_that_was_cut_off_is_refused),
		cmocka_unit_test(no_byte_of_a_head_can_change_unseen),
		cmocka_unit_test(sizes_beyond_the_archive_are_refused),
		cmocka_unit_test(what_other_tools_packed_anew_is_read),
		cmocka_unit_test(links_and_devices_are_refused),
		cmocka_unit_test(who_sends_something_else_is_told_what_it_looks_like),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
