#include "tests/sim/wire.h"

#include "eventstore/base/require.h"
#include "tests/sim/chance.h"
#include "tests/sim/claim.h"

enum { WIRE_MAX = 2 * PEOPLE_OPS_MAX, FAULTY_ONE_IN = 8 };

struct letter {
	struct wish    wish;
	struct outcome outcome; /* of an answer */
};

struct queue {
	struct letter letters[WIRE_MAX];
	uint32_t      count;
};

static struct queue to_writer, to_people;
static bool         loses, doubles, mixes;

void wire_start(void)
{
	loses = chance_one_in(2);
	doubles = chance_one_in(2);
	mixes = chance_one_in(2);
}

void wire_calm(void)
{
	loses = doubles = mixes = false;
}

/* A full queue is one that loses. */
static void push(struct queue *queue, const struct letter *letter)
{
	if (queue->count < WIRE_MAX)
		queue->letters[queue->count++] = *letter;
}

/* Takes the first one, or any. A doubled one stays. */
static bool take(struct queue *queue, struct letter *letter)
{
	uint32_t at = mixes && queue->count > 0 ? chance_below(queue->count) : 0;

	if (queue->count == 0)
		return false;
	if (at > 0)
		claim_reached(REACHED_message_overtaken);
	*letter = queue->letters[at];
	if (doubles && chance_one_in(FAULTY_ONE_IN)) {
		claim_reached(REACHED_message_doubled);
		return true;
	}
	queue->count--;
	memmove(&queue->letters[at], &queue->letters[at + 1], (queue->count - at) * sizeof(queue->letters[0]));
	return true;
}

static bool is_lost(enum reached reached)
{
	if (!loses || !chance_one_in(FAULTY_ONE_IN))
		return false;
	claim_reached(reached);
	return true;
}

void wire_send(const struct wish *wish)
{
	push(&to_writer, &(struct letter){.wish = *wish});
}

bool wire_receive(struct wish *wish)
{
	struct letter letter;

	if (!take(&to_writer, &letter) || is_lost(REACHED_message_lost))
		return false;
	*wish = letter.wish;
	return true;
}

void wire_answer(const struct wish *wish, const struct outcome *outcome)
{
	push(&to_people, &(struct letter){.wish = *wish, .outcome = *outcome});
}

bool wire_receive_answer(struct wish *wish, struct outcome *outcome)
{
	struct letter letter;

	if (!take(&to_people, &letter) || is_lost(REACHED_answer_lost))
		return false;
	*wish = letter.wish;
	*outcome = letter.outcome;
	return true;
}

uint32_t wire_load(void)
{
	return to_writer.count + to_people.count;
}
