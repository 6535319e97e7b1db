/* GET /me/next: what a learner should do next, and why. Three lookups find what is possible now; what deadlines allow
 * is for the rules of commands/learning/deadline.h to say, and what comes first for commands/learning/next_step.h. */
#include "api/consult.h"
#include "api/policy_view.h"
#include "api/preparation.h"
#include "api/reply.h"
#include "commands/learning/deadline.h"
#include "commands/learning/next_step.h"
#include "commands/learning/practice_draw.h"
#include "eventstore/base/clock.h"
#include "eventstore/base/require.h"
#include "eventstore/codec/codec_json.h"
#include "schema/commands.h"

#include <inttypes.h>

enum { NEXT_STEPS_MAX = 20, NEXT_STEPS_USUAL = 5, OPTIONS_MAX = 600 };

/* Columns of the lookup next_items. */
enum {
	ITEM_COURSE,
	ITEM_COURSE_TITLE,
	ITEM_ID,
	ITEM_KIND,
	ITEM_TITLE,
	ITEM_VIEWED_AT,
	ITEM_IS_PLACE,
	ITEM_PLACE,
	ITEM_ACTIVE_AT,
	ITEM_POLICIES,
	ITEM_ALLOWANCE,
	ITEM_ATTEMPTS,
	ITEM_ATTEMPTS_OPEN,
};

/* Columns of the lookup next_attempts. */
enum {
	ATTEMPT_ID,
	ATTEMPT_COURSE,
	ATTEMPT_COURSE_TITLE,
	ATTEMPT_ASSESSMENT,
	ATTEMPT_TITLE,
	ATTEMPT_STARTED_AT,
	ATTEMPT_POLICIES,
	ATTEMPT_ALLOWANCE,
	ATTEMPT_UNFINISHED,
};

/* Columns of the lookup next_practice. */
enum {
	PRACTICE_COURSE,
	PRACTICE_COURSE_TITLE,
	PRACTICE_OBJECTIVE,
	PRACTICE_TITLE,
	PRACTICE_QUESTIONS,
	PRACTICE_DUE,
	PRACTICE_KNOWN,
	PRACTICE_EVIDENCE,
};

/* What is told of an option; absent is left out. Texts are JSON literals where they are numbers. */
struct detail {
	struct text course_title, item_kind, title, place, attempt, objective, began_at, questions, known, evidence;
	int64_t     until; /* 0: no end */
};

struct next_reading {
	struct next_step_option options[OPTIONS_MAX];
	struct detail           details[OPTIONS_MAX];
	uint32_t                count;
	int64_t                 now;
	enum status             status; /* CORRUPT: a read model's row is not what it should be */
};

_Static_assert(NEXT_STEP_KIND_finish_attempt == NEXT_STEP_finish_attempt + 1
                       && NEXT_STEP_KIND_new_objective == NEXT_STEP_new_objective + 1
                       && (int)NEXT_STEP_KIND_new_objective == (int)NEXT_STEP_COUNT,
               "the schema has the kinds of steps in their order");

/* ---------------------------------------------------------------- cells */

static struct text kept(struct exchange *exchange, uint32_t row, uint32_t column)
{
	struct text value = pg_answer_text(exchange->rows, row, column);

	return value.data ? arena_text(&exchange->arena, value) : TEXT_NONE;
}

static struct id id_in(struct exchange *exchange, uint32_t row, uint32_t column)
{
	struct next_reading *reading = exchange->own;
	struct text          value = pg_answer_text(exchange->rows, row, column);
	struct id            id = ID_NONE;

	if (value.data && !id_parse(value, &id))
		reading->status = STATUS_CORRUPT;
	return id;
}

static uint64_t number_in(struct exchange *exchange, uint32_t row, uint32_t column)
{
	struct next_reading *reading = exchange->own;
	uint64_t             number = 0;

	if (!text_parse_u64(pg_answer_text(exchange->rows, row, column), &number))
		reading->status = STATUS_CORRUPT;
	return number;
}

static int64_t time_in(struct exchange *exchange, uint32_t row, uint32_t column)
{
	struct next_reading *reading = exchange->own;
	int64_t              time = 0;

	if (!time_parse(pg_answer_text(exchange->rows, row, column), &time))
		reading->status = STATUS_CORRUPT;
	return time;
}

