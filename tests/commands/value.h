/* Words of a scenario as fields of the generated structs.
 *
 *   id       a name, U1: a made-up id that is the same everywhere; or NOUN(ID) or NOUN(ID,ID), which is derived
 *   hash     a name, T1: the hash of the token of that name
 *   text     itself; shorter than the schema allows, it is filled up with ones; where the schema wants exactly a
 * token's 43 characters: a name, T1, or U1+K1 for the token that leads to U1 and was made with the secret K1 time
 * +SECONDS from now (a fraction, or m, h, d after the number, may follow), or RFC 3339 list     ITEM,ITEM,… and each
 * item MEMBER/MEMBER/… in the order of its record, whose last optional members may be left out; a list within an item
 * stands in brackets: Basics/[L1/true,L2/true]; 300*L#/true is L1/true, L2/true … others   as in a query string
 *   -        absent */
#ifndef ORRERY_TESTS_VALUE_H
#define ORRERY_TESTS_VALUE_H

#include "eventstore/base/arena.h"
#include "eventstore/base/shape.h"
#include "eventstore/base/status.h"

/* What words are read against. Everything made lives in the arena. */
struct reading {
	struct arena *arena;
	int64_t       time_us; /* now */
	struct id     caller;
};

/* Of a name alone. */
struct id value_id(struct text name);

/* INVALID when the word says no duration. */
enum status value_duration(struct text word, int64_t *duration_us) MUST_USE;

/* "300*WORD" is WORD, and 300 times of it; any other word is there once. */
uint32_t value_times(struct text *word);

/* The word with this number, unless it is 0, in the place of each '#'. */
struct text value_numbered(struct arena *arena, struct text word, uint32_t number);

/* Sets one field. INVALID with a sentence when the word does not fit it. */
enum status value_read(const struct reading *reading, const struct field *field, struct text word, void *object,
                       struct text *sentence) MUST_USE;

/* What a scenario leaves out and the shape requires: something plain, tomorrow, zero, the first word, the caller.
 * INVALID for what only the scenario can know: an id, or a value that is claimed. */
enum status value_fill(const struct reading *reading, const struct field *field, void *object,
                       struct text *sentence) MUST_USE;

#endif
