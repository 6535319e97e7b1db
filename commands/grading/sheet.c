#include "commands/grading/sheet.h"

#include "eventstore/base/require.h"
#include "schema/handlers.h"

enum { PER_MILLE = 1000 };

/* ---------------------------------------------------------------- what a sheet remembers */

static void begin_slot(struct grade_sheet *sheet, struct id question, uint32_t version, uint32_t of_milli)
{
	require(sheet->slots_count < array_count(sheet->slots));
	sheet->slots[sheet->slots_count++] =
		(struct graded_slot){.question = question, .version = version, .of_milli = of_milli};
}

void grade_sheet_on_attempt_started(struct grade_sheet *sheet, const struct attempt_started *event)
{
	*sheet = (struct grade_sheet){
		.attempt = event->attempt,
		.exists = true,
		.learner = event->learner,
		.history = event->history,
		.enrolment = event->enrolment,
		.course = event->course,
		.sitting = event->sitting,
		.assessment = event->assessment,
	};
	for (uint32_t i = 0; i < event->questions.count; i++)
		begin_slot(sheet, event->questions.items[i].question, event->questions.items[i].version,
		           event->questions.items[i].points_milli);
}

void grade_sheet_on_practice_started(struct grade_sheet *sheet, const struct practice_started *event)
{
	*sheet = (struct grade_sheet){
		.attempt = event->attempt,
		.exists = true,
		.learner = event->learner,
		.history = event->history,
		.enrolment = event->enrolment,
		.course = event->course,
	};
	for (uint32_t i = 0; i < event->questions.count; i++)
		begin_slot(sheet, event->questions.items[i].question, event->questions.items[i].version,
		           event->questions.items[i].points_milli);
}

static struct graded_slot *slot_of(struct grade_sheet *sheet, uint32_t slot)
{
	require(slot >= 1 && slot <= sheet->slots_count);
	return &sheet->slots[slot - 1];
}

void grade_sheet_on_answer_finished(struct grade_sheet *sheet, const struct answer_finished *event)
{
	slot_of(sheet, event->slot)->finished = true;
}

void grade_sheet_on_attempt_submitted(struct grade_sheet *sheet, const struct attempt_submitted *event)
{
	sheet->submitted = true;
	sheet->penalty = event->penalty;
}

void grade_sheet_on_responses_graded(struct grade_sheet *sheet, const struct responses_graded *event)
{
	for (uint32_t i = 0; i < event->responses.count; i++) {
		const struct graded_response *response = &event->responses.items[i];
		struct graded_slot           *slot = slot_of(sheet, response->slot);

		slot->graded = true;
		slot->decided = response->verdict != JUDGEMENT_undecided;
		slot->key = response->key;
		slot->grader = event->grader;
		slot->verdict = response->verdict;
		slot->points_milli = response->points_milli;
	}
}

void grade_sheet_on_response_marked(struct grade_sheet *sheet, const struct response_marked *event)
{
	struct graded_slot *slot = slot_of(sheet, event->slot);

	slot->marks = event->decided ? 0 : slot->marks + 1;
	slot->marker = event->marker;
	slot->marked_milli = event->marked_milli;
	if (!event->decided)
		return;
	slot->decided = true;
	slot->marked = true;
	slot->points_milli = event->points_milli;
}

void grade_sheet_on_grade_appealed(struct grade_sheet *sheet, const struct grade_appealed *event)
{
	require(sheet->open_count < array_count(sheet->open));
	sheet->appeals = event->appeal;
	sheet->open[sheet->open_count++] = (struct open_appeal){.appeal = event->appeal, .slot = event->slot};
}

void grade_sheet_on_appeal_answered(struct grade_sheet *sheet, const struct appeal_answered *event)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < sheet->open_count; i++)
		if (sheet->open[i].appeal != event->appeal)
			sheet->open[kept++] = sheet->open[i];
	sheet->open_count = kept;
}

void grade_sheet_on_attempt_graded(struct grade_sheet *sheet, const struct attempt_graded *event)
{
	sheet->graded = true;
	sheet->points_milli = event->points_milli;
	sheet->of_milli = event->of_milli;
}

/* ---------------------------------------------------------------- sums */

bool grade_sheet_is_decided(const struct grade_sheet *sheet)
{
	for (uint32_t i = 0; i < sheet->slots_count; i++)
		if (!sheet->slots[i].decided)
			return false;
	return sheet->submitted;
}

uint32_t grade_sheet_points(const struct grade_sheet *sheet)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < sheet->slots_count; i++)
		sum += sheet->slots[i].points_milli;
	return (uint32_t)((sum * (PER_MILLE - sheet->penalty) + PER_MILLE / 2) / PER_MILLE);
}

uint32_t grade_sheet_most(const struct grade_sheet *sheet)
{
	uint32_t sum = 0;

	for (uint32_t i = 0; i < sheet->slots_count; i++)
		sum += sheet->slots[i].of_milli;
	return sum;
}

bool grade_reaches(uint32_t points_milli, uint32_t of_milli, uint32_t per_mille)
{
	return (uint64_t)points_milli * PER_MILLE >= (uint64_t)of_milli * per_mille;
}
