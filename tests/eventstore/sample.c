#include "tests/eventstore/sample.h"

#include "eventstore/base/clock.h"
#include "eventstore/base/require.h"
#include "eventstore/base/seal.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static const char *const colours[] = {"red", "green", "blue"};

static const struct choice colour_choice = {.name = "colour", .words = colours, .count = array_count(colours)};

#define FIELD(owner, member, field_kind, ...)                                                                          \
	{                                                                                                              \
		.name = #member, .kind = (field_kind), .offset = offsetof(struct owner, member), __VA_ARGS__           \
	}
#define HAS(owner, member) .marks = FIELD_OPTIONAL, .has_offset = offsetof(struct owner, member)
#define MAYBE .marks = FIELD_OPTIONAL
#define COLOUR .choice = &colour_choice

static const struct field leaf_fields[] = {
	FIELD(leaf, word, KIND_TEXT, .min = 1, .max = WORDS_MAX),
	FIELD(leaf, weight, KIND_F64, HAS(leaf, has_weight)),
};

static const struct shape leaf_shape = {
	.name = "leaf", .fields = leaf_fields, .count = array_count(leaf_fields), .size = sizeof(struct leaf)};

static const struct field branch_fields[] = {
	FIELD(branch, id, KIND_ID),
	FIELD(branch, colour, KIND_CHOICE, COLOUR, MAYBE),
	FIELD(branch, leaves, KIND_LIST, .max = LEAVES_MAX, .record = &leaf_shape),
};

static const struct shape branch_shape = {
	.name = "branch", .fields = branch_fields, .count = array_count(branch_fields), .size = sizeof(struct branch)};

static const struct field sample_fields[] = {
	FIELD(sample, id, KIND_ID),
	FIELD(sample, other_id, KIND_ID, MAYBE),
	FIELD(sample, text, KIND_TEXT, .min = 1, .max = WORDS_MAX),
	FIELD(sample, other_text, KIND_TEXT, MAYBE, .max = WORDS_MAX),
	FIELD(sample, lines, KIND_TEXT, .max = WORDS_MAX, .format = FORMAT_MULTILINE),
	FIELD(sample, bytes, KIND_BYTES, .max = WORDS_MAX),
	FIELD(sample, other_bytes, KIND_BYTES, MAYBE, .max = WORDS_MAX),
	FIELD(sample, hash, KIND_HASH),
	FIELD(sample, other_hash, KIND_HASH, MAYBE),
	FIELD(sample, json, KIND_JSON, .max = 200),
	FIELD(sample, other_json, KIND_JSON, MAYBE, .max = 200),
	FIELD(sample, colour, KIND_CHOICE, COLOUR),
	FIELD(sample, other_colour, KIND_CHOICE, COLOUR, MAYBE),
	FIELD(sample, branches, KIND_LIST, .max = BRANCHES_MAX, .record = &branch_shape),
	FIELD(sample, other_branches, KIND_LIST, MAYBE, .max = BRANCHES_MAX, .record = &branch_shape),
	FIELD(sample, flag, KIND_BOOL),
	FIELD(sample, other_flag, KIND_BOOL, HAS(sample, has_other_flag)),
	FIELD(sample, u32, KIND_U32, .max = UINT32_MAX),
	FIELD(sample, other_u32, KIND_U32, HAS(sample, has_other_u32), .min = 1, .max = 200),
	FIELD(sample, u64, KIND_U64, .max = INT64_MAX),
	FIELD(sample, other_u64, KIND_U64, HAS(sample, has_other_u64), .max = INT64_MAX),
	FIELD(sample, i64, KIND_I64, .min = INT64_MIN, .max = INT64_MAX),
	FIELD(sample, other_i64, KIND_I64, HAS(sample, has_other_i64), .min = -5, .max = 5),
	FIELD(sample, f64, KIND_F64, .min = INT64_MIN, .max = INT64_MAX),
	FIELD(sample, other_f64, KIND_F64, HAS(sample, has_other_f64), .min = -1, .max = 1),
	FIELD(sample, time, KIND_TIME, .min = INT64_MIN, .max = INT64_MAX),
	FIELD(sample, other_time, KIND_TIME, HAS(sample, has_other_time)),
};

const struct shape sample_shape = {
	.name = "sample", .fields = sample_fields, .count = array_count(sample_fields), .size = sizeof(struct sample)};

static const struct field dossier_fields[] = {
	FIELD(dossier, name, KIND_TEXT, .marks = FIELD_PERSONAL, .person = 1, .min = 1, .max = 120),
	FIELD(dossier, person, KIND_ID),
	FIELD(dossier, note, KIND_TEXT, .marks = FIELD_PERSONAL | FIELD_OPTIONAL, .person = 1, .max = 120),
	FIELD(dossier, level, KIND_U32, .max = 9),
};

