/* A line of a queue (queue.c) as one who asks: an exchange inside the request's own, in whose arena it lies. */
#ifndef ORRERY_QUEUE_LINE_H
#define ORRERY_QUEUE_LINE_H

#include "api/exchange.h"
#include "eventstore/base/clock.h"
#include "schema/commands.h"

struct queue;

struct line {
	struct asker      asker;
	struct queue     *queue;
	struct exchange  *whole;  /* the request's own, for as long as the line asks */
	uint32_t          number; /* from 1 on */
	struct bytes      bytes;
	struct queue_line said;
	char              at[TIME_TEXT_SIZE + 1];
	bool              stopped; /* it is not to be tried */
	bool              dry;     /* it is to be decided, and nothing kept */
	bool              late;    /* what stands behind it was kept already */
};

/* The next line of the queue whose request `whole` is. Whoever takes it fills in hear and what it is to do, and runs
 * the exchange. */
struct exchange *queue_line_make(struct exchange *whole, exchange_step *const *steps, struct line **out);

struct line *queue_line_of(const struct exchange *inside);

/* From its bytes to a checked command. */
exchange_step queue_line_read, queue_line_admit;

/* What became of it as a JSON object, without an end of line. */
void queue_line_append(const struct exchange *inside, const struct http_head *head, struct bytes body,
                       struct buffer *out);

#endif
