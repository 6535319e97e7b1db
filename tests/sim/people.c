#include "tests/sim/people.h"

#include "eventstore/base/require.h"
#include "tests/sim/chance.h"
#include "tests/sim/claim.h"
#include "tests/sim/mirror.h"
#include "tests/sim/weather.h"
#include "tests/sim/wire.h"
#include "tests/sim/wishes.h"

#include <inttypes.h>

enum { TRIES_TO_FIND = 16, EXPECTS_ONE_IN = 5, NONSENSE_ONE_IN = 12 };

struct op {
	struct wish_form form;
	struct id        command_id;
	uint8_t          digest[16];
	bool             waiting;
	bool             acknowledged; /* with `first` */
	struct outcome   first;
};

static struct op ops[PEOPLE_OPS_MAX];
static uint32_t  op_count, waiting, acknowledged;
static bool      sends_nonsense, expects_versions;

void people_start(void)
{
	wishes_start();
	sends_nonsense = !chance_one_in(3);
	expects_versions = !chance_one_in(3);
}

uint32_t people_waiting(void)
{
	return waiting;
}

uint32_t people_acknowledged(void)
{
	return acknowledged;
}

/* ---------------------------------------------------------------- wishing */

static void expect_version(struct op *op)
{
	uint64_t version = mirror_version(op->form.first_stream);

	op->form.has_expected = true;
	op->form.expected = version > 0 && chance_one_in(3) ? version - 1 : version;
}

static void wish_something(void)
{
	struct op *op = &ops[op_count];

	if (op_count == PEOPLE_OPS_MAX)
		return;
	op->form = sends_nonsense && chance_one_in(NONSENSE_ONE_IN) ? wishes_nonsense() : wishes_draw();
	op->command_id = chance_id();
	op->waiting = true;
	memcpy(op->digest, chance_id().bytes, sizeof(op->digest));
	if (expects_versions && !op->form.nonsense && id_present(op->form.first_stream)
	    && chance_one_in(EXPECTS_ONE_IN))
		expect_version(op);
	waiting++;
	wire_send(&(struct wish){.op = op_count++});
}

/* Some op that is, or is not, waiting; false when none was found in a few tries. */
static bool find_op(bool wanted_waiting, uint32_t *found)
{
	for (int i = 0; i < TRIES_TO_FIND && op_count > 0; i++) {
		*found = chance_below(op_count);
		if (ops[*found].waiting == wanted_waiting && (wanted_waiting || ops[*found].acknowledged))
			return true;
	}
	return false;
}

static void ask_again(bool for_an_answer)
{
	struct wish wish = {0};

	if (!find_op(for_an_answer, &wish.op))
		return;
	wish.other_request = !for_an_answer && chance_one_in(3);
	wire_send(&wish);
}

void people_act(void)
{
	uint32_t what = chance_below(10);

	if (what < 6)
		wish_something();
	else
		ask_again(what < 9);
}

void people_ask_again(void)
{
	for (uint32_t i = 0; i < op_count; i++)
		if (ops[i].waiting)
			wire_send(&(struct wish){.op = i});
}

struct submission people_submission(const struct wish *wish)
{
	const struct op  *op = &ops[wish->op];
	struct submission submission = {
		.command = text_from(op->form.command),
		.command_id = op->form.anonymous ? ID_NONE : op->command_id,
		.actor = op->form.actor,
		.digest = BYTES(op->digest, op->form.half_a_digest ? sizeof(op->digest) / 2 : sizeof(op->digest)),
		.has_expected = op->form.has_expected,
		.expected = op->form.expected,
		.body = op->form.body,
	};

	if (wish->other_request)
		submission.digest = BYTES("another request.", sizeof(op->digest));
	return submission;
}

const struct wish_form *people_form(const struct wish *wish)
{
	return &ops[wish->op].form;
}

/* ---------------------------------------------------------------- being answered */

static bool same_outcome(const struct outcome *a, const struct outcome *b)
{
	return a->position == b->position && a->version == b->version && a->time_us == b->time_us
	       && id_equal(a->subject, b->subject) && strcmp(a->event, b->event) == 0;
}

static void take_kept(struct op *op, const struct outcome *outcome, uint64_t durable)
{
	CLAIM(outcome->position <= durable, "done is answered only when it is durable",
	      "position %" PRIu64 " was answered while %" PRIu64 " are on disk", outcome->position, durable);
	if (op->acknowledged) {
		CLAIM(same_outcome(outcome, &op->first), "the same command id brings the first answer",
		      "position %" PRIu64 " after %" PRIu64, outcome->position, op->first.position);
		return;
	}
	op->acknowledged = true;
	op->first = *outcome;
	acknowledged++;
}

/* What may pass is asked for again. */
static bool is_final(enum status status)
{
	return status != STATUS_BUSY && status != STATUS_FULL;
}

void people_take_answer(const struct wish *wish, const struct outcome *outcome, uint64_t durable)
{
	struct op *op = &ops[wish->op];

	if (wish->other_request)
		return;
	if (outcome->status == STATUS_OK && outcome->event)
		take_kept(op, outcome, durable);
	if (op->waiting && is_final(outcome->status)) {
		op->waiting = false;
		waiting--;
	}
}

static void check_promise(const struct op *op)
{
	const struct mirror_event *first = mirror_command(op->command_id), *last;

	CLAIM(first != NULL, "what was answered is in the log", "position %" PRIu64 " is lost", op->first.position);
	last = mirror_last_of(first);
	CLAIM(last->position == op->first.position && last->time_us == op->first.time_us,
	      "what was answered is in the log", "position %" PRIu64 " is now %" PRIu64, op->first.position,
	      last->position);
}

void people_check_promises(void)
{
	for (uint32_t i = 0; i < op_count; i++)
		if (ops[i].acknowledged)
			check_promise(&ops[i]);
}
