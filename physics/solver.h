/* A solver moves the bodies of one scene from frame to frame. There are two behind this interface: `precise`
 * (physics/precise/precise.c: RK4 with Lagrange multipliers, for what does not collide or collides simply) and `rigid`
 * (physics/rigid/rigid.c: Chipmunk2D, for contacts). What a solver does is a function of the scene alone: no clock, no
 * chance, no address in memory reaches its numbers.
 *
 * A solver belongs to one thread. The scene must outlive it. */
#ifndef ORRERY_PHYSICS_SOLVER_H
#define ORRERY_PHYSICS_SOLVER_H

#include "eventstore/base/status.h"
#include "physics/scene/scene.h"

/* Why a run ended before its time. The frames up to then stay good. */
enum solver_fault {
	SOLVER_FINE,
	SOLVER_DIVERGED,         /* a number is not finite, or a body left the world (ten times POSITION_MAX) */
	SOLVER_TOO_DENSE,        /* more pairs touch than CONTACTS_MAX allows */
	SOLVER_STEP_TOO_SMALL,   /* precise: the tolerance cannot be kept */
	SOLVER_CONSTRAINTS,      /* precise: joints contradict one another */
	SOLVER_TOO_MANY_IMPACTS, /* precise: impacts without end within a frame */
	SOLVER_LIBRARY,          /* an assertion in the library */
};

/* A word for machines, a sentence for people; static. */
struct text solver_fault_name(enum solver_fault fault);
struct text solver_fault_sentence(enum solver_fault fault);

struct body_state {
	struct vector position, velocity;
	double        angle, angular_velocity;
};

/* Two bodies began to touch; first < second, the world is SCENE_WORLD and always second. */
struct collision {
	double   time_s;
	uint32_t first, second;
	double   impulse_ns;
};

/* What is after `step` frames. Valid until the next call. */
struct solver_frame {
	uint32_t                 step;
	double                   time_s;
	const struct body_state *bodies;   /* scene.body_count */
	const bool              *sleeping; /* scene.body_count; all false in precise */
	const double *joint_force_n;       /* scene.joint_count: magnitude; precise: of the moment, rigid: mean over the
	                                    frame's last step; N m of what acts on angles */
	const double *contact_force_n;     /* scene.body_count: magnitude of the sum; blows count with all they gave, as
	                                    a mean over the frame; what rests, of the moment (precise) or as a mean
	                                    (rigid) */
	const struct collision *collisions; /* since the frame before, by time, first, second */
	uint32_t                collision_count;
	double                  potential_j; /* of gravity, springs and conservative fields, in total */
};

/* How good it was so far. */
struct solver_quality {
	double   constraint_error_m; /* the largest violation of a joint so far */
	double   error_estimate;     /* precise: summed step doubling, m; rigid: NaN, physics/experiment.c knows */
	uint32_t steps;              /* inner steps so far */
	bool     may_tunnel;         /* a body moved further in a step than half the thinnest shape */
};

struct solver;

struct solver_kind {
	const char *name; /* "precise", "rigid": part of the engine's fingerprint */
	struct solver *(*create)(const struct scene *scene);
	/* Goes on by one frame. Before the first call the frame is the start, step 0. */
	enum solver_fault (*advance)(struct solver *solver);
	void (*frame)(const struct solver *solver, struct solver_frame *out);
	void (*quality)(const struct solver *solver, struct solver_quality *out);
	void (*destroy)(struct solver *solver);
};

extern const struct solver_kind solver_precise, solver_rigid;

/* The mode that a scene gets, SOLVER_PRECISE or SOLVER_RIGID: the one that it asks for where that can be; `auto` gets
 * precise where that can tell everything that may happen. `reason` gets a static sentence for people. */
enum solver_mode solver_choose(const struct scene *scene, struct text *reason);

const struct solver_kind *solver_of_mode(enum solver_mode mode);

#endif
