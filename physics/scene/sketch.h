/* Scenes written in C: the golden ones that a worker proves itself by, and what tests and benches run. What is drawn
 * has the defaults of a scene in JSON: 60 frames of 16 steps, 20 iterations, gravity 9.81 m/s² down; friction is 0.5
 * and elasticity 0 until the caller says otherwise through the pointer it gets, which is good as long as the arena. */
#ifndef ORRERY_PHYSICS_SKETCH_H
#define ORRERY_PHYSICS_SKETCH_H

#include "physics/scene/scene.h"

struct sketch {
	struct scene        scene; /* good to run at any time */
	struct scene_body  *bodies;
	struct scene_shape *shapes;
	struct vector      *points;
	struct scene_joint *joints;
	struct scene_field *fields;
	struct scene_event *events;
	uint32_t            bodies_max; /* and shapes, joints; a few fields and events */
};

struct sketch *sketch_begin(struct arena *arena, uint32_t bodies_max);

/* An index for the others. Shapes add their moment to a dynamic body. */
uint32_t            sketch_body(struct sketch *sketch, enum body_type type, double mass_kg, double x, double y);
struct scene_shape *sketch_circle(struct sketch *sketch, uint32_t body, double radius);
struct scene_shape *sketch_box(struct sketch *sketch, uint32_t body, double width, double height);
struct scene_shape *sketch_segment(struct sketch *sketch, uint32_t body, struct vector a, struct vector b,
                                   double radius);

/* Anchors are the centres; the bodies may not touch one another. */
struct scene_joint *sketch_joint(struct sketch *sketch, enum joint_kind kind, uint32_t a, uint32_t b);
struct scene_field *sketch_field(struct sketch *sketch, enum force_kind kind);
struct scene_event *sketch_event(struct sketch *sketch, enum action_kind kind, double time_s);

/* Four kinds of trouble: what rests on much, what rolls about, what hangs on one another, and some of each with
 * springs, motors and gears. */
struct sketch *sketch_pyramid(struct arena *arena, uint32_t rows);
struct sketch *sketch_circles(struct arena *arena, uint32_t count);
struct sketch *sketch_chain(struct arena *arena, uint32_t links);
struct sketch *sketch_mixed(struct arena *arena, uint32_t count);

#endif
