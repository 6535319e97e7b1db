#include "physics/service/track.h"

#include "eventstore/base/deflate.h"
#include "eventstore/base/require.h"

#include <endian.h>
#include <stdlib.h>

static uint32_t u32_at(const uint8_t *bytes)
{
	uint32_t value;

	memcpy(&value, bytes, sizeof(value));
	return le32toh(value);
}

static void append_u32(struct buffer *out, uint32_t value)
{
	value = htole32(value);
	buffer_append(out, BYTES(&value, sizeof(value)));
}

void track_finish(struct track *track)
{
	for (uint32_t i = 0; i < track->block_count; i++)
		free(track->blocks[i].packed);
	free(track->blocks);
	buffer_finish(&track->open.frames);
	buffer_finish(&track->open.series);
	buffer_finish(&track->raw);
	*track = (struct track){.series = track->series};
}

/* ---------------------------------------------------------------- growing */

enum status track_add(struct track *track, struct bytes frame, struct bytes series)
{
	if (track->open.count == SIMULATOR_BLOCK_FRAMES || frame.size == 0
	    || series.size != track->series * sizeof(double)
	    || track->open.frames.size + frame.size + track->open.series.size + series.size > TRACK_BLOCK_BYTES_MAX)
		return STATUS_CORRUPT;
	track->open.sizes[track->open.count++] = (uint32_t)frame.size;
	buffer_append(&track->open.frames, frame);
	buffer_append(&track->open.series, series);
	track->available++;
	return STATUS_OK;
}

void track_raw(const struct track *track, struct buffer *out)
{
	append_u32(out, track->open.count);
	for (uint32_t i = 0; i < track->open.count; i++)
		append_u32(out, track->open.sizes[i]);
	buffer_append(out, buffer_bytes(&track->open.frames));
	buffer_append(out, buffer_bytes(&track->open.series));
}

static enum status add_block(struct track *track, const struct track_block *block)
{
	if (track->block_count == TRACK_BLOCKS_MAX || track->bytes + block->packed_size > TRACK_BYTES_MAX)
		return STATUS_TOO_LARGE;
	if (track->block_count == track->block_capacity) {
		track->block_capacity = track->block_capacity ? track->block_capacity * 2 : 16;
		track->blocks = realloc(track->blocks, track->block_capacity * sizeof(*track->blocks));
		require(track->blocks != NULL);
	}
	track->blocks[track->block_count++] = *block;
	if (block->packed)
		track->bytes += block->packed_size;
	return STATUS_OK;
}

enum status track_close(struct track *track, struct bytes packed, uint32_t raw_size)
{
	struct track_block block = {
		.first = track->open.first,
		.count = track->open.count,
		.raw_size = raw_size,
		.packed_size = (uint32_t)packed.size,
		.crc = crc32_add(0, packed),
	};
	enum status status;

	if (block.count == 0 || raw_size > TRACK_BLOCK_BYTES_MAX || packed.size > TRACK_BLOCK_BYTES_MAX)
		return STATUS_CORRUPT;
	block.packed = malloc(packed.size + 1);
	require(block.packed != NULL);
	memcpy(block.packed, packed.data, packed.size);
	status = add_block(track, &block);
	if (status != STATUS_OK) {
		free(block.packed);
		return status;
	}
	/* Those who look on will ask for what has just come: it is at hand. */
	track->raw.size = 0;
	track_raw(track, &track->raw);
	track->raw_block = track->block_count;
	track->open.first += track->open.count;
	track->open.count = 0;
	track->open.frames.size = track->open.series.size = 0;
	return STATUS_OK;
}

enum status track_know(struct track *track, const struct track_block *block)
{
	enum status status;

	if (block->first != track->available || block->count == 0 || block->count > SIMULATOR_BLOCK_FRAMES
	    || block->raw_size > TRACK_BLOCK_BYTES_MAX || block->packed_size > TRACK_BLOCK_BYTES_MAX)
		return STATUS_CORRUPT;
	status = add_block(track, block);
	if (status == STATUS_OK)
		track->available = track->open.first = track->available + block->count;
	return status;
}

/* ---------------------------------------------------------------- reading */

/* A block as it is before it is packed, looked through. */
struct view {
	uint32_t       first, count;
	const uint8_t *sizes; /* u32 each; */
	const uint8_t *frames, *series, *end;
};

