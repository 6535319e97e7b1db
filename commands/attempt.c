/* Attempts: what is drawn, what is answered, and when it is over. */
#include "commands/assessment.h"
#include "commands/course.h"
#include "commands/decision.h"
#include "commands/enrolment.h"
#include "commands/learning/deadline.h"
#include "commands/learning/random.h"
#include "commands/progress.h"
#include "commands/project_role.h"
#include "eventstore/base/require.h"
#include "schema/handlers.h"

/* A client's clock may be so far from ours: what it tells is then taken as the nearest moment that can be. */
#define ATTEMPT_CLOCK_SKEW_US ((int64_t)60 * 1000 * 1000)

enum { PER_MILLE = 1000 };

/* ---------------------------------------------------------------- what a sitting and an attempt remember */

void sitting_on_attempt_started(struct sitting *sitting, const struct attempt_started *event)
{
	sitting->attempts = event->number;
	sitting->open = event->attempt;
}

void sitting_on_attempt_submitted(struct sitting *sitting, const struct attempt_submitted *event)
{
	if (id_equal(sitting->open, event->attempt))
		sitting->open = (struct id){0};
}

static void begin_slot(struct attempt *attempt, struct id question, uint32_t version, uint32_t points_milli)
{
	require(attempt->slots_count < array_count(attempt->slots));
	attempt->slots[attempt->slots_count++] =
		(struct attempt_slot){.question = question, .version = version, .points_milli = points_milli};
}

void attempt_on_attempt_started(struct attempt *attempt, const struct attempt_started *event)
{
	*attempt = (struct attempt){
		.id = event->attempt,
		.exists = true,
		.learner = event->learner,
		.history = event->history,
		.enrolment = event->enrolment,
		.course = event->course,
		.sitting = event->sitting,
		.assessment = event->assessment,
		.started_at = event->started_at,
	};
	for (uint32_t i = 0; i < event->questions.count; i++)
		begin_slot(attempt, event->questions.items[i].question, event->questions.items[i].version,
		           event->questions.items[i].points_milli);
}

void attempt_on_practice_started(struct attempt *attempt, const struct practice_started *event)
{
	*attempt = (struct attempt){
		.id = event->attempt,
		.exists = true,
		.learner = event->learner,
		.history = event->history,
		.enrolment = event->enrolment,
		.course = event->course,
		.started_at = event->started_at,
	};
	for (uint32_t i = 0; i < event->questions.count; i++)
		begin_slot(attempt, event->questions.items[i].question, event->questions.items[i].version,
		           event->questions.items[i].points_milli);
}

static struct attempt_slot *slot_of(struct attempt *attempt, uint32_t slot)
{
	require(slot >= 1 && slot <= attempt->slots_count);
	return &attempt->slots[slot - 1];
}

void attempt_on_answer_saved(struct attempt *attempt, const struct answer_saved *event)
{
	slot_of(attempt, event->slot)->answered = event->answered;
	attempt->answered_at = event->answered_at;
}

void attempt_on_hint_taken(struct attempt *attempt, const struct hint_taken *event)
{
	struct attempt_slot *slot = slot_of(attempt, event->slot);

	slot->hints = event->hint;
	slot->hint_cost += event->cost;
	if (slot->hint_cost > PER_MILLE)
		slot->hint_cost = PER_MILLE;
}

void attempt_on_answer_finished(struct attempt *attempt, const struct answer_finished *event)
{
	slot_of(attempt, event->slot)->finished = true;
}

void attempt_on_practice_judged(struct attempt *attempt, const struct practice_judged *event)
{
	struct attempt_slot *slot = slot_of(attempt, event->slot);

	slot->tries = event->try;
	slot->counted |= event->counts;
	slot->finished |= event->finished;
}

void attempt_on_attempt_submitted(struct attempt *attempt, const struct attempt_submitted *event)
{
	attempt->submitted_at = event->submitted_at;
	attempt->penalty = event->penalty;
}

/* ---------------------------------------------------------------- what is drawn */

