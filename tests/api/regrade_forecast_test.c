/* Regrades foretold: what is counted, what is listed, who passes. */
#include "api/regrade_forecast.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* Two answers worth a point each; the second one is right. */
static struct attempt_log handed_in(uint32_t points_milli, uint32_t penalty)
{
	return (struct attempt_log){.sheet = {.submitted = true,
	                                      .penalty = penalty,
	                                      .slots_count = 2,
	                                      .slots = {{.of_milli = 1000,
	                                                 .graded = true,
	                                                 .decided = true,
	                                                 .verdict = JUDGEMENT_wrong,
	                                                 .points_milli = points_milli},
	                                                {.of_milli = 1000, .decided = true, .points_milli = 1000}}}};
}

static void add(struct forecast *forecast, const struct attempt_log *attempt, struct graded_response response,
                struct pass_score score)
{
	response.key = 2;
	forecast_add(forecast, &(struct regraded){.attempt = attempt, .response = response, .changes = true}, score);
}

static bool says(const struct forecast *forecast, const char *part)
{
	struct buffer out = {0};
	bool          said;

	forecast_append(forecast, 77, &out);
	buffer_append(&out, BYTES("", 1));
	said = strstr((const char *)out.data, part) != NULL;
	if (!said)
		print_message("%.500s\n", (const char *)out.data);
	buffer_finish(&out);
	return said;
}

static void gains_and_losses_are_those_of_the_answer_and_sums_those_of_the_attempt(void **state)
{
	struct forecast          forecast = {0};
	const struct attempt_log none = handed_in(0, 100), all = handed_in(1000, 0), half = handed_in(500, 0);

	add(&forecast, &none, (struct graded_response){.points_milli = 1000, .verdict = JUDGEMENT_right},
	    (struct pass_score){0});
	assert_true(says(&forecast, "\"before\":\"wrong\",\"after\":\"right\",\"before_milli\":0,\"after_milli\":1000,"
	                            "\"total_before_milli\":900,\"total_after_milli\":1800,\"of_milli\":2000,"
	                            "\"passed_before\":false,\"passes_after\":false"));
	add(&forecast, &all, (struct graded_response){.points_milli = 250, .verdict = JUDGEMENT_partly},
	    (struct pass_score){0});
	add(&forecast, &half, (struct graded_response){.points_milli = 500, .verdict = JUDGEMENT_partly},
	    (struct pass_score){0});
	forecast_add(&forecast, &(struct regraded){.attempt = &half}, (struct pass_score){0});
	assert_true(says(&forecast, "{\"position\":77,"));
	assert_true(says(&forecast, "\"gains\":1,\"losses\":1,\"same\":2,\"gained_milli\":1000,\"lost_milli\":750,"
	                            "\"would_pass\":0,\"would_fail\":0,\"changed\":3,\"has_more\":false"));
	forecast_finish(&forecast);
}

static void who_passes_is_told_by_the_score_that_is_asked_and_by_nothing_that_waits(void **state)
{
	const struct pass_score  asked = {.asked = true, .min = 750};
	struct forecast          forecast = {0};
	const struct attempt_log none = handed_in(0, 0), all = handed_in(1000, 0);
	struct attempt_log       open = handed_in(0, 0);

	add(&forecast, &none, (struct graded_response){.points_milli = 500, .verdict = JUDGEMENT_partly}, asked);
	add(&forecast, &all, (struct graded_response){.points_milli = 499, .verdict = JUDGEMENT_partly}, asked);
	add(&forecast, &all, (struct graded_response){.points_milli = 999, .verdict = JUDGEMENT_undecided}, asked);
	open.sheet.submitted = false;
	add(&forecast, &open, (struct graded_response){.points_milli = 1000, .verdict = JUDGEMENT_right}, asked);
	assert_int_equal(forecast.would_pass, 1);
	assert_int_equal(forecast.would_fail, 2);
	forecast_finish(&forecast);
}

static uint32_t listed(const struct forecast *forecast)
{
	struct buffer out = {0};
	uint32_t      found = 0;

	forecast_append(forecast, 1, &out);
	buffer_append(&out, BYTES("", 1));
	for (const char *at = (const char *)out.data; (at = strstr(at, "{\"attempt\":")); at++)
		found++;
	buffer_finish(&out);
	return found;
}

static void a_list_that_is_cut_says_so_and_its_counts_are_whole(void **state)
{
	const struct graded_response right = {.points_milli = 1000, .verdict = JUDGEMENT_right};
	const struct attempt_log     none = handed_in(0, 0);
	const struct pass_score      asked = {.asked = true, .min = 1000};
	struct forecast              forecast = {0};

	for (int i = 0; i < FORECAST_CHANGES_MAX; i++)
		add(&forecast, &none, right, asked);
	assert_true(says(&forecast, "\"changed\":1000,\"has_more\":false"));
	add(&forecast, &none, right, asked);
	assert_true(says(&forecast, "\"gains\":1001,\"losses\":0,\"same\":0,\"gained_milli\":1001000,\"lost_milli\":0,"
	                            "\"would_pass\":1001,\"would_fail\":0,\"changed\":1001,\"has_more\":true"));
	assert_int_equal(listed(&forecast), FORECAST_CHANGES_MAX);
	forecast_finish(&forecast);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gains_and_losses_are_those_of_the_answer_and_sums_those_of_the_attempt),
		cmocka_unit_test(who_passes_is_told_by_the_score_that_is_asked_and_by_nothing_that_waits),
		cmocka_unit_test(a_list_that_is_cut_says_so_and_its_counts_are_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
