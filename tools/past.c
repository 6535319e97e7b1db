#include "tools/past.h"

#include "eventstore/base/require.h"
#include "tools/kept_view.h"

#include <stdlib.h>

static bool unseal(struct desk *desk, const struct desk_wish *wish, const struct event_wish *wanted)
{
	struct looks looks = {0};

	desk->code = EXIT_FAILURE;
	return !wish->unseal
	       || (looks_gather(&looks, desk, wanted, UINT64_MAX, false) == STATUS_OK
	           && looks_unseal(&looks, desk, wish));
}

bool past_open(struct past *past, struct desk *desk, const struct desk_wish *wish, const char *stream)
{
	const char       *noun;
	struct event_wish wanted = {0};

	*past = (struct past){.desk = desk};
	if (!desk_find_stream(desk, stream, &noun, &past->id))
		return false;
	past->noun = noun_type_by_name(text_from(noun));
	past->before = calloc(1, past->noun->state->size);
	past->state = calloc(1, past->noun->state->size);
	require(past->before && past->state);
	wanted.stream = past->id;
	past->selection = selection_create(desk->reader, &wanted, desk->head, false);
	return unseal(desk, wish, &wanted);
}

void past_finish(struct past *past)
{
	selection_destroy(past->selection);
	arena_finish(&past->arena);
	free(past->before);
	free(past->state);
}

/* Sealed texts become what kept_view shows as "(sealed at …)". */
static enum status stand_in(void *owner, struct id person, struct text label, struct bytes sealed, struct arena *arena,
                            struct text *clear)
{
	const uint64_t *position = owner;

	*clear = kept_stand_in(*position, arena_alloc(arena, KEPT_TEXT_SIZE_MIN));
	return STATUS_OK;
}

static bool is_of_noun(const struct past *past, const struct event_view *view)
{
	for (uint8_t i = 0; i < view->record->stream_count; i++) {
		const char *noun = event_view_noun(view, i);

		if (noun && id_equal(view->record->streams[i].id, past->id) && noun_views(past->noun, noun))
			return true;
	}
	return !view->type;
}

static void fold(struct past *past, const struct record *record)
{
	uint64_t                 position = record->position;
	const struct opener      sealed = {.owner = &position, .open = stand_in};
	const struct event_type *type;
	const void              *event;
	enum status              status =
		record_event(record, past->desk->opener ? past->desk->opener : &sealed, &past->arena, &type, &event);

	memcpy(past->before, past->state, past->noun->state->size);
	if (status == STATUS_OK)
		noun_fold(past->noun, record->number, past->state, event);
	arena_reset(&past->arena);
}

static void take_in(void *owner, const struct event_view *view)
{
	struct past         *past = owner;
	const struct record *record = view->record;

	past->stopped = past->until && !place_covers(past->until, record->position, record->time_us);
	if (past->stopped)
		return;
	past->foreign = !is_of_noun(past, view);
	if (past->foreign)
		return;
	fold(past, record);
	past->version = record_version_in(record, past->id);
	past->position = record->position;
	past->time_us = record->time_us;
	if (past->visit)
		past->visit(past->owner, view);
}

enum status past_run(struct past *past, const struct place *until, desk_visit visit, void *owner)
{
	enum status status = STATUS_OK;

	past->until = until;
	past->visit = visit;
	past->owner = owner;
	past->stopped = false;
	while (status == STATUS_OK && !past->broken) {
		if (past->next == past->count) {
			past->next = 0;
			status = selection_next(past->selection, past->positions, array_count(past->positions),
			                        &past->count);
			if (status != STATUS_OK || past->count == 0)
				break;
		}
		status = desk_show(past->desk, &past->positions[past->next], 1, take_in, past);
		past->broken = past->foreign || past->desk->damaged > 0;
		if (past->stopped)
			break;
		past->next++;
	}
	return status;
}

int past_judge(const struct past *past)
{
	if (past->version > 0 && !past->foreign)
		return EXIT_SUCCESS;
	if (past->foreign)
		desk_complain(past->desk, "The stream of that id is not a %s's.", past->noun->state->name);
	else
		desk_complain(past->desk, "There is no event of that %s%s.", past->noun->state->name,
		              past->stopped ? " so early" : "");
	return AUDIT_NOT_FOUND;
}
