/* Awards achievements: when something has happened to a learner, the rules that watch for it are asked about the
 * learner's whole history; and when a rule is new, about everybody's. So the two share what there is to judge: a rule
 * is asked about histories up to where it was defined, once, and about each event behind that.
 *
 * It keeps nothing: rules are read from the log when they are first needed and follow the subscription from then on.
 * What is sent twice is kept once (sender.h, and the award's id), so a walk over all learners that a crash ends is
 * begun again and passes by those who have their award. */
#include "commands/achievement_history.h"
#include "commands/learning/learner_id.h"
#include "eventstore/base/diag.h"
#include "eventstore/base/map.h"
#include "eventstore/base/require.h"
#include "schema/commands.h"
#include "schema/events.h"
#include "subscribers/sender.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdlib.h>

struct kept_rule {
	uint32_t                version;
	uint64_t                defined_at; /* position */
	bool                    retired;
	struct achievement_rule rule;
};

/* Rules by achievement; the map tells the place, counted from 1. */
struct rules {
	struct map        places;
	struct kept_rule *items;
	struct id        *achievements;
	size_t            count;
	size_t            capacity;
	bool              read;
};

struct awarder {
	const struct subscriber_ground *ground;
	struct reader                  *reader;
	struct sender                  *sender;
	struct rules                    rules;
	struct arena                    arena; /* of one event */
	uint16_t                        numbers[ACHIEVEMENT_EVENTS_MAX + 2];
	uint32_t                        number_count;
};

/* ---------------------------------------------------------------- rules */

static struct kept_rule *rule_place(struct rules *rules, struct id achievement)
{
	uint64_t *place = map_put(&rules->places, achievement.bytes, NULL);

	if (*place > 0)
		return &rules->items[*place - 1];
	if (rules->count == rules->capacity) {
		rules->capacity = rules->capacity ? 2 * rules->capacity : 64;
		rules->items = realloc(rules->items, rules->capacity * sizeof(*rules->items));
		rules->achievements = realloc(rules->achievements, rules->capacity * sizeof(*rules->achievements));
		require(rules->items && rules->achievements);
	}
	rules->items[rules->count] = (struct kept_rule){0};
	rules->achievements[rules->count] = achievement;
	*place = ++rules->count;
	return &rules->items[*place - 1];
}

/* In any order: the latest version stays, and what is retired. */
static void note_rule(struct awarder *self, const struct record *record)
{
	const struct event_type *type;
	const void              *event;
	struct kept_rule        *kept;

	if (record_event(record, NULL, &self->arena, &type, &event) != STATUS_OK)
		return;
	if (record->number == EVENT_achievement_retired) {
		rule_place(&self->rules, ((const struct achievement_retired *)event)->achievement)->retired = true;
	} else {
		const struct achievement_defined *defined = event;

		kept = rule_place(&self->rules, defined->achievement);
		if (defined->version > kept->version) {
			kept->version = defined->version;
			kept->defined_at = record->position;
			kept->rule = achievement_rule_of(defined);
		}
	}
	arena_reset(&self->arena);
}

static bool visit_rule(void *owner, const struct record *record)
{
	note_rule(owner, record);
	return true;
}

static enum status read_rules(struct awarder *self)
{
	enum status status;

	if (self->rules.read)
		return STATUS_OK;
	status = reader_type_backward(self->reader, EVENT_achievement_defined, UINT32_MAX, visit_rule, self);
	if (status == STATUS_OK)
		status = reader_type_backward(self->reader, EVENT_achievement_retired, UINT32_MAX, visit_rule, self);
	self->rules.read = status == STATUS_OK;
	return status;
}

/* ---------------------------------------------------------------- awarding */

/* One achievement and one delivery. */
struct asking {
	struct awarder  *awarder;
	struct delivery *delivery;
	struct id        achievement;
	struct kept_rule kept;
	uint32_t         awarded;
};

/* Any refusal says that things have moved on: the rule has changed, or was retired, or the person is gone. What a
 * changed rule gives comes when its own definition is delivered. */
static enum status award(struct asking *asking, struct id learner, uint64_t evidence)
{
	struct award_achievement fields = {
		.achievement = asking->achievement,
		.learner = learner,
		.award = award_of(asking->achievement, learner),
		.history = history_id(learner),
		.version = asking->kept.version,
		.evidence = evidence,
	};
	struct errand errand = {.command = "award_achievement",
	                        .fields = &fields,
	                        .number = asking->kept.version,
	                        .about = fields.award};
	struct sent   sent;
	enum status   status = sender_send(asking->awarder->sender, asking->delivery, &errand, &sent);