const struct shape dossier_shape = {.name = "dossier",
                                    .fields = dossier_fields,
                                    .count = array_count(dossier_fields),
                                    .size = sizeof(struct dossier)};

/* ---------------------------------------------------------------- chance */

uint64_t sample_next(uint64_t *state)
{
	uint64_t mixed = *state += 0x9e3779b97f4a7c15;

	mixed = (mixed ^ mixed >> 30) * 0xbf58476d1ce4e5b9;
	mixed = (mixed ^ mixed >> 27) * 0x94d049bb133111eb;
	return mixed ^ mixed >> 31;
}

uint64_t sample_seed(void)
{
	const char *given = getenv("SAMPLE_SEED");
	uint64_t    seed = given ? strtoull(given, NULL, 10) : (uint64_t)clock_wall_us();

	printf("# SAMPLE_SEED=%" PRIu64 "\n", seed);
	return seed;
}

static uint32_t below(uint64_t *state, uint32_t limit)
{
	return (uint32_t)(sample_next(state) % limit);
}

/* Of everything that needs care somewhere: quotes, backslashes, two, three and four bytes a character. */
static struct text random_text(uint64_t *state, struct arena *arena, uint32_t points_min, const char *further)
{
	static const char *const pieces[] = {"a", "Z", "7", " ", "\"", "\\", "/", "é", "€", "😀", "\\u0041", "~", "'"};
	struct text              text = TEXT("");
	uint32_t                 count = points_min + below(state, 6);

	for (uint32_t i = 0; i < count; i++)
		text = arena_format(arena, "%.*s%s", TEXT_ARG(text), pieces[below(state, array_count(pieces))]);
	return below(state, 2) ? text : arena_format(arena, "%.*s%s", TEXT_ARG(text), further);
}

static struct bytes random_bytes(uint64_t *state, struct arena *arena)
{
	uint32_t size = below(state, WORDS_MAX + 1);
	uint8_t *data = arena_alloc(arena, size + 1);

	for (uint32_t i = 0; i < size; i++)
		data[i] = (uint8_t)sample_next(state);
	return BYTES(data, size);
}

static struct id random_id(uint64_t *state)
{
	struct id id;

	for (size_t i = 0; i < sizeof(id.bytes); i++)
		id.bytes[i] = (uint8_t)(sample_next(state) | 1);
	return id;
}

static struct hash random_hash(uint64_t *state)
{
	struct hash hash;

	for (size_t i = 0; i < sizeof(hash.bytes); i++)
		hash.bytes[i] = (uint8_t)(sample_next(state) | 1);
	return hash;
}

/* As our own printer writes them, so that they come back unchanged. */
static struct text random_json(uint64_t *state)
{
	static const char *const values[] = {
		"{\"z\":[1,-2,0.1,1e+300],\"a\":{\"b\":null,\"c\":true}}",
		"[]",
		"{}",
		"\"é\\\"\\\\😀\"",
		"false",
		"12.5",
		"null",
		"-7",
	};

	return text_from(values[below(state, array_count(values))]);
}

/* Any bits that make a finite number, small numbers more often than by chance. */
static double random_f64(uint64_t *state)
{
	uint64_t bits = sample_next(state);
	double   value;

	memcpy(&value, &bits, sizeof(value));
	if (!isfinite(value) || fabs(value) > 1e18 || below(state, 2))
		return (double)below(state, 2000001) / 1000 - 1000;
	return value;
}

static int64_t random_time(uint64_t *state)
{
	return (int64_t)(sample_next(state) % 253402300800000000u);
}

static struct branch_list random_branches(uint64_t *state, struct arena *arena)
{
	uint32_t       count = below(state, BRANCHES_MAX + 1);
	struct branch *branches = arena_alloc(arena, sizeof(*branches) * count + 1);

	for (uint32_t i = 0; i < count; i++) {
		uint32_t     leaf_count = below(state, LEAVES_MAX + 1);
		struct leaf *leaves = arena_alloc(arena, sizeof(*leaves) * leaf_count + 1);

		for (uint32_t j = 0; j < leaf_count; j++) {
			leaves[j].word = random_text(state, arena, 1, "");
			leaves[j].has_weight = below(state, 2);
			leaves[j].weight = leaves[j].has_weight ? random_f64(state) : 0;
		}
		branches[i] = (struct branch){.id = random_id(state), .colour = below(state, 4)};
		branches[i].leaves = (struct leaf_list){.items = leaves, .count = leaf_count};
	}
	return (struct branch_list){.items = branches, .count = count};
}

