/* What the outline of a draft shows and the course has not: GET /courses/{course}/check tells it, and publishing is
 * refused for it. Authors write a lesson before the question that it embeds, so nothing is said earlier.
 *
 * No decider can see this: a lesson may embed hundreds of questions, each with a stream of its own. The draft is read
 * from the log a moment before the command is decided; what is there then does not go away, since neither questions nor
 * files are ever taken out of a course. */
#include "api/archive/draft.h"
#include "api/archive/file.h"
#include "api/course_access.h"
#include "api/media_store.h"
#include "api/preparation.h"
#include "api/reply.h"
#include "eventstore/base/base64.h"
#include "eventstore/base/map.h"
#include "schema/commands.h"
#include "schema/refusals.h"

#include <unistd.h>

enum { MISSING_MAX = 256 };

struct missing {
	struct id   item;     /* the lesson or assessment that shows it */
	struct text title;    /* its title */
	struct id   question; /* embedded; absent: a file is missing */
	struct text medium;   /* its hash */
};

struct checking {
	struct exchange *exchange;
	struct wishes    wishes;
	struct map       questions; /* of the course, as a set */
	struct map       placed;    /* in the outline, as a set */
	struct map       asked;     /* question ids to the wish of the assessment that asks them, from 1 */
	struct missing  *missing;
	uint32_t         count;
	struct missing   at; /* where it is looked at */
};

/* ---------------------------------------------------------------- looking */

static void note(struct checking *checking, struct id question, struct text medium)
{
	if (checking->count == MISSING_MAX)
		return;
	checking->missing[checking->count] = checking->at;
	checking->missing[checking->count].question = question;
	checking->missing[checking->count++].medium = medium;
}

static void see_mention(void *owner, enum wish_mention mention, struct id *id, const struct wish_place *place)
{
	struct checking *checking = owner;

	if (mention == WISH_EMBEDS && !map_get(&checking->questions, id->bytes))
		note(checking, *id, TEXT_NONE);
}

static void see_shown(void *owner, const struct hash *hash, const struct wish_place *place)
{
	struct checking *checking = owner;
	struct exchange *exchange = checking->exchange;
	uint64_t         size;
	int              file;

	if (media_store_open(exchange->lane->service->data, hash, &file, &size) == STATUS_OK)
		close(file);
	else
		note(checking, ID_NONE, arena_base64(&exchange->arena, BYTES(hash->bytes, sizeof(hash->bytes))));
}

static void look_at(struct checking *checking, const struct wish *wish)
{
	const struct wish_visitor  mentions = {.owner = checking, .id = see_mention};
	const struct shown_visitor files = {.owner = checking, .shown = see_shown};

	wish_walk(wish, &mentions);
	file_walk_shown(wish, &files);
}

static void look_at_item(struct checking *checking, const struct wish *wish, struct id item, struct text title)
{
	if (!map_get(&checking->placed, item.bytes))
		return;
	checking->at = (struct missing){.item = item, .title = title};
	look_at(checking, wish);
}

/* Questions are looked at for the assessments that ask them. */
static void look_at_question(struct checking *checking, const struct wish *wish, struct id question)
{
	const uint64_t                *place = map_get(&checking->asked, question.bytes);
	const struct write_assessment *asking = place ? checking->wishes.items[*place - 1].input : NULL;

	if (asking)
		look_at_item(checking, wish, asking->assessment, asking->title);
}

/* ---------------------------------------------------------------- gathering what is there */

static void gather_outline(struct checking *checking, const struct change_outline *outline)
{
	for (uint32_t i = 0; i < outline->sections.count; i++)
		for (uint32_t j = 0; j < outline->sections.items[i].items.count; j++)
			map_put(&checking->placed, outline->sections.items[i].items.items[j].item.bytes, NULL);
}

static void gather_paper(struct checking *checking, const struct write_assessment *assessment, uint32_t wish)
{
	for (uint32_t i = 0; i < assessment->slots.count; i++)
		for (uint32_t j = 0; j < assessment->slots.items[i].pool.count; j++)
			*map_put(&checking->asked, assessment->slots.items[i].pool.items[j].question.bytes, NULL) =
				wish + 1;
}

