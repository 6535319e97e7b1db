#include "physics/scene/sketch.h"

#include "eventstore/base/require.h"

enum { FIELDS_MAX = 8, EVENTS_MAX = 16, BOX_POINTS = 4 };

struct sketch *sketch_begin(struct arena *arena, uint32_t bodies_max)
{
	struct sketch *sketch = arena_new(arena, struct sketch);

	sketch->bodies_max = bodies_max;
	sketch->scene.bodies = sketch->bodies = arena_array(arena, struct scene_body, bodies_max);
	sketch->scene.shapes = sketch->shapes = arena_array(arena, struct scene_shape, bodies_max);
	sketch->scene.points = sketch->points = arena_array(arena, struct vector, bodies_max * BOX_POINTS);
	sketch->scene.joints = sketch->joints = arena_array(arena, struct scene_joint, bodies_max);
	sketch->scene.fields = sketch->fields = arena_array(arena, struct scene_field, FIELDS_MAX);
	sketch->scene.events = sketch->events = arena_array(arena, struct scene_event, EVENTS_MAX);
	sketch->scene.gravity = (struct vector){0, -9.81};
	sketch->scene.solver = (struct scene_solver){
		.mode = SOLVER_AUTO,
		.fps = 60,
		.substeps = 16,
		.iterations = 20,
		.duration_s = 10,
		.tolerance = 1e-8,
	};
	return sketch;
}

uint32_t sketch_body(struct sketch *sketch, enum body_type type, double mass_kg, double x, double y)
{
	require(sketch->scene.body_count < sketch->bodies_max);
	sketch->bodies[sketch->scene.body_count] = (struct scene_body){
		.type = type,
		.mass_kg = type == BODY_DYNAMIC ? mass_kg : 0,
		.position = {x, y},
		.first_shape = sketch->scene.shape_count,
	};
	return sketch->scene.body_count++;
}

/* A body's shapes follow one another, so they are drawn before the next body. */
static struct scene_shape *shape_draw(struct sketch *sketch, uint32_t body, struct scene_shape shape)
{
	require(body + 1 == sketch->scene.body_count && sketch->scene.shape_count < sketch->bodies_max);
	shape.body = body;
	shape.friction = 0.5;
	shape.touches = true;
	sketch->bodies[body].shape_count++;
	sketch->shapes[sketch->scene.shape_count] = shape;
	return &sketch->shapes[sketch->scene.shape_count++];
}

struct scene_shape *sketch_circle(struct sketch *sketch, uint32_t body, double radius)
{
	struct scene_body *owner = &sketch->bodies[body];

	owner->moment_kgm2 += owner->mass_kg * radius * radius / 2;
	return shape_draw(sketch, body, (struct scene_shape){.kind = SHAPE_CIRCLE, .radius = radius});
}

struct scene_shape *sketch_box(struct sketch *sketch, uint32_t body, double width, double height)
{
	struct scene_body *owner = &sketch->bodies[body];
	struct vector     *points = sketch->points + sketch->scene.point_count;
	struct scene_shape shape = {
		.kind = SHAPE_POLYGON,
		.first_point = sketch->scene.point_count,
		.point_count = BOX_POINTS,
	};

	points[0] = (struct vector){-width / 2, -height / 2};
	points[1] = (struct vector){width / 2, -height / 2};
	points[2] = (struct vector){width / 2, height / 2};
	points[3] = (struct vector){-width / 2, height / 2};
	sketch->scene.point_count += BOX_POINTS;
	owner->moment_kgm2 += owner->mass_kg * (width * width + height * height) / 12;
	return shape_draw(sketch, body, shape);
}

struct scene_shape *sketch_segment(struct sketch *sketch, uint32_t body, struct vector a, struct vector b,
                                   double radius)
{
	return shape_draw(sketch, body, (struct scene_shape){.kind = SHAPE_SEGMENT, .a = a, .b = b, .radius = radius});
}

struct scene_joint *sketch_joint(struct sketch *sketch, enum joint_kind kind, uint32_t a, uint32_t b)
{
	struct scene_joint *joint = &sketch->joints[sketch->scene.joint_count++];

	require(sketch->scene.joint_count <= sketch->bodies_max);
	*joint = (struct scene_joint){.kind = kind, .a = a, .b = b, .ratio = 1};
	return joint;
}

struct scene_field *sketch_field(struct sketch *sketch, enum force_kind kind)
{
	struct scene_field *field = &sketch->fields[sketch->scene.field_count++];

	require(sketch->scene.field_count <= FIELDS_MAX);
	*field = (struct scene_field){.kind = kind, .body = SCENE_WORLD};
	return field;
}

