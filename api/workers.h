/* A few threads for work that would hold up an event loop: password hashing, signature checks.
 * The queue is bounded; what does not fit is refused at once, so that overload is an honest 503 and not a growing wait.
 * A job is embedded in its owner's heap object. From submit until `deliver` is called the object belongs to the pool.
 */
#ifndef ORRERY_WORKERS_H
#define ORRERY_WORKERS_H

#include "eventstore/base/bytes.h"
#include "eventstore/base/status.h"

enum { WORKERS_QUEUE_MAX = 64, WORKERS_THREADS_MAX = 16 };

struct workers;
struct work;

/* Called on a worker thread when the job is over: hands it back to `loop`, which calls work->done on its own thread.
 * Must not block. */
typedef void work_deliver(void *loop, struct work *work);

struct work {
	/* Set by the owner before submit. */
	void (*run)(struct work *work);  /* on a worker thread; touches nothing but its own object */
	void (*done)(struct work *work); /* for the loop to call; the pool never does */
	/* Set by the pool. */
	bool          abandoned; /* the pool stopped before the job began: run was not called */
	void         *loop;
	work_deliver *deliver;
	struct work  *next;
};

/* `threads` from 1 to WORKERS_THREADS_MAX; 0 means min(2, processors - 1), at least 1. IO: no thread could be made. */
enum status workers_create(uint32_t threads, struct workers **out) MUST_USE;

/* Takes the job, from any thread. BUSY: WORKERS_QUEUE_MAX jobs wait, or the pool stops; the object is still the
 * caller's. */
enum status workers_submit(struct workers *workers, struct work *work, void *loop, work_deliver *deliver) MUST_USE;

/* Jobs that wait, not counting those that run; for metrics. */
uint32_t workers_waiting(struct workers *workers);

/* Lets running jobs end, delivers those that wait as abandoned, joins the threads and frees the pool. Every loop must
 * still take deliveries until this returns. NULL is fine. */
void workers_destroy(struct workers *workers);

#endif