static struct assessment *read_terms(struct exchange *exchange, uint32_t row, uint32_t policies, uint32_t granted,
                                     struct accommodation *accommodation)
{
	struct next_reading *reading = exchange->own;
	struct arena        *arena = &exchange->arena;
	struct assessment   *assessment = arena_new(arena, struct assessment);
	enum status          status =
		terms_from_json(pg_answer_text(exchange->rows, row, policies),
	                        pg_answer_text(exchange->rows, row, granted), arena, assessment, accommodation);

	if (status != STATUS_OK)
		reading->status = status;
	return assessment;
}

/* The lookups bring 350 rows at most, of which 200 make two options each. */
static void add(struct next_reading *reading, struct next_step_option option, const struct detail *detail)
{
	require(reading->count < OPTIONS_MAX);
	reading->options[reading->count] = option;
	reading->details[reading->count++] = *detail;
}

/* ---------------------------------------------------------------- items */

struct allowed {
	struct policy        policy;
	struct accommodation accommodation;
};

static struct allowed read_allowed(struct exchange *exchange, uint32_t row)
{
	struct next_reading *reading = exchange->own;
	struct allowed       allowed = {.policy.since = 0};
	struct assessment   *assessment =
		read_terms(exchange, row, ITEM_POLICIES, ITEM_ALLOWANCE, &allowed.accommodation);

	allowed.policy = deadline_policy(assessment, reading->now);
	return allowed;
}

/* As start_attempt is decided. */
static bool may_begin(const struct allowed *allowed, uint64_t used, uint64_t open, int64_t now)
{
	uint64_t most = (uint64_t)allowed->policy.attempts_max + allowed->accommodation.extra_attempts;

	return open == 0 && now >= allowed->policy.opens_at
	       && now < deadline_closes_at(&allowed->policy, &allowed->accommodation)
	       && (allowed->policy.attempts_max == 0 || used < most);
}

/* When it must be done without a penalty, or else when it closes. */
static int64_t until(const struct allowed *allowed, int64_t now)
{
	int64_t due = deadline_due_at(&allowed->policy, &allowed->accommodation);
	int64_t closes = deadline_closes_at(&allowed->policy, &allowed->accommodation);

	return due >= now && due < closes ? due : closes;
}

static void take_assessment(struct exchange *exchange, uint32_t row, struct next_step_option option,
                            struct detail *detail)
{
	struct next_reading *reading = exchange->own;
	struct allowed       allowed = read_allowed(exchange, row);
	int64_t              end = until(&allowed, reading->now);

	if (!may_begin(&allowed, number_in(exchange, row, ITEM_ATTEMPTS), number_in(exchange, row, ITEM_ATTEMPTS_OPEN),
	               reading->now))
		return;
	if (end != DEADLINE_NEVER_US)
		detail->until = end;
	add(reading, option, detail);
	if (end == DEADLINE_NEVER_US || end - reading->now > NEXT_STEP_SOON_US)
		return;
	option.kind = NEXT_STEP_deadline;
	option.urgency = end;
	add(reading, option, detail);
}

/* The lesson that was left comes before others that were begun. */
static void take_lesson(struct exchange *exchange, uint32_t row, struct next_step_option option, struct detail *detail)
{
	struct next_reading *reading = exchange->own;
	bool                 left = text_is(pg_answer_text(exchange->rows, row, ITEM_IS_PLACE), "true");

	add(reading, option, detail);
	if (!left && !pg_answer_text(exchange->rows, row, ITEM_VIEWED_AT).data)
		return;
	option.kind = NEXT_STEP_lesson;
	option.urgency = 2 * option.urgency + !left;
	detail->place = kept(exchange, row, ITEM_PLACE);
	add(reading, option, detail);
}

/* Rows come by course, the one worked on last first. */
static enum pace take_items(struct exchange *exchange)
{
	struct id course = ID_NONE;
	int64_t   courses = 0;