/* From each pool its own stream of chance, so that a draw from one does not depend on how large the others are. */
static void draw_slot(const struct paper *paper, uint32_t slot, uint64_t seed, struct list_of_attempt_question *out)
{
	const struct kept_slot  *kept = &paper->slots[slot];
	struct attempt_question *questions = (struct attempt_question *)out->items;
	uint32_t                 places[array_count(paper->pool)];
	struct random            random;

	for (uint32_t i = 0; i < kept->count; i++)
		places[i] = kept->first + i;
	random_open(&random, seed, TEXT("draw"), slot);
	random_draw(&random, places, kept->count, kept->draw);
	for (uint32_t i = 0; i < kept->draw; i++)
		questions[out->count++] = (struct attempt_question){
			.question = paper->pool[places[i]].question,
			.version = paper->pool[places[i]].version,
			.points_milli = kept->points_milli,
		};
}

static struct list_of_attempt_question in_another_order(struct list_of_attempt_question drawn, uint64_t seed,
                                                        struct arena *arena)
{
	struct attempt_question        *questions = arena_array(arena, struct attempt_question, PAPER_DRAWN_MAX);
	struct list_of_attempt_question list = {.items = questions, .count = drawn.count};
	uint32_t                        places[PAPER_DRAWN_MAX];
	struct random                   random;

	for (uint32_t i = 0; i < drawn.count; i++)
		places[i] = i;
	random_open(&random, seed, TEXT("order"), 0);
	random_shuffle(&random, places, drawn.count);
	for (uint32_t i = 0; i < drawn.count; i++)
		questions[i] = drawn.items[places[i]];
	return list;
}

static struct list_of_attempt_question draw(const struct paper *paper, const struct policy *policy, uint64_t seed,
                                            struct arena *arena)
{
	struct list_of_attempt_question list = {.items = arena_array(arena, struct attempt_question, PAPER_DRAWN_MAX)};

	for (uint32_t i = 0; i < paper->slots_count; i++)
		draw_slot(paper, i, seed, &list);
	return policy->shuffles_questions ? in_another_order(list, seed, arena) : list;
}

static uint64_t seed_of(const struct hash *secret)
{
	uint64_t seed = 0;

	for (int i = 0; i < 8; i++)
		seed = seed << 8 | secret->bytes[i];
	return seed;
}

/* ---------------------------------------------------------------- beginning */

static bool is_paper_of(const struct paper *paper, const struct edition *edition, const struct start_attempt *command)
{
	const struct syllabus_item *item = edition_item(edition, command->assessment);

	return item && paper->exists && id_equal(item->content, command->paper);
}

/* Whether there may be another attempt now. */
static void check_attempts(const struct sitting *sitting, const struct policy *policy,
                           const struct accommodation *accommodation, struct decision *decision)
{
	if (decision->time_us < policy->opens_at)
		refuse_until(decision, REFUSAL_assessment_early, policy->opens_at);
	else if (decision->time_us >= deadline_closes_at(policy, accommodation))
		refuse(decision, REFUSAL_assessment_closed);
	else if (id_present(sitting->open))
		refuse(decision, REFUSAL_attempt_open);
	else if (policy->attempts_max != 0 && sitting->attempts >= policy->attempts_max + accommodation->extra_attempts)
		refuse(decision, REFUSAL_attempts_used);
}

void attempt_decide_start_attempt(const struct attempt *attempt, const struct assessment *assessment,
                                  const struct sitting *sitting, const struct paper *paper,
                                  const struct enrolment *enrolment, const struct edition *edition,
                                  const struct seating *seating, const struct start_attempt *command,
                                  struct decision *decision)
{
	struct policy        policy = deadline_policy(assessment, decision->time_us);
	struct accommodation accommodation = enrolment_accommodation(enrolment, command->assessment);
	int64_t              end = deadline_limit(&policy, &accommodation, decision->time_us);
	uint64_t             seed = seed_of(&command->secret);

