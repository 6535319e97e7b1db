/* Threads that share work: each takes what falls to it by its key, in order, so that what has one key is done by one
 * thread at a time and in order. The caller waits for all of it. */
#ifndef ORRERY_CONSUMERS_H
#define ORRERY_CONSUMERS_H

#include "eventstore/base/id.h"

#include <stdint.h>

struct consumers;

/* Called on the thread number `consumer` of `count`; does all of the work that falls to it. */
typedef void (*consumer_share)(void *owner, uint32_t consumer, uint32_t count);

/* Starts the threads; `count` is 1 or more. */
struct consumers *consumers_create(uint32_t count, consumer_share share, void *owner);
void              consumers_destroy(struct consumers *consumers); /* NULL is borne */

/* Has each thread do its share, and returns when all have. */
void consumers_run(struct consumers *consumers);

/* To whom of `count` what has this key falls. */
uint32_t consumer_of(struct id key, uint32_t count);

#endif