	if (status == STATUS_OK)
		asking->awarded += sent.moved;
	return status;
}

static enum status ask_about(struct asking *asking, struct id learner)
{
	struct reader             *reader = asking->awarder->reader;
	uint64_t                   until = asking->delivery->record.position;
	struct achievement_verdict judgement = {0};
	bool                       awarded;
	enum status                status = achievement_awarded_already(reader, asking->achievement, learner, &awarded);

	if (status != STATUS_OK || awarded)
		return status;
	status = achievement_judge(reader, &asking->kept.rule, learner, until, &judgement);
	return status == STATUS_OK && judgement.holds ? award(asking, learner, judgement.last) : status;
}

/* Something has happened to a learner. */
static enum status take_event(struct awarder *self, struct delivery *delivery)
{
	struct asking asking = {.awarder = self, .delivery = delivery};
	struct moment moment;
	struct id     learner;
	enum status   status = STATUS_OK;

	if (!achievement_moment(&delivery->record, &self->arena, &moment, &learner))
		return STATUS_OK;
	arena_reset(&self->arena);
	for (size_t i = 0; i < self->rules.count && status == STATUS_OK; i++) {
		asking.kept = self->rules.items[i];
		asking.achievement = self->rules.achievements[i];
		if (!asking.kept.retired && asking.kept.defined_at < moment.position
		    && achievement_rule_concerns(&asking.kept.rule, &moment))
			status = ask_about(&asking, learner);
	}
	return status;
}

/* ---------------------------------------------------------------- new rules */

static enum status take_learner(void *owner, struct id learner)
{
	struct asking *asking = owner;

	if (asking->awarder->ground->stopping && atomic_load(asking->awarder->ground->stopping))
		return STATUS_BUSY;
	return ask_about(asking, learner);
}

static enum status take_definition(struct awarder *self, struct delivery *delivery)
{
	struct asking     asking = {.awarder = self, .delivery = delivery};
	struct kept_rule *kept;
	enum status       status;

	asking.achievement = delivery->record.streams[0].id;
	kept = rule_place(&self->rules, asking.achievement);
	asking.kept = *kept;
	/* A later version asks everybody itself. */
	if (kept->retired || kept->defined_at != delivery->record.position)
		return STATUS_OK;
	status =
		achievement_learners(self->reader, &asking.kept.rule, delivery->record.position, take_learner, &asking);
	diag(DIAG_INFO, "achievement_applied", "defined at position %" PRIu64 ": %u awards; %s",
	     delivery->record.position, asking.awarded, status_sentence(status));
	return status;
}

/* ---------------------------------------------------------------- the subscriber */

static enum status awarder_deliver(void *owner, struct delivery *delivery)
{
	struct awarder *self = owner;
	uint16_t        number = delivery->record.number;
	enum status     status = read_rules(self);

	if (status != STATUS_OK)
		return status;
	if (number == EVENT_achievement_defined || number == EVENT_achievement_retired)
		note_rule(self, &delivery->record);
	if (number == EVENT_achievement_defined)
		return take_definition(self, delivery);
	return number == EVENT_achievement_retired ? STATUS_OK : take_event(self, delivery);
}

static void awarder_close(void *owner)
{
	struct awarder *self = owner;

	if (!self)
		return;
	sender_destroy(self->sender);
	reader_close(self->reader);
	map_finish(&self->rules.places);
	free(self->rules.items);
	free(self->rules.achievements);
	arena_finish(&self->arena);
	free(self);
}

static enum status awarder_open(const struct subscriber_ground *ground, void **out)
{
	struct awarder *self = calloc(1, sizeof(*self));
	enum status     status;

	require(self != NULL);
	self->ground = ground;
	self->rules.places.key_size = sizeof(struct id);
	self->number_count = achievement_events(self->numbers);
	self->numbers[self->number_count++] = EVENT_achievement_defined;
	self->numbers[self->number_count++] = EVENT_achievement_retired;
	self->sender = sender_create(ground, achievements.name);
	status = reader_open(config_path(ground->config, CONFIG_DATA), &self->reader);
	if (status != STATUS_OK)
		awarder_close(self);
	else
		*out = self;
	return status;
}

static struct event_filter awarder_filter(void *owner)
{
	struct awarder *self = owner;

	return (struct event_filter){.numbers = self->numbers, .number_count = self->number_count};
}

const struct subscriber achievements = {
	.name = "achievements",
	.handler = {.deliver = awarder_deliver, .repeatable = true},
	.open = awarder_open,
	.close = awarder_close,
	.filter = awarder_filter,
};
