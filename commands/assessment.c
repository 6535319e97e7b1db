#include "commands/assessment.h"

#include "commands/course.h"
#include "commands/course_role.h"
#include "commands/decision.h"
#include "commands/learning/deadline.h"
#include "eventstore/base/require.h"
#include "schema/handlers.h"

/* ---------------------------------------------------------------- what an assessment remembers */

void assessment_on_assessment_written(struct assessment *assessment, const struct assessment_written *event)
{
	assessment->id = event->assessment;
	assessment->course = event->course;
	assessment->exists = true;
	assessment->revision = event->revision;
	assessment->content = event->content;
}

/* The earliest goes when there is no more room; nobody is judged by it any more (change_assessment_policy). */
static struct policy *next_policy(struct assessment *assessment)
{
	uint32_t most = array_count(assessment->policies);

	if (assessment->policies_count == most) {
		memmove(&assessment->policies[0], &assessment->policies[1],
		        (most - 1) * sizeof(assessment->policies[0]));
		assessment->policies_count--;
	}
	return &assessment->policies[assessment->policies_count++];
}

void assessment_on_assessment_policy_changed(struct assessment                      *assessment,
                                             const struct assessment_policy_changed *event)
{
	*next_policy(assessment) = deadline_policy_said(event);
}

void assessment_on_grades_released(struct assessment *assessment, const struct grades_released *event)
{
	assessment->released = true;
}

void course_on_assessment_written(struct course *course, const struct assessment_written *event)
{
	course_take_revision(course, &(struct course_item){
					     .item = event->assessment,
					     .kind = ITEM_KIND_assessment,
					     .content = event->content,
					     .revision = event->revision,
				     });
}

static void keep_slot(struct paper *paper, const struct paper_slot *slot)
{
	require(paper->pool_count + slot->pool.count <= array_count(paper->pool));
	require(paper->slots_count < array_count(paper->slots));
	paper->slots[paper->slots_count++] = (struct kept_slot){
		.points_milli = slot->points_milli,
		.draw = slot->draw,
		.first = paper->pool_count,
		.count = slot->pool.count,
	};
	for (uint32_t i = 0; i < slot->pool.count; i++)
		paper->pool[paper->pool_count++] = (struct kept_question){
			.question = slot->pool.items[i].question,
			.version = slot->pool.items[i].version,
		};
}

void paper_on_assessment_written(struct paper *paper, const struct assessment_written *event)
{
	*paper = (struct paper){.assessment = event->assessment, .course = event->course, .exists = true};
	for (uint32_t i = 0; i < event->slots.count; i++)
		keep_slot(paper, &event->slots.items[i]);
}

/* ---------------------------------------------------------------- writing a paper */

static bool stands_before(const struct list_of_paper_slot *slots, uint32_t slot, uint32_t place)
{
	struct id question = slots->items[slot].pool.items[place].question;

	for (uint32_t i = 0; i <= slot; i++)
		for (uint32_t j = 0; j < (i < slot ? slots->items[i].pool.count : place); j++)
			if (id_equal(slots->items[i].pool.items[j].question, question))
				return true;
	return false;
}

static bool is_fit(const struct list_of_paper_slot *slots)
{
	uint32_t pooled = 0, drawn = 0;

	for (uint32_t i = 0; i < slots->count; i++) {
		pooled += slots->items[i].pool.count;
		drawn += slots->items[i].draw;
		if (slots->items[i].draw > slots->items[i].pool.count)
			return false;
		if (pooled > array_count(((struct paper *)0)->pool) || drawn > PAPER_DRAWN_MAX)
			return false;
		for (uint32_t j = 0; j < slots->items[i].pool.count; j++)
			if (stands_before(slots, i, j))
				return false;
	}
	return slots->count > 0;
}

void assessment_decide_write_assessment(const struct assessment *assessment, const struct course *course,
                                        const struct user *user, const struct write_assessment *command,
                                        struct decision *decision)
{
	enum refusal obstacle = course_write_obstacle(course, user);

	if (obstacle != REFUSAL_none)
		refuse(decision, obstacle);
	else if (assessment->exists || course_item(course, command->assessment))
		refuse(decision, REFUSAL_item_exists);
	else if (course_is_full(course))
		refuse(decision, REFUSAL_course_items_full);
	else if (!is_fit(&command->slots))
		refuse(decision, REFUSAL_paper_unfit);
	else
		emit(decision, assessment_written, .assessment = command->assessment, .course = command->course,
		     .content = command->content, .revision = 1, .title = command->title,
		     .instructions = command->instructions, .purpose = command->purpose, .slots = command->slots);
}

