/* The precise solver's inside, shared by its files alone:
 *   precise.c          the solver: frames, events of the scene, what it tells
 *   precise_step.c     RK4 with step doubling; where a step ends
 *   precise_motion.c   accelerations under constraints; projection back onto them
 *   precise_rows.c     what each kind of joint demands
 *   precise_stop.c     one-sided constraints: contacts, ropes, limits
 *   precise_impact.c   what happens when one of them is met
 *   precise_force.c    what the multipliers say about forces
 *   precise_linear.c   the linear system behind the multipliers
 *
 * Bodies are numbered as in the scene; one more stands for the world, without motion and without end of mass. */
#ifndef ORRERY_PHYSICS_PRECISE_H
#define ORRERY_PHYSICS_PRECISE_H

#include "physics/solver.h"

/* Joints and stops of a scene, and of stops how many may hold at once. */
enum { PRECISE_JOINTS_MAX = 64, PRECISE_STOPS_MAX = 1024, PRECISE_ACTIVE_MAX = 128 };

/* One scalar constraint, Jv = target: J has entries for two bodies. */
struct row {
	uint32_t a, b;
	double   ja[3], jb[3]; /* x, y, angle */
	double   bias;         /* dJ/dt v, so that J a + bias = 0 */
	double   violation;    /* of the place: 0 where it is kept; m or rad */
	double   target;       /* what Jv must be */
};

/* A symmetric matrix by rows, of which each knows its first column that is not zero, and its factors L D Lᵀ. */
struct linear {
	uint32_t  capacity, count;
	double   *entries; /* capacity × capacity; the lower triangle, then L */
	double   *inverse; /* of D; 0 where a row says what others said already */
	double   *work;
	uint32_t *first;
};

/* A one-sided constraint: its gap is never below 0. */
enum stop_kind {
	STOP_CIRCLES,
	STOP_CIRCLE_SEGMENT, /* a has the segment, b the circle */
	STOP_ROPE_LONG,
	STOP_ROPE_SHORT,
	STOP_GROOVE_START,
	STOP_GROOVE_END,
	STOP_ANGLE_HIGH,
	STOP_ANGLE_LOW,
};

/* m and m/s, or rad and rad/s. */
struct reading {
	double gap, rate;
};

struct stop {
	enum stop_kind kind;
	uint32_t       joint;              /* ropes, grooves, angles */
	uint32_t       a, b;               /* bodies, the world's number included */
	struct vector  anchor_a, anchor_b; /* circle centres; a segment's start */
	struct vector  far_a;              /* a segment's end */
	double         arm_a, arm_b;       /* from the bodies' centres to what may touch, at most */
	double         radius;             /* of both together */
	double         elasticity;
	bool           active;   /* it holds: the gap stays 0 while the force pushes */
	bool           released; /* it began to pull; holds no more until it is met anew */
	bool           inert;    /* what overlaps at the start does not meet until it has parted */
	struct reading now;      /* of the state */
	struct reading then;     /* of the state that is tried */
	double         force;    /* active: the multiplier at the state, N or N m */
	/* What is far away is not read in each step, as long as it cannot have come near. */
	double clear; /* the gap is at least this, m */
	double spent; /* of it by the step that is tried */
	bool   skipped;
	bool   stale; /* `now` is of an earlier state */
};

struct acceleration {
	double x, y, angle;
};

struct solver {
	struct arena        arena;
	const struct scene *scene;
	uint32_t            world; /* the number of the world's body; how many the scene has */

	/* Of each body. */
	double        *inverse_mass, *inverse_moment;
	bool          *turns;
	struct vector *rotations; /* cosine and sine of the state at hand */

	struct body_state *state; /* at time_s */
	double             time_s;
	uint32_t           step;
	uint32_t           next_event;
	bool              *cut;         /* by joint */
	double            *lengths;     /* by joint: a pin's length */
	double             scale_m;     /* how large the scene's numbers are: tolerances of places are shares of it */
	double             place_max_m; /* whoever goes beyond has left the world */
	double             tolerance;   /* of a step, m and rad: the scene's, or what rounding allows out there */

	struct stop *stops;
	uint32_t     stop_count;

	struct row          *rows;
	uint32_t             row_count, row_capacity;
	uint32_t            *row_owner; /* by row: its joint, or joint_count + its stop */
	double              *multipliers, *right;
	struct linear        linear;
	struct acceleration *by; /* what a correction adds, by body */

	/* What a step is made in. */
	struct acceleration *first, *middle, *rate; /* at its start, at its middle, at a stage */
	struct body_state   *stage;
	struct body_state   *whole, *half, *tried; /* one step, half of it, two halves */
	double               step_s;               /* that worked last */
	uint32_t             happenings;           /* within the frame: impacts, and stops that let go */
	uint32_t             steps;                /* within the frame */

	struct collision *collisions; /* within the frame */
	uint32_t          collision_count;
	double           *joint_force_n, *contact_force_n;
	struct vector    *contact_forces, *blows_ns; /* by body; blows within the frame */
	bool             *sleeping;
	double            potential_j;
	double            violation; /* what the last projection left, and whether that will do */
	bool              mended;

