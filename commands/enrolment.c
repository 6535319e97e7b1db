#include "commands/enrolment.h"

#include "commands/course.h"
#include "commands/course_role.h"
#include "commands/progress.h"
#include "commands/seating.h"
#include "commands/user.h"
#include "eventstore/base/require.h"
#include "schema/handlers.h"

/* ---------------------------------------------------------------- what an enrolment remembers */

/* Whatever happened to it before stays: who comes back goes on where they were. */
static void begin(struct enrolment *enrolment, struct id course, struct id history, struct id learner,
                  enum enrolment_standing standing)
{
	enrolment->course = course;
	enrolment->history = history;
	enrolment->learner = learner;
	enrolment->standing = standing;
}

void enrolment_on_learner_enrolled(struct enrolment *enrolment, const struct learner_enrolled *event)
{
	begin(enrolment, event->course, event->history, event->learner, ENROLMENT_STANDING_enrolled);
	enrolment->edition = event->edition;
	enrolment->cohort = event->cohort;
	enrolment->enrolled_at = event->enrolled_at;
}

void enrolment_on_learner_waitlisted(struct enrolment *enrolment, const struct learner_waitlisted *event)
{
	begin(enrolment, event->course, event->history, event->learner, ENROLMENT_STANDING_waiting);
	enrolment->cohort = event->cohort;
}

void enrolment_on_learner_withdrawn(struct enrolment *enrolment, const struct learner_withdrawn *event)
{
	enrolment->standing = ENROLMENT_STANDING_withdrawn;
}

void enrolment_on_learner_invited(struct enrolment *enrolment, const struct learner_invited *event)
{
	begin(enrolment, event->course, event->history, event->learner, ENROLMENT_STANDING_invited);
	enrolment->cohort = event->cohort;
}

void enrolment_on_invitation_withdrawn(struct enrolment *enrolment, const struct invitation_withdrawn *event)
{
	enrolment->standing = ENROLMENT_STANDING_withdrawn;
}

void enrolment_on_learner_moved_on(struct enrolment *enrolment, const struct learner_moved_on *event)
{
	enrolment->edition = event->edition;
}

void enrolment_on_cohort_changed(struct enrolment *enrolment, const struct cohort_changed *event)
{
	enrolment->cohort = event->cohort;
}

/* The place of what was granted for the item, or accommodations_count. */
static uint32_t find_accommodation(const struct enrolment *enrolment, struct id item)
{
	uint32_t i = 0;

	while (i < enrolment->accommodations_count && !id_equal(enrolment->accommodations[i].item, item))
		i++;
	return i;
}

static bool grants_nothing(const struct accommodation *accommodation)
{
	return accommodation->due_at == 0 && accommodation->extra_time == 0 && accommodation->extra_attempts == 0;
}

void enrolment_on_accommodation_granted(struct enrolment *enrolment, const struct accommodation_granted *event)
{
	struct accommodation granted = {.item = event->item,
	                                .due_at = event->due_at,
	                                .extra_time = event->extra_time,
	                                .extra_attempts = event->extra_attempts};
	uint32_t             place = find_accommodation(enrolment, event->item);
	bool                 found = place < enrolment->accommodations_count;

	if (grants_nothing(&granted) && found) {
		enrolment->accommodations[place] = enrolment->accommodations[--enrolment->accommodations_count];
		enrolment->accommodations[enrolment->accommodations_count] = (struct accommodation){0};
	} else if (!grants_nothing(&granted)) {
		require(place < array_count(enrolment->accommodations));
		enrolment->accommodations[place] = granted;
		enrolment->accommodations_count += !found;
	}
}

struct accommodation enrolment_accommodation(const struct enrolment *enrolment, struct id item)
{
	struct accommodation granted = {0};

	for (int scope = 0; scope < 2; scope++) {
		uint32_t                    place = find_accommodation(enrolment, scope == 0 ? ID_NONE : item);
		const struct accommodation *more = &enrolment->accommodations[place];

		if (place == enrolment->accommodations_count)
			continue;
		granted.due_at = more->due_at ? more->due_at : granted.due_at;
		granted.extra_time = more->extra_time ? more->extra_time : granted.extra_time;
		granted.extra_attempts = more->extra_attempts ? more->extra_attempts : granted.extra_attempts;
	}
	granted.item = item;
	return granted;
}

/* ---------------------------------------------------------------- taking a seat */

static bool is_in(const struct enrolment *enrolment)
{
	return enrolment->standing == ENROLMENT_STANDING_enrolled || enrolment->standing == ENROLMENT_STANDING_waiting;
}

/* Somebody on their way into a course. */
struct entry {
	const struct enrolment *enrolment;
	const struct course    *course;
	const struct seating   *seating;
	struct id               learner;
	struct id               cohort;
	enum enrolment_source   source;
};

