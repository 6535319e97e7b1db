#include "commands/grade.h"

#include "commands/course.h"
#include "commands/course_role.h"
#include "commands/grading/sheet.h"
#include "commands/progress.h"
#include "eventstore/base/require.h"
#include "schema/handlers.h"

void regrade_on_regrade_committed(struct regrade *regrade, const struct regrade_committed *event)
{
	regrade->exists = true;
}

/* ---------------------------------------------------------------- what follows from a sum */

/* Practice completes nothing: it has no assessment. */
static void complete_by_score(const struct grade_sheet *sheet, const struct enrolment *enrolment,
                              const struct edition *edition, struct decision *decision)
{
	const struct syllabus_item *item = edition_item(edition, sheet->assessment);

	if (item && grade_reaches(grade_sheet_points(sheet), grade_sheet_most(sheet), item->score_min))
		progress_complete(enrolment, edition, sheet->assessment, COMPLETION_RULE_score, decision);
}

void grade_sheet_conclude(const struct grade_sheet *sheet, const struct enrolment *enrolment,
                          const struct edition *edition, struct grade_change change, struct decision *decision)
{
	if (!grade_sheet_is_decided(sheet))
		return;
	emit(decision, attempt_graded, .attempt = sheet->attempt, .sitting = sheet->sitting,
	     .enrolment = sheet->enrolment, .history = sheet->history, .course = sheet->course,
	     .assessment = sheet->assessment, .learner = sheet->learner, .points_milli = grade_sheet_points(sheet),
	     .of_milli = grade_sheet_most(sheet), .penalty = sheet->penalty, .cause = change.cause,
	     .regrade = change.regrade);
	complete_by_score(sheet, enrolment, edition, decision);
}

/* ---------------------------------------------------------------- what the grader found */

static bool is_of_slot(const struct grade_sheet *sheet, const struct graded_response *response)
{
	const struct graded_slot *slot;

	if (response->slot == 0 || response->slot > sheet->slots_count)
		return false;
	slot = &sheet->slots[response->slot - 1];
	return id_equal(slot->question, response->question) && slot->version == response->version
	       && response->points_milli <= slot->of_milli;
}

/* What is graded stays so until a regrade, and what people decided stays so after one. */
static bool is_news(const struct grade_sheet *sheet, const struct graded_response *response,
                    const struct grade_responses *command)
{
	const struct graded_slot *slot = &sheet->slots[response->slot - 1];

	if (slot->marked || !(slot->finished || sheet->submitted))
		return false;
	if (!slot->graded || !id_present(command->regrade))
		return !slot->graded;
	if (command->keeps_better && slot->decided)
		return response->points_milli > slot->points_milli && response->verdict != JUDGEMENT_undecided;
	return response->key != slot->key || command->grader != slot->grader || response->verdict != slot->verdict
	       || response->points_milli != slot->points_milli;
}

static struct list_of_graded_response news_among(const struct grade_sheet *sheet, const struct grade_responses *command,
                                                 struct arena *arena)
{
	struct graded_response        *kept = arena_array(arena, struct graded_response, command->responses.count);
	struct list_of_graded_response list = {.items = kept};

	for (uint32_t i = 0; i < command->responses.count; i++)
		if (is_news(sheet, &command->responses.items[i], command))
			kept[list.count++] = command->responses.items[i];
	return list;
}

static void keep_news(const struct grade_sheet *sheet, const struct enrolment *enrolment, const struct edition *edition,
                      const struct responses_graded *event, struct decision *decision)
{
	struct grade_sheet *after = arena_new(decision->arena, struct grade_sheet);
	bool                regraded = id_present(event->regrade);

	decision_emit(decision, EVENT_responses_graded, event, sizeof(*event));
	*after = *sheet;
	grade_sheet_on_responses_graded(after, event);
	grade_sheet_conclude(after, enrolment, edition,
	                     (struct grade_change){.cause = regraded ? GRADE_CAUSE_regrade : GRADE_CAUSE_automatic,
	                                           .regrade = event->regrade},
	                     decision);
}

void grade_sheet_decide_grade_responses(const struct grade_sheet *sheet, const struct enrolment *enrolment,
                                        const struct edition *edition, const struct grade_responses *command,
                                        struct decision *decision)
{
	struct responses_graded event = {
		.attempt = sheet->attempt,
		.sitting = sheet->sitting,
		.history = sheet->history,
		.enrolment = sheet->enrolment,
		.course = sheet->course,
		.assessment = sheet->assessment,
		.learner = sheet->learner,
		.grader = command->grader,
		.regrade = command->regrade,
	};

	if (!sheet->exists) {
		refuse(decision, REFUSAL_attempt_unknown);
		return;
	}
	for (uint32_t i = 0; i < command->responses.count; i++)
		if (!is_of_slot(sheet, &command->responses.items[i])) {
			refuse(decision, REFUSAL_slot_unknown);
			return;
		}
	event.responses = news_among(sheet, command, decision->arena);
	if (event.responses.count > 0)
		keep_news(sheet, enrolment, edition, &event, decision);
}

/* ---------------------------------------------------------------- regrades */

static enum refusal regrade_obstacle(const struct regrade *regrade, const struct question *question,
                                     const struct assessment *assessment, const struct commit_regrade *command)
{
	if (regrade->exists)
		return REFUSAL_regrade_exists;
	if (!question->exists || !id_equal(question->course, assessment->course))
		return REFUSAL_question_unknown;
	if (command->version > question->versions_count)
		return REFUSAL_version_unknown;
	if (command->key == 0 || question->versions[command->version - 1].key != command->key)
		return REFUSAL_regrade_stale;
	return REFUSAL_none;
}

void regrade_decide_commit_regrade(const struct regrade *regrade, const struct question *question,
                                   const struct assessment *assessment, const struct course *course,
                                   const struct user *user, const struct commit_regrade *command,
                                   struct decision *decision)
{
	enum refusal obstacle = course_run_obstacle(course, user);

	if (obstacle == REFUSAL_course_unknown || !assessment->exists)
		obstacle = REFUSAL_assessment_unknown;
	if (obstacle == REFUSAL_none)
		obstacle = regrade_obstacle(regrade, question, assessment, command);
	if (obstacle != REFUSAL_none)
		refuse(decision, obstacle);
	else
		emit(decision, regrade_committed, .regrade = command->regrade, .assessment = command->assessment,
		     .course = assessment->course, .question = command->question, .version = command->version,
		     .key = command->key, .policy = command->policy, .previewed = command->previewed,
		     .gains = command->gains, .losses = command->losses, .same = command->same,
		     .reason = command->reason);
}
