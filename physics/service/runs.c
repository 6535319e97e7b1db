/* The runs that somebody wants: each is computed once, whoever asks, and everybody hears what comes of it. */
#include "eventstore/base/clock.h"
#include "eventstore/base/deflate.h"
#include "eventstore/base/diag.h"
#include "eventstore/base/require.h"
#include "physics/service/broker_parts.h"

#include <endian.h>
#include <stdlib.h>

enum { US_PER_MS = 1000 };

/* ---------------------------------------------------------------- wishes */

static void wish_add(struct client *client, uint64_t number, struct run *run)
{
	struct wish *wish = calloc(1, sizeof(*wish));

	require(wish != NULL);
	wish->client = client;
	wish->run = run;
	wish->number = number;
	list_append(&run->wishes, &wish->in_run);
	list_append(&client->wishes, &wish->in_client);
	client->wish_count++;
}

static void wish_end(struct wish *wish)
{
	list_remove(&wish->in_run);
	list_remove(&wish->in_client);
	wish->client->wish_count--;
	free(wish);
}

/* The wish's client hears a word, and unless it goes on the wish is over. */
static void tell_all(struct run *run, enum simulator_word word, const struct shape *shape, const void *message)
{
	bool         last = word == SIMULATOR_DONE || word == SIMULATOR_FAILED;
	struct wish *wish, *next;

	list_each_safe (wish, next, &run->wishes, in_run) {
		struct client *client = wish->client;
		uint64_t       number = wish->number;

		if (last)
			wish_end(wish);
		client_say(client, word, number, shape, message);
	}
}

static void tell_progress(struct run *run)
{
	struct run_progress progress = {.available = run->track.available};

	tell_all(run, SIMULATOR_PROGRESS, &run_progress_shape, &progress);
}

static void say_accepted(struct client *client, uint64_t number, const struct run *run, bool shared)
{
	struct run_accepted accepted = run->accepted;

	accepted.cached = run->state == RUN_STATE_KEPT;
	accepted.shared = shared;
	accepted.ahead = run->state == RUN_STATE_WAITING ? queue_waiting(run->broker->queue) - 1 : 0;
	client_say(client, SIMULATOR_ACCEPTED, number, &run_accepted_shape, &accepted);
}

/* ---------------------------------------------------------------- beginnings */

static void refuse(struct client *client, uint64_t number, enum queue_verdict verdict, uint32_t retry_after_s)
{
	struct run_failed failure = {.retry_after_s = retry_after_s};

	client->broker->counts.refused++;
	failure.code = TEXT("simulator_busy");
	failure.sentence = TEXT("Too many runs wait already; try again later.");
	if (verdict == QUEUE_TOO_MANY) {
		failure.code = TEXT("too_many_runs");
		failure.sentence = TEXT("As many of your runs wait as one person may have; wait until some are done.");
	} else if (verdict == QUEUE_SPENT) {
		failure.code = TEXT("budget_spent");
		failure.sentence = TEXT("The computing time of this hour is used up; it comes back by and by.");
	}
	client_fail(client, number, &failure);
}

static struct run *run_of(struct broker *broker, struct bytes scene, const struct scene_brief *brief)
{
	struct run *run = run_create(broker, scene);

	run->accepted = (struct run_accepted){
		.scene_hash = brief->scene_hash,
		.run_hash = brief->run_hash,
		.engine = brief->engine,
		.mode = arena_text(&run->arena, brief->mode),
		.reason = arena_text(&run->arena, brief->reason),
		.frames = brief->frames,
		.fps = brief->fps,
		.bodies = brief->bodies,
		.series = brief->series,
		.quantum = brief->quantum,
		.eta_ms = (uint32_t)(brief->cost_us / US_PER_MS) + 1,
	};
	run->place.cost_us = brief->cost_us;
	run->track.series = brief->series;
	return run;
}

/* Whoever wants it computed. */
struct asking {
	struct client  *client;
	uint64_t        number;
	struct id       person;
	enum run_budget budget;
	bool            fresh, owed;
};

static void begin(const struct asking *asking, struct bytes scene, const struct scene_brief *brief)
{
	struct broker     *broker = asking->client->broker;
	struct run        *run = run_of(broker, scene, brief);
	uint32_t           retry_after_s;
	enum queue_verdict verdict;

	run->place.budget = asking->budget;
	run->place.owed = asking->owed;
	verdict = queue_enter(broker->queue, asking->person, &run->place, clock_monotonic_us(), &retry_after_s);
	if (verdict != QUEUE_TAKEN) {
		run_free(broker, run);
		refuse(asking->client, asking->number, verdict, retry_after_s);
		return;
	}
	broker->counts.runs++;
	run->fresh = asking->fresh;
	if (!run->fresh)
		run_list(broker, run);
	list_append(&broker->under_way, &run->link);
	wish_add(asking->client, asking->number, run);
	say_accepted(asking->client, asking->number, run, false);
	runs_serve(broker);
}

