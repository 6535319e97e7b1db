/* Routes of assessments: papers are held against the questions that the log has, and what an assessment shows depends
 * on who asks: learners see what their edition asks, and what holds for them. */
#include "api/course_access.h"
#include "api/markdown.h"
#include "api/policy_view.h"
#include "api/preparation.h"
#include "commands/learning/deadline.h"
#include "eventstore/base/clock.h"
#include "eventstore/codec/codec_json.h"
#include "eventstore/log/reader.h"
#include "schema/commands.h"

#include <inttypes.h>

enum { PAPER_BODY_BYTES_MAX = 128 * 1024, QUESTION_RECORDS_MAX = 4096 };

/* ---------------------------------------------------------------- the questions of a paper */

struct paper_check {
	struct reader           *reader;
	struct arena            *arena;
	struct id                course;
	struct complaints        complaints;
	const struct paper_slot *slots;
	uint32_t                 slot_count;
};

/* What there is of a question, told from its records; they are not opened but for what it may be asked for. A version
 * is a question_written. */
struct question_seen {
	struct arena *arena;
	struct id     course;
	uint32_t      versions;
	bool          of_course, retired, practice_only;
};

static void see_use(struct question_seen *seen, const struct record *record)
{
	const struct event_type *type;
	const void              *event;

	if (record_event(record, NULL, seen->arena, &type, &event) == STATUS_OK)
		seen->practice_only = ((const struct question_use_changed *)event)->use == QUESTION_USE_practice;
}

static bool see_question(void *owner, const struct record *record)
{
	struct question_seen *seen = owner;

	for (uint32_t i = 0; i < record->stream_count; i++)
		seen->of_course |= id_equal(record->streams[i].id, seen->course);
	seen->versions += record->number == EVENT_question_written;
	seen->retired |= record->number == EVENT_question_retired;
	if (record->number == EVENT_question_use_changed)
		see_use(seen, record);
	return true;
}

static void complain(struct paper_check *check, uint32_t slot, uint32_t place, const char *member, struct text sentence)
{
	struct complaints *complaints = &check->complaints;

	if (complaints->count < COMPLAINTS_MAX)
		complaints->items[complaints->count++] = (struct complaint){
			.pointer = arena_format(check->arena, "/slots/%u/pool/%u/%s", slot, place, member),
			.sentence = sentence};
}

static enum status check_pooled(struct paper_check *check, uint32_t slot, uint32_t place)
{
	const struct paper_question *pooled = &check->slots[slot].pool.items[place];
	struct question_seen         seen = {.arena = check->arena, .course = check->course};
	enum status                  status =
		reader_stream(check->reader, pooled->question, 1, QUESTION_RECORDS_MAX, see_question, &seen);

	if (status != STATUS_OK)
		return status;
	if (!seen.of_course || seen.versions == 0)
		complain(check, slot, place, "question", TEXT("is no question of this course"));
	else if (pooled->version > seen.versions)
		complain(check, slot, place, "version", TEXT("is no version of this question"));
	else if (seen.retired)
		complain(check, slot, place, "question", TEXT("is retired"));
	else if (seen.practice_only)
		complain(check, slot, place, "question", TEXT("is for practice alone"));
	return STATUS_OK;
}

static enum status check_slots(struct paper_check *check)
{
	enum status status = STATUS_OK;

	for (uint32_t i = 0; i < check->slot_count; i++)
		for (uint32_t j = 0; j < check->slots[i].pool.count && status == STATUS_OK; j++)
			status = check_pooled(check, i, j);
	return status;
}

/* The course of an assessment that is revised. */
static bool see_course(void *owner, const struct record *record)
{
	struct paper_check      *check = owner;
	const struct event_type *type;
	const void              *event;

	if (record->number == EVENT_assessment_written
	    && record_event(record, NULL, check->arena, &type, &event) == STATUS_OK)
		check->course = ((const struct assessment_written *)event)->course;
	return false;
}

