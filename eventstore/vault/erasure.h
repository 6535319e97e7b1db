/* Whom the log says to be erased: the events whose shape has a field that is marked `erases`. */
#ifndef ORRERY_ERASURE_H
#define ORRERY_ERASURE_H

#include "eventstore/base/map.h"
#include "eventstore/log/index.h"
#include "eventstore/log/log.h"
#include "eventstore/vault/keys.h"

/* The field that names who is erased; NULL: events of this type erase nobody. */
const struct field *erasure_field(const struct event_type *type);

/* NOT_FOUND: the event erases nobody. The other statuses are record_event's. */
enum status erasure_person(const struct record *record, struct id *person) MUST_USE;

/* Adds everybody whom the log erases up to its head (person -> 1). Reads all of it, in short snapshots. */
enum status erasure_gather(struct log *log, struct map *persons) MUST_USE;

/* A crash may have come between an erasure and the end of the person's key: destroys the keys of all whom the log
 * erases up to `head`, back to the last that was carried out. FULL: a mark found no room; it is to be called
 * again. */
enum status erasure_finish(struct log *log, struct index *index, struct keys *keys, uint64_t head) MUST_USE;

#endif