static void random_optional(uint64_t *state, struct arena *arena, struct sample *sample)
{
	if (below(state, 2))
		sample->other_id = random_id(state);
	if (below(state, 2))
		sample->other_text = random_text(state, arena, 0, "");
	if (below(state, 2))
		sample->other_bytes = random_bytes(state, arena);
	if (below(state, 2))
		sample->other_hash = random_hash(state);
	if (below(state, 2))
		sample->other_json = TEXT("{\"x\":1}");
	if (below(state, 2))
		sample->other_branches = random_branches(state, arena);
	sample->other_colour = below(state, 4);
	if ((sample->has_other_flag = below(state, 2)))
		sample->other_flag = below(state, 2);
	if ((sample->has_other_u32 = below(state, 2)))
		sample->other_u32 = 1 + below(state, 200);
	if ((sample->has_other_u64 = below(state, 2)))
		sample->other_u64 = sample_next(state) >> (1 + below(state, 63));
	if ((sample->has_other_i64 = below(state, 2)))
		sample->other_i64 = (int64_t)below(state, 11) - 5;
	if ((sample->has_other_f64 = below(state, 2)))
		sample->other_f64 = (double)below(state, 2001) / 1000 - 1;
	if ((sample->has_other_time = below(state, 2)))
		sample->other_time = random_time(state);
}

void sample_random(uint64_t *state, struct arena *arena, struct sample *sample)
{
	*sample = (struct sample){
		.id = random_id(state),
		.text = random_text(state, arena, 1, ""),
		.lines = random_text(state, arena, 0, "\n\t\n"),
		.bytes = random_bytes(state, arena),
		.hash = random_hash(state),
		.json = random_json(state),
		.colour = 1 + below(state, 3),
		.branches = random_branches(state, arena),
		.flag = below(state, 2),
		.u32 = (uint32_t)(sample_next(state) >> (32 + below(state, 32))),
		.u64 = sample_next(state) >> (1 + below(state, 63)),
		.i64 = (int64_t)sample_next(state) >> below(state, 64),
		.f64 = random_f64(state),
		.time = random_time(state),
	};
	random_optional(state, arena, sample);
}

/* ---------------------------------------------------------------- comparing */

static bool lists_equal(const struct field *field, const struct list *a, const struct list *b)
{
	bool equal = a->count == b->count;

	for (uint32_t i = 0; i < a->count && equal; i++) {
		size_t at = (size_t)i * field->record->size;

		equal = sample_equal(field->record, (const char *)a->items + at, (const char *)b->items + at);
	}
	return equal;
}

static bool values_equal(const struct field *field, const void *a, const void *b)
{
	static const size_t sizes[] = {
		[KIND_ID] = sizeof(struct id), [KIND_HASH] = sizeof(struct hash), [KIND_BOOL] = sizeof(bool),
		[KIND_U32] = sizeof(uint32_t), [KIND_U64] = sizeof(uint64_t),     [KIND_I64] = sizeof(int64_t),
		[KIND_TIME] = sizeof(int64_t), [KIND_F64] = sizeof(double),       [KIND_CHOICE] = sizeof(uint32_t),
	};

	switch (field->kind) {
	case KIND_TEXT:
	case KIND_JSON:
		return text_equal(*(const struct text *)a, *(const struct text *)b);
	case KIND_BYTES:
		return bytes_equal(*(const struct bytes *)a, *(const struct bytes *)b);
	case KIND_LIST:
		return lists_equal(field, a, b);
	default:
		require(sizes[field->kind] > 0);
		return memcmp(a, b, sizes[field->kind]) == 0;
	}
}

bool sample_equal(const struct shape *shape, const void *a, const void *b)
{
	for (uint16_t i = 0; i < shape->count; i++) {
		const struct field *field = &shape->fields[i];
		bool                present = field_present(field, a);

		if (present != field_present(field, b))
			return false;
		if (present && !values_equal(field, field_at(field, a), field_at(field, b)))
			return false;
	}
	return true;
}

/* ---------------------------------------------------------------- sealing */

static const struct seal_key sample_key = {.bytes = "a key that nobody else may use.."};

static bool erased(struct id person)
{
	return person.bytes[0] == 0xff;
}

static enum status seal_sample(void *owner, struct id person, struct text label, struct text clear, struct arena *arena,
                               struct bytes *sealed)
{
	uint8_t *out = arena_alloc(arena, clear.size + SEAL_OVERHEAD);

	if (erased(person))
		return STATUS_FORGOTTEN;
	seal(&sample_key, personal_context(arena, person, label), text_bytes(clear), out);
	*sealed = BYTES(out, clear.size + SEAL_OVERHEAD);
	return STATUS_OK;
}

static enum status open_sample(void *owner, struct id person, struct text label, struct bytes sealed,
                               struct arena *arena, struct text *clear)
{
	char *out = arena_alloc(arena, sealed.size + 1);

	if (erased(person) || !seal_open(&sample_key, personal_context(arena, person, label), sealed, (uint8_t *)out))
		return STATUS_FORGOTTEN;
	*clear = (struct text){.data = out, .size = sealed.size - SEAL_OVERHEAD};
	return STATUS_OK;
}

const struct sealer sample_sealer = {.seal = seal_sample};
const struct opener sample_opener = {.open = open_sample};
