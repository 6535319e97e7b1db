/* Two walks: over the course's stream, to note where the latest of everything stands; then to these places. So what was
 * written over is not kept in memory, however often that was. */
#include "api/archive/draft.h"

#include "api/archive/draft_parts.h"
#include "eventstore/base/require.h"

#include <stdlib.h>

/* ---------------------------------------------------------------- what is noted */

static void *grow(void *items, uint32_t count, size_t size)
{
	void *grown = items;

	/* Doubled whenever the count is a power of two. */
	if ((count & (count - 1)) == 0) {
		grown = realloc(items, (count ? 2 * (size_t)count : 1) * size);
		require(grown != NULL);
	}
	memset((char *)grown + count * size, 0, size);
	return grown;
}

struct draft_question *draft_question(struct draft_notes *draft, struct id id)
{
	const uint64_t *place = map_get(&draft->by_id, id.bytes);

	return place && *place <= draft->question_count && id_equal(draft->questions[*place - 1].id, id)
	               ? &draft->questions[*place - 1]
	               : NULL;
}

static struct draft_question *note_question(struct draft_notes *draft, struct id id)
{
	struct draft_question *question = draft_question(draft, id);

	if (question)
		return question;
	draft->questions = grow(draft->questions, draft->question_count, sizeof(*draft->questions));
	question = &draft->questions[draft->question_count++];
	question->id = id;
	*map_put(&draft->by_id, id.bytes, NULL) = draft->question_count;
	return question;
}

/* A course has few enough of them to look through. */
static struct draft_item *find_item(struct draft_notes *draft, struct id id)
{
	for (uint32_t i = 0; i < draft->item_count; i++)
		if (id_equal(draft->items[i].id, id))
			return &draft->items[i];
	return NULL;
}

bool draft_has_item(struct draft_notes *draft, struct id id)
{
	const struct draft_item *item = find_item(draft, id);

	return item && !item->discarded;
}

static struct draft_item *note_item(struct draft_notes *draft, struct id id)
{
	struct draft_item *item = find_item(draft, id);

	if (item)
		return item;
	draft->items = grow(draft->items, draft->item_count, sizeof(*draft->items));
	item = &draft->items[draft->item_count++];
	item->id = id;
	return item;
}

/* ---------------------------------------------------------------- one event */

static void keep(struct draft_notes *draft, struct text *kept, struct text said)
{
	if (said.data)
		*kept = arena_text(draft->wishes->arena, said);
}

static void note_created(struct draft_notes *draft, const struct course_created *event)
{
	draft->exists = true;
	keep(draft, &draft->title, event->title);
	keep(draft, &draft->language, event->language);
	draft->level = event->level;
}

static void keep_tags(struct draft_notes *draft, const struct list_of_course_tag *said)
{
	struct course_tag *tags = arena_array(draft->wishes->arena, struct course_tag, said->count + 1);

	for (uint32_t i = 0; i < said->count; i++)
		keep(draft, &tags[i].word, said->items[i].word);
	draft->tags = (struct list_of_course_tag){.items = tags, .count = said->count};
}

static void note_described(struct draft_notes *draft, const struct course_described *event)
{
	keep(draft, &draft->title, event->title);
	keep(draft, &draft->language, event->language);
	keep(draft, &draft->summary, event->summary);
	keep(draft, &draft->image, event->image);
	if (event->level)
		draft->level = event->level;
	if (event->tags.items)
		keep_tags(draft, &event->tags);
}

static void note_version(struct draft_notes *draft, const struct question_written *event, uint64_t position)
{
	struct draft_question *question = note_question(draft, event->question);

	require(event->version >= 1 && event->version <= DRAFT_VERSIONS_MAX);
	question->versions = event->version;
	question->at[event->version - 1].written = position;
}

/* What is right in a simulation task stands in an event beside its key, and the simulation is some person's: neither
 * goes into an archive. */
static bool is_of_task(const struct key_set *event)
{
	return event->choices.count + event->order.count + event->pairs.count + event->patterns.count
	                       + event->numbers.count + event->blanks.count
	               == 0
	       && !event->formula.data;
}

static void note_key(struct draft_notes *draft, const struct key_set *event, uint64_t position)
{
	require(event->version >= 1 && event->version <= DRAFT_VERSIONS_MAX);
	if (!is_of_task(event))
		note_question(draft, event->question)->at[event->version - 1].key = position;
}

static void note_rubric(struct draft_notes *draft, const struct rubric_set *event, uint64_t position)
{
	require(event->version >= 1 && event->version <= DRAFT_VERSIONS_MAX);
	note_question(draft, event->question)->at[event->version - 1].rubric = position;
}

static void note_use(struct draft_notes *draft, const struct question_use_changed *event)
{
	note_question(draft, event->question)->use = event->use;
}

static void note_written(struct draft_notes *draft, struct id id, uint64_t position, enum item_kind kind)
{
	struct draft_item *item = note_item(draft, id);

	item->kind = kind;
	item->written = position;
}

/* Every event that says something of the draft; all others pass by. */
static bool is_wanted(uint16_t number)
{
	static const uint16_t wanted[] = {
		EVENT_course_created,     EVENT_course_described,         EVENT_objectives_changed,
		EVENT_outline_changed,    EVENT_item_discarded,           EVENT_lesson_written,
		EVENT_assessment_written, EVENT_question_written,         EVENT_key_set,
		EVENT_rubric_set,         EVENT_question_retired,         EVENT_assessment_policy_changed,
		EVENT_gradebook_changed,  EVENT_enrolment_policy_changed, EVENT_question_use_changed,
	};

	for (size_t i = 0; i < array_count(wanted); i++)
		if (wanted[i] == number)
			return true;
	return false;
}

