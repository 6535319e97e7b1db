#include "eventstore/base/ticker.h"

#include "eventstore/base/require.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

struct ticker {
	uint32_t pause_ms;
	bool     eager;
	void (*tick)(void *owner);
	void           *owner;
	pthread_t       thread;
	pthread_mutex_t lock;
	pthread_cond_t  wake;
	bool            stopping; /* under the lock */
};

static struct timespec after_ms(uint32_t ms)
{
	struct timespec at;

	clock_gettime(CLOCK_MONOTONIC, &at);
	at.tv_nsec += (long)(ms % 1000) * 1000000;
	at.tv_sec += ms / 1000 + at.tv_nsec / 1000000000;
	at.tv_nsec %= 1000000000;
	return at;
}

/* False when it is time to stop. */
static bool wait_for_next(struct ticker *ticker)
{
	struct timespec until = after_ms(ticker->pause_ms);
	bool            stopping;

	pthread_mutex_lock(&ticker->lock);
	while (!ticker->stopping && pthread_cond_timedwait(&ticker->wake, &ticker->lock, &until) == 0)
		continue;
	stopping = ticker->stopping;
	pthread_mutex_unlock(&ticker->lock);
	return !stopping;
}

static void *run(void *owner)
{
	struct ticker *ticker = owner;

	if (ticker->eager)
		ticker->tick(ticker->owner);
	while (wait_for_next(ticker))
		ticker->tick(ticker->owner);
	return NULL;
}

struct ticker *ticker_start(uint32_t pause_ms, bool eager, void (*tick)(void *owner), void *owner)
{
	struct ticker     *ticker = calloc(1, sizeof(*ticker));
	pthread_condattr_t attributes;

	require(ticker != NULL && pthread_condattr_init(&attributes) == 0);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	*ticker = (struct ticker){.pause_ms = pause_ms, .eager = eager, .tick = tick, .owner = owner};
	require(pthread_mutex_init(&ticker->lock, NULL) == 0 && pthread_cond_init(&ticker->wake, &attributes) == 0);
	pthread_condattr_destroy(&attributes);
	require(pthread_create(&ticker->thread, NULL, run, ticker) == 0);
	return ticker;
}

void ticker_stop(struct ticker *ticker)
{
	if (!ticker)
		return;
	pthread_mutex_lock(&ticker->lock);
	ticker->stopping = true;
	pthread_cond_signal(&ticker->wake);
	pthread_mutex_unlock(&ticker->lock);
	pthread_join(ticker->thread, NULL);
	pthread_cond_destroy(&ticker->wake);
	pthread_mutex_destroy(&ticker->lock);
	free(ticker);
}
