/* Clients as they are: they register, log in, change and erase, ask again under the same id when no answer comes, ask
 * again though it came, send nonsense, and want what others have. Each wish is an op; ops are numbered from 0 on. */
#ifndef ORRERY_TESTS_SIM_PEOPLE_H
#define ORRERY_TESTS_SIM_PEOPLE_H

#include "eventstore/wire/message.h"
#include "tests/sim/wishes.h"

enum { PEOPLE_OPS_MAX = 1024 };

/* What came of an op, with everything static or by value. */
struct outcome {
	enum status status;
	uint32_t    refusal; /* enum refusal */
	const char *event;   /* NULL: it led to none */
	bool        repeated;
	uint64_t    position, version;
	struct id   subject;
	int64_t     time_us;
};

/* A wish in the form in which it travels. */
struct wish {
	uint32_t op;
	bool     other_request; /* the same id with another digest */
};

void people_start(void);

/* Somebody sends something: a new wish, or an old one again. */
void people_act(void);

/* Everybody who waits for an answer asks again. */
void people_ask_again(void);

/* The submission behind a wish, valid for the course. */
struct submission people_submission(const struct wish *wish);

const struct wish_form *people_form(const struct wish *wish);

/* An answer arrives. `durable` is how far the log reaches on disk. */
void people_take_answer(const struct wish *wish, const struct outcome *outcome, uint64_t durable);

/* Everything that was acknowledged must be in the mirror, as it was answered. */
void people_check_promises(void);

/* Ops that wait for an answer; ops that were told that they are kept. */
uint32_t people_waiting(void);
uint32_t people_acknowledged(void);

#endif
