/* Marks by people, and appeals against grades. */
#include "commands/course_role.h"
#include "commands/grade.h"
#include "commands/grading/sheet.h"
#include "commands/learning/deadline.h"
#include "schema/handlers.h"

/* Two people's marks that are apart by no more than this share of the points are settled by their mean. */
enum { MARKS_APART_MAX = 100, APPEALS_MAX = 20, PER_MILLE = 1000 };

/* ---------------------------------------------------------------- marks */

/* What somebody who is not its learner says of an answer. */
struct mark {
	uint32_t                        slot;
	struct id                       marker;
	uint32_t                        points_milli;
	struct list_of_marked_criterion criteria;
	uint32_t                        rubric;
	struct text                     comment;
};

/* A hidden course's attempts are unknown, and so is practice, which nobody marks. */
static enum refusal staff_obstacle(const struct grade_sheet *sheet, enum refusal obstacle, struct id caller)
{
	if (!sheet->exists || !id_present(sheet->assessment) || obstacle == REFUSAL_course_unknown)
		return REFUSAL_attempt_unknown;
	if (obstacle != REFUSAL_none)
		return obstacle;
	return id_equal(sheet->learner, caller) ? REFUSAL_own_attempt : REFUSAL_none;
}

/* The criteria were held against the rubric before: one that does not fit has no number. */
static bool adds_up(const struct mark *marking)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < marking->criteria.count; i++)
		sum += marking->criteria.items[i].points_milli;
	return marking->criteria.count == 0 || (marking->rubric > 0 && sum == marking->points_milli);
}

static enum refusal marks_obstacle(const struct grade_sheet *sheet, const struct mark *marking)
{
	const struct graded_slot *slot;

	if (marking->slot > sheet->slots_count)
		return REFUSAL_slot_unknown;
	slot = &sheet->slots[marking->slot - 1];
	if (!sheet->submitted && !slot->finished)
		return REFUSAL_response_unready;
	return marking->points_milli <= slot->of_milli && adds_up(marking) ? REFUSAL_none : REFUSAL_marks_unfit;
}

struct outcome_of_marks {
	bool     settles;
	bool     decided;
	uint32_t points_milli;
};

static void keep_marks(const struct grade_sheet *sheet, const struct enrolment *enrolment,
                       const struct edition *edition, const struct mark *marking, struct outcome_of_marks outcome,
                       struct decision *decision)
{
	const struct graded_slot *slot = &sheet->slots[marking->slot - 1];
	struct grade_sheet       *after = arena_new(decision->arena, struct grade_sheet);
	struct response_marked    event = {
		   .attempt = sheet->attempt,
		   .sitting = sheet->sitting,
		   .history = sheet->history,
		   .enrolment = sheet->enrolment,
		   .course = sheet->course,
		   .assessment = sheet->assessment,
		   .learner = sheet->learner,
		   .slot = marking->slot,
		   .question = slot->question,
		   .version = slot->version,
		   .marker = marking->marker,
		   .rubric = marking->rubric,
		   .criteria = marking->criteria,
		   .marked_milli = marking->points_milli,
		   .settles = outcome.settles,
		   .decided = outcome.decided,
		   .points_milli = outcome.points_milli,
		   .comment = marking->comment,
        };

	decision_emit(decision, EVENT_response_marked, &event, sizeof(event));
	*after = *sheet;
	grade_sheet_on_response_marked(after, &event);
	if (outcome.decided)
		grade_sheet_conclude(after, enrolment, edition, (struct grade_change){.cause = GRADE_CAUSE_marked},
		                     decision);
}

static bool are_close(uint32_t a, uint32_t b, uint32_t of_milli)
{
	uint64_t apart = a > b ? a - b : b - a;

	return apart * PER_MILLE <= (uint64_t)of_milli * MARKS_APART_MAX;
}

/* One person's word decides; of two, their mean, half a thousandth rounded up, if they are close. */
static struct outcome_of_marks outcome_of(const struct graded_slot *slot, uint32_t graders, const struct mark *marking)
{
	if (graders < 2)
		return (struct outcome_of_marks){.decided = true, .points_milli = marking->points_milli};
	if (slot->marks == 1 && are_close(slot->marked_milli, marking->points_milli, slot->of_milli))
		return (struct outcome_of_marks){.decided = true,
		                                 .points_milli = (slot->marked_milli + marking->points_milli + 1) / 2};
	return (struct outcome_of_marks){0};
}

/* Where two are needed each marks once, and after two that do not agree an instructor settles it. */
static enum refusal second_obstacle(const struct graded_slot *slot, uint32_t graders, struct id marker)
{
	if (graders < 2)
		return REFUSAL_none;
	if (slot->marked || slot->marks >= 2)
		return REFUSAL_response_settled;
	return slot->marks == 1 && id_equal(slot->marker, marker) ? REFUSAL_second_marker_needed : REFUSAL_none;
}

