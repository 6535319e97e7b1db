#include "physics/rigid/rigid_gap.h"

#include "physics/vector.h"

#define ELASTICITY_MIN 0.9

static bool is_ball(const struct scene *scene, const struct scene_shape *shape)
{
	return shape->kind == SHAPE_CIRCLE && shape->touches && shape->a.x == 0 && shape->a.y == 0
	       && scene->bodies[shape->body].type == BODY_DYNAMIC;
}

bool rigid_gap_between(const struct scene *scene, const struct scene_shape *a, const struct scene_shape *b)
{
	struct vector apart;

	if (a->body == b->body || !is_ball(scene, a) || !is_ball(scene, b)
	    || a->elasticity * b->elasticity < ELASTICITY_MIN)
		return false;
	apart = vector_subtract(scene->bodies[b->body].position, scene->bodies[a->body].position);
	return fabs(vector_length(apart) - a->radius - b->radius) < RIGID_GAP_M;
}

double rigid_gap_of(const struct scene *scene, const struct scene_shape *shape)
{
	if (!is_ball(scene, shape) || shape->radius <= RIGID_GAP_M)
		return 0;
	for (uint32_t i = 0; i < scene->shape_count; i++)
		if (rigid_gap_between(scene, shape, &scene->shapes[i]))
			return RIGID_GAP_M / 2;
	return 0;
}

uint32_t rigid_gap_count(const struct scene *scene, uint32_t *first)
{
	uint32_t count = 0;

	for (uint32_t b = 0; b < scene->shape_count; b++) {
		for (uint32_t a = 0; a < b; a++) {
			if (!rigid_gap_between(scene, &scene->shapes[a], &scene->shapes[b]))
				continue;
			if (count++ == 0)
				*first = b;
		}
	}
	return count;
}