/* An assessment that is not there has no course, and the decider says so. */
static void run_paper_check(struct work *work)
{
	struct exchange    *exchange = container_of(work, struct exchange, work);
	struct paper_check *check = exchange->own;
	struct id           assessment = *(struct id *)exchange_field(exchange, "assessment");

	exchange->status = reader_open(exchange->lane->service->data, &check->reader);
	if (exchange->status != STATUS_OK)
		return;
	if (!id_present(check->course))
		exchange->status = reader_stream(check->reader, assessment, 1, 1, see_course, check);
	if (exchange->status == STATUS_OK && id_present(check->course))
		exchange->status = check_slots(check);
	reader_close(check->reader);
}

static enum pace check_paper(struct exchange *exchange)
{
	struct paper_check              *check = arena_new(&exchange->arena, struct paper_check);
	const struct field              *course = shape_field(exchange->command->shape, TEXT("course"));
	const struct list_of_paper_slot *slots = exchange_field(exchange, "slots");

	check->arena = &exchange->arena;
	check->slots = slots->items;
	check->slot_count = slots->count;
	if (course)
		check->course = *(const struct id *)field_at(course, exchange->input);
	exchange->own = check;
	return exchange_work(exchange, run_paper_check);
}

static enum pace judge_paper(struct exchange *exchange)
{
	const struct paper_check *check = exchange->own;

	if (exchange->status != STATUS_OK)
		return exchange_fail(exchange, exchange->status);
	return check->complaints.count > 0 ? exchange_invalid(exchange, &check->complaints) : GO_ON;
}

static exchange_step *const paper_steps[] = {check_paper, judge_paper, NULL};
const struct preparation    preparation_paper = {
	   .steps = paper_steps, .body_bytes_max = PAPER_BODY_BYTES_MAX, .decides_alone = true};

/* ---------------------------------------------------------------- beginning an attempt */

/* The draw must be the same when the command is sent again, and nobody may choose it by choosing the command's id. */
static enum pace take_secret(struct exchange *exchange)
{
	struct start_attempt *command = exchange->input;

	command->secret = hash_keyed(&exchange->lane->service->command_secret, TEXT("attempt"),
	                             BYTES(exchange->command_id.bytes, sizeof(exchange->command_id.bytes)));
	return GO_ON;
}

static exchange_step *const start_steps[] = {take_secret, NULL};
const struct preparation    preparation_start_attempt = {.steps = start_steps, .decides_alone = true};

/* ---------------------------------------------------------------- reading one */

/* Columns of the lookup assessment_head. */
enum {
	HEAD_COURSE,
	HEAD_RELEASED,
	HEAD_POLICIES,
	HEAD_LATEST, /* the latest paper: content, revision, title, instructions, purpose, slots, questions, points */
	HEAD_LATEST_REVISION,
	HEAD_LATEST_TITLE,
	HEAD_LATEST_INSTRUCTIONS,
	HEAD_LATEST_PURPOSE,
	HEAD_LATEST_SLOTS,
	HEAD_LATEST_QUESTIONS,
	HEAD_LATEST_POINTS,
	HEAD_OWN, /* the paper of the caller's edition: the same, without slots */
	HEAD_OWN_REVISION,
	HEAD_OWN_TITLE,
	HEAD_OWN_INSTRUCTIONS,
	HEAD_OWN_PURPOSE,
	HEAD_OWN_QUESTIONS,
	HEAD_OWN_POINTS,
	HEAD_ENROLMENT,
	HEAD_ENROLLED,
	HEAD_ALLOWANCE,
	HEAD_COLUMNS,
};

struct assessment_reading {
	struct text          head[HEAD_COLUMNS]; /* in the arena */
	bool                 staff;
	struct assessment    assessment; /* its policies */
	struct accommodation accommodation;
};

static enum pace begin_reading(struct exchange *exchange)
{
	exchange->own = arena_new(&exchange->arena, struct assessment_reading);
	return exchange_await(exchange, lookup_projection(lookup_find(TEXT("assessment_head"))));
}

static enum pace await_attempts(struct exchange *exchange)
{
	return exchange_await(exchange, lookup_projection(lookup_find(TEXT("attempts_of_learner"))));
}

