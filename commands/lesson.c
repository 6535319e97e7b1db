/* Lessons: each writing is a revision of the draft's. What Markdown may hold, the API looks at. */
#include "commands/course.h"
#include "commands/course_role.h"
#include "commands/decision.h"
#include "commands/learning/revision_id.h"
#include "schema/handlers.h"

void lesson_on_lesson_written(struct lesson *lesson, const struct lesson_written *event)
{
	*lesson = (struct lesson){
		.id = event->lesson, .course = event->course, .exists = true, .revision = event->revision};
}

static enum refusal objectives_obstacle(const struct course                      *course,
                                        const struct list_of_objective_reference *objectives)
{
	for (uint32_t i = 0; i < objectives->count; i++)
		if (!course_teaches(course, objectives->items[i].objective))
			return REFUSAL_objective_unknown;
	return REFUSAL_none;
}

/* The course takes the item in as soon as it is written, whether or not the outline has a place for it. */
static enum refusal write_obstacle(const struct lesson *lesson, const struct course *course, const struct user *user,
                                   const struct write_lesson *command)
{
	enum refusal obstacle = course_write_obstacle(course, user);

	if (obstacle != REFUSAL_none)
		return obstacle;
	if (lesson->exists || course_item(course, command->lesson))
		return REFUSAL_item_exists;
	if (course_is_full(course))
		return REFUSAL_course_items_full;
	return objectives_obstacle(course, &command->objectives);
}

/* An event's list is never absent. */
static struct list_of_objective_reference objectives_of(struct list_of_objective_reference wanted)
{
	static const struct objective_reference none;

	return wanted.items ? wanted : (struct list_of_objective_reference){.items = &none};
}

void lesson_decide_write_lesson(const struct lesson *lesson, const struct course *course, const struct user *user,
                                const struct write_lesson *command, struct decision *decision)
{
	enum refusal obstacle = write_obstacle(lesson, course, user, command);

	if (obstacle != REFUSAL_none)
		refuse(decision, obstacle);
	else
		emit(decision, lesson_written, .lesson = command->lesson, .course = command->course,
		     .content = revision_id("content", command->lesson, 1), .revision = 1, .title = command->title,
		     .body = command->body, .has_minutes = command->has_minutes, .minutes = command->minutes,
		     .objectives = objectives_of(command->objectives));
}

static enum refusal revise_obstacle(const struct lesson *lesson, const struct course *course, const struct user *user,
                                    const struct revise_lesson *command)
{
	enum refusal              obstacle = course_write_obstacle(course, user);
	const struct course_item *item = course_item(course, command->lesson);

	if (obstacle != REFUSAL_none)
		return obstacle;
	if (!item || item->kind != ITEM_KIND_lesson)
		return REFUSAL_item_unknown;
	if (command->has_seen && command->seen != lesson->revision)
		return REFUSAL_revision_stale;
	return objectives_obstacle(course, &command->objectives);
}

void lesson_decide_revise_lesson(const struct lesson *lesson, const struct course *course, const struct user *user,
                                 const struct revise_lesson *command, struct decision *decision)
{
	enum refusal obstacle = revise_obstacle(lesson, course, user, command);

	if (obstacle != REFUSAL_none)
		refuse(decision, obstacle);
	else
		emit(decision, lesson_written, .lesson = command->lesson, .course = command->course,
		     .content = revision_id("content", command->lesson, lesson->revision + 1),
		     .revision = lesson->revision + 1, .title = command->title, .body = command->body,
		     .has_minutes = command->has_minutes, .minutes = command->minutes,
		     .objectives = objectives_of(command->objectives));
}
