/* The files of runs, read from a disk that nobody can vouch for: arbitrary bytes. Claims: what is taken for the head of
 * a file is composed to the same bytes again; and no part of what it tells of is read beyond what there is. */
#include "eventstore/base/require.h"
#include "physics/service/shelf_parts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The check sum is put right, or no bytes would get past it. */
static void put_sum(struct buffer *head)
{
	struct hash sum;

	if (head->size < SHELF_START_SIZE + sizeof(sum.bytes))
		return;
	sum = hash_sha256(BYTES(head->data, head->size - sizeof(sum.bytes)));
	memcpy(head->data + head->size - sizeof(sum.bytes), sum.bytes, sizeof(sum.bytes));
}

/* Any block is whatever the file began with. */
static enum status load(void *owner, const struct track_block *block, struct buffer *packed)
{
	const struct bytes *file = owner;

	buffer_append(packed, BYTES(file->data, block->packed_size < file->size ? block->packed_size : file->size));
	return STATUS_OK;
}

static void read_parts(struct shelf_run *run, struct bytes file)
{
	run->track.series = 1;
	for (uint32_t part = RUN_FRAMES; part <= RUN_SERIES; part++) {
		struct run_fetch  fetch = {.part = part, .from = 1, .count = 200};
		struct run_frames frames = {0};
		struct buffer     out = {0};

		if (track_read(&run->track, &fetch, load, &file, &out, &frames) == STATUS_OK)
			require(frames.bytes.size == out.size && frames.count <= fetch.count);
		buffer_finish(&out);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct shelf_run run = {0};
	struct buffer    again = {0};

	buffer_append(&run.head, BYTES(data, size));
	put_sum(&run.head);
	if (shelf_head_read(&run) == STATUS_OK) {
		if (run.track.block_count == 0) {
			shelf_compose(&run, false, &again);
			require(bytes_equal(buffer_bytes(&again), buffer_bytes(&run.head)));
		}
		read_parts(&run, BYTES(data, size));
	}
	buffer_finish(&again);
	shelf_run_finish(&run);
	return 0;
}