	if (!assessment->exists || !id_equal(assessment->course, command->course))
		refuse(decision, REFUSAL_assessment_unknown);
	else if (!progress_lets(enrolment, edition, seating, command->assessment, decision->time_us, decision))
		return;
	else if (attempt->exists)
		refuse(decision, REFUSAL_attempt_exists);
	else if (!is_paper_of(paper, edition, command))
		refuse(decision, REFUSAL_paper_stale);
	else
		check_attempts(sitting, &policy, &accommodation, decision);
	if (decision->refusal != REFUSAL_none)
		return;
	emit(decision, attempt_started, .attempt = command->attempt, .sitting = command->sitting,
	     .assessment = command->assessment, .history = command->history, .enrolment = command->enrolment,
	     .course = command->course, .learner = command->learner, .content = command->paper,
	     .number = sitting->attempts + 1, .seed = seed, .started_at = decision->time_us,
	     .has_expires_at = end != DEADLINE_NEVER_US, .expires_at = end != DEADLINE_NEVER_US ? end : 0,
	     .shuffles_choices = policy.shuffles_choices, .questions = draw(paper, &policy, seed, decision->arena));
}

/* ---------------------------------------------------------------- time */

/* Practice never ends by itself. */
static int64_t end_of(const struct attempt *attempt, const struct assessment *assessment,
                      const struct enrolment *enrolment)
{
	struct accommodation accommodation = enrolment_accommodation(enrolment, attempt->assessment);

	return deadline_end(assessment, &accommodation, attempt->started_at);
}

/* When somebody did what comes now: now, or what the client's clock says if that can be. False, and a refusal, if not.
 */
static bool told_moment(const struct attempt *attempt, bool has_told, int64_t told, struct decision *decision,
                        int64_t *moment)
{
	int64_t last = attempt->answered_at > attempt->started_at ? attempt->answered_at : attempt->started_at;
	int64_t now = decision->time_us;

	if (!has_told)
		*moment = now;
	else if (now - told > ASSESSMENT_OFFLINE_MAX_US)
		refuse(decision, REFUSAL_time_too_old);
	else if (told < last - ATTEMPT_CLOCK_SKEW_US || told > now + ATTEMPT_CLOCK_SKEW_US)
		refuse(decision, REFUSAL_clock_wrong);
	else if (told < last)
		*moment = last;
	else
		*moment = told < now ? told : now;
	return decision->refusal == REFUSAL_none;
}

/* ---------------------------------------------------------------- answering */

/* Somebody else's attempt is as unknown as none. */
static bool is_of(const struct attempt *attempt, struct id learner)
{
	return attempt->exists && id_equal(attempt->learner, learner);
}

/* The slot that is spoken of; NULL, and a refusal, when there is none. */
static const struct attempt_slot *spoken_slot(const struct attempt *attempt, struct id learner, uint32_t slot,
                                              struct decision *decision)
{
	if (is_of(attempt, learner) && slot >= 1 && slot <= attempt->slots_count)
		return &attempt->slots[slot - 1];
	refuse(decision, is_of(attempt, learner) ? REFUSAL_slot_unknown : REFUSAL_attempt_unknown);
	return NULL;
}

/* An answer of that moment that comes now, `told` by the client's clock. */
static enum refusal answer_obstacle(const struct attempt *attempt, int64_t end, int64_t closes, int64_t moment,
                                    int64_t now, bool told)
{
	bool submitted = attempt->submitted_at != 0;

	if (moment >= end || (submitted && (!told || moment >= attempt->submitted_at)))
		return REFUSAL_attempt_over;
	return submitted || now >= closes ? REFUSAL_answer_too_late : REFUSAL_none;
}

/* Whoever works on a project may hand in what it was in any of its revisions. */
static enum refusal project_answer_obstacle(const struct attempt *attempt, const struct project *project,
                                            const struct save_answer *command)
{
	bool              with_more = command->text.size > 0 || command->chosen.count > 0 || command->pairs.count > 0;
	enum project_role role = project_role_of(project, command->learner);

	if (!id_present(command->project) && !command->has_revision)
		return REFUSAL_none;
	if (!id_present(command->project) || !command->has_revision || with_more || !id_present(attempt->assessment))
		return REFUSAL_project_misplaced;
	if (!role)
		return REFUSAL_project_unknown;
	if (!project_role_gives(role, PROJECT_RIGHT_WRITE))
		return REFUSAL_project_role_missing;
	return command->revision <= project->revision ? REFUSAL_none : REFUSAL_revision_unknown;
}

