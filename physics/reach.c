#include "physics/reach.h"

#include "physics/vector.h"

/* Where a body's centre can get to. */
struct disc {
	struct vector centre;
	double        radius; /* INFINITY: anywhere */
};

struct reach {
	const struct scene *scene;
	struct disc        *discs; /* by body */
	double             *sizes; /* by shape: from its body's centre to its farthest point */
	bool               *apart; /* by body × body: a joint keeps them from touching */
};

static double farthest(const struct scene *scene, const struct scene_shape *shape)
{
	double most = vector_length(shape->a) + shape->radius;

	if (shape->kind == SHAPE_SEGMENT)
		most = fmax(most, vector_length(shape->b) + shape->radius);
	if (shape->kind == SHAPE_POLYGON) {
		most = 0;
		for (uint32_t i = 0; i < shape->point_count; i++)
			most = fmax(most, vector_length(scene->points[shape->first_point + i]));
	}
	return most;
}

static bool stays(const struct scene_body *body)
{
	return body->type == BODY_STATIC
	       || (body->type == BODY_KINEMATIC && body->velocity.x == 0 && body->velocity.y == 0);
}

/* Shapes of a body that may be given a velocity by an event do not stay. */
static void begin_discs(struct reach *reach)
{
	const struct scene *scene = reach->scene;

	for (uint32_t i = 0; i < scene->body_count; i++)
		reach->discs[i] = (struct disc){scene->bodies[i].position, stays(&scene->bodies[i]) ? 0 : INFINITY};
	for (uint32_t i = 0; i < scene->event_count; i++) {
		if (scene->events[i].kind == ACTION_VELOCITY)
			reach->discs[scene->events[i].body].radius = INFINITY;
	}
}

static bool is_cut(const struct scene *scene, uint32_t joint)
{
	for (uint32_t i = 0; i < scene->event_count; i++) {
		if (scene->events[i].kind == ACTION_CUT && scene->events[i].joint == joint)
			return true;
	}
	return false;
}

static struct vector placed(const struct scene *scene, uint32_t body, struct vector anchor)
{
	const struct scene_body *what = &scene->bodies[body];

	if (body == SCENE_WORLD)
		return anchor;
	/* Conservative reach needs no rotation: an anchor away from the centre adds its distance below. */
	return what->position;
}

/* How far apart the two centres can be: the distance that the joint keeps, and both anchors' arms. */
static double arm_of(const struct scene *scene, const struct scene_joint *joint)
{
	double arms = (joint->a == SCENE_WORLD ? 0 : vector_length(joint->anchor_a))
	              + (joint->b == SCENE_WORLD ? 0 : vector_length(joint->anchor_b));
	struct vector offset =
		vector_subtract(placed(scene, joint->b, joint->anchor_b), placed(scene, joint->a, joint->anchor_a));

	if (joint->kind == JOINT_PIN)
		return vector_length(offset) + 2 * arms;
	if (joint->kind == JOINT_PIVOT)
		return arms;
	if (joint->kind == JOINT_SLIDE)
		return joint->maximum + arms;
	return INFINITY;
}

static bool shrink(struct reach *reach, uint32_t body, struct disc from, double arm)
{
	if (body == SCENE_WORLD || from.radius + arm >= reach->discs[body].radius)
		return false;
	reach->discs[body] = (struct disc){from.centre, from.radius + arm};
	return true;
}

static struct disc disc_of(const struct reach *reach, uint32_t body, struct vector anchor)
{
	return body == SCENE_WORLD ? (struct disc){anchor, 0} : reach->discs[body];
}

/* Goes over the joints until none makes a disc smaller: each round settles at least one more body of a chain. */
static void spread(struct reach *reach)
{
	const struct scene *scene = reach->scene;
	bool                changed = true;

	for (uint32_t round = 0; changed && round < scene->body_count; round++) {
		changed = false;
		for (uint32_t i = 0; i < scene->joint_count; i++) {
			const struct scene_joint *joint = &scene->joints[i];
			double arm = is_cut(scene, i) || joint->force_max > 0 ? INFINITY : arm_of(scene, joint);

			if (arm == INFINITY)
				continue;
			changed |= shrink(reach, joint->b, disc_of(reach, joint->a, joint->anchor_a), arm);
			changed |= shrink(reach, joint->a, disc_of(reach, joint->b, joint->anchor_b), arm);
		}
	}
}

