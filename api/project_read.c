/* GET /projects/{project}: a revision, with the HTML of its text. What is sealed is opened before. */
#include "api/page_view.h"
#include "api/preparation.h"
#include "api/project_access.h"
#include "eventstore/codec/personal.h"
#include "schema/commands.h"

enum { BODY_COLUMN = 2 };

struct reading {
	struct text          body;
	struct markdown_page page;
	const char          *mistake;
	bool                 latest_only; /* the caller takes no part */
};

/* Who only sees the project sees the latest revision; who grades it what was handed in. */
static enum pace meet_reader(struct exchange *exchange)
{
	const struct read_project *asked = exchange->input;
	struct reading            *reading = arena_new(&exchange->arena, struct reading);

	exchange->kept = reading;
	if (exchange->status == STATUS_OK && pg_answer_rows(exchange->rows) > 0 && asked->has_revision
	    && project_access_grades(exchange, asked->revision))
		return GO_ON;
	return project_access_judge(exchange, asked->has_revision ? PROJECT_RIGHT_WORK : PROJECT_RIGHT_SEE);
}

static enum pace ask_project(struct exchange *exchange)
{
	return exchange_ask(exchange, "read_project");
}

static void render(struct work *work)
{
	struct exchange *exchange = container_of(work, struct exchange, work);
	struct reading  *reading = exchange->kept;

	reading->body = personal_open(pg_answer_text(exchange->rows, 0, BODY_COLUMN),
	                              keys_opener(exchange->lane->service->keys), &exchange->arena);
	if (!reading->body.data)
		reading->body = TEXT("");
	exchange->status = markdown_read(reading->body, &exchange->arena, &reading->page, &reading->mistake);
}

static enum pace render_on_worker(struct exchange *exchange)
{
	if (exchange->status != STATUS_OK)
		return exchange_fail(exchange, exchange->status);
	if (pg_answer_rows(exchange->rows) == 0)
		return exchange_refuse(exchange, REFUSAL_revision_unknown, 0);
	return exchange_work(exchange, render);
}

static void append_opened(struct exchange *exchange)
{
	struct text     document = pg_answer_text(exchange->rows, 0, 0);
	struct key_hold hold;
	bool            found;

	key_hold_init(&hold, exchange->lane->service->keys);
	found = personal_open_json(text_bytes(document), &hold.opener, &exchange->out);
	key_hold_finish(&hold);
	if (!found)
		buffer_append_text(&exchange->out, document);
	exchange->out.size--; /* the brace */
}

/* A text that was taken under other rules than today's has no HTML; its Markdown is still there. */
static enum pace present_project(struct exchange *exchange)
{
	const struct reading *reading = exchange->kept;
	bool                  rendered = exchange->status == STATUS_OK;

	if (!rendered && exchange->status != STATUS_MALFORMED && exchange->status != STATUS_TOO_LARGE
	    && exchange->status != STATUS_INVALID)
		return exchange_fail(exchange, exchange->status);
	append_opened(exchange);
	json_append_member(&exchange->out, "body", reading->body);
	if (rendered)
		page_view_append(&exchange->out, &reading->page);
	buffer_append_text(&exchange->out, TEXT("}"));
	return exchange_reply_json(exchange, exchange->route->http, buffer_bytes(&exchange->out), TEXT_NONE);
}

static exchange_step *const steps[] = {project_access_await, project_access_check, project_access_ask, meet_reader,
                                       ask_project,          render_on_worker,     present_project,    NULL};
const struct preparation    preparation_project = {.steps = steps};
