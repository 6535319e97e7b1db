/* Archives of courses, as strangers send them. Claims: every file lies in the archive, behind the one before; lines
 * that are taken are written as lines that are taken too, and these as the same bytes; ids made local twice are the
 * same as once. */
#include "api/archive/file.h"
#include "api/archive/local.h"
#include "api/archive/tar.h"
#include "eventstore/base/require.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool take(struct bytes lines, struct wishes *wishes)
{
	struct complaints complaints = {0};
	enum status       status = file_read(lines, wishes, &complaints);

	require((status == STATUS_OK) == (complaints.count == 0));
	return status == STATUS_OK;
}

static void check_lines(struct bytes lines)
{
	struct arena       arena = {0};
	struct wishes      first = {.arena = &arena}, second = {.arena = &arena};
	struct buffer      once = {0}, again = {0};
	struct shown_files shown;

	if (take(lines, &first)) {
		require(file_shown(&first, &shown) == STATUS_OK || shown.count == 0);
		local_names(&first);
		file_write(&first, &once);
		require(take(buffer_bytes(&once), &second));
		local_names(&second);
		file_write(&second, &again);
		require(bytes_equal(buffer_bytes(&once), buffer_bytes(&again)));
	}
	buffer_finish(&once);
	buffer_finish(&again);
	arena_finish(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tar      tar = {.rest = BYTES(data, size)};
	struct tar_file file;
	const uint8_t  *behind = data;
	const char     *mistake;

	while (tar_next(&tar, &file, &mistake) == STATUS_OK) {
		require((const uint8_t *)file.name.data >= behind && file.bytes.data > behind);
		require(file.bytes.data + file.bytes.size <= data + size);
		behind = file.bytes.data + file.bytes.size;
		if (text_is(file.name, ARCHIVE_LINES_NAME))
			check_lines(file.bytes);
	}
	check_lines(BYTES(data, size));
	return 0;
}
