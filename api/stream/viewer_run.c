/* The run that a viewer looks at: the simulator's words on it, and its frames. */
#include "api/stream/viewer_parts.h"
#include "api/stream/words.h"
#include "api/websocket.h"
#include "eventstore/base/clock.h"

enum {
	PROGRESS_FRAMES = SIMULATOR_BLOCK_FRAMES, /* so many more are worth saying */
	RATE_MESSAGES = 10,                       /* a second, when frames are to come at a rate */
};

static const int64_t second_us = 1000 * 1000;

/* ---------------------------------------------------------------- saying */

void viewer_say(struct viewer *viewer, struct buffer *message)
{
	if (viewer->channel && http_channel_send(viewer->channel, true, buffer_bytes(message)) != STATUS_OK)
		http_channel_close(viewer->channel, WEBSOCKET_POLICY, TEXT("What is sent is not read."));
	buffer_finish(message);
}

void viewer_say_error(struct viewer *viewer, const char *code, const char *sentence)
{
	struct buffer message = {0};

	stream_say_error(&message, code, sentence);
	viewer_say(viewer, &message);
}

void viewer_say_away(struct viewer *viewer)
{
	viewer_say_error(viewer, "simulator_away", "The simulator does not answer; try again in a moment.");
}

/* ---------------------------------------------------------------- the run */

void viewer_leave_run(struct viewer *viewer)
{
	struct simulator *simulator = viewer->lane->simulator;

	simulator_leave(simulator, &viewer->run_call);
	simulator_leave(simulator, &viewer->frames_call);
	simulator_leave(simulator, &viewer->rows_call);
	http_timer_stop(&viewer->pace);
	posing_destroy(viewer->posed);
	viewer->posed = NULL;
	viewer->following = viewer->known = viewer->astray = false;
	viewer->held.size = 0;
	viewer->said_available = 0;
	viewer->show = (struct show){0};
}

static void take_accepted(struct viewer *viewer, const struct frame *frame)
{
	struct run_accepted accepted = {0};
	struct buffer       message = {0};
	bool                again = viewer->known;

	if (message_decode(&run_accepted_shape, frame->body, &viewer->scratch, &accepted) != STATUS_OK)
		return;
	viewer->run_hash = accepted.run_hash;
	viewer->series = accepted.series;
	viewer->known = true;
	stream_say_accepted(&message, &accepted, viewer->posed ? posing_scene(viewer->posed) : NULL);
	if (again)
		buffer_finish(&message);
	else
		viewer_say(viewer, &message);
}

static void take_progress(struct viewer *viewer, const struct frame *frame)
{
	struct run_progress progress = {0};
	struct buffer       message = {0};

	if (message_decode(&run_progress_shape, frame->body, &viewer->scratch, &progress) != STATUS_OK)
		return;
	viewer->show.available = progress.available;
	viewer_advance(viewer);
	if (progress.available < viewer->said_available + PROGRESS_FRAMES)
		return;
	viewer->said_available = progress.available;
	stream_say_progress(&message, progress.available);
	viewer_say(viewer, &message);
}

enum status viewer_watch(struct viewer *viewer, const struct hash *run_hash)
{
	struct run_watch watch = {.run_hash = *run_hash, .person = viewer->claims.user, .frames = true};

	return simulator_ask(viewer->lane->simulator, SIMULATOR_WATCH, &run_watch_shape, &watch, &viewer->run_call);
}

static void take_done(struct viewer *viewer, const struct frame *frame)
{
	struct run_done done = {0};
	struct buffer   message = {0};

	if (message_decode(&run_done_shape, frame->body, &viewer->scratch, &done) != STATUS_OK)
		return;
	/* The result is there and the frames are not: they are computed again, and DONE comes again. */
	if (done.expired && viewer_watch(viewer, &done.run_hash) == STATUS_OK)
		return;
	viewer->show.available = done.frames;
	viewer->show.complete = true;
	viewer_advance(viewer);
	stream_say_done(&message, &done, viewer->posed ? posing_scene(viewer->posed) : NULL);
	viewer_say(viewer, &message);
}

static void take_failed(struct viewer *viewer, const struct frame *frame)
{
	struct run_failed failed = {0};
	struct buffer     message = {0};

	if (message_decode(&run_failed_shape, frame->body, &viewer->scratch, &failed) != STATUS_OK)
		return;
	stream_say_failed(&message, &failed);
	viewer_leave_run(viewer);
	viewer_say(viewer, &message);
}

void viewer_on_run_word(struct simulator_call *call, enum status status, const struct frame *frame)
{
	struct viewer *viewer = container_of(call, struct viewer, run_call);

	if (status != STATUS_OK) {
		viewer_leave_run(viewer);
		viewer_say_away(viewer);
		return;
	}
	if (frame->op == SIMULATOR_ACCEPTED)
		take_accepted(viewer, frame);
	else if (frame->op == SIMULATOR_PROGRESS)
		take_progress(viewer, frame);
	else if (frame->op == SIMULATOR_DONE)
		take_done(viewer, frame);
	else if (frame->op == SIMULATOR_FAILED)
		take_failed(viewer, frame);
	arena_reset(&viewer->scratch);
}