static enum status look_through(const struct track *track, struct bytes raw, struct view *view)
{
	uint64_t frames = 0, series = (uint64_t)view->count * track->series * sizeof(double);

	if (raw.size < 4 + 4 * (size_t)view->count || u32_at(raw.data) != view->count)
		return STATUS_CORRUPT;
	view->sizes = raw.data + 4;
	for (uint32_t i = 0; i < view->count; i++)
		frames += u32_at(view->sizes + 4 * (size_t)i);
	if (4 + 4 * (uint64_t)view->count + frames + series != raw.size)
		return STATUS_CORRUPT;
	view->frames = view->sizes + 4 * (size_t)view->count;
	view->series = view->frames + frames;
	view->end = raw.data + raw.size;
	return STATUS_OK;
}

static enum status load_block(struct track *track, uint32_t index, track_loader *load, void *owner)
{
	const struct track_block *block = &track->blocks[index];
	struct buffer             packed = {0};
	enum status               status = STATUS_OK;

	track->raw_block = 0;
	track->raw.size = 0;
	if (block->packed)
		buffer_append(&packed, BYTES(block->packed, block->packed_size));
	else
		status = load ? load(owner, block, &packed) : STATUS_NOT_FOUND;
	if (status == STATUS_OK
	    && (packed.size != block->packed_size || crc32_add(0, buffer_bytes(&packed)) != block->crc))
		status = STATUS_CORRUPT;
	if (status == STATUS_OK)
		status = zlib_open(buffer_bytes(&packed), block->raw_size, &track->raw);
	buffer_finish(&packed);
	if (status == STATUS_OK)
		track->raw_block = index + 1;
	return status;
}

/* The block that a frame lies in, the open one behind the others. Blocks but the last have all the same size. */
static enum status view_of(struct track *track, uint32_t frame, track_loader *load, void *owner, struct view *view)
{
	uint32_t    index = frame / SIMULATOR_BLOCK_FRAMES;
	enum status status = STATUS_OK;

	if (index >= track->block_count) {
		track->raw.size = 0;
		track->raw_block = 0;
		track_raw(track, &track->raw);
		*view = (struct view){.first = track->open.first, .count = track->open.count};
		return look_through(track, buffer_bytes(&track->raw), view);
	}
	if (track->raw_block != index + 1)
		status = load_block(track, index, load, owner);
	*view = (struct view){.first = track->blocks[index].first, .count = track->blocks[index].count};
	if (status == STATUS_OK)
		status = look_through(track, buffer_bytes(&track->raw), view);
	return status == STATUS_OK && (frame < view->first || frame >= view->first + view->count) ? STATUS_CORRUPT
	                                                                                          : status;
}

static struct bytes frame_in(const struct view *view, uint32_t frame)
{
	const uint8_t *at = view->frames;
	uint32_t       index = frame - view->first;

	for (uint32_t i = 0; i < index; i++)
		at += u32_at(view->sizes + 4 * (size_t)i);
	return BYTES(at, u32_at(view->sizes + 4 * (size_t)index));
}

static struct bytes part_in(const struct track *track, const struct view *view, uint32_t frame, uint32_t part)
{
	size_t row = track->series * sizeof(double);

	return part == RUN_SERIES ? BYTES(view->series + (frame - view->first) * row, row) : frame_in(view, frame);
}

enum status track_read(struct track *track, const struct run_fetch *fetch, track_loader *load, void *owner,
                       struct buffer *out, struct run_frames *what)
{
	uint32_t    stride = fetch->part == RUN_KEY_FRAMES ? SIMULATOR_BLOCK_FRAMES : 1;
	uint32_t    frame = fetch->from + (stride - fetch->from % stride) % stride;
	size_t      began = out->size;
	struct view view = {0};

	*what = (struct run_frames){.first = frame, .available = track->available};
	for (; frame < track->available && what->count < fetch->count; frame += stride, what->count++) {
		struct bytes piece;
		enum status  status = STATUS_OK;

		if (frame >= view.first + view.count || view.count == 0)
			status = view_of(track, frame, load, owner, &view);
		if (status != STATUS_OK)
			return status;
		piece = part_in(track, &view, frame, fetch->part);
		if (what->count > 0 && out->size - began + piece.size > SIMULATOR_FETCH_BYTES_MAX)
			break;
		buffer_append(out, piece);
	}
	what->bytes = out->size > began ? BYTES(out->data + began, out->size - began) : BYTES("", 0);
	return STATUS_OK;
}