static void join(const struct asking *asking, struct run *run)
{
	struct broker *broker = asking->client->broker;

	if (run->state == RUN_STATE_KEPT) {
		broker->counts.cached++;
		say_accepted(asking->client, asking->number, run, false);
		client_say(asking->client, SIMULATOR_DONE, asking->number, &run_done_shape, &run->done);
		return;
	}
	broker->counts.shared++;
	queue_raise(&run->place, asking->budget);
	wish_add(asking->client, asking->number, run);
	say_accepted(asking->client, asking->number, run, true);
	if (run->track.available > 0) {
		struct run_progress progress = {.available = run->track.available};

		client_say(asking->client, SIMULATOR_PROGRESS, asking->number, &run_progress_shape, &progress);
	}
}

/* ---------------------------------------------------------------- words of clients */

static bool understood(struct client *client, uint64_t number, struct bytes scene, struct scene_brief *brief)
{
	struct run_failed failure = {.code = TEXT("invalid_scene")};

	if (scene.size <= SIMULATOR_SCENE_BYTES_MAX
	    && scene_brief(scene, &client->broker->arena, brief, &failure.sentence) == STATUS_OK)
		return true;
	if (!failure.sentence.data)
		failure.sentence = TEXT("The scene is larger than a scene may be.");
	client->broker->counts.refused++;
	client_fail(client, number, &failure);
	return false;
}

void runs_wish(struct client *client, uint64_t number, const struct run_wish *wish)
{
	struct asking asking = {
		.client = client,
		.number = number,
		.person = wish->person,
		.budget = wish->budget >= RUN_INTERACTIVE && wish->budget <= RUN_BATCH ? (enum run_budget)wish->budget
	                                                                               : RUN_NORMAL,
		.fresh = wish->fresh,
		.owed = wish->owed,
	};
	struct scene_brief brief = {0};
	struct run        *run;

	if (!understood(client, number, wish->scene, &brief))
		return;
	run = asking.fresh ? NULL : keep_find(client->broker, &brief.run_hash);
	if (run)
		join(&asking, run);
	else
		begin(&asking, wish->scene, &brief);
}

/* Its frames are gone, and somebody wants them: the same scene gives them again, on the same engine. */
static void compute_again(const struct asking *asking, struct run *run)
{
	struct broker     *broker = asking->client->broker;
	struct bytes       scene = arena_bytes(&broker->arena, run->scene);
	struct scene_brief brief = {0};
	struct run_failed  failure = {
		 .code = TEXT("other_engine"),
		 .sentence =
			 TEXT("The frames are not kept any more, and the engine that made them is not there either."),
        };

	if (!understood(asking->client, asking->number, scene, &brief))
		return;
	if (!hash_equal(&brief.run_hash, &run->accepted.run_hash)) {
		client_fail(asking->client, asking->number, &failure);
		return;
	}
	if (run->saving) {
		join(asking, run);
		return;
	}
	keep_drop(run);
	begin(asking, scene, &brief);
}

/* Whoever watches without saying who they are: all of them have one allowance. */
static const struct id visitors = {.bytes = "visitors"};

void runs_watch(struct client *client, uint64_t number, const struct run_watch *watch)
{
	struct asking     asking = {.client = client,
	                            .number = number,
	                            .person = id_present(watch->person) ? watch->person : visitors,
	                            .budget = RUN_NORMAL};
	struct run       *run = keep_find(client->broker, &watch->run_hash);
	struct run_failed failure = {.code = TEXT("not_kept"), .sentence = TEXT("This run is not kept here.")};

	if (!run)
		client_fail(client, number, &failure);
	else if (watch->frames && run->state == RUN_STATE_KEPT && run->done.expired)
		compute_again(&asking, run);
	else
		join(&asking, run);
}

void runs_fetch(struct client *client, uint64_t number, const struct run_fetch *fetch)
{
	struct broker    *broker = client->broker;
	struct run       *run = keep_find(broker, &fetch->run_hash);
	struct run_failed failure = {.code = TEXT("not_kept"), .sentence = TEXT("This run is not kept here.")};
	struct run_frames frames = {0};
	struct buffer     bytes = {0};

	if (run && keep_read(run, fetch, &bytes, &frames) == STATUS_OK)
		client_say(client, SIMULATOR_FRAMES, number, &run_frames_shape, &frames);
	else
		client_fail(client, number, &failure);
	buffer_finish(&bytes);
}

/* Nobody waits for it any more. */
static void abandon(struct run *run)
{
	struct broker *broker = run->broker;

	if (run->state == RUN_STATE_KEPT || !list_empty(&run->wishes))
		return;
	broker->counts.cancelled++;
	run_unlist(broker, run);
	if (run->state == RUN_STATE_RUNNING) {
		pool_stop_job(run->worker, "cancelled", "Nobody waited for the run any more.");
		return;
	}
	queue_leave(broker->queue, &run->place, 0, clock_monotonic_us());
	run_free(broker, run);
}

void runs_cancel(struct client *client, uint64_t number)
{
	struct run_failed failure = {.code = TEXT("cancelled"), .sentence = TEXT("The run was cancelled.")};
	struct wish      *wish, *next;

	list_each_safe (wish, next, &client->wishes, in_client) {
		struct run *run = wish->run;

		if (wish->number != number)
			continue;
		failure.frame = run->track.available;
		wish_end(wish);
		client_fail(client, number, &failure);
		abandon(run);
		return;
	}
}

