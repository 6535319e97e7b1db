/* What is wrong with a question or a key beyond its shape, told to its author before the wish is sent: texts that
 * cannot be shown, numbers that cannot be drawn, keys that speak of choices that are not there. Complaints point into
 * the body of write_question, revise_question and set_key, whose fields are the events'. */
#ifndef ORRERY_QUESTION_FORM_H
#define ORRERY_QUESTION_FORM_H

#include "eventstore/codec/codec_json.h"
#include "schema/events.h"

enum {
	QUESTION_BLANKS_MAX = 16,
	QUESTION_DRAWS_TRIED = 16, /* seeds under which numbers must be found */
};

/* How many blanks a prompt has: [[1]], [[2]] … up to the first that is missing. */
uint32_t question_blanks(struct text prompt);

void question_form_check(const struct question_written *question, struct arena *arena, struct complaints *out);

/* `question` is the version that the key belongs to. */
void question_form_check_key(const struct key_set *key, const struct question_written *question, struct arena *arena,
                             struct complaints *out);

#endif
