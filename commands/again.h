/* A journaled command decided again, by the deciders of this build, against the log as it stood then. */
#ifndef ORRERY_AGAIN_H
#define ORRERY_AGAIN_H

#include "commands/history.h"
#include "commands/outcome.h"

/* The history stands at the entry's head. The outcome, which may be OUTCOME_UNKNOWN with a sentence that says why, has
 * its texts and events in the arena, in the entry and in the history, until history_settle. `recorded` is what came of
 * it then: where hashes are withheld, only the same again is believed. A failure is one of reading. */
enum status decide_again(const struct journal_entry *entry, struct history *history, const struct opener *opener,
                         const struct outcome *recorded, struct arena *arena, struct outcome *out) MUST_USE;

#endif
