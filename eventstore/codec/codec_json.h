/* Shapes to and from JSON (RFC 8259), by jansson on the way in.
 * id: UUID text, hash and bytes: base64url, time: RFC 3339, choice: the word, json: the value itself. */
#ifndef ORRERY_CODEC_JSON_H
#define ORRERY_CODEC_JSON_H

#include "eventstore/base/arena.h"
#include "eventstore/base/buffer.h"
#include "eventstore/base/shape.h"
#include "eventstore/base/status.h"

enum { COMPLAINTS_MAX = 16, JSON_DEPTH_MAX = 16 };

/* One thing wrong with the input: where (RFC 6901 pointer) and a sentence for people. */
struct complaint {
	struct text pointer;
	struct text sentence;
};

/* Zeroes are an empty list; decoding adds to it. */
struct complaints {
	uint32_t         count; /* what exceeds COMPLAINTS_MAX is not kept */
	struct complaint items[COMPLAINTS_MAX];
};

/* Fills the object from a JSON object. Fields with any of skip_marks are not expected in it. Unknown members, members
 * given twice, wrong types and values out of bounds are complaints. null means "absent" for an optional field, or an
 * empty text where the field is a text that may be empty.
 * MALFORMED: not a JSON object (one complaint). INVALID: complaints. Texts live in the arena. */
enum status json_decode_shape(const struct shape *shape, struct bytes json, uint16_t skip_marks, struct arena *arena,
                              void *object, struct complaints *complaints) MUST_USE;

/* One field from a word of a path or a query string: same bounds, same sentences. Neither lists nor json come so. */
enum status field_from_text(const struct field *field, struct text word, struct arena *arena, void *object,
                            struct complaints *complaints) MUST_USE;

/* Appends the object as a JSON object; absent fields are left out, forgotten ones are null. Fields with any of
 * skip_marks are left out. */
void json_encode_shape(const struct shape *shape, const void *object, uint16_t skip_marks, struct buffer *out);

/* Appends a quoted, escaped JSON string. */
void json_append_string(struct buffer *out, struct text text);

/* Append ,"name": and the value, as a string or as the JSON that it is already; nothing when there is none. */
void json_append_member(struct buffer *out, const char *name, struct text value);
void json_append_literal(struct buffer *out, const char *name, struct text json);

/* Appends ,"name": and the number, which must be finite. */
void json_append_number(struct buffer *out, const char *name, double value);

/* Append what an id and a time are in JSON. */
void json_append_id(struct buffer *out, struct id id);
void json_append_time(struct buffer *out, int64_t time_us);

/* Appends the shortest number that reads back as the same double; it must be finite. */
void json_append_f64(struct buffer *out, double value);

#endif