/* Learners keep the edition that they began, also when they come back to it. */
static void take_seat(const struct entry *entry, struct decision *decision)
{
	struct id begun = entry->enrolment->edition;

	emit(decision, learner_enrolled, .enrolment = enrolment_id(entry->course->id, entry->learner),
	     .course = entry->course->id, .history = history_id(entry->learner), .learner = entry->learner,
	     .edition = id_present(begun) ? begun : entry->course->edition, .cohort = entry->cohort,
	     .source = entry->source, .enrolled_at = decision->time_us);
}

static void take_place(const struct entry *entry, struct decision *decision)
{
	emit(decision, learner_waitlisted, .enrolment = enrolment_id(entry->course->id, entry->learner),
	     .course = entry->course->id, .history = history_id(entry->learner), .learner = entry->learner,
	     .edition = entry->enrolment->edition, .cohort = entry->cohort);
}

static bool has_room(const struct seating *seating)
{
	return seats_free(seating->seats, seating->taken) > 0;
}

/* Nobody overtakes who waits, even where the registrar has not seated them yet. */
static void enter(const struct entry *entry, struct decision *decision)
{
	const struct seating *seating = entry->seating;

	if (has_room(seating) && seating->waiting_count == 0)
		take_seat(entry, decision);
	else if (seating->waiting_count < seating->places)
		take_place(entry, decision);
	else
		refuse(decision, REFUSAL_course_full);
}

/* ---------------------------------------------------------------- what learners wish */

static enum refusal admission_obstacle(const struct seating *seating, const struct enrol *command)
{
	struct text code = text_kept(&seating->code);

	switch (seating->admission) {
	case ADMISSION_open:
		return REFUSAL_none;
	case ADMISSION_code:
		return secret_equal(text_bytes(code), text_bytes(command->code)) ? REFUSAL_none : REFUSAL_code_wrong;
	default:
		return REFUSAL_enrolment_closed;
	}
}

/* Of the policy. False: it stands in the way, and that is said. An invitation stands above it. */
static bool policy_lets(const struct seating *seating, const struct enrol *command, struct decision *decision)
{
	enum refusal obstacle = admission_obstacle(seating, command);

	if (obstacle == REFUSAL_enrolment_closed)
		refuse(decision, obstacle);
	else if (decision->time_us < seating->opens_at)
		refuse_until(decision, REFUSAL_enrolment_early, seating->opens_at);
	else if (seating->closes_at != 0 && decision->time_us >= seating->closes_at)
		refuse(decision, REFUSAL_enrolment_over);
	else if (obstacle != REFUSAL_none)
		refuse(decision, obstacle);
	return decision->refusal == REFUSAL_none;
}

static bool cohort_lets(const struct seating *seating, struct id cohort, struct decision *decision)
{
	const struct kept_cohort *kept = seating_cohort(seating, cohort);

	if (id_present(cohort) && !kept)
		refuse(decision, REFUSAL_cohort_unknown);
	else if (kept && kept->closes_at != 0 && decision->time_us >= kept->closes_at)
		refuse(decision, REFUSAL_cohort_over);
	return decision->refusal == REFUSAL_none;
}

static enum enrolment_source own_source(const struct enrolment *enrolment, const struct seating *seating)
{
	if (enrolment->standing == ENROLMENT_STANDING_invited)
		return ENROLMENT_SOURCE_invitation;
	return seating->admission == ADMISSION_code ? ENROLMENT_SOURCE_code : ENROLMENT_SOURCE_self;
}

static void enter_by_oneself(const struct enrolment *enrolment, const struct seating *seating,
                             const struct course *course, const struct enrol *command, struct decision *decision)
{
	bool         invited = enrolment->standing == ENROLMENT_STANDING_invited;
	struct entry entry = {.enrolment = enrolment,
	                      .course = course,
	                      .seating = seating,
	                      .learner = command->learner,
	                      .cohort = command->cohort,
	                      .source = own_source(enrolment, seating)};

	if (invited && id_present(enrolment->cohort))
		entry.cohort = enrolment->cohort;
	if (course->archived)
		refuse(decision, REFUSAL_enrolment_closed);
	else if ((invited || policy_lets(seating, command, decision)) && cohort_lets(seating, entry.cohort, decision))
		enter(&entry, decision);
}

/* A course that was never published is nobody's business but its staff's. */
void enrolment_decide_enrol(const struct enrolment *enrolment, const struct seating *seating,
                            const struct course *course, const struct user *user, const struct enrol *command,
                            struct decision *decision)
{
	if (!user_is_open(user))
		refuse(decision, REFUSAL_account_closed);
	else if (course->editions == 0)
		refuse(decision, REFUSAL_course_unknown);
	else if (!is_in(enrolment))
		enter_by_oneself(enrolment, seating, course, command, decision);
}

