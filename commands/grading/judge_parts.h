/* How keys and answers are read: for whoever judges an answer and for whoever says something to it, so that both see
 * the same in it. */
#ifndef ORRERY_JUDGE_PARTS_H
#define ORRERY_JUDGE_PARTS_H

#include "commands/learning/pattern.h"
#include "schema/events.h"

/* False: it cannot be read. */
bool judge_read_pattern(const struct key_pattern *pattern, struct arena *arena, const struct pattern **out);

/* Answers with blanks have a line for each. Cuts the first one off; behind the last, lines are empty. */
struct text judge_take_line(struct text *rest);

#endif
