/* What the log tells of a person, for the person: the events of their account, those of their history, which is a
 * stream of its own (commands/learning/learner_id.h), so that what they learn does not change their account's version,
 * and those of the simulations that they keep. */
#ifndef ORRERY_EXPORTED_H
#define ORRERY_EXPORTED_H

#include "eventstore/log/reader.h"

struct exported_range {
	struct id person;
	uint64_t  after; /* position; 0: from the first on */
};

enum { EXPORTED_EVENTS_MAX = 10000, EXPORTED_BYTES_MAX = 16 << 20 };

/* Appends the first EXPORTED_EVENTS_MAX of them, or so many that EXPORTED_BYTES_MAX are passed, behind the position
 * `after`, in order, as JSON objects with commas between: position, time, event and fields without secrets. Texts that
 * name the person are opened; what names others in the same events is null. `has_more`: there are events behind the
 * last one. */
enum status exported_append(struct reader *reader, struct exported_range range, const struct opener *opener,
                            struct buffer *out, bool *has_more) MUST_USE;

#endif
