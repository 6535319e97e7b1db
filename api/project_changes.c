/* GET /projects/{project}/changes: what one revision has that another has not. Opening and comparing happen on a worker
 * thread. */
#include "api/line_changes.h"
#include "api/preparation.h"
#include "api/project_access.h"
#include "eventstore/codec/personal.h"

enum { BODY_COLUMN = 2, TITLE_COLUMN = 4, SUMMARY_COLUMN = 6, OTHERS_COLUMN = 8 };

struct comparing {
	struct line_diff lines;
	struct text      before[SUMMARY_COLUMN + 1], after[SUMMARY_COLUMN + 1]; /* by the first column of the two */
};

static enum pace judge(struct exchange *exchange)
{
	return project_access_judge(exchange, PROJECT_RIGHT_WORK);
}

static enum pace ask_texts(struct exchange *exchange)
{
	return exchange_ask(exchange, "project_changes");
}

static struct text opened(struct exchange *exchange, uint32_t column)
{
	struct text text = personal_open(pg_answer_text(exchange->rows, 0, column),
	                                 keys_opener(exchange->lane->service->keys), &exchange->arena);

	return text.data ? text : TEXT("");
}

static void compare(struct work *work)
{
	struct exchange  *exchange = container_of(work, struct exchange, work);
	struct comparing *comparing = exchange->kept;

	for (uint32_t column = BODY_COLUMN; column <= SUMMARY_COLUMN; column += 2) {
		comparing->before[column] = opened(exchange, column);
		comparing->after[column] = opened(exchange, column + 1);
	}
	exchange->status = line_diff(comparing->before[BODY_COLUMN], comparing->after[BODY_COLUMN], &exchange->arena,
	                             &comparing->lines);
}

static enum pace compare_on_worker(struct exchange *exchange)
{
	if (exchange->status != STATUS_OK)
		return exchange_fail(exchange, exchange->status);
	if (pg_answer_rows(exchange->rows) == 0)
		return exchange_refuse(exchange, REFUSAL_revision_unknown, 0);
	exchange->kept = arena_new(&exchange->arena, struct comparing);
	return exchange_work(exchange, compare);
}

static void append_part(struct buffer *out, struct text word, bool *any)
{
	buffer_append_text(out, *any ? TEXT(",") : TEXT(""));
	json_append_string(out, word);
	*any = true;
}

/* Personal ones are compared where they are open; the read model names the others, with blanks between. */
static void append_changed(struct exchange *exchange, const struct comparing *comparing)
{
	struct text others = pg_answer_text(exchange->rows, 0, OTHERS_COLUMN);
	bool        any = false;

	buffer_append_text(&exchange->out, TEXT(",\"changed\":["));
	if (!text_equal(comparing->before[TITLE_COLUMN], comparing->after[TITLE_COLUMN]))
		append_part(&exchange->out, TEXT("title"), &any);
	if (!text_equal(comparing->before[SUMMARY_COLUMN], comparing->after[SUMMARY_COLUMN]))
		append_part(&exchange->out, TEXT("summary"), &any);
	while (others.size > 0) {
		const char *blank = memchr(others.data, ' ', others.size);
		size_t      size = blank ? (size_t)(blank - others.data) : others.size;

		append_part(&exchange->out, (struct text){others.data, size}, &any);
		size += blank != NULL;
		others = (struct text){others.data + size, others.size - size};
	}
	buffer_append_text(&exchange->out, TEXT("]"));
}

static enum pace present_changes(struct exchange *exchange)
{
	const struct comparing *comparing = exchange->kept;
	struct text             document = pg_answer_text(exchange->rows, 0, 0);

	if (exchange->status != STATUS_OK)
		return exchange_fail(exchange, exchange->status);
	if (!personal_open_json(text_bytes(document), keys_opener(exchange->lane->service->keys), &exchange->out))
		buffer_append_text(&exchange->out, document);
	exchange->out.size--; /* the brace */
	append_changed(exchange, comparing);
	line_changes_append(&exchange->out, &comparing->lines);
	buffer_append_text(&exchange->out, TEXT("}"));
	return exchange_reply_json(exchange, exchange->route->http, buffer_bytes(&exchange->out), TEXT_NONE);
}

static exchange_step *const steps[] = {project_access_await,
                                       project_access_check,
                                       project_access_ask,
                                       judge,
                                       ask_texts,
                                       compare_on_worker,
                                       present_changes,
                                       NULL};
const struct preparation    preparation_project_changes = {.steps = steps};
