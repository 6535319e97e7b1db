#include "commands/grading/regrading.h"

#include "commands/learning/grading.h"

#include <stdlib.h>

/* ---------------------------------------------------------------- which attempts */

enum { ASSESSMENT_EVENTS_MAX = 10 * 1000 * 1000 };

/* Those that were asked this version. They are few words each, and read before their streams are. */
struct affected {
	const struct regrading *regrading;
	struct arena            arena; /* of one event */
	struct id              *ids;
	uint32_t                count, room;
	enum status             status;
};

static bool asks(const struct attempt_started *started, const struct regrading *regrading)
{
	for (uint32_t i = 0; i < started->questions.count; i++)
		if (id_equal(started->questions.items[i].question, regrading->question)
		    && started->questions.items[i].version == regrading->version)
			return true;
	return false;
}

static enum status note(struct affected *affected, struct id attempt)
{
	if (affected->count == affected->room) {
		uint32_t   room = affected->room == 0 ? 64 : 2 * affected->room;
		struct id *ids = realloc(affected->ids, room * sizeof(*ids));

		if (!ids)
			return STATUS_FULL;
		affected->ids = ids;
		affected->room = room;
	}
	affected->ids[affected->count++] = attempt;
	return STATUS_OK;
}

static bool visit_assessment(void *owner, const struct record *record)
{
	struct affected         *affected = owner;
	const struct event_type *type;
	const void              *event;

	if (record->position > affected->regrading->until)
		return false;
	if (record->number != EVENT_attempt_started)
		return true;
	affected->status = record_event(record, NULL, &affected->arena, &type, &event);
	if (affected->status == STATUS_OK && asks(event, affected->regrading))
		affected->status = note(affected, ((const struct attempt_started *)event)->attempt);
	arena_reset(&affected->arena);
	return affected->status == STATUS_OK;
}

/* ---------------------------------------------------------------- what becomes of them */

static bool would_change(const struct regrading *regrading, const struct graded_slot *slot,
                         const struct graded_response *response)
{
	if (slot->marked)
		return false;
	if (regrading->keeps_better && slot->decided)
		return response->points_milli > slot->points_milli && response->verdict != JUDGEMENT_undecided;
	return response->key != slot->key || slot->grader != GRADER_VERSION || response->verdict != slot->verdict
	       || response->points_milli != slot->points_milli;
}

static bool is_concerned(const struct regrading *regrading, const struct attempt_log *attempt, uint32_t slot)
{
	const struct graded_slot *graded = &attempt->sheet.slots[slot];

	return id_equal(graded->question, regrading->question) && graded->version == regrading->version
	       && attempt_log_is_ready(attempt, slot) && !attempt_log_is_forgotten(attempt, slot);
}

/* Who hears of each answer. */
struct listener {
	regrading_visit *visit;
	void            *owner;
};

static enum status regrade_attempt(const struct regrading *regrading, const struct question_found *found,
                                   struct id attempt, struct arena *arena, struct listener listener)
{
	struct attempt_log *log = arena_new(arena, struct attempt_log);
	enum status         status =
		attempt_log_read(regrading->reader, regrading->opener, attempt, regrading->until, arena, log);

	for (uint32_t slot = 0; status == STATUS_OK && slot < log->sheet.slots_count; slot++) {
		struct regraded regraded = {.attempt = log, .slot = slot};

		if (!is_concerned(regrading, log, slot))
			continue;
		regraded.response = attempt_log_grade(log, slot, found, arena);
		regraded.changes = would_change(regrading, &log->sheet.slots[slot], &regraded.response);
		status = listener.visit(listener.owner, &regraded);
	}
	return status;
}

enum status regrading_each(const struct regrading *regrading, regrading_visit *visit, void *owner)
{
	const struct question_wish wish = {.question = regrading->question,
	                                   .version = regrading->version,
	                                   .key = regrading->key,
	                                   .until = regrading->until};
	struct affected            affected = {.regrading = regrading};
	struct question_found      found;
	enum status                status = question_log_find(regrading->questions, &wish, &found);

	if (status == STATUS_OK && !found.key)
		status = STATUS_NOT_FOUND;
	if (status == STATUS_OK)
		status = reader_stream(regrading->reader, regrading->assessment, 1, ASSESSMENT_EVENTS_MAX,
		                       visit_assessment, &affected);
	if (status == STATUS_OK)
		status = affected.status;
	for (uint32_t i = 0; i < affected.count && status == STATUS_OK; i++) {
		status = regrade_attempt(regrading, &found, affected.ids[i], &affected.arena,
		                         (struct listener){.visit = visit, .owner = owner});
		arena_reset(&affected.arena);
	}
	arena_finish(&affected.arena);
	free(affected.ids);
	return status;
}
