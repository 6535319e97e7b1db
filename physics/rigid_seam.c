#include "physics/rigid.h"

/* Ends of segments that are this near are the same place, m. */
#define SAME_M 1e-6

/* A contact belongs to the end of a segment, and not to its side, when its normal leans so far along it. */
#define LEAN_MIN 0.1

/* Where in the world an end of a segment is, and where the other. */
struct end {
	cpVect at, other;
};

static struct end end_of(const struct solver *solver, const struct scene_shape *shape, bool second)
{
	const cpBody *body = &solver->bodies[shape->body].body;
	cpVect        a = cpBodyLocalToWorld(body, cpv(shape->a.x, shape->a.y));
	cpVect        b = cpBodyLocalToWorld(body, cpv(shape->b.x, shape->b.y));

	return second ? (struct end){b, a} : (struct end){a, b};
}

static bool move_together(const struct scene *scene, uint32_t a, uint32_t b)
{
	return a == b || (scene->bodies[a].type == BODY_STATIC && scene->bodies[b].type == BODY_STATIC);
}

/* From an end to the far one of a segment that goes on there, in the body of the first; zero where none does. */
static cpVect onward(const struct solver *solver, const struct scene_shape *shape, bool second)
{
	const struct scene *scene = solver->scene;
	cpVect              at = end_of(solver, shape, second).at;

	for (const struct scene_shape *other = scene->shapes; other < scene->shapes + scene->shape_count; other++) {
		if (other == shape || other->kind != SHAPE_SEGMENT || !other->touches
		    || !move_together(scene, shape->body, other->body))
			continue;
		for (int side = 0; side < 2; side++) {
			struct end end = end_of(solver, other, side);

			if (cpvnear(end.at, at, SAME_M))
				return cpvunrotate(cpvsub(end.other, at),
				                   cpBodyGetRotation(&solver->bodies[shape->body].body));
		}
	}
	return cpvzero;
}

void rigid_seam_find(struct solver *solver, const struct scene_shape *from, struct rigid_shape *segment)
{
	segment->before = onward(solver, from, false);
	segment->after = onward(solver, from, true);
}

/* Would this segment's end push against somebody who is on the one that goes on there? `normal` points away from it. */
static bool is_seam(const cpShape *shape, cpVect normal)
{
	const struct rigid_shape *rigid = (const struct rigid_shape *)shape;
	cpVect                    rotation = cpBodyGetRotation(shape->body), local, along;
	double                    lean;

	if (shape->klass->type != CP_SEGMENT_SHAPE)
		return false;
	local = cpvunrotate(normal, rotation);
	along = cpvnormalize(cpvsub(rigid->segment.b, rigid->segment.a));
	lean = cpvdot(local, along);
	return (lean < -LEAN_MIN && cpvdot(local, rigid->before) > 0)
	       || (lean > LEAN_MIN && cpvdot(local, rigid->after) > 0);
}

static cpBool is_contact(cpArbiter *arbiter, cpSpace *space, cpDataPointer nothing)
{
	return !is_seam(arbiter->a, arbiter->n) && !is_seam(arbiter->b, cpvneg(arbiter->n));
}

/* The library's own neighbours of segments want ends to be met to the last bit. */
void rigid_seam_watch(cpSpace *space)
{
	space->defaultHandler.preSolveFunc = is_contact;
}
