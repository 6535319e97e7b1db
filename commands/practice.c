/* Practice: questions drawn for one learner, and answers that are judged at once. What is an attempt's in it (saving,
 * hints, handing in) is decided in attempt.c.
 *
 * Nothing outside comes in but with the command: candidates with their numbers, of which the API knows, and what the
 * judge said of an answer. So the decision can be made again from the journal, and the draw again from the event. */
#include "commands/decision.h"
#include "commands/enrolment.h"
#include "commands/learning/evidence.h"
#include "commands/learning/practice_draw.h"
#include "commands/progress.h"
#include "schema/handlers.h"

enum { PRACTICE_TRIES_MAX = 20, PRACTICE_POINTS_MILLI = 1000 };

/* ---------------------------------------------------------------- being given questions */

static struct practice_rules rules_for(const struct start_practice *command, int64_t now)
{
	return (struct practice_rules){
		.seed = command->seed,
		.drawn_at = now,
		.count = command->has_count ? command->count : PRACTICE_QUESTIONS_USUAL,
		.target_least_ppm = PRACTICE_TARGET_LEAST_PPM,
		.target_most_ppm = PRACTICE_TARGET_MOST_PPM,
		.rest_s = PRACTICE_REST_S,
		.slip_ppm = command->slip_ppm,
		.facility_ppm = command->facility_ppm,
	};
}

struct drawing {
	struct practice_pick     picks[PRACTICE_QUESTIONS_MAX];
	uint32_t                 places[PRACTICE_QUESTIONS_MAX];
	struct practice_question questions[PRACTICE_QUESTIONS_MAX];
	uint32_t                 count;
};

/* Every question of a practice is worth the same. */
static void draw(struct drawing *drawing, const struct practice_rules *rules, const struct start_practice *command)
{
	const struct practice_candidate *candidates = command->candidates.items;

	drawing->count = practice_draw(rules, candidates, command->candidates.count, drawing->picks, drawing->places);
	for (uint32_t i = 0; i < drawing->count; i++)
		drawing->questions[i] = (struct practice_question){
			.question = drawing->picks[i].question,
			.version = candidates[drawing->places[i]].version,
			.points_milli = PRACTICE_POINTS_MILLI,
			.why = drawing->picks[i].why,
		};
}

static void give(const struct start_practice *command, struct decision *decision)
{
	struct practice_rules rules = rules_for(command, decision->time_us);
	struct drawing       *drawing = arena_new(decision->arena, struct drawing);

	draw(drawing, &rules, command);
	if (drawing->count == 0) {
		refuse(decision, REFUSAL_practice_empty);
		return;
	}
	emit(decision, practice_started, .attempt = command->attempt, .history = command->history,
	     .enrolment = command->enrolment, .course = command->course, .learner = command->learner,
	     .seed = command->seed, .started_at = decision->time_us,
	     .questions = {.items = drawing->questions, .count = drawing->count});
	emit(decision, practice_drawn, .attempt = command->attempt, .learner = command->learner,
	     .as_of = command->as_of, .drawn_at = rules.drawn_at, .count = rules.count,
	     .target_least_ppm = rules.target_least_ppm, .target_most_ppm = rules.target_most_ppm,
	     .rest_s = rules.rest_s, .slip_ppm = rules.slip_ppm, .facility_ppm = rules.facility_ppm,
	     .candidates = command->candidates, .picks = {.items = drawing->picks, .count = drawing->count});
}

void attempt_decide_start_practice(const struct attempt *attempt, const struct enrolment *enrolment,
                                   const struct seating *seating, const struct start_practice *command,
                                   struct decision *decision)
{
	if (attempt->exists)
		refuse(decision, REFUSAL_attempt_exists);
	else if (!enrolment_is_active(enrolment))
		refuse(decision, REFUSAL_not_enrolled);
	else
		progress_check_cohort(enrolment, seating, ID_NONE, decision->time_us, decision);
	if (decision->refusal == REFUSAL_none)
		give(command, decision);
}

/* ---------------------------------------------------------------- answering */

/* An exam is no practice, whoever asks for its answers to be judged. */
static enum refusal answer_obstacle(const struct attempt *attempt, const struct answer_practice *command)
{
	const struct attempt_slot *slot = &attempt->slots[command->slot - 1];

	if (!attempt->exists || id_present(attempt->assessment) || !id_equal(attempt->learner, command->learner))
		return REFUSAL_practice_unknown;
	if (command->slot > attempt->slots_count)
		return REFUSAL_slot_unknown;
	if (attempt->submitted_at != 0)
		return REFUSAL_attempt_over;
	if (slot->finished)
		return REFUSAL_answer_final;
	if (command->text.size == 0 && command->chosen.count == 0 && command->pairs.count == 0)
		return REFUSAL_answer_missing;
	return slot->tries >= PRACTICE_TRIES_MAX ? REFUSAL_tries_used : REFUSAL_none;
}

/* Counted as any graded answer is, so that mastery and whoever else reads grades need not know of practice. */
static void count_answer(const struct attempt *attempt, const struct answer_practice *command,
                         struct decision *decision)
{
	const struct attempt_slot *slot = &attempt->slots[command->slot - 1];
	struct graded_response    *response = arena_new(decision->arena, struct graded_response);

	*response = (struct graded_response){
		.slot = command->slot,
		.question = slot->question,
		.version = slot->version,
		.key = command->key,
		.points_milli = command->points_milli,
		.verdict = command->verdict,
	};
	emit(decision, responses_graded, .attempt = attempt->id, .history = attempt->history,
	     .enrolment = attempt->enrolment, .course = attempt->course, .learner = attempt->learner,
	     .grader = command->grader, .responses = {.items = response, .count = 1});
}

void attempt_decide_answer_practice(const struct attempt *attempt, const struct answer_practice *command,
                                    struct decision *decision)
{
	enum refusal               obstacle = answer_obstacle(attempt, command);
	const struct attempt_slot *slot = &attempt->slots[command->slot - 1];
	bool                       counts = !slot->counted && judgement_is_evidence(command->verdict);

	if (obstacle != REFUSAL_none) {
		refuse(decision, obstacle);
		return;
	}
	emit(decision, answer_saved, .attempt = attempt->id, .history = attempt->history, .learner = attempt->learner,
	     .slot = command->slot, .answered = true, .text = command->text, .chosen = command->chosen,
	     .pairs = command->pairs, .answered_at = decision->time_us);
	emit(decision, practice_judged, .attempt = attempt->id, .history = attempt->history,
	     .learner = attempt->learner, .slot = command->slot, .question = slot->question, .version = slot->version,
	     .try = slot->tries + 1, .key = command->key, .grader = command->grader, .verdict = command->verdict,
	     .points_milli = command->points_milli, .of_milli = slot->points_milli, .counts = counts,
	     .finished = command->verdict == JUDGEMENT_right);
	if (counts)
		count_answer(attempt, command, decision);
}
