#include "eventstore/writer/batch.h"

#include "eventstore/base/require.h"

#include <stdlib.h>

enum { RECORDS_FIRST = 256, FORGET_FIRST = 8 };

static void *enlarge(void *items, size_t *capacity, size_t first, size_t size)
{
	*capacity = *capacity ? *capacity * 2 : first;
	items = realloc(items, *capacity * size);
	require(items != NULL);
	return items;
}

enum status batch_add(struct batch *batch, const struct record *record)
{
	size_t begin = batch->bytes.size;

	record_encode(record, &batch->bytes);
	if (batch->bytes.size - begin > RECORD_SIZE_MAX) {
		batch->bytes.size = begin;
		return STATUS_TOO_LARGE;
	}
	if (batch->count == batch->capacity)
		batch->ends = enlarge(batch->ends, &batch->capacity, RECORDS_FIRST, sizeof(*batch->ends));
	batch->ends[batch->count++] = batch->bytes.size;
	return STATUS_OK;
}

void batch_add_forget(struct batch *batch, struct id person)
{
	if (batch->forget_count == batch->forget_capacity)
		batch->forget = enlarge(batch->forget, &batch->forget_capacity, FORGET_FIRST, sizeof(*batch->forget));
	batch->forget[batch->forget_count++] = person;
}

struct bytes batch_record(const struct batch *batch, uint64_t position)
{
	size_t index, begin;

	if (position < batch->first || position - batch->first >= batch->count)
		return BYTES(NULL, 0);
	index = (size_t)(position - batch->first);
	begin = index > 0 ? batch->ends[index - 1] : 0;
	return BYTES(batch->bytes.data + begin, batch->ends[index] - begin);
}

uint64_t batch_last(const struct batch *batch)
{
	require(batch->count > 0);
	return batch->first + batch->count - 1;
}

void batch_reset(struct batch *batch)
{
	batch->bytes.size = 0;
	batch->count = batch->forget_count = 0;
	batch->used = false;
}

void batch_finish(struct batch *batch)
{
	buffer_finish(&batch->bytes);
	free(batch->ends);
	free(batch->forget);
}
