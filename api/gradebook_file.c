/* GET /courses/{course}/gradebook.csv: a line for each learner, a column for each item. Shares are parts per million,
 * as the gradebook has them; a cell is empty where nothing counts. Names are opened on the way out. */
#include "api/course_access.h"
#include "api/csv.h"
#include "api/preparation.h"
#include "api/reply.h"

enum { LEARNER_COLUMN, NAME_COLUMN, TOTAL_COLUMN, SHARES_COLUMN };

static enum pace judge_grade(struct exchange *exchange)
{
	return course_access_judge(exchange, COURSE_RIGHT_GRADE);
}

static enum pace look_up(struct exchange *exchange, const char *lookup)
{
	const struct id *course = exchange_field(exchange, "course");
	struct text      values[] = {exchange_id_text(exchange, *course)};

	return exchange_look_up(exchange, lookup, values);
}

static enum pace ask_titles(struct exchange *exchange)
{
	return look_up(exchange, "gradebook_titles");
}

static enum pace write_titles(struct exchange *exchange)
{
	if (exchange->status != STATUS_OK)
		return exchange_fail(exchange, exchange->status);
	buffer_append_text(&exchange->out, TEXT("learner,name,total"));
	for (uint32_t i = 0; i < pg_answer_rows(exchange->rows); i++) {
		buffer_append_text(&exchange->out, TEXT(","));
		csv_text(&exchange->out, pg_answer_text(exchange->rows, i, 0));
	}
	csv_end_line(&exchange->out);
	return look_up(exchange, "gradebook_lines");
}

/* A person who was erased a moment ago has no name any more. */
static void write_line(struct exchange *exchange, uint32_t row)
{
	struct buffer *out = &exchange->out;
	struct text    shares = pg_answer_text(exchange->rows, row, SHARES_COLUMN);
	struct text    name = personal_open(pg_answer_text(exchange->rows, row, NAME_COLUMN),
	                                    keys_opener(exchange->lane->service->keys), &exchange->arena);

	buffer_append_text(out, pg_answer_text(exchange->rows, row, LEARNER_COLUMN));
	buffer_append_text(out, TEXT(","));
	csv_text(out, name);
	buffer_append_text(out, TEXT(","));
	buffer_append_text(out, pg_answer_text(exchange->rows, row, TOTAL_COLUMN));
	buffer_append_text(out, shares);
	csv_end_line(out);
}

static enum pace hand_out(struct exchange *exchange)
{
	if (exchange->status != STATUS_OK)
		return exchange_fail(exchange, exchange->status);
	for (uint32_t row = 0; row < pg_answer_rows(exchange->rows); row++)
		write_line(exchange, row);
	reply_content(exchange, TEXT("text/csv"), TEXT("no-store"));
	return DONE;
}

static exchange_step *const file_steps[] = {course_access_await, course_access_check, course_access_ask, judge_grade,
                                            ask_titles,          write_titles,        hand_out,          NULL};
const struct preparation    preparation_gradebook_file = {
	   .steps = file_steps, .consults = "gradebook", .also_answers = "text/csv"};
