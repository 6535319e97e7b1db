/* Commands decided one behind the other in memory, by the deciders that the writer has: each against what came of those
 * before it, and nothing is kept. So whoever is about to send many commands that belong together knows what the writer
 * would refuse, before the first one goes there. Everything that they name must come into being by them; of all that is
 * in the log, only the account of whoever calls is looked at. They take no claims. */
#ifndef ORRERY_REHEARSAL_H
#define ORRERY_REHEARSAL_H

#include "eventstore/base/catalog.h"
#include "eventstore/log/reader.h"
#include "schema/refusals.h"

struct rehearsal;

struct rehearsal_rules {
	struct reader       *reader; /* must outlive the rehearsal */
	const struct opener *opener; /* of the account's texts; NULL: they stay sealed */
	struct id            actor;
	int64_t              time_us; /* when the writer is taken to decide */
};

struct rehearsal *rehearsal_create(const struct rehearsal_rules *rules);
void              rehearsal_destroy(struct rehearsal *rehearsal); /* NULL is borne */

struct rehearsed_event {
	const struct event_type *type;
	const void              *event; /* its texts are views of the command */
};

/* What would come of a command: a refusal, or these events. */
struct rehearsed {
	enum refusal            refusal;
	struct rehearsed_event *events; /* in the arena */
	uint32_t                event_count;
};

/* `input` is a struct of the command's shape; who calls, and what follows from other fields, is filled in. */
enum status rehearsal_try(struct rehearsal *rehearsal, const struct command_type *command, void *input,
                          struct arena *arena, struct rehearsed *out) MUST_USE;

#endif