static void keep_answer(const struct attempt *attempt, const struct save_answer *command, int64_t moment,
                        struct decision *decision)
{
	bool handed_in = id_present(command->project);

	emit(decision, answer_saved, .attempt = attempt->id, .history = attempt->history, .learner = attempt->learner,
	     .slot = command->slot,
	     .answered = handed_in || command->text.size > 0 || command->chosen.count > 0 || command->pairs.count > 0,
	     .text = command->text, .chosen = command->chosen, .pairs = command->pairs, .answered_at = moment,
	     .offline = command->has_happened_at);
	if (handed_in)
		emit(decision, project_handed_in, .project = command->project, .attempt = attempt->id,
		     .slot = command->slot, .course = attempt->course, .learner = attempt->learner,
		     .revision = command->revision);
}

void attempt_decide_save_answer(const struct attempt *attempt, const struct assessment *assessment,
                                const struct enrolment *enrolment, const struct project *project,
                                const struct save_answer *command, struct decision *decision)
{
	const struct attempt_slot *slot = spoken_slot(attempt, command->learner, command->slot, decision);
	int64_t                    end = end_of(attempt, assessment, enrolment);
	int64_t                    moment = decision->time_us;
	enum refusal               obstacle;

	if (!slot || !told_moment(attempt, command->has_happened_at, command->happened_at, decision, &moment))
		return;
	obstacle = answer_obstacle(attempt, end, deadline_last_call(assessment, end), moment, decision->time_us,
	                           command->has_happened_at);
	if (obstacle == REFUSAL_none && slot->finished)
		obstacle = REFUSAL_answer_final;
	if (obstacle == REFUSAL_none)
		obstacle = project_answer_obstacle(attempt, project, command);
	if (obstacle != REFUSAL_none)
		refuse(decision, obstacle);
	else
		keep_answer(attempt, command, moment, decision);
}

/* What happens at the server happens now. */
static bool is_over(const struct attempt *attempt, const struct assessment *assessment,
                    const struct enrolment *enrolment, int64_t now)
{
	return attempt->submitted_at != 0 || now >= end_of(attempt, assessment, enrolment);
}

/* In practice hints are free. */
void attempt_decide_take_hint(const struct attempt *attempt, const struct assessment *assessment,
                              const struct enrolment *enrolment, const struct take_hint *command,
                              struct decision *decision)
{
	const struct attempt_slot *slot = spoken_slot(attempt, command->learner, command->slot, decision);

	if (!slot || command->hint <= slot->hints)
		return;
	if (is_over(attempt, assessment, enrolment, decision->time_us))
		refuse(decision, REFUSAL_attempt_over);
	else if (slot->finished)
		refuse(decision, REFUSAL_answer_final);
	else if (command->hint > slot->hints + 1)
		refuse(decision, REFUSAL_hint_order_wrong);
	else
		emit(decision, hint_taken, .attempt = attempt->id, .history = attempt->history,
		     .learner = attempt->learner, .slot = command->slot, .hint = command->hint,
		     .cost = id_present(attempt->assessment) ? command->cost : 0);
}

/* Practice always gives feedback after each answer. */
static bool grades_one_by_one(const struct attempt *attempt, const struct assessment *assessment, int64_t now)
{
	return !id_present(attempt->assessment) || deadline_policy(assessment, now).feedback == FEEDBACK_TIME_answered;
}

void attempt_decide_finish_answer(const struct attempt *attempt, const struct assessment *assessment,
                                  const struct enrolment *enrolment, const struct finish_answer *command,
                                  struct decision *decision)
{
	const struct attempt_slot *slot = spoken_slot(attempt, command->learner, command->slot, decision);

	if (!slot || slot->finished)
		return;
	if (is_over(attempt, assessment, enrolment, decision->time_us))
		refuse(decision, REFUSAL_attempt_over);
	else if (!grades_one_by_one(attempt, assessment, decision->time_us))
		refuse(decision, REFUSAL_feedback_later);
	else
		emit(decision, answer_finished, .attempt = attempt->id, .history = attempt->history,
		     .learner = attempt->learner, .slot = command->slot);
}

/* ---------------------------------------------------------------- the end */

