#include "physics/measure.h"

#include "eventstore/base/require.h"
#include "physics/curve.h"
#include "physics/field.h"
#include "physics/reach.h"
#include "physics/vector.h"

#include <stdlib.h>

struct measures {
	struct arena        arena;
	const struct scene *scene;
	struct curve_point *points; /* by measure, at the frame taken last */
	struct curve       *curves; /* by measure, of what is summed up */
	double             *series;
	uint32_t            taken;
	uint32_t            next_event;
	bool                jerks;      /* ropes and limits change velocities at any time */
	uint32_t           *collisions; /* by body, and of all */
	bool                conserves;
	double              energy_first, energy_most, energy_least, kinetic_most;
};

/* ---------------------------------------------------------------- kinds */

/* Where a measure looks. */
struct view {
	const struct scene        *scene;
	const struct solver_frame *frame;
	const struct measures     *measures;
};

static struct curve_point along(enum axis axis, struct vector value, struct vector rate)
{
	double length = vector_length(value);

	if (axis == AXIS_X)
		return (struct curve_point){value.x, rate.x};
	if (axis == AXIS_Y)
		return (struct curve_point){value.y, rate.y};
	return (struct curve_point){length, length > 0 ? vector_dot(value, rate) / length : NAN};
}

static const struct vector unknown = {NAN, NAN};

static struct curve_point read_angle(const struct view *view, const struct scene_measure *measure)
{
	const struct body_state *body = &view->frame->bodies[measure->body];

	return (struct curve_point){body->angle, body->angular_velocity};
}

static struct curve_point read_position(const struct view *view, const struct scene_measure *measure)
{
	const struct body_state *body = &view->frame->bodies[measure->body];

	if (measure->axis == AXIS_ANGLE)
		return read_angle(view, measure);
	return along(measure->axis, body->position, body->velocity);
}

static struct curve_point read_velocity(const struct view *view, const struct scene_measure *measure)
{
	return along(measure->axis, view->frame->bodies[measure->body].velocity, unknown);
}

static struct curve_point read_angular_velocity(const struct view *view, const struct scene_measure *measure)
{
	return (struct curve_point){view->frame->bodies[measure->body].angular_velocity, NAN};
}

static double kinetic_of_all(const struct scene *scene, const struct solver_frame *frame)
{
	double sum = 0;

	for (uint32_t i = 0; i < scene->body_count; i++)
		sum += body_kinetic(&scene->bodies[i], &frame->bodies[i]);
	return sum;
}

static struct curve_point read_energy(const struct view *view, const struct scene_measure *measure)
{
	const struct scene *scene = view->scene;

	if (measure->body != SCENE_WORLD)
		return (struct curve_point){
			body_kinetic(&scene->bodies[measure->body], &view->frame->bodies[measure->body]), NAN};
	return (struct curve_point){kinetic_of_all(scene, view->frame) + view->frame->potential_j, NAN};
}

static bool counts(const struct view *view, const struct scene_measure *measure, uint32_t body)
{
	return view->scene->bodies[body].type == BODY_DYNAMIC
	       && (measure->body == SCENE_WORLD || measure->body == body);
}

static struct curve_point read_momentum(const struct view *view, const struct scene_measure *measure)
{
	struct vector sum = {0, 0};

	for (uint32_t i = 0; i < view->scene->body_count; i++) {
		if (counts(view, measure, i))
			sum = vector_add(sum,
			                 vector_scale(view->frame->bodies[i].velocity, view->scene->bodies[i].mass_kg));
	}
	return along(measure->axis, sum, unknown);
}

static struct curve_point read_angular_momentum(const struct view *view, const struct scene_measure *measure)
{
	double sum = 0;

	for (uint32_t i = 0; i < view->scene->body_count; i++) {
		const struct scene_body *body = &view->scene->bodies[i];
		const struct body_state *state = &view->frame->bodies[i];

		if (!counts(view, measure, i))
			continue;
		sum += body->mass_kg * vector_cross(state->position, state->velocity);
		sum += body->fixed_rotation ? 0 : body->moment_kgm2 * state->angular_velocity;
	}
	return (struct curve_point){sum, NAN};
}

