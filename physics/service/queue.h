/* Who is next. Runs wait in a queue that is fair between persons: each has a virtual time that moves on by the CPU it
 * was given, divided by the share of its budget (budget.def), and the one whose time is earliest is served first
 * (start-time fair queueing, Goyal, Vin and Chen 1996). So somebody with one run does not wait behind somebody's two
 * hundred. What runs cost is taken from an allowance that fills up again within an hour.
 *
 * Knows no clock, no process and no scene. Nobody's runs (an absent person) are the machine's own: without limits of
 * their own, but in the same queue. */
#ifndef ORRERY_SIMULATOR_QUEUE_H
#define ORRERY_SIMULATOR_QUEUE_H

#include "eventstore/base/id.h"
#include "eventstore/base/list.h"
#include "physics/service/wire.h"

enum {
	QUEUE_RUNNING_PER_PERSON_MAX = 2,
	QUEUE_WAITING_PER_PERSON_MAX = 8,
	QUEUE_WAITING_MAX = 1024, /* of all */
	QUEUE_BUDGETS = 3,
};

struct queue;
struct queue_person;

/* Somebody's place; embedded in what waits. Zeroes are one outside. */
struct queue_place {
	struct list_link     link;
	struct queue_person *person;
	enum run_budget      budget;
	bool                 owed;    /* may wait however many of the person's do */
	uint64_t             cost_us; /* a guess; what it was is told to queue_leave */
	uint64_t             charged; /* of the person's virtual time, for the guess */
	bool                 running;
};

enum queue_verdict { QUEUE_TAKEN, QUEUE_TOO_MANY, QUEUE_SPENT, QUEUE_FULL };

/* `hourly_us`: the CPU that one person may use in an hour; 0: no limit. */
struct queue *queue_create(uint64_t hourly_us);
void          queue_destroy(struct queue *queue); /* NULL is borne; all places are outside by then */

/* Takes a place for the person, filling in the place but its cost, or says why not and after how many seconds it may be
 * otherwise. */
enum queue_verdict queue_enter(struct queue *queue, struct id person, struct queue_place *place, int64_t now_us,
                               uint32_t *retry_after_s);

/* Somebody wants it more urgently, or to be dearer: the run has the largest of the budgets, and waits in the first of
 * the lines. */
void queue_raise(struct queue_place *place, enum run_budget budget);

/* The next to run; NULL when nobody may. */
struct queue_place *queue_take(struct queue *queue, int64_t now_us);

/* It has ended, or waits no more: the person pays what it cost. Of a place outside nothing. */
void queue_leave(struct queue *queue, struct queue_place *place, uint64_t cpu_us, int64_t now_us);

uint32_t queue_waiting(const struct queue *queue);
uint32_t queue_running(const struct queue *queue);

/* CPU of a budget, µs. */
uint64_t budget_cpu_us(enum run_budget budget);

#endif
