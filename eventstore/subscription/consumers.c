#include "eventstore/subscription/consumers.h"

#include "eventstore/base/require.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

struct consumer {
	struct consumers *consumers;
	uint32_t          number;
	pthread_t         thread;
};

struct consumers {
	consumer_share  share;
	void           *owner;
	pthread_mutex_t lock;
	pthread_cond_t  begun, ended;
	uint64_t        round;   /* counts the runs */
	uint32_t        working; /* threads that have not ended this round */
	bool            stopping;
	uint32_t        count;
	struct consumer each[];
};

/* Waits for a round after `round`; false: there will be none. */
static bool await_round(struct consumers *consumers, uint64_t round)
{
	bool more;

	pthread_mutex_lock(&consumers->lock);
	while (consumers->round == round && !consumers->stopping)
		pthread_cond_wait(&consumers->begun, &consumers->lock);
	more = !consumers->stopping;
	pthread_mutex_unlock(&consumers->lock);
	return more;
}

static void *consume(void *owner)
{
	struct consumer  *consumer = owner;
	struct consumers *consumers = consumer->consumers;

	for (uint64_t round = 0; await_round(consumers, round); round++) {
		consumers->share(consumers->owner, consumer->number, consumers->count);
		pthread_mutex_lock(&consumers->lock);
		if (--consumers->working == 0)
			pthread_cond_signal(&consumers->ended);
		pthread_mutex_unlock(&consumers->lock);
	}
	return NULL;
}

struct consumers *consumers_create(uint32_t count, consumer_share share, void *owner)
{
	struct consumers *consumers = calloc(1, sizeof(*consumers) + count * sizeof(consumers->each[0]));

	require(consumers != NULL && count > 0);
	consumers->share = share;
	consumers->owner = owner;
	consumers->count = count;
	pthread_mutex_init(&consumers->lock, NULL);
	pthread_cond_init(&consumers->begun, NULL);
	pthread_cond_init(&consumers->ended, NULL);
	for (uint32_t i = 0; i < count; i++) {
		consumers->each[i] = (struct consumer){.consumers = consumers, .number = i};
		require(pthread_create(&consumers->each[i].thread, NULL, consume, &consumers->each[i]) == 0);
	}
	return consumers;
}

void consumers_destroy(struct consumers *consumers)
{
	if (!consumers)
		return;
	pthread_mutex_lock(&consumers->lock);
	consumers->stopping = true;
	pthread_cond_broadcast(&consumers->begun);
	pthread_mutex_unlock(&consumers->lock);
	for (uint32_t i = 0; i < consumers->count; i++)
		pthread_join(consumers->each[i].thread, NULL);
	pthread_cond_destroy(&consumers->begun);
	pthread_cond_destroy(&consumers->ended);
	pthread_mutex_destroy(&consumers->lock);
	free(consumers);
}

void consumers_run(struct consumers *consumers)
{
	pthread_mutex_lock(&consumers->lock);
	consumers->round++;
	consumers->working = consumers->count;
	pthread_cond_broadcast(&consumers->begun);
	while (consumers->working > 0)
		pthread_cond_wait(&consumers->ended, &consumers->lock);
	pthread_mutex_unlock(&consumers->lock);
}

/* FNV-1a, and its bits mixed once more, since ids may differ in their last byte alone. */
uint32_t consumer_of(struct id key, uint32_t count)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < sizeof(key.bytes); i++)
		hash = (hash ^ key.bytes[i]) * UINT64_C(0x100000001b3);
	hash = (hash ^ (hash >> 32)) * UINT64_C(0x9e3779b97f4a7c15);
	return (uint32_t)((hash >> 32) % count);
}
