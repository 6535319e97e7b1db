#include "commands/achievement_rule.h"

#include <stdlib.h>

static const int64_t day_us = INT64_C(24) * 3600 * 1000000;

/* ---------------------------------------------------------------- ids */

struct id award_register(void)
{
	return id_derived("register", &(struct id){{0}}, 1);
}

struct id award_of(struct id achievement, struct id learner)
{
	return id_derived("award", (struct id[]){achievement, learner}, 2);
}

/* ---------------------------------------------------------------- which rules make sense */

struct achievement_rule achievement_rule_of(const struct achievement_defined *defined)
{
	return (struct achievement_rule){
		.trigger = defined->trigger,
		.course = defined->course,
		.item = defined->item,
		.times = defined->times,
		.distinct = defined->distinct,
		.window_us = defined->has_window_s ? (int64_t)defined->window_s * 1000000 : 0,
		.scored = defined->has_score_min,
		.score_min = defined->score_min,
		.streak_days = defined->has_streak_days ? defined->streak_days : 0,
	};
}

static bool happens_to_courses(enum achievement_trigger trigger)
{
	return trigger == ACHIEVEMENT_TRIGGER_enrolled || trigger == ACHIEVEMENT_TRIGGER_course_completed;
}

/* To the same item or course. */
static bool happens_once(enum achievement_trigger trigger)
{
	return trigger == ACHIEVEMENT_TRIGGER_course_completed || trigger == ACHIEVEMENT_TRIGGER_item_completed
	       || trigger == ACHIEVEMENT_TRIGGER_viewed;
}

/* With one item or course to look at, what counts but once cannot count twice. */
static bool wants_too_often(const struct achievement_rule *rule)
{
	if (happens_once(rule->trigger))
		return rule->times > 1 || rule->streak_days;
	return rule->distinct && rule->times > 1;
}

bool achievement_rule_sensible(const struct achievement_rule *rule)
{
	bool course_wide = happens_to_courses(rule->trigger);
	bool one_subject = id_present(rule->item) || (course_wide && id_present(rule->course));

	if (rule->scored && rule->trigger != ACHIEVEMENT_TRIGGER_graded)
		return false;
	if (id_present(rule->item) && course_wide)
		return false;
	if (rule->streak_days && rule->window_us)
		return false;
	return !(one_subject && wants_too_often(rule));
}

/* ---------------------------------------------------------------- which moments count */

bool achievement_rule_concerns(const struct achievement_rule *rule, const struct moment *moment)
{
	return moment->trigger == rule->trigger && (!id_present(rule->course) || id_equal(moment->course, rule->course))
	       && (!id_present(rule->item) || id_equal(moment->item, rule->item));
}

static int compare_positions(const void *left, const void *right)
{
	const struct moment *a = left, *b = right;

	return (a->position > b->position) - (a->position < b->position);
}

/* What belongs together stands together, the latest first. */
static int compare_occurrences(const void *left, const void *right)
{
	const struct moment *a = left, *b = right;
	int                  order = memcmp(a->occurrence.bytes, b->occurrence.bytes, sizeof(a->occurrence.bytes));

	return order ? order : -compare_positions(left, right);
}

static int compare_times(const void *left, const void *right)
{
	const struct moment *a = left, *b = right;

	if (a->time_us != b->time_us)
		return a->time_us < b->time_us ? -1 : 1;
	return compare_positions(left, right);
}

static bool tells_again(const struct moment *moment, const struct moment *before)
{
	if (moment->position == before->position)
		return true;
	return id_present(moment->occurrence) && id_equal(moment->occurrence, before->occurrence);
}

/* Moves those that count to the front, in the order of their times; returns how many. A grade is looked at only once it
 * is known to be its attempt's last: one that was taken back counts no more. */
static size_t sift(const struct achievement_rule *rule, struct moment *moments, size_t count)
{
	size_t concerned = 0, distinct = 1, kept = 0;

	for (size_t i = 0; i < count; i++)
		if (achievement_rule_concerns(rule, &moments[i]))
			moments[concerned++] = moments[i];
	if (concerned == 0)
		return 0;
	qsort(moments, concerned, sizeof(*moments), compare_occurrences);
	for (size_t i = 1, last = 0; i < concerned; i++)
		if (!tells_again(&moments[i], &moments[last])) {
			moments[++last] = moments[i];
			distinct = last + 1;
		}
	for (size_t i = 0; i < distinct; i++)
		if (!rule->scored || moments[i].score >= rule->score_min)
			moments[kept++] = moments[i];
	qsort(moments, kept, sizeof(*moments), compare_times);
	return kept;
}

/* ---------------------------------------------------------------- how many are enough */

static struct id subject(const struct moment *moment)
{
	return happens_to_courses(moment->trigger) ? moment->course : moment->item;
}

static bool seen_before(const struct moment *moments, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (id_equal(subject(&moments[i]), subject(&moments[count])))
			return true;
	return false;
}

/* Do these have as many as the rule wants? Ends as soon as they do, so that what is compared with is never more. */
static bool enough(const struct achievement_rule *rule, const struct moment *moments, size_t count)
{
	uint32_t found = 0;

	if (!rule->distinct)
		return count >= rule->times;
	for (size_t i = 0; i < count; i++) {
		found += !seen_before(moments, i);
		if (found >= rule->times)
			return true;
	}
	return false;
}

static bool holds_in_some_window(const struct achievement_rule *rule, const struct moment *moments, size_t count)
{
	size_t end = 0;

	for (size_t i = 0; i < count; i++) {
		while (end < count && moments[end].time_us - moments[i].time_us <= rule->window_us)
			end++;
		if (enough(rule, &moments[i], end - i))
			return true;
	}
	return false;
}

static bool holds_day_after_day(const struct achievement_rule *rule, const struct moment *moments, size_t count)
{
	uint32_t streak = 0;
	int64_t  yesterday = INT64_MIN;

	for (size_t i = 0, end = 0; i < count; i = end) {
		int64_t day = moments[i].time_us / day_us;

		while (end < count && moments[end].time_us / day_us == day)
			end++;
		if (!enough(rule, &moments[i], end - i))
			continue;
		streak = streak > 0 && yesterday == day - 1 ? streak + 1 : 1;
		yesterday = day;
		if (streak >= rule->streak_days)
			return true;
	}
	return false;
}

bool achievement_rule_holds(const struct achievement_rule *rule, struct moment *moments, size_t count)
{
	size_t counting = sift(rule, moments, count);

	if (rule->streak_days)
		return holds_day_after_day(rule, moments, counting);
	if (rule->window_us)
		return holds_in_some_window(rule, moments, counting);
	return enough(rule, moments, counting);
}
