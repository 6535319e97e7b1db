/* What tests of subscribers stand on: a real log and vault, the subscriber as a subscription on them, and its turns
 * taken by the test, so that none waits. */
#ifndef ORRERY_TEST_SCENE_H
#define ORRERY_TEST_SCENE_H

#include "eventstore/subscription/subscription_world.h"
#include "subscribers/sender.h"
#include "tests/eventstore/ground.h"

struct scene {
	struct store              *store;
	struct subscription       *subscription;
	struct subscription_state *state;
	void                      *owner; /* what the subscriber opened */
	struct subscriber_ground   ground;
	int64_t                    now_us;   /* wall time */
	atomic_bool                stopping; /* as the process would say it */
};

#define SCENE_BEGIN_US INT64_C(1767323045678901)

extern struct scene scene;

typedef enum status scene_open(const struct subscriber_ground *ground, void **out);

/* An empty log at SCENE_BEGIN_US. `way` is how commands leave, or NULL; `open` the subscriber's own, or another. */
void scene_set_up(const struct sender_way *way);
void scene_start(const struct subscriber *subscriber, scene_open *open);

/* The process ends, the log stays until it is torn down. */
void scene_stop(void);
void scene_tear_down(void);

/* Turns until there is nothing to do. */
void scene_run(void);

/* Events that the subscriber could not deal with yet, or never. */
uint32_t scene_held(void);

/* What happened, in all streams that the event names; durable with the next commit. HAPPEN(course_created, .course = …)
 */
void scene_append(uint16_t number, const void *event);
#define HAPPEN(event, ...) scene_append(EVENT_##event, &(struct event){__VA_ARGS__})

/* A list of an event, in place. */
#define LIST(list, ...)                                                                                                \
	{                                                                                                              \
		.items = (const struct list[]){__VA_ARGS__},                                                           \
		.count = sizeof((const struct list[]){__VA_ARGS__}) / sizeof(struct list)                              \
	}

/* Position of their registration. */
uint64_t scene_register(struct id person);

#endif
