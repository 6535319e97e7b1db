#include "physics/rigid/rigid.h"

#include <math.h>
#include <stdlib.h>

#include "eventstore/base/require.h"
#include "physics/field.h"
#include "physics/rigid/rigid_assertion.h"
#include "physics/scene/limits.h"

/* A body beyond this many times what a scene may begin with has left the world. */
#define WORLD 10

static double world_limit(enum limit limit)
{
	return WORLD * limit_value(limit, SCENE_TEACHER);
}

/* Pairs that may touch at a time; in a heap of shapes inside one another they grow with its square. */
static int contacts_max(const struct scene *scene)
{
	return (int)(limit_value(LIMIT_CONTACTS_PER_SHAPE_MAX, SCENE_TEACHER) * scene->shape_count
	             + limit_value(LIMIT_CONTACTS_MORE_MAX, SCENE_TEACHER));
}

/* Forces ---------------------------------------------------------------------------------------------------------- */

static struct body_state state_of(const cpBody *body, cpVect velocity, double angular_velocity)
{
	return (struct body_state){
		.position = {body->p.x, body->p.y},
		.velocity = {velocity.x, velocity.y},
		.angle = body->a,
		.angular_velocity = angular_velocity,
	};
}

static cpVect acceleration_at(struct rigid_body *rigid, cpVect velocity)
{
	struct body_state state = state_of(&rigid->body, velocity, rigid->body.w);
	struct vector     force = field_force(rigid->solver->scene, rigid->index, &state, rigid->solver->time_s);

	return cpv(force.x * rigid->body.m_inv, force.y * rigid->body.m_inv);
}

/* The library calls this with the velocity of half a step ago. What depends on velocities (drag, magnetism, Coriolis)
 * is taken at the mean of before and after, found by going round twice. */
static void kick(cpBody *body, cpVect gravity, cpFloat damping, cpFloat step_s)
{
	struct rigid_body *rigid = (struct rigid_body *)body;
	double             kick_s = rigid_kick_s(rigid->solver);
	cpVect             after;

	if (cpBodyGetType(body) != CP_BODY_TYPE_DYNAMIC)
		return;
	rigid->velocity_before = body->v;
	rigid->angular_velocity_before = body->w;
	after = cpvadd(body->v, cpvmult(acceleration_at(rigid, body->v), kick_s));
	for (int round = 0; round < 2 && rigid->solver->scene->field_count > 0; round++)
		after = cpvadd(body->v, cpvmult(acceleration_at(rigid, cpvlerp(body->v, after, 0.5)), kick_s));
	rigid->kick = cpvdist(body->v, after);
	body->v = after;
}

static void drift(cpBody *body, cpFloat step_s)
{
	struct rigid_body *rigid = (struct rigid_body *)body;

	if (!rigid->solver->starting)
		cpBodyUpdatePosition(body, step_s);
}

/* Steps ----------------------------------------------------------------------------------------------------------- */

/* Velocities are half a step on: the second half of what the joint did last is taken back. */
static void joint_cut(struct solver *solver, struct rigid_joint *joint)
{
	if (!joint->present)
		return;
	joint->constraint.klass->applyCachedImpulse(&joint->constraint, -0.5);
	cpSpaceRemoveConstraint(solver->space, &joint->constraint);
	joint->present = false;
}

static void event_do(struct solver *solver, const struct scene_event *event)
{
	struct rigid_body  *rigid = event->kind == ACTION_CUT ? NULL : &solver->bodies[event->body];
	struct rigid_joint *joint = event->kind == ACTION_CUT ? &solver->joints[event->joint] : NULL;
	cpVect              vector = cpv(event->vector.x, event->vector.y);

	switch (event->kind) {
	case ACTION_IMPULSE:
		rigid->body.v = cpvadd(rigid->body.v, cpvmult(vector, rigid->body.m_inv));
		break;
	case ACTION_VELOCITY: /* velocities are half a step on, but at the start */
		if (!solver->starting && rigid->body.m_inv > 0)
			vector = cpvadd(vector, cpvmult(acceleration_at(rigid, vector), solver->step_s / 2));
		if (cpBodyGetType(&rigid->body) != CP_BODY_TYPE_STATIC)
			rigid->body.v = vector;
		break;
	case ACTION_CUT:
		joint_cut(solver, joint);
		solver->cut[event->joint] = true;
		break;
	}
}

static void events_do(struct solver *solver)
{
	const struct scene *scene = solver->scene;

	while (solver->next_event < scene->event_count && scene->events[solver->next_event].time_s <= solver->time_s)
		event_do(solver, &scene->events[solver->next_event++]);
}

