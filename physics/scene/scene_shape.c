/* From outlines, as authors draw them, to shapes, as solvers take them; and what a body's mass does when it turns. */
#include "physics/scene/scene_parts.h"

#include "eventstore/base/require.h"
#include "physics/elementary/elementary.h"
#include "physics/vector.h"

#include <math.h>

static const double pi = 3.14159265358979323846;

/* Where an outline's own coordinates are in its body's. */
struct placement {
	struct vector at, rotation; /* rotation: cosine and sine */
};

static const struct placement unmoved = {.rotation = {1, 0}};

static struct vector place(const struct placement *placement, struct vector point)
{
	struct vector placed = vector_add(placement->at, vector_rotate(point, placement->rotation));

	return (struct vector){scene_settle(placed.x), scene_settle(placed.y)};
}

static struct placement placement_of(const struct placement *outer, const struct scene_outline *outline)
{
	struct vector turned = {1, 0};

	if (outline->angle != 0)
		elementary_sincos(outline->angle, &turned.y, &turned.x);
	return (struct placement){.at = place(outer, outline->at), .rotation = vector_rotate(turned, outer->rotation)};
}

/* ---------------------------------------------------------------- polygons */

/* Each corner lies to the left of every edge, by more than rounding; so the edges turn once around, and never back. */
static bool check_convex(struct scene_reading *reading, const struct vector *points, uint32_t count,
                         struct text pointer)
{
	for (uint32_t i = 0; i < count; i++) {
		struct vector start = points[i], edge = vector_subtract(points[(i + 1) % count], start);

		for (uint32_t j = 2; j < count; j++) {
			struct vector to = vector_subtract(points[(i + j) % count], start);

			if (vector_cross(edge, to) > 1e-9 * vector_length(edge) * vector_length(to))
				continue;
			scene_refuse(
				reading, scene_item(reading, pointer, (i + j) % count),
				"does not lie to the left of the edge from corner %u to corner %u: corners must be "
				"convex, in counter-clockwise order, no three in a line",
				i, (i + 1) % count);
			return false;
		}
	}
	return true;
}

/* Twice the area; above 0 where the corners go round counter-clockwise. */
static double doubled_area(const struct vector *points, uint32_t count)
{
	double sum = 0;

	for (uint32_t i = 0; i < count; i++)
		sum += vector_cross(points[i], points[(i + 1) % count]);
	return sum;
}

static bool check_polygon(struct scene_reading *reading, const struct vector *points, uint32_t count,
                          struct text pointer)
{
	double area = doubled_area(points, count) / 2;

	if (area < 0) {
		scene_refuse(reading, pointer, "the corners go round clockwise: they must go counter-clockwise");
		return false;
	}
	return check_convex(reading, points, count, pointer)
	       && scene_within(reading, pointer, area, LIMIT_AREA_MIN, LIMIT_NONE);
}

static uint32_t read_corners(struct scene_reading *reading, const struct json_value *list, struct text pointer,
                             struct vector *out)
{
	uint32_t most = (uint32_t)scene_limit(reading, LIMIT_POLYGON_POINTS_MAX);

	if (list->kind != JSON_VALUE_LIST || list->count < 3 || list->count > most) {
		scene_refuse(reading, pointer, "must be a list of 3 to %u points (POLYGON_POINTS_MAX)", most);
		return 0;
	}
	for (uint32_t i = 0; i < list->count; i++)
		if (!scene_read_point(reading, &list->items[i], scene_item(reading, pointer, i), LIMIT_SIZE_MAX,
		                      &out[i]))
			return 0;
	return check_polygon(reading, out, list->count, pointer) ? list->count : 0;
}

static void box_corners(const struct scene_outline *outline, struct vector *out)
{
	double x = outline->width / 2, y = outline->height / 2;

	out[0] = (struct vector){-x, -y};
	out[1] = (struct vector){x, -y};
	out[2] = (struct vector){x, y};
	out[3] = (struct vector){-x, y};
}

/* ---------------------------------------------------------------- outlines */

static void find_material(struct scene_reading *reading, struct scene_outline *outline, struct text pointer)
{
	static const struct scene_material none = {0};
	const struct scene_material       *material = &none;

	for (uint32_t i = 0; i < reading->material_count; i++)
		if (text_equal(reading->material_rows[i].name, outline->material))
			material = &reading->material_rows[i];
	if (outline->material.data && material == &none)
		scene_refuse(reading, scene_below(reading, pointer, "mat"), "there is no material \"%.*s\"",
		             TEXT_ARG(outline->material));
	if (isnan(outline->friction))
		outline->friction = material->friction;
	if (isnan(outline->elasticity))
		outline->elasticity = material->elasticity;
}

static struct scene_shape *next_shape(struct scene_reading *reading, uint32_t body, const struct scene_outline *outline,
                                      struct text pointer)
{
	struct scene_shape *shape = &reading->shape_rows[reading->scene->shape_count];

	reading->shape_pointers[reading->scene->shape_count++] = pointer;
	reading->body_rows[body].shape_count++;
	*shape = (struct scene_shape){
		.body = body,
		.friction = outline->friction,
		.elasticity = outline->elasticity,
		.touches = outline->touches,
	};
	return shape;
}

