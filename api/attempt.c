/* Routes of attempts. What a learner is shown is made anew from version and seed each time; a solution is read only for
 * those who may see it now. */
#include "api/course_access.h"
#include "api/policy_view.h"
#include "api/preparation.h"
#include "api/question_view.h"
#include "api/reply.h"
#include "commands/grading/question_log.h"
#include "commands/learning/deadline.h"
#include "eventstore/base/clock.h"
#include "eventstore/codec/codec_json.h"
#include "eventstore/codec/personal.h"
#include "schema/commands.h"

#include <inttypes.h>

enum { US_PER_MS = 1000 };

/* Columns of the lookup attempt_head. */
enum {
	HEAD_LEARNER,
	HEAD_ROLE,
	HEAD_ASSESSMENT,
	HEAD_COURSE,
	HEAD_CONTENT,
	HEAD_NUMBER,
	HEAD_SEED,
	HEAD_SHUFFLES,
	HEAD_STARTED_AT,
	HEAD_SUBMITTED_AT,
	HEAD_CAUSE,
	HEAD_PENALTY,
	HEAD_POLICIES,
	HEAD_ALLOWANCE,
	HEAD_COLUMNS,
};

/* Columns of the lookup attempt_slots. */
enum {
	SLOT_NUMBER,
	SLOT_QUESTION,
	SLOT_VERSION,
	SLOT_POINTS,
	SLOT_WHY,
	SLOT_HINTS,
	SLOT_FINISHED,
	SLOT_ANSWERED,
	SLOT_WORDS,
	SLOT_CHOSEN,
	SLOT_PAIRS,
	SLOT_ANSWERED_AT,
	SLOT_OFFLINE,
	SLOT_SAVED,
	SLOT_DOCUMENT,
	SLOT_KEY,
};

struct attempt_reading {
	struct text          head[HEAD_COLUMNS]; /* in the arena */
	bool                 staff;
	uint64_t             seed;
	int64_t              now, started_at, end, last_call;
	struct assessment    assessment; /* its policies */
	struct accommodation accommodation;
	struct policy        policy; /* that holds now */
};

/* ---------------------------------------------------------------- the attempt */

static struct text id_text(struct exchange *exchange, struct id id)
{
	char text[ID_TEXT_SIZE + 1];

	id_format(id, text);
	return arena_text(&exchange->arena, text_from(text));
}

static enum pace await_attempts(struct exchange *exchange)
{
	exchange->own = arena_new(&exchange->arena, struct attempt_reading);
	return exchange_await(exchange, lookup_projection(lookup_find(TEXT("attempt_head"))));
}

static enum pace ask_head(struct exchange *exchange)
{
	const struct read_attempt *asked = exchange->input;
	struct text values[] = {id_text(exchange, asked->attempt), id_text(exchange, exchange->claims.user)};

	return exchange_look_up(exchange, "attempt_head", values);
}

static enum status read_time(struct exchange *exchange, struct text text, int64_t *out)
{
	return time_parse(text, out) ? STATUS_OK : STATUS_CORRUPT;
}

static enum status read_head(struct exchange *exchange, struct attempt_reading *reading)
{
	enum status status = policies_from_json(reading->head[HEAD_POLICIES], &exchange->arena, &reading->assessment);

	if (status == STATUS_OK)
		status = accommodation_from_json(reading->head[HEAD_ALLOWANCE], &exchange->arena,
		                                 &reading->accommodation);
	if (status == STATUS_OK)
		status = read_time(exchange, reading->head[HEAD_STARTED_AT], &reading->started_at);
	if (status == STATUS_OK && !text_parse_u64(reading->head[HEAD_SEED], &reading->seed))
		status = STATUS_CORRUPT;
	if (status != STATUS_OK)
		return status;
	reading->now = clock_wall_us();
	reading->end = deadline_end(&reading->assessment, &reading->accommodation, reading->started_at);
	reading->last_call = deadline_last_call(&reading->assessment, reading->end);
	reading->policy = deadline_policy(&reading->assessment, reading->now);
	return STATUS_OK;
}

/* Somebody else's is as unknown as none, but to those who grade it. */
static enum pace take_head(struct exchange *exchange)
{
	struct attempt_reading *reading = exchange->own;
	char                    caller[ID_TEXT_SIZE + 1];