static void keep_apart(struct reach *reach)
{
	const struct scene *scene = reach->scene;
	size_t              n = scene->body_count;

	for (uint32_t i = 0; i < scene->joint_count; i++) {
		const struct scene_joint *joint = &scene->joints[i];

		if (joint->collide || is_cut(scene, i) || joint->a == SCENE_WORLD || joint->b == SCENE_WORLD)
			continue;
		reach->apart[joint->a * n + joint->b] = true;
		reach->apart[joint->b * n + joint->a] = true;
	}
}

struct reach *reach_create(const struct scene *scene, struct arena *arena)
{
	struct reach *reach = arena_new(arena, struct reach);
	size_t        n = scene->body_count;

	reach->scene = scene;
	reach->discs = arena_array(arena, struct disc, n + 1);
	reach->sizes = arena_array(arena, double, scene->shape_count + 1);
	reach->apart = arena_array(arena, bool, n *n + 1);
	for (uint32_t i = 0; i < scene->shape_count; i++)
		reach->sizes[i] = farthest(scene, &scene->shapes[i]);
	begin_discs(reach);
	spread(reach);
	keep_apart(reach);
	return reach;
}

static bool can_touch(const struct reach *reach, const struct scene_shape *first, const struct scene_shape *second)
{
	const struct scene *scene = reach->scene;
	const struct disc  *a = &reach->discs[first->body], *b = &reach->discs[second->body];
	double              room =
		a->radius + b->radius + reach->sizes[first - scene->shapes] + reach->sizes[second - scene->shapes];

	if (!first->touches || !second->touches || first->body == second->body)
		return false;
	if (scene->bodies[first->body].type != BODY_DYNAMIC && scene->bodies[second->body].type != BODY_DYNAMIC)
		return false;
	if (reach->apart[(size_t)first->body * scene->body_count + second->body])
		return false;
	return vector_length(vector_subtract(a->centre, b->centre)) <= room;
}

bool reach_next(const struct reach *reach, struct shape_pair *pair)
{
	const struct scene *scene = reach->scene;

	for (uint32_t i = pair->first, j = pair->second; i + 1 < scene->shape_count; i++, j = i) {
		while (++j < scene->shape_count) {
			if (!can_touch(reach, &scene->shapes[i], &scene->shapes[j]))
				continue;
			*pair = (struct shape_pair){i, j};
			return true;
		}
	}
	return false;
}

/* ---------------------------------------------------------------- conservation */

static bool field_conserves(const struct scene_field *field)
{
	if (field->kind == FORCE_DRAG)
		return field->linear == 0 && field->quadratic == 0;
	return field->kind != FORCE_DRIVE;
}

static bool joint_conserves(const struct scene_joint *joint)
{
	return joint->damping == 0 && joint->force_max == 0 && joint->kind != JOINT_MOTOR && joint->kind != JOINT_SLIDE
	       && joint->kind != JOINT_ROTARY_LIMIT;
}

static bool body_conserves(const struct scene_body *body)
{
	return body->type != BODY_KINEMATIC || (stays(body) && body->angular_velocity == 0);
}

static bool pairs_conserve(const struct scene *scene)
{
	struct arena      arena = {0};
	struct reach     *reach = reach_create(scene, &arena);
	struct shape_pair pair = {0};
	bool              conserve = true;

	while (conserve && reach_next(reach, &pair)) {
		const struct scene_shape *a = &scene->shapes[pair.first], *b = &scene->shapes[pair.second];

		conserve = a->elasticity * b->elasticity == 1 && a->friction * b->friction == 0;
	}
	arena_finish(&arena);
	return conserve;
}

bool scene_conserves_energy(const struct scene *scene)
{
	bool conserves = scene->event_count == 0;

	for (uint32_t i = 0; i < scene->field_count && conserves; i++)
		conserves = field_conserves(&scene->fields[i]);
	for (uint32_t i = 0; i < scene->joint_count && conserves; i++)
		conserves = joint_conserves(&scene->joints[i]);
	for (uint32_t i = 0; i < scene->body_count && conserves; i++)
		conserves = body_conserves(&scene->bodies[i]);
	return conserves && pairs_conserve(scene);
}
