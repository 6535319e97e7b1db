#include "commands/learning/grading.h"

#include "commands/learning/character.h"
#include "eventstore/base/require.h"

const char *grade_verdict_name(enum grade_verdict verdict)
{
	static const char *const names[] = {
#define VERDICT(NAME, name, sentence) #name,
#include "commands/learning/grade_verdict.def"
#undef VERDICT
	};

	require(verdict < GRADE_VERDICT_COUNT);
	return names[verdict];
}

const char *grade_verdict_sentence(enum grade_verdict verdict)
{
	static const char *const sentences[] = {
#define VERDICT(NAME, name, sentence) sentence,
#include "commands/learning/grade_verdict.def"
#undef VERDICT
	};

	require(verdict < GRADE_VERDICT_COUNT);
	return sentences[verdict];
}

/* ---------------------------------------------------------------- points */

uint32_t grade_points_milli(uint32_t points_milli, uint32_t fraction_ppm)
{
	require(fraction_ppm <= GRADE_FULL);
	return (uint32_t)(((uint64_t)points_milli * fraction_ppm + GRADE_FULL / 2) / GRADE_FULL);
}

uint32_t grade_less(uint32_t fraction_ppm, uint32_t cost_ppm)
{
	return cost_ppm < fraction_ppm ? fraction_ppm - cost_ppm : 0;
}

/* The verdict that goes with a fraction where nothing more is known. */
static struct grade grade_of(uint32_t fraction_ppm)
{
	return (struct grade){
		.fraction_ppm = fraction_ppm,
		.verdict = fraction_ppm == 0            ? GRADE_WRONG
	                   : fraction_ppm >= GRADE_FULL ? GRADE_RIGHT
	                                                : GRADE_PARTLY,
	};
}

static struct grade unanswered(void)
{
	return (struct grade){.verdict = GRADE_UNANSWERED};
}

/* To the nearest millionth; all of nothing is everything. */
static uint32_t share(uint64_t part, uint64_t whole)
{
	return whole == 0 ? GRADE_FULL : (uint32_t)((part * GRADE_FULL + whole / 2) / whole);
}

/* ---------------------------------------------------------------- choices */

struct grade grade_single(const uint32_t *credits_ppm, uint32_t count, uint32_t chosen)
{
	require(count <= GRADE_ITEMS_MAX);
	if (chosen >= count)
		return unanswered();
	require(credits_ppm[chosen] <= GRADE_FULL);
	return grade_of(credits_ppm[chosen]);
}

static uint32_t bits_in(uint64_t bits)
{
	return (uint32_t)__builtin_popcountll(bits);
}

/* Each right choice earns the same, each wrong one costs the penalty's part of that. */
static uint32_t per_option(const struct grade_multiple_key *key, uint64_t chosen)
{
	uint64_t earned = (uint64_t)bits_in(chosen & key->right) * GRADE_FULL;
	uint64_t lost = (uint64_t)bits_in(chosen & ~key->right) * key->penalty_ppm;

	if (key->right == 0)
		return chosen == 0 ? GRADE_FULL : 0;
	return lost >= earned ? 0 : share(earned - lost, (uint64_t)bits_in(key->right) * GRADE_FULL);
}

struct grade grade_multiple(const struct grade_multiple_key *key, uint64_t chosen, bool answered)
{
	require(key->count <= GRADE_ITEMS_MAX);
	if (key->count < GRADE_ITEMS_MAX)
		chosen &= (UINT64_C(1) << key->count) - 1;
	if (!answered && chosen == 0)
		return unanswered();
	if (key->rule == GRADE_PER_OPTION)
		return grade_of(per_option(key, chosen));
	return grade_of(chosen == key->right ? GRADE_FULL : 0);
}

struct grade grade_true_false(bool key, uint32_t answer)
{
	if (answer > 1)
		return unanswered();
	return grade_of((answer == 1) == key ? GRADE_FULL : 0);
}

struct grade grade_matching(const uint32_t *keys, const uint32_t *answers, uint32_t count)
{
	uint32_t right = 0, given = 0;

	require(count <= GRADE_ITEMS_MAX);
	for (uint32_t i = 0; i < count; i++) {
		given += answers[i] != GRADE_NONE;
		right += answers[i] != GRADE_NONE && answers[i] == keys[i];
	}
	return given == 0 ? unanswered() : grade_of(share(right, count));
}

/* The longest strictly rising part, others left out, by keeping for each length the least end (Fredman, "On computing
 * the length of longest increasing subsequences", Discrete Mathematics 11, 1975). What is no place is left out too. */
static uint32_t longest_run(const uint32_t *places, uint32_t count)
{
	uint32_t ends[GRADE_ITEMS_MAX], longest = 0;

	for (uint32_t i = 0; i < count; i++) {
		uint32_t length = 0;

		if (places[i] >= count)
			continue;
		while (length < longest && ends[length] < places[i])
			length++;
		ends[length] = places[i];
		longest += length == longest;
	}
	return longest;
}

