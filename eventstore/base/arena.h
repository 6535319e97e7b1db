/* Memory that is freed all at once: of one request, one batch, one decision.
 * Running out of memory is not survivable here and stops the process. */
#ifndef ORRERY_ARENA_H
#define ORRERY_ARENA_H

#include "eventstore/base/bytes.h"

struct arena_block;

/* Zeroes are a valid, empty arena. */
struct arena {
	struct arena_block *block;
	size_t              used; /* bytes handed out since the last reset */
};

/* Frees everything; the arena may be used again. */
void arena_finish(struct arena *arena);

/* Forgets everything, keeps one block for reuse. */
void arena_reset(struct arena *arena);

/* Zeroed, aligned for any type; never NULL; valid until reset or finish. */
void *arena_alloc(struct arena *arena, size_t size);

#define arena_new(arena, type) ((type *)arena_alloc((arena), sizeof(type)))
#define arena_array(arena, type, count) ((type *)arena_alloc((arena), sizeof(type) * (count)))

/* A copy, followed by a NUL that is not counted. */
struct text  arena_text(struct arena *arena, struct text text);
struct bytes arena_bytes(struct arena *arena, struct bytes bytes);

/* printf into the arena; NUL-terminated. */
struct text arena_format(struct arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
