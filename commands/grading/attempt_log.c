#include "commands/grading/attempt_log.h"

#include "commands/grading/judge.h"
#include "commands/grading/judge_task.h"
#include "eventstore/base/require.h"
#include "schema/handlers.h"

enum { PER_MILLE = 1000, PPM_PER_MILLE = 1000 };

struct reading {
	struct attempt_log  *attempt;
	const struct opener *opener;
	struct arena        *arena;
	uint64_t             until;
	enum status          status;
};

static void take_answer(struct attempt_log *attempt, const struct answer_saved *event)
{
	require(event->slot >= 1 && event->slot <= ATTEMPT_SLOTS_MAX);
	attempt->answers[event->slot - 1] = event;
}

static void take_hint(struct attempt_log *attempt, const struct hint_taken *event)
{
	uint32_t *cost = &attempt->hint_cost[event->slot - 1];

	require(event->slot >= 1 && event->slot <= ATTEMPT_SLOTS_MAX);
	*cost = *cost + event->cost > PER_MILLE ? PER_MILLE : *cost + event->cost;
}

static void take_run(struct attempt_log *attempt, const struct task_run_completed *event)
{
	require(event->slot >= 1 && event->slot <= ATTEMPT_SLOTS_MAX);
	attempt->runs[event->slot - 1] = event;
}

static void take(struct attempt_log *attempt, uint16_t number, const void *event)
{
	if (number == EVENT_answer_saved)
		take_answer(attempt, event);
	else if (number == EVENT_hint_taken)
		take_hint(attempt, event);
	else if (number == EVENT_task_run_completed)
		take_run(attempt, event);
	else if (number == EVENT_attempt_started)
		attempt->seed = ((const struct attempt_started *)event)->seed;
	else if (number == EVENT_practice_started)
		attempt->seed = ((const struct practice_started *)event)->seed;
}

/* What deciders remember is folded by their own functions. */
static void fold(struct grade_sheet *sheet, uint16_t number, const void *event)
{
	switch (number) {
	case EVENT_attempt_started:
		grade_sheet_on_attempt_started(sheet, event);
		break;
	case EVENT_practice_started:
		grade_sheet_on_practice_started(sheet, event);
		break;
	case EVENT_answer_finished:
		grade_sheet_on_answer_finished(sheet, event);
		break;
	case EVENT_attempt_submitted:
		grade_sheet_on_attempt_submitted(sheet, event);
		break;
	case EVENT_responses_graded:
		grade_sheet_on_responses_graded(sheet, event);
		break;
	case EVENT_response_marked:
		grade_sheet_on_response_marked(sheet, event);
		break;
	case EVENT_attempt_graded:
		grade_sheet_on_attempt_graded(sheet, event);
		break;
	default:
		break;
	}
}

/* The record's bytes are the log's own; what is kept is a copy. */
static bool visit(void *owner, const struct record *record)
{
	struct reading          *reading = owner;
	struct record            copy = *record;
	const struct event_type *type;
	const void              *event;

	if (record->position > reading->until)
		return false;
	copy.payload = arena_bytes(reading->arena, record->payload);
	reading->status = record_event(&copy, reading->opener, reading->arena, &type, &event);
	if (reading->status != STATUS_OK)
		return false;
	fold(&reading->attempt->sheet, record->number, event);
	take(reading->attempt, record->number, event);
	return true;
}

enum status attempt_log_read(struct reader *reader, const struct opener *opener, struct id attempt, uint64_t until,
                             struct arena *arena, struct attempt_log *out)
{
	struct reading reading = {
		.attempt = arena_new(arena, struct attempt_log), .opener = opener, .arena = arena, .until = until};
	enum status status = reader_stream(reader, attempt, 1, ATTEMPT_EVENTS_MAX, visit, &reading);

	if (status == STATUS_OK)
		status = reading.status;
	if (status == STATUS_OK && !reading.attempt->sheet.exists)
		status = STATUS_NOT_FOUND;
	if (status == STATUS_OK)
		*out = *reading.attempt;
	return status;
}

bool attempt_log_is_ready(const struct attempt_log *attempt, uint32_t slot)
{
	require(slot < attempt->sheet.slots_count);
	return attempt->sheet.submitted || attempt->sheet.slots[slot].finished;
}

bool attempt_log_is_forgotten(const struct attempt_log *attempt, uint32_t slot)
{
	require(slot < attempt->sheet.slots_count);
	return attempt->answers[slot] && text_is_forgotten(attempt->answers[slot]->text);
}

bool attempt_log_needs_run(const struct attempt_log *attempt, uint32_t slot, const struct question_found *question)
{
	const struct answer_saved *answer = attempt->answers[slot];

	require(slot < attempt->sheet.slots_count);
	return question->question->type == QUESTION_TYPE_simulation && question->task && answer && answer->answered
	       && !judge_task_run_fits(question->task, attempt->runs[slot]);
}

_Static_assert(JUDGEMENT_unanswered == GRADE_UNANSWERED + 1 && JUDGEMENT_undecided == GRADE_UNDECIDED + 1
                       && (int)GRADE_UNDECIDED + 1 == (int)GRADE_VERDICT_COUNT,
               "the schema has the grader's verdicts in their order");

struct graded_response attempt_log_grade(const struct attempt_log *attempt, uint32_t slot,
                                         const struct question_found *question, struct arena *arena)
{
	const struct graded_slot *graded = &attempt->sheet.slots[slot];
	const struct judging      judging = {
		     .question = question->question,
		     .key = question->key,
		     .task = question->task,
		     .answer = attempt->answers[slot],
		     .run = attempt->runs[slot],
		     .seed = attempt->seed,
        };
	struct grade grade = judge(&judging, arena);
	uint32_t     fraction_ppm = grade_less(grade.fraction_ppm, attempt->hint_cost[slot] * PPM_PER_MILLE);

	require(slot < attempt->sheet.slots_count && !attempt_log_is_forgotten(attempt, slot));
	return (struct graded_response){
		.slot = slot + 1,
		.question = graded->question,
		.version = graded->version,
		.key = question->key ? question->key->key : 0,
		.points_milli = grade_points_milli(graded->of_milli, fraction_ppm),
		.verdict = (enum judgement)(grade.verdict + 1),
	};
}
