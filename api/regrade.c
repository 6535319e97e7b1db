/* GET /assessments/{assessment}/regrade: what another key would change, told by the code that will change it
 * (commands/grading/regrading.h), from the log as it stands. Reading and grading happen on a worker thread. */
#include "api/course_access.h"
#include "api/preparation.h"
#include "api/regrade_forecast.h"
#include "schema/commands.h"

struct preview {
	struct reader    *reader;
	struct pass_rules rules;
	struct forecast   forecast;
};

static enum status foretell(void *owner, const struct regraded *regraded)
{
	struct preview   *preview = owner;
	struct pass_score score = {.asked = false};
	enum status       status = STATUS_OK;

	if (regraded->changes)
		status = pass_rules_of(&preview->rules, preview->reader, regraded->attempt->sheet.enrolment, &score);
	if (status == STATUS_OK)
		forecast_add(&preview->forecast, regraded, score);
	return status;
}

/* ---------------------------------------------------------------- on a worker */

/* By the key that is asked for, or the latest there is at that position; NOT_FOUND when there is none. */
static enum status find_key(struct regrading *regrading)
{
	const struct question_wish wish = {.question = regrading->question,
	                                   .version = regrading->version,
	                                   .key = regrading->key,
	                                   .until = regrading->until};
	struct question_found      found;
	enum status                status = question_log_find(regrading->questions, &wish, &found);

	if (status == STATUS_OK && !found.key)
		return STATUS_NOT_FOUND;
	if (status == STATUS_OK)
		regrading->key = found.key->key;
	return status;
}

static enum status look_ahead(struct exchange *exchange, struct preview *preview)
{
	const struct regrade_preview *asked = exchange->input;
	struct regrading              regrading = {
			     .reader = preview->reader,
			     .opener = keys_opener(exchange->lane->service->keys),
			     .questions = question_log_create(preview->reader),
			     .assessment = asked->assessment,
			     .question = asked->question,
			     .version = asked->version,
			     .key = asked->has_key ? asked->key : QUESTION_LOG_LATEST,
			     .keeps_better = asked->policy == REGRADE_POLICY_keep_better,
        };
	enum status status = reader_head(preview->reader, &regrading.until);

	if (status == STATUS_OK)
		status = find_key(&regrading);
	preview->forecast.key = regrading.key;
	if (status == STATUS_OK)
		status = pass_rules_read(&preview->rules, preview->reader, asked->assessment, regrading.until);
	if (status == STATUS_OK)
		status = regrading_each(&regrading, foretell, preview);
	if (status == STATUS_OK)
		forecast_append(&preview->forecast, regrading.until, &exchange->out);
	question_log_destroy(regrading.questions);
	return status;
}

static void run_preview(struct work *work)
{
	struct exchange *exchange = container_of(work, struct exchange, work);
	struct preview   preview = {.reader = NULL};

	exchange->status = reader_open(exchange->lane->service->data, &preview.reader);
	if (exchange->status != STATUS_OK)
		return;
	exchange->status = look_ahead(exchange, &preview);
	forecast_finish(&preview.forecast);
	pass_rules_finish(&preview.rules);
	reader_close(preview.reader);
}

/* ---------------------------------------------------------------- steps */

static enum pace judge_grade(struct exchange *exchange)
{
	return course_access_judge(exchange, COURSE_RIGHT_GRADE);
}

static enum pace preview(struct exchange *exchange)
{
	return exchange_work(exchange, run_preview);
}

static enum pace hand_out(struct exchange *exchange)
{
	if (exchange->status == STATUS_NOT_FOUND)
		return exchange_refuse(exchange, REFUSAL_key_unknown, 0);
	if (exchange->status != STATUS_OK)
		return exchange_fail(exchange, exchange->status);
	return exchange_reply_json(exchange, exchange->route->http, buffer_bytes(&exchange->out), TEXT_NONE);
}

static exchange_step *const preview_steps[] = {
	course_access_await, course_access_check, course_access_ask_assessment, judge_grade, preview, hand_out, NULL};
const struct preparation preparation_regrade_preview = {.steps = preview_steps, .consults = "draft"};
