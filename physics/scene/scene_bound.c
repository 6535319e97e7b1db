/* Whether a solver can follow: nothing may oscillate or decay faster than a step, masses that push each other must be
 * alike, and the whole must end in time. The rigid solver has steps of one length, so it is told here; the precise one
 * shortens its own. */
#include "physics/scene/scene_parts.h"

#include "physics/rigid/rigid_gap.h"
#include "physics/solver.h"
#include "physics/vector.h"

#include <math.h>

/* ---------------------------------------------------------------- rates */

/* The fastest oscillation or decay, in 1/s, and where it comes from. */
struct rate {
	double      per_s;
	struct text pointer;
};

static void note_rate(struct rate *fastest, double per_s, struct text pointer)
{
	if (per_s > fastest->per_s)
		*fastest = (struct rate){per_s, pointer};
}

/* 1/m, or 1/I where it turns; 0 of what does not move. */
static double yielding(const struct scene *scene, uint32_t index, bool turning)
{
	const struct scene_body *body = index == SCENE_WORLD ? NULL : &scene->bodies[index];

	if (!body || body->type != BODY_DYNAMIC)
		return 0;
	if (!turning)
		return 1 / body->mass_kg;
	return body->moment_kgm2 > 0 && !body->fixed_rotation ? 1 / body->moment_kgm2 : 0;
}

static double spring_rate(const struct scene *scene, const struct scene_joint *joint)
{
	bool turning = joint->kind == JOINT_ROTARY_SPRING;

	if (joint->kind != JOINT_SPRING && !turning)
		return 0;
	return sqrt(joint->stiffness * (yielding(scene, joint->a, turning) + yielding(scene, joint->b, turning)));
}

/* Of a field on one body, at its speed when time begins. */
static double field_rate(const struct scene_field *field, const struct scene_body *body)
{
	double speed = vector_length(vector_subtract(body->velocity, field->vector));

	switch (field->kind) {
	case FORCE_DRAG:
		return (field->linear + field->quadratic * speed) / body->mass_kg;
	case FORCE_MAGNETIC:
		return fabs(body->charge_c * field->bz) / body->mass_kg;
	case FORCE_ROTATING:
		return 2 * fabs(field->omega);
	case FORCE_DRIVE:
		return fabs(field->omega);
	default:
		return 0;
	}
}

static bool acts_on(const struct scene *scene, const struct scene_field *field, uint32_t body)
{
	return scene->bodies[body].type == BODY_DYNAMIC && (field->body == SCENE_WORLD || field->body == body);
}

static struct rate fastest_rate(struct scene_reading *reading)
{
	const struct scene *scene = reading->scene;
	struct rate         fastest = {0};

	for (uint32_t i = 0; i < scene->joint_count; i++)
		note_rate(&fastest, spring_rate(scene, &scene->joints[i]), scene_item(reading, TEXT("/joints"), i));
	for (uint32_t i = 0; i < scene->field_count; i++)
		for (uint32_t j = 0; j < scene->body_count; j++)
			if (acts_on(scene, &scene->fields[i], j))
				note_rate(&fastest, field_rate(&scene->fields[i], &scene->bodies[j]),
				          scene_item(reading, TEXT("/fields"), i));
	return fastest;
}

/* Raises the steps a frame as far as they may be; beyond that it is refused. */
static void follow_rates(struct scene_reading *reading)
{
	struct scene_solver *solver = &reading->scene->solver;
	struct rate          fastest = fastest_rate(reading);
	double               step_max = scene_limit(reading, LIMIT_PHASE_STEP_MAX);
	double               needed = ceil(fastest.per_s / (step_max * solver->fps));

	if (needed <= solver->substeps)
		return;
	if (needed > scene_limit(reading, LIMIT_SUBSTEPS_MAX)) {
		scene_refuse(
			reading, fastest.pointer,
			"changes by %.3g rad a step even with %.0f steps a frame (PHASE_STEP_MAX: %s): make it softer "
			"or slower, the masses larger, or fps higher",
			fastest.per_s / (solver->fps * scene_limit(reading, LIMIT_SUBSTEPS_MAX)),
			scene_limit(reading, LIMIT_SUBSTEPS_MAX), limit_reason(LIMIT_PHASE_STEP_MAX));
		return;
	}
	scene_warn(reading, fastest.pointer, "needs %.0f steps a frame instead of %u, and gets them (PHASE_STEP_MAX)",
	           needed, solver->substeps);
	solver->substeps = (uint32_t)needed;
}

/* ---------------------------------------------------------------- masses */

static void check_ratio(struct scene_reading *reading, struct text pointer, double ratio, const char *where)
{
	if (ratio > scene_limit(reading, LIMIT_MASS_RATIO_MAX))
		scene_refuse(reading, pointer, "masses %s are as 1 to %.4g, more than %.0f (MASS_RATIO_MAX: %s)", where,
		             ratio, scene_limit(reading, LIMIT_MASS_RATIO_MAX), limit_reason(LIMIT_MASS_RATIO_MAX));
	else if (ratio > scene_limit(reading, LIMIT_MASS_RATIO_WARN))
		scene_warn(reading, pointer, "masses %s are as 1 to %.4g, more than %.0f (MASS_RATIO_WARN: %s)", where,
		           ratio, scene_limit(reading, LIMIT_MASS_RATIO_WARN), limit_reason(LIMIT_MASS_RATIO_WARN));
}