static void add_polygon(struct scene_reading *reading, struct scene_shape *shape, const struct placement *placement,
                        const struct vector *points, uint32_t count)
{
	shape->kind = SHAPE_POLYGON;
	shape->first_point = reading->scene->point_count;
	shape->point_count = count;
	for (uint32_t i = 0; i < count; i++)
		reading->point_rows[reading->scene->point_count++] = place(placement, points[i]);
}

static void add_segment(struct scene_reading *reading, struct scene_shape *shape, const struct placement *placement,
                        const struct scene_outline *outline, struct text pointer)
{
	shape->kind = SHAPE_SEGMENT;
	shape->radius = outline->radius;
	shape->a = place(placement, outline->a);
	shape->b = place(placement, outline->b);
	scene_within(reading, scene_below(reading, pointer, "b"),
	             vector_length(vector_subtract(outline->b, outline->a)), LIMIT_SIZE_MIN, LIMIT_NONE);
}

/* One that is not a compound. */
static void add_outline(struct scene_reading *reading, const struct json_value *object, struct text pointer,
                        struct scene_outline *outline, const struct placement *outer, uint32_t body)
{
	struct placement         placement = placement_of(outer, outline);
	struct vector            corners[16];
	const struct json_value *list = json_value_member(object, TEXT("pts"));
	uint32_t                 count = 4;
	struct scene_shape      *shape;

	require(array_count(corners) >= scene_limit(reading, LIMIT_POLYGON_POINTS_MAX));
	find_material(reading, outline, pointer);
	if (outline->kind == OUTLINE_POLYGON)
		count = read_corners(reading, list, scene_below(reading, pointer, "pts"), corners);
	else if (outline->kind == OUTLINE_BOX)
		box_corners(outline, corners);
	if (count == 0)
		return;
	shape = next_shape(reading, body, outline, pointer);
	if (outline->kind == OUTLINE_CIRCLE) {
		shape->kind = SHAPE_CIRCLE;
		shape->radius = outline->radius;
		shape->a = placement.at;
	} else if (outline->kind == OUTLINE_SEGMENT) {
		add_segment(reading, shape, &placement, outline, pointer);
	} else {
		add_polygon(reading, shape, &placement, corners, count);
	}
}

static const struct json_value *shapes_of(struct scene_reading *reading, const struct json_value *object,
                                          struct text pointer)
{
	const struct json_value *list = json_value_member(object, TEXT("shapes"));
	double                   most = scene_limit(reading, LIMIT_BODY_SHAPES_MAX);

	if (!list)
		return NULL;
	if (list->kind != JSON_VALUE_LIST || list->count > most) {
		scene_refuse(reading, scene_below(reading, pointer, "shapes"),
		             "must be a list of at most %.0f shapes (BODY_SHAPES_MAX)", most);
		return NULL;
	}
	return list;
}

static void add_shapes(struct scene_reading *reading, const struct json_value *object, struct text pointer,
                       const struct placement *outer, uint32_t body);

static void add_any(struct scene_reading *reading, const struct json_value *object, struct text pointer,
                    const struct placement *outer, uint32_t body)
{
	static const struct scene_kind kind = {PART_outline, "kind", 0};
	struct scene_outline           outline = {0};
	struct placement               placement;
	uint32_t                       word;

	if (!scene_kinds(reading, object, pointer, &kind, &word, &outline))
		return;
	outline.kind = word;
	if (outline.kind != OUTLINE_COMPOUND) {
		add_outline(reading, object, pointer, &outline, outer, body);
		return;
	}
	if (outer != &unmoved) {
		scene_refuse(reading, pointer, "a compound is of shapes that are none");
		return;
	}
	placement = placement_of(outer, &outline);
	add_shapes(reading, object, pointer, &placement, body);
}

/* Calls itself through a compound only, which holds none. */
static void add_shapes(struct scene_reading *reading, const struct json_value *object, struct text pointer,
                       const struct placement *outer, uint32_t body)
{
	const struct json_value *list = shapes_of(reading, object, pointer);

	pointer = scene_below(reading, pointer, "shapes");
	for (uint32_t i = 0; list && i < list->count; i++)
		add_any(reading, &list->items[i], scene_item(reading, pointer, i), outer, body);
}

/* ---------------------------------------------------------------- masses */

/* Of a uniform density of 1: area, its first moment and its second about the body's origin. */
struct spread {
	double        area, second;
	struct vector first;
};

/* A. F. Möbius' sums over the triangles between the origin and each edge. */
static struct spread polygon_spread(const struct vector *points, uint32_t count)
{
	struct spread spread = {0};

	for (uint32_t i = 0; i < count; i++) {
		struct vector a = points[i], b = points[(i + 1) % count];
		double        cross = vector_cross(a, b);

		spread.area += cross / 2;
		spread.first = vector_add(spread.first, vector_scale(vector_add(a, b), cross / 6));
		spread.second += cross * (vector_dot(a, a) + vector_dot(a, b) + vector_dot(b, b)) / 12;
	}
	return spread;
}

