/* How a subscriber has something happen: it sends commands that no route sends (`internal` in the schema), each under
 * an id that follows from the event it acts on. So a delivery that is made again sends the same commands again, and
 *what was kept the first time is answered and not done twice, whatever ended the process in between.
 *
 *	static enum status registrar_deliver(void *owner, struct delivery *delivery)
 *	{
 *		…
 *		struct admit_waiting fields = {.course = course};
 *		struct sent          sent;
 *		enum status status = sender_send(self->sender, delivery,
 *			&(struct errand){.command = "admit_waiting", .fields = &fields, .number = round}, &sent);
 *
 * No ledger is needed: the log is one. A refusal is an answer, and whether it is a mistake is for the subscriber to
 *say. One thread at a time: a subscription with several consumers has a sender for each. */
#ifndef ORRERY_SENDER_H
#define ORRERY_SENDER_H

#include "eventstore/wire/message.h"
#include "schema/refusals.h"
#include "subscribers/subscriber.h"

/* One command. What tells it from the others of the same delivery is the command's name, `number` and `about`: they
 * must be the same when the event is delivered again. */
struct errand {
	const char *command;
	const void *fields; /* a struct of the command's shape */
	uint32_t    number; /* the first, second … of its kind; 0 is fine for a single one */
	struct id   about;  /* whom or what it concerns; may be absent */
};

/* What came of it. */
struct sent {
	enum refusal refusal;     /* REFUSAL_none: it was kept, or things already were as wished */
	bool         moved;       /* it led to events, now or when it was kept before under its id */
	uint64_t     position;    /* of the last of them; of the head when there are none; 0 when refused */
	int64_t      retry_at_us; /* with a refusal that passes; else 0 */
};

struct sender;

/* `subscription` names the subscription the deliveries are of; it and the ground must outlive the sender. */
struct sender *sender_create(const struct subscriber_ground *ground, const char *subscription);
void           sender_destroy(struct sender *sender); /* NULL is borne */

/* Sends one and waits for its answer, some seconds at most. OK: there is an answer. UNREACHABLE, BUSY, FULL: nothing
 * can be done just now, for `deliver` to return as it is. Everything else is this event's failure: another build's
 * writer (UNSUPPORTED), or a command that is not lawful (INVALID). */
enum status sender_send(struct sender *sender, const struct delivery *delivery, const struct errand *errand,
                        struct sent *sent) MUST_USE;

/* The id under which it is sent. */
struct id sender_command_id(const char *subscription, const struct delivery *delivery, const struct errand *errand);

/* ---- for tests ---- */

/* Another way to the writer than its socket: as courier_command. */
struct sender_way {
	void *owner;
	enum status (*carry)(void *owner, const char *command, struct id command_id, const void *fields,
	                     struct arena *arena, struct answer *answer);
};

#endif
