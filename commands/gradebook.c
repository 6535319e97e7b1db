/* The gradebook: categories and weights, overrides, excuses. */
#include "commands/course.h"
#include "commands/course_role.h"
#include "commands/decision.h"
#include "schema/handlers.h"

void course_grade_on_grade_overridden(struct course_grade *grade, const struct grade_overridden *event)
{
	grade->overridden = event->has_points_milli;
	grade->points_milli = event->points_milli;
	grade->of_milli = event->of_milli;
}

void course_grade_on_grade_excused(struct course_grade *grade, const struct grade_excused *event)
{
	grade->excused = event->excused;
}

/* ---------------------------------------------------------------- categories */

static bool has_category(const struct list_of_grade_category *categories, uint32_t count, struct text key)
{
	for (uint32_t i = 0; i < count; i++)
		if (text_equal(categories->items[i].key, key))
			return true;
	return false;
}

static bool places_twice(const struct list_of_grade_placement *items)
{
	for (uint32_t i = 0; i < items->count; i++)
		for (uint32_t j = 0; j < i; j++)
			if (id_equal(items->items[i].item, items->items[j].item))
				return true;
	return false;
}

static enum refusal gradebook_obstacle(const struct change_gradebook *command)
{
	const struct list_of_grade_category *categories = &command->categories;
	uint64_t                             weights = 0;

	for (uint32_t i = 0; i < categories->count; i++) {
		if (has_category(categories, i, categories->items[i].key))
			return REFUSAL_category_twice;
		weights += categories->items[i].weight;
	}
	if (categories->count > 0 && weights == 0)
		return REFUSAL_weights_missing;
	for (uint32_t i = 0; i < command->items.count; i++)
		if (!has_category(categories, categories->count, command->items.items[i].category))
			return REFUSAL_category_unknown;
	return places_twice(&command->items) ? REFUSAL_item_twice : REFUSAL_none;
}

void course_decide_change_gradebook(const struct course *course, const struct user *user,
                                    const struct change_gradebook *command, struct decision *decision)
{
	enum refusal obstacle = course_run_obstacle(course, user);

	if (obstacle == REFUSAL_none)
		obstacle = gradebook_obstacle(command);
	if (obstacle != REFUSAL_none)
		refuse(decision, obstacle);
	else
		emit(decision, gradebook_changed, .course = command->course, .categories = command->categories,
		     .items = command->items);
}

/* ---------------------------------------------------------------- one learner's grade */

/* Also of an item that only the edition of the learner still has. */
static enum refusal grade_obstacle(const struct enrolment *enrolment, const struct edition *edition,
                                   const struct course *course, const struct user *user, struct id item)
{
	enum refusal obstacle = course_grade_obstacle(course, user);

	if (obstacle != REFUSAL_none)
		return obstacle;
	if (!id_present(enrolment->learner))
		return REFUSAL_learner_unknown;
	return course_item(course, item) || edition_item(edition, item) ? REFUSAL_none : REFUSAL_item_unknown;
}

void course_grade_decide_override_grade(const struct course_grade *grade, const struct enrolment *enrolment,
                                        const struct edition *edition, const struct course *course,
                                        const struct user *user, const struct override_grade *command,
                                        struct decision *decision)
{
	enum refusal obstacle = grade_obstacle(enrolment, edition, course, user, command->item);
	bool         same = grade->overridden && grade->points_milli == command->points_milli
	            && grade->of_milli == command->of_milli;

	if (obstacle == REFUSAL_none && command->points_milli > command->of_milli)
		obstacle = REFUSAL_points_unfit;
	if (obstacle != REFUSAL_none)
		refuse(decision, obstacle);
	else if (!same)
		emit(decision, grade_overridden, .sitting = command->sitting, .enrolment = command->enrolment,
		     .history = command->history, .course = command->course, .item = command->item,
		     .learner = command->learner, .has_points_milli = true, .points_milli = command->points_milli,
		     .has_of_milli = true, .of_milli = command->of_milli, .reason = command->reason);
}

void course_grade_decide_end_override(const struct course_grade *grade, const struct enrolment *enrolment,
                                      const struct edition *edition, const struct course *course,
                                      const struct user *user, const struct end_override *command,
                                      struct decision *decision)
{
	enum refusal obstacle = grade_obstacle(enrolment, edition, course, user, command->item);

	if (obstacle != REFUSAL_none)
		refuse(decision, obstacle);
	else if (grade->overridden)
		emit(decision, grade_overridden, .sitting = command->sitting, .enrolment = command->enrolment,
		     .history = command->history, .course = command->course, .item = command->item,
		     .learner = command->learner);
}

void course_grade_decide_excuse_grade(const struct course_grade *grade, const struct enrolment *enrolment,
                                      const struct edition *edition, const struct course *course,
                                      const struct user *user, const struct excuse_grade *command,
                                      struct decision *decision)
{
	enum refusal obstacle = grade_obstacle(enrolment, edition, course, user, command->item);

	if (obstacle != REFUSAL_none)
		refuse(decision, obstacle);
	else if (grade->excused != command->excused)
		emit(decision, grade_excused, .sitting = command->sitting, .enrolment = command->enrolment,
		     .history = command->history, .course = command->course, .item = command->item,
		     .learner = command->learner, .excused = command->excused, .reason = command->reason);
}