/* The wishes are told apart by their commands' names, which the compiler does not know. */
static bool is(const struct wish *wish, const char *command)
{
	return strcmp(wish->command->name, command) == 0;
}

static void gather(struct checking *checking)
{
	for (uint32_t i = 0; i < checking->wishes.count; i++) {
		const struct wish *wish = &checking->wishes.items[i];

		if (is(wish, "write_question"))
			map_put(&checking->questions, ((struct write_question *)wish->input)->question.bytes, NULL);
		else if (is(wish, "change_outline"))
			gather_outline(checking, wish->input);
		else if (is(wish, "write_assessment"))
			gather_paper(checking, wish->input, i);
	}
}

static void look(struct checking *checking)
{
	for (uint32_t i = 0; i < checking->wishes.count; i++) {
		const struct wish             *wish = &checking->wishes.items[i];
		const struct write_lesson     *lesson = wish->input;
		const struct write_assessment *assessment = wish->input;

		if (is(wish, "write_lesson"))
			look_at_item(checking, wish, lesson->lesson, lesson->title);
		else if (is(wish, "write_assessment"))
			look_at_item(checking, wish, assessment->assessment, assessment->title);
		else if (is(wish, "write_question"))
			look_at_question(checking, wish, ((struct write_question *)wish->input)->question);
		else if (is(wish, "revise_question"))
			look_at_question(checking, wish, ((struct revise_question *)wish->input)->question);
	}
}

/* ---------------------------------------------------------------- on a worker thread */

struct staff_walk {
	struct id        course, person;
	struct arena     scratch;
	enum course_role role;
};

static bool see_staff(void *owner, const struct record *record)
{
	struct staff_walk         *walk = owner;
	const struct event_type   *type;
	const void                *event;
	const struct staff_joined *joined;

	if (record->number != EVENT_staff_joined && record->number != EVENT_staff_left)
		return true;
	if (record_event(record, NULL, &walk->scratch, &type, &event) != STATUS_OK)
		return false;
	joined = event;
	if (record->number == EVENT_staff_joined && id_equal(joined->member, walk->person))
		walk->role = joined->role;
	else if (record->number == EVENT_staff_left
	         && id_equal(((const struct staff_left *)event)->member, walk->person))
		walk->role = 0;
	arena_reset(&walk->scratch);
	return true;
}

/* Whoever may not publish is told so by the decider, and nothing of the draft. */
static bool may_publish(const struct exchange *exchange, struct reader *reader, struct id course)
{
	struct staff_walk walk = {.course = course, .person = exchange->claims.user};
	enum status       status = reader_stream(reader, course, 1, UINT32_MAX, see_staff, &walk);

	arena_finish(&walk.scratch);
	return (exchange->claims.roles & TOKEN_ROLE(ROLE_admin))
	       || (status == STATUS_OK && course_role_gives(walk.role, COURSE_RIGHT_RUN));
}

static enum status read_draft(struct checking *checking, struct reader *reader, struct id course)
{
	uint64_t    head;
	enum status status = reader_head(reader, &head);

	if (status == STATUS_OK && checking->exchange->command && !may_publish(checking->exchange, reader, course))
		return STATUS_NOT_FOUND;
	return status == STATUS_OK ? draft_read(reader, course, head, &checking->wishes) : status;
}

static void run_check(struct work *work)
{
	struct exchange *exchange = container_of(work, struct exchange, work);
	struct checking *checking = exchange->own;
	struct reader   *reader;

	exchange->status = reader_open(exchange->lane->service->data, &reader);
	if (exchange->status != STATUS_OK)
		return;
	exchange->status = read_draft(checking, reader, *(struct id *)exchange_field(exchange, "course"));
	reader_close(reader);
	if (exchange->status == STATUS_OK) {
		gather(checking);
		look(checking);
	}
	map_finish(&checking->questions);
	map_finish(&checking->placed);
	map_finish(&checking->asked);
}

static enum pace check(struct exchange *exchange)
{
	struct checking *checking = arena_new(&exchange->arena, struct checking);

