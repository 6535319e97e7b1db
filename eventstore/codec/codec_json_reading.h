/* What the two halves of reading share: a reading of one outsider's input, its complaints, and values on their way into
 * a struct. codec_json_word.c reads words, codec_json.c the JSON around them. */
#ifndef ORRERY_CODEC_JSON_READING_H
#define ORRERY_CODEC_JSON_READING_H

#include "eventstore/base/hash.h"
#include "eventstore/base/id.h"
#include "eventstore/codec/codec_json.h"

struct reading {
	struct arena      *arena;
	struct complaints *complaints;
	uint16_t           skip_marks;
	uint32_t           faults; /* those too that were not kept */
};

/* Room for a value of any kind, so that a field is filled only once its value was checked. */
union value {
	struct id    id;
	struct hash  hash;
	struct text  text;
	struct bytes bytes;
	struct list  list;
	bool         boolean;
	uint32_t     u32;
	uint64_t     u64;
	int64_t      i64;
	double       f64;
};

void reading_complain(struct reading *reading, struct text pointer, struct text sentence);
void reading_complain_below(struct reading *reading, struct text pointer, struct text name, struct text sentence);

/* One step down (RFC 6901 §3: ~ is written ~0, / is written ~1). Lives in the arena. */
struct text reading_pointer(struct arena *arena, struct text pointer, struct text name);

/* What is said when the input is of another type, and how much room a value takes. */
struct text reading_expected(enum kind kind);
size_t      reading_size(enum kind kind);

/* The kinds that JSON too writes as a text. */
bool reading_text(struct reading *reading, const struct field *field, struct text word, union value *out);

/* Checks the bounds and fills the field; false, and a complaint, when they do not hold. */
bool reading_keep(struct reading *reading, const struct field *field, const union value *value, struct text pointer,
                  void *object);

#endif
