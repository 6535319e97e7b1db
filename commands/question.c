/* Questions: versions, and apart from them their keys and rubrics. What is looked at here is how the parts fit together
 * and the type; whether formulas and patterns can be read, and whether a key speaks of choices that are there, the API
 * looks at before, which can say more about it. */
#include "commands/course.h"
#include "commands/course_role.h"
#include "commands/decision.h"
#include "eventstore/base/require.h"
#include "schema/handlers.h"

/* So large may an event be, and still be told in a tile of the log (TILE_ENTRY_SIZE_MAX, less what a record adds). */
enum { QUESTION_SIZE_MAX = 60000, FIELD_SIZE = 6 };

/* ---------------------------------------------------------------- what a question remembers */

void question_on_question_written(struct question *question, const struct question_written *event)
{
	question->id = event->question;
	question->course = event->course;
	question->exists = true;
	require(event->version == question->versions_count + 1 && event->version <= array_count(question->versions));
	question->versions[question->versions_count++] = (struct question_version){.type = event->type};
}

static struct question_version *version_of(struct question *question, uint32_t version)
{
	require(version >= 1 && version <= question->versions_count);
	return &question->versions[version - 1];
}

void question_on_key_set(struct question *question, const struct key_set *event)
{
	version_of(question, event->version)->key = event->key;
	question->keys = event->key;
}

void question_on_rubric_set(struct question *question, const struct rubric_set *event)
{
	version_of(question, event->version)->rubric = event->rubric;
	question->rubrics = event->rubric;
}

void question_on_question_retired(struct question *question, const struct question_retired *event)
{
	question->retired = true;
}

void question_on_question_use_changed(struct question *question, const struct question_use_changed *event)
{
	question->use = event->use;
}

/* ---------------------------------------------------------------- how large it is */

static size_t list_size(const struct field *field, const void *object);

/* At most: its texts, and the names of all fields, records in lists included. */
static size_t size_of(const struct shape *shape, const void *object)
{
	size_t size = 0;

	for (uint16_t i = 0; i < shape->count; i++) {
		const struct field *field = &shape->fields[i];

		size += strlen(field->name) + FIELD_SIZE;
		if (field->kind == KIND_TEXT)
			size += ((const struct text *)field_at(field, object))->size;
		else if (field->kind == KIND_LIST)
			size += list_size(field, object);
	}
	return size;
}

static size_t list_size(const struct field *field, const void *object)
{
	const struct list *list = field_at(field, object);
	size_t             size = 0;

	for (uint32_t i = 0; i < list->count; i++)
		size += size_of(field->record, (const char *)list->items + i * field->record->size);
	return size;
}

static bool is_too_large(uint16_t event_number, const void *event)
{
	return size_of(event_type_by_number(event_number)->shape, event) > QUESTION_SIZE_MAX;
}

/* ---------------------------------------------------------------- what is asked */

static bool choices_differ(const struct list_of_question_choice *choices)
{
	for (uint32_t i = 0; i < choices->count; i++)
		for (uint32_t j = 0; j < i; j++)
			if (text_equal(choices->items[i].key, choices->items[j].key))
				return false;
	return true;
}

static bool has_fitting_parts(const struct question_written *question)
{
	uint32_t choices = question->choices.count;
	uint32_t targets = question->targets.count;

	switch (question->type) {
	case QUESTION_TYPE_single:
	case QUESTION_TYPE_multiple:
	case QUESTION_TYPE_ordering:
		return choices >= 2 && targets == 0 && !question->scene.data;
	case QUESTION_TYPE_matching:
		return choices >= 1 && targets >= 2 && !question->scene.data;
	case QUESTION_TYPE_simulation:
		return choices == 0 && targets == 0 && question->scene.data;
	default:
		return choices == 0 && targets == 0 && !question->scene.data;
	}
}

static enum refusal writing_obstacle(const struct course *course, const struct question_written *question)
{
	if (!has_fitting_parts(question) || !choices_differ(&question->choices) || !choices_differ(&question->targets))
		return REFUSAL_question_unfit;
	if (is_too_large(EVENT_question_written, question))
		return REFUSAL_question_too_large;
	for (uint32_t i = 0; i < question->objectives.count; i++)
		if (!course_teaches(course, question->objectives.items[i].objective))
			return REFUSAL_objective_unknown;
	return REFUSAL_none;
}

/* The fields that both wishes have. */
#define QUESTION_AS_WISHED(wish)                                                                                       \
	.bank = (wish)->bank, .type = (wish)->type, .prompt = (wish)->prompt, .choices = (wish)->choices,              \
	.targets = (wish)->targets, .hints = (wish)->hints, .parameters = (wish)->parameters,                          \
	.computed = (wish)->computed, .conditions = (wish)->conditions, .objectives = (wish)->objectives,              \
	.has_difficulty = (wish)->has_difficulty, .difficulty = (wish)->difficulty,                                    \
	.has_keeps_order = (wish)->has_keeps_order, .keeps_order = (wish)->keeps_order,                                \
	.explanation = (wish)->explanation, .scene = (wish)->scene

