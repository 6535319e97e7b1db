/* The frames of one run and its series, in memory as they come: a closed block is packed, the one that is being filled
 * is not. A block of a run that lies on disk is loaded when it is asked for.
 *
 * A block holds SIMULATOR_BLOCK_FRAMES frames, the last one of a run fewer, the first of them a key frame. Before it is
 * packed (zlib_append) it is, little endian:
 *
 *   u32 frames | u32 size of each frame | the frames (physics/trajectory.h) | f64 of each series, frame by frame */
#ifndef ORRERY_SIMULATOR_TRACK_H
#define ORRERY_SIMULATOR_TRACK_H

#include "eventstore/base/buffer.h"
#include "physics/service/wire.h"

enum {
	TRACK_BLOCKS_MAX = 16384,
	TRACK_BLOCK_BYTES_MAX = 16 << 20, /* not packed */
	TRACK_BYTES_MAX = 256 << 20,      /* packed, of a run */
};

struct track_block {
	uint32_t first, count;
	uint32_t raw_size, packed_size, crc; /* CRC-32 of what is packed */
	uint64_t offset;                     /* in the file of a run that is kept */
	uint8_t *packed;                     /* NULL: on disk */
};

/* To be treated as opaque but for reading. Zeroes and a number of series are one without frames. */
struct track {
	uint32_t            series;
	uint32_t            available; /* frames */
	struct track_block *blocks;
	uint32_t            block_count, block_capacity;
	size_t              bytes; /* packed, in memory */
	struct {
		uint32_t      first, count;
		uint32_t      sizes[SIMULATOR_BLOCK_FRAMES];
		struct buffer frames, series;
	} open;
	struct buffer raw;       /* of the block asked for last */
	uint32_t      raw_block; /* + 1; 0: none */
};

void track_finish(struct track *track);

/* One more frame and its series. CORRUPT: it does not fit what came before. */
enum status track_add(struct track *track, struct bytes frame, struct bytes series) MUST_USE;

/* The frames since the last block make one, which lies packed in `packed`, that are `raw_size` bytes otherwise. */
enum status track_close(struct track *track, struct bytes packed, uint32_t raw_size) MUST_USE;

/* The block as it is before it is packed: for whoever makes one. Appends to `out`. */
void track_raw(const struct track *track, struct buffer *out);

/* A block of a run on disk; in order. */
enum status track_know(struct track *track, const struct track_block *block) MUST_USE;

/* Fetches a block's packed bytes from disk. */
typedef enum status track_loader(void *owner, const struct track_block *block, struct buffer *packed);

/* Appends the part and fills in what it is; `load` may be NULL when all is in memory. */
enum status track_read(struct track *track, const struct run_fetch *fetch, track_loader *load, void *owner,
                       struct buffer *out, struct run_frames *what) MUST_USE;

#endif
