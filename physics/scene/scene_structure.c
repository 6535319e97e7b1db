/* Whether a scene holds together: what refers to what, and what belongs to whom. Solvers rely on it, so it is looked at
 * wherever a scene comes in as bytes. */
#include "physics/measure.h"
#include "physics/scene/scene_parts.h"

struct looking {
	const struct scene *scene;
	struct arena       *arena;
	struct text         complaint; /* the first */
};

/* Notes what does not hold. */
static void expect(struct looking *looking, bool holds, const char *part, uint32_t index, const char *what)
{
	if (!holds && !looking->complaint.data)
		looking->complaint = arena_format(looking->arena, "%s %u: %s", part, index, what);
}

static bool is_dynamic(const struct scene *scene, uint32_t body)
{
	return body < scene->body_count && scene->bodies[body].type == BODY_DYNAMIC;
}

static void look_at_bodies(struct looking *looking)
{
	const struct scene *scene = looking->scene;
	double              mass_min = limit_value(LIMIT_MASS_MIN, SCENE_TEACHER);
	double              moment_min = limit_value(LIMIT_MOMENT_MIN, SCENE_TEACHER);
	uint32_t            shapes = 0;

	for (uint32_t i = 0; i < scene->body_count; i++) {
		const struct scene_body *body = &scene->bodies[i];
		bool                     weighs = body->mass_kg >= mass_min, turns = body->moment_kgm2 >= moment_min;

		if (body->type == BODY_DYNAMIC)
			expect(looking, weighs && (turns || body->moment_kgm2 == 0), "body", i, "mass or moment");
		else
			expect(looking, body->mass_kg == 0 && body->moment_kgm2 == 0, "body", i,
			       "weighs and is not dynamic");
		expect(looking,
		       body->type != BODY_STATIC
		               || (body->velocity.x == 0 && body->velocity.y == 0 && body->angular_velocity == 0),
		       "body", i, "moves and is static");
		expect(looking, body->first_shape == shapes && body->shape_count <= scene->shape_count - shapes, "body",
		       i, "its shapes are not the next ones");
		if (looking->complaint.data)
			return;
		shapes += body->shape_count;
	}
	expect(looking, shapes == scene->shape_count, "shape", shapes, "belongs to no body");
}

static bool has_its_size(const struct scene_shape *shape)
{
	double size_min = limit_value(LIMIT_SIZE_MIN, SCENE_TEACHER);

	if (shape->kind == SHAPE_CIRCLE)
		return shape->radius >= size_min;
	if (shape->kind == SHAPE_POLYGON)
		return shape->radius == 0;
	return shape->a.x != shape->b.x || shape->a.y != shape->b.y;
}

static void look_at_shapes(struct looking *looking)
{
	const struct scene *scene = looking->scene;
	uint32_t            points = 0, body = 0;

	for (uint32_t i = 0; i < scene->shape_count; i++) {
		const struct scene_shape *shape = &scene->shapes[i];
		bool                      polygon = shape->kind == SHAPE_POLYGON;

		while (i >= scene->bodies[body].first_shape + scene->bodies[body].shape_count)
			body++;
		expect(looking, shape->body == body, "shape", i, "its body");
		expect(looking, has_its_size(shape), "shape", i, "its size");
		expect(looking, polygon ? shape->point_count >= 3 : shape->point_count == 0, "shape", i,
		       "how many points");
		expect(looking,
		       shape->first_point == (polygon ? points : 0)
		               && shape->point_count <= scene->point_count - points,
		       "shape", i, "its points are not the next ones");
		if (looking->complaint.data)
			return;
		points += shape->point_count;
	}
	expect(looking, points == scene->point_count, "point", points, "belongs to no shape");
}

static void look_at_joints(struct looking *looking)
{
	const struct scene *scene = looking->scene;

	for (uint32_t i = 0; i < scene->joint_count; i++) {
		const struct scene_joint *joint = &scene->joints[i];

		expect(looking, joint->a != joint->b, "joint", i, "joins a body to itself");
		expect(looking, is_dynamic(scene, joint->a) || is_dynamic(scene, joint->b), "joint", i,
		       "moves nothing");
		if (joint->kind == JOINT_GEAR || joint->kind == JOINT_PULLEY)
			expect(looking, joint->ratio != 0, "joint", i, "ratio");
		if (joint->kind == JOINT_GROOVE)
			expect(looking,
			       joint->groove_a.x != joint->groove_b.x || joint->groove_a.y != joint->groove_b.y,
			       "joint", i, "a groove without length");
		expect(looking, joint->minimum <= joint->maximum, "joint", i, "minimum above maximum");
	}
}

static void look_at_forces(struct looking *looking)
{
	const struct scene *scene = looking->scene;

	for (uint32_t i = 0; i < scene->field_count; i++) {
		const struct scene_field *field = &scene->fields[i];

		expect(looking,
		       is_dynamic(scene, field->body) || (field->body == SCENE_WORLD && field->kind != FORCE_DRIVE),
		       "field", i, "its body");
	}
	for (uint32_t i = 0; i < scene->event_count; i++) {
		const struct scene_event *event = &scene->events[i];
		bool                      cut = event->kind == ACTION_CUT;

		expect(looking, cut ? event->joint < scene->joint_count : is_dynamic(scene, event->body), "event", i,
		       "whom it befalls");
		expect(looking, event->time_s <= scene->solver.duration_s, "event", i, "is after the end");
		expect(looking, i == 0 || scene->events[i - 1].time_s <= event->time_s, "event", i,
		       "is before the last one");
	}
}

/* Bits of measure kinds. */
#define KIND(name) (UINT32_C(1) << MEASURE_##name)

static bool needs(enum measure_kind kind, uint32_t kinds)
{
	return kinds >> kind & 1;
}

static void look_at_measure(struct looking *looking, const struct scene_measure *measure, uint32_t index)
{
	const struct scene *scene = looking->scene;
	const uint32_t of_body = KIND(POSITION) | KIND(VELOCITY) | KIND(ANGLE) | KIND(ANGULAR_VELOCITY) | KIND(DISTANCE)
	                         | KIND(CONTACT_FORCE) | KIND(PERIOD);
	const uint32_t along = KIND(POSITION) | KIND(VELOCITY) | KIND(MOMENTUM) | KIND(PERIOD);
	const uint32_t of_another = KIND(MAXIMUM) | KIND(MINIMUM) | KIND(AT_TIME);
	enum axis      strange = measure->kind == MEASURE_PERIOD ? AXIS_MAGNITUDE : AXIS_ANGLE;

	expect(looking, measure->body != SCENE_WORLD || !needs(measure->kind, of_body), "measure", index, "its body");
	expect(looking, measure->joint != SCENE_WORLD || measure->kind != MEASURE_JOINT_FORCE, "measure", index,
	       "its joint");
	expect(looking, measure->axis ? measure->axis != strange : !needs(measure->kind, along), "measure", index,
	       "its axis");
	expect(looking, measure->time_s <= scene->solver.duration_s, "measure", index, "is after the end");
	if (needs(measure->kind, of_another))
		expect(looking, measure->of < index && measure_is_series(&scene->measures[measure->of]), "measure",
		       index, "what it is of");
}

struct text scene_structure(const struct scene *scene, struct arena *arena)
{
	struct looking looking = {.scene = scene, .arena = arena};

	look_at_bodies(&looking);
	if (!looking.complaint.data)
		look_at_shapes(&looking);
	look_at_joints(&looking);
	look_at_forces(&looking);
	for (uint32_t i = 0; i < scene->measure_count; i++)
		look_at_measure(&looking, &scene->measures[i], i);
	return looking.complaint;
}
