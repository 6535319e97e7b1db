#include "api/stream/viewer.h"

#include "api/stream/posing.h"
#include "api/stream/show.h"
#include "api/stream/words.h"
#include "api/websocket.h"
#include "eventstore/base/clock.h"
#include "eventstore/base/require.h"

#include <stdlib.h>

enum {
	TOKEN_LOOK_MS = 5000,
	PROGRESS_FRAMES = SIMULATOR_BLOCK_FRAMES, /* so many more are worth saying */
	RATE_MESSAGES = 10,                       /* a second, when frames are to come at a rate */
};

static const int64_t second_us = 1000 * 1000;

struct viewer {
	struct lane         *lane;
	struct http_channel *channel;
	struct token_claims  claims;
	struct http_timer    look, pace;
	struct arena         scratch; /* of the message or the word at hand */
	uint32_t             mistakes;
	struct posing       *posing; /* a scene is being read */

	/* The run that is looked at. */
	bool                  following; /* there is one */
	bool                  known;     /* and it was accepted */
	struct posing        *posed;     /* with its scene; NULL when it was subscribed to */
	struct simulator_call run_call;
	struct hash           run_hash;
	uint32_t              series;
	uint32_t              said_available;
	bool                  wants_measures;

	/* What is shown of it. */
	struct show           show;
	uint32_t              rate;
	int64_t               due_us; /* with a rate: when the next may go */
	struct simulator_call frames_call, rows_call;
	struct show_wish      fetching;
	struct buffer         held; /* frames that found no room */
};

static void advance(struct viewer *viewer);

/* ---------------------------------------------------------------- saying */

/* Who does not even read words is not waited for. */
static void say(struct viewer *viewer, struct buffer *message)
{
	if (viewer->channel && http_channel_send(viewer->channel, true, buffer_bytes(message)) != STATUS_OK)
		http_channel_close(viewer->channel, WEBSOCKET_POLICY, TEXT("What is sent is not read."));
	buffer_finish(message);
}

static void say_error(struct viewer *viewer, const char *code, const char *sentence)
{
	struct buffer message = {0};

	stream_say_error(&message, code, sentence);
	say(viewer, &message);
}

static void say_away(struct viewer *viewer)
{
	say_error(viewer, "simulator_away", "The simulator does not answer; try again in a moment.");
}

static void count_mistake(struct viewer *viewer)
{
	if (++viewer->mistakes >= VIEWER_MISTAKES_MAX)
		http_channel_close(viewer->channel, WEBSOCKET_POLICY, TEXT("Too much of what came makes no sense."));
}

/* ---------------------------------------------------------------- the run */

static void leave_run(struct viewer *viewer)
{
	struct simulator *simulator = viewer->lane->simulator;

	simulator_leave(simulator, &viewer->run_call);
	simulator_leave(simulator, &viewer->frames_call);
	simulator_leave(simulator, &viewer->rows_call);
	http_timer_stop(&viewer->pace);
	posing_destroy(viewer->posed);
	viewer->posed = NULL;
	viewer->following = viewer->known = false;
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
		say(viewer, &message);
}

static void take_progress(struct viewer *viewer, const struct frame *frame)
{
	struct run_progress progress = {0};
	struct buffer       message = {0};

	if (message_decode(&run_progress_shape, frame->body, &viewer->scratch, &progress) != STATUS_OK)
		return;
	viewer->show.available = progress.available;
	advance(viewer);
	if (progress.available < viewer->said_available + PROGRESS_FRAMES)
		return;
	viewer->said_available = progress.available;
	stream_say_progress(&message, progress.available);
	say(viewer, &message);
}

static enum status watch(struct viewer *viewer, const struct hash *run_hash)
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
	if (done.expired && watch(viewer, &done.run_hash) == STATUS_OK)
		return;
	viewer->show.available = done.frames;
	viewer->show.complete = true;
	advance(viewer);
	stream_say_done(&message, &done, viewer->posed ? posing_scene(viewer->posed) : NULL);
	say(viewer, &message);
}

static void take_failed(struct viewer *viewer, const struct frame *frame)
{
	struct run_failed failed = {0};
	struct buffer     message = {0};

	if (message_decode(&run_failed_shape, frame->body, &viewer->scratch, &failed) != STATUS_OK)
		return;
	stream_say_failed(&message, &failed);
	leave_run(viewer);
	say(viewer, &message);
}

