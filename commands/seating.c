#include "commands/seating.h"

#include "commands/course_role.h"
#include "commands/enrolment.h"
#include "eventstore/base/require.h"
#include "schema/handlers.h"

/* ---------------------------------------------------------------- what a course remembers of its seats */

void seating_on_enrolment_policy_changed(struct seating *seating, const struct enrolment_policy_changed *event)
{
	seating->admission = event->admission;
	seating->seats = event->seats;
	seating->places = event->places;
	seating->opens_at = event->opens_at;
	seating->closes_at = event->closes_at;
	text_keep(&seating->code, event->code);
}

/* The cohort's place, or cohorts_count. */
static uint32_t find_cohort(const struct seating *seating, struct id cohort)
{
	uint32_t i = 0;

	while (i < seating->cohorts_count && !id_equal(seating->cohorts[i].cohort, cohort))
		i++;
	return i;
}

const struct kept_cohort *seating_cohort(const struct seating *seating, struct id cohort)
{
	uint32_t place = find_cohort(seating, cohort);

	return place < seating->cohorts_count ? &seating->cohorts[place] : NULL;
}

void seating_on_cohort_defined(struct seating *seating, const struct cohort_defined *event)
{
	uint32_t place = find_cohort(seating, event->cohort);

	require(place < array_count(seating->cohorts));
	seating->cohorts[place] = (struct kept_cohort){
		.cohort = event->cohort, .opens_at = event->opens_at, .closes_at = event->closes_at};
	if (place == seating->cohorts_count)
		seating->cohorts_count++;
}

/* The place in the queue, or waiting_count. */
static uint32_t find_waiting(const struct seating *seating, struct id learner)
{
	uint32_t i = 0;

	while (i < seating->waiting_count && !id_equal(seating->waiting[i].learner, learner))
		i++;
	return i;
}

/* Everybody behind moves up. False when the person does not wait. */
static bool leave_queue(struct seating *seating, struct id learner)
{
	uint32_t place = find_waiting(seating, learner);

	if (place == seating->waiting_count)
		return false;
	seating->waiting_count--;
	memmove(&seating->waiting[place], &seating->waiting[place + 1],
	        (seating->waiting_count - place) * sizeof(seating->waiting[0]));
	seating->waiting[seating->waiting_count] = (struct waiting_learner){0};
	return true;
}

void seating_on_learner_enrolled(struct seating *seating, const struct learner_enrolled *event)
{
	leave_queue(seating, event->learner);
	seating->taken++;
}

void seating_on_learner_waitlisted(struct seating *seating, const struct learner_waitlisted *event)
{
	require(seating->waiting_count < array_count(seating->waiting));
	seating->waiting[seating->waiting_count++] =
		(struct waiting_learner){.learner = event->learner, .edition = event->edition, .cohort = event->cohort};
}

/* Who does not wait had a seat. */
void seating_on_learner_withdrawn(struct seating *seating, const struct learner_withdrawn *event)
{
	if (leave_queue(seating, event->learner))
		return;
	require(seating->taken > 0);
	seating->taken--;
}

void seating_on_cohort_changed(struct seating *seating, const struct cohort_changed *event)
{
	uint32_t place = find_waiting(seating, event->learner);

	if (place < seating->waiting_count)
		seating->waiting[place].cohort = event->cohort;
}

/* ---------------------------------------------------------------- who waits */

static void admit(const struct waiting_learner *waiting, const struct course *course, struct decision *decision)
{
	emit(decision, learner_enrolled, .enrolment = enrolment_id(course->id, waiting->learner), .course = course->id,
	     .history = history_id(waiting->learner), .learner = waiting->learner,
	     .edition = id_present(waiting->edition) ? waiting->edition : course->edition, .cohort = waiting->cohort,
	     .source = ENROLMENT_SOURCE_waiting, .enrolled_at = decision->time_us);
}

void seating_admit(const struct seating *seating, const struct course *course, uint32_t free, struct decision *decision)
{
	if (course->archived)
		return;
	for (uint32_t i = 0; i < seating->waiting_count && i < free && i < SEATING_ADMISSIONS_MAX; i++)
		admit(&seating->waiting[i], course, decision);
}

void seating_decide_admit_waiting(const struct seating *seating, const struct course *course,
                                  const struct admit_waiting *command, struct decision *decision)
{
	seating_admit(seating, course, seats_free(seating->seats, seating->taken), decision);
}

/* ---------------------------------------------------------------- what staff decide for the course */

static bool is_reversed(bool has_begin, int64_t begin, bool has_end, int64_t end)
{
	return has_begin && has_end && end <= begin;
}

static enum refusal policy_obstacle(const struct seating *seating, const struct change_enrolment_policy *command)
{
	if (command->admission == ADMISSION_code && !command->code.data)
		return REFUSAL_code_missing;
	if (is_reversed(command->has_opens_at, command->opens_at, command->has_closes_at, command->closes_at))
		return REFUSAL_times_reversed;
	if (command->seats > 0 && command->seats < seating->taken)
		return REFUSAL_seats_below_taken;
	return REFUSAL_none;
}

/* Who waits goes on waiting, however few places there are from now on. */
void seating_decide_change_enrolment_policy(const struct seating *seating, const struct course *course,
                                            const struct user *user, const struct change_enrolment_policy *command,
                                            struct decision *decision)
{
	enum refusal obstacle = course_run_obstacle(course, user);

	if (obstacle == REFUSAL_none)
		obstacle = policy_obstacle(seating, command);
	if (obstacle != REFUSAL_none) {
		refuse(decision, obstacle);
		return;
	}
	emit(decision, enrolment_policy_changed, .course = course->id, .admission = command->admission,
	     .code = command->code, .seats = command->seats, .places = command->places,
	     .has_opens_at = command->has_opens_at, .opens_at = command->opens_at,
	     .has_closes_at = command->has_closes_at, .closes_at = command->closes_at);
	seating_admit(seating, course, seats_free(command->seats, seating->taken), decision);
}

void seating_decide_define_cohort(const struct seating *seating, const struct course *course, const struct user *user,
                                  const struct define_cohort *command, struct decision *decision)
{
	enum refusal obstacle = course_run_obstacle(course, user);

	if (obstacle != REFUSAL_none)
		refuse(decision, obstacle);
	else if (is_reversed(command->has_opens_at, command->opens_at, command->has_closes_at, command->closes_at))
		refuse(decision, REFUSAL_times_reversed);
	else if (find_cohort(seating, command->cohort) == array_count(seating->cohorts))
		refuse(decision, REFUSAL_cohorts_full);
	else
		emit(decision, cohort_defined, .course = course->id, .cohort = command->cohort, .name = command->name,
		     .has_opens_at = command->has_opens_at, .opens_at = command->opens_at,
		     .has_closes_at = command->has_closes_at, .closes_at = command->closes_at);
}
