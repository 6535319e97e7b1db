/* Lessons as they are written and read: Markdown comes in and must be readable, HTML goes out beside it. */
#include "api/course_access.h"
#include "api/page_view.h"
#include "api/preparation.h"
#include "api/text_check.h"
#include "eventstore/base/require.h"
#include "schema/commands.h"
#include "schema/refusals.h"

enum { BODY_COLUMN = 2, EDITION_COLUMN = 0, LOCK_COLUMN = 1 };

/* What a worker makes of a text. */
struct reading {
	struct text          body;
	struct markdown_page page;
	const char          *mistake; /* with another status than OK */
	struct text          wrong;   /* of a text that comes */
	bool                 staff;   /* who reads works on the course */
	bool                 published;
};

static void read_markdown(struct work *work)
{
	struct exchange *exchange = container_of(work, struct exchange, work);
	struct reading  *reading = exchange->kept;

	exchange->status = markdown_read(reading->body, &exchange->arena, &reading->page, &reading->mistake);
}

/* ---------------------------------------------------------------- writing */

static void check(struct work *work)
{
	struct exchange *exchange = container_of(work, struct exchange, work);
	struct reading  *reading = exchange->kept;

	exchange->status = text_check(reading->body, config_path(exchange->lane->service->config, CONFIG_DATA),
	                              &exchange->arena, &reading->wrong);
}

static enum pace read_what_comes(struct exchange *exchange)
{
	struct reading *reading = arena_new(&exchange->arena, struct reading);

	reading->body = *(const struct text *)exchange_field(exchange, "body");
	exchange->kept = reading;
	return exchange_work(exchange, check);
}

static enum pace say_mistake(struct exchange *exchange, struct text mistake)
{
	struct complaints *complaints = arena_new(&exchange->arena, struct complaints);
	struct problem     problem = {.http = 422,
	                              .name = "invalid",
	                              .title = TEXT("Some of what was sent is not allowed."),
	                              .complaints = complaints};

	complaints->items[complaints->count++] = (struct complaint){.pointer = TEXT("/body"), .sentence = mistake};
	return exchange_problem(exchange, &problem);
}

static enum pace judge_what_comes(struct exchange *exchange)
{
	const struct reading *reading = exchange->kept;

	if (exchange->status == STATUS_INVALID)
		return say_mistake(exchange, reading->wrong);
	return exchange->status == STATUS_OK ? GO_ON : exchange_fail(exchange, exchange->status);
}

static exchange_step *const writing_steps[] = {read_what_comes, judge_what_comes, NULL};
const struct preparation    preparation_lesson_text = {.steps = writing_steps, .decides_alone = true};

/* ---------------------------------------------------------------- reading */

static enum pace await_enrolment(struct exchange *exchange)
{
	return exchange_await(exchange, lookup_projection(lookup_find(TEXT("lesson_reader"))));
}

static enum pace meet_reader(struct exchange *exchange)
{
	struct reading *reading = arena_new(&exchange->arena, struct reading);

	if (exchange->status != STATUS_OK)
		return exchange_fail(exchange, exchange->status);
	if (pg_answer_rows(exchange->rows) == 0)
		return exchange_refuse(exchange, REFUSAL_item_unknown, 0);
	reading->staff = course_access_may(exchange, COURSE_RIGHT_WORK);
	reading->published = course_access_published(exchange);
	exchange->kept = reading;
	return GO_ON;
}

/* Whoever does not work on the course reads as a learner. */
static enum pace ask_enrolment(struct exchange *exchange)
{
	const struct reading *reading = exchange->kept;

	return reading->staff ? GO_ON : course_access_look_up(exchange, "lesson_reader", "lesson");
}

/* What the read model calls the lock is the refusal that commands would give. */
static enum refusal refusal_named(struct text name)
{
	enum refusal refusal = refusal_by_name(name);

	require(refusal != REFUSAL_none);
	return refusal;
}

/* A learner reads what their own edition has, and nothing else. */
static enum pace take_edition(struct exchange *exchange)
{
	struct read_lesson *asked = exchange->input;
	struct id           edition;

	require(id_parse(pg_answer_text(exchange->rows, 0, EDITION_COLUMN), &edition));
	if (asked->has_revision || (id_present(asked->edition) && !id_equal(asked->edition, edition)))
		return exchange_refuse(exchange, REFUSAL_course_role_missing, 0);
	asked->edition = edition;
	return GO_ON;
}

static enum pace judge_reader(struct exchange *exchange)
{
	const struct reading *reading = exchange->kept;
	struct text           lock;

	if (reading->staff)
		return GO_ON;
	if (exchange->status != STATUS_OK)
		return exchange_fail(exchange, exchange->status);
	if (pg_answer_rows(exchange->rows) == 0)
		return exchange_refuse(exchange, reading->published ? REFUSAL_not_enrolled : REFUSAL_item_unknown, 0);
	lock = pg_answer_text(exchange->rows, 0, LOCK_COLUMN);
	return lock.size > 0 ? exchange_refuse(exchange, refusal_named(lock), 0) : take_edition(exchange);
}

static enum pace ask_lesson(struct exchange *exchange)
{
	return exchange_ask(exchange, "read_lesson");
}

static enum pace read_what_is_there(struct exchange *exchange)
{
	if (exchange->status != STATUS_OK)
		return exchange_fail(exchange, exchange->status);
	if (pg_answer_rows(exchange->rows) == 0)
		return exchange_refuse(exchange, REFUSAL_item_unknown, 0);
	((struct reading *)exchange->kept)->body = pg_answer_text(exchange->rows, 0, BODY_COLUMN);
	return exchange_work(exchange, read_markdown);
}

static bool is_authors_mistake(enum status status)
{
	return status == STATUS_MALFORMED || status == STATUS_TOO_LARGE || status == STATUS_INVALID;
}

/* A text that was taken under other rules than today's has no HTML; its Markdown is still there. */
static enum pace present_lesson(struct exchange *exchange)
{
	const struct reading *reading = exchange->kept;
	struct text           document = pg_answer_text(exchange->rows, 0, 0);

	if (exchange->status != STATUS_OK && !is_authors_mistake(exchange->status))
		return exchange_fail(exchange, exchange->status);
	buffer_append(&exchange->out, BYTES(document.data, document.size - 1));
	if (exchange->status == STATUS_OK)
		page_view_append(&exchange->out, &reading->page);
	buffer_append_text(&exchange->out, TEXT("}"));
	return exchange_reply_json(exchange, exchange->route->http, buffer_bytes(&exchange->out), TEXT_NONE);
}

static exchange_step *const reading_steps[] = {course_access_await,     course_access_check,    await_enrolment,
                                               exchange_check_position, course_access_ask_item, meet_reader,
                                               ask_enrolment,           judge_reader,           ask_lesson,
                                               read_what_is_there,      present_lesson,         NULL};
const struct preparation    preparation_lesson = {.steps = reading_steps};
