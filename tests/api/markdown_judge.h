/* Judges a page without knowing how it was made: are all tags and attributes allowed ones, do tags close one another,
 * do addresses lead where they may? */
#ifndef ORRERY_MARKDOWN_JUDGE_H
#define ORRERY_MARKDOWN_JUDGE_H

#include "eventstore/base/bytes.h"

/* NULL when the page is as it must be, else what is wrong; *at is where. */
const char *markdown_judge(struct text html, size_t *at);

#endif