	struct solver_quality quality;
	enum solver_fault     fault;
};

/* Within a frame: impacts and stops that let go; pairs that collided at a moment, of which more are not told. */
enum { PRECISE_HAPPENINGS_MAX = 20000, PRECISE_COLLISIONS_MAX = 2000 };

/* ---- precise_linear.c */

void linear_init(struct linear *linear, uint32_t capacity, struct arena *arena);

/* Factors the matrix. Rows that follow from earlier ones, or that nothing can move, are left out: their unknown is 0.
 */
void linear_factor(struct linear *linear);

/* Puts the unknowns where the right side was. */
void linear_solve(const struct linear *linear, double *values);

/* ---- precise_rows.c */

/* Two points in the world, as arms from their bodies' centres, and the offset between them. */
struct link {
	uint32_t      a, b;
	struct vector arm_a, arm_b;
	struct vector offset;       /* from a's point to b's */
	struct vector velocity;     /* of b's point against a's */
	struct vector acceleration; /* the part of its rate that velocities alone give: -ω² r */
};

struct link link_of(const struct solver *solver, const struct body_state *state, uint32_t a, struct vector anchor_a,
                    uint32_t b, struct vector anchor_b);

/* The distance between two points; the component of their offset along a direction that turns with body a. */
struct row row_of_distance(const struct link *link);
struct row row_of_line(const struct link *link, const struct body_state *state, struct vector direction);
struct row row_negated(struct row row);

/* The place of a joint's direction or anchor, turned as body a is now. */
struct vector turned(const struct solver *solver, uint32_t body, struct vector vector);

/* How many rows a kind of joint may have. */
uint32_t rows_of_kind(enum joint_kind kind);

/* All rows of the joints that are there, at this state; with `stops`, those of the active stops too. Needs rotations.
 */
void rows_fill(struct solver *solver, const struct body_state *state, bool stops);

/* ---- precise_motion.c */

void motion_rotate(struct solver *solver, const struct body_state *state);

/* Accelerations of all bodies; leaves rows and multipliers of this state behind. */
void motion_accelerate(struct solver *solver, const struct body_state *state, double time_s, struct acceleration *out);

/* Builds A = J M⁻¹ Jᵀ of the rows at hand and factors it. */
void motion_factor(struct solver *solver);

/* Adds M⁻¹ Jᵀ p to the velocities. */
void motion_push(const struct solver *solver, const double *impulses, struct body_state *state);

/* What Jv lacks to the targets goes into `out`. */
void motion_lack(const struct solver *solver, const struct body_state *state, double *out);

/* Jv of one row. */
double row_speed(const struct row *row, const struct body_state *state);

/* Moves the state onto the constraints, places first, then velocities; false when places cannot be mended. */
bool motion_project(struct solver *solver, struct body_state *state, bool stops);

/* ---- precise_stop.c */

/* Makes the list; false when there are more than PRECISE_STOPS_MAX. */
bool stops_create(struct solver *solver);

/* Reads every stop at the state. */
void stops_read(struct solver *solver);

/* The same after a step that was looked at ahead: what was skipped there is not read here. */
void stops_follow(struct solver *solver);

/* Marks what can be skipped in a step of h to the tried state, and reads at the state what was skipped before and
 * cannot be now. */
void stops_skip(struct solver *solver, double h);

/* It may be met, and is not met yet. */
bool stop_is_free(const struct solver *solver, const struct stop *stop);

/* One stop's reading, and its row. Need rotations. */
struct reading stop_read(const struct solver *solver, const struct body_state *state, const struct stop *stop);
struct row     stop_row(const struct solver *solver, const struct body_state *state, const struct stop *stop);

/* Of two shapes, rather than of a joint. */
bool stop_is_contact(const struct stop *stop);

/* How long a step may be so that no circle flies past something unseen, s. */
double stops_step_max(const struct solver *solver);

/* Is the gap of the state 0, but for rounding? Is a later gap below 0 and what it is now, by more than that? */
bool stop_touches(const struct solver *solver, const struct stop *stop);
bool stop_passed(const struct solver *solver, const struct stop *stop, double gap);

/* Makes those inert that overlap at the state. */
void stops_let_overlap(struct solver *solver);

/* ---- precise_step.c */

/* To a time, with everything that happens meanwhile. */
enum solver_fault step_until(struct solver *solver, double end_s);

/* ---- precise_force.c */

/* Fills in the forces of joints and contacts, after motion_accelerate. */
void forces_tell(struct solver *solver);

/* A blow along a row counts with its impulse. */
void forces_add_blow(struct solver *solver, const struct row *row, double impulse_ns);

/* ---- precise_impact.c */

/* Tells the active stops their multipliers, after motion_accelerate. */
void stops_take_forces(struct solver *solver);

/* A multiplier below this pulls; of the state that motion_accelerate saw last. */
double stops_pull(const struct solver *solver);

/* Lets go of the stops that pull, strikes those that approach, and rests on those that touch. */
enum solver_fault impacts_resolve(struct solver *solver);

#endif
