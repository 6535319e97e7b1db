/* The thread that makes batches durable while the loop goes on reading. One batch at a time. */
#ifndef ORRERY_COMMITTER_H
#define ORRERY_COMMITTER_H

#include "eventstore/writer/store.h"

struct committer;

/* `on_done` is called on the committer's thread after each batch. */
struct committer *committer_create(struct store *store, void (*on_done)(void *owner), void *owner);
/* Waits for the batch under way. */
void committer_destroy(struct committer *committer);

/* Hands over a closed batch; must not be called while another one is under way. */
void committer_submit(struct committer *committer, struct batch *batch);

/* After on_done: how it ended. The committer is idle again. */
enum status committer_take(struct committer *committer) MUST_USE;

#endif
