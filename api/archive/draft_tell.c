#include "api/archive/draft_parts.h"
#include "eventstore/base/require.h"
#include "schema/commands.h"

/* What is told of a draft, beside the draft itself. */
struct telling {
	struct draft_notes                    *draft;
	struct wishes                          items; /* lessons and assessments, until what they ask is told */
	const struct list_of_course_objective *taught;
};

/* ---------------------------------------------------------------- events once more */

struct fetched {
	struct draft_notes      *draft;
	const struct event_type *type;
	const void              *event;
};

static bool fetch(void *owner, const struct record *record)
{
	struct fetched     *fetched = owner;
	struct draft_notes *draft = fetched->draft;
	struct record       copy = *record;

	copy.payload = arena_bytes(draft->wishes->arena, record->payload);
	draft->status = record_event(&copy, NULL, draft->wishes->arena, &fetched->type, &fetched->event);
	return false;
}

/* The event at a position that was noted, in the arena of the wishes; NULL, and the draft's status, when it cannot be
 * read. */
static const void *event_at(struct draft_notes *draft, uint64_t position)
{
	struct fetched fetched = {.draft = draft};
	enum status    status = reader_each(draft->reader, position, 1, fetch, &fetched);

	if (draft->status == STATUS_OK)
		draft->status = status;
	if (draft->status == STATUS_OK && !fetched.event)
		draft->status = STATUS_CORRUPT;
	return draft->status == STATUS_OK ? fetched.event : NULL;
}

/* A wish that says what an event said. */
static void *tell_event(struct wishes *wishes, const char *command, const struct shape *shape, const void *event)
{
	void *input = wishes_add(wishes, command);

	shape_take(wishes->items[wishes->count - 1].command->shape, input, shape, event);
	return input;
}

static void *tell_at(struct draft_notes *draft, const char *command, const struct shape *shape, uint64_t position)
{
	const void *event = position > 0 ? event_at(draft, position) : NULL;

	return event ? tell_event(draft->wishes, command, shape, event) : NULL;
}

/* ---------------------------------------------------------------- the course itself */

static void tell_course(struct draft_notes *draft)
{
	struct create_course *create = wishes_add(draft->wishes, "create_course");

	create->course = draft->course;
	create->title = draft->title;
	create->language = draft->language;
	create->level = draft->level;
	if (draft->summary.size > 0 || draft->image.size > 0 || draft->tags.count > 0) {
		struct describe_course *describe = wishes_add(draft->wishes, "describe_course");

		describe->course = draft->course;
		describe->summary = draft->summary.size > 0 ? draft->summary : TEXT_NONE;
		describe->image = draft->image.size > 0 ? draft->image : TEXT_NONE;
		if (draft->tags.count > 0)
			describe->tags = draft->tags;
	}
}

static void tell_objectives(struct telling *telling)
{
	static const struct list_of_course_objective none;
	struct change_objectives                    *wish =
		tell_at(telling->draft, "change_objectives", &objectives_changed_shape, telling->draft->objectives);

	telling->taught = wish ? &wish->objectives : &none;
	if (wish && wish->objectives.count == 0)
		telling->draft->wishes->count--;
}

static bool is_taught(const struct telling *telling, struct id objective)
{
	for (uint32_t i = 0; i < telling->taught->count; i++)
		if (id_equal(telling->taught->items[i].objective, objective))
			return true;
	return false;
}

/* A course may stop to teach what its lessons still name. */
static void keep_taught(const struct telling *telling, struct list_of_objective_reference *objectives)
{
	struct objective_reference *items = (struct objective_reference *)objectives->items;
	uint32_t                    kept = 0;

	for (uint32_t i = 0; i < objectives->count; i++)
		if (is_taught(telling, items[i].objective))
			items[kept++] = items[i];
	objectives->count = kept;
}

/* ---------------------------------------------------------------- which questions are told */

static void want_slots(struct draft_notes *draft, const struct list_of_paper_slot *slots)
{
	for (uint32_t i = 0; i < slots->count; i++)
		for (uint32_t j = 0; j < slots->items[i].pool.count; j++) {
			const struct paper_question *pooled = &slots->items[i].pool.items[j];
			struct draft_question       *question = draft_question(draft, pooled->question);

			if (question && pooled->version >= 1 && pooled->version <= question->versions)
				question->wanted |= UINT64_C(1) << (pooled->version - 1);
		}
}

