#include "commands/achievement_rule.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

static const int64_t hour_us = INT64_C(3600) * 1000000;
static const int64_t day_us = INT64_C(24) * 3600 * 1000000;

static struct id named(uint8_t name)
{
	return (struct id){.bytes = {name}};
}

/* An item of course 1 complete. */
static struct moment completed(uint64_t position, uint8_t item, int64_t time_us)
{
	return (struct moment){.trigger = ACHIEVEMENT_TRIGGER_item_completed,
	                       .position = position,
	                       .time_us = time_us,
	                       .course = named(1),
	                       .item = named(item)};
}

static struct moment graded(uint64_t position, uint8_t attempt, uint32_t score)
{
	return (struct moment){.trigger = ACHIEVEMENT_TRIGGER_graded,
	                       .position = position,
	                       .course = named(1),
	                       .item = named(9),
	                       .occurrence = named(attempt),
	                       .score = score};
}

#define holds(rule, ...)                                                                                               \
	achievement_rule_holds(&(rule), (struct moment[]){__VA_ARGS__},                                                \
	                       sizeof((struct moment[]){__VA_ARGS__}) / sizeof(struct moment))

static void nothing_is_never_enough(void **state)
{
	struct achievement_rule rule = {.trigger = ACHIEVEMENT_TRIGGER_item_completed, .times = 1};

	assert_false(achievement_rule_holds(&rule, NULL, 0));
}

static void only_what_the_rule_names_counts(void **state)
{
	struct achievement_rule any = {.trigger = ACHIEVEMENT_TRIGGER_item_completed, .times = 1};
	struct achievement_rule other_item = any, other_course = any, other_trigger = any;

	other_item.item = named(6);
	other_course.course = named(2);
	other_trigger.trigger = ACHIEVEMENT_TRIGGER_viewed;
	assert_true(holds(any, completed(1, 5, 0)));
	assert_false(holds(other_item, completed(1, 5, 0)));
	assert_false(holds(other_course, completed(1, 5, 0)));
	assert_false(holds(other_trigger, completed(1, 5, 0)));
}

static void distinct_counts_each_item_once(void **state)
{
	struct achievement_rule rule = {.trigger = ACHIEVEMENT_TRIGGER_item_completed, .times = 2};

	assert_true(holds(rule, completed(1, 5, 0), completed(2, 5, 0)));
	rule.distinct = true;
	assert_false(holds(rule, completed(1, 5, 0), completed(2, 5, 0)));
	assert_true(holds(rule, completed(1, 5, 0), completed(2, 6, 0)));
}

static void a_window_ends_with_its_last_moment(void **state)
{
	struct achievement_rule rule = {
		.trigger = ACHIEVEMENT_TRIGGER_item_completed, .times = 2, .window_us = hour_us};

	assert_true(holds(rule, completed(1, 5, 0), completed(2, 6, hour_us)));
	assert_false(holds(rule, completed(1, 5, 0), completed(2, 6, hour_us + 1)));
	assert_true(holds(rule, completed(1, 5, 0), completed(2, 6, 2 * hour_us), completed(3, 7, 3 * hour_us)));
}

static void a_streak_has_no_gaps(void **state)
{
	struct achievement_rule rule = {.trigger = ACHIEVEMENT_TRIGGER_item_completed, .times = 1, .streak_days = 3};

	assert_true(holds(rule, completed(1, 5, day_us - 1), completed(2, 6, day_us), completed(3, 7, 2 * day_us)));
	assert_false(holds(rule, completed(1, 5, 0), completed(2, 6, day_us), completed(3, 7, 3 * day_us)));
	rule.times = 2;
	assert_false(holds(rule, completed(1, 5, 0), completed(2, 6, day_us), completed(3, 7, 2 * day_us)));
}

static void an_attempts_last_grade_counts(void **state)
{
	struct achievement_rule rule = {
		.trigger = ACHIEVEMENT_TRIGGER_graded, .times = 1, .scored = true, .score_min = 800};

	assert_true(holds(rule, graded(1, 1, 800)));
	assert_false(holds(rule, graded(1, 1, 799)));
	assert_false(holds(rule, graded(1, 1, 900), graded(2, 1, 700)));
	assert_true(holds(rule, graded(1, 1, 700), graded(2, 1, 900)));
	assert_true(holds(rule, graded(1, 1, 900), graded(2, 2, 700)));
}

static void rules_without_a_sense_are_told(void **state)
{
	struct achievement_rule rule = {.trigger = ACHIEVEMENT_TRIGGER_course_completed, .times = 1};
	struct achievement_rule twice = rule, scored = rule, item = rule, both = rule, same = rule;

	twice.times = 2;
	assert_true(achievement_rule_sensible(&rule));
	assert_true(achievement_rule_sensible(&twice));
	twice.course = named(1);
	assert_false(achievement_rule_sensible(&twice));
	scored.scored = true;
	assert_false(achievement_rule_sensible(&scored));
	item.item = named(5);
	assert_false(achievement_rule_sensible(&item));
	both.streak_days = 2;
	both.window_us = 1;
	assert_false(achievement_rule_sensible(&both));
	same = (struct achievement_rule){
		.trigger = ACHIEVEMENT_TRIGGER_studied, .item = named(5), .times = 2, .distinct = true};
	assert_false(achievement_rule_sensible(&same));
	same.distinct = false;
	assert_true(achievement_rule_sensible(&same));
}

