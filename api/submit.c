#include "api/submit.h"

#include "api/conditions.h"
#include "api/input.h"
#include "api/intake.h"
#include "api/reply.h"
#include "eventstore/base/clock.h"
#include "eventstore/base/diag.h"
#include "eventstore/codec/codec_json.h"
#include "eventstore/codec/codec_msgpack.h"

#include <inttypes.h>

/* ---------------------------------------------------------------- to the writer */

static struct text keep_text(struct exchange *exchange, struct text text)
{
	return arena_text(&exchange->arena, text);
}

/* Nobody waits for it any more. */
static void note_late_answer(const struct exchange *exchange)
{
	enum status status = exchange->status;

	if (status == STATUS_OK)
		status = status_by_name(exchange->answer.status);
	if (status != STATUS_OK)
		diag(DIAG_ERROR, "accepted_wish_lost", "%s: %s", exchange->command->name, status_sentence(status));
}

static void on_answer(struct hop_call *call, enum status status, const struct answer *answer)
{
	struct exchange *exchange = container_of(call, struct exchange, call);

	exchange->status = status;
	if (status == STATUS_OK) {
		exchange->answer = *answer;
		exchange->answer.status = keep_text(exchange, answer->status);
		exchange->answer.refusal = keep_text(exchange, answer->refusal);
		exchange->answer.sentence = keep_text(exchange, answer->sentence);
		exchange->answer.event = keep_text(exchange, answer->event);
		exchange->answer.events = keep_text(exchange, answer->events);
	}
	if (exchange->answered)
		note_late_answer(exchange);
	exchange_resume(exchange);
}

static enum pace submit(struct exchange *exchange, struct submission *submission)
{
	struct digest digest;
	enum status   status;

	input_digest(exchange, &digest);
	submission->command = text_from(exchange->command->name);
	submission->command_id = exchange->command_id;
	submission->trace = exchange->trace;
	submission->actor = exchange->authenticated ? exchange->claims.user : ID_NONE;
	submission->digest = BYTES(digest.bytes, sizeof(digest.bytes));
	exchange->call.on_answer = on_answer;
	status = hop_submit(exchange->lane->hop, submission, &exchange->call);
	return status == STATUS_OK ? WAIT : exchange_fail(exchange, status);
}

enum pace submit_send(struct exchange *exchange)
{
	struct submission submission = {0};
	struct buffer     body = {0};
	enum pace         pace;
	enum status       status;

	if (!exchange->command)
		return GO_ON;
	conditions_expected(exchange, &submission);
	submission.dry = exchange->dry;
	/* Once more than input_read did, since a route's own steps may have filled in what an id is derived from. */
	shape_derive(exchange->command->shape, exchange->input);
	status = msgpack_encode_shape(exchange->command->shape, exchange->input, FIELD_INPUT, NULL, &body);
	submission.body = buffer_bytes(&body);
	pace = status == STATUS_OK ? submit(exchange, &submission) : exchange_fail(exchange, status);
	buffer_finish(&body);
	exchange->lane->counters.commands++;
	if (pace == WAIT && exchange->route->preparation->answers_first) {
		exchange->answered = true;
		submit_respond(exchange);
	}
	return pace;
}

/* ---------------------------------------------------------------- what it said */

static uint32_t seconds_until(int64_t time_us)
{
	int64_t left_us = time_us - clock_wall_us();

	return time_us == 0 ? 0 : left_us <= 0 ? 1 : (uint32_t)((left_us + 999999) / 1000000);
}

static enum pace outcome_unknown(struct exchange *exchange)
{
	struct problem problem = {
		.http = 503,
		.name = "outcome_unknown",
		.title = TEXT("The writer went away before it answered; whether the command was kept is not known."),
		.detail = TEXT("Send the same request with the same Idempotency-Key again."),
		.retry_after_s = 1,
	};

	return exchange_problem(exchange, &problem);
}

enum pace submit_judge(struct exchange *exchange)
{
	enum status    status = exchange->status;
	struct problem problem;