static enum pace take_access(struct exchange *exchange)
{
	struct assessment_reading *reading = exchange->own;

	if (exchange->status != STATUS_OK)
		return exchange_fail(exchange, exchange->status);
	if (pg_answer_rows(exchange->rows) == 0)
		return exchange_refuse(exchange, REFUSAL_assessment_unknown, 0);
	reading->staff = course_access_may(exchange, COURSE_RIGHT_WORK);
	return GO_ON;
}

static enum pace ask_head(struct exchange *exchange)
{
	const struct read_assessment *asked = exchange->input;
	struct text                   values[] = {exchange_id_text(exchange, asked->assessment),
	                                          exchange_id_text(exchange, exchange->claims.user)};

	return exchange_look_up(exchange, "assessment_head", values);
}

/* Who neither works on the course nor takes it, in an edition that asks this, does not learn that it is there. */
static enum pace take_head(struct exchange *exchange)
{
	struct assessment_reading *reading = exchange->own;
	enum status                status = exchange->status;

	if (status == STATUS_OK && pg_answer_rows(exchange->rows) == 0)
		return exchange_refuse(exchange, REFUSAL_assessment_unknown, 0);
	for (uint32_t i = 0; i < HEAD_COLUMNS && status == STATUS_OK; i++) {
		struct text value = pg_answer_text(exchange->rows, 0, i);

		reading->head[i] = value.data ? arena_text(&exchange->arena, value) : TEXT_NONE;
	}
	if (status == STATUS_OK)
		status = terms_from_json(reading->head[HEAD_POLICIES], reading->head[HEAD_ALLOWANCE], &exchange->arena,
		                         &reading->assessment, &reading->accommodation);
	if (status != STATUS_OK)
		return exchange_fail(exchange, status);
	if (!reading->staff && !(text_is(reading->head[HEAD_ENROLLED], "true") && reading->head[HEAD_OWN].data))
		return exchange_refuse(exchange, REFUSAL_assessment_unknown, 0);
	return GO_ON;
}

static enum pace ask_attempts(struct exchange *exchange)
{
	const struct read_assessment *asked = exchange->input;
	struct text                   values[] = {exchange_id_text(exchange, asked->assessment),
	                                          exchange_id_text(exchange, exchange->claims.user)};

	return exchange_look_up(exchange, "attempts_of_learner", values);
}

static void append_instructions(struct exchange *exchange, struct text source)
{
	struct markdown_page page;
	const char          *mistake;
	struct buffer        escaped = {0};

	if (markdown_read(source, &exchange->arena, &page, &mistake) == STATUS_OK) {
		json_append_member(&exchange->out, "instructions", page.html);
		return;
	}
	markdown_append_escaped(&escaped, source);
	json_append_member(&exchange->out, "instructions",
	                   (struct text){.data = (const char *)escaped.data, .size = escaped.size});
	buffer_finish(&escaped);
}

/* The paper of the caller's own edition, or the draft's. */
static void append_paper(struct exchange *exchange, bool own)
{
	const struct assessment_reading *reading = exchange->own;
	const struct text               *head = reading->head;
	struct buffer                   *out = &exchange->out;

	json_append_member(out, "content", head[own ? HEAD_OWN : HEAD_LATEST]);
	json_append_member(out, "title", head[own ? HEAD_OWN_TITLE : HEAD_LATEST_TITLE]);
	json_append_member(out, "purpose", head[own ? HEAD_OWN_PURPOSE : HEAD_LATEST_PURPOSE]);
	append_instructions(exchange, head[own ? HEAD_OWN_INSTRUCTIONS : HEAD_LATEST_INSTRUCTIONS]);
	buffer_format(out, ",\"revision\":%.*s,\"questions\":%.*s,\"points_milli\":%.*s",
	              TEXT_ARG(head[own ? HEAD_OWN_REVISION : HEAD_LATEST_REVISION]),
	              TEXT_ARG(head[own ? HEAD_OWN_QUESTIONS : HEAD_LATEST_QUESTIONS]),
	              TEXT_ARG(head[own ? HEAD_OWN_POINTS : HEAD_LATEST_POINTS]));
	if (own)
		return;
	if (head[HEAD_LATEST_INSTRUCTIONS].size > 0)
		json_append_member(out, "source", head[HEAD_LATEST_INSTRUCTIONS]);
	buffer_format(out, ",\"slots\":%.*s", TEXT_ARG(head[HEAD_LATEST_SLOTS]));
}

