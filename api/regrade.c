/* GET /assessments/{assessment}/regrade: what another key would change, told by the code that will change it
 * (commands/grading/regrading.h), from the log as it stands. Reading and grading happen on a worker thread. */
#include "api/course_access.h"
#include "api/preparation.h"
#include "commands/grading/pass_rule.h"
#include "commands/grading/regrading.h"
#include "commands/learning/grading.h"
#include "schema/commands.h"

#include <inttypes.h>

enum { CHANGES_SHOWN_MAX = 1000 };

struct forecast {
	struct reader    *reader;
	struct pass_rules rules;
	struct buffer     changes; /* JSON */
	uint32_t          shown, changed;
	uint32_t          gains, losses, same, would_pass, would_fail;
	uint64_t          gained_milli, lost_milli;
	uint32_t          key;
};

/* ---------------------------------------------------------------- what would change */

/* An answer before and after, and the score that its learner's edition asks for. */
struct change {
	const struct regraded    *regraded;
	const struct grade_sheet *after;
	struct pass_score         score;
};

static bool passes(const struct change *change, const struct grade_sheet *sheet)
{
	return change->score.asked && grade_sheet_is_decided(sheet)
	       && grade_reaches(grade_sheet_points(sheet), grade_sheet_most(sheet), change->score.min);
}

static const char *verdict_word(enum judgement judgement)
{
	return grade_verdict_name((enum grade_verdict)(judgement - 1));
}

static void append_change(struct forecast *forecast, const struct change *change)
{
	const struct regraded    *regraded = change->regraded;
	const struct grade_sheet *before = &regraded->attempt->sheet;
	const struct graded_slot *slot = &before->slots[regraded->slot];
	char                      attempt[ID_TEXT_SIZE + 1], learner[ID_TEXT_SIZE + 1];

	if (forecast->shown == CHANGES_SHOWN_MAX)
		return;
	id_format(before->attempt, attempt);
	id_format(before->learner, learner);
	buffer_format(&forecast->changes, "%s{\"attempt\":\"%s\",\"learner\":\"%s\",\"slot\":%" PRIu32,
	              forecast->shown++ > 0 ? "," : "", attempt, learner, regraded->slot + 1);
	if (slot->graded)
		buffer_format(&forecast->changes, ",\"before\":\"%s\"", verdict_word(slot->verdict));
	buffer_format(&forecast->changes, ",\"after\":\"%s\",\"before_milli\":%" PRIu32 ",\"after_milli\":%" PRIu32,
	              verdict_word(regraded->response.verdict), slot->points_milli, regraded->response.points_milli);
	buffer_format(&forecast->changes,
	              ",\"total_before_milli\":%" PRIu32 ",\"total_after_milli\":%" PRIu32 ",\"of_milli\":%" PRIu32
	              ",\"passed_before\":%s,\"passes_after\":%s}",
	              grade_sheet_points(before), grade_sheet_points(change->after), grade_sheet_most(before),
	              passes(change, before) ? "true" : "false", passes(change, change->after) ? "true" : "false");
}

static void count(struct forecast *forecast, const struct change *change)
{
	const struct grade_sheet *before = &change->regraded->attempt->sheet;
	uint32_t                  old = before->slots[change->regraded->slot].points_milli;
	uint32_t new = change->regraded->response.points_milli;
	bool passed = passes(change, before), will_pass = passes(change, change->after);

	forecast->gains += new > old;
	forecast->losses += new < old;
	forecast->same += new == old;
	forecast->gained_milli += new > old ? new - old : 0;
	forecast->lost_milli += new < old ? old - new : 0;
	forecast->would_pass += will_pass && !passed;
	forecast->would_fail += passed && !will_pass;
	forecast->changed++;
}

static enum status foretell(void *owner, const struct regraded *regraded)
{
	struct forecast    *forecast = owner;
	struct grade_sheet  after = regraded->attempt->sheet;
	struct graded_slot *slot = &after.slots[regraded->slot];
	struct change       change = {.regraded = regraded, .after = &after};
	enum status         status;

	forecast->key = regraded->response.key;
	if (!regraded->changes) {
		forecast->same++;
		return STATUS_OK;
	}
	slot->points_milli = regraded->response.points_milli;
	slot->decided = regraded->response.verdict != JUDGEMENT_undecided;
	status = pass_rules_of(&forecast->rules, forecast->reader, after.enrolment, &change.score);
	if (status != STATUS_OK)
		return status;
	count(forecast, &change);
	append_change(forecast, &change);
	return STATUS_OK;
}

static void write_answer(const struct forecast *forecast, uint64_t position, struct buffer *out)
{
	buffer_format(out,
	              "{\"position\":%" PRIu64 ",\"key\":%" PRIu32 ",\"gains\":%" PRIu32 ",\"losses\":%" PRIu32
	              ",\"same\":%" PRIu32 ",\"gained_milli\":%" PRIu64 ",\"lost_milli\":%" PRIu64
	              ",\"would_pass\":%" PRIu32 ",\"would_fail\":%" PRIu32 ",\"changed\":%" PRIu32
	              ",\"has_more\":%s,\"changes\":[",
	              position, forecast->key, forecast->gains, forecast->losses, forecast->same,
	              forecast->gained_milli, forecast->lost_milli, forecast->would_pass, forecast->would_fail,
	              forecast->changed, forecast->changed > forecast->shown ? "true" : "false");
	buffer_append(out, buffer_bytes(&forecast->changes));
	buffer_append_text(out, TEXT("]}"));
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

static enum status look_ahead(struct exchange *exchange, struct reader *reader, struct forecast *forecast)
{
	const struct regrade_preview *asked = exchange->input;
	struct regrading              regrading = {
			     .reader = reader,
			     .opener = keys_opener(exchange->lane->service->keys),
			     .questions = question_log_create(reader),
			     .assessment = asked->assessment,
			     .question = asked->question,
			     .version = asked->version,
			     .key = asked->has_key ? asked->key : QUESTION_LOG_LATEST,
			     .keeps_better = asked->policy == REGRADE_POLICY_keep_better,
        };
	enum status status = reader_head(reader, &regrading.until);

	if (status == STATUS_OK)
		status = find_key(&regrading);
	forecast->key = regrading.key;
	if (status == STATUS_OK)
		status = pass_rules_read(&forecast->rules, reader, asked->assessment, regrading.until);
	if (status == STATUS_OK)
		status = regrading_each(&regrading, foretell, forecast);
	if (status == STATUS_OK)
		write_answer(forecast, regrading.until, &exchange->out);
	question_log_destroy(regrading.questions);
	return status;
}

static void run_preview(struct work *work)
{
	struct exchange *exchange = container_of(work, struct exchange, work);
	struct forecast  forecast = {0};

	exchange->status = reader_open(exchange->lane->service->data, &forecast.reader);
	if (exchange->status != STATUS_OK)
		return;
	exchange->status = look_ahead(exchange, forecast.reader, &forecast);
	buffer_finish(&forecast.changes);
	pass_rules_finish(&forecast.rules);
	reader_close(forecast.reader);
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
