#include "api/workers.h"

#include "eventstore/base/require.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

enum { THREADS_BY_DEFAULT_MAX = 2 };

struct workers {
	pthread_mutex_t lock; /* guards everything below */
	pthread_cond_t  wake;
	struct work    *first;
	struct work   **last;
	uint32_t        waiting;
	bool            stopping;
	uint32_t        thread_count;
	pthread_t       threads[WORKERS_THREADS_MAX];
};

/* Waits for the next job; NULL when the pool stops. Called with the lock held. */
static struct work *take_next(struct workers *workers)
{
	struct work *work;

	while (!workers->first && !workers->stopping)
		pthread_cond_wait(&workers->wake, &workers->lock);
	if (workers->stopping)
		return NULL;
	work = workers->first;
	workers->first = work->next;
	if (!workers->first)
		workers->last = &workers->first;
	workers->waiting--;
	return work;
}

static void *work_on(void *argument)
{
	struct workers *workers = argument;
	struct work    *work;

	pthread_mutex_lock(&workers->lock);
	while ((work = take_next(workers)) != NULL) {
		pthread_mutex_unlock(&workers->lock);
		work->run(work);
		work->deliver(work->loop, work);
		pthread_mutex_lock(&workers->lock);
	}
	pthread_mutex_unlock(&workers->lock);
	return NULL;
}

static uint32_t default_threads(void)
{
	long spare = sysconf(_SC_NPROCESSORS_ONLN) - 1;

	return spare < 1 ? 1 : spare > THREADS_BY_DEFAULT_MAX ? THREADS_BY_DEFAULT_MAX : (uint32_t)spare;
}

/* Signals are the loops' business, so the workers block them all. */
static enum status start_threads(struct workers *workers, uint32_t threads)
{
	sigset_t    all, before;
	enum status status = STATUS_OK;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	while (workers->thread_count < threads && status == STATUS_OK) {
		if (pthread_create(&workers->threads[workers->thread_count], NULL, work_on, workers) == 0)
			workers->thread_count++;
		else
			status = STATUS_IO;
	}
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return status;
}

enum status workers_create(uint32_t threads, struct workers **out)
{
	struct workers *workers = calloc(1, sizeof(*workers));
	enum status     status;

	require(workers != NULL && threads <= WORKERS_THREADS_MAX);
	pthread_mutex_init(&workers->lock, NULL);
	pthread_cond_init(&workers->wake, NULL);
	workers->last = &workers->first;
	status = start_threads(workers, threads ? threads : default_threads());
	if (status != STATUS_OK) {
		workers_destroy(workers);
		return status;
	}
	*out = workers;
	return STATUS_OK;
}

enum status workers_submit(struct workers *workers, struct work *work, void *loop, work_deliver *deliver)
{
	enum status status = STATUS_BUSY;

	require(work->run && work->done && deliver);
	pthread_mutex_lock(&workers->lock);
	if (!workers->stopping && workers->waiting < WORKERS_QUEUE_MAX) {
		work->abandoned = false;
		work->loop = loop;
		work->deliver = deliver;
		work->next = NULL;
		*workers->last = work;
		workers->last = &work->next;
		workers->waiting++;
		pthread_cond_signal(&workers->wake);
		status = STATUS_OK;
	}
	pthread_mutex_unlock(&workers->lock);
	return status;
}

uint32_t workers_waiting(struct workers *workers)
{
	uint32_t waiting;

	pthread_mutex_lock(&workers->lock);
	waiting = workers->waiting;
	pthread_mutex_unlock(&workers->lock);
	return waiting;
}

/* Takes the queue away under the lock and calls out without it. */
static void abandon_waiting(struct workers *workers)
{
	struct work *work;

	pthread_mutex_lock(&workers->lock);
	workers->stopping = true;
	work = workers->first;
	workers->first = NULL;
	workers->last = &workers->first;
	workers->waiting = 0;
	pthread_cond_broadcast(&workers->wake);
	pthread_mutex_unlock(&workers->lock);
	while (work) {
		struct work *next = work->next;

		work->abandoned = true;
		work->deliver(work->loop, work);
		work = next;
	}
}

void workers_destroy(struct workers *workers)
{
	if (!workers)
		return;
	abandon_waiting(workers);
	for (uint32_t i = 0; i < workers->thread_count; i++)
		pthread_join(workers->threads[i], NULL);
	pthread_cond_destroy(&workers->wake);
	pthread_mutex_destroy(&workers->lock);
	free(workers);
}
