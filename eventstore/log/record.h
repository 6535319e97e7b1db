/* One event as it lies in the log, for ever. Little endian; integers are not aligned.
 *
 *   offset size
 *        0    1  format, RECORD_FORMAT
 *        1    1  stream count
 *        2    1  claim count
 *        3    1  index of this event among its command's events
 *        4    1  number of events of its command
 *        5    1  shape version of the payload, 1
 *        6    2  event number
 *        8    8  position, 1, 2, 3 …
 *       16    8  time, µs since 1970
 *       24   16  actor, zeroes when none
 *       40   16  command id
 *       56   16  trace id (W3C), zeroes when none
 *       72   16  request digest: what the same command id must bring again
 *       88   24× streams: id 16, version 8 (1 for a stream's first event)
 *        …   34× claims: claim number 1, taken 1 or released 0, keyed hash of the value 32
 *        …       payload: a msgpack map
 *
 * How they lie in the log's table, beside their hashes: log.h. */
#ifndef ORRERY_RECORD_H
#define ORRERY_RECORD_H

#include "eventstore/base/arena.h"
#include "eventstore/base/buffer.h"
#include "eventstore/base/catalog.h"
#include "eventstore/base/status.h"
#include "eventstore/codec/personal.h"

enum {
	RECORD_FORMAT = 1,
	RECORD_HEADER_SIZE = 88,
	RECORD_STREAM_SIZE = 24,
	RECORD_CLAIM_SIZE = 34,
	RECORD_STREAMS_MAX = 8,
	RECORD_CLAIMS_MAX = 16,
	RECORD_SIZE_MAX = 1 << 20,
};

struct digest {
	uint8_t bytes[16];
};

struct record_stream {
	struct id id;
	uint64_t  version;
};

struct record_claim {
	uint8_t     claim; /* enum claim */
	bool        taken; /* else released */
	struct hash value; /* keyed hash */
};

/* Decoded header; the payload is a view of what was decoded. */
struct record {
	uint16_t             number;
	uint8_t              shape_version;
	uint8_t              command_index;
	uint8_t              command_count;
	uint8_t              stream_count;
	uint8_t              claim_count;
	uint64_t             position;
	int64_t              time_us;
	struct id            actor;
	struct id            command;
	struct id            trace;
	struct digest        digest;
	struct record_stream streams[RECORD_STREAMS_MAX];
	struct record_claim  claims[RECORD_CLAIMS_MAX];
	struct bytes         payload;
	struct bytes         encoded; /* what it was decoded from; a view like the payload */

	/* From here on filled in by whoever read it from the log (log.h). */
	struct hash        leaf;
	const struct hash *nodes; /* merkle_completed(position) of them, the leaf hash first; a view */
};

void record_encode(const struct record *record, struct buffer *out);

/* CORRUPT when the bytes are no record. The payload is a view of `bytes`; streams and claims beyond their counts are
 * not written. */
enum status record_decode(struct bytes bytes, struct record *record) MUST_USE;

/* The position in an encoded record, without decoding the rest; `bytes` holds at least a header. */
uint64_t record_position(struct bytes bytes);

/* The event inside: its type and its struct, in the arena. Without an opener personal texts stay in their sealed form.
 * UNSUPPORTED: an event number this build does not know. CORRUPT: the payload does not fit its shape. */
enum status record_event(const struct record *record, const struct opener *opener, struct arena *arena,
                         const struct event_type **type, const void **event) MUST_USE;

/* The version the event gave to a stream, 0 when it does not belong to it. */
uint64_t record_version_in(const struct record *record, struct id stream);

#endif
