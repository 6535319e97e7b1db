/* A scene: everything that a run depends on, in SI units and radians, y up. It is made from JSON (scene_read) or from
 * its canonical bytes (physics/scene/canonical.h), with every default filled in, ids resolved to indexes and parameters
 * applied. A scene that exists is within the limits of physics/scene/limits.def and finite in every number; solvers
 * rely on it.
 *
 * The scene and all it points to live in the arena that it was made in. */
#ifndef ORRERY_PHYSICS_SCENE_H
#define ORRERY_PHYSICS_SCENE_H

#include "eventstore/base/arena.h"
#include "eventstore/base/status.h"
#include "eventstore/codec/codec_json.h"
#include "physics/scene/limits.h"

/* As a body of joints and measures: what does not move. */
enum { SCENE_WORLD = UINT32_MAX };

struct vector {
	double x, y;
};

enum solver_mode { SOLVER_AUTO = 1, SOLVER_PRECISE, SOLVER_RIGID };

struct scene_solver {
	enum solver_mode mode;
	uint32_t         fps;        /* frames that are kept, per second of the simulation */
	uint32_t         substeps;   /* rigid: steps a frame; precise: the first guess */
	uint32_t         iterations; /* rigid */
	double           duration_s;
	double           tolerance; /* precise: of one step's doubling, m and rad */
};

enum body_type { BODY_STATIC = 1, BODY_KINEMATIC, BODY_DYNAMIC };

struct scene_body {
	struct text    id;
	enum body_type type;
	double         mass_kg; /* dynamic; > 0 */
	double moment_kgm2; /* computed from mass and shapes, or given; > 0; a point mass without shapes: 0, it never
	                      turns */
	double        charge_c;
	struct vector position;
	double        angle;
	struct vector velocity;
	double        angular_velocity;
	bool          fixed_rotation;
	uint32_t      first_shape, shape_count; /* in scene.shapes */
};

enum shape_kind { SHAPE_CIRCLE = 1, SHAPE_SEGMENT, SHAPE_POLYGON };

/* In its body's coordinates. A box is a polygon by now, and a compound several shapes. */
struct scene_shape {
	uint32_t        body;
	enum shape_kind kind;
	double          radius;                   /* circle, segment; a polygon's is 0 */
	struct vector   a, b;                     /* circle: its centre is a; segment: its ends */
	uint32_t        first_point, point_count; /* polygon: in scene.points, convex, counter-clockwise */
	double          friction, elasticity;
	bool            touches; /* false: meets nothing */
};

enum joint_kind {
	JOINT_PIN = 1,       /* keeps the distance of two anchors */
	JOINT_PIVOT,         /* keeps two anchors together */
	JOINT_GROOVE,        /* keeps anchor_b on the segment groove_a to groove_b of body a */
	JOINT_SLIDE,         /* keeps the distance within minimum and maximum */
	JOINT_SPRING,        /* stiffness N/m, damping N s/m, rest length */
	JOINT_ROTARY_SPRING, /* stiffness N m/rad, damping N m s/rad, rest angle */
	JOINT_GEAR,          /* angle_b * ratio - angle_a = phase */
	JOINT_MOTOR,         /* keeps the difference of angular velocities at rate */
	JOINT_ROTARY_LIMIT,  /* keeps the difference of angles within minimum and maximum */
	JOINT_PULLEY,        /* |anchor_a - wheel_a| + ratio |anchor_b - wheel_b| = rest: a rope over two wheels */
};

/* Anchors are in the coordinates of their body, of the world where the body is SCENE_WORLD. */
struct scene_joint {
	struct text     id;
	enum joint_kind kind;
	uint32_t        a, b; /* indexes of bodies, at most one of them SCENE_WORLD */
	struct vector   anchor_a, anchor_b;
	struct vector   groove_a, groove_b; /* groove */
	struct vector   wheel_a, wheel_b;   /* pulley: in the world */
	double          stiffness, damping, rest;
	double          minimum, maximum;
	double          ratio, phase, rate;
	double          force_max; /* N or N m; 0: unlimited */
	bool            collide;   /* may the two bodies touch? */
};

enum force_kind {
	FORCE_DRAG = 1, /* F = -(linear + quadratic |u|) u, with u = v - wind */
	FORCE_MAGNETIC, /* F = q v x B: bz, T */
	FORCE_ELECTRIC, /* F = q E: vector, V/m */
	FORCE_CENTRAL,  /* a = -gm r / |r|^3 towards at */
	FORCE_DRIVE,    /* F = vector cos(omega t + phase), on one body */
	FORCE_ROTATING, /* the frame turns with omega about at: centrifugal and Coriolis */
};

