#include "physics/rigid/rigid.h"

#include <math.h>
#include <stdlib.h>

#include "eventstore/base/require.h"
#include "physics/rigid/rigid_gap.h"
#include "physics/rigid/rigid_library.h"

/* How much thicker edges are than drawn. What touches by the numbers overlaps by half of the slop, in which nothing
 * pushes it out: so both corners of a box stay in contact however it trembles. Without, towers of boxes creep away.
 * Balls keep the size by which they roll, but for what rounding may take. */
#define SKIN_M (RIGID_SLOP_M / 4)
#define BALL_SKIN_M 1e-9

static cpVect vect(struct vector vector)
{
	return cpv(vector.x, vector.y);
}

static void body_add(struct solver *solver, uint32_t index)
{
	const struct scene_body *scene = &solver->scene->bodies[index];
	struct rigid_body       *rigid = &solver->bodies[index];
	cpBody                  *body = &rigid->body;
	bool                     turns = scene->moment_kgm2 > 0 && !scene->fixed_rotation;

	rigid->solver = solver;
	rigid->index = index;
	if (scene->type == BODY_DYNAMIC) {
		cpBodyInit(body, scene->mass_kg, turns ? scene->moment_kgm2 : INFINITY);
	} else {
		cpBodyInit(body, 0, 0);
		cpBodySetType(body, scene->type == BODY_STATIC ? CP_BODY_TYPE_STATIC : CP_BODY_TYPE_KINEMATIC);
	}
	cpBodySetPosition(body, vect(scene->position));
	cpBodySetAngle(body, scene->angle);
	if (scene->type != BODY_STATIC) {
		cpBodySetVelocity(body, vect(scene->velocity));
		cpBodySetAngularVelocity(body, scene->angular_velocity);
	}
	cpSpaceAddBody(solver->space, body);
}

/* The corner of a polygon whose edges are moved out by the skin. */
static cpVect corner(const struct vector *points, uint32_t count, uint32_t index)
{
	cpVect at = vect(points[index]);
	cpVect in = cpvrperp(cpvnormalize(cpvsub(at, vect(points[(index + count - 1) % count]))));
	cpVect out = cpvrperp(cpvnormalize(cpvsub(vect(points[(index + 1) % count]), at)));

	return cpvadd(at, cpvmult(cpvadd(in, out), SKIN_M / (1 + cpvdot(in, out))));
}

/* As given: the library's hull would change it. Without a radius: its rounded polygons stick in circles. */
static void polygon_init(cpPolyShape *polygon, const struct scene *scene, const struct scene_shape *from, cpBody *body)
{
	cpVect *corners = calloc(from->point_count, sizeof(*corners));

	require(corners);
	for (uint32_t i = 0; i < from->point_count; i++)
		corners[i] = corner(scene->points + from->first_point, from->point_count, i);
	cpPolyShapeInitRaw(polygon, body, (int)from->point_count, corners, 0);
	free(corners);
}

static void shape_init(struct solver *solver, struct rigid_shape *shape, const struct scene_shape *from)
{
	const struct scene *scene = solver->scene;
	cpBody             *body = &solver->bodies[from->body].body;

	switch (from->kind) {
	case SHAPE_CIRCLE:
		cpCircleShapeInit(&shape->circle, body, from->radius + BALL_SKIN_M - rigid_gap_of(scene, from),
		                  vect(from->a));
		break;
	case SHAPE_SEGMENT:
		cpSegmentShapeInit(&shape->segment, body, vect(from->a), vect(from->b), from->radius + SKIN_M);
		break;
	case SHAPE_POLYGON:
		polygon_init(&shape->polygon, scene, from, body);
		break;
	}
}

/* What touches nothing needs no shape. */
static void shape_add(struct solver *solver, uint32_t index)
{
	const struct scene_shape *from = &solver->scene->shapes[index];
	cpShape                  *shape = &solver->shapes[index].shape;

	if (!from->touches)
		return;
	shape_init(solver, &solver->shapes[index], from);
	cpShapeSetFriction(shape, from->friction);
	cpShapeSetElasticity(shape, from->elasticity);
	cpSpaceAddShape(solver->space, shape);
}

static cpBody *body_of(struct solver *solver, uint32_t index)
{
	return index == SCENE_WORLD ? cpSpaceGetStaticBody(solver->space) : &solver->bodies[index].body;
}

static void joint_add(struct solver *solver, uint32_t index)
{
	struct rigid_joint *joint = &solver->joints[index];

	joint->scene = &solver->scene->joints[index];
	joint->solver = solver;
	joint->present = rigid_joint_make(joint, body_of(solver, joint->scene->a), body_of(solver, joint->scene->b));
	if (!joint->present)
		return;
	cpConstraintSetCollideBodies(&joint->constraint, joint->scene->collide);
	if (joint->scene->force_max > 0)
		cpConstraintSetMaxForce(&joint->constraint, joint->scene->force_max);
	cpSpaceAddConstraint(solver->space, &joint->constraint);
}

void rigid_space_fill(struct solver *solver)
{
	const struct scene *scene = solver->scene;

	rigid_library_begin();
	solver->space = cpSpaceNew();
	cpSpaceSetIterations(solver->space, (int)scene->solver.iterations);
	cpSpaceSetGravity(solver->space, vect(scene->gravity));
	cpSpaceSetCollisionSlop(solver->space, RIGID_SLOP_M);
	rigid_seam_watch(solver->space);
	for (uint32_t i = 0; i < scene->body_count; i++)
		body_add(solver, i);
	for (uint32_t i = 0; i < scene->shape_count; i++)
		shape_add(solver, i);
	rigid_seam_find(solver);
	for (uint32_t i = 0; i < scene->joint_count; i++)
		joint_add(solver, i);
}

/* The space first: on its end it still looks at its bodies. */
void rigid_space_free(struct solver *solver)
{
	if (!solver->space)
		return;
	cpSpaceFree(solver->space);
	for (uint32_t i = 0; i < solver->scene->shape_count; i++)
		if (solver->scene->shapes[i].touches)
			cpShapeDestroy(&solver->shapes[i].shape);
}
