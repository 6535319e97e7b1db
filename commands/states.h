/* What deciders remember: the folded states of streams, kept warm between commands. */
#ifndef ORRERY_STATES_H
#define ORRERY_STATES_H

#include "commands/decision.h"
#include "eventstore/log/reader.h"

struct states;

/* Most states are some hundred bytes, but one that keeps a long list may have tens of thousands. */
enum { STATES_MAX = 1 << 16, STATES_BYTES_MAX = 256 << 20 };

/* Where histories come from: the writer's store, or for a replay the log as it stood once. */
struct states_source {
	void *owner;
	/* All events of the stream so far, in order. */
	enum status (*each)(void *owner, struct id stream, reader_visit visit, void *visitor);
	const struct opener *opener;    /* of their personal texts */
	size_t               bytes_max; /* of the states that are kept warm; 0: STATES_BYTES_MAX */
};

/* The source is copied. */
struct states *states_create(const struct states_source *source);
void           states_destroy(struct states *states);

/* The state of stream `id` seen as noun `noun` (index into noun_types): folded from the log the first time, a zeroed
 * one for a stream without events, and without a look at the log for an absent id. Valid until states_trim. */
enum status states_load(struct states *states, uint16_t noun, struct id id, const void **state) MUST_USE;

/* An event was appended: every state at hand that it concerns takes it in. */
void states_apply(struct states *states, const struct record *record, const void *event);

/* The same for an event that is not decoded yet: it is only when a state at hand may want it. */
enum status states_take(struct states *states, const struct record *record) MUST_USE;

/* Between commands: lets go of the coldest when there are more than STATES_MAX, or more bytes of them than may be. */
void states_trim(struct states *states);

#endif
