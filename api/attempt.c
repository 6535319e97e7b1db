/* Routes of attempts. What a learner is shown is made anew from version and seed each time, on a worker thread, since
 * texts are rendered for it; solutions and grades are read only for those who may see them now. */
#include "api/attempt_access.h"
#include "api/course_access.h"
#include "api/policy_view.h"
#include "api/preparation.h"
#include "api/reply.h"
#include "commands/grading/question_log.h"
#include "commands/learning/deadline.h"
#include "eventstore/codec/codec_json.h"
#include "eventstore/codec/personal.h"
#include "schema/commands.h"

#include <inttypes.h>

enum { US_PER_MS = 1000 };

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
	SLOT_TRIES,
	SLOT_DOCUMENT,
	SLOT_KEY,
	SLOT_VERDICT, /* absent: nobody looked at the answer yet, or its grade was not asked for */
	SLOT_WORTH,
	SLOT_KEY_NUMBER,
	SLOT_GRADER,
	SLOT_MARKED,
	SLOT_GRADED_BY,
	SLOT_MARKS,
	SLOT_PROJECT,
	SLOT_PROJECT_REVISION,
	SLOT_TASK,
	SLOT_TASK_RUN, /* absent: none, or grades were not asked for */
};

/* ---------------------------------------------------------------- asking */

static struct text truth(bool value)
{
	return value ? TEXT("true") : TEXT("false");
}

/* Of some answer at least. */
static bool tells_grades(const struct feedback_rules *rules)
{
	return feedback_given(rules, true) && feedback_has_grades(rules);
}

/* What nobody may see yet of any answer is not even read. */
static enum pace ask_slots(struct exchange *exchange)
{
	const struct read_attempt   *asked = exchange->input;
	const struct attempt_access *access = exchange->own;
	const struct feedback_rules *rules = &access->rules;
	struct text                  solutions = truth(feedback_given(rules, true) && feedback_has_solution(rules));
	struct text values[] = {exchange_id_text(exchange, asked->attempt), solutions, truth(tells_grades(rules)),
	                        truth(rules->staff)};

	return exchange_look_up(exchange, "attempt_slots", values);
}

/* ---------------------------------------------------------------- a slot */

struct slot_view {
	const struct pg_answer      *rows;
	uint32_t                     row;
	const struct attempt_access *access;
	const struct opener         *opener;
	struct question_view         view;
	const char                  *trouble; /* NULL: none */
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
	json_append_member(out, "text", cell(slot, SLOT_WORDS));
	json_append_literal(out, "chosen", cell(slot, SLOT_CHOSEN));
	json_append_literal(out, "pairs", cell(slot, SLOT_PAIRS));
	json_append_member(out, "project", cell(slot, SLOT_PROJECT));
	json_append_literal(out, "revision", cell(slot, SLOT_PROJECT_REVISION));
	json_append_member(out, "answered_at", cell(slot, SLOT_ANSWERED_AT));
	json_append_literal(out, "offline", cell(slot, SLOT_OFFLINE));
	json_append_literal(out, "position", cell(slot, SLOT_SAVED));
	buffer_append_text(out, TEXT("}"));
}

/* Of hints that were not taken a learner knows how many there are, and what the next one costs. In practice they are
 * free. */
static void append_hints(const struct slot_view *slot, struct buffer *out)
{
	const struct list_of_question_hint *hints = &slot->view.question->hints;
	bool                                practice = slot->access->rules.practice;
	uint64_t                            taken = 0;

	if (!text_parse_u64(cell(slot, SLOT_HINTS), &taken) || taken > hints->count)
		taken = hints->count;
	buffer_format(out, ",\"hints\":%u,\"hints_taken\":[", hints->count);
	for (uint32_t i = 0; i < (slot->access->rules.staff ? hints->count : taken); i++) {
		buffer_format(out, "%s{\"hint\":%u,\"cost\":%u,\"html\":", i > 0 ? "," : "", i + 1,
		              practice ? 0 : hints->items[i].cost);
		question_view_append_text(&slot->view, hints->items[i].text, out);
		buffer_append_text(out, TEXT("}"));
	}
	buffer_append_text(out, TEXT("]"));
	if (taken < hints->count)
		buffer_format(out, ",\"next_hint_cost\":%u", practice ? 0 : hints->items[taken].cost);
}