enum { ATTEMPT_DOCUMENT, ATTEMPT_OPEN, ATTEMPT_NUMBER };

static void append_sitting(struct exchange *exchange, const struct policy *policy)
{
	const struct assessment_reading *reading = exchange->own;
	struct buffer                   *out = &exchange->out;
	uint32_t                         count = pg_answer_rows(exchange->rows);
	uint64_t    allowed = policy->attempts_max + reading->accommodation.extra_attempts, used = 0;
	struct text open = TEXT_NONE;

	if (count > 0 && !text_parse_u64(pg_answer_text(exchange->rows, 0, ATTEMPT_NUMBER), &used))
		used = count;
	buffer_append_text(out, TEXT(",\"mine\":{\"content\":"));
	json_append_string(out, reading->head[HEAD_OWN]);
	buffer_append_text(out, TEXT(",\"attempts\":["));
	for (uint32_t i = 0; i < count; i++) {
		buffer_append_text(out, i > 0 ? TEXT(",") : TEXT(""));
		buffer_append_text(out, pg_answer_text(exchange->rows, i, ATTEMPT_DOCUMENT));
		if (pg_answer_text(exchange->rows, i, ATTEMPT_OPEN).data)
			open = pg_answer_text(exchange->rows, i, ATTEMPT_OPEN);
	}
	buffer_append_text(out, TEXT("]"));
	if (policy->attempts_max > 0)
		buffer_format(out, ",\"attempts_left\":%" PRIu64, allowed > used ? allowed - used : 0);
	json_append_member(out, "open", open);
	if (policy->time_limit_s > 0)
		buffer_format(
			out, ",\"time_limit_s\":%u",
			(uint32_t)((uint64_t)policy->time_limit_s * (100 + reading->accommodation.extra_time) / 100));
	policy_append_time(out, "due_at", deadline_due_at(policy, &reading->accommodation));
	policy_append_time(out, "closes_at", deadline_closes_at(policy, &reading->accommodation));
	buffer_append_text(out, TEXT("}"));
}

/* Staff sees the draft's paper, unless they also take the course; both would be the same thing twice. */
static enum pace present_assessment(struct exchange *exchange)
{
	const struct assessment_reading *reading = exchange->own;
	const struct read_assessment    *asked = exchange->input;
	struct policy                    policy = deadline_policy(&reading->assessment, clock_wall_us());
	struct buffer                   *out = &exchange->out;
	bool                             enrolled = text_is(reading->head[HEAD_ENROLLED], "true");

	if (exchange->status != STATUS_OK)
		return exchange_fail(exchange, exchange->status);
	buffer_append_text(out, TEXT("{\"assessment\":"));
	json_append_id(out, asked->assessment);
	json_append_member(out, "course", reading->head[HEAD_COURSE]);
	append_paper(exchange, !reading->staff);
	buffer_format(out, ",\"released\":%.*s,\"policy\":", TEXT_ARG(reading->head[HEAD_RELEASED]));
	policy_append(&policy, out);
	if (enrolled && reading->head[HEAD_OWN].data)
		append_sitting(exchange, &policy);
	buffer_append_text(out, TEXT("}"));
	return exchange_reply_json(exchange, exchange->route->http, buffer_bytes(out), TEXT_NONE);
}

static exchange_step *const read_steps[] = {course_access_await,
                                            course_access_check,
                                            begin_reading,
                                            course_access_check,
                                            await_attempts,
                                            course_access_check,
                                            course_access_ask_assessment,
                                            take_access,
                                            ask_head,
                                            take_head,
                                            ask_attempts,
                                            present_assessment,
                                            NULL};
const struct preparation    preparation_assessment = {.steps = read_steps};
