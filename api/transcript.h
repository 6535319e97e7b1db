/* A transcript: what a learner completed, was graded and awarded, as text that proves itself. Behind the head each
 * event stands as `orrery audit prove` writes it, behind a line that says which it is; so whoever has the log's public
 * key checks all of it offline (`orrery audit check`). What names a person is sealed in the records and stays so: the
 * learner stands there by id. That nothing is missing cannot be proved; the head says how many there were.
 *
 *   orrery transcript v1
 *   learner 019…
 *   events 2 of 2
 *   -- item_completed 17
 *   c2sp.org/tlog-proof@v1
 *   …
 */
#ifndef ORRERY_TRANSCRIPT_H
#define ORRERY_TRANSCRIPT_H

#define TRANSCRIPT_TITLE "orrery transcript v1\n"
#define TRANSCRIPT_LEARNER "learner "
#define TRANSCRIPT_EVENTS "events "
#define TRANSCRIPT_EVENT "-- "

/* The latest of them; of a few thousand bytes each. */
enum { TRANSCRIPT_EVENTS_MAX = 1000, TRANSCRIPT_SIZE_MAX = 1 << 24 };

#endif
