#include "commands/achievement_history.h"

#include "commands/learning/learner_id.h"
#include "eventstore/base/map.h"

enum { RECORDS_AT_ONCE = 4096, PER_MILLE = 1000 };

/* ---------------------------------------------------------------- events as moments */

/* By name, and fields by name: what these events tell is the same of all, where they tell it. */
static const struct {
	const char              *event;
	enum achievement_trigger trigger;
} watched[] = {
	{"learner_enrolled", ACHIEVEMENT_TRIGGER_enrolled},
	{"item_viewed", ACHIEVEMENT_TRIGGER_viewed},
	{"time_spent", ACHIEVEMENT_TRIGGER_studied},
	{"item_completed", ACHIEVEMENT_TRIGGER_item_completed},
	{"course_completed", ACHIEVEMENT_TRIGGER_course_completed},
	{"attempt_graded", ACHIEVEMENT_TRIGGER_graded},
};

/* 0 when there is no such event. */
static uint16_t number_of(const char *event)
{
	const struct event_type *type = event_type_by_name(text_from(event));

	return type ? type->number : 0;
}

uint32_t achievement_events(uint16_t numbers[ACHIEVEMENT_EVENTS_MAX])
{
	uint32_t count = 0;

	for (size_t i = 0; i < array_count(watched); i++)
		if (number_of(watched[i].event))
			numbers[count++] = number_of(watched[i].event);
	return count;
}

static uint16_t number_for(enum achievement_trigger trigger)
{
	for (size_t i = 0; i < array_count(watched); i++)
		if (watched[i].trigger == trigger)
			return number_of(watched[i].event);
	return 0;
}

static enum achievement_trigger trigger_of(const struct event_type *type)
{
	for (size_t i = 0; i < array_count(watched); i++)
		if (text_is(text_from(type->name), watched[i].event))
			return watched[i].trigger;
	return 0;
}

static const void *value(const struct event_type *type, const void *event, const char *name, enum kind kind)
{
	const struct field *field = shape_field(type->shape, text_from(name));

	return field && field->kind == kind && field_present(field, event) ? field_at(field, event) : NULL;
}

static struct id id_in(const struct event_type *type, const void *event, const char *name)
{
	const struct id *id = value(type, event, name, KIND_ID);

	return id ? *id : ID_NONE;
}

static uint32_t score_in(const struct event_type *type, const void *event)
{
	const uint32_t *points = value(type, event, "points_milli", KIND_U32);
	const uint32_t *of = value(type, event, "of_milli", KIND_U32);

	return points && of && *of > 0 ? (uint32_t)((uint64_t)*points * PER_MILLE / *of) : 0;
}

/* Of time that was spent it counts when that was, not when the client told of it. */
static int64_t time_in(const struct event_type *type, const void *event, int64_t recorded_us)
{
	const int64_t *began = value(type, event, "began_at", KIND_TIME);

	return began ? *began : recorded_us;
}

bool achievement_moment(const struct record *record, struct arena *arena, struct moment *moment, struct id *learner)
{
	const struct event_type *type;
	const void              *event;
	enum achievement_trigger trigger;

	if (record_event(record, NULL, arena, &type, &event) != STATUS_OK)
		return false;
	trigger = trigger_of(type);
	if (!trigger)
		return false;
	*learner = id_in(type, event, "learner");
	*moment = (struct moment){
		.trigger = trigger,
		.position = record->position,
		.time_us = time_in(type, event, record->time_us),
		.course = id_in(type, event, "course"),
		.item = id_in(type, event, trigger == ACHIEVEMENT_TRIGGER_graded ? "assessment" : "item"),
		.occurrence = id_in(type, event, "attempt"),
		.score = score_in(type, event),
	};
	return id_present(*learner);
}

/* ---------------------------------------------------------------- one history */

struct gathering {
	const struct achievement_rule *rule;
	uint64_t                       until;
	uint64_t                       version; /* of the history's stream, of the record seen last */
	struct id                      history;
	uint16_t                       number;
	bool                           over;
	struct arena                   arena;
	struct buffer                  moments;
	struct achievement_verdict     judgement;
};

