#include "physics/precise/precise.h"

#include "physics/elementary/elementary.h"
#include "physics/field.h"
#include "physics/vector.h"

#include <float.h>

/* The world ends this many times as far away as a scene may place a body. */
enum { WORLD = 10 };

/* How much of a number rounding may take in a step. */
#define ROUNDING (4 * DBL_EPSILON)

/* ---------------------------------------------------------------- making one */

static void take_bodies(struct solver *solver)
{
	for (uint32_t i = 0; i < solver->world; i++) {
		const struct scene_body *body = &solver->scene->bodies[i];
		bool                     moves = body->type == BODY_DYNAMIC;

		solver->state[i] = (struct body_state){
			.position = body->position,
			.velocity = body->type == BODY_STATIC ? (struct vector){0, 0} : body->velocity,
			.angle = body->angle,
			.angular_velocity = body->type == BODY_STATIC ? 0 : body->angular_velocity,
		};
		solver->inverse_mass[i] = moves ? 1 / body->mass_kg : 0;
		solver->inverse_moment[i] =
			moves && !body->fixed_rotation && body->moment_kgm2 > 0 ? 1 / body->moment_kgm2 : 0;
		solver->turns[i] = solver->inverse_moment[i] > 0 || solver->state[i].angular_velocity != 0;
		elementary_sincos(body->angle, &solver->rotations[i].y, &solver->rotations[i].x);
		solver->scale_m = fmax(solver->scale_m, fmax(fabs(body->position.x), fabs(body->position.y)));
	}
	solver->rotations[solver->world] = (struct vector){1, 0};
}

static uint32_t take_joints(struct solver *solver)
{
	const struct scene *scene = solver->scene;
	uint32_t            rows = 0;

	for (uint32_t i = 0; i < scene->joint_count; i++) {
		const struct scene_joint *joint = &scene->joints[i];
		struct vector             a = anchor_place(scene, joint->a, joint->anchor_a, solver->state);
		struct vector             b = anchor_place(scene, joint->b, joint->anchor_b, solver->state);

		solver->lengths[i] = vector_length(vector_subtract(b, a));
		solver->scale_m = fmax(solver->scale_m, solver->lengths[i]);
		rows += rows_of_kind(joint->kind);
	}
	return rows;
}

static void make_bodies(struct solver *solver)
{
	struct arena *arena = &solver->arena;
	size_t        n = (size_t)solver->world + 1;

	solver->inverse_mass = arena_array(arena, double, n);
	solver->inverse_moment = arena_array(arena, double, n);
	solver->turns = arena_array(arena, bool, n);
	solver->rotations = arena_array(arena, struct vector, n);
	solver->state = arena_array(arena, struct body_state, n);
	solver->stage = arena_array(arena, struct body_state, n);
	solver->whole = arena_array(arena, struct body_state, n);
	solver->half = arena_array(arena, struct body_state, n);
	solver->tried = arena_array(arena, struct body_state, n);
	solver->first = arena_array(arena, struct acceleration, n);
	solver->middle = arena_array(arena, struct acceleration, n);
	solver->rate = arena_array(arena, struct acceleration, n);
	solver->by = arena_array(arena, struct acceleration, n);
	solver->contact_force_n = arena_array(arena, double, n);
	solver->contact_forces = arena_array(arena, struct vector, n);
	solver->blows_ns = arena_array(arena, struct vector, n);
	solver->sleeping = arena_array(arena, bool, n);
}

/* One row more than can hold: the blow of an impact. */
static void make_rows(struct solver *solver, uint32_t joint_rows)
{
	struct arena *arena = &solver->arena;
	uint32_t      stops = solver->stop_count < PRECISE_ACTIVE_MAX ? solver->stop_count : PRECISE_ACTIVE_MAX;

	solver->row_capacity = joint_rows + stops + 1;
	solver->rows = arena_array(arena, struct row, solver->row_capacity);
	solver->row_owner = arena_array(arena, uint32_t, solver->row_capacity);
	solver->multipliers = arena_array(arena, double, solver->row_capacity);
	solver->right = arena_array(arena, double, solver->row_capacity);
	linear_init(&solver->linear, solver->row_capacity, arena);
}

/* Onto the joints, then whatever touches. */
static enum solver_fault settle(struct solver *solver)
{
	if (!motion_project(solver, solver->state, false))
		return SOLVER_CONSTRAINTS;
	return impacts_resolve(solver);
}

/* Ropes that are too long at first pull bodies to where they may overlap. */
static enum solver_fault settle_first(struct solver *solver)
{
	enum solver_fault fault;

	stops_let_overlap(solver);
	fault = settle(solver);
	stops_let_overlap(solver);
	return fault;
}

