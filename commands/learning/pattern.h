/* Patterns for short texts: * is any text, ? is any one character, {a,b} is one of several, and a backslash takes the
 * meaning from what follows. Braces do not lie in one another. The whole answer must match.
 *
 * Matching follows all ways at once (Thompson, "Regular Expression Search Algorithm", CACM 11(6), 1968), so that it
 * takes at most the product of the sizes in steps, whatever the pattern. */
#ifndef ORRERY_PATTERN_H
#define ORRERY_PATTERN_H

#include "commands/learning/folding.h"
#include "commands/learning/mistake.h"

enum {
	PATTERN_TEXT_SIZE_MAX = 500,    /* bytes */
	PATTERN_ANSWER_SIZE_MAX = 2000, /* bytes; a longer answer matches nothing */
	PATTERN_STEPS_MAX = 1024,
};

struct pattern;

/* In the arena. Anything that is no pattern is INVALID and says why. */
enum status pattern_parse(struct text text, struct folding folding, struct arena *arena, const struct pattern **out,
                          struct mistake *mistake) MUST_USE;

/* The arena is for the folded answer. */
bool pattern_matches(const struct pattern *pattern, struct text answer, struct arena *arena);

#endif
