/* Routes of questions. What an author writes is looked at more closely than a shape can, on a worker thread, since
 * texts are rendered and numbers drawn for it; keys are held against the version as the log has it, which is never
 * behind. */
#include "api/course_access.h"
#include "api/preparation.h"
#include "api/question_form.h"
#include "api/question_view.h"
#include "commands/grading/question_log.h"
#include "eventstore/base/catalog.h"
#include "schema/commands.h"

#include <inttypes.h>

enum { QUESTION_BODY_BYTES_MAX = 256 * 1024, PREVIEW_SEED = 1 };

/* ---------------------------------------------------------------- what authors write */

struct question_check {
	struct question_written question;
	struct key_set          key;
	struct complaints       complaints;
};

static void run_question_check(struct work *work)
{
	struct exchange       *exchange = container_of(work, struct exchange, work);
	struct question_check *check = exchange->own;

	exchange->status = STATUS_OK;
	question_form_check(&check->question, &exchange->arena, &check->complaints);
}

static enum pace check_question(struct exchange *exchange)
{
	struct question_check *check = arena_new(&exchange->arena, struct question_check);

	exchange->own = check;
	shape_take(&question_written_shape, &check->question, exchange->command->shape, exchange->input);
	return exchange_work(exchange, run_question_check);
}

static enum pace judge_check(struct exchange *exchange)
{
	const struct question_check *check = exchange->own;

	if (exchange->status != STATUS_OK)
		return exchange_fail(exchange, exchange->status);
	return check->complaints.count > 0 ? exchange_invalid(exchange, &check->complaints) : GO_ON;
}

static exchange_step *const question_steps[] = {check_question, judge_check, NULL};
const struct preparation    preparation_question = {
	   .steps = question_steps, .body_bytes_max = QUESTION_BODY_BYTES_MAX, .decides_alone = true};

/* Without such a version there is nothing to hold the key against, and the decider says so. */
static enum status check_key_by_log(struct exchange *exchange, struct question_log *log, uint64_t head)
{
	struct question_check *check = exchange->own;
	struct question_wish   wish = {.question = check->key.question,
	                               .version = check->key.version,
	                               .key = QUESTION_LOG_LATEST,
	                               .until = head};
	struct question_found  found;
	enum status            status = question_log_find(log, &wish, &found);

	if (status == STATUS_OK)
		question_form_check_key(&check->key, found.question, &exchange->arena, &check->complaints);
	return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

static void run_key_check(struct work *work)
{
	struct exchange     *exchange = container_of(work, struct exchange, work);
	struct reader       *reader;
	struct question_log *log;
	uint64_t             head;

	exchange->status = reader_open(exchange->lane->service->data, &reader);
	if (exchange->status != STATUS_OK)
		return;
	log = question_log_create(reader);
	exchange->status = reader_head(reader, &head);
	if (exchange->status == STATUS_OK)
		exchange->status = check_key_by_log(exchange, log, head);
	question_log_destroy(log);
	reader_close(reader);
}

static enum pace check_key(struct exchange *exchange)
{
	struct question_check *check = arena_new(&exchange->arena, struct question_check);

	exchange->own = check;
	shape_take(&key_set_shape, &check->key, exchange->command->shape, exchange->input);
	return exchange_work(exchange, run_key_check);
}

static exchange_step *const key_steps[] = {check_key, judge_check, NULL};
const struct preparation    preparation_question_key = {
	   .steps = key_steps, .body_bytes_max = QUESTION_BODY_BYTES_MAX, .decides_alone = true};

/* ---------------------------------------------------------------- what staff reads */

static enum pace ask_access(struct exchange *exchange)
{
	return course_access_look_up(exchange, "question_access", "question");
}

static enum pace judge_access(struct exchange *exchange)
{
	if (exchange->status == STATUS_OK && pg_answer_rows(exchange->rows) == 0)
		return exchange_refuse(exchange, REFUSAL_question_unknown, 0);
	return course_access_judge(exchange, COURSE_RIGHT_WORK);
}

static exchange_step *const work_steps[] = {course_access_await, course_access_check, ask_access, judge_access, NULL};
const struct preparation    preparation_question_work = {.steps = work_steps};

/* ---------------------------------------------------------------- a preview */

enum { DOCUMENT_COLUMN, KEY_COLUMN };

static enum pace await_questions(struct exchange *exchange)
{
	return exchange_await(exchange, lookup_projection(lookup_find(TEXT("question_document"))));
}

static enum pace ask_document(struct exchange *exchange)
{
	const struct preview_question *asked = exchange->input;
	struct text version = asked->has_version ? arena_format(&exchange->arena, "%u", asked->version) : TEXT_NONE;
	struct text values[] = {exchange_id_text(exchange, asked->question), version};

	return exchange_look_up(exchange, "question_document", values);
}

static void append_preview(struct exchange *exchange, const struct question_view *view, const struct key_set *key)
{
	struct buffer *out = &exchange->out;

	buffer_append_text(out, TEXT("{\"question\":"));
	json_append_id(out, view->question->question);
	buffer_format(out, ",\"version\":%u,\"seed\":%" PRIu64 ",\"shown\":", view->question->version, view->seed);
	question_view_append(view, out);
	if (key) {
		buffer_append_text(out, TEXT(",\"solution\":"));
		question_view_append_solution(view, key, out);
	}
	buffer_append_text(out, TEXT("}"));
}

/* The version and its key, if it has one. NOT_FOUND: there is no such version. */
static enum status read_preview(struct exchange *exchange, struct question_view *view, const struct key_set **key)
{
	struct text document;
	enum status status = exchange->status;

	if (status == STATUS_OK && pg_answer_rows(exchange->rows) == 0)
		status = STATUS_NOT_FOUND;
	if (status != STATUS_OK)
		return status;
	status = question_from_json(pg_answer_text(exchange->rows, 0, DOCUMENT_COLUMN), view->arena, &view->question);
	document = pg_answer_text(exchange->rows, 0, KEY_COLUMN);
	if (status == STATUS_OK && document.data)
		status = key_from_json(document, view->arena, key);
	return status;
}

static enum pace present_preview(struct exchange *exchange)
{
	const struct preview_question *asked = exchange->input;
	struct question_view           view = {
			  .shuffles = true, .arena = &exchange->arena, .pages = exchange->lane->service->pages};
	const struct key_set *key = NULL;
	enum status           status = read_preview(exchange, &view, &key);

	if (status == STATUS_NOT_FOUND)
		return exchange_refuse(exchange, REFUSAL_question_unknown, 0);
	if (status != STATUS_OK)
		return exchange_fail(exchange, status);
	view.seed = asked->has_seed ? asked->seed : PREVIEW_SEED;
	if (question_view_draw(&view) != STATUS_OK)
		return exchange_refuse(exchange, REFUSAL_draw_impossible, 0);
	append_preview(exchange, &view, key);
	return exchange_reply_json(exchange, exchange->route->http, buffer_bytes(&exchange->out), TEXT_NONE);
}

static exchange_step *const preview_steps[] = {course_access_await, course_access_check, await_questions,
                                               course_access_check, ask_access,          judge_access,
                                               ask_document,        present_preview,     NULL};
const struct preparation    preparation_question_preview = {.steps = preview_steps};
