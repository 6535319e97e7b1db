/* What strangers say of a file, and the file itself: a range lies within the file, and a type is told from any bytes.
 * The first line is Range, the second If-Range, the rest the file. */
#include "api/media_range.h"
#include "api/media_type.h"
#include "eventstore/base/require.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct text line(struct bytes *rest)
{
	const uint8_t *end = rest->size > 0 ? memchr(rest->data, '\n', rest->size) : NULL;
	struct text    line = {(const char *)rest->data, end ? (size_t)(end - rest->data) : rest->size};

	*rest = BYTES(rest->data + line.size + (end ? 1 : 0), rest->size - line.size - (end ? 1 : 0));
	return line;
}

static void check_range(struct text range, struct text if_range, uint64_t size)
{
	struct media_range       out = {0};
	enum media_range_verdict verdict =
		media_range(range, if_range.size > 0 ? if_range : TEXT_NONE, TEXT("\"a\""), size, &out);

	if (verdict == RANGE_PART)
		require(out.first <= out.last && out.last < size);
	else
		require(verdict == RANGE_WHOLE || (verdict == RANGE_NEVER && text_starts_with(range, TEXT("bytes="))));
}

static void check_types(struct bytes bytes)
{
	struct bytes             head = {bytes.data, bytes.size < MEDIA_HEAD_BYTES ? bytes.size : MEDIA_HEAD_BYTES};
	const struct media_type *found = media_type_of(head);

	for (const struct media_type *type = media_types(); type->name; type++)
		if (media_type_fits(type, bytes))
			require(found && strcmp(found->served, type->served) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes rest = {data, size};
	struct text  range = line(&rest), if_range = line(&rest);

	check_range(range, if_range, 1);
	check_range(range, if_range, 1000);
	check_range(range, if_range, UINT64_MAX);
	check_types(rest);
	return 0;
}
