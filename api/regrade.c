/* GET /assessments/{assessment}/regrade: what another key would change, told by the code that will change it
 * (commands/grading/regrading.h), from the log as it stands. Reading and grading happen on a worker thread. */
#include "api/course_access.h"
#include "api/preparation.h"
#include "commands/grading/regrading.h"
#include "commands/learning/grading.h"
#include "schema/commands.h"
#include "schema/events.h"

#include <inttypes.h>

enum { CHANGES_SHOWN_MAX = 1000, COURSE_EVENTS_MAX = 1000 * 1000 };

struct forecast {
	struct buffer changes; /* JSON */
	uint32_t      shown;
	uint32_t      gains, losses, same, would_pass, would_fail;
	uint64_t      gained_milli, lost_milli;
	bool          scored; /* the item is complete by a score */
	uint32_t      score_min;
	uint32_t      key;
};

/* ---------------------------------------------------------------- which score is asked for */

struct rule_search {
	struct forecast *forecast;
	struct arena     arena;
	struct id        assessment, course;
	enum status      status;
};

static void take_rule(struct rule_search *search, const struct course_published *edition)
{
	search->forecast->scored = false;
	for (uint32_t i = 0; i < edition->items.count; i++) {
		const struct edition_item *item = &edition->items.items[i];

		if (id_equal(item->item, search->assessment) && item->rule == COMPLETION_RULE_score) {
			search->forecast->scored = true;
			search->forecast->score_min = item->score_min;
		}
	}
}

/* The latest edition's is what stays. */
static bool visit_course(void *owner, const struct record *record)
{
	struct rule_search      *search = owner;
	const struct event_type *type;
	const void              *event;

	if (record->number != EVENT_course_published)
		return true;
	search->status = record_event(record, NULL, &search->arena, &type, &event);
	if (search->status == STATUS_OK)
		take_rule(search, event);
	arena_reset(&search->arena);
	return search->status == STATUS_OK;
}

static bool note_course(void *owner, const struct record *record)
{
	struct rule_search      *search = owner;
	const struct event_type *type;
	const void              *event;

	search->status = record_event(record, NULL, &search->arena, &type, &event);
	if (search->status == STATUS_OK && record->number == EVENT_assessment_written)
		search->course = ((const struct assessment_written *)event)->course;
	arena_reset(&search->arena);
	return false;
}

static enum status find_rule(struct forecast *forecast, struct reader *reader, struct id assessment)
{
	struct rule_search search = {.forecast = forecast, .assessment = assessment};
	enum status        status = reader_stream(reader, assessment, 1, 1, note_course, &search);

	if (status == STATUS_OK && search.status == STATUS_OK && id_present(search.course))
		status = reader_stream(reader, search.course, 1, COURSE_EVENTS_MAX, visit_course, &search);
	arena_finish(&search.arena);
	return status == STATUS_OK ? search.status : status;
}

/* ---------------------------------------------------------------- what would change */

static bool passes(const struct forecast *forecast, const struct grade_sheet *sheet)
{
	return forecast->scored && grade_sheet_is_decided(sheet)
	       && grade_reaches(grade_sheet_points(sheet), grade_sheet_most(sheet), forecast->score_min);
}

static const char *verdict_word(enum judgement judgement)
{
	return grade_verdict_name((enum grade_verdict)(judgement - 1));
}

static void append_change(struct forecast *forecast, const struct regraded *regraded, const struct grade_sheet *after)
{
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
	              grade_sheet_points(before), grade_sheet_points(after), grade_sheet_most(before),
	              passes(forecast, before) ? "true" : "false", passes(forecast, after) ? "true" : "false");
}

static void count(struct forecast *forecast, const struct regraded *regraded, const struct grade_sheet *after)
{
	const struct grade_sheet *before = &regraded->attempt->sheet;
	uint32_t                  old = before->slots[regraded->slot].points_milli;
	uint32_t new = regraded->response.points_milli;

	forecast->gains += new > old;
	forecast->losses += new < old;
	forecast->same += new == old;
	forecast->gained_milli += new > old ? new - old : 0;
	forecast->lost_milli += new < old ? old - new : 0;
	forecast->would_pass += passes(forecast, after) && !passes(forecast, before);
	forecast->would_fail += passes(forecast, before) && !passes(forecast, after);
}

static enum status foretell(void *owner, const struct regraded *regraded)
{
	struct forecast    *forecast = owner;
	struct grade_sheet  after = regraded->attempt->sheet;
	struct graded_slot *slot = &after.slots[regraded->slot];

	forecast->key = regraded->response.key;
	if (!regraded->changes) {
		forecast->same++;
		return STATUS_OK;
	}
	slot->points_milli = regraded->response.points_milli;
	slot->decided = regraded->response.verdict != JUDGEMENT_undecided;
	count(forecast, regraded, &after);
	append_change(forecast, regraded, &after);
	return STATUS_OK;
}

static void write_answer(const struct forecast *forecast, uint64_t position, struct buffer *out)
{
	buffer_format(out,
	              "{\"position\":%" PRIu64 ",\"key\":%" PRIu32 ",\"gains\":%" PRIu32 ",\"losses\":%" PRIu32
	              ",\"same\":%" PRIu32 ",\"gained_milli\":%" PRIu64 ",\"lost_milli\":%" PRIu64
	              ",\"would_pass\":%" PRIu32 ",\"would_fail\":%" PRIu32 ",\"changes\":[",
	              position, forecast->key, forecast->gains, forecast->losses, forecast->same,
	              forecast->gained_milli, forecast->lost_milli, forecast->would_pass, forecast->would_fail);
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
		status = find_rule(forecast, reader, asked->assessment);
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
	struct reader   *reader;

	exchange->status = reader_open(exchange->lane->service->data, &reader);
	if (exchange->status != STATUS_OK)
		return;
	exchange->status = look_ahead(exchange, reader, &forecast);
	buffer_finish(&forecast.changes);
	reader_close(reader);
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
