/* The subscriber of a course: the real runner of subscriptions, with a handler that fails, falls and does something to
 * the world outside, and an operator who retries and discards what it parked. */
#ifndef ORRERY_TESTS_SIM_SUBSCRIBER_H
#define ORRERY_TESTS_SIM_SUBSCRIBER_H

#include "eventstore/log/reader.h"

/* `data` is the data folder. Draws how the handler behaves. */
void subscriber_start(const char *data);
void subscriber_read_from(struct reader *reader);

/* One turn. Each delivery must come after all that came before it in its stream, and what it does to the world outside
 * it does once. */
void subscriber_turn(void);

/* The process ends and is started again. */
void subscriber_die(void);

/* Retries or discards something that is parked. */
void subscriber_operate(void);

/* From now on nothing fails. */
void subscriber_calm(void);

/* Nothing is left to deliver, or waits for anything: then every event that it wants must have been delivered. Lets time
 * pass to what is due next. */
bool subscriber_rests(void);

#endif
