/* What two persons made of one JSON document, brought together field by field: ours is what stands by now, theirs what
 * somebody else wants who began from the same base.
 *
 * Members of objects merge each by itself. So do items of an array, where all three sides have only strings, or only
 * objects with a string `id`, or with a string alone, no two of them equal: each is known by that wherever it stands.
 * Any other array is one value, like a number. Where both sides changed one value in different ways, or one changed
 * what the other removed, is a conflict. */
#ifndef ORRERY_JSON_MERGE_H
#define ORRERY_JSON_MERGE_H

#include "commands/merging/json_patch.h"

enum { JSON_MERGE_CONFLICTS_MAX = 32 };

struct json_conflict {
	struct text             pointer;              /* into the first that has it of base, ours and theirs */
	const struct json_node *base, *ours, *theirs; /* NULL: not there */
};

struct json_merge {
	const struct json_node *merged;   /* with our values where there are conflicts */
	uint32_t                count;    /* of conflicts; those beyond the maximum are not kept */
	bool                    has_more; /* there are */
	struct json_conflict    conflicts[JSON_MERGE_CONFLICTS_MAX];
};

/* TOO_LARGE when what comes of it would be. All in the arena. */
enum status json_merge(const struct json_node *base, const struct json_node *ours, const struct json_node *theirs,
                       struct arena *arena, struct json_merge *out) MUST_USE;

/* An edit that was made of `base` on a document that stands at `ours` by now. The patch is applied to the base, so its
 * tests speak of what its author saw; what they tested must still be so in `ours`, else that is a conflict too. Fails
 * as json_patch_apply. */
enum status json_merge_patch(const struct json_node *base, const struct json_node *ours, const struct json_patch *patch,
                             struct arena *arena, struct json_merge *out, struct json_patch_mistake *mistake) MUST_USE;

/* ,"conflicts":[{"pointer":…,"base":…,"ours":…,"theirs":…},…], what is not there left out: as a problem tells it. */
void json_merge_append_conflicts(const struct json_merge *merge, struct buffer *out);

#endif