static void see_mention(void *owner, enum wish_mention mention, struct id *id, const struct wish_place *place)
{
	struct draft_question *question = mention == WISH_EMBEDS ? draft_question(owner, *id) : NULL;

	if (question)
		question->shown = true;
}

/* Lessons and assessments are made, and what they need of questions is noted. */
static void take_items(struct telling *telling)
{
	struct draft_notes       *draft = telling->draft;
	const struct wish_visitor visitor = {.owner = draft, .id = see_mention};

	for (uint32_t i = 0; i < draft->item_count && draft->status == STATUS_OK; i++) {
		struct draft_item *item = &draft->items[i];
		bool               lesson = item->kind == ITEM_KIND_lesson;

		item->event = item->discarded || item->written == 0 ? NULL : event_at(draft, item->written);
		if (!item->event)
			continue;
		tell_event(&telling->items, lesson ? "write_lesson" : "write_assessment",
		           lesson ? &lesson_written_shape : &assessment_written_shape, item->event);
		if (!lesson)
			want_slots(draft, &((const struct assessment_written *)item->event)->slots);
		wish_walk(&telling->items.items[telling->items.count - 1], &visitor);
	}
	for (uint32_t i = 0; i < draft->question_count; i++) {
		struct draft_question *question = &draft->questions[i];

		if (question->versions > 0 && (question->wanted || question->shown || !question->retired))
			question->wanted |= UINT64_C(1) << (question->versions - 1);
	}
}

/* The versions that are told are counted anew, from 1 on. */
static uint32_t told_version(const struct draft_question *question, uint32_t version)
{
	return (uint32_t)__builtin_popcountll(question->wanted << (DRAFT_VERSIONS_MAX - version));
}

/* ---------------------------------------------------------------- questions */

/* `reason` says why an earlier key was wrong, and there is none any more. */
static void tell_key(struct draft_notes *draft, const struct draft_question *question, uint32_t version)
{
	const struct draft_version *at = &question->at[version - 1];
	struct set_key             *key = tell_at(draft, "set_key", &key_set_shape, at->key);
	struct set_rubric          *rubric = tell_at(draft, "set_rubric", &rubric_set_shape, at->rubric);

	if (key) {
		key->version = told_version(question, version);
		key->reason = TEXT_NONE;
	}
	if (rubric)
		rubric->version = told_version(question, version);
}

static void tell_version(struct telling *telling, const struct draft_question *question, uint32_t version)
{
	struct draft_notes     *draft = telling->draft;
	struct write_question  *first;
	struct revise_question *later;
	uint64_t                position = question->at[version - 1].written;

	if (told_version(question, version) == 1) {
		first = tell_at(draft, "write_question", &question_written_shape, position);
		if (first)
			keep_taught(telling, &first->objectives);
	} else {
		later = tell_at(draft, "revise_question", &question_written_shape, position);
		if (later)
			keep_taught(telling, &later->objectives);
	}
	tell_key(draft, question, version);
}

/* What nobody says anything else of is graded. */
static void tell_use(struct draft_notes *draft, const struct draft_question *question)
{
	struct change_question_use *wish;

	if (!question->wanted || !question->use || question->use == QUESTION_USE_graded)
		return;
	wish = wishes_add(draft->wishes, "change_question_use");
	wish->question = question->id;
	wish->use = question->use;
}

static void tell_questions(struct telling *telling)
{
	struct draft_notes *draft = telling->draft;

	for (uint32_t i = 0; i < draft->question_count; i++) {
		const struct draft_question *question = &draft->questions[i];

		for (uint32_t version = 1; version <= question->versions; version++)
			if (draft->status == STATUS_OK && (question->wanted >> (version - 1) & 1))
				tell_version(telling, question, version);
		tell_use(draft, question);
	}
}

/* Behind the assessments, which may not take up what is retired. */
static void tell_retired(struct draft_notes *draft)
{
	for (uint32_t i = 0; i < draft->question_count; i++)
		if (draft->questions[i].retired && draft->questions[i].wanted)
			((struct retire_question *)wishes_add(draft->wishes, "retire_question"))->question =
				draft->questions[i].id;
}

