/* Scores of answers. Each grader is a pure function of a key and an answer; a score is a share of the question's points
 * in parts per million, and a word for what was found. README.md tells the rules one by one.
 *
 * A grade names the GRADER_VERSION it came from. Raise it when any answer to any key could get another score or
 * verdict: also when a reader of quantities, formulas or patterns reads something in another way. */
#ifndef ORRERY_GRADING_H
#define ORRERY_GRADING_H

#include "commands/learning/formula.h"
#include "commands/learning/pattern.h"
#include "commands/learning/quantity.h"

enum { GRADER_VERSION = 1 };

enum {
	GRADE_FULL = 1000000, /* parts per million */
	GRADE_ITEMS_MAX = 64, /* options, pairs, things to order, blanks */
};

#define GRADE_NONE UINT32_MAX /* no choice was made */

enum grade_verdict {
#define VERDICT(NAME, name, sentence) GRADE_##NAME,
#include "commands/learning/grade_verdict.def"
#undef VERDICT
	GRADE_VERDICT_COUNT
};

struct grade {
	uint32_t           fraction_ppm; /* at most GRADE_FULL */
	enum grade_verdict verdict;
	bool               undecided; /* a person must judge; the fraction is 0 until then */
	struct mistake     mistake;   /* with GRADE_UNREADABLE */
};

const char *grade_verdict_name(enum grade_verdict verdict);
const char *grade_verdict_sentence(enum grade_verdict verdict);

/* ---- points ---- */

/* The share of so many thousandths of a point, half a thousandth rounded up. */
uint32_t grade_points_milli(uint32_t points_milli, uint32_t fraction_ppm);

/* What is left of a fraction after costs (of hints, of being late), never below nothing. */
uint32_t grade_less(uint32_t fraction_ppm, uint32_t cost_ppm);

/* ---- choices ---- */

/* Each option has a credit; a choice out of range is none. */
struct grade grade_single(const uint32_t *credits_ppm, uint32_t count, uint32_t chosen);

enum grade_multiple_rule { GRADE_ALL_OR_NOTHING, GRADE_PER_OPTION };

struct grade_multiple_key {
	uint64_t                 right; /* bit i: option i is to be chosen */
	uint32_t                 count;
	enum grade_multiple_rule rule;
	uint32_t                 penalty_ppm; /* of a right option's credit, for each wrong one; GRADE_FULL is usual */
};

/* No choice at all is an answer where `answered` says so, and right where nothing is to be chosen. */
struct grade grade_multiple(const struct grade_multiple_key *key, uint64_t chosen, bool answered);

/* 0 false, 1 true, or GRADE_NONE. */
struct grade grade_true_false(bool key, uint32_t answer);

/* A share for each pair: answers[i] is matched with the i-th prompt. */
struct grade grade_matching(const uint32_t *keys, const uint32_t *answers, uint32_t count);

enum grade_ordering_rule { GRADE_EXACT_ORDER, GRADE_LONGEST_RUN };

/* answers[i] is the right place (0 … count − 1) of what was put at place i. The longest run is the longest part that is
 * in the right order, others left out: a run of L out of n gets (L − 1)/(n − 1), so that the reverse gets nothing. */
struct grade grade_ordering(enum grade_ordering_rule rule, const uint32_t *answers, uint32_t count);

/* ---- texts ---- */

struct grade_text_option {
	const struct pattern *pattern;
	uint32_t              credit_ppm;
};

struct grade_text_key {
	const struct grade_text_option *options;
	uint32_t                        count;
};

/* The best of the options that match. */
struct grade grade_text(const struct grade_text_key *key, struct text answer, struct arena *arena);

/* What is left for a slip; the usual is nothing. */
struct grade_slips {
	uint32_t wrong_unit_ppm; /* only where the number as written is the key's */
	uint32_t missing_unit_ppm;
	uint32_t power_of_ten_ppm;
	uint32_t sign_ppm;
	uint32_t digits_ppm;
};

struct grade_numeric_key {
	struct quantity       quantity;
	struct quantity_rules rules;
	struct grade_slips    slips;
	uint32_t              digits_min, digits_max; /* significant digits of the answer; 0: any */
};

struct grade grade_numeric(const struct grade_numeric_key *key, struct text answer, struct arena *arena);

struct grade_formula_key {
	const struct formula       *formula;
	const struct text          *names;
	const struct formula_range *ranges;
	uint32_t                    count; /* of names and ranges */
	uint64_t                    seed;  /* kept from the learner until it is graded */
};

struct grade grade_formula(const struct grade_formula_key *key, struct text answer, struct arena *arena);

/* ---- blanks ---- */

struct grade_blank {
	const struct grade_text_key    *text; /* one of the two */
	const struct grade_numeric_key *numeric;
};

/* The same share for each blank. `each`, where not NULL, gets every blank's own grade. */
struct grade grade_blanks(const struct grade_blank *blanks, const struct text *answers, uint32_t count,
                          struct arena *arena, struct grade *each);

#endif
