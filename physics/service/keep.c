/* What is kept of runs: in memory what was used last, and on the shelf. Under way or kept, a run is found by its hash.
 */
#include "eventstore/base/diag.h"
#include "eventstore/base/require.h"
#include "physics/service/broker_parts.h"

#include <stdlib.h>

/* ---------------------------------------------------------------- runs */

struct run *run_create(struct broker *broker, struct bytes scene)
{
	struct run *run = calloc(1, sizeof(*run));

	require(run != NULL);
	run->broker = broker;
	run->scene = arena_bytes(&run->arena, scene);
	list_init(&run->wishes);
	list_init(&run->link);
	return run;
}

void run_list(struct broker *broker, struct run *run)
{
	bool fresh;

	*map_put(&broker->runs, &run->accepted.run_hash, &fresh) = (uint64_t)(uintptr_t)run;
	require(fresh);
	run->listed = true;
}

void run_unlist(struct broker *broker, struct run *run)
{
	if (run->listed)
		map_remove(&broker->runs, &run->accepted.run_hash);
	run->listed = false;
}

void run_free(struct broker *broker, struct run *run)
{
	require(!run->worker && !run->place.person && list_empty(&run->wishes) && !run->saving);
	run_unlist(broker, run);
	list_remove(&run->link);
	if (run->state == RUN_STATE_KEPT) {
		broker->kept_bytes -= run->bytes;
		broker->kept_count--;
	}
	track_finish(&run->track);
	arena_finish(&run->arena);
	free(run);
}

/* ---------------------------------------------------------------- memory */

static void count_bytes(struct run *run)
{
	run->broker->kept_bytes -= run->bytes;
	run->bytes = sizeof(*run) + run->arena.used + run->track.bytes + run->track.raw.capacity
	             + run->track.block_capacity * sizeof(*run->track.blocks);
	run->broker->kept_bytes += run->bytes;
}

/* What was used longest ago goes, but never the last one, which somebody is about to read. */
static void make_room(struct broker *broker)
{
	struct run *run, *next;

	list_each_safe (run, next, &broker->kept, link) {
		if (broker->kept_bytes <= broker->settings->memory_bytes_max || &next->link == &broker->kept)
			return;
		if (!run->saving)
			run_free(broker, run);
	}
}

static void keep_in_memory(struct run *run)
{
	run->state = RUN_STATE_KEPT;
	list_remove(&run->link);
	list_append(&run->broker->kept, &run->link);
	run->broker->kept_count++;
	count_bytes(run);
	make_room(run->broker);
}

void keep_touch(struct run *run)
{
	if (run->state != RUN_STATE_KEPT)
		return;
	list_remove(&run->link);
	list_append(&run->broker->kept, &run->link);
	count_bytes(run);
	make_room(run->broker);
}

/* ---------------------------------------------------------------- disk */

struct saving {
	uv_work_t     work;
	struct run   *run;
	const char   *folder;
	struct buffer file;
	enum status   status;
};

/* On a thread of libuv's. */
static void save(uv_work_t *work)
{
	struct saving *saving = container_of(work, struct saving, work);

	saving->status = shelf_write(saving->folder, &saving->run->accepted.run_hash, buffer_bytes(&saving->file),
	                             (uint32_t)(saving->run->done.cpu_us / 1000));
}

static void on_saved(uv_work_t *work, int cancelled)
{
	struct saving *saving = container_of(work, struct saving, work);
	struct run    *run = saving->run;

	run->saving = false;
	if (cancelled || saving->status != STATUS_OK)
		diag(DIAG_WARN, "run_not_kept", "%s", status_sentence(saving->status));
	else
		shelf_note(run->broker->shelf, &run->accepted.run_hash, saving->file.size,
		           (uint32_t)(run->done.cpu_us / 1000));
	buffer_finish(&saving->file);
	free(saving);
	if (!run->listed && list_empty(&run->wishes))
		run_free(run->broker, run);
	else
		make_room(run->broker);
}