static uint32_t find_root(uint32_t *parents, uint32_t body)
{
	while (parents[body] != body)
		body = parents[body] = parents[parents[body]];
	return body;
}

static bool is_rigid_joint(const struct scene *scene, const struct scene_joint *joint)
{
	return joint->kind != JOINT_SPRING && joint->kind != JOINT_ROTARY_SPRING && yielding(scene, joint->a, false) > 0
	       && yielding(scene, joint->b, false) > 0;
}

/* The lightest and the heaviest of each chain of joints. */
static void check_chains(struct scene_reading *reading)
{
	const struct scene *scene = reading->scene;
	uint32_t           *parents = arena_array(reading->arena, uint32_t, scene->body_count);
	double             *least = arena_array(reading->arena, double, scene->body_count);
	double             *most = arena_array(reading->arena, double, scene->body_count);

	for (uint32_t i = 0; i < scene->body_count; i++) {
		parents[i] = i;
		least[i] = most[i] = scene->bodies[i].mass_kg;
	}
	for (uint32_t i = 0; i < scene->joint_count; i++) {
		const struct scene_joint *joint = &scene->joints[i];
		uint32_t                  a, b;

		if (!is_rigid_joint(scene, joint))
			continue;
		a = find_root(parents, joint->a);
		b = find_root(parents, joint->b);
		parents[b] = a;
		least[a] = fmin(least[a], least[b]);
		most[a] = fmax(most[a], most[b]);
	}
	for (uint32_t i = 0; i < scene->body_count; i++)
		if (parents[i] == i && least[i] > 0)
			check_ratio(reading, scene_item(reading, TEXT("/bodies"), i), most[i] / least[i],
			            "in one chain of joints");
}

/* ---------------------------------------------------------------- speeds */

static double shape_thickness(const struct scene *scene, const struct scene_shape *shape)
{
	const struct vector *points = &scene->points[shape->first_point];
	double               thinnest = INFINITY;

	if (shape->kind != SHAPE_POLYGON)
		return 2 * shape->radius;
	for (uint32_t i = 0; i < shape->point_count; i++) {
		struct vector start = points[i];
		struct vector edge = vector_subtract(points[(i + 1) % shape->point_count], start);
		double        width = 0;

		for (uint32_t j = 0; j < shape->point_count; j++)
			width = fmax(width, vector_cross(edge, vector_subtract(points[j], start)));
		thinnest = fmin(thinnest, width / vector_length(edge));
	}
	return thinnest;
}

static double thinnest_of(const struct scene *scene, uint32_t body, bool others)
{
	double thinnest = INFINITY;

	for (uint32_t i = 0; i < scene->shape_count; i++)
		if (scene->shapes[i].touches && (scene->shapes[i].body == body) != others)
			thinnest = fmin(thinnest, shape_thickness(scene, &scene->shapes[i]));
	return thinnest;
}

/* The fastest body is told of; the solver looks again at every step. */
static void check_tunnels(struct scene_reading *reading)
{
	const struct scene *scene = reading->scene;
	double              step_s = 1.0 / (scene->solver.fps * scene->solver.substeps), speed = 0, room;
	uint32_t            fastest = 0;

	for (uint32_t i = 0; i < scene->body_count; i++) {
		if (vector_length(scene->bodies[i].velocity) <= speed)
			continue;
		speed = vector_length(scene->bodies[i].velocity);
		fastest = i;
	}
	if (speed == 0)
		return;
	room = (thinnest_of(scene, fastest, false) + thinnest_of(scene, fastest, true)) / 2;
	if (speed * step_s > room)
		scene_warn(
			reading, scene_item(reading, TEXT("/bodies"), fastest),
			"may_tunnel: it moves %.3g m a step and may pass through what is %.3g m thin; raise substeps",
			speed * step_s, 2 * room);
}

static void tell_gaps(struct scene_reading *reading)
{
	uint32_t first = 0, count = rigid_gap_count(reading->scene, &first);

	if (count > 0)
		scene_warn(reading, reading->shape_pointers[first],
		           "touches a ball, and both bounce: in the rigid solver %u such pairs are set %g m apart, so "
		           "that a blow runs through them one by one",
		           count, RIGID_GAP_M);
}

/* ---------------------------------------------------------------- the whole */

static void check_steps(struct scene_reading *reading)
{
	const struct scene_solver *solver = &reading->scene->solver;
	double                     moving = 0, steps = ceil(solver->duration_s * solver->fps) * solver->substeps;

	for (uint32_t i = 0; i < reading->scene->body_count; i++)
		moving += reading->scene->bodies[i].type != BODY_STATIC;
	scene_within(reading, TEXT("/solver"), moving * steps, LIMIT_NONE, LIMIT_BODY_STEPS_MAX);
}

void scene_check_bounds(struct scene_reading *reading)
{
	const struct scene *scene = reading->scene;
	struct text         reason;
	bool                rigid = solver_choose(scene, &reason) == SOLVER_RIGID;

	if (rigid && scene->solver.mode == SOLVER_PRECISE)
		scene_refuse(reading, TEXT("/solver/mode"), "the precise solver cannot do this. %.*s",
		             TEXT_ARG(reason));
	if (rigid) {
		follow_rates(reading);
		check_chains(reading);
		check_ratio(reading, reading->contact_pointer, reading->contact_ratio, "that touch at the start");
		check_tunnels(reading);
		tell_gaps(reading);
	}
	check_steps(reading);
}
