/* What changed between two texts, line by line: the fewest lines removed and added (Myers, "An O(ND) Difference
 * Algorithm and Its Variations", Algorithmica 1, 1986). Texts that differ in more than LINE_DIFF_EDITS_MAX lines are
 * not searched: between what they begin and end with in common everything counts as replaced. */
#ifndef ORRERY_LINE_DIFF_H
#define ORRERY_LINE_DIFF_H

#include "eventstore/base/arena.h"
#include "eventstore/base/status.h"

enum {
	LINE_DIFF_TEXT_SIZE_MAX = 1 << 20, /* bytes of each text */
	LINE_DIFF_EDITS_MAX = 500,         /* lines removed and added; memory grows with its square: one megabyte */
};

enum line_diff_kind { LINE_KEPT, LINE_REMOVED, LINE_ADDED };

struct line_diff_hunk {
	enum line_diff_kind kind;
	uint32_t            before; /* the line it begins at, or would, in the text before, from 1 */
	uint32_t            after;  /* the same in the text after */
	uint32_t            count;  /* of lines */
	struct text         lines;  /* with their line ends; a view of the text it stands in */
};

struct line_diff {
	const struct line_diff_hunk
		*hunks; /* in the arena; what was removed comes before what was added in its place */
	uint32_t count;
	uint32_t removed; /* lines */
	uint32_t added;
	bool     searched; /* false: more differs than is searched for */
};

/* Lines end with a line feed; a last line without one differs from the same with one. TOO_LARGE above the limit. */
enum status line_diff(struct text before, struct text after, struct arena *arena, struct line_diff *out) MUST_USE;

#endif
