/* An edit of a project brought together with what others saved since, as pure as commands/merging: three revisions in,
 * one document out, or what stands in its way. */
#ifndef ORRERY_PROJECT_MERGE_H
#define ORRERY_PROJECT_MERGE_H

#include "commands/merging/json_merge.h"
#include "commands/merging/line_merge.h"
#include "eventstore/codec/codec_json.h"
#include "schema/events.h"

struct project_edit {
	const struct project_revised *base;  /* that the author saw */
	const struct project_revised *ours;  /* the latest */
	struct text                   body;  /* what the text shall be; absent: as it is */
	struct text                   patch; /* of all else, JSON; absent: none */
};

struct project_merged {
	struct text              body;
	struct project_document *document; /* in the arena */
	struct json_merge        fields;
	struct line_merge        lines;
	struct complaints        complaints; /* with INVALID; pointers into the document, or into /patch */
};

/* What of a revision patches speak of. */
struct project_document project_document_of(const struct project_revised *revision);

/* CONFLICT: `fields` and `lines` have both sides. INVALID: complaints. Texts are views of the edit, or in the arena. */
enum status project_merge(const struct project_edit *edit, struct arena *arena, struct project_merged *out) MUST_USE;

/* Both kinds of conflicts, as members of a problem. In the arena. */
struct text project_merge_conflicts(const struct project_edit *edit, const struct project_merged *merged,
                                    struct arena *arena);

#endif