/* ---------------------------------------------------------------- leaving it */

/* Gives up whatever the person has: a seat goes to who waits longest, all in one decision. */
static void leave(const struct enrolment *enrolment, const struct seating *seating, const struct course *course,
                  struct text reason, struct decision *decision)
{
	struct id id = enrolment_id(course->id, enrolment->learner);

	if (enrolment->standing == ENROLMENT_STANDING_invited)
		emit(decision, invitation_withdrawn, .enrolment = id, .course = course->id,
		     .history = enrolment->history, .learner = enrolment->learner);
	else
		emit(decision, learner_withdrawn, .enrolment = id, .course = course->id, .history = enrolment->history,
		     .learner = enrolment->learner, .reason = reason);
	if (enrolment_is_active(enrolment))
		seating_admit(seating, course, seats_free(seating->seats, seating->taken - 1), decision);
}

static bool has_anything(const struct enrolment *enrolment)
{
	return is_in(enrolment) || enrolment->standing == ENROLMENT_STANDING_invited;
}

void enrolment_decide_withdraw(const struct enrolment *enrolment, const struct seating *seating,
                               const struct course *course, const struct withdraw *command, struct decision *decision)
{
	if (has_anything(enrolment))
		leave(enrolment, seating, course, TEXT_NONE, decision);
}

void enrolment_decide_withdraw_erased(const struct enrolment *enrolment, const struct seating *seating,
                                      const struct course *course, const struct withdraw_erased *command,
                                      struct decision *decision)
{
	if (has_anything(enrolment))
		leave(enrolment, seating, course, TEXT_NONE, decision);
}

void enrolment_decide_remove_learner(const struct enrolment *enrolment, const struct seating *seating,
                                     const struct course *course, const struct user *user,
                                     const struct remove_learner *command, struct decision *decision)
{
	enum refusal obstacle = course_run_obstacle(course, user);

	if (obstacle != REFUSAL_none)
		refuse(decision, obstacle);
	else if (!is_in(enrolment))
		refuse(decision, REFUSAL_learner_unknown);
	else
		leave(enrolment, seating, course, command->reason, decision);
}

/* ---------------------------------------------------------------- going on with another edition */

void enrolment_decide_move_on(const struct enrolment *enrolment, const struct course *course,
                              const struct edition *edition, const struct move_on *command, struct decision *decision)
{
	if (!enrolment_is_active(enrolment)) {
		refuse(decision, REFUSAL_not_enrolled);
		return;
	}
	if (id_equal(enrolment->edition, course->edition))
		return;
	emit(decision, learner_moved_on, .enrolment = command->enrolment, .course = course->id,
	     .history = enrolment->history, .learner = enrolment->learner, .edition = course->edition);
	progress_finish(enrolment, edition, ID_NONE, decision);
}

/* ---------------------------------------------------------------- what staff wish */

/* Whoever is let in by staff needs a course that takes people, and must be somebody. */
static enum refusal reception_obstacle(const struct course *course, const struct seating *seating,
                                       const struct user *person, struct id cohort)
{
	if (course->editions == 0)
		return REFUSAL_course_unpublished;
	if (course->archived)
		return REFUSAL_enrolment_closed;
	if (!person->exists || person->erased)
		return REFUSAL_user_unknown;
	return seating_knows_cohort(seating, cohort) ? REFUSAL_none : REFUSAL_cohort_unknown;
}

void enrolment_decide_enrol_learner(const struct enrolment *enrolment, const struct seating *seating,
                                    const struct course *course, const struct user *user, const struct user *person,
                                    const struct enrol_learner *command, struct decision *decision)
{
	const struct entry entry = {.enrolment = enrolment,
	                            .course = course,
	                            .seating = seating,
	                            .learner = command->learner,
	                            .cohort = command->cohort,
	                            .source = ENROLMENT_SOURCE_staff};
	enum refusal       obstacle = course_run_obstacle(course, user);

	if (obstacle == REFUSAL_none)
		obstacle = reception_obstacle(course, seating, person, command->cohort);
	if (obstacle != REFUSAL_none)
		refuse(decision, obstacle);
	else if (enrolment_is_active(enrolment))
		return;
	else if (!has_room(seating))
		refuse(decision, REFUSAL_course_full);
	else
		take_seat(&entry, decision);
}

void enrolment_decide_invite_learner(const struct enrolment *enrolment, const struct seating *seating,
                                     const struct course *course, const struct user *user, const struct user *person,
                                     const struct invite_learner *command, struct decision *decision)
{
	enum refusal obstacle = course_run_obstacle(course, user);

	if (obstacle == REFUSAL_none)
		obstacle = reception_obstacle(course, seating, person, command->cohort);
	if (obstacle != REFUSAL_none)
		refuse(decision, obstacle);
	else if (!has_anything(enrolment))
		emit(decision, learner_invited, .enrolment = command->enrolment, .course = course->id,
		     .history = history_id(command->learner), .learner = command->learner, .cohort = command->cohort);
}