/* Unless something stands in the way already. */
static void keep_writing(const struct course *course, const struct question_written *event, enum refusal obstacle,
                         struct decision *decision)
{
	if (obstacle == REFUSAL_none)
		obstacle = writing_obstacle(course, event);
	if (obstacle != REFUSAL_none)
		refuse(decision, obstacle);
	else
		decision_emit(decision, EVENT_question_written, event, sizeof(*event));
}

void question_decide_write_question(const struct question *question, const struct course *course,
                                    const struct user *user, const struct write_question *command,
                                    struct decision *decision)
{
	struct question_written event = {
		.question = command->question, .course = command->course, .version = 1, QUESTION_AS_WISHED(command)};
	enum refusal obstacle = course_write_obstacle(course, user);

	if (obstacle == REFUSAL_none && question->exists)
		obstacle = REFUSAL_question_exists;
	keep_writing(course, &event, obstacle, decision);
}

/* Whoever may not change a question of the course does not learn that there is one, unless the course is visible. */
static enum refusal change_obstacle(const struct question *question, const struct course *course,
                                    const struct user *user)
{
	enum refusal obstacle = course_write_obstacle(course, user);

	return obstacle == REFUSAL_course_unknown || !question->exists ? REFUSAL_question_unknown : obstacle;
}

static enum refusal revise_obstacle(const struct question *question, const struct course *course,
                                    const struct user *user, const struct revise_question *command)
{
	enum refusal obstacle = change_obstacle(question, course, user);

	if (obstacle != REFUSAL_none)
		return obstacle;
	if (command->has_seen && command->seen != question->versions_count)
		return REFUSAL_revision_stale;
	if (question->versions_count == array_count(question->versions))
		return REFUSAL_question_full;
	return REFUSAL_none;
}

void question_decide_revise_question(const struct question *question, const struct course *course,
                                     const struct user *user, const struct revise_question *command,
                                     struct decision *decision)
{
	struct question_written event = {.question = command->question,
	                                 .course = question->course,
	                                 .version = question->versions_count + 1,
	                                 QUESTION_AS_WISHED(command)};
	enum refusal            obstacle = revise_obstacle(question, course, user, command);

	keep_writing(course, &event, obstacle, decision);
}

void question_decide_retire_question(const struct question *question, const struct course *course,
                                     const struct user *user, const struct retire_question *command,
                                     struct decision *decision)
{
	enum refusal obstacle = change_obstacle(question, course, user);

	if (obstacle != REFUSAL_none)
		refuse(decision, obstacle);
	else if (!question->retired)
		emit(decision, question_retired, .question = command->question, .course = question->course);
}

/* Nobody having said anything is a word of its own: graded. */
void question_decide_change_question_use(const struct question *question, const struct course *course,
                                         const struct user *user, const struct change_question_use *command,
                                         struct decision *decision)
{
	enum refusal      obstacle = change_obstacle(question, course, user);
	enum question_use use = question->use != 0 ? question->use : QUESTION_USE_graded;

	if (obstacle != REFUSAL_none)
		refuse(decision, obstacle);
	else if (command->use != use)
		emit(decision, question_use_changed, .question = command->question, .course = question->course,
		     .use = command->use);
}

/* ---------------------------------------------------------------- what is right */

/* Each part of a key, as a bit. */
enum key_part {
	PART_CHOICES = 1 << 0,
	PART_ORDER = 1 << 1,
	PART_PAIRS = 1 << 2,
	PART_PATTERNS = 1 << 3,
	PART_NUMBERS = 1 << 4,
	PART_BLANKS = 1 << 5,
	PART_FORMULA = 1 << 6,
};

static uint32_t parts_of(const struct set_key *key)
{
	return (key->choices.count ? PART_CHOICES : 0u) | (key->order.count ? PART_ORDER : 0u)
	       | (key->pairs.count ? PART_PAIRS : 0u) | (key->patterns.count ? PART_PATTERNS : 0u)
	       | (key->numbers.count ? PART_NUMBERS : 0u) | (key->blanks.count ? PART_BLANKS : 0u)
	       | (key->formula.data ? PART_FORMULA : 0u);
}

/* An essay and a project have no key but a rubric; a simulation is run. 0: a key fits nothing of it. */
static uint32_t part_of_type(enum question_type type)
{
	static const uint32_t parts[] = {
		[QUESTION_TYPE_single] = PART_CHOICES,
		[QUESTION_TYPE_multiple] = PART_CHOICES,
		[QUESTION_TYPE_true_false] = PART_CHOICES,
		[QUESTION_TYPE_ordering] = PART_ORDER,
		[QUESTION_TYPE_matching] = PART_PAIRS,
		[QUESTION_TYPE_text] = PART_PATTERNS,
		[QUESTION_TYPE_numeric] = PART_NUMBERS,
		[QUESTION_TYPE_blanks] = PART_BLANKS,
		[QUESTION_TYPE_formula] = PART_FORMULA,
		[QUESTION_TYPE_simulation] = 0,
		[QUESTION_TYPE_project] = 0,
	};

	return parts[type];
}

