/* GET /courses/{course}/lessons/{lesson}/changes: what one revision of a lesson has that another has not, line by line.
 * Comparing happens on a worker thread. */
#include "api/course_access.h"
#include "api/line_changes.h"
#include "api/preparation.h"
#include "schema/refusals.h"

enum { BEFORE_COLUMN = 2, AFTER_COLUMN = 3 };

static enum pace judge(struct exchange *exchange)
{
	return course_access_judge(exchange, COURSE_RIGHT_WORK);
}

static enum pace ask_texts(struct exchange *exchange)
{
	return exchange_ask(exchange, "lesson_changes");
}

static void compare(struct work *work)
{
	struct exchange *exchange = container_of(work, struct exchange, work);

	exchange->status = line_diff(pg_answer_text(exchange->rows, 0, BEFORE_COLUMN),
	                             pg_answer_text(exchange->rows, 0, AFTER_COLUMN), &exchange->arena, exchange->kept);
}

static enum pace compare_on_worker(struct exchange *exchange)
{
	if (exchange->status != STATUS_OK)
		return exchange_fail(exchange, exchange->status);
	if (pg_answer_rows(exchange->rows) == 0)
		return exchange_refuse(exchange, REFUSAL_item_unknown, 0);
	exchange->kept = arena_new(&exchange->arena, struct line_diff);
	return exchange_work(exchange, compare);
}

static enum pace present_changes(struct exchange *exchange)
{
	const struct line_diff *changes = exchange->kept;
	struct text             document = pg_answer_text(exchange->rows, 0, 0);

	if (exchange->status != STATUS_OK)
		return exchange_fail(exchange, exchange->status);
	buffer_append(&exchange->out, BYTES(document.data, document.size - 1));
	line_changes_append(&exchange->out, changes);
	buffer_append_text(&exchange->out, TEXT("}"));
	return exchange_reply_json(exchange, exchange->route->http, buffer_bytes(&exchange->out), TEXT_NONE);
}

static exchange_step *const steps[] = {course_access_await, course_access_check, course_access_ask, judge,
                                       ask_texts,           compare_on_worker,   present_changes,   NULL};
const struct preparation    preparation_lesson_changes = {.steps = steps};
