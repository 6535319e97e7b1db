#include "physics/rigid/rigid.h"

/* Ends of segments that are this near are the same place, m. */
#define SAME_M 1e-6

/* A contact belongs to the end of a segment, and not to its side, when its normal leans so far along it. */
#define LEAN_MIN 0.1

/* Of a polygon, that are looked at; scenes have fewer. */
enum { SIDES_MAX = 32 };

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

/* Do these two touch for good? */
static bool lie_together(const struct solver *solver, const struct scene_shape *a, const struct scene_shape *b)
{
	const struct scene *scene = solver->scene;
	bool still = scene->bodies[a->body].type == BODY_STATIC && scene->bodies[b->body].type == BODY_STATIC;

	return a != b && a->kind == b->kind && a->touches && b->touches && (a->body == b->body || still)
	       && cpBBIntersects(solver->shapes[a - scene->shapes].shape.bb,
	                         solver->shapes[b - scene->shapes].shape.bb);
}

/* From an end to the far one of a segment that goes on there, in the body of the first; zero where none does. */
static cpVect onward(const struct solver *solver, const struct scene_shape *shape, bool second)
{
	const struct scene *scene = solver->scene;
	cpVect              at = end_of(solver, shape, second).at;

	for (const struct scene_shape *other = scene->shapes; other < scene->shapes + scene->shape_count; other++) {
		for (int side = 0; side < 2 && lie_together(solver, shape, other); side++) {
			struct end end = end_of(solver, other, side);

			if (cpvnear(end.at, at, SAME_M))
				return cpvunrotate(cpvsub(end.other, at),
				                   cpBodyGetRotation(&solver->bodies[shape->body].body));
		}
	}
	return cpvzero;
}

static cpVect point_of(const struct solver *solver, const struct scene_shape *shape, uint32_t index)
{
	struct vector point = solver->scene->points[shape->first_point + index % shape->point_count];

	return cpBodyLocalToWorld(&solver->bodies[shape->body].body, cpv(point.x, point.y));
}

static bool is_near_segment(cpVect point, cpVect a, cpVect b)
{
	return cpvnear(point, cpClosetPointOnSegment(point, a, b), SAME_M);
}

/* Does a side of the polygon lie against this one, all along it and facing it? */
static bool covers(const struct solver *solver, const struct scene_shape *polygon, cpVect from, cpVect to)
{
	for (uint32_t i = 0; i < polygon->point_count; i++) {
		cpVect start = point_of(solver, polygon, i), end = point_of(solver, polygon, i + 1);

		if (cpvdot(cpvsub(end, start), cpvsub(to, from)) < 0 && is_near_segment(from, start, end)
		    && is_near_segment(to, start, end))
			return true;
	}
	return false;
}

/* The library's side of an index is the one that ends at the point of that index. */
static uint32_t covered_sides(const struct solver *solver, const struct scene_shape *shape,
                              const struct scene_shape *other)
{
	uint32_t sides = 0;

	for (uint32_t i = 0; i < shape->point_count && i < SIDES_MAX; i++)
		if (covers(solver, other, point_of(solver, shape, i + shape->point_count - 1),
		           point_of(solver, shape, i)))
			sides |= 1U << i;
	return sides;
}

void rigid_seam_find(struct solver *solver)
{
	const struct scene *scene = solver->scene;

	for (uint32_t i = 0; i < scene->shape_count; i++) {
		const struct scene_shape *shape = &scene->shapes[i];

		if (shape->kind == SHAPE_SEGMENT) {
			solver->shapes[i].before = onward(solver, shape, false);
			solver->shapes[i].after = onward(solver, shape, true);
		}
		for (uint32_t k = 0; k < scene->shape_count && shape->kind == SHAPE_POLYGON; k++)
			if (lie_together(solver, shape, &scene->shapes[k]))
				solver->shapes[i].covered |= covered_sides(solver, shape, &scene->shapes[k]);
	}
}

/* The side of a polygon that faces most along a direction in its body. */
static int side_facing(const cpPolyShape *polygon, cpVect direction)
{
	int best = 0;

	for (int i = 1; i < polygon->count; i++)
		if (cpvdot(polygon->planes[polygon->count + i].n, direction)
		    > cpvdot(polygon->planes[polygon->count + best].n, direction))
			best = i;
	return best;
}

/* Would the end of this shape push against somebody who is on the one that goes on there? `normal` points away from it.
 */
static bool is_seam(const cpShape *shape, cpVect normal)
{
	const struct rigid_shape *rigid = (const struct rigid_shape *)shape;
	cpVect                    local = cpvunrotate(normal, cpBodyGetRotation(shape->body));
	double                    lean;

	if (shape->klass->type == CP_POLY_SHAPE)
		return rigid->covered != 0 && rigid->covered >> side_facing(&rigid->polygon, local) & 1;
	if (shape->klass->type != CP_SEGMENT_SHAPE)
		return false;
	lean = cpvdot(local, cpvnormalize(cpvsub(rigid->segment.b, rigid->segment.a)));
	return (lean < -LEAN_MIN && cpvdot(local, rigid->before) > 0)
	       || (lean > LEAN_MIN && cpvdot(local, rigid->after) > 0);
}

static cpBool is_contact(cpArbiter *arbiter, cpSpace *space, cpDataPointer nothing)
{
	return !is_seam(arbiter->a, arbiter->n) && !is_seam(arbiter->b, cpvneg(arbiter->n));
}

/* The library has neighbours of segments, too, but wants their ends to be met to the last bit. */
void rigid_seam_watch(cpSpace *space)
{
	space->defaultHandler.preSolveFunc = is_contact;
}