/* Whoever may not change an assessment does not learn that there is one in a course that nobody sees yet. */
static enum refusal hidden(const struct assessment *assessment, enum refusal obstacle)
{
	return obstacle == REFUSAL_course_unknown || !assessment->exists ? REFUSAL_assessment_unknown : obstacle;
}

void assessment_decide_revise_assessment(const struct assessment *assessment, const struct course *course,
                                         const struct user *user, const struct revise_assessment *command,
                                         struct decision *decision)
{
	enum refusal obstacle = hidden(assessment, course_write_obstacle(course, user));

	if (obstacle != REFUSAL_none)
		refuse(decision, obstacle);
	else if (!course_item(course, command->assessment))
		refuse(decision, REFUSAL_item_unknown);
	else if (command->has_seen && command->seen != assessment->revision)
		refuse(decision, REFUSAL_revision_stale);
	else if (!is_fit(&command->slots))
		refuse(decision, REFUSAL_paper_unfit);
	else
		emit(decision, assessment_written, .assessment = command->assessment, .course = assessment->course,
		     .content = command->content, .revision = assessment->revision + 1, .title = command->title,
		     .instructions = command->instructions, .purpose = command->purpose, .slots = command->slots);
}

/* ---------------------------------------------------------------- policy and grades */

/* When the earliest policy that is kept may be forgotten for another: once nobody can be judged by it. 0: there is
 * room. */
static int64_t room_from(const struct assessment *assessment)
{
	bool full = assessment->policies_count == array_count(assessment->policies);

	return full ? assessment->policies[1].since + ASSESSMENT_OFFLINE_MAX_US : 0;
}

static bool times_reversed(const struct change_assessment_policy *command)
{
	int64_t opens_at = command->has_opens_at ? command->opens_at : INT64_MIN;
	int64_t closes_at = command->has_closes_at ? command->closes_at : INT64_MAX;

	return opens_at >= closes_at
	       || (command->has_due_at && (command->due_at <= opens_at || command->due_at > closes_at));
}

static void change_policy(const struct assessment *assessment, const struct change_assessment_policy *command,
                          struct decision *decision)
{
	emit(decision, assessment_policy_changed, .assessment = command->assessment, .course = assessment->course,
	     .since = decision->time_us, .has_attempts_max = command->has_attempts_max,
	     .attempts_max = command->attempts_max, .has_time_limit_s = command->has_time_limit_s,
	     .time_limit_s = command->time_limit_s, .has_opens_at = command->has_opens_at,
	     .opens_at = command->opens_at, .has_due_at = command->has_due_at, .due_at = command->due_at,
	     .has_closes_at = command->has_closes_at, .closes_at = command->closes_at,
	     .late_window_s = command->late_window_s, .late_penalty = command->late_penalty, .keeps = command->keeps,
	     .feedback = command->feedback, .shows_key = command->shows_key, .graders = command->graders,
	     .release = command->release, .shuffles_questions = command->shuffles_questions,
	     .shuffles_choices = command->shuffles_choices);
}

void assessment_decide_change_assessment_policy(const struct assessment *assessment, const struct course *course,
                                                const struct user *user, const struct change_assessment_policy *command,
                                                struct decision *decision)
{
	enum refusal obstacle = hidden(assessment, course_write_obstacle(course, user));

	if (obstacle != REFUSAL_none)
		refuse(decision, obstacle);
	else if (times_reversed(command))
		refuse(decision, REFUSAL_policy_unfit);
	else if (decision->time_us < room_from(assessment))
		refuse_until(decision, REFUSAL_policy_restless, room_from(assessment));
	else
		change_policy(assessment, command, decision);
}

void assessment_decide_release_grades(const struct assessment *assessment, const struct course *course,
                                      const struct user *user, const struct release_grades *command,
                                      struct decision *decision)
{
	enum refusal obstacle = hidden(assessment, course_run_obstacle(course, user));

	if (obstacle != REFUSAL_none)
		refuse(decision, obstacle);
	else if (!assessment->released)
		emit(decision, grades_released, .assessment = command->assessment, .course = assessment->course);
}