	if (exchange->status != STATUS_OK)
		return exchange_fail(exchange, exchange->status);
	if (pg_answer_rows(exchange->rows) == 0)
		return exchange_refuse(exchange, REFUSAL_attempt_unknown, 0);
	for (uint32_t i = 0; i < HEAD_COLUMNS; i++) {
		struct text value = pg_answer_text(exchange->rows, 0, i);

		reading->head[i] = value.data ? arena_text(&exchange->arena, value) : TEXT_NONE;
	}
	id_format(exchange->claims.user, caller);
	reading->staff = course_access_by_role(exchange, reading->head[HEAD_ROLE], COURSE_RIGHT_GRADE);
	if (!reading->staff && !text_is(reading->head[HEAD_LEARNER], caller))
		return exchange_refuse(exchange, REFUSAL_attempt_unknown, 0);
	exchange->status = read_head(exchange, reading);
	return exchange->status == STATUS_OK ? GO_ON : exchange_fail(exchange, exchange->status);
}

/* ---------------------------------------------------------------- what is told, and when */

/* Practice tells what was right as soon as an answer is finished. An attempt that was handed in is one whose answers
 * are all finished. */
static bool gives_feedback(const struct attempt_reading *reading, bool finished)
{
	bool submitted = reading->head[HEAD_SUBMITTED_AT].data != NULL;

	if (reading->staff)
		return true;
	if (!reading->head[HEAD_ASSESSMENT].data)
		return finished || submitted;
	switch (reading->policy.feedback) {
	case FEEDBACK_TIME_submitted:
		return submitted;
	case FEEDBACK_TIME_answered:
		return finished || submitted;
	case FEEDBACK_TIME_closed:
		return submitted && reading->now >= deadline_closes_at(&reading->policy, &reading->accommodation);
	default:
		return false;
	}
}

/* Practice has no policy, and shows what is right. */
static bool shows_solution(const struct attempt_reading *reading)
{
	return reading->staff || !reading->head[HEAD_ASSESSMENT].data || reading->policy.shows_key;
}

/* Solutions are not even read for those who may not see any of them. */
static enum pace ask_slots(struct exchange *exchange)
{
	const struct read_attempt    *asked = exchange->input;
	const struct attempt_reading *reading = exchange->own;
	bool                          solutions = shows_solution(reading) && gives_feedback(reading, true);
	struct text values[] = {id_text(exchange, asked->attempt), solutions ? TEXT("true") : TEXT("false")};

	return exchange_look_up(exchange, "attempt_slots", values);
}

/* ---------------------------------------------------------------- a slot */

static void append_member(struct buffer *out, const char *name, struct text value)
{
	if (!value.data)
		return;
	buffer_format(out, ",\"%s\":", name);
	json_append_string(out, value);
}

/* What is a number or JSON already. */
static void append_literal(struct buffer *out, const char *name, struct text value)
{
	if (value.data)
		buffer_format(out, ",\"%s\":%.*s", name, TEXT_ARG(value));
}

struct slot_view {
	const struct pg_answer *rows;
	uint32_t                row;
	struct question_view    view;
};

static struct text cell(const struct slot_view *slot, uint32_t column)
{
	return pg_answer_text(slot->rows, slot->row, column);
}

static bool is_true(const struct slot_view *slot, uint32_t column)
{
	return text_is(cell(slot, column), "true");
}

/* The learner's words stand here sealed, and are opened on the way out. */
static void append_answer(const struct slot_view *slot, struct buffer *out)
{
	if (!cell(slot, SLOT_ANSWERED).data)
		return;
	buffer_format(out, ",\"answer\":{\"answered\":%.*s", TEXT_ARG(cell(slot, SLOT_ANSWERED)));
	append_member(out, "text", cell(slot, SLOT_WORDS));
	append_literal(out, "chosen", cell(slot, SLOT_CHOSEN));
	append_literal(out, "pairs", cell(slot, SLOT_PAIRS));
	append_member(out, "answered_at", cell(slot, SLOT_ANSWERED_AT));
	append_literal(out, "offline", cell(slot, SLOT_OFFLINE));
	append_literal(out, "position", cell(slot, SLOT_SAVED));
	buffer_append_text(out, TEXT("}"));
}

/* Of hints that were not taken a learner knows how many there are, and what the next one costs. */
static void append_hints(const struct slot_view *slot, bool all, struct buffer *out)
{
	const struct list_of_question_hint *hints = &slot->view.question->hints;
	uint64_t                            taken = 0;

	if (!text_parse_u64(cell(slot, SLOT_HINTS), &taken) || taken > hints->count)
		taken = hints->count;
	buffer_format(out, ",\"hints\":%u,\"hints_taken\":[", hints->count);
	for (uint32_t i = 0; i < (all ? hints->count : taken); i++) {
		buffer_format(out, "%s{\"hint\":%u,\"cost\":%u,\"html\":", i > 0 ? "," : "", i + 1,
		              hints->items[i].cost);
		question_view_append_text(&slot->view, hints->items[i].text, out);
		buffer_append_text(out, TEXT("}"));
	}
	buffer_append_text(out, TEXT("]"));
	if (taken < hints->count)
		buffer_format(out, ",\"next_hint_cost\":%u", hints->items[taken].cost);
}

