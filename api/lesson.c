/* Lessons as they are written and read: Markdown comes in and must be readable, HTML goes out beside it. */
#include "api/course_access.h"
#include "api/markdown.h"
#include "api/media_store.h"
#include "api/preparation.h"
#include "eventstore/base/require.h"
#include "eventstore/codec/codec_json.h"
#include "schema/commands.h"
#include "schema/refusals.h"

#include <unistd.h>

enum { BODY_COLUMN = 2, EDITION_COLUMN = 0, LOCK_COLUMN = 1 };

/* What a worker makes of a text. */
struct reading {
	struct text          body;
	struct markdown_page page;
	const char          *mistake; /* with another status than OK */
	struct text          missing; /* a medium that the store has not */
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

static bool has_medium(struct exchange *exchange, const struct hash *medium)
{
	uint64_t size;
	int      file;

	if (media_store_open(config_path(exchange->lane->service->config, CONFIG_DATA), medium, &file, &size))
		return false;
	close(file);
	return true;
}

/* Media are looked for where they lie, so that one that was brought a moment ago is there. */
static void read_and_look(struct work *work)
{
	struct exchange *exchange = container_of(work, struct exchange, work);
	struct reading  *reading = exchange->kept;
	char             name[MEDIA_NAME_SIZE + 1];

	read_markdown(work);
	for (size_t i = 0; i < reading->page.media_count && !reading->missing.data; i++) {
		if (has_medium(exchange, &reading->page.media[i]))
			continue;
		media_store_name(&reading->page.media[i], name);
		reading->missing = arena_text(&exchange->arena, text_from(name));
	}
}

static enum pace read_what_comes(struct exchange *exchange)
{
	struct reading *reading = arena_new(&exchange->arena, struct reading);

	reading->body = *(const struct text *)exchange_field(exchange, "body");
	exchange->kept = reading;
	return exchange_work(exchange, read_and_look);
}

static bool is_authors_mistake(enum status status)
{
	return status == STATUS_MALFORMED || status == STATUS_TOO_LARGE || status == STATUS_INVALID;
}

static enum pace say_mistake(struct exchange *exchange, const char *mistake)
{
	struct complaints *complaints = arena_new(&exchange->arena, struct complaints);
	struct problem     problem = {.http = 422,
	                              .name = "invalid",
	                              .title = TEXT("Some of what was sent is not allowed."),
	                              .complaints = complaints};

	complaints->items[complaints->count++] =
		(struct complaint){.pointer = TEXT("/body"), .sentence = text_from(mistake)};
	return exchange_problem(exchange, &problem);
}

static enum pace judge_what_comes(struct exchange *exchange)
{
	const struct reading *reading = exchange->kept;

	if (is_authors_mistake(exchange->status))
		return say_mistake(exchange, reading->mistake);
	if (exchange->status != STATUS_OK)
		return exchange_fail(exchange, exchange->status);
	if (reading->page.broken.data)
		return say_mistake(exchange,
		                   arena_format(&exchange->arena, "refers to something by what is no id: %.*s",
		                                TEXT_ARG(reading->page.broken))
		                           .data);
	if (reading->missing.data)
		return say_mistake(exchange, arena_format(&exchange->arena, "shows a medium that is not there: %.*s",
		                                          TEXT_ARG(reading->missing))
		                                     .data);
	return GO_ON;
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

static void append_headings(struct buffer *out, const struct markdown_page *page)
{
	buffer_append_text(out, TEXT(",\"headings\":["));
	for (size_t i = 0; i < page->heading_count; i++) {
		buffer_format(out, "%s{\"id\":", i > 0 ? "," : "");
		json_append_string(out, page->headings[i].id);
		buffer_format(out, ",\"level\":%u,\"title\":", page->headings[i].level);
		json_append_string(out, page->headings[i].text);
		buffer_append_text(out, TEXT("}"));
	}
	buffer_append_text(out, TEXT("]"));
}

/* A text that was taken under other rules than today's has no HTML; its Markdown is still there. */
static enum pace present_lesson(struct exchange *exchange)
{
	const struct reading *reading = exchange->kept;
	struct text           document = pg_answer_text(exchange->rows, 0, 0);

	if (exchange->status != STATUS_OK && !is_authors_mistake(exchange->status))
		return exchange_fail(exchange, exchange->status);
	buffer_append(&exchange->out, BYTES(document.data, document.size - 1));
	if (exchange->status == STATUS_OK) {
		buffer_append_text(&exchange->out, TEXT(",\"html\":"));
		json_append_string(&exchange->out, reading->page.html);
		append_headings(&exchange->out, &reading->page);
	}
	buffer_append_text(&exchange->out, TEXT("}"));
	return exchange_reply_json(exchange, exchange->route->http, buffer_bytes(&exchange->out), TEXT_NONE);
}

static exchange_step *const reading_steps[] = {course_access_await,     course_access_check,    await_enrolment,
                                               exchange_check_position, course_access_ask_item, meet_reader,
                                               ask_enrolment,           judge_reader,           ask_lesson,
                                               read_what_is_there,      present_lesson,         NULL};
const struct preparation    preparation_lesson = {.steps = reading_steps};
