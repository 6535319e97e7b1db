/* The log as it stood at a position that only moves forward: the past that a replay decides against. Events are those
 * that were recorded. States come from the index's streams, up to the position, and then follow it; who holds which
 * claim is known from all records before it. Reads only. */
#ifndef ORRERY_HISTORY_H
#define ORRERY_HISTORY_H

#include "commands/verdict.h"
#include "eventstore/log/reader.h"
#include "eventstore/vault/keys.h"
#include "eventstore/writer/journal_entry.h"

struct history;

/* Stands before the first event. Neither is owned; both must outlive it. */
struct history *history_create(struct reader *reader, struct keys *keys);
void            history_destroy(struct history *history);

/* Goes to a position at or behind where it stands; each record that it passes is visited, unless the visit is NULL. */
enum status history_move(struct history *history, uint64_t position, reader_visit visit, void *owner) MUST_USE;

/* The past for the entry's verdict, at its head; both are valid until history_settle. A claim's value that cannot be
 * read (unreadable.h) is known by the hash that the entry has of it, if it has one. */
const struct past *history_past(struct history *history, const struct journal_entry *entry,
                                const struct command_handler *handler);

/* After history_past, a noun whose state as loaded rests on a text that an erased person's key once opened;
 * NULL when there is none. What was decided then cannot be known from it. */
const char *history_lacks(const struct history *history);

/* Between verdicts: states that were loaded may go. */
void history_settle(struct history *history);

#endif