static enum status append_feedback(const struct slot_view *slot, const struct attempt_reading *reading,
                                   struct buffer *out)
{
	const struct question_written *question = slot->view.question;
	const struct key_set          *key = NULL;
	enum status                    status = STATUS_OK;

	if (!gives_feedback(reading, is_true(slot, SLOT_FINISHED)))
		return STATUS_OK;
	if (question->explanation.data) {
		buffer_append_text(out, TEXT(",\"explanation\":"));
		question_view_append_text(&slot->view, question->explanation, out);
	}
	if (!shows_solution(reading) || !cell(slot, SLOT_KEY).data)
		return STATUS_OK;
	status = key_from_json(cell(slot, SLOT_KEY), slot->view.arena, &key);
	if (status != STATUS_OK)
		return status;
	buffer_append_text(out, TEXT(",\"solution\":"));
	question_view_append_solution(&slot->view, key, out);
	return STATUS_OK;
}

static enum status open_slot(struct slot_view *slot)
{
	enum status status = question_from_json(cell(slot, SLOT_DOCUMENT), slot->view.arena, &slot->view.question);

	return status == STATUS_OK ? question_view_draw(&slot->view) : status;
}

static enum status append_slot(struct slot_view *slot, const struct attempt_reading *reading, struct buffer *out)
{
	enum status status = open_slot(slot);

	if (status != STATUS_OK)
		return status;
	buffer_format(out, "%s{\"slot\":%.*s", slot->row > 0 ? "," : "", TEXT_ARG(cell(slot, SLOT_NUMBER)));
	append_member(out, "question", cell(slot, SLOT_QUESTION));
	append_literal(out, "version", cell(slot, SLOT_VERSION));
	append_literal(out, "points_milli", cell(slot, SLOT_POINTS));
	append_member(out, "why", cell(slot, SLOT_WHY));
	buffer_append_text(out, TEXT(",\"shown\":"));
	question_view_append(&slot->view, out);
	append_hints(slot, reading->staff, out);
	append_answer(slot, out);
	append_literal(out, "finished", cell(slot, SLOT_FINISHED));
	status = append_feedback(slot, reading, out);
	buffer_append_text(out, TEXT("}"));
	return status;
}

/* ---------------------------------------------------------------- the whole */

static void append_times(const struct attempt_reading *reading, struct buffer *out)
{
	bool    submitted = reading->head[HEAD_SUBMITTED_AT].data != NULL;
	int64_t remaining_us = reading->end - reading->now;

	append_member(out, "started_at", reading->head[HEAD_STARTED_AT]);
	policy_append_time(out, "now", reading->now);
	policy_append_time(out, "ends_at", reading->end);
	if (reading->last_call != reading->end)
		policy_append_time(out, "late_until", reading->last_call);
	if (!submitted && reading->end != DEADLINE_NEVER_US)
		buffer_format(out, ",\"remaining_ms\":%" PRId64, remaining_us > 0 ? remaining_us / US_PER_MS : 0);
	append_member(out, "submitted_at", reading->head[HEAD_SUBMITTED_AT]);
	append_member(out, "cause", reading->head[HEAD_CAUSE]);
	append_literal(out, "penalty", reading->head[HEAD_PENALTY]);
}

static enum status append_attempt(struct exchange *exchange, struct buffer *out)
{
	const struct attempt_reading *reading = exchange->own;
	const struct read_attempt    *asked = exchange->input;
	uint32_t                      count = pg_answer_rows(exchange->rows);
	enum status                   status = STATUS_OK;

	buffer_append_text(out, TEXT("{\"attempt\":"));
	json_append_id(out, asked->attempt);
	append_member(out, "assessment", reading->head[HEAD_ASSESSMENT]);
	append_member(out, "course", reading->head[HEAD_COURSE]);
	append_member(out, "learner", reading->head[HEAD_LEARNER]);
	append_member(out, "content", reading->head[HEAD_CONTENT]);
	append_literal(out, "number", reading->head[HEAD_NUMBER]);
	append_times(reading, out);
	buffer_append_text(out, TEXT(",\"slots\":["));
	for (uint32_t i = 0; i < count && status == STATUS_OK; i++) {
		struct slot_view slot = {
			.rows = exchange->rows,
			.row = i,
			.view = {.seed = reading->seed,
		                 .shuffles = text_is(reading->head[HEAD_SHUFFLES], "true"),
		                 .arena = &exchange->arena},
		};

		status = append_slot(&slot, reading, out);
	}
	buffer_append_text(out, TEXT("]}"));
	return status;
}

