/* Questions whose numbers are drawn: parameters with values from a range or a list, values computed from them by
 * formulas, and conditions that a draw must meet. The same seed and question give the same numbers for good.
 *
 * A drawn value is an exact decimal and shown as its author wrote it (2.50 with a step of 0.25). A computed one is
 * rounded to PARAMETER_DIGITS digits before anything is done with it, so that the last bit of a sine does not reach a
 * learner. */
#ifndef ORRERY_PARAMETERS_H
#define ORRERY_PARAMETERS_H

#include "commands/learning/formula.h"

enum {
	PARAMETERS_MAX = FORMULA_VARIABLES_MAX, /* drawn and computed */
	PARAMETER_VALUES_MAX = 100,             /* in a list */
	PARAMETER_STEPS_MAX = 1000000,          /* in a range */
	PARAMETER_CONDITIONS_MAX = 16,
	PARAMETER_TRIES_MAX = 100, /* draws before it is said that the conditions cannot be met */
	PARAMETER_DIGITS = 12,     /* of a computed value */
	PARAMETER_SHOWN_DIGITS = 3,
	PARAMETER_PROMPT_SIZE_MAX = 100000, /* bytes */
};

/* minimum, minimum + step, … up to maximum; or, where value_count is not 0, one of the values. */
struct parameter {
	struct text        name;
	struct text        minimum, maximum, step;
	const struct text *values; /* may have exponents: 6.63e-34 */
	uint32_t           value_count;
};

struct parameter_formula {
	struct text name;
	struct text formula;            /* over the parameters and what was computed before */
	uint32_t    significant_digits; /* as shown; 0: PARAMETER_SHOWN_DIGITS */
};

/* A condition compares two formulas: v < 2*u. It may use <, <=, >, >= and !=. */
struct parameter_rules {
	const struct parameter         *parameters;
	uint32_t                        parameter_count;
	const struct parameter_formula *computed;
	uint32_t                        computed_count;
	const struct text              *conditions;
	uint32_t                        condition_count;
};

struct parameter_plan;

/* Checks and compiles; the rules' texts must live as long as the plan. What is wrong with them is INVALID and says
 * whose fault it is; a position is one in that formula. Whether the conditions can be met, only draws tell. */
enum status parameters_plan(const struct parameter_rules *rules, struct arena *arena, const struct parameter_plan **out,
                            struct mistake *mistake) MUST_USE;

struct parameter_draw {
	uint32_t    count;
	struct text names[PARAMETERS_MAX];
	double      values[PARAMETERS_MAX];
	struct text shown[PARAMETERS_MAX];
	uint32_t    tries; /* how many draws it took */
};

/* INVALID when no draw meets the conditions and has finite values; an author should try some seeds before publishing.
 * `question` is whatever names the question, an id for example. */
enum status parameters_draw(const struct parameter_plan *plan, uint64_t seed, struct bytes question,
                            struct arena *arena, struct parameter_draw *out, struct mistake *mistake) MUST_USE;

/* A formula over the drawn values, a question's key for example; INVALID too when it has no value. */
enum status parameters_compute(const struct parameter_draw *draw, struct text formula, struct arena *arena, double *out,
                               struct mistake *mistake) MUST_USE;

/* The prompt with {name} and {name:4}, which says how many significant digits, replaced; in the arena. Braces of TeX
 * stay: those around anything else, and those that directly follow a letter, a brace that stayed, ^, _ or a backslash.
 * So \frac{v}{2} stays, and \frac{{v}}{2} has the value of v. TOO_LARGE above PARAMETER_PROMPT_SIZE_MAX. */
enum status parameters_prompt(const struct parameter_draw *draw, struct text prompt, struct arena *arena,
                              struct text *out) MUST_USE;

#endif
