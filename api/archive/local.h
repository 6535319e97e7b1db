/* Ids of one platform in exchange for others: for those of an archive, which say nothing of where it was made, and from
 * those for ids of a new course. */
#ifndef ORRERY_LOCAL_H
#define ORRERY_LOCAL_H

#include "api/archive/wish.h"
#include "eventstore/codec/codec_json.h"

/* What is made gets a number among its kind, in the order of the wishes: the same course has the same ids in every
 * archive. What texts embed and nothing makes gets one too, so that it is still missing where the archive is read. */
void local_names(struct wishes *wishes);

/* Every id becomes one that follows from `import` and from what it was, so that the same archive under the same import
 * makes the same course. An id that no earlier wish makes is a complaint, as often as complaints have room. */
void local_settle(struct wishes *wishes, struct id import, struct complaints *complaints);

/* What became of an id. */
struct id local_settled(struct id import, struct id local);

/* Where something is wrong in course.jsonl, as the pointer of a complaint: "/course.jsonl/LINE" and what is below. */
struct text local_pointer(const struct wish *wish, struct text below, struct arena *arena);

#endif