/* Without numbers there is no page: whoever asks is told why at this question, and sees the others. */
static void open_slot(struct slot_view *slot)
{
	const struct question_written *question;

	if (!cell(slot, SLOT_DOCUMENT).data
	    || question_from_json(cell(slot, SLOT_DOCUMENT), slot->view.arena, &question) != STATUS_OK) {
		slot->trouble = "question_unreadable";
		return;
	}
	slot->view.question = question;
	if (question_view_draw(&slot->view) != STATUS_OK) {
		slot->view.numbers = NULL;
		slot->trouble = "numbers_undrawable";
	}
}

/* A key that cannot be read is none, and a trouble. */
static const struct key_set *read_key(struct slot_view *slot, uint32_t column)
{
	const struct key_set *key = NULL;

	if (!cell(slot, column).data)
		return NULL;
	if (key_from_json(cell(slot, column), slot->view.arena, &key) == STATUS_OK)
		return key;
	if (!slot->trouble)
		slot->trouble = "key_unreadable";
	return NULL;
}

static void append_shown(const struct slot_view *slot, struct buffer *out)
{
	if (!slot->view.numbers) {
		json_append_literal(out, "hints", cell(slot, SLOT_HINTS));
		buffer_append_text(out, TEXT(",\"hints_taken\":[]"));
		return;
	}
	buffer_append_text(out, TEXT(",\"shown\":"));
	question_view_append(&slot->view, out);
	append_hints(slot, out);
}

static void append_explanation(struct slot_view *slot, struct buffer *out)
{
	const struct question_view *view = &slot->view;
	const struct key_set       *key = NULL;

	if (!view->numbers)
		return;
	if (view->question->explanation.data) {
		buffer_append_text(out, TEXT(",\"explanation\":"));
		question_view_append_text(view, view->question->explanation, out);
	}
	if (feedback_has_solution(&slot->access->rules))
		key = read_key(slot, SLOT_KEY);
	if (!key)
		return;
	buffer_append_text(out, TEXT(",\"solution\":"));
	question_view_append_solution(view, key, out);
}

static void append_grade(struct slot_view *slot, struct buffer *out)
{
	const struct answer_grade grade = {
		.verdict = cell(slot, SLOT_VERDICT),
		.points_milli = cell(slot, SLOT_WORTH),
		.of_milli = cell(slot, SLOT_POINTS),
		.key = cell(slot, SLOT_KEY_NUMBER),
		.grader = cell(slot, SLOT_GRADER),
		.marked = cell(slot, SLOT_MARKED),
		.marks = cell(slot, SLOT_MARKS),
		.graded_by = read_key(slot, SLOT_GRADED_BY),
	};
	const struct answer_given given = {
		.words = personal_open(cell(slot, SLOT_WORDS), slot->opener, slot->view.arena),
		.chosen = cell(slot, SLOT_CHOSEN),
	};

	if (!grade.verdict.data || !feedback_has_grades(&slot->access->rules))
		return;
	json_append_literal(out, "run", cell(slot, SLOT_TASK_RUN));
	buffer_append_text(out, TEXT(",\"grade\":"));
	answer_feedback_append(&grade, &given, &slot->view, out);
}

static void append_slot(struct slot_view *slot, struct buffer *out)
{
	open_slot(slot);
	buffer_format(out, "%s{\"slot\":%.*s", slot->row > 0 ? "," : "", TEXT_ARG(cell(slot, SLOT_NUMBER)));
	json_append_member(out, "question", cell(slot, SLOT_QUESTION));
	json_append_literal(out, "version", cell(slot, SLOT_VERSION));
	json_append_literal(out, "points_milli", cell(slot, SLOT_POINTS));
	json_append_member(out, "why", cell(slot, SLOT_WHY));
	append_shown(slot, out);
	json_append_literal(out, "task", cell(slot, SLOT_TASK));
	append_answer(slot, out);
	json_append_literal(out, "finished", cell(slot, SLOT_FINISHED));
	json_append_literal(out, "tries", cell(slot, SLOT_TRIES));
	if (feedback_given(&slot->access->rules, is_true(slot, SLOT_FINISHED))) {
		append_explanation(slot, out);
		append_grade(slot, out);
	}
	if (slot->trouble)
		json_append_member(out, "trouble", text_from(slot->trouble));
	buffer_append_text(out, TEXT("}"));
}

