/* What the index does not hold yet: the same answers, in memory, from the moment an event is appended to the open
 * batch. Two generations: one takes in events, the other is being written to the index and then dropped as a whole.
 * Every function may be called from any thread. */
#ifndef ORRERY_OVERLAY_H
#define ORRERY_OVERLAY_H

#include "eventstore/base/hash.h"
#include "eventstore/log/record.h"

struct overlay;

struct overlay *overlay_create(void);
void            overlay_destroy(struct overlay *overlay);

/* Takes in one event; the payload is not kept. */
void overlay_add(struct overlay *overlay, const struct record *record);

/* How many events wait for the index. */
size_t overlay_count(struct overlay *overlay);

/* ---- answers; NOT_FOUND: ask the index ---- */

enum status overlay_stream_version(struct overlay *overlay, struct id stream, uint64_t *version) MUST_USE;
/* Positions of the stream's events here, in order; the first one has version *first. At most `capacity`, the newest. */
enum status overlay_stream_positions(struct overlay *overlay, struct id stream, uint64_t *first, uint64_t *positions,
                                     uint32_t capacity, uint32_t *count) MUST_USE;
enum status overlay_command(struct overlay *overlay, struct id command, uint64_t *position) MUST_USE;
/* OK with an absent owner: released. */
enum status overlay_claim(struct overlay *overlay, const struct hash *value, struct id *owner) MUST_USE;

/* ---- for the index thread ---- */

/* Closes the generation that takes in and opens a fresh one. The closed one's records are read by overlay_next; they,
 * and the answers, stay until overlay_drop. Must not be called again before that. Returns the last position in it, 0
 * when it is empty. */
uint64_t overlay_close_generation(struct overlay *overlay);
/* The closed generation's next record, in order and without its payload; false after the last. An index_source. */
bool overlay_next(void *overlay, struct record *record);
void overlay_drop(struct overlay *overlay);

#endif
