/* What two persons made of one text, brought together line by line (three-way merge, after Khanna, Kunal and Pierce,
 * "A Formal Investigation of Diff3", FSTTCS 2007): ours is what stands by now, theirs what somebody else wants who
 * began from the same base. Where both changed the same lines, or lines that touch, in different ways, is a conflict.
 */
#ifndef ORRERY_LINE_MERGE_H
#define ORRERY_LINE_MERGE_H

#include "eventstore/base/arena.h"
#include "eventstore/base/buffer.h"
#include "eventstore/base/status.h"

enum { LINE_MERGE_CONFLICTS_MAX = 64 };

/* Lines of one side, with their line ends. */
struct line_range {
	uint32_t    line; /* where they begin, from 1 */
	uint32_t    count;
	struct text text; /* in the arena, or a view of what was given */
};

struct line_conflict {
	struct line_range base, ours, theirs;
};

struct line_merge {
	struct text          merged;   /* in the arena; with our lines where there are conflicts */
	uint32_t             count;    /* of conflicts; those beyond the maximum are not kept */
	bool                 has_more; /* there are */
	struct line_conflict conflicts[LINE_MERGE_CONFLICTS_MAX];
};

/* A last line is the same with and without its line end; whether the text ends with one is merged apart. TOO_LARGE as
 * line_diff. */
enum status line_merge(struct text base, struct text ours, struct text theirs, struct arena *arena,
                       struct line_merge *out) MUST_USE;

/* ,"line_conflicts":[{"base":{"line":…,"count":…,"text":…},"ours":…,"theirs":…},…]: as a problem tells it. */
void line_merge_append_conflicts(const struct line_merge *merge, struct buffer *out);

#endif