static struct curve_point read_distance(const struct view *view, const struct scene_measure *measure)
{
	static const struct body_state origin;
	const struct body_state       *a = &view->frame->bodies[measure->body];
	const struct body_state *b = measure->other == SCENE_WORLD ? &origin : &view->frame->bodies[measure->other];

	return along(AXIS_MAGNITUDE, vector_subtract(b->position, a->position),
	             vector_subtract(b->velocity, a->velocity));
}

static struct curve_point read_joint_force(const struct view *view, const struct scene_measure *measure)
{
	return (struct curve_point){view->frame->joint_force_n[measure->joint], NAN};
}

static struct curve_point read_contact_force(const struct view *view, const struct scene_measure *measure)
{
	return (struct curve_point){view->frame->contact_force_n[measure->body], NAN};
}

static struct curve_point read_collisions(const struct view *view, const struct scene_measure *measure)
{
	uint32_t whose = measure->body == SCENE_WORLD ? view->scene->body_count : measure->body;

	return (struct curve_point){view->measures->collisions[whose], NAN};
}

struct measure_kind_row {
	struct curve_point (*read)(const struct view *view, const struct scene_measure *measure);
	const char *unit;
};

/* A period reads what it is the period of; extremes and values at a time read nothing of their own. */
static const struct measure_kind_row kinds[] = {
	[MEASURE_POSITION] = {read_position, "m"},
	[MEASURE_VELOCITY] = {read_velocity, "m/s"},
	[MEASURE_ANGLE] = {read_angle, "rad"},
	[MEASURE_ANGULAR_VELOCITY] = {read_angular_velocity, "rad/s"},
	[MEASURE_ENERGY] = {read_energy, "J"},
	[MEASURE_MOMENTUM] = {read_momentum, "kg m/s"},
	[MEASURE_ANGULAR_MOMENTUM] = {read_angular_momentum, "kg m²/s"},
	[MEASURE_DISTANCE] = {read_distance, "m"},
	[MEASURE_JOINT_FORCE] = {read_joint_force, "N"},
	[MEASURE_CONTACT_FORCE] = {read_contact_force, "N"},
	[MEASURE_COLLISION_COUNT] = {read_collisions, ""},
	[MEASURE_PERIOD] = {read_position, "s"},
	[MEASURE_MAXIMUM] = {NULL, NULL},
	[MEASURE_MINIMUM] = {NULL, NULL},
	[MEASURE_AT_TIME] = {NULL, NULL},
};

bool measure_is_series(const struct scene_measure *measure)
{
	return measure->kind < MEASURE_PERIOD;
}

uint32_t measure_series_count(const struct scene *scene)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < scene->measure_count; i++)
		count += measure_is_series(&scene->measures[i]);
	return count;
}

/* Those that act on angles hold by torques. */
static bool twists(enum joint_kind kind)
{
	return kind == JOINT_ROTARY_SPRING || kind == JOINT_GEAR || kind == JOINT_MOTOR || kind == JOINT_ROTARY_LIMIT;
}

const char *measure_unit(const struct scene *scene, const struct scene_measure *measure)
{
	if (!kinds[measure->kind].unit)
		measure = &scene->measures[measure->of];
	if (measure->kind == MEASURE_JOINT_FORCE && twists(scene->joints[measure->joint].kind))
		return "N m";
	return kinds[measure->kind].unit;
}

/* ---------------------------------------------------------------- taking frames */

struct measures *measures_create(const struct scene *scene)
{
	struct measures *measures = calloc(1, sizeof(*measures));

	require(measures != NULL);
	measures->scene = scene;
	measures->points = arena_array(&measures->arena, struct curve_point, scene->measure_count + 1);
	measures->curves = arena_array(&measures->arena, struct curve, scene->measure_count + 1);
	measures->series = arena_array(&measures->arena, double, scene->measure_count + 1);
	measures->collisions = arena_array(&measures->arena, uint32_t, scene->body_count + 1);
	measures->conserves = scene_conserves_energy(scene);
	for (uint32_t i = 0; i < scene->joint_count; i++) {
		enum joint_kind kind = scene->joints[i].kind;

		measures->jerks |= kind == JOINT_SLIDE || kind == JOINT_GROOVE || kind == JOINT_ROTARY_LIMIT;
	}
	return measures;
}

