/* Balls of a row that touch and bounce, as in Newton's cradle, must hit one after the other: impacts at the same moment
 * have no one answer, and Chipmunk2D's is not that of steel. So the rigid solver sets such a pair apart, each by half
 * of the gap; whoever wrote the scene is told. */
#ifndef ORRERY_RIGID_GAP_H
#define ORRERY_RIGID_GAP_H

#include "physics/scene/scene.h"

#define RIGID_GAP_M 1e-4

/* Two circles around the centres of dynamic bodies, that touch at the start and lose little of their speed. */
bool rigid_gap_between(const struct scene *scene, const struct scene_shape *a, const struct scene_shape *b);

/* How much smaller this shape is than it is drawn; 0 of most. */
double rigid_gap_of(const struct scene *scene, const struct scene_shape *shape);

/* How many pairs are set apart; the later shape of the first of them. */
uint32_t rigid_gap_count(const struct scene *scene, uint32_t *first);

#endif
