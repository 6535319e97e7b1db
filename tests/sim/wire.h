/* What is between people and the writer: two queues, which lose, double and mix up what is in them when the weather of
 * the course is such. */
#ifndef ORRERY_TESTS_SIM_WIRE_H
#define ORRERY_TESTS_SIM_WIRE_H

#include "tests/sim/people.h"

/* Draws what this course's wire does. */
void wire_start(void);

/* From now on it loses, doubles and mixes up nothing. */
void wire_calm(void);

void wire_send(const struct wish *wish);
/* The next message for the writer; false when there is none. */
bool wire_receive(struct wish *wish);

void wire_answer(const struct wish *wish, const struct outcome *outcome);
bool wire_receive_answer(struct wish *wish, struct outcome *outcome);

/* How many messages and answers are on their way. */
uint32_t wire_load(void);

#endif
