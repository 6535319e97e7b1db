#include "api/course_access.h"

#include "api/preparation.h"
#include "schema/events.h"

enum { ROLE_COLUMN, PUBLISHED_COLUMN };

/* ---------------------------------------------------------------- waiting and asking */

enum pace course_access_await(struct exchange *exchange)
{
	return exchange_await(exchange, lookup_projection(lookup_find(TEXT("course_access"))));
}

enum pace course_access_check(struct exchange *exchange)
{
	return exchange_check_position(exchange);
}

/* Nobody is a caller too: one that works on no course. */
enum pace course_access_look_up(struct exchange *exchange, const char *lookup, const char *field)
{
	const struct id *id = exchange_field(exchange, field);
	struct text values[] = {exchange_id_text(exchange, *id), exchange_id_text(exchange, exchange->claims.user)};

	return exchange_look_up(exchange, lookup, values);
}

enum pace course_access_ask(struct exchange *exchange)
{
	return course_access_look_up(exchange, "course_access", "course");
}

enum pace course_access_ask_item(struct exchange *exchange)
{
	return course_access_look_up(exchange, "item_access", "lesson");
}

enum pace course_access_ask_assessment(struct exchange *exchange)
{
	return course_access_look_up(exchange, "item_access", "assessment");
}

/* ---------------------------------------------------------------- judging */

static enum course_role role_named(struct text word)
{
	const struct field *role = shape_field(&staff_joined_shape, TEXT("role"));

	return word.size > 0 ? choice_number(role->choice, word) : 0;
}

bool course_access_by_role(const struct exchange *exchange, struct text role, enum course_right right)
{
	return (exchange->claims.roles & TOKEN_ROLE(ROLE_admin)) || course_role_gives(role_named(role), right);
}

bool course_access_published(const struct exchange *exchange)
{
	return text_is(pg_answer_text(exchange->rows, 0, PUBLISHED_COLUMN), "true");
}

bool course_access_may(const struct exchange *exchange, enum course_right right)
{
	return course_access_by_role(exchange, pg_answer_text(exchange->rows, 0, ROLE_COLUMN), right)
	       || (right == COURSE_RIGHT_SEE && course_access_published(exchange));
}

enum pace course_access_judge(struct exchange *exchange, enum course_right right)
{
	if (exchange->status != STATUS_OK)
		return exchange_fail(exchange, exchange->status);
	if (pg_answer_rows(exchange->rows) == 0)
		return exchange_refuse(exchange, REFUSAL_course_unknown, 0);
	if (course_access_may(exchange, right))
		return GO_ON;
	return exchange_refuse(exchange,
	                       course_access_may(exchange, COURSE_RIGHT_SEE) ? REFUSAL_course_role_missing
	                                                                     : REFUSAL_course_unknown,
	                       0);
}

static enum pace judge_see(struct exchange *exchange)
{
	return course_access_judge(exchange, COURSE_RIGHT_SEE);
}

static enum pace judge_work(struct exchange *exchange)
{
	return course_access_judge(exchange, COURSE_RIGHT_WORK);
}

static enum pace judge_write(struct exchange *exchange)
{
	return course_access_judge(exchange, COURSE_RIGHT_WRITE);
}

static enum pace judge_grade(struct exchange *exchange)
{
	return course_access_judge(exchange, COURSE_RIGHT_GRADE);
}

static enum pace judge_run(struct exchange *exchange)
{
	return course_access_judge(exchange, COURSE_RIGHT_RUN);
}

/* ---------------------------------------------------------------- preparations */

#define STEPS(judge)                                                                                                   \
	{                                                                                                              \
		course_access_await, course_access_check, course_access_ask, judge, NULL                               \
	}

static exchange_step *const see_steps[] = STEPS(judge_see);
static exchange_step *const work_steps[] = STEPS(judge_work);
static exchange_step *const write_steps[] = STEPS(judge_write);
static exchange_step *const grade_steps[] = STEPS(judge_grade);
static exchange_step *const run_steps[] = STEPS(judge_run);

static exchange_step *const assessment_steps[] = {course_access_await, course_access_check,
                                                  course_access_ask_assessment, judge_grade, NULL};

const struct preparation preparation_course_see = {.steps = see_steps};
const struct preparation preparation_course_work = {.steps = work_steps};
const struct preparation preparation_course_write = {.steps = write_steps};
const struct preparation preparation_course_grade = {.steps = grade_steps};
const struct preparation preparation_course_run = {.steps = run_steps};
const struct preparation preparation_assessment_grade = {.steps = assessment_steps};
