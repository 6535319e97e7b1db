/* The inside of the rigid solver, for physics/rigid*.c alone: one scene in a space of Chipmunk2D 7.0.3.
 *
 * The library is a leapfrog: x += v dt, then v += a(x) dt, then impulses. So velocities live half a step after
 * positions; the first step moves nothing and kicks by half (`starting`), and what is told of a body's velocity is the
 * mean of before and after its step. Joints aim where the bodies will be after the next step (SHAKE; Ryckaert,
 * Ciccotti, Berendsen 1977), so that a pendulum keeps its energy to second order; the library's own joints do not. */
#ifndef ORRERY_RIGID_H
#define ORRERY_RIGID_H

#include <chipmunk/chipmunk_private.h>

#include "physics/solver.h"

#define RIGID_SLOP_M 1e-4 /* how deep things may rest in one another; the library's default is 0.1 */

struct rigid_body {
	cpBody         body; /* first: callbacks get its address */
	struct solver *solver;
	uint32_t       index;
	cpVect         velocity_before; /* the last step's kick and impulses */
	double         angular_velocity_before;
	double         kick;            /* m/s that gravity and fields gave in the last step */
	cpVect         contact_impulse; /* since the frame before */
	uint32_t       touched_step;    /* the last in which anything touched it */
};

struct rigid_shape {
	union {
		cpShape        shape; /* first: callbacks get its address */
		cpCircleShape  circle;
		cpSegmentShape segment;
		cpPolyShape    polygon;
	};
	cpVect   before, after; /* of a segment that others go on from: where to, in its body; else zero */
	uint32_t covered;       /* of a polygon: a bit for each side that another one lies against for good */
};

struct rigid_joint {
	union {
		cpConstraint  constraint; /* first: callbacks get its address */
		cpSimpleMotor motor;
	};
	const struct scene_joint *scene;
	struct solver            *solver;
	bool                      present;         /* false once cut, and where neither body can be moved by it */
	double                    goal;            /* pin: its length */
	cpVect                    arm_a, arm_b;    /* from the centres to the anchors, in the world's axes */
	cpVect                    pull_a, pull_b;  /* an impulse of 1 pushes the bodies by these */
	double                    low, high;       /* where the joint's value may be after the next step */
	bool                      holds;           /* they are the same */
	double                    mass;            /* what an impulse of 1 changes the value's speed by, inverted */
	double                    speed_before;    /* spring: of the anchors, or angles, apart before the kick */
	cpVect                    target;          /* pivot */
	cpMat2x2                  masses;          /* pivot */
	cpVect                    start, along;    /* groove: its beginning from the centre of a, and its direction */
	double                    side, side_mass; /* groove: how far off it may be */
	bool                      settled;         /* nothing was missing, with the bodies at these velocities */
	cpVect                    settled_a, settled_b;
	double                    settled_turn_a, settled_turn_b;
	double                    impulse_low, impulse_high; /* pushes and pulls; a bilateral joint uses one */
	cpVect                    impulse;                   /* pivot; groove: x, off the side */
};

/* Beyond these a run ends. */
struct rigid_world {
	double place_m, speed_m_s, turn_rad_s;
	int    contacts;
};

struct solver {
	const struct scene   *scene;
	cpSpace              *space;
	struct rigid_body    *bodies;
	struct rigid_shape   *shapes;
	struct rigid_joint   *joints;
	struct body_state    *states;
	bool                 *sleeping, *cut;
	double               *joint_force_n, *contact_force_n;
	struct collision     *collisions;
	uint32_t              collision_count, collision_capacity;
	double                step_s, time_s;
	bool                  starting;
	uint32_t              frames, next_event;
	struct rigid_world    world;
	double                tunnel_m; /* half the thinnest shape; 0: nothing is thin */
	struct solver_quality quality;
	enum solver_fault     fault; /* of an earlier step: there is no going on */
};

/* physics/rigid/rigid_space.c: the scene's bodies, shapes and joints in a new space, in the scene's order; and an end
 * of it.
 */
void rigid_space_fill(struct solver *solver);
void rigid_space_free(struct solver *solver);

/* physics/rigid/rigid_seam.c: a floor of several segments or polygons is one: what slides over a seam is not caught by
 * the next one's end. Once all shapes are in their places; and for the space. */
void rigid_seam_find(struct solver *solver);
void rigid_seam_watch(cpSpace *space);

/* physics/rigid/rigid_joint.c: makes the joint, ready to be added; false where it could move nothing. The force is a
 * torque, N m, of what acts on angles. */
bool   rigid_joint_make(struct rigid_joint *joint, cpBody *a, cpBody *b);
double rigid_joint_force_n(struct rigid_joint *joint);

/* Of a velocity's kick in this step. */
static inline double rigid_kick_s(const struct solver *solver)
{
	return solver->starting ? solver->step_s / 2 : solver->step_s;
}

/* physics/rigid/rigid_contact.c, after each step: what began to touch, joined to solver->collisions in order; and how
 * hard each body was pushed by what touches it. */
void rigid_contact_collect(struct solver *solver);
void rigid_contact_sum(struct solver *solver);

#endif
