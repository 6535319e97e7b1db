/* A difference between two texts, as views tell it: removed, added, searched, hunks. */
#ifndef ORRERY_LINE_CHANGES_H
#define ORRERY_LINE_CHANGES_H

#include "commands/learning/line_diff.h"
#include "eventstore/base/buffer.h"

/* Appends ,"removed":… and the other members. */
void line_changes_append(struct buffer *out, const struct line_diff *changes);

#endif
