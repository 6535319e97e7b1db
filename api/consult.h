/* Read models by their names, for routes that ask several: each step waits until one of them shows what the client
 * asked for by X-Min-Position, and exchange_check_position stands behind it. */
#ifndef ORRERY_CONSULT_H
#define ORRERY_CONSULT_H

#include "api/exchange.h"

exchange_step consult_assessment, consult_attempt, consult_course, consult_enrolment, consult_mastery, consult_practice,
	consult_question;

/* How far the one of them is that is furthest behind; so much has been seen by all. */
uint64_t consult_position(const struct exchange *exchange, const char *const *names, uint32_t count);

#endif
