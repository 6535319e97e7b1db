/* Shapes when time begins: which are in one another. A sweep along x over their bounding boxes finds the pairs, and
 * gives up as soon as there are too many: what costs the solver its time is known here first. */
#include "physics/scene/scene_parts.h"

#include "physics/elementary/elementary.h"
#include "physics/vector.h"

#include <math.h>
#include <stdlib.h>

/* Boxes count as overlapping when they are this near: bodies at rest on one another touch. */
static const double touching = 1e-4;

struct bound {
	double   left, right, bottom, top;
	uint32_t shape;
};

/* A shape in the world: corners, and a radius about them. */
struct hull {
	struct vector points[16];
	uint32_t      count;
	double        radius;
};

struct sweep {
	struct scene_reading *reading;
	struct bound         *bounds;
	struct hull          *hulls;    /* by shape */
	struct map            excluded; /* keys: two bodies that a joint keeps from meeting */
	uint32_t              pairs, pairs_max;
};

/* ---------------------------------------------------------------- hulls */

static void make_hull(const struct scene *scene, uint32_t index, struct hull *hull)
{
	const struct scene_shape *shape = &scene->shapes[index];
	const struct scene_body  *body = &scene->bodies[shape->body];
	const struct vector       ends[2] = {shape->a, shape->b};
	const struct vector      *points = shape->kind == SHAPE_POLYGON ? &scene->points[shape->first_point] : ends;
	struct vector             rotation;

	hull->count = shape->kind == SHAPE_POLYGON ? shape->point_count : shape->kind == SHAPE_SEGMENT ? 2 : 1;
	hull->radius = shape->radius;
	elementary_sincos(body->angle, &rotation.y, &rotation.x);
	for (uint32_t i = 0; i < hull->count; i++)
		hull->points[i] = vector_add(body->position, vector_rotate(points[i], rotation));
}

static struct vector centre_of(const struct hull *hull)
{
	struct vector sum = {0, 0};

	for (uint32_t i = 0; i < hull->count; i++)
		sum = vector_add(sum, hull->points[i]);
	return vector_scale(sum, 1.0 / hull->count);
}

static struct bound bound_of(const struct hull *hull, uint32_t shape)
{
	struct bound bound = {INFINITY, -INFINITY, INFINITY, -INFINITY, shape};
	double       margin = hull->radius + touching / 2;

	for (uint32_t i = 0; i < hull->count; i++) {
		bound.left = fmin(bound.left, hull->points[i].x - margin);
		bound.right = fmax(bound.right, hull->points[i].x + margin);
		bound.bottom = fmin(bound.bottom, hull->points[i].y - margin);
		bound.top = fmax(bound.top, hull->points[i].y + margin);
	}
	return bound;
}

/* The gap between two hulls seen along an axis; below 0 where their shadows overlap. */
static double gap_along(const struct hull *a, const struct hull *b, struct vector axis)
{
	double length = vector_length(axis), a_most = -INFINITY, b_least = INFINITY;

	if (length == 0)
		return -INFINITY;
	for (uint32_t i = 0; i < a->count; i++)
		a_most = fmax(a_most, vector_dot(a->points[i], axis));
	for (uint32_t i = 0; i < b->count; i++)
		b_least = fmin(b_least, vector_dot(b->points[i], axis));
	return (b_least - a_most) / length - a->radius - b->radius;
}

static double gap_by_edges(const struct hull *of, const struct hull *a, const struct hull *b)
{
	double gap = -INFINITY;

	for (uint32_t i = 0; of->count > 1 && i < of->count; i++) {
		struct vector edge = vector_subtract(of->points[(i + 1) % of->count], of->points[i]);
		struct vector axis = {edge.y, -edge.x};

		gap = fmax(gap, fmax(gap_along(a, b, axis), gap_along(a, b, vector_scale(axis, -1))));
	}
	return gap;
}

/* Separating axes: the normals of edges, and between corners where something is round. Two polygons need no corners. */
static double gap_between(const struct hull *a, const struct hull *b)
{
	double gap = fmax(gap_by_edges(a, a, b), gap_by_edges(b, a, b));

	if (a->count > 2 && b->count > 2)
		return gap;
	for (uint32_t i = 0; i < a->count; i++)
		for (uint32_t j = 0; j < b->count; j++)
			gap = fmax(gap, gap_along(a, b, vector_subtract(b->points[j], a->points[i])));
	return gap;
}

/* ---------------------------------------------------------------- pairs */

static void pair_key(uint32_t a, uint32_t b, uint32_t *key)
{
	key[0] = a < b ? a : b;
	key[1] = a < b ? b : a;
}

static bool may_meet(const struct sweep *sweep, const struct scene_shape *a, const struct scene_shape *b)
{
	const struct scene_body *bodies = sweep->reading->scene->bodies;
	uint32_t                 key[2];

	if (a->body == b->body || !a->touches || !b->touches)
		return false;
	if (bodies[a->body].type != BODY_DYNAMIC && bodies[b->body].type != BODY_DYNAMIC)
		return false;
	pair_key(a->body, b->body, key);
	return map_get(&sweep->excluded, key) == NULL;
}

