#include "api/media_range.h"

static struct text until(struct text *rest, char end)
{
	const char *found = rest->size > 0 ? memchr(rest->data, end, rest->size) : NULL;
	struct text word = {rest->data, found ? (size_t)(found - rest->data) : rest->size};

	rest->data += word.size + (found ? 1 : 0);
	rest->size -= word.size + (found ? 1 : 0);
	return word;
}

/* "-N": the last N bytes. */
static enum media_range_verdict take_end(struct text count, uint64_t size, struct media_range *out)
{
	uint64_t wanted;

	if (!text_parse_u64(count, &wanted))
		return RANGE_WHOLE;
	if (wanted == 0)
		return RANGE_NEVER;
	*out = (struct media_range){.first = wanted < size ? size - wanted : 0, .last = size - 1};
	return RANGE_PART;
}

static enum media_range_verdict take_from(struct text first, struct text last, uint64_t size, struct media_range *out)
{
	struct media_range range = {.last = size - 1};

	if (!text_parse_u64(first, &range.first) || (last.size > 0 && !text_parse_u64(last, &range.last)))
		return RANGE_WHOLE;
	if (last.size > 0 && range.last < range.first)
		return RANGE_WHOLE;
	if (range.first >= size)
		return RANGE_NEVER;
	if (range.last >= size)
		range.last = size - 1;
	*out = range;
	return RANGE_PART;
}

enum media_range_verdict media_range(struct text range, struct text if_range, struct text etag, uint64_t size,
                                     struct media_range *out)
{
	struct text rest = range, first;

	/* A date never fits: our files have none. */
	if (!range.data || (if_range.data && !text_equal(if_range, etag)) || !text_take(&rest, TEXT("bytes=")))
		return RANGE_WHOLE;
	if (memchr(rest.data, ',', rest.size) || !memchr(rest.data, '-', rest.size))
		return RANGE_WHOLE;
	first = until(&rest, '-');
	return first.size == 0 ? take_end(rest, size, out) : take_from(first, rest, size, out);
}
