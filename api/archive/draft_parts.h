/* What draft.c notes of a course and draft_tell.c makes wishes of: the positions of events. 0: there is none. */
#ifndef ORRERY_DRAFT_PARTS_H
#define ORRERY_DRAFT_PARTS_H

#include "api/archive/wish.h"
#include "eventstore/base/map.h"
#include "eventstore/log/reader.h"
#include "schema/events.h"

enum { DRAFT_VERSIONS_MAX = 64 };

struct draft_version {
	uint64_t written, key, rubric;
};

struct draft_question {
	struct id            id;
	uint32_t             versions;
	uint64_t             wanted; /* a bit for each version that is told, from version 1 on */
	bool                 retired, shown;
	enum question_use    use; /* 0: nobody said */
	struct draft_version at[DRAFT_VERSIONS_MAX];
};

struct draft_item {
	struct id      id;
	enum item_kind kind;
	bool           discarded;
	uint64_t       written, policy;
	const void    *event; /* the one at `written`, once it was read */
};

struct draft_achievement {
	struct id id;
	uint64_t  first, latest;
	bool      retired;
};

struct draft_notes {
	struct reader *reader;
	struct id      course;
	uint64_t       until;
	struct wishes *wishes;
	struct arena   scratch; /* of one event */
	enum status    status;

	bool                      exists;
	struct text               title, language, summary, image;
	enum course_level         level;
	struct list_of_course_tag tags;
	uint64_t                  objectives, outline, gradebook, admission;

	struct draft_question    *questions; /* in the order in which they were begun, as are the others */
	struct draft_item        *items;
	struct draft_achievement *achievements;
	uint32_t                  question_count, item_count, achievement_count;
	struct map                by_id; /* of questions: their places, from 1 */
};

/* NULL when the course has no such question. */
struct draft_question *draft_question(struct draft_notes *draft, struct id id);

bool draft_has_item(struct draft_notes *draft, struct id id);

/* Fills in the wishes. */
enum status draft_tell(struct draft_notes *draft) MUST_USE;

#endif