/* Before the library sees a number that it would abort on. */
static bool is_within(const struct solver *solver, const cpBody *body)
{
	const struct rigid_world *world = &solver->world;

	return fabs(body->p.x) <= world->place_m && fabs(body->p.y) <= world->place_m
	       && cpvlengthsq(body->v) <= world->speed_m_s * world->speed_m_s && fabs(body->w) <= world->turn_rad_s
	       && cpvlengthsq(body->v_bias) < INFINITY && fabs(body->w_bias) < INFINITY && fabs(body->a) < INFINITY;
}

static enum solver_fault bodies_check(struct solver *solver)
{
	double fastest = 0; /* squared */

	for (uint32_t i = 0; i < solver->scene->body_count; i++) {
		const cpBody *body = &solver->bodies[i].body;
		double        speed = cpvlengthsq(body->v);

		if (!is_within(solver, body))
			return SOLVER_DIVERGED;
		if (body->shapeList)
			fastest = speed > fastest ? speed : fastest;
	}
	if (solver->tunnel_m > 0 && sqrt(fastest) * solver->step_s > solver->tunnel_m)
		solver->quality.may_tunnel = true;
	return SOLVER_FINE;
}

/* What a joint would do can grow beyond all bounds while nothing moves. */
static bool joints_are_finite(const struct solver *solver)
{
	for (uint32_t i = 0; i < solver->scene->joint_count; i++)
		if (!(rigid_joint_force_n(&solver->joints[i]) < INFINITY))
			return false;
	return true;
}

static enum solver_fault step(struct solver *solver)
{
	events_do(solver);
	if (!solver->starting)
		solver->time_s = ++solver->quality.steps * solver->step_s;
	cpSpaceStep(solver->space, solver->step_s);
	if (solver->space->arbiters->num > solver->world.contacts)
		return SOLVER_TOO_DENSE;
	if (!solver->starting)
		rigid_contact_collect(solver);
	rigid_contact_sum(solver);
	return bodies_check(solver);
}

static void steps(void *context)
{
	struct solver *solver = context;

	solver->collision_count = 0;
	for (uint32_t i = 0; i < solver->scene->solver.substeps && solver->fault == SOLVER_FINE; i++)
		solver->fault = step(solver);
	if (solver->fault == SOLVER_FINE && !joints_are_finite(solver))
		solver->fault = SOLVER_DIVERGED;
}

/* Frames ---------------------------------------------------------------------------------------------------------- */

/* Of a body in contact, a leap that neither gravity nor fields can have caused is an impact, and its mean no velocity.
 */
static void body_told(struct solver *solver, uint32_t index)
{
	const struct rigid_body *rigid = &solver->bodies[index];
	const cpBody            *body = &rigid->body;
	bool                     leapt = rigid->touched_step == solver->quality.steps
	             && cpvdist(body->v, rigid->velocity_before) > 2 * rigid->kick;

	if (leapt || body->m_inv == 0)
		solver->states[index] = state_of(body, body->v, body->w);
	else
		solver->states[index] = state_of(body, cpvlerp(rigid->velocity_before, body->v, 0.5),
		                                 (rigid->angular_velocity_before + body->w) / 2);
}

static void start_told(struct solver *solver, uint32_t index)
{
	const struct scene_body *body = &solver->scene->bodies[index];

	solver->states[index] = (struct body_state){
		.position = body->position,
		.velocity = body->velocity,
		.angle = body->angle,
		.angular_velocity = body->angular_velocity,
	};
}

static void frame_tell(struct solver *solver)
{
	const struct scene *scene = solver->scene;
	double              frame_s = solver->starting ? rigid_kick_s(solver) : 1.0 / scene->solver.fps;

	for (uint32_t i = 0; i < scene->body_count; i++) {
		if (!solver->starting)
			body_told(solver, i);
		solver->contact_force_n[i] = cpvlength(solver->bodies[i].contact_impulse) / frame_s;
		solver->bodies[i].contact_impulse = cpvzero;
	}
	for (uint32_t i = 0; i < scene->joint_count; i++)
		solver->joint_force_n[i] = rigid_joint_force_n(&solver->joints[i]);
}

/* Half a kick and no move: velocities are ahead from then on. Impulses that hold what rests are found here, too. */
static void start(void *context)
{
	struct solver *solver = context;

	rigid_space_fill(solver);
	for (uint32_t i = 0; i < solver->scene->body_count; i++) {
		cpBodySetVelocityUpdateFunc(&solver->bodies[i].body, kick);
		cpBodySetPositionUpdateFunc(&solver->bodies[i].body, drift);
	}
	solver->starting = true;
	solver->fault = step(solver);
	frame_tell(solver);
	solver->starting = false;
}

/* The interface --------------------------------------------------------------------------------------------------- */