void grade_sheet_decide_mark_response(const struct grade_sheet *sheet, const struct assessment *assessment,
                                      const struct course *course, const struct user *user,
                                      const struct enrolment *enrolment, const struct edition *edition,
                                      const struct mark_response *command, struct decision *decision)
{
	const struct mark marking = {
		.slot = command->slot,
		.marker = command->actor,
		.points_milli = command->points_milli,
		.criteria = command->criteria,
		.rubric = command->rubric,
		.comment = command->comment,
	};
	uint32_t     graders = deadline_policy(assessment, decision->time_us).graders;
	enum refusal obstacle = staff_obstacle(sheet, course_grade_obstacle(course, user), command->actor);

	if (obstacle == REFUSAL_none)
		obstacle = marks_obstacle(sheet, &marking);
	if (obstacle == REFUSAL_none)
		obstacle = second_obstacle(&sheet->slots[marking.slot - 1], graders, command->actor);
	if (obstacle != REFUSAL_none)
		refuse(decision, obstacle);
	else
		keep_marks(sheet, enrolment, edition, &marking,
		           outcome_of(&sheet->slots[marking.slot - 1], graders, &marking), decision);
}

void grade_sheet_decide_settle_response(const struct grade_sheet *sheet, const struct course *course,
                                        const struct user *user, const struct enrolment *enrolment,
                                        const struct edition *edition, const struct settle_response *command,
                                        struct decision *decision)
{
	const struct mark marking = {
		.slot = command->slot,
		.marker = command->actor,
		.points_milli = command->points_milli,
		.comment = command->comment,
	};
	const struct outcome_of_marks outcome = {
		.settles = true, .decided = true, .points_milli = command->points_milli};
	enum refusal obstacle = staff_obstacle(sheet, course_run_obstacle(course, user), command->actor);

	if (obstacle == REFUSAL_none)
		obstacle = marks_obstacle(sheet, &marking);
	if (obstacle != REFUSAL_none)
		refuse(decision, obstacle);
	else
		keep_marks(sheet, enrolment, edition, &marking, outcome, decision);
}

/* ---------------------------------------------------------------- appeals */

static bool is_open(const struct grade_sheet *sheet, uint32_t slot)
{
	for (uint32_t i = 0; i < sheet->open_count; i++)
		if (sheet->open[i].slot == slot)
			return true;
	return false;
}

/* What is kept back from the learner is no grade yet. */
static bool is_told(const struct grade_sheet *sheet, const struct assessment *assessment, int64_t now_us)
{
	return sheet->graded
	       && (assessment->released || deadline_policy(assessment, now_us).release != GRADE_RELEASE_manual);
}

void grade_sheet_decide_appeal_grade(const struct grade_sheet *sheet, const struct assessment *assessment,
                                     const struct appeal_grade *command, struct decision *decision)
{
	if (!sheet->exists || !id_equal(sheet->learner, command->learner) || !id_present(sheet->assessment))
		refuse(decision, REFUSAL_attempt_unknown);
	else if (command->slot > sheet->slots_count)
		refuse(decision, REFUSAL_slot_unknown);
	else if (!is_told(sheet, assessment, decision->time_us))
		refuse(decision, REFUSAL_grade_pending);
	else if (is_open(sheet, command->slot))
		refuse(decision, REFUSAL_appeal_open);
	else if (sheet->appeals == APPEALS_MAX)
		refuse(decision, REFUSAL_appeals_used);
	else
		emit(decision, grade_appealed, .attempt = sheet->attempt, .sitting = sheet->sitting,
		     .history = sheet->history, .course = sheet->course, .assessment = sheet->assessment,
		     .learner = sheet->learner, .appeal = sheet->appeals + 1, .slot = command->slot,
		     .text = command->text);
}

static bool waits(const struct grade_sheet *sheet, uint32_t appeal)
{
	for (uint32_t i = 0; i < sheet->open_count; i++)
		if (sheet->open[i].appeal == appeal)
			return true;
	return false;
}

void grade_sheet_decide_answer_appeal(const struct grade_sheet *sheet, const struct course *course,
                                      const struct user *user, const struct answer_appeal *command,
                                      struct decision *decision)
{
	enum refusal obstacle = staff_obstacle(sheet, course_grade_obstacle(course, user), command->actor);

	if (obstacle == REFUSAL_none && !waits(sheet, command->appeal))
		obstacle = REFUSAL_appeal_unknown;
	if (obstacle != REFUSAL_none)
		refuse(decision, obstacle);
	else
		emit(decision, appeal_answered, .attempt = sheet->attempt, .sitting = sheet->sitting,
		     .history = sheet->history, .course = sheet->course, .assessment = sheet->assessment,
		     .learner = sheet->learner, .appeal = command->appeal, .outcome = command->outcome,
		     .answer = command->answer);
}
