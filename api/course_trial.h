/* Whether a course could be made of its wishes: they are rehearsed (commands/rehearsal.h), and looked at as the routes
 * of their commands look at what authors write. Nothing is kept. */
#ifndef ORRERY_COURSE_TRIAL_H
#define ORRERY_COURSE_TRIAL_H

#include "api/archive/wish.h"
#include "commands/rehearsal.h"
#include "eventstore/codec/codec_json.h"

struct course_trial {
	struct rehearsal_rules rules;
	/* May a text show this file? */
	void *owner;
	bool (*has_medium)(void *owner, const struct hash *hash);
};

/* Pointers of complaints lead into course.jsonl; there are as many as complaints hold, and then it ends. `events` gets
 * the names of what would happen, each in quotes and parted by commas. */
enum status course_trial(const struct course_trial *trial, const struct wishes *wishes, struct complaints *complaints,
                         struct buffer *events) MUST_USE;

#endif