	if (!exchange->command)
		return GO_ON;
	if (exchange->answered)
		return DONE;
	if (status == STATUS_UNREACHABLE)
		return outcome_unknown(exchange);
	if (status == STATUS_OK)
		status = status_by_name(exchange->answer.status);
	if (status == STATUS_CONFLICT) {
		problem = (struct problem){.http = 412,
		                           .name = "precondition_failed",
		                           .title = TEXT("If-Match names another version than the current one.")};
		return exchange_problem(exchange, &problem);
	}
	if (status != STATUS_OK) {
		problem = problem_of(status);
		problem.detail = exchange->answer.sentence;
		return exchange_problem(exchange, &problem);
	}
	if (exchange->answer.refusal.data)
		return exchange_refuse(exchange, refusal_by_name(exchange->answer.refusal),
		                       seconds_until(exchange->answer.retry_at));
	return GO_ON;
}

/* What was made: the first fresh id. */
static const struct field *made_field(const struct shape *shape)
{
	for (uint16_t i = 0; i < shape->count; i++)
		if (shape->fields[i].marks & FIELD_FRESH)
			return &shape->fields[i];
	return NULL;
}

static void append_receipt(struct exchange *exchange, struct buffer *out)
{
	const struct field *made = made_field(exchange->command->shape);

	buffer_format(out, "{\"position\":%" PRIu64, exchange->answer.position);
	if (made) {
		buffer_append_text(out, TEXT(",\"id\":"));
		json_append_id(out, *(const struct id *)field_at(made, exchange->input));
	}
	buffer_append_text(out, TEXT("}"));
}

/* The names are words of the schema. */
static enum pace respond_dry(struct exchange *exchange)
{
	struct text rest = exchange->answer.events;

	buffer_append_text(&exchange->out, TEXT("{\"dry_run\":true,\"events\":["));
	while (rest.data && rest.size > 0) {
		const char *blank = memchr(rest.data, ' ', rest.size);
		struct text name = {.data = rest.data, .size = blank ? (size_t)(blank - rest.data) : rest.size};

		json_append_string(&exchange->out, name);
		rest.data += name.size + (blank != NULL);
		rest.size -= name.size + (blank != NULL);
		if (blank)
			buffer_append_text(&exchange->out, TEXT(","));
	}
	buffer_append_text(&exchange->out, TEXT("]}"));
	reply_dry_run(exchange, buffer_bytes(&exchange->out));
	return DONE;
}

enum pace submit_respond(struct exchange *exchange)
{
	if (!exchange->command)
		return GO_ON;
	if (exchange->answer.dry)
		return respond_dry(exchange);
	if (!exchange->route->preparation->respond)
		append_receipt(exchange, &exchange->out);
	else if (exchange->route->preparation->respond(exchange, &exchange->out) == DONE)
		return DONE;
	reply_command(exchange, exchange->route->http, buffer_bytes(&exchange->out));
	return DONE;
}

/* ---------------------------------------------------------------- again */

enum pace submit_look(struct exchange *exchange)
{
	struct submission submission = {.recall = true};

	return submit(exchange, &submission);
}

enum pace submit_recall(struct exchange *exchange)
{
	struct submission submission = {.recall = true};

	if (!exchange->command || !exchange->keyed
	    || !(exchange->revoked || exchange->route->preparation->recalls_first))
		return GO_ON;
	exchange->recalling = true;
	return submit(exchange, &submission);
}

/* Another request under the same key gets no more out of a revoked token than an unknown one does. */
enum pace submit_recalled(struct exchange *exchange)
{
	enum status status = exchange->status;

	if (!exchange->recalling)
		return GO_ON;
	if (status == STATUS_UNREACHABLE)
		return outcome_unknown(exchange);
	if (status == STATUS_OK)
		status = status_by_name(exchange->answer.status);
	if (status != STATUS_OK && status != STATUS_NOT_FOUND)
		return exchange_fail(exchange, status);
	if (status == STATUS_OK && !exchange->answer.refusal.data)
		return submit_respond(exchange);
	return exchange->revoked ? intake_revoked(exchange) : GO_ON;
}