static enum pace present_attempt(struct exchange *exchange)
{
	struct buffer document = {0};
	enum status   status = exchange->status;

	if (status == STATUS_OK)
		status = append_attempt(exchange, &document);
	if (status != STATUS_OK) {
		buffer_finish(&document);
		return exchange_fail(exchange, status);
	}
	reply_opened(exchange, (struct text){.data = (const char *)document.data, .size = document.size});
	buffer_finish(&document);
	return DONE;
}

static exchange_step *const read_steps[] = {await_attempts, course_access_check, ask_head, take_head,
                                            ask_slots,      present_attempt,     NULL};
const struct preparation    preparation_attempt = {.steps = read_steps};

/* ---------------------------------------------------------------- hints */

/* What a hint costs stands in the version that the attempt was begun with; the log knows both, and is never behind. */
struct hint_cost {
	struct arena *arena;
	uint32_t      slot;
	struct id     question;
	uint32_t      version;
};

static void see_asked(struct hint_cost *cost, struct id question, uint32_t version)
{
	cost->question = question;
	cost->version = version;
}

/* The first event of an attempt says what was asked. */
static bool see_start(void *owner, const struct record *record)
{
	struct hint_cost        *cost = owner;
	const struct event_type *type;
	const void              *event;

	if (record_event(record, NULL, cost->arena, &type, &event) != STATUS_OK)
		return false;
	if (record->number == EVENT_attempt_started) {
		const struct list_of_attempt_question *asked = &((const struct attempt_started *)event)->questions;

		if (cost->slot <= asked->count)
			see_asked(cost, asked->items[cost->slot - 1].question, asked->items[cost->slot - 1].version);
	} else if (record->number == EVENT_practice_started) {
		const struct list_of_practice_question *asked = &((const struct practice_started *)event)->questions;

		if (cost->slot <= asked->count)
			see_asked(cost, asked->items[cost->slot - 1].question, asked->items[cost->slot - 1].version);
	}
	return false;
}

/* NOT_FOUND: the question has no such hint. Where there is no such attempt or slot, the decider says so. */
static enum status find_cost(struct reader *reader, struct question_log *log, struct take_hint *command,
                             struct arena *arena)
{
	struct hint_cost      cost = {.arena = arena, .slot = command->slot};
	struct question_wish  wish = {.key = QUESTION_LOG_LATEST};
	struct question_found found;
	enum status           status = reader_head(reader, &wish.until);

	if (status == STATUS_OK)
		status = reader_stream(reader, command->attempt, 1, 1, see_start, &cost);
	if (status != STATUS_OK || !id_present(cost.question))
		return status;
	wish.question = cost.question;
	wish.version = cost.version;
	status = question_log_find(log, &wish, &found);
	if (status == STATUS_OK && command->hint > found.question->hints.count)
		return STATUS_NOT_FOUND;
	if (status == STATUS_OK)
		command->cost = found.question->hints.items[command->hint - 1].cost;
	return status;
}

static void run_hint(struct work *work)
{
	struct exchange     *exchange = container_of(work, struct exchange, work);
	struct reader       *reader;
	struct question_log *log;

	exchange->status = reader_open(exchange->lane->service->data, &reader);
	if (exchange->status != STATUS_OK)
		return;
	log = question_log_create(reader);
	exchange->status = find_cost(reader, log, exchange->input, &exchange->arena);
	question_log_destroy(log);
	reader_close(reader);
}

static enum pace look_for_hint(struct exchange *exchange)
{
	return exchange_work(exchange, run_hint);
}

static enum pace take_hint_cost(struct exchange *exchange)
{
	if (exchange->status == STATUS_NOT_FOUND)
		return exchange_refuse(exchange, REFUSAL_hint_unknown, 0);
	return exchange->status == STATUS_OK ? GO_ON : exchange_fail(exchange, exchange->status);
}

static exchange_step *const hint_steps[] = {look_for_hint, take_hint_cost, NULL};
const struct preparation    preparation_hint = {.steps = hint_steps, .decides_alone = true};
