#include "physics/service/queue.h"

#include "eventstore/base/map.h"
#include "eventstore/base/require.h"

#include <stdlib.h>

/* Somebody who has runs, or whose allowance is not whole. */
struct queue_person {
	struct list_link link; /* in queue.persons */
	struct id        id;
	struct list_link lines[QUEUE_BUDGETS];
	uint32_t         waiting, running;
	uint64_t         time;     /* virtual */
	int64_t          spent_us; /* of the allowance; falls by itself */
	int64_t          seen_us;  /* when spent_us was right */
};

struct queue {
	uint64_t         hourly_us;
	struct list_link persons;
	struct map       by_id;
	uint64_t         time; /* virtual: of the last one that was served */
	uint32_t         waiting, running;
};

static const struct {
	uint32_t cpu_ms, share;
} budgets[QUEUE_BUDGETS] = {
#define BUDGET(name, cpu, weight) {cpu, weight},
#include "physics/service/budget.def"
#undef BUDGET
};

static const int64_t hour_us = 3600LL * 1000 * 1000, worth_waiting_us = 1000 * 1000;

uint64_t budget_cpu_us(enum run_budget budget)
{
	require(budget >= RUN_INTERACTIVE && budget <= RUN_BATCH);
	return (uint64_t)budgets[budget - 1].cpu_ms * 1000;
}

struct queue *queue_create(uint64_t hourly_us)
{
	struct queue *queue = calloc(1, sizeof(*queue));

	require(queue != NULL);
	queue->hourly_us = hourly_us;
	queue->by_id.key_size = sizeof(struct id);
	list_init(&queue->persons);
	return queue;
}

static void forget(struct queue *queue, struct queue_person *person)
{
	list_remove(&person->link);
	map_remove(&queue->by_id, &person->id);
	free(person);
}

void queue_destroy(struct queue *queue)
{
	struct queue_person *person, *next;

	if (!queue)
		return;
	require(queue->waiting == 0 && queue->running == 0);
	list_each_safe (person, next, &queue->persons, link)
		forget(queue, person);
	map_finish(&queue->by_id);
	free(queue);
}

/* ---------------------------------------------------------------- persons */

static struct queue_person *person_of(struct queue *queue, struct id id, int64_t now_us)
{
	bool                 fresh;
	uint64_t            *value = map_put(&queue->by_id, &id, &fresh);
	struct queue_person *person;

	if (!fresh)
		return (struct queue_person *)(uintptr_t)*value;
	person = calloc(1, sizeof(*person));
	require(person != NULL);
	person->id = id;
	person->time = queue->time;
	person->seen_us = now_us;
	for (int i = 0; i < QUEUE_BUDGETS; i++)
		list_init(&person->lines[i]);
	list_append(&queue->persons, &person->link);
	*value = (uint64_t)(uintptr_t)person;
	return person;
}

/* What was spent comes back evenly over an hour. */
static void refill(const struct queue *queue, struct queue_person *person, int64_t now_us)
{
	double came_us = (double)(now_us - person->seen_us) * (double)queue->hourly_us / (double)hour_us;

	person->spent_us -= came_us < (double)person->spent_us ? (int64_t)came_us : person->spent_us;
	person->seen_us = now_us;
}

/* Nobody needs to be remembered who has nothing here and owes nothing. */
static void forget_idle(struct queue *queue, int64_t now_us)
{
	struct queue_person *person, *next;

	list_each_safe (person, next, &queue->persons, link) {
		refill(queue, person, now_us);
		if (person->waiting == 0 && person->running == 0 && person->spent_us == 0)
			forget(queue, person);
	}
}

static bool spent(const struct queue *queue, const struct queue_person *person, uint32_t *retry_after_s)
{
	int64_t over_us = person->spent_us - (int64_t)queue->hourly_us;

	if (queue->hourly_us == 0 || !id_present(person->id) || over_us < 0)
		return false;
	*retry_after_s = (uint32_t)((double)(over_us + worth_waiting_us) * 3600 / (double)queue->hourly_us) + 1;
	return true;
}

/* ---------------------------------------------------------------- entering */

enum queue_verdict queue_enter(struct queue *queue, struct id id, struct queue_place *place, int64_t now_us,
                               uint32_t *retry_after_s)
{
	struct queue_person *person;

	require(!place->person && place->budget >= RUN_INTERACTIVE && place->budget <= RUN_BATCH);
	*retry_after_s = 1;
	if (queue->waiting >= QUEUE_WAITING_MAX)
		return QUEUE_FULL;
	forget_idle(queue, now_us);
	person = person_of(queue, id, now_us);
	if (id_present(id) && !place->owed && person->waiting >= QUEUE_WAITING_PER_PERSON_MAX)
		return QUEUE_TOO_MANY;
	if (spent(queue, person, retry_after_s))
		return QUEUE_SPENT;
	/* Who had nothing to do has saved nothing up meanwhile. */
	if (person->waiting == 0 && person->running == 0 && person->time < queue->time)
		person->time = queue->time;
	place->person = person;
	place->running = false;
	list_append(&person->lines[place->budget - 1], &place->link);
	person->waiting++;
	queue->waiting++;
	return QUEUE_TAKEN;
}

void queue_raise(struct queue_place *place, enum run_budget budget)
{
	if (place->person && !place->running && budget < place->budget) {
		list_remove(&place->link);
		list_append(&place->person->lines[budget - 1], &place->link);
	}
	if (budget > place->budget)
		place->budget = budget;
}

/* ---------------------------------------------------------------- being served */

static bool may_run(const struct queue_person *person)
{
	return person->waiting > 0 && (!id_present(person->id) || person->running < QUEUE_RUNNING_PER_PERSON_MAX);
}

static struct queue_person *earliest(const struct queue *queue)
{
	struct queue_person *person, *next, *found = NULL;

	list_each_safe (person, next, &queue->persons, link)
		if (may_run(person) && (!found || person->time < found->time))
			found = person;
	return found;
}

static struct queue_place *first_of(struct queue_person *person)
{
	for (int i = 0; i < QUEUE_BUDGETS; i++)
		if (!list_empty(&person->lines[i]))
			return container_of(person->lines[i].next, struct queue_place, link);
	require(!"somebody waits and is in no line");
	return NULL;
}

struct queue_place *queue_take(struct queue *queue, int64_t now_us)
{
	struct queue_person *person = earliest(queue);
	struct queue_place  *place;

	if (!person)
		return NULL;
	place = first_of(person);
	list_remove(&place->link);
	place->running = true;
	queue->time = person->time;
	place->charged = place->cost_us / budgets[place->budget - 1].share;
	person->time += place->charged;
	person->waiting--;
	person->running++;
	queue->waiting--;
	queue->running++;
	return place;
}

/* The guess is put right. */
static void settle(struct queue_person *person, const struct queue_place *place, uint64_t cpu_us)
{
	person->time += cpu_us / budgets[place->budget - 1].share;
	person->time -= place->charged;
	person->spent_us += (int64_t)cpu_us;
}

void queue_leave(struct queue *queue, struct queue_place *place, uint64_t cpu_us, int64_t now_us)
{
	struct queue_person *person = place->person;

	if (!person)
		return;
	refill(queue, person, now_us);
	if (place->running) {
		person->running--;
		queue->running--;
		settle(person, place, cpu_us);
	} else {
		list_remove(&place->link);
		person->waiting--;
		queue->waiting--;
	}
	place->person = NULL;
	place->running = false;
}

uint32_t queue_waiting(const struct queue *queue)
{
	return queue->waiting;
}

uint32_t queue_running(const struct queue *queue)
{
	return queue->running;
}
