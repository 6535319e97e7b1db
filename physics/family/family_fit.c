/* Which scenes are of a family: what acts on a body must be what some lane computes. */
#include "physics/family/family_parts.h"

#include "physics/family/family.h"
#include "physics/reach.h"

const struct scene_joint *family_joint(const struct scene *scene, uint32_t body, uint32_t *count)
{
	const struct scene_joint *found = NULL;

	*count = 0;
	for (uint32_t i = 0; i < scene->joint_count; i++) {
		if (scene->joints[i].a != body && scene->joints[i].b != body)
			continue;
		found = &scene->joints[i];
		++*count;
	}
	return found;
}

/* From the body's centre to the world. */
static bool joint_fits(const struct scene_joint *joint, uint32_t body)
{
	struct vector anchor = joint->b == body ? joint->anchor_b : joint->anchor_a;

	if (joint->a != SCENE_WORLD && joint->b != SCENE_WORLD)
		return false;
	return (joint->kind == JOINT_PIN || joint->kind == JOINT_SPRING) && joint->force_max == 0 && anchor.x == 0
	       && anchor.y == 0;
}

/* What acts on one body. */
struct forces {
	uint32_t drags, centres, drives, others; /* others: no lane knows them */
	bool     wind, magnetic;
};

bool family_acts_on(const struct scene_field *field, uint32_t body)
{
	return field->body == SCENE_WORLD || field->body == body;
}

static struct forces forces_on(const struct scene *scene, uint32_t body)
{
	struct forces forces = {0};

	for (uint32_t i = 0; i < scene->field_count; i++) {
		const struct scene_field *field = &scene->fields[i];

		if (!family_acts_on(field, body))
			continue;
		forces.drags += field->kind == FORCE_DRAG;
		forces.centres += field->kind == FORCE_CENTRAL;
		forces.drives += field->kind == FORCE_DRIVE;
		forces.others += field->kind == FORCE_ROTATING;
		forces.magnetic = forces.magnetic || field->kind == FORCE_MAGNETIC;
		forces.wind =
			forces.wind || (field->kind == FORCE_DRAG && (field->vector.x != 0 || field->vector.y != 0));
	}
	return forces;
}

enum lane_kind family_kind(const struct scene *scene, uint32_t body)
{
	uint32_t                  count;
	const struct scene_joint *joint = family_joint(scene, body, &count);
	struct forces             forces = forces_on(scene, body);

	if (count > 1 || (joint && !joint_fits(joint, body)) || forces.others > 0 || forces.drags > 1)
		return LANE_KINDS;
	if (joint && joint->kind == JOINT_PIN)
		return forces.wind || forces.magnetic || forces.centres || forces.drives ? LANE_KINDS : LANE_SWING;
	if (joint && (forces.centres > 0 || forces.drives > 1))
		return LANE_KINDS;
	if (joint)
		return forces.drives > 0 ? LANE_DRIVEN : LANE_SPRING;
	if (forces.drives > 0 || forces.centres > 1)
		return LANE_KINDS;
	return forces.centres ? LANE_ORBIT : LANE_FLIGHT;
}

static bool nothing_meets(const struct scene *scene)
{
	struct arena      arena = {0};
	struct shape_pair pair = {0};
	bool              meets = reach_next(reach_create(scene, &arena), &pair);

	arena_finish(&arena);
	return !meets;
}

static bool scene_fits(const struct scene *scene)
{
	uint32_t moving = 0;

	if (scene->event_count > 0 || scene->solver.mode == SOLVER_RIGID)
		return false;
	for (uint32_t i = 0; i < scene->body_count; i++) {
		if (scene->bodies[i].type == BODY_KINEMATIC)
			return false;
		if (scene->bodies[i].type == BODY_DYNAMIC && family_kind(scene, i) == LANE_KINDS)
			return false;
		moving += scene->bodies[i].type == BODY_DYNAMIC;
	}
	return moving > 0 && nothing_meets(scene);
}

bool family_fits(const struct scene *const *scenes, uint32_t count)
{
	const struct scene_solver *first = &scenes[0]->solver;

	for (uint32_t i = 0; i < count; i++) {
		const struct scene_solver *solver = &scenes[i]->solver;

		if (solver->fps != first->fps || solver->substeps != first->substeps
		    || solver->duration_s != first->duration_s || !scene_fits(scenes[i]))
			return false;
	}
	return count <= FAMILY_SCENES_MAX;
}
