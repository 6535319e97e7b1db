/* What was decided, kept for a while, so that it can be decided again: the log holds events, not the commands that led
 * to them, and nothing of those that were refused. An LMDB environment of its own, written about a second behind by the
 * index thread and bounded in bytes: the oldest entries go first. It is a memory aid. Nothing that was promised rests
 * on it; its last second is lost in a crash, it may be deleted while the writer is down, and it never holds an entry
 * whose events, or whose past, are not durable.
 *
 * entry   number, native 8             -> journal_entry.h
 * meta    "store"                      -> binding.h
 *         "written"                    -> the next entry's number 8 | bytes of all entries that are there 8 */
#ifndef ORRERY_JOURNAL_H
#define ORRERY_JOURNAL_H

#include "eventstore/disk/kv.h"
#include "eventstore/log/reader.h"
#include "eventstore/writer/journal_entry.h"

/* Its folder below the data folder. */
#define JOURNAL_FOLDER "journal"

enum { JOURNAL_WAITING_MAX = 64 << 20 }; /* bytes in memory; beyond them decisions are not kept */

struct journal;

/* For the writer; made when it is not there. CONFLICT: it goes with another log, or reaches beyond `head`. */
enum status journal_open(const char *directory, struct log_identity log, uint64_t head, uint64_t bytes_max,
                         struct journal **out) MUST_USE;
/* For readers. NOT_FOUND: there is none. CONFLICT: it goes with another log. */
enum status journal_read(const char *directory, struct log_identity log, struct journal **out) MUST_USE;
void        journal_close(struct journal *journal);

/* Copies the entry, whose number is not looked at and whose body is as it came. On the writer's loop: cheap. NULL is
 * borne. */
void journal_note(struct journal *journal, const struct journal_entry *entry);

/* Writes what was noted and rests on nothing beyond `durable`, and lets go of what is over the limit; on one thread.
 * After a failure nothing more is kept: what is on disk is known to whoever opens it again. */
enum status journal_write(struct journal *journal, const struct sealer *sealer, uint64_t durable) MUST_USE;

/* ---- for readers ---- */

/* Called for each entry in order; its texts are valid inside the visit only. False stops. */
typedef bool (*journal_visit)(void *owner, const struct journal_entry *entry);

/* At most `limit` entries from the number `from` on. CORRUPT: one that is none. */
enum status journal_each(struct journal *journal, uint64_t from, uint32_t limit, journal_visit visit,
                         void *owner) MUST_USE;

#endif
