/* A Markdown text before it is kept: it can be read, and shows nothing that is not there. On a worker thread. */
#ifndef ORRERY_TEXT_CHECK_H
#define ORRERY_TEXT_CHECK_H

#include "eventstore/base/arena.h"
#include "eventstore/base/status.h"

/* `data` is the data folder. Media are looked for where they lie, so that one that was brought a moment ago is there.
 * INVALID: the author's mistake, said in a sentence in the arena. */
enum status text_check(struct text body, const char *data, struct arena *arena, struct text *mistake) MUST_USE;

#endif