	if (exchange->status != STATUS_OK)
		return exchange_fail(exchange, exchange->status);
	for (uint32_t row = 0; row < pg_answer_rows(exchange->rows); row++) {
		struct next_step_option option = {.kind = NEXT_STEP_next_item,
		                                  .course = id_in(exchange, row, ITEM_COURSE),
		                                  .item = id_in(exchange, row, ITEM_ID)};
		struct detail           detail = {.course_title = kept(exchange, row, ITEM_COURSE_TITLE),
		                                  .item_kind = kept(exchange, row, ITEM_KIND),
		                                  .title = kept(exchange, row, ITEM_TITLE)};

		if (!id_equal(option.course, course))
			courses++;
		course = option.course;
		option.urgency = courses;
		if (text_is(detail.item_kind, "assessment"))
			take_assessment(exchange, row, option, &detail);
		else
			take_lesson(exchange, row, option, &detail);
	}
	return GO_ON;
}

/* ---------------------------------------------------------------- what is under way */

/* DEADLINE_NEVER_US where nothing ends it. */
static int64_t end_of(struct exchange *exchange, uint32_t row)
{
	struct accommodation accommodation = {.due_at = 0};
	struct assessment *assessment = read_terms(exchange, row, ATTEMPT_POLICIES, ATTEMPT_ALLOWANCE, &accommodation);

	return deadline_end(assessment, &accommodation, time_in(exchange, row, ATTEMPT_STARTED_AT));
}

static void take_attempt(struct exchange *exchange, uint32_t row)
{
	struct next_reading    *reading = exchange->own;
	struct next_step_option option = {.kind = NEXT_STEP_practice,
	                                  .course = id_in(exchange, row, ATTEMPT_COURSE),
	                                  .item = id_in(exchange, row, ATTEMPT_ASSESSMENT),
	                                  .urgency = row};
	struct detail           detail = {.course_title = kept(exchange, row, ATTEMPT_COURSE_TITLE),
	                                  .title = kept(exchange, row, ATTEMPT_TITLE),
	                                  .attempt = kept(exchange, row, ATTEMPT_ID),
	                                  .began_at = kept(exchange, row, ATTEMPT_STARTED_AT)};

	if (id_present(option.item)) {
		int64_t end = end_of(exchange, row);

		if (reading->now >= end)
			return;
		detail.item_kind = TEXT("assessment");
		detail.until = end != DEADLINE_NEVER_US ? end : 0;
		option.kind = detail.until != 0 ? NEXT_STEP_finish_attempt : NEXT_STEP_attempt;
		option.urgency = detail.until != 0 ? end : row;
	} else {
		detail.questions = kept(exchange, row, ATTEMPT_UNFINISHED);
	}
	add(reading, option, &detail);
}

static enum pace take_attempts(struct exchange *exchange)
{
	if (exchange->status != STATUS_OK)
		return exchange_fail(exchange, exchange->status);
	for (uint32_t row = 0; row < pg_answer_rows(exchange->rows); row++)
		take_attempt(exchange, row);
	return GO_ON;
}

/* ---------------------------------------------------------------- what can be practised */

/* What is known well enough needs no practice but its reviews. */
static void take_objective(struct exchange *exchange, uint32_t row, struct next_step_option option,
                           struct detail *detail)
{
	uint64_t known_ppm = number_in(exchange, row, PRACTICE_KNOWN);
	bool     seen = number_in(exchange, row, PRACTICE_EVIDENCE) > 0;

	if (seen && known_ppm >= PRACTICE_WEAK_PPM)
		return;
	option.kind = seen ? NEXT_STEP_weak_objective : NEXT_STEP_new_objective;
	option.urgency = seen ? (int64_t)known_ppm : row;
	detail->objective = kept(exchange, row, PRACTICE_OBJECTIVE);
	detail->title = kept(exchange, row, PRACTICE_TITLE);
	detail->known = kept(exchange, row, PRACTICE_KNOWN);
	detail->evidence = kept(exchange, row, PRACTICE_EVIDENCE);
	add(exchange->own, option, detail);
}

static enum pace take_practice(struct exchange *exchange)
{
	if (exchange->status != STATUS_OK)
		return exchange_fail(exchange, exchange->status);
	for (uint32_t row = 0; row < pg_answer_rows(exchange->rows); row++) {
		struct next_step_option option = {.kind = NEXT_STEP_review,
		                                  .course = id_in(exchange, row, PRACTICE_COURSE)};
		struct detail           detail = {.course_title = kept(exchange, row, PRACTICE_COURSE_TITLE),
		                                  .questions = kept(exchange, row, PRACTICE_QUESTIONS)};

		if (pg_answer_text(exchange->rows, row, PRACTICE_OBJECTIVE).data) {
			take_objective(exchange, row, option, &detail);
			continue;
		}
		detail.until = option.urgency = time_in(exchange, row, PRACTICE_DUE);
		add(exchange->own, option, &detail);
	}
	return GO_ON;
}