static struct spread disc_spread(struct vector centre, double radius)
{
	double area = pi * radius * radius;

	return (struct spread){.area = area,
	                       .first = vector_scale(centre, area),
	                       .second = area * (radius * radius / 2 + vector_dot(centre, centre))};
}

/* A rectangle between two half discs, each with its centre of mass 4r/3pi beyond its end. One without a thickness turns
 * like a thin rod, and weighs beside others as if it were SIZE_MIN thick. */
static struct spread segment_spread(const struct scene_shape *shape, double thinnest)
{
	struct vector along = vector_subtract(shape->b, shape->a);
	struct vector centre = vector_scale(vector_add(shape->a, shape->b), 0.5);
	double        r = shape->radius, length = vector_length(along), square = length * length;
	double        bar = length * fmax(2 * r, thinnest), ends = pi * r * r, area = bar + ends;
	double own = bar * (square + 4 * r * r) / 12 + ends * (r * r / 2 + square / 4 + length * 4 * r / (3 * pi));

	return (struct spread){
		.area = area, .first = vector_scale(centre, area), .second = own + area * vector_dot(centre, centre)};
}

static struct spread shape_spread(const struct scene_reading *reading, const struct scene_shape *shape)
{
	if (shape->kind == SHAPE_CIRCLE)
		return disc_spread(shape->a, shape->radius);
	if (shape->kind == SHAPE_SEGMENT)
		return segment_spread(shape, scene_limit(reading, LIMIT_SIZE_MIN));
	return polygon_spread(&reading->point_rows[shape->first_point], shape->point_count);
}

static void weigh(struct scene_reading *reading, struct scene_body *body, struct text pointer)
{
	struct spread sum = {0};
	struct vector centre;
	double        gyration;

	for (uint32_t i = 0; i < body->shape_count; i++) {
		struct spread one = shape_spread(reading, &reading->shape_rows[body->first_shape + i]);

		sum.area += one.area;
		sum.first = vector_add(sum.first, one.first);
		sum.second += one.second;
	}
	if (body->shape_count == 0) {
		body->moment_kgm2 = 0;
		return;
	}
	centre = vector_scale(sum.first, 1 / sum.area);
	gyration = sqrt(sum.second / sum.area);
	if (vector_length(centre) > scene_limit(reading, LIMIT_CENTRE_OFF_MAX) * gyration)
		scene_refuse(reading, scene_below(reading, pointer, "shapes"),
		             "their centre of mass is at [%s, %s] and must be the body's origin, [0, 0]; or give its "
		             "moment (CENTRE_OFF_MAX)",
		             scene_number(reading, centre.x), scene_number(reading, centre.y));
	body->moment_kgm2 = body->mass_kg * sum.second / sum.area;
	scene_within(reading, scene_below(reading, pointer, "mass"), body->moment_kgm2, LIMIT_MOMENT_MIN,
	             LIMIT_MOMENT_MAX);
}

/* ---------------------------------------------------------------- the whole */

static uint32_t size_of_list(const struct json_value *list)
{
	return list && list->kind == JSON_VALUE_LIST ? list->count : 0;
}

/* How many shapes and corners a list of outlines can come to at most: a look one level into compounds. */
static void count_shapes(const struct json_value *list, uint32_t *shapes, uint32_t *points)
{
	for (uint32_t i = 0; i < size_of_list(list); i++) {
		const struct json_value *inner = json_value_member(&list->items[i], TEXT("shapes"));

		for (uint32_t j = 0; j < size_of_list(inner); j++)
			*points += 4 + size_of_list(json_value_member(&inner->items[j], TEXT("pts")));
		*points += 4 + size_of_list(json_value_member(&list->items[i], TEXT("pts")));
		*shapes += size_of_list(inner) > 0 ? size_of_list(inner) : 1;
	}
}

bool scene_shapes_prepare(struct scene_reading *reading, const struct json_value *bodies)
{
	uint32_t shapes = 0, points = 0;

	for (uint32_t i = 0; i < bodies->count; i++)
		count_shapes(json_value_member(&bodies->items[i], TEXT("shapes")), &shapes, &points);
	if (!scene_within(reading, TEXT("/bodies"), shapes, LIMIT_NONE, LIMIT_SHAPES_MAX))
		return false;
	reading->scene->shapes = reading->shape_rows = arena_array(reading->arena, struct scene_shape, shapes);
	reading->scene->points = reading->point_rows = arena_array(reading->arena, struct vector, points);
	reading->shape_pointers = arena_array(reading->arena, struct text, shapes);
	return true;
}

void scene_shapes(struct scene_reading *reading, const struct json_value *object, struct text pointer, uint32_t index)
{
	struct scene_body *body = &reading->body_rows[index];
	uint32_t           faults = reading->faults;

	body->first_shape = reading->scene->shape_count;
	add_shapes(reading, object, pointer, &unmoved, index);
	if (body->type == BODY_DYNAMIC && isnan(body->moment_kgm2) && reading->faults == faults)
		weigh(reading, body, pointer);
}
