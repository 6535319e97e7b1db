#include "physics/precise/precise.h"

#include "physics/field.h"
#include "physics/vector.h"

/* The multipliers are the forces of the constraints: of unit rows in newtons, of angles in newton metres. */

static uint32_t body_or_world(const struct solver *solver, uint32_t body)
{
	return body == SCENE_WORLD ? solver->world : body;
}

static double spring_tells(const struct solver *solver, const struct scene_joint *joint)
{
	uint32_t a = body_or_world(solver, joint->a), b = body_or_world(solver, joint->b);

	if (joint->kind == JOINT_SPRING) {
		struct link link = link_of(solver, solver->state, a, joint->anchor_a, b, joint->anchor_b);

		return vector_length(spring_force(joint, link.offset, link.velocity));
	}
	return fabs(joint->stiffness * (solver->state[b].angle - solver->state[a].angle - joint->rest)
	            + joint->damping * (solver->state[b].angular_velocity - solver->state[a].angular_velocity));
}

static void tell_joints(struct solver *solver)
{
	const struct scene *scene = solver->scene;

	for (uint32_t i = 0; i < scene->joint_count; i++) {
		const struct scene_joint *joint = &scene->joints[i];
		bool                      is_spring = joint->kind == JOINT_SPRING || joint->kind == JOINT_ROTARY_SPRING;

		solver->joint_force_n[i] = is_spring && !solver->cut[i] ? spring_tells(solver, joint) : 0;
	}
}

static void add_along(struct vector *by_body, const struct row *row, double size)
{
	struct vector *a = &by_body[row->a], *b = &by_body[row->b];

	*a = vector_add(*a, (struct vector){size * row->ja[0], size * row->ja[1]});
	*b = vector_add(*b, (struct vector){size * row->jb[0], size * row->jb[1]});
}

void forces_add_blow(struct solver *solver, const struct row *row, double impulse_ns)
{
	add_along(solver->blows_ns, row, impulse_ns);
}

/* Two rows of one joint stand at right angles. */
static void tell_row(struct solver *solver, uint32_t i)
{
	uint32_t joints = solver->scene->joint_count, owner = solver->row_owner[i];
	double   force = solver->multipliers[i];

	if (owner >= joints && stop_is_contact(&solver->stops[owner - joints])) {
		add_along(solver->contact_forces, &solver->rows[i], force);
		return;
	}
	if (owner >= joints)
		owner = solver->stops[owner - joints].joint;
	solver->joint_force_n[owner] = vector_length((struct vector){solver->joint_force_n[owner], force});
}

void forces_tell(struct solver *solver)
{
	double fps = solver->scene->solver.fps;

	tell_joints(solver);
	for (uint32_t i = 0; i <= solver->world; i++)
		solver->contact_forces[i] = vector_scale(solver->blows_ns[i], fps);
	for (uint32_t i = 0; i < solver->row_count; i++)
		tell_row(solver, i);
	for (uint32_t i = 0; i < solver->world; i++)
		solver->contact_force_n[i] = vector_length(solver->contact_forces[i]);
}
