#include "commands/progress.h"

#include "commands/course.h"
#include "commands/enrolment.h"
#include "commands/seating.h"
#include "commands/study_time.h"
#include "eventstore/base/hash.h"
#include "eventstore/base/require.h"
#include "schema/handlers.h"

enum { US_PER_MS = 1000, MS_PER_S = 1000 };

/* ---------------------------------------------------------------- what an enrolment remembers of it */

/* The item's place, or progress_count. */
static uint32_t find_progress(const struct enrolment *enrolment, struct id item)
{
	uint32_t i = 0;

	while (i < enrolment->progress_count && !id_equal(enrolment->progress[i].item, item))
		i++;
	return i;
}

static struct item_progress *progress_of(struct enrolment *enrolment, struct id item)
{
	uint32_t place = find_progress(enrolment, item);

	require(place < array_count(enrolment->progress));
	if (place == enrolment->progress_count) {
		enrolment->progress_count++;
		enrolment->progress[place].item = item;
	}
	return &enrolment->progress[place];
}

void enrolment_on_item_viewed(struct enrolment *enrolment, const struct item_viewed *event)
{
	progress_of(enrolment, event->item)->viewed = true;
}

void enrolment_on_time_spent(struct enrolment *enrolment, const struct time_spent *event)
{
	study_time_count(enrolment, event->began_at, event->ended_at, event->spent_ms);
}

static struct hash place_hash(struct text place)
{
	return hash_sha256(text_bytes(place));
}

void enrolment_on_place_kept(struct enrolment *enrolment, const struct place_kept *event)
{
	enrolment->place_item = event->item;
	enrolment->place = place_hash(event->place);
}

void enrolment_on_item_completed(struct enrolment *enrolment, const struct item_completed *event)
{
	progress_of(enrolment, event->item)->complete = true;
}

void enrolment_on_course_completed(struct enrolment *enrolment, const struct course_completed *event)
{
	enrolment->complete = true;
}

/* ---------------------------------------------------------------- what may be worked on */

int64_t progress_moment(bool has_told, int64_t told_us, int64_t now_us)
{
	if (!has_told || told_us > now_us)
		return now_us;
	return now_us - told_us > PROGRESS_OFFLINE_MAX_US ? 0 : told_us;
}

bool progress_is_complete(const struct enrolment *enrolment, struct id item)
{
	uint32_t place = find_progress(enrolment, item);

	return place < enrolment->progress_count && enrolment->progress[place].complete;
}

/* Who belongs to no cohort has no bounds. */
void progress_check_cohort(const struct enrolment *enrolment, const struct seating *seating, struct id item,
                           int64_t time_us, struct decision *decision)
{
	const struct kept_cohort *cohort = seating_cohort(seating, enrolment->cohort);

	if (!cohort)
		return;
	if (time_us < cohort->opens_at)
		refuse_until(decision, REFUSAL_cohort_early, cohort->opens_at);
	else if (cohort->closes_at != 0 && time_us >= cohort->closes_at
	         && time_us >= enrolment_accommodation(enrolment, item).due_at)
		refuse(decision, REFUSAL_cohort_over);
}

static void check_item(const struct enrolment *enrolment, const struct syllabus_item *item, int64_t time_us,
                       struct decision *decision)
{
	if (time_us < item->release_at)
		refuse_until(decision, REFUSAL_item_unreleased, item->release_at);
	else if (id_present(item->after) && !progress_is_complete(enrolment, item->after))
		refuse(decision, REFUSAL_prerequisite_missing);
}

bool progress_lets(const struct enrolment *enrolment, const struct edition *edition, const struct seating *seating,
                   struct id item, int64_t time_us, struct decision *decision)
{
	const struct syllabus_item *found = edition_item(edition, item);

	if (!enrolment_is_active(enrolment))
		refuse(decision, REFUSAL_not_enrolled);
	else if (!found)
		refuse(decision, REFUSAL_item_unknown);
	else
		progress_check_cohort(enrolment, seating, item, time_us, decision);
	if (decision->refusal == REFUSAL_none)
		check_item(enrolment, found, time_us, decision);
	return decision->refusal == REFUSAL_none;
}

/* ---------------------------------------------------------------- what is complete */

static bool can_track(const struct enrolment *enrolment, struct id item)
{
	return find_progress(enrolment, item) < array_count(enrolment->progress);
}

static bool requires_something(const struct edition *edition)
{
	for (uint32_t i = 0; i < edition->items_count; i++)
		if (edition->items[i].required)
			return true;
	return false;
}

