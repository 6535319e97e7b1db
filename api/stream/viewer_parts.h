/* What a viewer's life (viewer.c) and the run it looks at (viewer_run.c) share. For nobody else. */
#ifndef ORRERY_STREAM_VIEWER_PARTS_H
#define ORRERY_STREAM_VIEWER_PARTS_H

#include "api/stream/posing.h"
#include "api/stream/show.h"

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
	bool                  astray; /* the frames on their way are of a place that was left */
	struct buffer         held;   /* frames that found no room */
};

/* Sends the message and finishes it. Who does not even read words is not waited for. */
void viewer_say(struct viewer *viewer, struct buffer *message);
void viewer_say_error(struct viewer *viewer, const char *code, const char *sentence);
void viewer_say_away(struct viewer *viewer);

/* Nothing is looked at any more. */
void viewer_leave_run(struct viewer *viewer);

/* Asks the simulator for the run of that hash, with all its frames. */
enum status viewer_watch(struct viewer *viewer, const struct hash *run_hash) MUST_USE;

/* Asks for the next frames, if there are any that may be shown and nothing is on its way. */
void viewer_advance(struct viewer *viewer);

/* Callbacks. */
void viewer_on_run_word(struct simulator_call *call, enum status status, const struct frame *frame);
void viewer_on_frames(struct simulator_call *call, enum status status, const struct frame *frame);
void viewer_on_rows(struct simulator_call *call, enum status status, const struct frame *frame);
void viewer_on_pace(struct http_timer *timer);

#endif
