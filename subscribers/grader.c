/* Grades what learners finish and hand in, as soon as they do, by the key that stood at that moment; and grades again
 * what a committed regrade is about. What a key cannot tell it says is undecided, and people mark it.
 *
 * All that it sends follows from the log up to the event that it acts on. So a delivery that is made again, after a
 * crash in the middle of a large regrade for example, sends the same commands under the same ids, and goes on where it
 * was. */
#include "commands/grading/regrading.h"
#include "commands/learning/grading.h"
#include "eventstore/base/require.h"
#include "schema/commands.h"
#include "subscribers/sender.h"

#include <stdlib.h>

struct grader {
	const struct subscriber_ground *ground;
	struct sender                  *sender;
	struct reader                  *reader;
	struct question_log            *questions;
	struct arena                    arena; /* of one delivery */
};

static const uint16_t numbers[] = {EVENT_answer_finished, EVENT_attempt_submitted, EVENT_task_run_completed,
                                   EVENT_regrade_committed};

static void grader_close(void *owner)
{
	struct grader *self = owner;

	if (!self)
		return;
	question_log_destroy(self->questions);
	reader_close(self->reader);
	sender_destroy(self->sender);
	arena_finish(&self->arena);
	free(self);
}

static enum status grader_open(const struct subscriber_ground *ground, void **out)
{
	struct grader *self = calloc(1, sizeof(*self));
	enum status    status;

	require(self != NULL);
	self->ground = ground;
	self->sender = sender_create(ground, grader.name);
	status = reader_open(config_path(ground->config, CONFIG_DATA), &self->reader);
	if (status != STATUS_OK) {
		grader_close(self);
		return status;
	}
	self->questions = question_log_create(self->reader);
	*out = self;
	return STATUS_OK;
}

static struct event_filter grader_filter(void *owner)
{
	return (struct event_filter){.numbers = numbers, .number_count = array_count(numbers)};
}

static enum status send_grades(struct grader *self, struct delivery *delivery, const struct grade_responses *fields)
{
	struct sent sent;

	return sender_send(self->sender, delivery,
	                   &(struct errand){.command = "grade_responses", .fields = fields, .about = fields->attempt},
	                   &sent);
}

/* ---------------------------------------------------------------- as learners finish */

struct found_grades {
	struct graded_response responses[ATTEMPT_SLOTS_MAX];
	uint32_t               count;
	bool                   forgotten; /* something cannot be read any more */
};

/* By the key that stood when the learner was done, which is the one that a simulation was run for. What waits for its
 * run is graded when the laboratory has told of it. */
static enum status grade_slot(struct grader *self, const struct delivery *delivery, const struct attempt_log *attempt,
                              uint32_t slot, struct found_grades *found)
{
	const struct question_wish wish = {.question = attempt->sheet.slots[slot].question,
	                                   .version = attempt->sheet.slots[slot].version,
	                                   .key = attempt->runs[slot] ? attempt->runs[slot]->key : QUESTION_LOG_LATEST,
	                                   .until = delivery->record.position};
	struct question_found      question;
	enum status                status = question_log_find(self->questions, &wish, &question);

	if (status == STATUS_OK && !attempt_log_needs_run(attempt, slot, &question))
		found->responses[found->count++] = attempt_log_grade(attempt, slot, &question, &self->arena);
	return status;
}

/* Everything that can be graded as of the event; what was graded before, the writer knows. */
static enum status grade_attempt(struct grader *self, struct delivery *delivery, struct id attempt_id)
{
	struct attempt_log    *attempt = arena_new(&self->arena, struct attempt_log);
	struct found_grades   *found = arena_new(&self->arena, struct found_grades);
	struct grade_responses fields = {.attempt = attempt_id, .grader = GRADER_VERSION};
	enum status status = attempt_log_read(self->reader, self->ground->opener, attempt_id, delivery->record.position,
	                                      &self->arena, attempt);

	for (uint32_t slot = 0; status == STATUS_OK && slot < attempt->sheet.slots_count; slot++) {
		if (!attempt_log_is_ready(attempt, slot))
			continue;
		found->forgotten |= attempt_log_is_forgotten(attempt, slot);
		if (!found->forgotten)
			status = grade_slot(self, delivery, attempt, slot, found);
	}
	if (status != STATUS_OK || found->forgotten || found->count == 0)
		return status;
	fields.responses.items = found->responses;
	fields.responses.count = found->count;
	return send_grades(self, delivery, &fields);
}

/* ---------------------------------------------------------------- regrades */

struct fan_out {
	struct grader   *grader;
	struct delivery *delivery;
	struct id        regrade;
	bool             keeps_better;
};

static enum status send_regraded(void *owner, const struct regraded *regraded)
{
	struct fan_out        *fan_out = owner;
	struct grade_responses fields = {
		.attempt = regraded->attempt->sheet.attempt,
		.grader = GRADER_VERSION,
		.regrade = fan_out->regrade,
		.keeps_better = fan_out->keeps_better,
		.responses = {.items = &regraded->response, .count = 1},
	};

	return regraded->changes ? send_grades(fan_out->grader, fan_out->delivery, &fields) : STATUS_OK;
}

static enum status regrade(struct grader *self, struct delivery *delivery, const struct regrade_committed *event)
{
	struct fan_out         fan_out = {.grader = self,
	                                  .delivery = delivery,
	                                  .regrade = event->regrade,
	                                  .keeps_better = event->policy == REGRADE_POLICY_keep_better};
	const struct regrading regrading = {
		.reader = self->reader,
		.opener = self->ground->opener,
		.questions = self->questions,
		.assessment = event->assessment,
		.question = event->question,
		.version = event->version,
		.key = event->key,
		.keeps_better = fan_out.keeps_better,
		.until = delivery->record.position,
	};

	return regrading_each(&regrading, send_regraded, &fan_out);
}

/* ---------------------------------------------------------------- deliveries */

static enum status grader_deliver(void *owner, struct delivery *delivery)
{
	struct grader           *self = owner;
	const struct event_type *type;
	const void              *event;
	enum status              status = record_event(&delivery->record, NULL, &self->arena, &type, &event);

	if (status == STATUS_OK && delivery->record.number == EVENT_regrade_committed)
		status = regrade(self, delivery, event);
	else if (status == STATUS_OK)
		status = grade_attempt(self, delivery, delivery->record.streams[0].id);
	arena_reset(&self->arena);
	return status;
}

const struct subscriber grader = {
	.name = "grader",
	.handler = {.deliver = grader_deliver, .repeatable = true},
	.open = grader_open,
	.close = grader_close,
	.filter = grader_filter,
};