struct scene_field {
	enum force_kind kind;
	uint32_t        body; /* acts on this one alone; SCENE_WORLD: on every dynamic body */
	struct vector   at, vector;
	double          linear, quadratic, gm, bz, omega, phase;
};

enum action_kind {
	ACTION_IMPULSE = 1, /* vector, N s, at the body's centre */
	ACTION_VELOCITY,    /* vector becomes the body's velocity */
	ACTION_CUT,         /* the joint is no more */
};

/* In order of time; those of the same time in the order given. Happens at the first step whose time is not before it
 * (precise: at the time itself). */
struct scene_event {
	double           time_s;
	enum action_kind kind;
	uint32_t         body, joint;
	struct vector    vector;
};

enum measure_kind {
	MEASURE_POSITION = 1,
	MEASURE_VELOCITY,
	MEASURE_ANGLE,
	MEASURE_ANGULAR_VELOCITY,
	MEASURE_ENERGY, /* of the whole scene, J; of one body when it names one: kinetic only */
	MEASURE_MOMENTUM,
	MEASURE_ANGULAR_MOMENTUM, /* about the origin */
	MEASURE_DISTANCE,         /* between two bodies */
	MEASURE_JOINT_FORCE,      /* magnitude, N */
	MEASURE_CONTACT_FORCE,    /* on one body, magnitude, N */
	MEASURE_COLLISION_COUNT,
	MEASURE_PERIOD,  /* mean time between upward passages through the middle, along an axis */
	MEASURE_MAXIMUM, /* of another measure, over the run */
	MEASURE_MINIMUM,
	MEASURE_AT_TIME, /* another measure's value at a time */
};

enum axis { AXIS_X = 1, AXIS_Y, AXIS_ANGLE, AXIS_MAGNITUDE };

struct scene_measure {
	struct text       id;
	enum measure_kind kind;
	uint32_t          body, other; /* SCENE_WORLD: none, or the world's origin for a distance */
	uint32_t          joint;
	uint32_t          of; /* maximum, minimum, at time: an earlier measure that is a series */
	enum axis         axis;
	double            time_s; /* at time */
};

enum { SCENE_ARGUMENTS_MAX = 8 };

struct law;

/* What a formula of physics/law.h says of a measure, and how near the run must come. A measure that is a series is
 * compared at its end. Not part of the canonical form: it judges a run and does not change it. */
struct scene_expectation {
	uint32_t          measure;
	const struct law *formula;
	double            arguments[SCENE_ARGUMENTS_MAX];         /* in the law's order, parameters put in */
	double            tolerance_relative, tolerance_absolute; /* 0: does not count; the larger holds */
};

/* A number of the scene that may be turned, and its range. */
struct scene_parameter {
	struct text name, title, unit; /* title and unit may be absent */
	struct text pointer;           /* RFC 6901, into the JSON scene; the first, where it names several */
	double      minimum, maximum, value;
};

struct scene {
	struct text                     title; /* as all names: not part of the canonical form */
	struct scene_solver             solver;
	struct vector                   gravity;
	uint32_t                        seed;
	uint32_t                        body_count, shape_count, point_count, joint_count, field_count, event_count;
	uint32_t                        measure_count, expectation_count, parameter_count;
	const struct scene_body        *bodies;
	const struct scene_shape       *shapes;
	const struct vector            *points;
	const struct scene_joint       *joints;
	const struct scene_field       *fields;
	const struct scene_event       *events;
	const struct scene_measure     *measures;
	const struct scene_expectation *expectations;
	const struct scene_parameter   *parameters;
};

/* ---- reading ---- */

/* What somebody gives a parameter instead of the scene's own number. */
struct scene_value {
	struct text name;
	double      value;
	struct text pointer; /* where complaints about it lead to; absent: the parameter in the scene */
};

struct scene_options {
	enum scene_audience       audience;
	const struct scene_value *values;
	uint32_t                  value_count;
};

/* Whoever wrote the scene gets both: where (RFC 6901) and a sentence. */
struct scene_report {
	struct complaints refusals; /* why it is no scene; empty for one that is */
	struct complaints warnings; /* what a careful author would change; the scene holds */
};

struct json_value;

/* From its JSON (physics/README.md). Anything but OK leaves *out alone and has at least one refusal: MALFORMED,
 * TOO_LARGE and INVALID as json_value_read; INVALID also for whatever physics/scene/limits.def does not allow. */
enum status scene_read(struct bytes json, const struct scene_options *options, struct arena *arena,
                       const struct scene **out, struct scene_report *report) MUST_USE;

/* From a tree that was read before. The values given are put into it and stay there: who compiles a tree again gives
 * the same parameters again. */
enum status scene_compile(struct json_value *json, const struct scene_options *options, struct arena *arena,
                          const struct scene **out, struct scene_report *report) MUST_USE;

#endif