static bool gather(void *owner, const struct record *record)
{
	struct gathering *gathering = owner;
	struct moment     moment;
	struct id         learner;

	gathering->version = record_version_in(record, gathering->history);
	gathering->over =
		record->position > gathering->until || gathering->moments.size >= HISTORY_MOMENTS_MAX * sizeof(moment);
	if (gathering->over || record->number != gathering->number)
		return !gathering->over;
	if (achievement_moment(record, &gathering->arena, &moment, &learner)
	    && achievement_rule_concerns(gathering->rule, &moment)) {
		buffer_append(&gathering->moments, BYTES(&moment, sizeof(moment)));
		gathering->judgement.last = moment.position;
	}
	arena_reset(&gathering->arena);
	return true;
}

enum status achievement_judge(struct reader *reader, const struct achievement_rule *rule, struct id learner,
                              uint64_t until, struct achievement_verdict *out)
{
	struct gathering gathering = {
		.rule = rule, .until = until, .history = history_id(learner), .number = number_for(rule->trigger)};
	uint64_t    from;
	enum status status;

	do {
		from = gathering.version + 1;
		status = reader_stream(reader, gathering.history, from, RECORDS_AT_ONCE, gather, &gathering);
	} while (status == STATUS_OK && !gathering.over && gathering.version >= from);
	if (status == STATUS_OK) {
		*out = gathering.judgement;
		out->holds = achievement_rule_holds(rule, (struct moment *)gathering.moments.data,
		                                    gathering.moments.size / sizeof(struct moment));
	}
	buffer_finish(&gathering.moments);
	arena_finish(&gathering.arena);
	return status;
}

/* ---------------------------------------------------------------- everybody concerned */

struct census {
	const struct achievement_rule *rule;
	uint64_t                       until;
	struct map                     learners;
	struct arena                   arena;
};

static bool count_learner(void *owner, const struct record *record)
{
	struct census *census = owner;
	struct moment  moment;
	struct id      learner;

	if (record->position > census->until)
		return false;
	if (achievement_moment(record, &census->arena, &moment, &learner)
	    && achievement_rule_concerns(census->rule, &moment))
		map_put(&census->learners, learner.bytes, NULL);
	arena_reset(&census->arena);
	return true;
}

static enum status take_census(struct reader *reader, struct census *census)
{
	uint16_t             number = number_for(census->rule->trigger);
	struct event_filter  filter = {.numbers = &number, .number_count = 1};
	struct filtered_walk walk = {0};
	enum status          status = STATUS_OK;

	while (number && status == STATUS_OK && walk.reached < census->until) {
		uint64_t before = walk.reached;

		status = reader_filtered(reader, &filter, before + 1, RECORDS_AT_ONCE, count_learner, census, &walk);
		if (walk.reached == before)
			break;
	}
	return status;
}

enum status achievement_learners(struct reader *reader, const struct achievement_rule *rule, uint64_t until,
                                 enum status (*take)(void *owner, struct id learner), void *owner)
{
	struct census census = {.rule = rule, .until = until, .learners = {.key_size = sizeof(struct id)}};
	enum status   status = take_census(reader, &census);
	const void   *key;
	uint64_t     *unused;

	for (size_t at = 0; status == STATUS_OK && map_each(&census.learners, &at, &key, &unused);)
		status = take(owner, *(const struct id *)key);
	map_finish(&census.learners);
	arena_finish(&census.arena);
	return status;
}

/* ---------------------------------------------------------------- awards */

static bool note_award(void *owner, const struct record *record)
{
	*(bool *)owner = true;
	return false;
}

enum status achievement_awarded_already(struct reader *reader, struct id achievement, struct id learner, bool *awarded)
{
	*awarded = false;
	return reader_stream(reader, award_of(achievement, learner), 1, 1, note_award, awarded);
}
