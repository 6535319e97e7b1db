/* Scenes that say in words what is to happen, for tests of the broker and its workers: "frames=150 act=crash at=70".
 *
 *   frames  how many
 *   series  how many, each of them the frame's number
 *   act     fine (nothing happens), crash, hang (deaf to STOP), spin (each frame costs 1 ms of CPU), wait (lasts 5 ms),
 *           fault, throw (out of the library), call (a call of the system that is forbidden)
 *   at      in which frame, spin and wait from which on
 *   salt    makes it another scene */
#ifndef ORRERY_TEST_OBEDIENT_H
#define ORRERY_TEST_OBEDIENT_H

#include "eventstore/base/bytes.h"

struct obedient {
	unsigned frames, series, at, salt;
	char     act[16];
};

/* False: it is no such scene. */
bool obedient_parse(struct bytes scene, struct obedient *out);

/* What a frame of that number is. */
enum { OBEDIENT_FRAME_MAX = 64 };
size_t obedient_frame(const struct obedient *scene, unsigned step, char out[OBEDIENT_FRAME_MAX]);

#endif
