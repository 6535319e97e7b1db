/* The picture of an achievement that has none of its own: an orrery, a sun and three planets on their orbits, drawn by
 * the code here and therefore free for any use (CC0). */
#ifndef ORRERY_EMBLEM_H
#define ORRERY_EMBLEM_H

#include "eventstore/base/buffer.h"

enum { EMBLEM_SIZE = 256 }; /* pixels, both ways */

/* Appends a PNG. The seed, an achievement's id, chooses the colour and where the planets stand: the same seed, the same
 * picture. */
void emblem_draw(struct text seed, struct buffer *out);

#endif