static void note_masses(struct sweep *sweep, const struct scene_shape *a, const struct scene_shape *b)
{
	struct scene_reading    *reading = sweep->reading;
	const struct scene_body *bodies = reading->scene->bodies;
	double                   ratio = bodies[a->body].mass_kg / bodies[b->body].mass_kg;

	if (bodies[a->body].type != BODY_DYNAMIC || bodies[b->body].type != BODY_DYNAMIC)
		return;
	ratio = ratio < 1 ? 1 / ratio : ratio;
	if (ratio <= reading->contact_ratio)
		return;
	reading->contact_ratio = ratio;
	reading->contact_pointer = scene_item(reading, TEXT("/bodies"), b->body);
}

/* False when there are too many pairs to go on. */
static bool see_pair(struct sweep *sweep, uint32_t a, uint32_t b)
{
	struct scene_reading *reading = sweep->reading;
	uint32_t              first = a < b ? a : b, second = a < b ? b : a;
	const struct hull    *of_first = &sweep->hulls[first], *of_second = &sweep->hulls[second];
	double                gap;

	if (!may_meet(sweep, &reading->scene->shapes[first], &reading->scene->shapes[second]))
		return true;
	if (++sweep->pairs > sweep->pairs_max) {
		scene_refuse(reading, TEXT("/bodies"),
		             "more than %u pairs of shapes overlap at the start (PAIRS_PER_SHAPE_MAX, PAIRS_MORE_MAX)",
		             sweep->pairs_max);
		return false;
	}
	gap = gap_between(of_first, of_second);
	if (gap > touching)
		return true;
	note_masses(sweep, &reading->scene->shapes[first], &reading->scene->shapes[second]);
	if (vector_length(vector_subtract(centre_of(of_first), centre_of(of_second)))
	    < scene_limit(reading, LIMIT_CENTRES_MIN))
		scene_refuse(reading, reading->shape_pointers[second], "has the same centre as %.*s (CENTRES_MIN: %s)",
		             TEXT_ARG(reading->shape_pointers[first]), limit_reason(LIMIT_CENTRES_MIN));
	else if (-gap > scene_limit(reading, LIMIT_OVERLAP_WARN))
		scene_warn(reading, reading->shape_pointers[second], "overlaps %.*s by %.3g m (OVERLAP_WARN: %s)",
		           TEXT_ARG(reading->shape_pointers[first]), -gap, limit_reason(LIMIT_OVERLAP_WARN));
	return true;
}

/* ---------------------------------------------------------------- the sweep */

/* By the left end, then by the shape's index: the same order wherever it is sorted. */
static int compare_bounds(const void *left, const void *right)
{
	const struct bound *a = left, *b = right;

	if (a->left != b->left)
		return a->left < b->left ? -1 : 1;
	return a->shape < b->shape ? -1 : a->shape > b->shape;
}

static void run_sweep(struct sweep *sweep, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		const struct bound *a = &sweep->bounds[i];

		for (uint32_t j = i + 1; j < count && sweep->bounds[j].left <= a->right; j++) {
			const struct bound *b = &sweep->bounds[j];

			if (b->bottom <= a->top && a->bottom <= b->top && !see_pair(sweep, a->shape, b->shape))
				return;
		}
	}
}

static void exclude_joined(struct sweep *sweep)
{
	const struct scene *scene = sweep->reading->scene;

	for (uint32_t i = 0; i < scene->joint_count; i++) {
		const struct scene_joint *joint = &scene->joints[i];
		uint32_t                  key[2];

		if (joint->collide)
			continue;
		pair_key(joint->a, joint->b, key);
		map_put(&sweep->excluded, key, NULL);
	}
}

void scene_check_overlaps(struct scene_reading *reading)
{
	const struct scene *scene = reading->scene;
	uint32_t            count = scene->shape_count;
	double              by_shape = scene_limit(reading, LIMIT_PAIRS_PER_SHAPE_MAX);
	struct sweep        sweep = {.reading = reading, .excluded = {.key_size = sizeof(uint32_t[2])}};

	sweep.bounds = arena_array(reading->arena, struct bound, count);
	sweep.hulls = arena_array(reading->arena, struct hull, count);
	sweep.pairs_max = (uint32_t)(by_shape * count + scene_limit(reading, LIMIT_PAIRS_MORE_MAX));
	for (uint32_t i = 0; i < count; i++) {
		make_hull(scene, i, &sweep.hulls[i]);
		sweep.bounds[i] = bound_of(&sweep.hulls[i], i);
	}
	exclude_joined(&sweep);
	qsort(sweep.bounds, count, sizeof(*sweep.bounds), compare_bounds);
	run_sweep(&sweep, count);
	map_finish(&sweep.excluded);
}