/* ---------------------------------------------------------------- showing */

static void show_frames(struct viewer *viewer, struct bytes frames)
{
	if (!viewer->channel)
		return;
	if (http_channel_send(viewer->channel, false, frames) != STATUS_OK)
		buffer_append(&viewer->held, frames);
}

static void fetch_rows(struct viewer *viewer, uint32_t first, uint32_t count)
{
	struct run_fetch fetch = {.run_hash = viewer->run_hash, .part = RUN_SERIES, .from = first, .count = count};

	if (viewer->wants_measures && viewer->series > 0 && !viewer->fetching.keys
	    && simulator_ask(viewer->lane->simulator, SIMULATOR_FETCH, &run_fetch_shape, &fetch, &viewer->rows_call)
	               != STATUS_OK)
		viewer_say_away(viewer);
}

/* A rate counts from when the frames before were due, so that what came late does not make the rest late too. */
static void note_rate(struct viewer *viewer, uint32_t count)
{
	int64_t now_us = clock_monotonic_us();

	if (viewer->rate == 0)
		return;
	if (viewer->due_us < now_us - second_us)
		viewer->due_us = now_us;
	viewer->due_us += (int64_t)count * second_us / viewer->rate;
}

void viewer_on_frames(struct simulator_call *call, enum status status, const struct frame *frame)
{
	struct viewer    *viewer = container_of(call, struct viewer, frames_call);
	struct run_frames frames = {0};

	if (status != STATUS_OK || frame->op != SIMULATOR_FRAMES
	    || message_decode(&run_frames_shape, frame->body, &viewer->scratch, &frames) != STATUS_OK) {
		/* The run's own call tells what became of it, unless it was over. */
		if (viewer->run_call.number == 0 && viewer->following) {
			viewer_leave_run(viewer);
			viewer_say_error(viewer, "not_kept",
			                 "The frames of this run are not kept any more; ask for it again.");
		}
		arena_reset(&viewer->scratch);
		return;
	}
	if (viewer->astray) {
		viewer->astray = false;
		arena_reset(&viewer->scratch);
		viewer_advance(viewer);
		return;
	}
	if (frames.count > 0) {
		show_sent(&viewer->show, &viewer->fetching, frames.first, frames.count);
		show_frames(viewer, frames.bytes);
		note_rate(viewer, frames.count);
		fetch_rows(viewer, frames.first, frames.count);
	}
	arena_reset(&viewer->scratch);
	if (frames.count > 0)
		viewer_advance(viewer);
}

void viewer_on_rows(struct simulator_call *call, enum status status, const struct frame *frame)
{
	struct viewer    *viewer = container_of(call, struct viewer, rows_call);
	struct run_frames rows = {0};
	struct buffer     message = {0};

	if (status != STATUS_OK || frame->op != SIMULATOR_FRAMES
	    || message_decode(&run_frames_shape, frame->body, &viewer->scratch, &rows) != STATUS_OK)
		return;
	stream_say_measures(&message, &rows, viewer->series);
	arena_reset(&viewer->scratch);
	viewer_say(viewer, &message);
	viewer_advance(viewer);
}

static bool too_early(struct viewer *viewer)
{
	int64_t left_us = viewer->due_us - clock_monotonic_us();

	if (viewer->rate == 0 || left_us <= 0)
		return false;
	http_timer_start(&viewer->pace, viewer->lane->loop, (uint32_t)(left_us / 1000) + 1);
	return true;
}

void viewer_advance(struct viewer *viewer)
{
	struct run_fetch fetch;
	uint32_t         most = viewer->rate / RATE_MESSAGES + 1;

	if (!viewer->known || viewer->frames_call.number != 0 || viewer->rows_call.number != 0 || viewer->held.size > 0
	    || too_early(viewer))
		return;
	show_wish(&viewer->show, &viewer->fetching);
	if (viewer->fetching.count == 0)
		return;
	if (viewer->rate > 0 && viewer->fetching.count > most)
		viewer->fetching.count = most;
	fetch = (struct run_fetch){
		.run_hash = viewer->run_hash,
		.part = viewer->fetching.keys ? RUN_KEY_FRAMES : RUN_FRAMES,
		.from = viewer->fetching.first,
		.count = viewer->fetching.count,
	};
	if (simulator_ask(viewer->lane->simulator, SIMULATOR_FETCH, &run_fetch_shape, &fetch, &viewer->frames_call)
	    != STATUS_OK)
		viewer_say_away(viewer);
}

void viewer_on_pace(struct http_timer *timer)
{
	viewer_advance(container_of(timer, struct viewer, pace));
}
