/* Shapes to and from msgpack maps with text keys (https://github.com/msgpack/msgpack/blob/master/spec.md).
 * id: bin 16, hash: bin 32, text and json: str, bytes: bin, time: int µs, choice: str (the word), list: array of maps.
 * Absent optional fields are left out. A personal text is ext type EXT_SEALED: base/seal.h's sealed bytes, or nothing
 * when its person was already erased. */
#ifndef ORRERY_CODEC_MSGPACK_H
#define ORRERY_CODEC_MSGPACK_H

#include "eventstore/base/arena.h"
#include "eventstore/base/buffer.h"
#include "eventstore/base/shape.h"
#include "eventstore/base/status.h"
#include "eventstore/codec/personal.h"

enum { EXT_SEALED = 1 };

/* Appends the object to *out. Fields with any of skip_marks are left out. Personal fields go through the sealer;
 * without one they are written in clear (tests and messages only).
 * Fails only with what the sealer reports, except STATUS_FORGOTTEN, which is written as an empty ext. */
enum status msgpack_encode_shape(const struct shape *shape, const void *object, uint16_t skip_marks,
                                 const struct sealer *sealer, struct buffer *out) MUST_USE;

/* Fills the object, whose texts point into `bytes` or the arena, whichever serves. Unknown keys are skipped, so that an
 * older reader bears a newer writer. Sealed texts go through the opener: clear, or TEXT_FORGOTTEN; without an opener
 * they come out in their sealed form (personal.h). Fields marked FIELD_INPUT are not missed: they are never sent on.
 * MALFORMED: not msgpack, a wrong type, a key given twice, a required field missing, a list longer than its maximum. */
enum status msgpack_decode_shape(const struct shape *shape, struct bytes bytes, const struct opener *opener,
                                 struct arena *arena, void *object) MUST_USE;

#endif
