/* Runs what was asked for: simulations, sweeps, and the answers of simulation tasks that learners finish. What it sends
 * follows from the log and from the scene, which alone enters a run; so a delivery that is made again sends the same,
 * and the simulator has kept the run.
 *
 * Several runs are under way at a time, each on a thread of the subscription. While the simulator is away nothing is
 * counted against an event: the subscription waits. A scene that ends a worker of the simulator costs that run, and
 * the event says so. */
#include "subscribers/laboratory.h"

#include "eventstore/base/require.h"
#include "subscribers/laboratory_parts.h"

#include <stdlib.h>

enum { LABORATORY_BENCHES = 4 };

struct laboratory {
	struct bench benches[LABORATORY_BENCHES];
};

static const uint16_t numbers[] = {EVENT_simulation_run_requested, EVENT_simulation_sweep_requested,
                                   EVENT_answer_finished, EVENT_attempt_submitted};

static void bench_close(struct bench *bench)
{
	simulator_client_close(bench->simulator);
	question_log_destroy(bench->questions);
	reader_close(bench->reader);
	sender_destroy(bench->sender);
	arena_finish(&bench->arena);
	arena_finish(&bench->scratch);
}

static enum status bench_open(struct bench *bench, const struct subscriber_ground *ground)
{
	enum status status;

	bench->ground = ground;
	bench->sender = sender_create(ground, laboratory.name);
	status = reader_open(config_path(ground->config, CONFIG_DATA), &bench->reader);
	if (status == STATUS_OK)
		bench->questions = question_log_create(bench->reader);
	return status;
}

static void laboratory_close(void *owner)
{
	struct laboratory *self = owner;

	if (!self)
		return;
	for (uint32_t i = 0; i < LABORATORY_BENCHES; i++)
		bench_close(&self->benches[i]);
	free(self);
}

static enum status laboratory_open(const struct subscriber_ground *ground, void **out)
{
	struct laboratory *self = calloc(1, sizeof(*self));
	enum status        status = STATUS_OK;

	require(self != NULL);
	for (uint32_t i = 0; status == STATUS_OK && i < LABORATORY_BENCHES; i++)
		status = bench_open(&self->benches[i], ground);
	if (status != STATUS_OK) {
		laboratory_close(self);
		return status;
	}
	*out = self;
	return STATUS_OK;
}

static struct event_filter laboratory_filter(void *owner)
{
	return (struct event_filter){.numbers = numbers, .number_count = array_count(numbers)};
}

/* The sweeps of one person take turns, lest four of them keep all threads busy for as long as a sweep lasts. */
static struct id laboratory_key(const struct record *record)
{
	enum { OWN_STREAM, HISTORY };

	return record->streams[record->number == EVENT_simulation_sweep_requested ? HISTORY : OWN_STREAM].id;
}

static enum status act_on(struct bench *bench, struct delivery *delivery, const void *event)
{
	switch (delivery->record.number) {
	case EVENT_simulation_run_requested:
		return laboratory_run(bench, delivery, event);
	case EVENT_simulation_sweep_requested:
		return laboratory_sweep(bench, delivery, event);
	default:
		return laboratory_tasks(bench, delivery, delivery->record.streams[0].id);
	}
}

static enum status laboratory_deliver(void *owner, struct delivery *delivery)
{
	struct laboratory       *self = owner;
	struct bench            *bench = &self->benches[delivery->consumer];
	const struct event_type *type;
	const void              *event;
	enum status              status;

	require(delivery->consumer < LABORATORY_BENCHES);
	status = record_event(&delivery->record, NULL, &bench->arena, &type, &event);
	if (status == STATUS_OK)
		status = act_on(bench, delivery, event);
	arena_reset(&bench->arena);
	arena_reset(&bench->scratch);
	return status;
}

const struct subscriber laboratory = {
	.name = "laboratory",
	.handler = {.deliver = laboratory_deliver, .key = laboratory_key, .repeatable = true},
	.open = laboratory_open,
	.close = laboratory_close,
	.filter = laboratory_filter,
	.policy = {.consumers = LABORATORY_BENCHES},
};