void runs_leave(struct client *client)
{
	while (!list_empty(&client->wishes)) {
		struct wish *wish = container_of(client->wishes.next, struct wish, in_client);
		struct run  *run = wish->run;

		wish_end(wish);
		abandon(run);
	}
}

/* ---------------------------------------------------------------- the work */

void runs_serve(struct broker *broker)
{
	struct worker      *worker;
	struct queue_place *place;

	while (!broker->stopping && (worker = pool_idle(broker)) != NULL
	       && (place = queue_take(broker->queue, clock_monotonic_us())) != NULL) {
		struct run *run = container_of(place, struct run, place);

		run->state = RUN_STATE_RUNNING;
		pool_work(worker, run);
	}
}

enum status runs_take_piece(struct run *run, struct bytes piece)
{
	size_t      row = run->track.series * sizeof(double);
	enum status status = STATUS_OK;

	while (piece.size > 0 && status == STATUS_OK) {
		uint32_t size;

		if (piece.size < sizeof(size))
			return STATUS_CORRUPT;
		memcpy(&size, piece.data, sizeof(size));
		size = le32toh(size);
		piece = BYTES(piece.data + sizeof(size), piece.size - sizeof(size));
		if (piece.size < row || size > piece.size - row || run->track.available == run->accepted.frames)
			return STATUS_CORRUPT;
		status = track_add(&run->track, BYTES(piece.data, size), BYTES(piece.data + size, row));
		piece = BYTES(piece.data + size + row, piece.size - size - row);
		run->broker->counts.frames++;
	}
	tell_progress(run);
	return status;
}

/* What a worker packed must be what it said before: it is what others will be shown. */
enum status runs_take_packed(struct run *run, struct bytes body)
{
	struct buffer said = {0}, unpacked = {0};
	struct bytes  packed = {0};
	uint32_t      size = 0;
	enum status   status = STATUS_CORRUPT;

	if (body.size <= sizeof(size))
		return status;
	memcpy(&size, body.data, sizeof(size));
	size = le32toh(size);
	packed = BYTES(body.data + sizeof(size), body.size - sizeof(size));
	track_raw(&run->track, &said);
	if (size == said.size && zlib_open(packed, size, &unpacked) == STATUS_OK
	    && bytes_equal(buffer_bytes(&said), buffer_bytes(&unpacked)))
		status = track_close(&run->track, packed, size);
	buffer_finish(&said);
	buffer_finish(&unpacked);
	return status;
}

/* The same scene on the same engine cannot come out otherwise. */
static void compare(struct broker *broker, const struct run *run)
{
	struct run *kept = keep_find(broker, &run->accepted.run_hash);
	char        name[HASH_HEX_SIZE];

	if (!kept || kept->state != RUN_STATE_KEPT
	    || hash_equal(&kept->done.trajectory_hash, &run->done.trajectory_hash))
		return;
	hash_hex(&run->accepted.run_hash, name);
	diag(DIAG_ERROR, "run_not_reproduced", "%s came out otherwise than before", name);
}

void runs_end(struct run *run, const struct run_done *done, uint64_t cpu_us)
{
	struct broker *broker = run->broker;

	if (done->frames != run->track.available || run->track.open.count > 0) {
		struct run_failed failure = {.code = TEXT("crashed"),
		                             .sentence = TEXT("The run ended with frames missing."),
		                             .frame = run->track.available};

		runs_break(run, &failure, cpu_us);
		return;
	}
	run->done = *done;
	run->done.scene_hash = run->accepted.scene_hash;
	run->done.run_hash = run->accepted.run_hash;
	run->done.engine = run->accepted.engine;
	run->done.mode = run->accepted.mode;
	run->done.cpu_us = cpu_us;
	broker->counts.cpu_us += cpu_us;
	queue_leave(broker->queue, &run->place, cpu_us, clock_monotonic_us());
	tell_progress(run);
	tell_all(run, SIMULATOR_DONE, &run_done_shape, &run->done);
	if (run->fresh)
		compare(broker, run);
	if (run->listed)
		keep_take(run);
	else
		run_free(broker, run);
}

void runs_break(struct run *run, const struct run_failed *failure, uint64_t cpu_us)
{
	struct broker *broker = run->broker;

	broker->counts.failed++;
	broker->counts.cpu_us += cpu_us;
	queue_leave(broker->queue, &run->place, cpu_us, clock_monotonic_us());
	tell_all(run, SIMULATOR_FAILED, &run_failed_shape, failure);
	run_free(broker, run);
}

void runs_stop_all(struct broker *broker)
{
	struct run_failed failure = {.code = TEXT("stopping"),
	                             .sentence = TEXT("The simulator is shutting down; try again."),
	                             .retry_after_s = 1};
	struct run       *run, *next;

	list_each_safe (run, next, &broker->under_way, link) {
		failure.frame = run->track.available;
		runs_break(run, &failure, 0);
	}
}