/* Everything that the frame tells beside the state. */
static void finish_frame(struct solver *solver)
{
	const struct scene *scene = solver->scene;

	solver->potential_j =
		field_potential(scene, solver->state) + spring_potential(scene, solver->state, solver->cut);
	motion_accelerate(solver, solver->state, solver->time_s, solver->first);
	forces_tell(solver);
}

static struct solver *precise_create(const struct scene *scene)
{
	struct arena   arena = {0};
	struct solver *solver = arena_new(&arena, struct solver);
	size_t         joints = (size_t)scene->joint_count + 1;
	bool           fits;
	uint32_t       rows;

	solver->scene = scene;
	solver->world = scene->body_count;
	solver->scale_m = 1;
	solver->place_max_m = WORLD * limit_value(LIMIT_POSITION_MAX, SCENE_TEACHER);
	solver->step_s = 1.0 / scene->solver.fps / scene->solver.substeps;
	solver->arena = arena;
	make_bodies(solver);
	solver->cut = arena_array(&solver->arena, bool, joints);
	solver->lengths = arena_array(&solver->arena, double, joints);
	solver->joint_force_n = arena_array(&solver->arena, double, joints);
	solver->collisions = arena_array(&solver->arena, struct collision, PRECISE_COLLISIONS_MAX);
	take_bodies(solver);
	rows = take_joints(solver);
	fits = stops_create(solver);
	make_rows(solver, rows);
	solver->fault = fits ? settle_first(solver) : SOLVER_TOO_DENSE;
	finish_frame(solver);
	return solver;
}

static void precise_destroy(struct solver *solver)
{
	struct arena arena;

	if (!solver)
		return;
	arena = solver->arena;
	arena_finish(&arena);
}

/* ---------------------------------------------------------------- going on */

static void cut_joint(struct solver *solver, uint32_t joint)
{
	solver->cut[joint] = true;
	for (uint32_t i = 0; i < solver->stop_count; i++) {
		struct stop *stop = &solver->stops[i];

		if (!stop_is_contact(stop) && stop->joint == joint)
			stop->active = false;
	}
}

static enum solver_fault act(struct solver *solver, const struct scene_event *event)
{
	struct body_state *body;

	if (event->kind == ACTION_CUT) {
		cut_joint(solver, event->joint);
		return settle(solver);
	}
	body = &solver->state[event->body];
	if (event->kind == ACTION_IMPULSE)
		body->velocity =
			vector_add(body->velocity, vector_scale(event->vector, solver->inverse_mass[event->body]));
	else
		body->velocity = event->vector;
	return settle(solver);
}

/* Doubling cannot tell less than the last bits of the numbers that it compares. */
static double tolerance_of(const struct solver *solver)
{
	double most = 0;

	for (uint32_t i = 0; i < solver->world; i++) {
		const struct body_state *body = &solver->state[i];

		most = fmax(most, fmax(fmax(fabs(body->position.x), fabs(body->position.y)), fabs(body->angle)));
	}
	return fmax(solver->scene->solver.tolerance, ROUNDING * most);
}

static enum solver_fault precise_advance(struct solver *solver)
{
	const struct scene *scene = solver->scene;
	double              end_s = (double)(solver->step + 1) / scene->solver.fps;

	if (solver->fault != SOLVER_FINE)
		return solver->fault;
	solver->tolerance = tolerance_of(solver);
	solver->happenings = 0;
	solver->steps = 0;
	solver->collision_count = 0;
	memset(solver->blows_ns, 0, (solver->world + 1) * sizeof(*solver->blows_ns));
	while (solver->fault == SOLVER_FINE && solver->next_event < scene->event_count
	       && scene->events[solver->next_event].time_s < end_s) {
		const struct scene_event *event = &scene->events[solver->next_event++];

		solver->fault = step_until(solver, event->time_s);
		if (solver->fault == SOLVER_FINE)
			solver->fault = act(solver, event);
	}
	if (solver->fault == SOLVER_FINE)
		solver->fault = step_until(solver, end_s);
	if (solver->fault == SOLVER_FINE) {
		solver->step++;
		finish_frame(solver);
	}
	return solver->fault;
}

static void precise_frame(const struct solver *solver, struct solver_frame *out)
{
	*out = (struct solver_frame){
		.step = solver->step,
		.time_s = (double)solver->step / solver->scene->solver.fps,
		.bodies = solver->state,
		.sleeping = solver->sleeping,
		.joint_force_n = solver->joint_force_n,
		.contact_force_n = solver->contact_force_n,
		.collisions = solver->collisions,
		.collision_count = solver->collision_count,
		.potential_j = solver->potential_j,
	};
}

static void precise_quality(const struct solver *solver, struct solver_quality *out)
{
	*out = solver->quality;
}

const struct solver_kind solver_precise = {
	.name = "precise",
	.create = precise_create,
	.advance = precise_advance,
	.frame = precise_frame,
	.quality = precise_quality,
	.destroy = precise_destroy,
};
