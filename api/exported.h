/* What the log tells of a person, for the person: the events of their account and those of their history, which is a
 * stream of its own (commands/learning/learner_id.h), so that what they learn does not change their account's version.
 */
#ifndef ORRERY_EXPORTED_H
#define ORRERY_EXPORTED_H

#include "eventstore/log/reader.h"

enum { EXPORTED_EVENTS_MAX = 100000 };

/* Appends the first EXPORTED_EVENTS_MAX of them in order, as JSON objects with commas between: position, time, event
 * and fields without secrets. Texts that name the person are opened; what names others in the same events is null. */
enum status exported_append(struct reader *reader, struct id person, const struct opener *opener,
                            struct buffer *out) MUST_USE;

#endif
