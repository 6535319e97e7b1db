/* Which frames a viewer is shown next: where it is, what it has not acknowledged, and whether it keeps up. Knows
 * nothing of sockets or time. */
#ifndef ORRERY_STREAM_SHOW_H
#define ORRERY_STREAM_SHOW_H

#include "api/stream/viewer.h"

/* Zeroes and begin are one that looks from the start. */
struct show {
	uint32_t next;      /* the frame that is sent next */
	uint32_t available; /* how many there are */
	bool     complete;  /* and no more will come */
	bool     paused;
	uint32_t steps;                              /* may be shown although it is paused */
	bool     live;                               /* rather new than whole */
	bool     behind;                             /* live, and did not keep up: key frames alone until it does */
	uint32_t unacked[VIEWER_FRAMES_UNACKED_MAX]; /* steps, a ring */
	uint32_t unacked_first, unacked_count;
};

/* What is to be fetched. count 0: nothing for now. */
struct show_wish {
	uint32_t first, count;
	bool     keys;
};

/* From that frame on; the frames begin at the key frame before it, without which it could not be decoded. */
void show_seek(struct show *show, uint32_t step);

void show_wish(struct show *show, struct show_wish *out);

/* So many frames were sent, the first of that number. */
void show_sent(struct show *show, const struct show_wish *wish, uint32_t first, uint32_t count);

/* All up to that one were taken in. */
void show_ack(struct show *show, uint32_t step);

/* Was everything sent? */
bool show_over(const struct show *show);

#endif