static bool is_answered(const struct attempt *attempt)
{
	for (uint32_t i = 0; i < attempt->slots_count; i++)
		if (!attempt->slots[i].answered)
			return false;
	return true;
}

struct ending {
	int64_t          at;
	enum attempt_end cause;
};

/* Who hands in is late by when that was; whose time ended, by when the last answer was given. That it was handed in
 * before it was due is believed as long as the late window lasts: behind it a clock would only spare the penalty. */
static uint32_t penalty_for(const struct attempt *attempt, const struct assessment *assessment,
                            const struct enrolment *enrolment, const struct ending *ending, int64_t now)
{
	struct policy        policy = deadline_policy(assessment, ending->at);
	struct accommodation accommodation = enrolment_accommodation(enrolment, attempt->assessment);
	int64_t              due_at = deadline_due_at(&policy, &accommodation);
	bool                 by_learner = ending->cause == ATTEMPT_END_learner;
	int64_t              done_at = by_learner ? ending->at : attempt->answered_at;

	if (done_at > due_at || (by_learner && now > deadline_window_end(&policy, due_at)))
		return policy.late_penalty;
	return 0;
}

static void end_attempt(const struct attempt *attempt, const struct assessment *assessment,
                        const struct enrolment *enrolment, const struct ending *ending, struct decision *decision)
{
	emit(decision, attempt_submitted, .attempt = attempt->id, .sitting = attempt->sitting,
	     .history = attempt->history, .assessment = attempt->assessment, .enrolment = attempt->enrolment,
	     .course = attempt->course, .learner = attempt->learner, .submitted_at = ending->at, .cause = ending->cause,
	     .penalty = penalty_for(attempt, assessment, enrolment, ending, decision->time_us));
}

/* An assessment whose rule are its questions is complete once all are answered, however well. */
static void complete_by_questions(const struct attempt *attempt, const struct enrolment *enrolment,
                                  const struct edition *edition, struct decision *decision)
{
	if (id_present(attempt->assessment) && is_answered(attempt))
		progress_complete(enrolment, edition, attempt->assessment, COMPLETION_RULE_questions, decision);
}

/* Handed in after the end, or in time but told too late: the time was over first. */
void attempt_decide_submit_attempt(const struct attempt *attempt, const struct assessment *assessment,
                                   const struct enrolment *enrolment, const struct edition *edition,
                                   const struct submit_attempt *command, struct decision *decision)
{
	int64_t       end = end_of(attempt, assessment, enrolment);
	int64_t       moment = decision->time_us;
	struct ending ending = {.at = end, .cause = ATTEMPT_END_time};

	if (!is_of(attempt, command->learner))
		refuse(decision, REFUSAL_attempt_unknown);
	else if (attempt->submitted_at == 0
	         && told_moment(attempt, command->has_happened_at, command->happened_at, decision, &moment)) {
		if (moment < end && decision->time_us < deadline_last_call(assessment, end))
			ending = (struct ending){.at = moment, .cause = ATTEMPT_END_learner};
		end_attempt(attempt, assessment, enrolment, &ending, decision);
		complete_by_questions(attempt, enrolment, edition, decision);
	}
}

/* The deadline keeper asks; it keeps no rules of its own, but asks again at the time that the refusal says. */
void attempt_decide_close_attempt(const struct attempt *attempt, const struct assessment *assessment,
                                  const struct enrolment *enrolment, const struct edition *edition,
                                  const struct close_attempt *command, struct decision *decision)
{
	int64_t       end = end_of(attempt, assessment, enrolment);
	int64_t       closes = deadline_last_call(assessment, end);
	struct ending ending = {.at = end, .cause = ATTEMPT_END_time};

	if (!attempt->exists) {
		refuse(decision, REFUSAL_attempt_unknown);
	} else if (attempt->submitted_at == 0 && decision->time_us < closes) {
		refuse_until(decision, REFUSAL_attempt_running, closes == DEADLINE_NEVER_US ? 0 : closes);
	} else if (attempt->submitted_at == 0) {
		end_attempt(attempt, assessment, enrolment, &ending, decision);
		complete_by_questions(attempt, enrolment, edition, decision);
	}
}