static bool names_twice(const struct set_key *key)
{
	for (uint32_t i = 0; i < key->choices.count; i++)
		for (uint32_t j = 0; j < i; j++)
			if (text_equal(key->choices.items[i].key, key->choices.items[j].key))
				return true;
	for (uint32_t i = 0; i < key->order.count; i++)
		for (uint32_t j = 0; j < i; j++)
			if (text_equal(key->order.items[i].key, key->order.items[j].key))
				return true;
	for (uint32_t i = 0; i < key->pairs.count; i++)
		for (uint32_t j = 0; j < i; j++)
			if (text_equal(key->pairs.items[i].left, key->pairs.items[j].left))
				return true;
	return false;
}

static bool blanks_are_whole(const struct list_of_key_blank *blanks)
{
	for (uint32_t i = 0; i < blanks->count; i++)
		if ((blanks->items[i].patterns.count > 0) == (blanks->items[i].numbers.count > 0))
			return false;
	return true;
}

/* In a question with a single answer something must be right; where several may be chosen, perhaps nothing is. */
static bool something_is_right(const struct set_key *key, enum question_type type)
{
	bool right = type == QUESTION_TYPE_multiple || key->choices.count == 0;

	for (uint32_t i = 0; i < key->choices.count; i++)
		right |= key->choices.items[i].credit > 0;
	return right;
}

static bool truths_only(const struct list_of_key_choice *choices)
{
	for (uint32_t i = 0; i < choices->count; i++)
		if (!text_is(choices->items[i].key, "true") && !text_is(choices->items[i].key, "false"))
			return false;
	return true;
}

static bool key_fits(const struct set_key *key, enum question_type type)
{
	uint32_t part = part_of_type(type);

	return part != 0 && parts_of(key) == part && !names_twice(key) && blanks_are_whole(&key->blanks)
	       && something_is_right(key, type) && (type != QUESTION_TYPE_true_false || truths_only(&key->choices))
	       && (key->variables.count == 0 || type == QUESTION_TYPE_formula);
}

/* The version that is spoken of; NULL, and a refusal, when that cannot be. */
static const struct question_version *version_spoken_of(const struct question *question, const struct course *course,
                                                        const struct user *user, uint32_t version,
                                                        struct decision *decision)
{
	enum refusal obstacle = change_obstacle(question, course, user);

	if (obstacle == REFUSAL_none && version > question->versions_count)
		obstacle = REFUSAL_version_unknown;
	if (obstacle == REFUSAL_none)
		return &question->versions[version - 1];
	refuse(decision, obstacle);
	return NULL;
}

static struct key_set key_as_wished(const struct question *question, const struct set_key *command)
{
	return (struct key_set){
		.question = command->question,
		.course = question->course,
		.version = command->version,
		.key = question->keys + 1,
		.scoring = command->scoring,
		.has_penalty = command->has_penalty,
		.penalty = command->penalty,
		.choices = command->choices,
		.order = command->order,
		.pairs = command->pairs,
		.patterns = command->patterns,
		.numbers = command->numbers,
		.blanks = command->blanks,
		.formula = command->formula,
		.variables = command->variables,
		.reason = command->reason,
	};
}

void question_decide_set_key(const struct question *question, const struct course *course, const struct user *user,
                             const struct set_key *command, struct decision *decision)
{
	struct key_set                 event = key_as_wished(question, command);
	const struct question_version *version = version_spoken_of(question, course, user, command->version, decision);

	if (!version)
		return;
	if (command->has_seen && command->seen != version->key)
		refuse(decision, REFUSAL_revision_stale);
	else if (!key_fits(command, version->type))
		refuse(decision, REFUSAL_key_unfit);
	else if (is_too_large(EVENT_key_set, &event))
		refuse(decision, REFUSAL_question_too_large);
	else
		decision_emit(decision, EVENT_key_set, &event, sizeof(event));
}

static bool rubric_fits(const struct list_of_rubric_criterion *criteria)
{
	for (uint32_t i = 0; i < criteria->count; i++)
		for (uint32_t j = 0; j < i; j++)
			if (text_equal(criteria->items[i].key, criteria->items[j].key))
				return false;
	return criteria->count > 0;
}

void question_decide_set_rubric(const struct question *question, const struct course *course, const struct user *user,
                                const struct set_rubric *command, struct decision *decision)
{
	struct rubric_set event = {.question = command->question,
	                           .course = question->course,
	                           .version = command->version,
	                           .rubric = question->rubrics + 1,
	                           .criteria = command->criteria};

	if (!version_spoken_of(question, course, user, command->version, decision))
		return;
	if (!rubric_fits(&command->criteria))
		refuse(decision, REFUSAL_rubric_unfit);
	else if (is_too_large(EVENT_rubric_set, &event))
		refuse(decision, REFUSAL_question_too_large);
	else
		decision_emit(decision, EVENT_rubric_set, &event, sizeof(event));
}
