/* After an erasure: nothing that named the person in clear is left in PostgreSQL's files. */
#ifndef ORRERY_PURGE_H
#define ORRERY_PURGE_H

#include "projections/fold.h"
#include "projections/pg_session.h"

/* How long readers of a table may keep the purge from it before it gives up with TIMED_OUT. */
enum { PURGE_LOCK_MS = 5000 };

/* The session's statements begin with checkpoint.h's, its search path is the projection's schema, and the erasing event
 * at `position` is committed. Writes the tables that hold personal texts in clear anew, drops the copies beside that
 * still show somebody erased by `position`, and makes the write-ahead log that remembers them go (the cluster runs
 * with wal_recycle = off and without archiving). Where the role may not do the latter, it says so in the diagnostics
 * and goes on. May be repeated. */
enum status purge_run(struct pg_session *session, const struct projection *projection, uint64_t position) MUST_USE;

/* The same for a copy beside that the session's search path names, and for nothing else. */
enum status purge_copy(struct pg_session *session, const struct projection *projection) MUST_USE;

#endif
