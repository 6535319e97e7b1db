/* What deciders remember: the folded states of streams, kept warm between commands. */
#ifndef ORRERY_STATES_H
#define ORRERY_STATES_H

#include "commands/decision.h"
#include "eventstore/store.h"

struct states;

enum { STATES_MAX = 1 << 16 };

struct states *states_create(struct store *store);
void           states_destroy(struct states *states);

/* The state of stream `id` seen as noun `noun` (index into noun_types): folded from the log the first time, a zeroed
 * one for a stream without events. Valid until states_trim. */
enum status states_load(struct states *states, uint16_t noun, struct id id, const void **state) MUST_USE;

/* An event was appended: every state at hand that it concerns takes it in. */
void states_apply(struct states *states, const struct record *record, const void *event);

/* Between commands: lets go of the coldest when there are more than STATES_MAX. */
void states_trim(struct states *states);

#endif