static bool is_finished(const struct enrolment *enrolment, const struct edition *edition, struct id with)
{
	bool some = requires_something(edition);

	for (uint32_t i = 0; i < edition->items_count; i++) {
		const struct syllabus_item *item = &edition->items[i];

		if ((item->required || !some) && !id_equal(item->item, with)
		    && !progress_is_complete(enrolment, item->item))
			return false;
	}
	return true;
}

void progress_finish(const struct enrolment *enrolment, const struct edition *edition, struct id with,
                     struct decision *decision)
{
	if (!enrolment->complete && is_finished(enrolment, edition, with))
		emit(decision, course_completed, .enrolment = enrolment_id(enrolment->course, enrolment->learner),
		     .course = enrolment->course, .history = enrolment->history, .learner = enrolment->learner,
		     .edition = edition->id);
}

void progress_complete(const struct enrolment *enrolment, const struct edition *edition, struct id item,
                       enum completion_rule rule, struct decision *decision)
{
	const struct syllabus_item *found = edition_item(edition, item);

	if (!enrolment_is_active(enrolment) || !found || found->rule != rule || progress_is_complete(enrolment, item)
	    || !can_track(enrolment, item))
		return;
	emit(decision, item_completed, .enrolment = enrolment_id(enrolment->course, enrolment->learner),
	     .history = enrolment->history, .course = enrolment->course, .learner = enrolment->learner, .item = item,
	     .rule = rule);
	progress_finish(enrolment, edition, item, decision);
}

/* ---------------------------------------------------------------- what learners tell */

/* What all three have in common. */
static bool may_tell(const struct enrolment *enrolment, const struct edition *edition, const struct seating *seating,
                     struct id item, int64_t moment_us, struct decision *decision)
{
	if (moment_us == 0)
		refuse(decision, REFUSAL_time_too_old);
	return moment_us != 0 && progress_lets(enrolment, edition, seating, item, moment_us, decision);
}

void enrolment_decide_view_item(const struct enrolment *enrolment, const struct edition *edition,
                                const struct seating *seating, const struct view_item *command,
                                struct decision *decision)
{
	int64_t  moment_us = progress_moment(command->has_happened_at, command->happened_at, decision->time_us);
	uint32_t place = find_progress(enrolment, command->item);

	if (!may_tell(enrolment, edition, seating, command->item, moment_us, decision))
		return;
	if (place == array_count(enrolment->progress)) {
		refuse(decision, REFUSAL_progress_full);
		return;
	}
	if (place == enrolment->progress_count || !enrolment->progress[place].viewed)
		emit(decision, item_viewed, .enrolment = command->enrolment, .history = enrolment->history,
		     .course = enrolment->course, .learner = enrolment->learner, .item = command->item);
	progress_complete(enrolment, edition, command->item, COMPLETION_RULE_viewed, decision);
}

void enrolment_decide_spend_time(const struct enrolment *enrolment, const struct edition *edition,
                                 const struct seating *seating, const struct spend_time *command,
                                 struct decision *decision)
{
	int64_t ended_us = progress_moment(command->has_happened_at, command->happened_at, decision->time_us);
	int64_t began_us = ended_us - (int64_t)command->seconds * MS_PER_S * US_PER_MS;

	if (!may_tell(enrolment, edition, seating, command->item, ended_us, decision))
		return;
	if (began_us < enrolment->enrolled_at)
		began_us = enrolment->enrolled_at;

	uint32_t spent_ms = study_time_uncounted_ms(enrolment, began_us, ended_us);

	if (spent_ms >= STUDY_TIME_COUNTED_MS_MIN)
		emit(decision, time_spent, .enrolment = command->enrolment, .history = enrolment->history,
		     .course = enrolment->course, .learner = enrolment->learner, .item = command->item,
		     .began_at = began_us, .ended_at = ended_us, .spent_ms = spent_ms);
}

void enrolment_decide_keep_place(const struct enrolment *enrolment, const struct edition *edition,
                                 const struct seating *seating, const struct keep_place *command,
                                 struct decision *decision)
{
	int64_t     moment_us = progress_moment(command->has_happened_at, command->happened_at, decision->time_us);
	struct hash place = place_hash(command->place);

	if (!may_tell(enrolment, edition, seating, command->item, moment_us, decision))
		return;
	if (!id_equal(enrolment->place_item, command->item) || !hash_equal(&enrolment->place, &place))
		emit(decision, place_kept, .enrolment = command->enrolment, .history = enrolment->history,
		     .course = enrolment->course, .learner = enrolment->learner, .item = command->item,
		     .place = command->place);
}