static void keep_on_disk(struct run *run)
{
	struct saving   *saving = calloc(1, sizeof(*saving));
	struct buffer    accepted = {0}, done = {0};
	struct shelf_run on_shelf = {
		.hash = run->accepted.run_hash,
		.scene = run->scene,
		.track = run->track,
		.cpu_ms = (uint32_t)(run->done.cpu_us / 1000),
	};

	require(saving != NULL);
	message_append(&accepted, SIMULATOR_ACCEPTED, 0, &run_accepted_shape, &run->accepted);
	message_append(&done, SIMULATOR_DONE, 0, &run_done_shape, &run->done);
	on_shelf.accepted = BYTES(accepted.data + FRAME_HEADER_SIZE, accepted.size - FRAME_HEADER_SIZE);
	on_shelf.done = BYTES(done.data + FRAME_HEADER_SIZE, done.size - FRAME_HEADER_SIZE);
	shelf_compose(&on_shelf, true, &saving->file);
	buffer_finish(&accepted);
	buffer_finish(&done);
	saving->run = run;
	saving->folder = run->broker->settings->folder;
	run->saving = true;
	require(uv_queue_work(&run->broker->loop, &saving->work, save, on_saved) == 0);
}

void keep_take(struct run *run)
{
	if (run->broker->settings->disk_bytes_max > 0)
		keep_on_disk(run);
	keep_in_memory(run);
}

/* The texts of messages are views of the head; they must live as long as the run. */
static struct run *from_shelf(struct broker *broker, struct shelf_run *on_shelf)
{
	struct run  *run = run_create(broker, on_shelf->scene);
	struct bytes accepted = arena_bytes(&run->arena, on_shelf->accepted);
	struct bytes done = arena_bytes(&run->arena, on_shelf->done);

	if (message_decode(&run_accepted_shape, accepted, &run->arena, &run->accepted) != STATUS_OK
	    || message_decode(&run_done_shape, done, &run->arena, &run->done) != STATUS_OK
	    || !hash_equal(&run->accepted.run_hash, &on_shelf->hash)) {
		run_free(broker, run);
		return NULL;
	}
	run->track = on_shelf->track;
	run->track.series = run->accepted.series;
	on_shelf->track = (struct track){0};
	run->done.expired = run->done.frames > 0 && run->track.block_count == 0;
	return run;
}

static struct run *find_on_shelf(struct broker *broker, const struct hash *hash)
{
	struct shelf_run on_shelf;
	struct run      *run;

	if (shelf_load(broker->shelf, hash, &on_shelf) != STATUS_OK)
		return NULL;
	run = from_shelf(broker, &on_shelf);
	shelf_run_finish(&on_shelf);
	if (!run) {
		shelf_drop(broker->shelf, hash);
		return NULL;
	}
	run_list(broker, run);
	keep_in_memory(run);
	return run;
}

struct run *keep_find(struct broker *broker, const struct hash *hash)
{
	const uint64_t *value = map_get(&broker->runs, hash);
	struct run     *run = value ? (struct run *)(uintptr_t)*value : find_on_shelf(broker, hash);

	if (run)
		keep_touch(run);
	return run;
}

void keep_drop(struct run *run)
{
	struct broker *broker = run->broker;

	run_unlist(broker, run);
	if (!run->saving)
		run_free(broker, run);
}

/* ---------------------------------------------------------------- reading */

static enum status load(void *owner, const struct track_block *block, struct buffer *packed)
{
	struct run *run = owner;

	return shelf_block(run->broker->shelf, &run->accepted.run_hash, block, packed);
}

/* A block cannot be read: the file lost its frames to others meanwhile, or is damaged, and then goes. */
static void look_again(struct run *run)
{
	struct broker *broker = run->broker;
	struct hash    hash = run->accepted.run_hash;
	struct run    *again;

	if (run->state != RUN_STATE_KEPT)
		return;
	keep_drop(run);
	again = keep_find(broker, &hash);
	if (!again || again->track.block_count == 0)
		return;
	diag(DIAG_WARN, "kept_run_damaged", "a block of its frames; it is computed again");
	keep_drop(again);
	shelf_drop(broker->shelf, &hash);
}

enum status keep_read(struct run *run, const struct run_fetch *fetch, struct buffer *out, struct run_frames *what)
{
	enum status status = STATUS_OK;

	if (fetch->part == RUN_SCENE)
		*what = (struct run_frames){.available = run->track.available, .bytes = run->scene};
	else
		status = track_read(&run->track, fetch, load, run, out, what);
	what->complete = run->state == RUN_STATE_KEPT;
	if (status != STATUS_OK)
		look_again(run);
	return status;
}

void keep_free_all(struct broker *broker)
{
	struct run *run, *next;

	list_each_safe (run, next, &broker->kept, link)
		run_free(broker, run);
}
