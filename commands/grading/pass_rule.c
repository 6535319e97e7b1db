#include "commands/grading/pass_rule.h"

#include "schema/events.h"

enum { COURSE_EVENTS_MAX = 1000 * 1000, ENROLMENT_EVENTS_MAX = 1000 * 1000 };

struct pass_edition {
	struct pass_edition *next;
	struct id            edition;
	struct pass_score    score;
};

/* One stream is read at a time: what is sought in it, and what was found. */
struct search {
	struct pass_rules *rules;
	struct arena       arena; /* of one event */
	uint64_t           until;
	struct id          found;
	enum status        status;
};

/* False: it cannot be read, and search->status says why. */
static bool open_event(struct search *search, const struct record *record, const void **event)
{
	const struct event_type *type;

	search->status = record_event(record, NULL, &search->arena, &type, event);
	return search->status == STATUS_OK;
}

static enum status search_stream(struct search *search, struct reader *reader, struct id stream, uint32_t limit,
                                 reader_visit visit)
{
	enum status status = reader_stream(reader, stream, 1, limit, visit, search);

	arena_finish(&search->arena);
	return status == STATUS_OK ? search->status : status;
}

/* ---------------------------------------------------------------- what editions ask for */

static bool note_course(void *owner, const struct record *record)
{
	struct search *search = owner;
	const void    *event;

	if (record->number == EVENT_assessment_written && open_event(search, record, &event))
		search->found = ((const struct assessment_written *)event)->course;
	return false;
}

static void keep_edition(struct pass_rules *rules, const struct course_published *published)
{
	struct pass_edition *edition = arena_new(&rules->arena, struct pass_edition);

	*edition = (struct pass_edition){.next = rules->editions, .edition = published->edition};
	for (uint32_t i = 0; i < published->items.count; i++) {
		const struct edition_item *item = &published->items.items[i];

		if (id_equal(item->item, rules->assessment) && item->rule == COMPLETION_RULE_score)
			edition->score = (struct pass_score){.asked = true, .min = item->score_min};
	}
	rules->editions = edition;
}

static bool note_edition(void *owner, const struct record *record)
{
	struct search *search = owner;
	const void    *event;

	if (record->position > search->until)
		return false;
	if (record->number != EVENT_course_published)
		return true;
	if (open_event(search, record, &event))
		keep_edition(search->rules, event);
	arena_reset(&search->arena);
	return search->status == STATUS_OK;
}

enum status pass_rules_read(struct pass_rules *rules, struct reader *reader, struct id assessment, uint64_t until)
{
	struct search search = {.rules = rules, .until = until};
	struct id     course;
	enum status   status;

	rules->assessment = assessment;
	rules->until = until;
	status = search_stream(&search, reader, assessment, 1, note_course);
	course = search.found;
	if (status != STATUS_OK || !id_present(course))
		return status;
	search = (struct search){.rules = rules, .until = until};
	return search_stream(&search, reader, course, COURSE_EVENTS_MAX, note_edition);
}

/* ---------------------------------------------------------------- which edition a learner is on */

static bool note_learner(void *owner, const struct record *record)
{
	struct search *search = owner;
	const void    *event;

	if (record->position > search->until)
		return false;
	if (record->number != EVENT_learner_enrolled && record->number != EVENT_learner_moved_on)
		return true;
	if (open_event(search, record, &event))
		search->found = record->number == EVENT_learner_enrolled
		                        ? ((const struct learner_enrolled *)event)->edition
		                        : ((const struct learner_moved_on *)event)->edition;
	arena_reset(&search->arena);
	return search->status == STATUS_OK;
}

enum status pass_rules_of(const struct pass_rules *rules, struct reader *reader, struct id enrolment,
                          struct pass_score *out)
{
	struct search search = {.until = rules->until};
	enum status   status = search_stream(&search, reader, enrolment, ENROLMENT_EVENTS_MAX, note_learner);

	if (status != STATUS_OK)
		return status;
	*out = (struct pass_score){.asked = false};
	for (const struct pass_edition *edition = rules->editions; edition; edition = edition->next)
		if (id_equal(edition->edition, search.found))
			*out = edition->score;
	return STATUS_OK;
}

void pass_rules_finish(struct pass_rules *rules)
{
	arena_finish(&rules->arena);
}