/* ---------------------------------------------------------------- random histories */

enum { MOMENTS = 24, ROUNDS = 4000 };

static uint32_t below(uint32_t limit)
{
	return (uint32_t)rand() % limit;
}

static struct moment random_moment(uint64_t position)
{
	struct moment moment = completed(position, (uint8_t)(1 + below(4)), below(6 * 24) * hour_us);

	if (below(2)) {
		moment.trigger = ACHIEVEMENT_TRIGGER_graded;
		moment.occurrence = named((uint8_t)(1 + below(5)));
		moment.score = below(1001);
	}
	moment.course = named((uint8_t)(1 + below(2)));
	return moment;
}

static struct achievement_rule random_rule(void)
{
	struct achievement_rule rule = {.times = 1 + below(4), .distinct = below(2)};

	rule.trigger = below(2) ? ACHIEVEMENT_TRIGGER_graded : ACHIEVEMENT_TRIGGER_item_completed;
	rule.course = below(3) ? ID_NONE : named(1);
	rule.item = below(3) ? ID_NONE : named((uint8_t)(1 + below(4)));
	rule.scored = rule.trigger == ACHIEVEMENT_TRIGGER_graded && below(2);
	rule.score_min = below(1001);
	if (below(3) == 0)
		rule.window_us = (int64_t)(1 + below(48)) * hour_us;
	else if (below(2))
		rule.streak_days = 2 + below(3);
	return rule;
}

static bool counts(const struct achievement_rule *rule, const struct moment *moments, size_t count, size_t which)
{
	const struct moment *moment = &moments[which];

	if (!achievement_rule_concerns(rule, moment) || (rule->scored && moment->score < rule->score_min))
		return false;
	for (size_t i = 0; i < count; i++)
		if (id_present(moment->occurrence) && id_equal(moments[i].occurrence, moment->occurrence)
		    && achievement_rule_concerns(rule, &moments[i]) && moments[i].position > moment->position)
			return false;
	return true;
}

/* How many count from one time until before another: the slow way. */
static uint32_t counted(const struct achievement_rule *rule, const struct moment *moments, int64_t from, int64_t until)
{
	bool     items[256] = {false};
	uint32_t found = 0;

	for (size_t i = 0; i < MOMENTS; i++)
		if (moments[i].time_us >= from && moments[i].time_us < until && counts(rule, moments, MOMENTS, i)) {
			found += !rule->distinct || !items[moments[i].item.bytes[0]];
			items[moments[i].item.bytes[0]] = true;
		}
	return found;
}

static bool holds_slowly(const struct achievement_rule *rule, const struct moment *moments)
{
	uint32_t streak = 0;

	if (!rule->streak_days && !rule->window_us)
		return counted(rule, moments, 0, INT64_MAX) >= rule->times;
	for (int64_t day = 0; rule->streak_days && day < 7; day++) {
		bool enough = counted(rule, moments, day * day_us, (day + 1) * day_us) >= rule->times;

		streak = enough ? streak + 1 : 0;
		if (streak >= rule->streak_days)
			return true;
	}
	for (size_t i = 0; rule->window_us && i < MOMENTS; i++)
		if (counted(rule, moments, moments[i].time_us, moments[i].time_us + rule->window_us + 1) >= rule->times)
			return true;
	return false;
}

/* Some of them twice, all of them in another order. */
static size_t shuffle(const struct moment *moments, struct moment *shuffled)
{
	size_t count = 0;

	for (size_t i = 0; i < MOMENTS; i++)
		for (uint32_t copies = 1 + below(2); copies > 0; copies--)
			shuffled[count++] = moments[i];
	for (size_t i = count; i > 1; i--) {
		size_t        other = below((uint32_t)i);
		struct moment moment = shuffled[i - 1];

		shuffled[i - 1] = shuffled[other];
		shuffled[other] = moment;
	}
	return count;
}

static void order_and_repetition_do_not_matter(void **state)
{
	unsigned seed = (unsigned)time(NULL);
	uint32_t held = 0;

	printf("# seed %u\n", seed);
	srand(seed);
	for (int round = 0; round < ROUNDS; round++) {
		struct achievement_rule rule = random_rule();
		struct moment           moments[MOMENTS], shuffled[2 * MOMENTS];
		size_t                  count;
		bool                    expected;

		for (uint64_t i = 0; i < MOMENTS; i++)
			moments[i] = random_moment(i + 1);
		expected = holds_slowly(&rule, moments);
		count = shuffle(moments, shuffled);
		assert_int_equal(achievement_rule_holds(&rule, shuffled, count), expected);
		held += expected;
	}
	assert_in_range(held, ROUNDS / 10, ROUNDS - ROUNDS / 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_never_enough),        cmocka_unit_test(only_what_the_rule_names_counts),
		cmocka_unit_test(distinct_counts_each_item_once), cmocka_unit_test(a_window_ends_with_its_last_moment),
		cmocka_unit_test(a_streak_has_no_gaps),           cmocka_unit_test(an_attempts_last_grade_counts),
		cmocka_unit_test(rules_without_a_sense_are_told), cmocka_unit_test(order_and_repetition_do_not_matter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
