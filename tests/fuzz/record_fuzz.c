/* The record decoder meets arbitrary bytes. Claims: what it takes is written again byte for byte, and the event inside
 * is either read or refused. */
#include "eventstore/base/require.h"
#include "eventstore/log/record.h"
#include "tests/eventstore/sample.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_event(const struct record *record, const struct opener *opener)
{
	struct arena             arena = {0};
	const struct event_type *type = NULL;
	const void              *event = NULL;
	enum status              status = record_event(record, opener, &arena, &type, &event);

	require(status == STATUS_OK || status == STATUS_UNSUPPORTED || status == STATUS_CORRUPT);
	require((status == STATUS_OK) == (event != NULL));
	arena_finish(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct record record;
	struct buffer again = {0};

	if (record_decode(BYTES(data, size), &record) != STATUS_OK)
		return 0;
	require(record_position(BYTES(data, size)) == record.position);
	record_encode(&record, &again);
	require(bytes_equal(buffer_bytes(&again), BYTES(data, size)));
	buffer_finish(&again);
	read_event(&record, NULL);
	read_event(&record, &sample_opener);
	return 0;
}
