/* Somebody who looks at a run over a WebSocket: hears what they want, asks the simulator for it, and shows them frames
 * as fast as they are taken in. Pausing, seeking and the like are the viewer's alone: the run knows nothing of them.
 *
 * On its lane's loop, but for reading scenes, which a worker thread does. */
#ifndef ORRERY_STREAM_VIEWER_H
#define ORRERY_STREAM_VIEWER_H

#include "api/service.h"

enum {
	VIEWER_FRAMES_UNACKED_MAX = 120, /* sent, and not said to be taken in */
	VIEWER_FRAMES_PER_MESSAGE_MAX = 60,
	VIEWER_MISTAKES_MAX = 16, /* messages that make no sense, until it is closed */
	VIEWER_TOKEN_OVER = 4401, /* the close code: log in again */
};

struct viewer;

/* Of whom the claims tell. The channel is set by viewer_begin. */
struct viewer *viewer_create(struct lane *lane, const struct token_claims *claims);

/* What the channel is to tell it: on_gone ends the viewer. */
struct http_channel_listener viewer_listener(struct viewer *viewer);
void                         viewer_begin(struct viewer *viewer, struct http_channel *channel);

/* One that was never begun. */
void viewer_drop(struct viewer *viewer);

#endif