void measures_destroy(struct measures *measures)
{
	if (!measures)
		return;
	for (uint32_t i = 0; i < measures->scene->measure_count; i++)
		curve_finish(&measures->curves[i]);
	arena_finish(&measures->arena);
	free(measures);
}

static void count_collisions(struct measures *measures, const struct solver_frame *frame)
{
	uint32_t all = measures->scene->body_count;

	for (uint32_t i = 0; i < frame->collision_count; i++) {
		const struct collision *collision = &frame->collisions[i];

		measures->collisions[collision->first]++;
		if (collision->second != SCENE_WORLD)
			measures->collisions[collision->second]++;
	}
	measures->collisions[all] += frame->collision_count;
}

/* Did velocities change by themselves alone since the frame before? */
static bool was_smooth(struct measures *measures, const struct solver_frame *frame)
{
	const struct scene *scene = measures->scene;
	bool                smooth = frame->collision_count == 0 && !measures->jerks;
	double              slack_s = 1.0 / scene->solver.fps;

	while (measures->next_event < scene->event_count
	       && scene->events[measures->next_event].time_s < frame->time_s - slack_s)
		measures->next_event++;
	if (measures->next_event < scene->event_count && scene->events[measures->next_event].time_s <= frame->time_s)
		smooth = false;
	return smooth;
}

static void take_energy(struct measures *measures, const struct solver_frame *frame)
{
	double kinetic = kinetic_of_all(measures->scene, frame), energy = kinetic + frame->potential_j;

	if (measures->taken == 0)
		measures->energy_first = measures->energy_most = measures->energy_least = energy;
	measures->energy_most = fmax(measures->energy_most, energy);
	measures->energy_least = fmin(measures->energy_least, energy);
	measures->kinetic_most = fmax(measures->kinetic_most, kinetic);
}

static void take_measure(struct measures *measures, uint32_t index, struct curve_moment moment)
{
	const struct scene_measure *measure = &measures->scene->measures[index];
	struct curve               *curve = &measures->curves[index];

	moment.point =
		measures->points[measure_is_series(measure) || measure->kind == MEASURE_PERIOD ? index : measure->of];
	if (measure->kind == MEASURE_PERIOD)
		curve_keep(curve, moment);
	else if (measure->kind == MEASURE_MAXIMUM)
		curve_extreme(curve, moment, 1);
	else if (measure->kind == MEASURE_MINIMUM)
		curve_extreme(curve, moment, -1);
	else if (measure->kind == MEASURE_AT_TIME)
		curve_at(curve, moment, measure->time_s);
}

void measures_take(struct measures *measures, const struct solver_frame *frame)
{
	const struct scene *scene = measures->scene;
	struct view         view = {.scene = scene, .frame = frame, .measures = measures};
	struct curve_moment moment = {.time_s = frame->time_s, .smooth = was_smooth(measures, frame)};
	uint32_t            series = 0;

	count_collisions(measures, frame);
	take_energy(measures, frame);
	for (uint32_t i = 0; i < scene->measure_count; i++) {
		const struct scene_measure *measure = &scene->measures[i];

		if (kinds[measure->kind].read)
			measures->points[i] = kinds[measure->kind].read(&view, measure);
		if (measure_is_series(measure))
			measures->series[series++] = measures->points[i].value;
		take_measure(measures, i, moment);
	}
	measures->taken++;
}

const double *measures_series(const struct measures *measures)
{
	return measures->series;
}

void measures_values(const struct measures *measures, double *out)
{
	const struct scene *scene = measures->scene;

	for (uint32_t i = 0; i < scene->measure_count; i++) {
		const struct scene_measure *measure = &scene->measures[i];

		if (measures->taken == 0)
			out[i] = NAN;
		else if (measure_is_series(measure))
			out[i] = measures->points[i].value;
		else if (measure->kind == MEASURE_PERIOD)
			out[i] = curve_period(&measures->curves[i]);
		else
			out[i] = curve_value(&measures->curves[i]);
	}
}

double measures_energy_drift(const struct measures *measures)
{
	double change =
		fmax(measures->energy_most - measures->energy_first, measures->energy_first - measures->energy_least);

	if (!measures->conserves || !(measures->kinetic_most > 0))
		return NAN;
	return change / measures->kinetic_most;
}