/* ---------------------------------------------------------------- asking */

static enum pace ask(struct exchange *exchange, const char *lookup)
{
	const struct next_steps *asked = exchange->input;
	struct text course = id_present(asked->course) ? exchange_id_text(exchange, asked->course) : TEXT_NONE;
	struct text values[] = {exchange_id_text(exchange, asked->learner), course,
	                        arena_format(&exchange->arena, "%u", PRACTICE_REST_S)};

	return exchange_look_up(exchange, lookup, values);
}

static enum pace ask_items(struct exchange *exchange)
{
	struct next_reading *reading = arena_new(&exchange->arena, struct next_reading);

	reading->now = clock_wall_us();
	exchange->own = reading;
	return ask(exchange, "next_items");
}

static enum pace ask_attempts(struct exchange *exchange)
{
	return ask(exchange, "next_attempts");
}

static enum pace ask_practice(struct exchange *exchange)
{
	return ask(exchange, "next_practice");
}

/* ---------------------------------------------------------------- telling */

static void append_step(const struct next_step_option *option, const struct detail *detail, struct buffer *out)
{
	buffer_format(out, "{\"kind\":\"%s\",\"why\":\"%s\",\"course\":", next_step_name(option->kind),
	              next_step_sentence(option->kind));
	json_append_id(out, option->course);
	json_append_member(out, "course_title", detail->course_title);
	if (id_present(option->item)) {
		buffer_append_text(out, TEXT(",\"item\":"));
		json_append_id(out, option->item);
	}
	json_append_member(out, "item_kind", detail->item_kind);
	json_append_member(out, "title", detail->title);
	json_append_member(out, "place", detail->place);
	json_append_member(out, "attempt", detail->attempt);
	json_append_member(out, "objective", detail->objective);
	policy_append_time(out, "until", detail->until);
	json_append_member(out, "began_at", detail->began_at);
	json_append_literal(out, "questions", detail->questions);
	json_append_literal(out, "known_ppm", detail->known);
	json_append_literal(out, "evidence", detail->evidence);
	buffer_append_text(out, TEXT("}"));
}

static enum pace present(struct exchange *exchange)
{
	const struct next_steps   *asked = exchange->input;
	const struct next_reading *reading = exchange->own;
	struct buffer             *out = &exchange->out;
	uint32_t                   places[NEXT_STEPS_MAX], count;

	if (reading->status != STATUS_OK)
		return exchange_fail(exchange, reading->status);
	count = next_step_rank(reading->options, reading->count, asked->has_limit ? asked->limit : NEXT_STEPS_USUAL,
	                       places);
	buffer_append_text(out, TEXT("{\"now\":"));
	json_append_time(out, reading->now);
	buffer_append_text(out, TEXT(",\"steps\":["));
	for (uint32_t i = 0; i < count; i++) {
		buffer_append_text(out, i > 0 ? TEXT(",") : TEXT(""));
		append_step(&reading->options[places[i]], &reading->details[places[i]], out);
	}
	buffer_append_text(out, TEXT("]}"));
	return exchange_reply_json(exchange, exchange->route->http, buffer_bytes(out), TEXT_NONE);
}

static exchange_step *const next_steps[] = {consult_course,
                                            exchange_check_position,
                                            consult_enrolment,
                                            exchange_check_position,
                                            consult_assessment,
                                            exchange_check_position,
                                            consult_attempt,
                                            exchange_check_position,
                                            consult_question,
                                            exchange_check_position,
                                            consult_mastery,
                                            exchange_check_position,
                                            consult_practice,
                                            exchange_check_position,
                                            ask_items,
                                            take_items,
                                            ask_attempts,
                                            take_attempts,
                                            ask_practice,
                                            take_practice,
                                            present,
                                            NULL};
const struct preparation    preparation_next = {.steps = next_steps};