static void note_of_item(struct draft_notes *draft, uint16_t number, const void *event, uint64_t position)
{
	if (number == EVENT_lesson_written)
		note_written(draft, ((const struct lesson_written *)event)->lesson, position, ITEM_KIND_lesson);
	else if (number == EVENT_assessment_written)
		note_written(draft, ((const struct assessment_written *)event)->assessment, position,
		             ITEM_KIND_assessment);
	else if (number == EVENT_assessment_policy_changed)
		note_item(draft, ((const struct assessment_policy_changed *)event)->assessment)->policy = position;
	else if (number == EVENT_item_discarded)
		note_item(draft, ((const struct item_discarded *)event)->item)->discarded = true;
}

static void note(struct draft_notes *draft, uint16_t number, const void *event, uint64_t position)
{
	if (number == EVENT_course_created)
		note_created(draft, event);
	else if (number == EVENT_course_described)
		note_described(draft, event);
	else if (number == EVENT_objectives_changed)
		draft->objectives = position;
	else if (number == EVENT_outline_changed)
		draft->outline = position;
	else if (number == EVENT_gradebook_changed)
		draft->gradebook = position;
	else if (number == EVENT_enrolment_policy_changed)
		draft->admission = position;
	else if (number == EVENT_question_written)
		note_version(draft, event, position);
	else if (number == EVENT_key_set)
		note_key(draft, event, position);
	else if (number == EVENT_rubric_set)
		note_rubric(draft, event, position);
	else if (number == EVENT_question_retired)
		note_question(draft, ((const struct question_retired *)event)->question)->retired = true;
	else if (number == EVENT_question_use_changed)
		note_use(draft, event);
	else
		note_of_item(draft, number, event, position);
}

static bool see_event(void *owner, const struct record *record)
{
	struct draft_notes      *draft = owner;
	const struct event_type *type;
	const void              *event;

	if (record->position > draft->until)
		return false;
	if (!is_wanted(record->number))
		return true;
	draft->status = record_event(record, NULL, &draft->scratch, &type, &event);
	if (draft->status == STATUS_OK)
		note(draft, record->number, event, record->position);
	arena_reset(&draft->scratch);
	return draft->status == STATUS_OK;
}

/* ---------------------------------------------------------------- achievements, which have streams of their own */

static struct draft_achievement *note_achievement(struct draft_notes *draft, struct id id)
{
	for (uint32_t i = 0; i < draft->achievement_count; i++)
		if (id_equal(draft->achievements[i].id, id))
			return &draft->achievements[i];
	draft->achievements = grow(draft->achievements, draft->achievement_count, sizeof(*draft->achievements));
	draft->achievements[draft->achievement_count].id = id;
	return &draft->achievements[draft->achievement_count++];
}

/* Newest first: the first that is seen is the latest, the last the first. */
static bool see_achievement(void *owner, const struct record *record)
{
	struct draft_notes               *draft = owner;
	const struct event_type          *type;
	const void                       *event;
	const struct achievement_defined *defined;
	struct draft_achievement         *achievement;

	if (record->position > draft->until)
		return true;
	draft->status = record_event(record, NULL, &draft->scratch, &type, &event);
	if (draft->status != STATUS_OK)
		return false;
	defined = event;
	if (id_equal(defined->course, draft->course)) {
		achievement = note_achievement(draft, defined->achievement);
		achievement->latest = achievement->latest ? achievement->latest : record->position;
		achievement->first = record->position;
	}
	arena_reset(&draft->scratch);
	return true;
}

static bool see_retirement(void *owner, const struct record *record)
{
	struct draft_achievement *achievement = owner;

	achievement->retired |= record->number == EVENT_achievement_retired;
	return !achievement->retired;
}

static int compare_achievements(const void *a, const void *b)
{
	uint64_t left = ((const struct draft_achievement *)a)->first;
	uint64_t right = ((const struct draft_achievement *)b)->first;

	return (left > right) - (left < right);
}

static enum status note_achievements(struct draft_notes *draft)
{
	enum status status =
		reader_type_backward(draft->reader, EVENT_achievement_defined, UINT32_MAX, see_achievement, draft);

	if (status == STATUS_OK)
		status = draft->status;
	for (uint32_t i = 0; i < draft->achievement_count && status == STATUS_OK; i++)
		status = reader_stream(draft->reader, draft->achievements[i].id, 1, UINT32_MAX, see_retirement,
		                       &draft->achievements[i]);
	if (draft->achievement_count > 0)
		qsort(draft->achievements, draft->achievement_count, sizeof(*draft->achievements),
		      compare_achievements);
	return status;
}

/* ---------------------------------------------------------------- all of it */

static enum status note_all(struct draft_notes *draft)
{
	enum status status = reader_stream(draft->reader, draft->course, 1, UINT32_MAX, see_event, draft);

	if (status == STATUS_OK)
		status = draft->status;
	if (status == STATUS_OK && !draft->exists)
		status = STATUS_NOT_FOUND;
	return status == STATUS_OK ? note_achievements(draft) : status;
}

enum status draft_read(struct reader *reader, struct id course, uint64_t until, struct wishes *out)
{
	struct draft_notes draft = {.reader = reader,
	                            .course = course,
	                            .until = until,
	                            .wishes = out,
	                            .by_id = {.key_size = sizeof(struct id)}};
	enum status        status = note_all(&draft);

	if (status == STATUS_OK)
		status = draft_tell(&draft);
	map_finish(&draft.by_id);
	free(draft.questions);
	free(draft.items);
	free(draft.achievements);
	arena_finish(&draft.scratch);
	return status;
}
