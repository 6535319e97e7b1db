#include "eventstore/writer/committer.h"

#include "eventstore/base/require.h"

#include <pthread.h>
#include <stdlib.h>

enum phase { IDLE, WAITING, DONE, STOPPING };

struct committer {
	struct store *store;
	void (*on_done)(void *owner);
	void           *owner;
	pthread_t       thread;
	pthread_mutex_t lock;
	pthread_cond_t  moved;
	enum phase      phase;
	struct batch   *batch;
	enum status     result;
};

/* The next batch, or NULL when it is time to stop. */
static struct batch *await_batch(struct committer *committer)
{
	struct batch *batch;

	pthread_mutex_lock(&committer->lock);
	while (committer->phase != WAITING && committer->phase != STOPPING)
		pthread_cond_wait(&committer->moved, &committer->lock);
	batch = committer->phase == WAITING ? committer->batch : NULL;
	pthread_mutex_unlock(&committer->lock);
	return batch;
}

static void *run(void *owner)
{
	struct committer *committer = owner;
	struct batch     *batch;

	while ((batch = await_batch(committer))) {
		enum status result = store_commit(committer->store, batch);

		pthread_mutex_lock(&committer->lock);
		committer->result = result;
		committer->phase = DONE;
		pthread_cond_signal(&committer->moved);
		pthread_mutex_unlock(&committer->lock);
		committer->on_done(committer->owner);
	}
	return NULL;
}

struct committer *committer_create(struct store *store, void (*on_done)(void *owner), void *owner)
{
	struct committer *committer = calloc(1, sizeof(*committer));

	require(committer != NULL);
	committer->store = store;
	committer->on_done = on_done;
	committer->owner = owner;
	pthread_mutex_init(&committer->lock, NULL);
	pthread_cond_init(&committer->moved, NULL);
	require(pthread_create(&committer->thread, NULL, run, committer) == 0);
	return committer;
}

void committer_destroy(struct committer *committer)
{
	if (!committer)
		return;
	pthread_mutex_lock(&committer->lock);
	while (committer->phase == WAITING)
		pthread_cond_wait(&committer->moved, &committer->lock);
	committer->phase = STOPPING;
	pthread_cond_signal(&committer->moved);
	pthread_mutex_unlock(&committer->lock);
	pthread_join(committer->thread, NULL);
	pthread_cond_destroy(&committer->moved);
	pthread_mutex_destroy(&committer->lock);
	free(committer);
}

void committer_submit(struct committer *committer, struct batch *batch)
{
	pthread_mutex_lock(&committer->lock);
	require(committer->phase == IDLE);
	committer->batch = batch;
	committer->phase = WAITING;
	pthread_cond_signal(&committer->moved);
	pthread_mutex_unlock(&committer->lock);
}

enum status committer_take(struct committer *committer)
{
	enum status result;

	pthread_mutex_lock(&committer->lock);
	require(committer->phase == DONE);
	result = committer->result;
	committer->phase = IDLE;
	pthread_mutex_unlock(&committer->lock);
	return result;
}
