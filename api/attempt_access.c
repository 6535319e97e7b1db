#include "api/attempt_access.h"

#include "api/course_access.h"
#include "api/policy_view.h"
#include "commands/learning/deadline.h"
#include "eventstore/base/clock.h"

static enum pace await_lookup(struct exchange *exchange, const char *lookup)
{
	return exchange_await(exchange, lookup_projection(lookup_find(text_from(lookup))));
}

enum pace attempt_access_await(struct exchange *exchange)
{
	exchange->own = arena_new(&exchange->arena, struct attempt_access);
	return await_lookup(exchange, "attempt_head");
}

enum pace attempt_access_await_rules(struct exchange *exchange)
{
	return await_lookup(exchange, "assessment_head");
}

enum pace attempt_access_await_keys(struct exchange *exchange)
{
	return await_lookup(exchange, "question_document");
}

enum pace attempt_access_ask(struct exchange *exchange)
{
	const struct id *attempt = exchange_field(exchange, "attempt");
	struct text      values[] = {exchange_id_text(exchange, *attempt),
	                             exchange_id_text(exchange, exchange->claims.user)};

	return exchange_look_up(exchange, "attempt_head", values);
}

static enum status read_rules(struct exchange *exchange, struct attempt_access *access)
{
	struct assessment    *assessment = arena_new(&exchange->arena, struct assessment);
	struct feedback_rules rules = {
		.practice = access->head[HEAD_ASSESSMENT].data == NULL,
		.submitted = access->head[HEAD_SUBMITTED_AT].data != NULL,
		.released = text_is(access->head[HEAD_RELEASED], "true"),
		.staff = course_access_by_role(exchange, access->head[HEAD_ROLE], COURSE_RIGHT_GRADE),
		.now = clock_wall_us(),
	};
	enum status status = terms_from_json(access->head[HEAD_POLICIES], access->head[HEAD_ALLOWANCE],
	                                     &exchange->arena, assessment, &rules.accommodation);

	if (status == STATUS_OK
	    && (!time_parse(access->head[HEAD_STARTED_AT], &access->started_at)
	        || !text_parse_u64(access->head[HEAD_SEED], &access->seed)))
		status = STATUS_CORRUPT;
	if (status != STATUS_OK)
		return status;
	rules.policy = deadline_policy(assessment, rules.now);
	access->rules = rules;
	access->end = deadline_end(assessment, &rules.accommodation, access->started_at);
	access->last_call = deadline_last_call(assessment, access->end);
	return STATUS_OK;
}

enum pace attempt_access_take(struct exchange *exchange)
{
	struct attempt_access *access = exchange->own;
	char                   caller[ID_TEXT_SIZE + 1];

	if (exchange->status != STATUS_OK)
		return exchange_fail(exchange, exchange->status);
	if (pg_answer_rows(exchange->rows) == 0)
		return exchange_refuse(exchange, REFUSAL_attempt_unknown, 0);
	for (uint32_t i = 0; i < HEAD_COLUMNS; i++) {
		struct text value = pg_answer_text(exchange->rows, 0, i);

		access->head[i] = value.data ? arena_text(&exchange->arena, value) : TEXT_NONE;
	}
	exchange->status = read_rules(exchange, access);
	if (exchange->status != STATUS_OK)
		return exchange_fail(exchange, exchange->status);
	id_format(exchange->claims.user, caller);
	if (!access->rules.staff && !text_is(access->head[HEAD_LEARNER], caller))
		return exchange_refuse(exchange, REFUSAL_attempt_unknown, 0);
	return GO_ON;
}