static void on_run_word(struct simulator_call *call, enum status status, const struct frame *frame)
{
	struct viewer *viewer = container_of(call, struct viewer, run_call);

	if (status != STATUS_OK) {
		leave_run(viewer);
		say_away(viewer);
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
		say_away(viewer);
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

static void on_frames(struct simulator_call *call, enum status status, const struct frame *frame)
{
	struct viewer    *viewer = container_of(call, struct viewer, frames_call);
	struct run_frames frames = {0};

	if (status != STATUS_OK || frame->op != SIMULATOR_FRAMES
	    || message_decode(&run_frames_shape, frame->body, &viewer->scratch, &frames) != STATUS_OK) {
		/* The run's own call tells what became of it, unless it was over. */
		if (viewer->run_call.number == 0 && viewer->following) {
			leave_run(viewer);
			say_error(viewer, "not_kept",
			          "The frames of this run are not kept any more; ask for it again.");
		}
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
		advance(viewer);
}

static void on_rows(struct simulator_call *call, enum status status, const struct frame *frame)
{
	struct viewer    *viewer = container_of(call, struct viewer, rows_call);
	struct run_frames rows = {0};
	struct buffer     message = {0};

	if (status != STATUS_OK || frame->op != SIMULATOR_FRAMES
	    || message_decode(&run_frames_shape, frame->body, &viewer->scratch, &rows) != STATUS_OK)
		return;
	stream_say_measures(&message, &rows, viewer->series);
	arena_reset(&viewer->scratch);
	say(viewer, &message);
	advance(viewer);
}

static bool too_early(struct viewer *viewer)
{
	int64_t left_us = viewer->due_us - clock_monotonic_us();

	if (viewer->rate == 0 || left_us <= 0)
		return false;
	http_timer_start(&viewer->pace, viewer->lane->loop, (uint32_t)(left_us / 1000) + 1);
	return true;
}

/* Asks for the next frames, if there are any that may be shown and nothing is on its way. */
static void advance(struct viewer *viewer)
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
		say_away(viewer);
}

static void on_pace(struct http_timer *timer)
{
	advance(container_of(timer, struct viewer, pace));
}

/* ---------------------------------------------------------------- what is said to us */

static void begin_run(struct viewer *viewer, const struct stream_word *word)
{
	leave_run(viewer);
	viewer->following = true;
	viewer->show.live = word->live;
	viewer->rate = word->rate;
	viewer->due_us = 0;
	viewer->wants_measures = word->measures;
	show_seek(&viewer->show, word->step);
}

static void ask_run(struct viewer *viewer, struct posing *posing)
{
	struct run_wish wish = {
		.person = viewer->claims.user,
		.budget = posing->word.patient ? RUN_NORMAL : RUN_INTERACTIVE,
		.scene = posing->posed.canonical,
	};

	begin_run(viewer, &posing->word);
	viewer->posed = posing;
	if (simulator_ask(viewer->lane->simulator, SIMULATOR_RUN, &run_wish_shape, &wish, &viewer->run_call)
	    == STATUS_OK)
		return;
	leave_run(viewer);
	say_away(viewer);
}

/* The scene was read, or is none. */
static void on_posed(struct posing *posing)
{
	struct viewer *viewer = posing->owner;
	struct buffer  message = {0};

	viewer->posing = NULL;
	if (posing->status == STATUS_OK && posing->word.type == STREAM_RUN) {
		ask_run(viewer, posing);
		return;
	}
	if (posing->status == STATUS_OK)
		stream_say_created(&message, &posing->posed, &posing->report);
	else if (posing->report.refusals.count > 0)
		stream_say_complaints(&message, "invalid_scene", &posing->report.refusals);
	else
		stream_say_error(&message, "busy", "Too much is waiting; try again later.");
	say(viewer, &message);
	posing_destroy(posing);
}

static void pose(struct viewer *viewer, struct bytes message)
{
	if (viewer->posing) {
		say_error(viewer, "busy", "The scene before is still being read.");
		return;
	}
	viewer->posing = posing_begin(viewer->lane, message, &viewer->claims, on_posed, viewer);
	if (!viewer->posing)
		say_error(viewer, "busy", "Too much is waiting; try again later.");
}

static void subscribe(struct viewer *viewer, const struct stream_word *word)
{
	begin_run(viewer, word);
	if (watch(viewer, &word->run) == STATUS_OK)
		return;
	leave_run(viewer);
	say_away(viewer);
}

static void cancel(struct viewer *viewer)
{
	struct buffer message = {0};

	buffer_append_text(&message, TEXT("{\"type\":\"cancelled\"}"));
	leave_run(viewer);
	say(viewer, &message);
}

static void obey(struct viewer *viewer, const struct stream_word *word)
{
	switch (word->type) {
	case STREAM_SUBSCRIBE:
		subscribe(viewer, word);
		break;
	case STREAM_SEEK:
		/* What is on its way is of the place before. */
		simulator_leave(viewer->lane->simulator, &viewer->frames_call);
		simulator_leave(viewer->lane->simulator, &viewer->rows_call);
		viewer->held.size = 0;
		viewer->due_us = 0;
		show_seek(&viewer->show, word->step);
		break;
	case STREAM_PAUSE:
		viewer->show.paused = true;
		viewer->show.steps = 0;
		break;
	case STREAM_RESUME:
		viewer->show.paused = false;
		viewer->due_us = 0;
		break;
	case STREAM_STEP:
		viewer->show.paused = true;
		viewer->show.steps = word->has_count ? word->count : 1;
		viewer->due_us = 0;
		break;
	case STREAM_CANCEL:
		cancel(viewer);
		break;
	case STREAM_ACK:
		show_ack(&viewer->show, word->step);
		break;
	}
	advance(viewer);
}

static void on_message(void *owner, bool text, struct bytes message)
{
	struct viewer     *viewer = owner;
	struct complaints *complaints = arena_new(&viewer->scratch, struct complaints);
	struct stream_word word = {0};
	struct buffer      answer = {0};
	enum status        status = STATUS_MALFORMED;

	if (text)
		status = stream_word_read(message, &viewer->scratch, &word, complaints);
	if (status == STATUS_OK && (word.type == STREAM_CREATE || word.type == STREAM_RUN)) {
		pose(viewer, message);
	} else if (status == STATUS_OK) {
		obey(viewer, &word);
	} else {
		stream_say_complaints(&answer, text ? "malformed" : "not_text", complaints);
		say(viewer, &answer);
		count_mistake(viewer);
	}
	arena_reset(&viewer->scratch);
}

static void on_room(void *owner)
{
	struct viewer *viewer = owner;

	if (viewer->held.size > 0
	    && http_channel_send(viewer->channel, false, buffer_bytes(&viewer->held)) != STATUS_OK)
		return;
	viewer->held.size = 0;
	advance(viewer);
}

/* ---------------------------------------------------------------- its life */

/* A token that ended, by itself or by its session, shows nothing more. */
static void on_look(struct http_timer *timer)
{
	struct viewer *viewer = container_of(timer, struct viewer, look);

	if (clock_wall_us() / second_us > viewer->claims.expires_s + TOKEN_SKEW_S
	    || !revocation_allows(viewer->lane->service->revocation, &viewer->claims))
		http_channel_close(viewer->channel, VIEWER_TOKEN_OVER, TEXT("The token is over; log in again."));
	else
		http_timer_start(timer, viewer->lane->loop, TOKEN_LOOK_MS);
}

static void on_gone(void *owner)
{
	struct viewer *viewer = owner;

	viewer->channel = NULL;
	http_timer_stop(&viewer->look);
	leave_run(viewer);
	if (viewer->posing)
		posing_abandon(viewer->posing);
	viewer_drop(viewer);
}

struct viewer *viewer_create(struct lane *lane, const struct token_claims *claims)
{
	struct viewer *viewer = calloc(1, sizeof(*viewer));

	require(viewer != NULL);
	viewer->lane = lane;
	viewer->claims = *claims;
	viewer->look.on_due = on_look;
	viewer->pace.on_due = on_pace;
	viewer->run_call.on_word = on_run_word;
	viewer->frames_call.on_word = on_frames;
	viewer->rows_call.on_word = on_rows;
	return viewer;
}

struct http_channel_listener viewer_listener(struct viewer *viewer)
{
	return (struct http_channel_listener){
		.on_message = on_message, .on_room = on_room, .on_gone = on_gone, .owner = viewer};
}

void viewer_begin(struct viewer *viewer, struct http_channel *channel)
{
	viewer->channel = channel;
	http_timer_start(&viewer->look, viewer->lane->loop, TOKEN_LOOK_MS);
}

void viewer_drop(struct viewer *viewer)
{
	buffer_finish(&viewer->held);
	arena_finish(&viewer->scratch);
	free(viewer);
}