void enrolment_decide_withdraw_invitation(const struct enrolment *enrolment, const struct course *course,
                                          const struct user *user, const struct withdraw_invitation *command,
                                          struct decision *decision)
{
	enum refusal obstacle = course_run_obstacle(course, user);

	if (obstacle != REFUSAL_none)
		refuse(decision, obstacle);
	else if (enrolment->standing != ENROLMENT_STANDING_invited)
		refuse(decision, REFUSAL_invitation_unknown);
	else
		emit(decision, invitation_withdrawn, .enrolment = command->enrolment, .course = course->id,
		     .history = enrolment->history, .learner = enrolment->learner);
}

void enrolment_decide_change_cohort(const struct enrolment *enrolment, const struct seating *seating,
                                    const struct course *course, const struct user *user,
                                    const struct change_cohort *command, struct decision *decision)
{
	enum refusal obstacle = course_run_obstacle(course, user);

	if (obstacle != REFUSAL_none)
		refuse(decision, obstacle);
	else if (!is_in(enrolment))
		refuse(decision, REFUSAL_learner_unknown);
	else if (!seating_knows_cohort(seating, command->cohort))
		refuse(decision, REFUSAL_cohort_unknown);
	else if (!id_equal(enrolment->cohort, command->cohort))
		emit(decision, cohort_changed, .enrolment = command->enrolment, .course = course->id,
		     .history = enrolment->history, .learner = enrolment->learner, .cohort = command->cohort);
}

static enum refusal transfer_obstacle(const struct enrolment *enrolment, const struct user *person,
                                      const struct entry *entry)
{
	enum refusal obstacle;

	if (!is_in(enrolment))
		return REFUSAL_learner_unknown;
	if (id_equal(enrolment->course, entry->course->id) || enrolment_is_active(entry->enrolment))
		return REFUSAL_learner_there_already;
	obstacle = reception_obstacle(entry->course, entry->seating, person, entry->cohort);
	if (obstacle != REFUSAL_none)
		return obstacle;
	return has_room(entry->seating) ? REFUSAL_none : REFUSAL_course_full;
}

/* The one who moves comes first, then whoever gets the seat that becomes free. */
void enrolment_decide_transfer_learner(const struct enrolment *enrolment, const struct enrolment *arriving,
                                       const struct seating *seating, const struct seating *destination_seating,
                                       const struct course *course, const struct course *destination,
                                       const struct user *user, const struct user *person,
                                       const struct transfer_learner *command, struct decision *decision)
{
	const struct entry entry = {.enrolment = arriving,
	                            .course = destination,
	                            .seating = destination_seating,
	                            .learner = command->learner,
	                            .cohort = command->cohort,
	                            .source = ENROLMENT_SOURCE_transfer};
	enum refusal       obstacle = course_run_obstacle(course, user);

	if (obstacle == REFUSAL_none)
		obstacle = course_run_obstacle(destination, user);
	if (obstacle == REFUSAL_none)
		obstacle = transfer_obstacle(enrolment, person, &entry);
	if (obstacle != REFUSAL_none) {
		refuse(decision, obstacle);
		return;
	}
	take_seat(&entry, decision);
	leave(enrolment, seating, course, command->reason, decision);
}

static enum refusal accommodation_obstacle(const struct enrolment *enrolment, const struct edition *edition,
                                           const struct grant_accommodation *command)
{
	if (!has_anything(enrolment))
		return REFUSAL_learner_unknown;
	if (id_present(command->item) && !edition_item(edition, command->item))
		return REFUSAL_item_unknown;
	if (find_accommodation(enrolment, command->item) == array_count(enrolment->accommodations))
		return REFUSAL_accommodations_full;
	return REFUSAL_none;
}

void enrolment_decide_grant_accommodation(const struct enrolment *enrolment, const struct edition *edition,
                                          const struct course *course, const struct user *user,
                                          const struct grant_accommodation *command, struct decision *decision)
{
	enum refusal obstacle = course_grade_obstacle(course, user);

	if (obstacle == REFUSAL_none)
		obstacle = accommodation_obstacle(enrolment, edition, command);
	if (obstacle != REFUSAL_none)
		refuse(decision, obstacle);
	else
		emit(decision, accommodation_granted, .enrolment = command->enrolment, .history = enrolment->history,
		     .course = course->id, .learner = enrolment->learner, .item = command->item,
		     .has_due_at = command->has_due_at, .due_at = command->due_at,
		     .has_extra_time = command->has_extra_time, .extra_time = command->extra_time,
		     .has_extra_attempts = command->has_extra_attempts, .extra_attempts = command->extra_attempts,
		     .reason = command->reason);
}
