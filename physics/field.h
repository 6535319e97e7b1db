/* The forces that need no contact, and their energy: gravity, the scene's fields, springs. One set of functions for
 * both solvers, so that a scene has the same forces in both. Pure functions. */
#ifndef ORRERY_PHYSICS_FIELD_H
#define ORRERY_PHYSICS_FIELD_H

#include "physics/solver.h"

/* Gravity and every field that acts on this body, N. A body without mass_kg (static, kinematic) feels nothing. */
struct vector field_force(const struct scene *scene, uint32_t body, const struct body_state *state, double time_s);

/* Of gravity and of the fields that have a potential (electric, central, the rotating frame's centrifugal part), over
 * all dynamic bodies, J. Heights count from the origin, a central field from infinity. */
double field_potential(const struct scene *scene, const struct body_state *bodies);

/* A spring between two points in the world, from their places and velocities: the force on b, N; on a it is the
 * opposite. Damping acts along the spring. Where the points meet, a spring has no direction and pulls nowhere. */
struct vector spring_force(const struct scene_joint *joint, struct vector offset, struct vector velocity);

/* What the scene's springs hold, linear and rotary, J. `cut` has a mark for each joint that is no more. */
double spring_potential(const struct scene *scene, const struct body_state *bodies, const bool *cut);

/* Half of m v², and of the moment's share, J; of one dynamic body. */
double body_kinetic(const struct scene_body *body, const struct body_state *state);

/* Where a joint's anchor is in the world, at `rotation` (cosine, sine) of its body. */
struct vector anchor_place(const struct scene *scene, uint32_t body, struct vector anchor,
                           const struct body_state *bodies);

#endif