struct grade grade_ordering(enum grade_ordering_rule rule, const uint32_t *answers, uint32_t count)
{
	uint32_t given = 0, longest;

	require(count <= GRADE_ITEMS_MAX);
	for (uint32_t i = 0; i < count; i++)
		given += answers[i] != GRADE_NONE;
	if (given == 0)
		return unanswered();
	longest = longest_run(answers, count);
	if (rule == GRADE_EXACT_ORDER || count < 2)
		return grade_of(longest == count ? GRADE_FULL : 0);
	return grade_of(longest == 0 ? 0 : share(longest - 1, count - 1));
}

/* ---------------------------------------------------------------- texts */

static bool is_empty(struct text text)
{
	size_t size;

	while (text.size > 0 && character_is_blank(character_first(text, &size))) {
		text.data += size;
		text.size -= size;
	}
	return text.size == 0;
}

static struct grade unreadable(struct mistake mistake)
{
	return (struct grade){.verdict = GRADE_UNREADABLE, .mistake = mistake};
}

struct grade grade_text(const struct grade_text_key *key, struct text answer, struct arena *arena)
{
	uint32_t best = 0;

	if (is_empty(answer))
		return unanswered();
	for (uint32_t i = 0; i < key->count; i++) {
		require(key->options[i].credit_ppm <= GRADE_FULL);
		if (key->options[i].credit_ppm > best && pattern_matches(key->options[i].pattern, answer, arena))
			best = key->options[i].credit_ppm;
	}
	return grade_of(best);
}

static bool digits_are_wrong(const struct grade_numeric_key *key, const struct quantity *answer)
{
	uint32_t digits = answer->significant_digits;

	return digits < key->digits_min || (key->digits_max > 0 && digits > key->digits_max);
}

static struct grade slip(enum grade_verdict verdict, uint32_t fraction_ppm)
{
	require(fraction_ppm <= GRADE_FULL);
	return (struct grade){.verdict = verdict, .fraction_ppm = fraction_ppm};
}

struct grade grade_numeric(const struct grade_numeric_key *key, struct text answer, struct arena *arena)
{
	const struct grade_slips  *slips = &key->slips;
	struct quantity            quantity;
	struct quantity_comparison comparison;
	struct mistake             mistake;

	if (is_empty(answer))
		return unanswered();
	if (quantity_parse(answer, arena, &quantity, &mistake) != STATUS_OK)
		return unreadable(mistake);
	comparison = quantity_compare(&quantity, &key->quantity, &key->rules);
	switch (comparison.verdict) {
	case QUANTITY_RIGHT:
		return digits_are_wrong(key, &quantity) ? slip(GRADE_DIGITS, slips->digits_ppm) : grade_of(GRADE_FULL);
	case QUANTITY_WRONG_UNIT:
		return slip(GRADE_WRONG_UNIT, comparison.number_matches ? slips->wrong_unit_ppm : 0);
	case QUANTITY_MISSING_UNIT:
		return slip(GRADE_MISSING_UNIT, slips->missing_unit_ppm);
	case QUANTITY_POWER_OF_TEN:
		return slip(GRADE_POWER_OF_TEN, slips->power_of_ten_ppm);
	case QUANTITY_SIGN:
		return slip(GRADE_SIGN, slips->sign_ppm);
	default:
		return grade_of(0);
	}
}

struct grade grade_formula(const struct grade_formula_key *key, struct text answer, struct arena *arena)
{
	const struct formula *formula;
	struct mistake        mistake;

	if (is_empty(answer))
		return unanswered();
	if (formula_parse(answer, key->names, key->count, arena, &formula, &mistake) != STATUS_OK)
		return unreadable(mistake);
	switch (formula_equal(formula, key->formula, key->ranges, key->count, key->seed).verdict) {
	case FORMULA_EQUAL:
		return grade_of(GRADE_FULL);
	case FORMULA_DIFFERENT:
		return grade_of(0);
	default:
		return (struct grade){.verdict = GRADE_UNDECIDED, .undecided = true};
	}
}

/* ---------------------------------------------------------------- blanks */

static struct grade grade_blank(const struct grade_blank *blank, struct text answer, struct arena *arena)
{
	require(!blank->text != !blank->numeric);
	return blank->text ? grade_text(blank->text, answer, arena) : grade_numeric(blank->numeric, answer, arena);
}

struct grade grade_blanks(const struct grade_blank *blanks, const struct text *answers, uint32_t count,
                          struct arena *arena, struct grade *each)
{
	uint64_t sum = 0;
	uint32_t given = 0;

	require(count <= GRADE_ITEMS_MAX);
	for (uint32_t i = 0; i < count; i++) {
		struct grade grade = grade_blank(&blanks[i], answers[i], arena);

		sum += grade.fraction_ppm;
		given += grade.verdict != GRADE_UNANSWERED;
		if (each)
			each[i] = grade;
	}
	return given == 0 ? unanswered() : grade_of(share(sum, (uint64_t)count * GRADE_FULL));
}
