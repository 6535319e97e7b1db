#include "api/project_access.h"

#include "api/course_access.h"
#include "api/preparation.h"
#include "api/project_log.h"
#include "commands/learning/learner_id.h"

#include <stdio.h>

enum { ROLE_COLUMN, OPEN_COLUMN, GRADED_COLUMN };

enum pace project_access_await(struct exchange *exchange)
{
	return exchange_await(exchange, lookup_projection(lookup_find(TEXT("project_access"))));
}

enum pace project_access_check(struct exchange *exchange)
{
	return exchange_check_position(exchange);
}

enum pace project_access_ask(struct exchange *exchange)
{
	return course_access_look_up(exchange, "project_access", "project");
}

/* ---------------------------------------------------------------- judging */

static enum project_role role_of(const struct exchange *exchange)
{
	const struct field *role = shape_field(&project_joined_shape, TEXT("role"));
	struct text         word = pg_answer_text(exchange->rows, 0, ROLE_COLUMN);

	return word.size > 0 ? choice_number(role->choice, word) : 0;
}

bool project_access_may(const struct exchange *exchange, enum project_right right)
{
	bool looks = right == PROJECT_RIGHT_SEE || right == PROJECT_RIGHT_WORK;

	return project_role_gives(role_of(exchange), right)
	       || (looks && (exchange->claims.roles & TOKEN_ROLE(ROLE_admin)))
	       || (right == PROJECT_RIGHT_SEE && text_is(pg_answer_text(exchange->rows, 0, OPEN_COLUMN), "true"));
}

bool project_access_grades(const struct exchange *exchange, uint32_t revision)
{
	struct text graded = pg_answer_text(exchange->rows, 0, GRADED_COLUMN);
	char        wanted[16];

	snprintf(wanted, sizeof(wanted), " %u ", revision);
	return graded.size > 0 && memmem(graded.data, graded.size, wanted, strlen(wanted)) != NULL;
}

enum pace project_access_judge(struct exchange *exchange, enum project_right right)
{
	if (exchange->status != STATUS_OK)
		return exchange_fail(exchange, exchange->status);
	if (pg_answer_rows(exchange->rows) == 0)
		return exchange_refuse(exchange, REFUSAL_project_unknown, 0);
	if (project_access_may(exchange, right))
		return GO_ON;
	return exchange_refuse(exchange,
	                       project_access_may(exchange, PROJECT_RIGHT_SEE) ? REFUSAL_project_role_missing
	                                                                       : REFUSAL_project_unknown,
	                       0);
}

static enum pace judge_see(struct exchange *exchange)
{
	return project_access_judge(exchange, PROJECT_RIGHT_SEE);
}

static enum pace judge_work(struct exchange *exchange)
{
	return project_access_judge(exchange, PROJECT_RIGHT_WORK);
}

/* ---------------------------------------------------------------- visitors' commands */

/* Which enrolment would let the caller in stands in the log: whoever may see a project since a moment ago may say so.
 */
static void find_enrolment(struct work *work)
{
	struct exchange        *exchange = container_of(work, struct exchange, work);
	struct id               caller = exchange->claims.user;
	struct project_standing standing;
	struct reader          *reader;

	exchange->status = reader_open(exchange->lane->service->data, &reader);
	if (exchange->status != STATUS_OK)
		return;
	exchange->status = project_log_standing(reader, *(const struct id *)exchange_field(exchange, "project"), caller,
	                                        &standing);
	if (exchange->status == STATUS_OK && id_present(standing.course))
		*(struct id *)exchange_field(exchange, "enrolment") = enrolment_id(standing.course, caller);
	reader_close(reader);
}

static enum pace look_for_enrolment(struct exchange *exchange)
{
	return exchange_work(exchange, find_enrolment);
}

static enum pace go_on(struct exchange *exchange)
{
	return exchange->status == STATUS_OK ? GO_ON : exchange_fail(exchange, exchange->status);
}

#define READING(judge)                                                                                                 \
	{                                                                                                              \
		project_access_await, project_access_check, project_access_ask, judge, NULL                            \
	}

static exchange_step *const see_steps[] = READING(judge_see), *const work_steps[] = READING(judge_work);
static exchange_step *const visit_steps[] = {look_for_enrolment, go_on, NULL};

const struct preparation preparation_project_see = {.steps = see_steps};
const struct preparation preparation_project_work = {.steps = work_steps};
const struct preparation preparation_project_visit = {.steps = visit_steps};
