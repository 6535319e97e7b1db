#include "commands/grading/scene_log.h"

#include "schema/events.h"

enum { SIMULATION_EVENTS_MAX = 100000 };

struct scene_search {
	struct arena *arena;
	uint32_t      version;
	struct bytes  packed;
	enum status   status;
};

static bool visit(void *owner, const struct record *record)
{
	struct scene_search        *search = owner;
	struct record               copy = *record;
	const struct event_type    *type;
	const void                 *event;
	const struct scene_written *written;

	if (record->number != EVENT_scene_written)
		return true;
	copy.payload = arena_bytes(search->arena, record->payload);
	search->status = record_event(&copy, NULL, search->arena, &type, &event);
	written = event;
	if (search->status == STATUS_OK && written->version == search->version)
		search->packed = written->packed;
	return search->status == STATUS_OK && !search->packed.data;
}

enum status scene_log_find(struct reader *reader, struct id simulation, uint32_t version, struct arena *arena,
                           struct bytes *out)
{
	struct scene_search search = {.arena = arena, .version = version};
	enum status         status = reader_stream(reader, simulation, 1, SIMULATION_EVENTS_MAX, visit, &search);

	if (status == STATUS_OK)
		status = search.status;
	if (status == STATUS_OK && !search.packed.data)
		status = STATUS_NOT_FOUND;
	if (status == STATUS_OK)
		*out = search.packed;
	return status;
}
