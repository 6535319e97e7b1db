#include "api/stream/viewer.h"

#include "api/stream/viewer_parts.h"
#include "api/stream/words.h"
#include "api/websocket.h"
#include "eventstore/base/clock.h"
#include "eventstore/base/require.h"

#include <stdlib.h>

enum { TOKEN_LOOK_MS = 5000 };

static const int64_t second_us = 1000 * 1000;

/* ---------------------------------------------------------------- what is said to us */

static void count_mistake(struct viewer *viewer)
{
	if (++viewer->mistakes >= VIEWER_MISTAKES_MAX)
		http_channel_close(viewer->channel, WEBSOCKET_POLICY, TEXT("Too much of what came makes no sense."));
}

static void begin_run(struct viewer *viewer, const struct stream_word *word)
{
	viewer_leave_run(viewer);
	viewer->following = true;
	viewer->show.live = word->live;
	viewer->rate = word->rate;
	viewer->due_us = 0;
	viewer->wants_measures = word->measures;
	show_seek(&viewer->show, word->step);
}

/* What teachers may draw takes more than others' budgets hold. */
static enum run_budget budget_of(const struct posing *posing)
{
	if (!posing->word.patient)
		return RUN_INTERACTIVE;
	return posing->audience == SCENE_TEACHER ? RUN_BATCH : RUN_NORMAL;
}

static void ask_run(struct viewer *viewer, struct posing *posing)
{
	struct run_wish wish = {
		.person = viewer->claims.user,
		.budget = budget_of(posing),
		.scene = posing->posed.canonical,
	};

	begin_run(viewer, &posing->word);
	viewer->posed = posing;
	if (simulator_ask(viewer->lane->simulator, SIMULATOR_RUN, &run_wish_shape, &wish, &viewer->run_call)
	    == STATUS_OK)
		return;
	viewer_leave_run(viewer);
	viewer_say_away(viewer);
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
	viewer_say(viewer, &message);
	posing_destroy(posing);
}

/* A scene or a run is as much as a request, however it is asked for. */
static bool limited(struct viewer *viewer)
{
	struct limiter        *limiter = viewer->lane->service->by_account;
	struct limiter_key     key = limiter_key_id(viewer->claims.user);
	struct limiter_verdict verdict = {.allowed = true};
	struct run_failed      failed = {
		     .code = TEXT("too_many_requests"),
		     .sentence = TEXT("More requests than allowed; wait before the next one."),
        };
	struct buffer message = {0};

	if (limiter)
		limiter_take(limiter, &key, 1, clock_monotonic_us(), &verdict);
	if (verdict.allowed)
		return false;
	failed.retry_after_s = verdict.retry_after_s;
	stream_say_failed(&message, &failed);
	viewer_say(viewer, &message);
	return true;
}

static void pose(struct viewer *viewer, struct bytes message)
{
	if (limited(viewer))
		return;
	if (viewer->posing) {
		viewer_say_error(viewer, "busy", "The scene before is still being read.");
		return;
	}
	viewer->posing = posing_begin(viewer->lane, message, &viewer->claims, on_posed, viewer);
	if (!viewer->posing)
		viewer_say_error(viewer, "busy", "Too much is waiting; try again later.");
}

static void subscribe(struct viewer *viewer, const struct stream_word *word)
{
	begin_run(viewer, word);
	if (viewer_watch(viewer, &word->run) == STATUS_OK)
		return;
	viewer_leave_run(viewer);
	viewer_say_away(viewer);
}

static void cancel(struct viewer *viewer)
{
	struct buffer message = {0};

	if (viewer->posing && viewer->posing->word.type == STREAM_RUN) {
		posing_abandon(viewer->posing);
		viewer->posing = NULL;
	}
	buffer_append_text(&message, TEXT("{\"type\":\"cancelled\"}"));
	viewer_leave_run(viewer);
	viewer_say(viewer, &message);
}

static void obey(struct viewer *viewer, const struct stream_word *word)
{
	switch (word->type) {
	case STREAM_SUBSCRIBE:
		if (!limited(viewer))
			subscribe(viewer, word);
		break;
	case STREAM_SEEK:
		/* What is on its way is waited for, so that the simulator never has more than one wish to serve. */
		viewer->astray = viewer->frames_call.number != 0;
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
	viewer_advance(viewer);
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
		viewer_say(viewer, &answer);
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
	viewer_advance(viewer);
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
	viewer_leave_run(viewer);
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
	viewer->pace.on_due = viewer_on_pace;
	viewer->run_call.on_word = viewer_on_run_word;
	viewer->frames_call.on_word = viewer_on_frames;
	viewer->rows_call.on_word = viewer_on_rows;
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