/* ---------------------------------------------------------------- lessons and assessments */

static void count_slots(struct draft_notes *draft, const struct list_of_paper_slot *slots)
{
	for (uint32_t i = 0; i < slots->count; i++)
		for (uint32_t j = 0; j < slots->items[i].pool.count; j++) {
			struct paper_question       *pooled = (struct paper_question *)&slots->items[i].pool.items[j];
			const struct draft_question *question = draft_question(draft, pooled->question);

			if (question && question->wanted)
				pooled->version = told_version(question, pooled->version);
		}
}

static void tell_item(struct telling *telling, const struct draft_item *item, const struct wish *wish)
{
	struct draft_notes *draft = telling->draft;
	void               *input = wishes_add(draft->wishes, wish->command->name);

	memcpy(input, wish->input, wish->command->shape->size);
	if (item->kind == ITEM_KIND_lesson) {
		keep_taught(telling, &((struct write_lesson *)input)->objectives);
		return;
	}
	((struct write_assessment *)input)->content = ID_NONE;
	count_slots(draft, &((struct write_assessment *)input)->slots);
	tell_at(draft, "change_assessment_policy", &assessment_policy_changed_shape, item->policy);
}

static void tell_items(struct telling *telling)
{
	struct draft_notes *draft = telling->draft;
	uint32_t            told = 0;

	for (uint32_t i = 0; i < draft->item_count && draft->status == STATUS_OK; i++)
		if (draft->items[i].event)
			tell_item(telling, &draft->items[i], &telling->items.items[told++]);
}

/* ---------------------------------------------------------------- what stands on them */

static void tell_gradebook(struct draft_notes *draft)
{
	struct change_gradebook *gradebook =
		tell_at(draft, "change_gradebook", &gradebook_changed_shape, draft->gradebook);
	struct grade_placement *items = gradebook ? (struct grade_placement *)gradebook->items.items : NULL;
	uint32_t                kept = 0;

	for (uint32_t i = 0; gradebook && i < gradebook->items.count; i++)
		if (draft_has_item(draft, items[i].item))
			items[kept++] = items[i];
	if (!gradebook)
		return;
	gradebook->items.count = kept;
	if (kept == 0 && gradebook->categories.count == 0)
		draft->wishes->count--;
}

/* The code stays with the course that it opens. */
static void tell_admission(struct draft_notes *draft)
{
	struct change_enrolment_policy *wish =
		tell_at(draft, "change_enrolment_policy", &enrolment_policy_changed_shape, draft->admission);

	if (wish)
		wish->code = TEXT_NONE;
}

/* What nobody can earn in the new course is left out. */
static void tell_achievements(struct draft_notes *draft)
{
	for (uint32_t i = 0; i < draft->achievement_count; i++) {
		const struct draft_achievement *achievement = &draft->achievements[i];
		struct define_achievement      *wish = NULL;

		if (!achievement->retired)
			wish = tell_at(draft, "define_achievement", &achievement_defined_shape, achievement->latest);
		if (wish && id_present(wish->item) && !draft_has_item(draft, wish->item))
			draft->wishes->count--;
	}
}

enum status draft_tell(struct draft_notes *draft)
{
	struct telling         telling = {.draft = draft, .items = {.arena = draft->wishes->arena}};
	struct change_outline *outline;

	tell_course(draft);
	tell_objectives(&telling);
	take_items(&telling);
	tell_questions(&telling);
	tell_items(&telling);
	outline = tell_at(draft, "change_outline", &outline_changed_shape, draft->outline);
	if (outline && outline->sections.count == 0)
		draft->wishes->count--;
	tell_gradebook(draft);
	tell_admission(draft);
	tell_achievements(draft);
	tell_retired(draft);
	if (draft->status == STATUS_OK && draft->wishes->count > WISHES_MAX)
		draft->status = STATUS_FULL;
	for (uint32_t i = 0; i < draft->wishes->count; i++)
		draft->wishes->items[i].line = i + 2; /* behind the heading */
	return draft->status;
}