/* ---------------------------------------------------------------- the whole */

static void append_times(const struct attempt_access *access, struct buffer *out)
{
	int64_t remaining_us = access->end - access->rules.now;

	json_append_member(out, "started_at", access->head[HEAD_STARTED_AT]);
	policy_append_time(out, "now", access->rules.now);
	policy_append_time(out, "ends_at", access->end);
	if (access->last_call != access->end)
		policy_append_time(out, "late_until", access->last_call);
	if (!access->rules.submitted && access->end != DEADLINE_NEVER_US)
		buffer_format(out, ",\"remaining_ms\":%" PRId64, remaining_us > 0 ? remaining_us / US_PER_MS : 0);
	json_append_member(out, "submitted_at", access->head[HEAD_SUBMITTED_AT]);
	json_append_member(out, "cause", access->head[HEAD_CAUSE]);
	json_append_literal(out, "penalty", access->head[HEAD_PENALTY]);
}

static void append_head(struct exchange *exchange, const struct attempt_access *access, struct buffer *out)
{
	const struct read_attempt *asked = exchange->input;
	struct feedback_rules      learners = access->rules;

	learners.staff = false;
	buffer_append_text(out, TEXT("{\"attempt\":"));
	json_append_id(out, asked->attempt);
	json_append_member(out, "assessment", access->head[HEAD_ASSESSMENT]);
	json_append_member(out, "course", access->head[HEAD_COURSE]);
	json_append_member(out, "learner", access->head[HEAD_LEARNER]);
	json_append_member(out, "content", access->head[HEAD_CONTENT]);
	json_append_literal(out, "number", access->head[HEAD_NUMBER]);
	append_times(access, out);
	json_append_literal(out, "told", truth(feedback_has_grades(&learners)));
	if (feedback_has_grades(&access->rules))
		json_append_literal(out, "grade", access->head[HEAD_GRADE]);
}

static void run_view(struct work *work)
{
	struct exchange             *exchange = container_of(work, struct exchange, work);
	const struct attempt_access *access = exchange->own;
	struct buffer               *out = &exchange->out;

	append_head(exchange, access, out);
	buffer_append_text(out, TEXT(",\"slots\":["));
	for (uint32_t i = 0; i < pg_answer_rows(exchange->rows); i++) {
		struct slot_view slot = {
			.rows = exchange->rows,
			.row = i,
			.access = access,
			.opener = keys_opener(exchange->lane->service->keys),
			.view = {.seed = access->seed,
		                 .shuffles = text_is(access->head[HEAD_SHUFFLES], "true"),
		                 .arena = &exchange->arena,
		                 .pages = exchange->lane->service->pages},
		};

		append_slot(&slot, out);
	}
	buffer_append_text(out, TEXT("]}"));
}

/* Where answers may be held against a key's patterns it is work for a worker. Without that the pages of a question are
 * there, once somebody was shown it; and nobody whose exam begins is told that the workers are busy. */
static enum pace make_view(struct exchange *exchange)
{
	const struct attempt_access *access = exchange->own;

	if (exchange->status != STATUS_OK)
		return exchange_fail(exchange, exchange->status);
	if (tells_grades(&access->rules))
		return exchange_work(exchange, run_view);
	run_view(&exchange->work);
	return GO_ON;
}

static enum pace present_attempt(struct exchange *exchange)
{
	struct text document;

	if (exchange->status != STATUS_OK)
		return exchange_fail(exchange, exchange->status);
	document = arena_text(&exchange->arena,
	                      (struct text){.data = (const char *)exchange->out.data, .size = exchange->out.size});
	buffer_consume(&exchange->out, exchange->out.size);
	return reply_opened(exchange, document);
}

static exchange_step *const read_steps[] = {attempt_access_await,
                                            course_access_check,
                                            attempt_access_await_rules,
                                            course_access_check,
                                            attempt_access_await_keys,
                                            course_access_check,
                                            attempt_access_ask,
                                            attempt_access_take,
                                            ask_slots,
                                            make_view,
                                            present_attempt,
                                            NULL};
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
