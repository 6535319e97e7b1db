/* A shape with a field of every kind, once required and once optional, and records in records as deep as allowed;
 * random objects of it, their comparison, and a vault of two keys. For the codecs' tests and fuzz targets. */
#ifndef ORRERY_TESTS_SAMPLE_H
#define ORRERY_TESTS_SAMPLE_H

#include "eventstore/base/arena.h"
#include "eventstore/base/shape.h"
#include "eventstore/codec/personal.h"

enum { LEAVES_MAX = 3, BRANCHES_MAX = 4, WORDS_MAX = 40 };

struct leaf {
	struct text word;
	double      weight;
	bool        has_weight;
};

struct leaf_list {
	const struct leaf *items;
	uint32_t           count;
};

struct branch {
	struct id        id;
	uint32_t         colour;
	struct leaf_list leaves;
};

struct branch_list {
	const struct branch *items;
	uint32_t             count;
};

struct sample {
	struct id          id, other_id;
	struct text        text, other_text, lines;
	struct bytes       bytes, other_bytes;
	struct hash        hash, other_hash;
	struct text        json, other_json;
	uint32_t           colour, other_colour;
	struct branch_list branches, other_branches;
	bool               flag, other_flag, has_other_flag;
	uint32_t           u32, other_u32;
	uint64_t           u64, other_u64;
	int64_t            i64, other_i64, time, other_time;
	double             f64, other_f64;
	bool               has_other_u32, has_other_u64, has_other_i64, has_other_f64, has_other_time;
};

extern const struct shape sample_shape;

/* A record about a person. */
struct dossier {
	struct id   person;
	struct text name; /* personal, 1 to 120 */
	struct text note; /* personal, optional */
	uint32_t    level;
};

extern const struct shape dossier_shape;

/* splitmix64; never 0 twice in a row. */
uint64_t sample_next(uint64_t *state);

/* A seed from SAMPLE_SEED or the clock; printed, so that a failing run can be repeated. */
uint64_t sample_seed(void);

/* An object within all its bounds; its texts lie in the arena. */
void sample_random(uint64_t *state, struct arena *arena, struct sample *sample);

/* Field by field, absent fields included. */
bool sample_equal(const struct shape *shape, const void *a, const void *b);

/* Seals and opens under one key; whoever's id begins with 0xff was erased. */
extern const struct sealer sample_sealer;
extern const struct opener sample_opener;

#define SAMPLE_PERSON ((struct id){.bytes = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}})
#define SAMPLE_ERASED ((struct id){.bytes = {0xff, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}})

#endif
