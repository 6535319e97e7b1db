#include "physics/rigid.h"

#include <math.h>
#include <stdlib.h>

#include "eventstore/base/require.h"
#include "physics/rigid_library.h"

/* Circles of a row that touch and bounce, as in Newton's cradle, must hit one after the other: simultaneous impacts
 * have no one answer, and the library's is wrong. Each gives half of this of its radius. */
#define GAP_M 1e-4
#define GAP_ELASTICITY_MIN 0.9

/* What touches by the numbers must touch in the first step, whichever way its corners were rounded; m. */
#define SKIN_M 1e-9

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

/* Do these two touch at the start, and bounce well? */
static bool is_elastic_touch(const struct scene *scene, const struct scene_shape *a, const struct scene_shape *b)
{
	const struct scene_body *one = &scene->bodies[a->body], *other = &scene->bodies[b->body];
	double                   dx = other->position.x - one->position.x, dy = other->position.y - one->position.y;

	/* Circles away from their body's centre are parts of something larger, and no balls. */
	return b->kind == SHAPE_CIRCLE && b->touches && other->type == BODY_DYNAMIC && a->body != b->body
	       && a->elasticity * b->elasticity >= GAP_ELASTICITY_MIN && b->a.x == 0 && b->a.y == 0
	       && fabs(sqrt(dx * dx + dy * dy) - a->radius - b->radius) < GAP_M;
}

static double gap_of(struct solver *solver, const struct scene_shape *shape)
{
	const struct scene *scene = solver->scene;
	double              gap = 0;

	if (shape->a.x != 0 || shape->a.y != 0 || scene->bodies[shape->body].type != BODY_DYNAMIC)
		return 0;
	for (const struct scene_shape *other = scene->shapes; other < scene->shapes + scene->shape_count; other++) {
		if (is_elastic_touch(scene, shape, other)) {
			solver->quality.gaps += other > shape;
			gap = GAP_M / 2;
		}
	}
	return gap < shape->radius / 2 ? gap : 0;
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

static void shape_init(struct solver *solver, union rigid_shape *shape, const struct scene_shape *from)
{
	const struct scene *scene = solver->scene;
	cpBody             *body = &solver->bodies[from->body].body;

	switch (from->kind) {
	case SHAPE_CIRCLE:
		cpCircleShapeInit(&shape->circle, body, from->radius + SKIN_M - gap_of(solver, from), vect(from->a));
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
	for (uint32_t i = 0; i < scene->body_count; i++)
		body_add(solver, i);
	for (uint32_t i = 0; i < scene->shape_count; i++)
		shape_add(solver, i);
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
