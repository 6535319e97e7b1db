#include "commands/learning/next_step.h"

#include "eventstore/base/require.h"

struct rule {
	const char *name;
	const char *sentence;
	uint32_t    most;
};

static const struct rule rules[] = {
#define STEP(name, most, sentence) [NEXT_STEP_##name] = {#name, sentence, most},
#include "commands/learning/next_step.def"
#undef STEP
};

const char *next_step_name(enum next_step kind)
{
	require(kind < NEXT_STEP_COUNT);
	return rules[kind].name;
}

const char *next_step_sentence(enum next_step kind)
{
	require(kind < NEXT_STEP_COUNT);
	return rules[kind].sentence;
}

static bool is_before(const struct next_step_option *a, const struct next_step_option *b)
{
	return a->kind != b->kind ? a->kind < b->kind : a->urgency < b->urgency;
}

/* Whether one that was told already leaves no place for the option. */
static bool is_told(const struct next_step_option *options, const struct next_step_option *option,
                    const uint32_t *places, uint32_t told)
{
	uint32_t alike = 0;

	for (uint32_t i = 0; i < told; i++) {
		const struct next_step_option *other = &options[places[i]];

		if (other == option || (id_present(option->item) && id_equal(other->item, option->item)))
			return true;
		alike += other->kind == option->kind && id_equal(other->course, option->course);
	}
	return alike >= rules[option->kind].most;
}

/* The most urgent that has not been told; count when there is none. */
static uint32_t find_next(const struct next_step_option *options, uint32_t count, const uint32_t *places, uint32_t told)
{
	uint32_t best = count;

	for (uint32_t i = 0; i < count; i++)
		if (!is_told(options, &options[i], places, told)
		    && (best == count || is_before(&options[i], &options[best])))
			best = i;
	return best;
}

uint32_t next_step_rank(const struct next_step_option *options, uint32_t count, uint32_t wanted, uint32_t *places)
{
	uint32_t told = 0;

	while (told < wanted) {
		uint32_t next = find_next(options, count, places, told);

		if (next == count)
			break;
		places[told++] = next;
	}
	return told;
}