	*checking = (struct checking){.exchange = exchange,
	                              .wishes = {.arena = &exchange->arena},
	                              .questions = {.key_size = sizeof(struct id)},
	                              .placed = {.key_size = sizeof(struct id)},
	                              .asked = {.key_size = sizeof(struct id)},
	                              .missing = arena_array(&exchange->arena, struct missing, MISSING_MAX)};
	exchange->own = checking;
	return exchange_work_on(exchange, exchange->lane->service->packers, run_check);
}

/* ---------------------------------------------------------------- publishing */

static struct text sentence_of(struct exchange *exchange, const struct missing *missing)
{
	char id[ID_TEXT_SIZE + 1];

	if (missing->medium.data)
		return arena_format(&exchange->arena, "\"%.*s\" shows a file that is not there: %.*s",
		                    TEXT_ARG(missing->title), TEXT_ARG(missing->medium));
	id_format(missing->question, id);
	return arena_format(&exchange->arena, "\"%.*s\" embeds a question that the course has not: %s",
	                    TEXT_ARG(missing->title), id);
}

static enum pace say_missing(struct exchange *exchange, const struct checking *checking)
{
	struct complaints *complaints = arena_new(&exchange->arena, struct complaints);
	struct problem     problem = {.http = 422,
	                              .name = "references_missing",
	                              .title = TEXT("The outline shows what is not there; nothing was published."),
	                              .complaints = complaints};

	for (uint32_t i = 0; i < checking->count && complaints->count < COMPLAINTS_MAX; i++) {
		char id[ID_TEXT_SIZE + 1];

		id_format(checking->missing[i].item, id);
		complaints->items[complaints->count++] =
			(struct complaint){.pointer = arena_format(&exchange->arena, "/items/%s", id),
		                           .sentence = sentence_of(exchange, &checking->missing[i])};
	}
	return exchange_problem(exchange, &problem);
}

/* Without a course to look at, the decider says why. */
static enum pace judge_publishing(struct exchange *exchange)
{
	const struct checking *checking = exchange->own;

	if (exchange->status == STATUS_NOT_FOUND)
		return GO_ON;
	if (exchange->status != STATUS_OK)
		return exchange_fail(exchange, exchange->status);
	return checking->count > 0 ? say_missing(exchange, checking) : GO_ON;
}

static exchange_step *const publish_steps[] = {check, judge_publishing, NULL};
const struct preparation    preparation_course_publish = {
	   .steps = publish_steps, .recalls_first = true, .decides_alone = true};

/* ---------------------------------------------------------------- telling */

static void append_missing(struct buffer *out, const struct missing *missing)
{
	buffer_append_text(out, TEXT("{\"item\":"));
	json_append_id(out, missing->item);
	buffer_append_text(out, TEXT(",\"title\":"));
	json_append_string(out, missing->title);
	if (missing->medium.data) {
		buffer_append_text(out, TEXT(",\"media\":"));
		json_append_string(out, missing->medium);
	} else {
		buffer_append_text(out, TEXT(",\"question\":"));
		json_append_id(out, missing->question);
	}
	buffer_append_text(out, TEXT("}"));
}

static enum pace tell(struct exchange *exchange)
{
	const struct checking *checking = exchange->own;
	struct buffer         *out = &exchange->out;

	if (exchange->status != STATUS_OK)
		return exchange_fail(exchange, exchange->status);
	buffer_append_text(out, TEXT("{\"missing\":["));
	for (uint32_t i = 0; i < checking->count; i++) {
		buffer_append_text(out, i > 0 ? TEXT(",") : TEXT(""));
		append_missing(out, &checking->missing[i]);
	}
	buffer_append_text(out, TEXT("]}"));
	return exchange_reply_json(exchange, exchange->route->http, buffer_bytes(out), TEXT_NONE);
}

static enum pace judge(struct exchange *exchange)
{
	return course_access_judge(exchange, COURSE_RIGHT_WORK);
}

static exchange_step *const check_steps[] = {
	course_access_await, course_access_check, course_access_ask, judge, check, tell, NULL,
};
const struct preparation preparation_course_check = {.steps = check_steps};
