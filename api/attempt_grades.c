/* GET /attempts/{attempt}/grades: what the gradebook remembers of an attempt, as far as the caller may know it. */
#include "api/attempt_access.h"
#include "api/course_access.h"
#include "api/preparation.h"
#include "schema/commands.h"

/* The attempt as a whole is told of as soon as grades are not kept back, its answers only where feedback is given. */
static enum pace choose_what_is_told(struct exchange *exchange)
{
	const struct attempt_access *access = exchange->own;
	struct attempt_grades       *asked = exchange->input;

	if (!feedback_has_grades(&access->rules))
		asked->attempt = ID_NONE; /* which has no grades: a list of nothing, in whatever form it is wanted */
	if (!feedback_given(&access->rules, true)) {
		asked->has_answers = true;
		asked->answers = false;
	}
	return GO_ON;
}

static exchange_step *const grades_steps[] = {
	attempt_access_await, course_access_check, attempt_access_await_rules, course_access_check,
	attempt_access_ask,   attempt_access_take, choose_what_is_told,        NULL};
const struct preparation preparation_attempt_grades = {.steps = grades_steps};
