/* Lessons as they are written and read: Markdown comes in and must be readable, HTML goes out beside it. */
#include "api/course_access.h"
#include "api/markdown.h"
#include "api/preparation.h"
#include "eventstore/codec/codec_json.h"
#include "schema/refusals.h"

enum { BODY_COLUMN = 2 };

/* What a worker makes of a text. */
struct reading {
	struct text          body;
	struct markdown_page page;
	const char          *mistake; /* with another status than OK */
};

static void read_markdown(struct work *work)
{
	struct exchange *exchange = container_of(work, struct exchange, work);
	struct reading  *reading = exchange->kept;

	exchange->status = markdown_read(reading->body, &exchange->arena, &reading->page, &reading->mistake);
}

static enum pace read_on_worker(struct exchange *exchange, struct text body)
{
	struct reading *reading = arena_new(&exchange->arena, struct reading);

	reading->body = body;
	exchange->kept = reading;
	return exchange_work(exchange, read_markdown);
}

/* ---------------------------------------------------------------- writing */

static enum pace read_what_comes(struct exchange *exchange)
{
	return read_on_worker(exchange, *(const struct text *)exchange_field(exchange, "body"));
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
		return say_mistake(exchange, arena_format(&exchange->arena, "embeds something that has no id: %.*s",
		                                          TEXT_ARG(reading->page.broken))
		                                     .data);
	return GO_ON;
}

static exchange_step *const writing_steps[] = {read_what_comes, judge_what_comes, NULL};
const struct preparation    preparation_lesson_text = {.steps = writing_steps, .decides_alone = true};

/* ---------------------------------------------------------------- reading */

static enum pace judge_reader(struct exchange *exchange)
{
	return course_access_judge(exchange, COURSE_RIGHT_WORK);
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
	return read_on_worker(exchange, pg_answer_text(exchange->rows, 0, BODY_COLUMN));
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

static exchange_step *const reading_steps[] = {
	course_access_await, course_access_check, course_access_ask_item, judge_reader, ask_lesson,
	read_what_is_there,  present_lesson,      NULL};
const struct preparation preparation_lesson = {.steps = reading_steps};
