/* The bounds that a shape declares, checked in one place for JSON, msgpack and query strings. */
#ifndef ORRERY_VALIDATE_H
#define ORRERY_VALIDATE_H

#include "eventstore/base/arena.h"
#include "eventstore/base/shape.h"
#include "eventstore/base/status.h"

/* INVALID with a sentence ("is longer than 120 characters") in *sentence, which lives in the arena. */
enum status field_validate(const struct field *field, const void *object, struct arena *arena,
                           struct text *sentence) MUST_USE;

/* Every field, except those with any of skip_marks; the first fault names its field. Absent required fields are
 * faults. */
enum status shape_validate(const struct shape *shape, const void *object, uint16_t skip_marks, struct arena *arena,
                           struct text *sentence) MUST_USE;

#endif