struct scene_event *sketch_event(struct sketch *sketch, enum action_kind kind, double time_s)
{
	struct scene_event *event = &sketch->events[sketch->scene.event_count++];

	require(sketch->scene.event_count <= EVENTS_MAX);
	*event = (struct scene_event){.kind = kind, .time_s = time_s};
	return event;
}

/* The four scenes ------------------------------------------------------------------------------------------------- */

static void floor_draw(struct sketch *sketch, double half_width)
{
	uint32_t ground = sketch_body(sketch, BODY_STATIC, 0, 0, 0);

	sketch_segment(sketch, ground, (struct vector){-half_width, 0}, (struct vector){half_width, 0}, 0.1);
}

struct sketch *sketch_pyramid(struct arena *arena, uint32_t rows)
{
	struct sketch *sketch = sketch_begin(arena, rows * (rows + 1) / 2 + 1);

	floor_draw(sketch, 100);
	for (uint32_t row = 0; row < rows; row++)
		for (uint32_t i = 0; i < rows - row; i++)
			sketch_box(sketch,
			           sketch_body(sketch, BODY_DYNAMIC, 1, (i - (rows - row - 1) / 2.0) * 1.05, 0.6 + row),
			           1, 1);
	return sketch;
}

/* Falling in columns that lean, into a trough. */
struct sketch *sketch_circles(struct arena *arena, uint32_t count)
{
	struct sketch *sketch = sketch_begin(arena, count + 3);

	floor_draw(sketch, 20);
	for (int side = -1; side <= 1; side += 2)
		sketch_segment(sketch, sketch_body(sketch, BODY_STATIC, 0, side * 11, 0), (struct vector){0, 0},
		               (struct vector){side * 3, 200}, 0.1);
	for (uint32_t i = 0; i < count; i++) {
		uint32_t row = i / 20, column = i % 20;
		double   x = column - 9.5 + 0.02 * (row % 5), y = 0.6 + row * 0.92;

		sketch_circle(sketch, sketch_body(sketch, BODY_DYNAMIC, 1, x, y), 0.45)->elasticity = 0.5;
	}
	return sketch;
}

/* Boxes on pivots, held at one end and let go level. */
struct sketch *sketch_chain(struct arena *arena, uint32_t links)
{
	struct sketch *sketch = sketch_begin(arena, links);

	for (uint32_t i = 0; i < links; i++) {
		uint32_t            body = sketch_body(sketch, BODY_DYNAMIC, 1, i * 0.5 + 0.25, 0);
		struct scene_joint *joint = sketch_joint(sketch, JOINT_PIVOT, i == 0 ? SCENE_WORLD : body - 1, body);

		sketch_box(sketch, body, 0.5, 0.1);
		joint->anchor_a = (struct vector){i == 0 ? 0 : 0.25, 0};
		joint->anchor_b = (struct vector){-0.25, 0};
	}
	return sketch;
}

static void mixed_joint(struct sketch *sketch, uint32_t index, uint32_t body)
{
	struct scene_joint *joint;

	switch (index % 10) {
	case 3:
		joint = sketch_joint(sketch, JOINT_SPRING, body - 1, body);
		joint->stiffness = 50;
		joint->damping = 0.5;
		joint->rest = 0.8;
		break;
	case 5:
		sketch_joint(sketch, JOINT_MOTOR, SCENE_WORLD, body)->rate = 5;
		break;
	case 7:
		sketch_joint(sketch, JOINT_GEAR, body - 1, body)->ratio = 2;
		break;
	case 9:
		joint = sketch_joint(sketch, JOINT_SLIDE, body - 1, body);
		joint->minimum = 0.5;
		joint->maximum = 1.5;
		break;
	default:
		break;
	}
}

struct sketch *sketch_mixed(struct arena *arena, uint32_t count)
{
	struct sketch *sketch = sketch_begin(arena, count + 1);

	floor_draw(sketch, 40);
	for (uint32_t i = 0; i < count; i++) {
		uint32_t row = i / 20, column = i % 20;
		uint32_t body = sketch_body(sketch, BODY_DYNAMIC, 1 + i % 3, column * 1.1 - 11 + 0.03 * (row % 3),
		                            1 + row * 1.1);

		sketch->bodies[body].angle = 0.1 * (i % 7);
		if (i % 3 == 0)
			sketch_circle(sketch, body, 0.4);
		else
			sketch_box(sketch, body, 0.7, i % 3 == 1 ? 0.7 : 0.3);
		mixed_joint(sketch, i, body);
	}
	return sketch;
}
