#include "api/project_log.h"

/* ---------------------------------------------------------------- who somebody is */

struct standing_walk {
	struct id                person;
	struct project_standing *standing;
	bool                     shared; /* with everybody */
	bool                     hidden;
	struct arena             arena; /* of one event */
	enum status              status;
};

static void take_shared(struct standing_walk *walk, const struct project_shared *event)
{
	walk->shared = event->visibility == PROJECT_VISIBILITY_public;
	walk->standing->course = event->course;
}

static void take_event(struct standing_walk *walk, uint16_t number, const void *event)
{
	const struct project_joined *joined = event;
	const struct project_left   *left = event;

	if (number == EVENT_project_created) {
		walk->standing->exists = true;
		walk->standing->creator = ((const struct project_created *)event)->creator;
	} else if (number == EVENT_project_shared) {
		take_shared(walk, event);
	} else if (number == EVENT_project_joined && id_equal(joined->member, walk->person)) {
		walk->standing->role = joined->role;
	} else if (number == EVENT_project_left && id_equal(left->member, walk->person)) {
		walk->standing->role = 0;
	}
}

/* Revisions are the bulk of it, and are counted without being looked into. */
static bool visit_standing(void *owner, const struct record *record)
{
	struct standing_walk    *walk = owner;
	const struct event_type *type;
	const void              *event;

	switch (record->number) {
	case EVENT_project_revised:
		walk->standing->revision++;
		return true;
	case EVENT_project_hidden:
	case EVENT_project_shown:
		walk->hidden = record->number == EVENT_project_hidden;
		return true;
	case EVENT_project_created:
	case EVENT_project_shared:
	case EVENT_project_joined:
	case EVENT_project_left:
		walk->status = record_event(record, NULL, &walk->arena, &type, &event);
		if (walk->status == STATUS_OK)
			take_event(walk, record->number, event);
		arena_reset(&walk->arena);
		return walk->status == STATUS_OK;
	default:
		return true;
	}
}

enum status project_log_standing(struct reader *reader, struct id project, struct id person,
                                 struct project_standing *out)
{
	struct project_standing standing = {0};
	struct standing_walk    walk = {.person = person, .standing = &standing};
	enum status             status = reader_stream(reader, project, 1, UINT32_MAX, visit_standing, &walk);

	if (status == STATUS_OK)
		status = walk.status;
	standing.open = walk.shared && !walk.hidden;
	arena_finish(&walk.arena);
	if (status == STATUS_OK)
		*out = standing;
	return status;
}

/* ---------------------------------------------------------------- one revision */

struct revision_walk {
	const struct opener          *opener;
	struct arena                 *arena;
	const struct project_revised *found;
	enum status                   status;
};

/* The record's bytes are the log's own; what is kept is a copy. */
static bool visit_revision(void *owner, const struct record *record)
{
	struct revision_walk    *walk = owner;
	struct record            copy = *record;
	const struct event_type *type;
	const void              *event;

	copy.payload = arena_bytes(walk->arena, record->payload);
	walk->status = record_event(&copy, walk->opener, walk->arena, &type, &event);
	if (walk->status == STATUS_OK && record->number == EVENT_project_revised)
		walk->found = event;
	return false;
}

enum status project_log_revision(struct reader *reader, const struct opener *opener, struct id content,
                                 struct arena *arena, const struct project_revised **out)
{
	struct revision_walk walk = {.opener = opener, .arena = arena, .status = STATUS_NOT_FOUND};
	enum status          status = reader_stream(reader, content, 1, 1, visit_revision, &walk);

	if (status == STATUS_OK)
		status = walk.status;
	if (status == STATUS_OK && !walk.found)
		status = STATUS_NOT_FOUND;
	if (status == STATUS_OK)
		*out = walk.found;
	return status;
}
