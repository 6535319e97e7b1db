#include "api/course_trial.h"

#include "api/archive/file.h"
#include "api/archive/local.h"
#include "api/markdown.h"
#include "api/question_form.h"
#include "eventstore/base/map.h"
#include "schema/events.h"

/* A version of a question, for the keys and papers that come later. */
struct tried_version {
	const struct question_written *event;
	struct tried_version          *before;
	bool                           retired; /* the question is; stands at its latest version */
};

struct trying {
	const struct course_trial *trial;
	struct arena              *arena;
	struct arena               scratch; /* of one wish */
	const struct wish         *wish;
	struct complaints         *complaints;
	struct map                 questions; /* to the latest struct tried_version */
};

/* ---------------------------------------------------------------- complaining */

static void complain(struct trying *trying, struct text below, struct text sentence)
{
	struct complaints *complaints = trying->complaints;

	if (complaints->count < COMPLAINTS_MAX)
		complaints->items[complaints->count++] = (struct complaint){
			.pointer = local_pointer(trying->wish, below, trying->arena), .sentence = sentence};
}

static void pass_on(struct trying *trying, const struct complaints *found)
{
	for (uint32_t i = 0; i < found->count; i++)
		complain(trying, arena_format(trying->arena, "/body%.*s", TEXT_ARG(found->items[i].pointer)),
		         arena_text(trying->arena, found->items[i].sentence));
}

/* ---------------------------------------------------------------- as lessons are looked at */

static void check_lesson(struct trying *trying, const struct lesson_written *event)
{
	struct markdown_page page;
	const char          *mistake;

	if (markdown_read(event->body, &trying->scratch, &page, &mistake) != STATUS_OK)
		complain(trying, TEXT("/body/body"), arena_text(trying->arena, text_from(mistake)));
	else if (page.broken.data)
		complain(trying, TEXT("/body/body"),
		         arena_format(trying->arena, "refers to something by what is no id: %.*s",
		                      TEXT_ARG(page.broken)));
}

static void check_shown(void *owner, const struct hash *hash, const struct wish_place *place)
{
	struct trying *trying = owner;
	char           name[ARCHIVE_MEDIA_NAME_SIZE + 1];

	if (trying->trial->has_medium(trying->trial->owner, hash))
		return;
	file_media_name(hash, name);
	complain(trying, arena_format(trying->arena, "/body%.*s", TEXT_ARG(wish_pointer(place, trying->arena))),
	         arena_format(trying->arena, "shows a file that is neither in the archive nor here: %s", name));
}

/* ---------------------------------------------------------------- as questions are */

static struct tried_version *latest_of(const struct trying *trying, struct id question)
{
	const uint64_t *place = map_get(&trying->questions, question.bytes);

	return place ? (struct tried_version *)(uintptr_t)*place : NULL;
}

static const struct question_written *version_of(const struct trying *trying, struct id question, uint32_t version)
{
	struct tried_version *tried = latest_of(trying, question);

	while (tried && tried->event->version != version)
		tried = tried->before;
	return tried ? tried->event : NULL;
}

static void check_question(struct trying *trying, const struct question_written *event)
{
	struct tried_version *tried = arena_new(trying->arena, struct tried_version);
	struct complaints    *found = arena_new(&trying->scratch, struct complaints);

	*tried = (struct tried_version){.event = event, .before = latest_of(trying, event->question)};
	*map_put(&trying->questions, event->question.bytes, NULL) = (uint64_t)(uintptr_t)tried;
	question_form_check(event, &trying->scratch, found);
	pass_on(trying, found);
}

static void check_key(struct trying *trying, const struct key_set *event)
{
	const struct question_written *question = version_of(trying, event->question, event->version);
	struct complaints             *found = arena_new(&trying->scratch, struct complaints);

	if (question)
		question_form_check_key(event, question, &trying->scratch, found);
	pass_on(trying, found);
}

static void check_pooled(struct trying *trying, const struct paper_question *pooled, uint32_t slot, uint32_t place)
{
	const struct tried_version *latest = latest_of(trying, pooled->question);
	const char                 *member = "question";
	struct text                 sentence = TEXT("is no question of this course");

	if (latest && latest->retired) {
		sentence = TEXT("is retired");
	} else if (latest) {
		if (version_of(trying, pooled->question, pooled->version))
			return;
		member = "version";
		sentence = TEXT("is no version of this question");
	}
	complain(trying, arena_format(trying->arena, "/body/slots/%u/pool/%u/%s", slot, place, member), sentence);
}

static void check_paper(struct trying *trying, const struct assessment_written *event)
{
	for (uint32_t i = 0; i < event->slots.count; i++)
		for (uint32_t j = 0; j < event->slots.items[i].pool.count; j++)
			check_pooled(trying, &event->slots.items[i].pool.items[j], i, j);
}

/* ---------------------------------------------------------------- one wish after the other */

static void check_event(struct trying *trying, const struct rehearsed_event *decided)
{
	struct tried_version *retired;

	switch (decided->type->number) {
	case EVENT_lesson_written:
		check_lesson(trying, decided->event);
		return;
	case EVENT_question_written:
		check_question(trying, decided->event);
		return;
	case EVENT_key_set:
		check_key(trying, decided->event);
		return;
	case EVENT_assessment_written:
		check_paper(trying, decided->event);
		return;
	case EVENT_question_retired:
		retired = latest_of(trying, ((const struct question_retired *)decided->event)->question);
		if (retired)
			retired->retired = true;
		return;
	default:
		return;
	}
}

static void tell_events(const struct rehearsed *rehearsed, struct buffer *events)
{
	for (uint32_t i = 0; i < rehearsed->event_count; i++)
		buffer_format(events, "%s\"%s\"", events->size > 0 ? "," : "", rehearsed->events[i].type->name);
}

static enum status try_wish(struct trying *trying, struct rehearsal *rehearsal, struct buffer *events)
{
	const struct shown_visitor visitor = {.owner = trying, .shown = check_shown};
	struct rehearsed           rehearsed;
	enum status                status =
		rehearsal_try(rehearsal, trying->wish->command, trying->wish->input, trying->arena, &rehearsed);

	if (status != STATUS_OK)
		return status;
	if (rehearsed.refusal != REFUSAL_none)
		complain(trying, TEXT(""), text_from(refusal_types[rehearsed.refusal].sentence));
	for (uint32_t i = 0; i < rehearsed.event_count; i++)
		check_event(trying, &rehearsed.events[i]);
	file_walk_shown(trying->wish, &visitor);
	tell_events(&rehearsed, events);
	arena_reset(&trying->scratch);
	return STATUS_OK;
}

enum status course_trial(const struct course_trial *trial, const struct wishes *wishes, struct complaints *complaints,
                         struct buffer *events)
{
	struct trying     trying = {.trial = trial,
	                            .arena = wishes->arena,
	                            .complaints = complaints,
	                            .questions = {.key_size = sizeof(struct id)}};
	struct rehearsal *rehearsal = rehearsal_create(&trial->rules);
	enum status       status = STATUS_OK;

	for (uint32_t i = 0; i < wishes->count && status == STATUS_OK && complaints->count < COMPLAINTS_MAX; i++) {
		trying.wish = &wishes->items[i];
		status = try_wish(&trying, rehearsal, events);
	}
	rehearsal_destroy(rehearsal);
	map_finish(&trying.questions);
	arena_finish(&trying.scratch);
	return status;
}