static double polygon_thickness(const struct vector *points, uint32_t count)
{
	double thinnest = INFINITY;

	for (uint32_t i = 0; i < count; i++) {
		struct vector from = points[i], to = points[(i + 1) % count];
		double        x = to.x - from.x, y = to.y - from.y, length = sqrt(x * x + y * y), widest = 0;

		for (uint32_t k = 0; k < count; k++)
			widest = fmax(widest, (x * (points[k].y - from.y) - y * (points[k].x - from.x)) / length);
		thinnest = fmin(thinnest, widest);
	}
	return thinnest;
}

/* Half of the thinnest shape that can be passed through; a segment without a radius is guarded by the other's size. */
static double tunnel_m(const struct scene *scene)
{
	double thinnest = INFINITY;

	for (uint32_t i = 0; i < scene->shape_count; i++) {
		const struct scene_shape *shape = &scene->shapes[i];
		double                    thickness = 2 * shape->radius;

		if (shape->kind == SHAPE_POLYGON)
			thickness = polygon_thickness(scene->points + shape->first_point, shape->point_count);
		if (shape->touches && thickness > 0)
			thinnest = fmin(thinnest, thickness);
	}
	return thinnest < INFINITY ? thinnest / 2 : 0;
}

static void *zeroed(uint32_t count, size_t size)
{
	void *memory = calloc(count > 0 ? count : 1, size);

	require(memory);
	return memory;
}

static struct solver *rigid_create(const struct scene *scene)
{
	struct solver *solver = zeroed(1, sizeof(*solver));

	solver->scene = scene;
	solver->bodies = zeroed(scene->body_count, sizeof(*solver->bodies));
	solver->shapes = zeroed(scene->shape_count, sizeof(*solver->shapes));
	solver->joints = zeroed(scene->joint_count, sizeof(*solver->joints));
	solver->states = zeroed(scene->body_count, sizeof(*solver->states));
	solver->sleeping = zeroed(scene->body_count, sizeof(*solver->sleeping));
	solver->contact_force_n = zeroed(scene->body_count, sizeof(*solver->contact_force_n));
	solver->joint_force_n = zeroed(scene->joint_count, sizeof(*solver->joint_force_n));
	solver->cut = zeroed(scene->joint_count, sizeof(*solver->cut));
	solver->step_s = 1.0 / ((double)scene->solver.fps * scene->solver.substeps);
	solver->tunnel_m = tunnel_m(scene);
	solver->world = (struct rigid_world){
		.place_m = world_limit(LIMIT_POSITION_MAX),
		.speed_m_s = world_limit(LIMIT_VELOCITY_MAX),
		.turn_rad_s = world_limit(LIMIT_TURN_MAX),
		.contacts = contacts_max(scene),
	};
	solver->quality.error_estimate = NAN;
	for (uint32_t i = 0; i < scene->body_count; i++)
		start_told(solver, i);
	if (!rigid_survives(start, solver))
		solver->fault = SOLVER_LIBRARY;
	return solver;
}

static enum solver_fault rigid_advance(struct solver *solver)
{
	if (solver->fault != SOLVER_FINE)
		return solver->fault;
	if (!rigid_survives(steps, solver))
		solver->fault = SOLVER_LIBRARY;
	if (solver->fault != SOLVER_FINE)
		return solver->fault;
	solver->frames++;
	frame_tell(solver);
	return SOLVER_FINE;
}

static void rigid_frame(const struct solver *solver, struct solver_frame *out)
{
	*out = (struct solver_frame){
		.step = solver->frames,
		.time_s = (double)solver->frames / solver->scene->solver.fps,
		.bodies = solver->states,
		.sleeping = solver->sleeping,
		.joint_force_n = solver->joint_force_n,
		.contact_force_n = solver->contact_force_n,
		.collisions = solver->collisions,
		.collision_count = solver->collision_count,
		.potential_j = field_potential(solver->scene, solver->states)
	                       + spring_potential(solver->scene, solver->states, solver->cut),
	};
}

static void rigid_quality(const struct solver *solver, struct solver_quality *out)
{
	*out = solver->quality;
}

/* A space that an assertion left in the middle of something is not walked through again. */
static void rigid_destroy(struct solver *solver)
{
	if (!solver)
		return;
	if (solver->fault != SOLVER_LIBRARY) {
		rigid_space_free(solver);
		free(solver->bodies);
		free(solver->shapes);
		free(solver->joints);
	}
	free(solver->states);
	free(solver->sleeping);
	free(solver->contact_force_n);
	free(solver->joint_force_n);
	free(solver->cut);
	free(solver->collisions);
	free(solver);
}

const struct solver_kind solver_rigid = {
	.name = "rigid",
	.create = rigid_create,
	.advance = rigid_advance,
	.frame = rigid_frame,
	.quality = rigid_quality,
	.destroy = rigid_destroy,
};
