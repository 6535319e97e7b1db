#include "physics/precise/precise.h"

#include "physics/elementary/elementary.h"
#include "physics/field.h"
#include "physics/vector.h"

/* Newton rounds of a projection, and how far a place may be off after it, as a share of the scene's scale. */
enum { ROUNDS_MAX = 12 };
#define KEPT 1e-13
#define KEPT_AT_LEAST 1e-8

void motion_rotate(struct solver *solver, const struct body_state *state)
{
	for (uint32_t i = 0; i < solver->world; i++) {
		if (solver->turns[i])
			elementary_sincos(state[i].angle, &solver->rotations[i].y, &solver->rotations[i].x);
	}
}

/* ---------------------------------------------------------------- forces */

static void push(const struct solver *solver, uint32_t body, struct vector force, double torque,
                 struct acceleration *out)
{
	out[body].x += force.x * solver->inverse_mass[body];
	out[body].y += force.y * solver->inverse_mass[body];
	out[body].angle += torque * solver->inverse_moment[body];
}

static void pull_spring(const struct solver *solver, const struct body_state *state, const struct scene_joint *joint,
                        struct acceleration *out)
{
	uint32_t      a = joint->a == SCENE_WORLD ? solver->world : joint->a;
	uint32_t      b = joint->b == SCENE_WORLD ? solver->world : joint->b;
	struct link   link = link_of(solver, state, a, joint->anchor_a, b, joint->anchor_b);
	struct vector force = spring_force(joint, link.offset, link.velocity);

	push(solver, b, force, vector_cross(link.arm_b, force), out);
	push(solver, a, vector_scale(force, -1), -vector_cross(link.arm_a, force), out);
}

static void twist_spring(const struct solver *solver, const struct body_state *state, const struct scene_joint *joint,
                         struct acceleration *out)
{
	uint32_t a = joint->a == SCENE_WORLD ? solver->world : joint->a;
	uint32_t b = joint->b == SCENE_WORLD ? solver->world : joint->b;
	double   torque = -joint->stiffness * (state[b].angle - state[a].angle - joint->rest)
	                - joint->damping * (state[b].angular_velocity - state[a].angular_velocity);

	push(solver, b, (struct vector){0, 0}, torque, out);
	push(solver, a, (struct vector){0, 0}, -torque, out);
}

static void accelerate_freely(const struct solver *solver, const struct body_state *state, double time_s,
                              struct acceleration *out)
{
	const struct scene *scene = solver->scene;

	for (uint32_t i = 0; i <= solver->world; i++) {
		out[i] = (struct acceleration){0, 0, 0};
		if (solver->inverse_mass[i] > 0)
			push(solver, i, field_force(scene, i, &state[i], time_s), 0, out);
	}
	for (uint32_t i = 0; i < scene->joint_count; i++) {
		const struct scene_joint *joint = &scene->joints[i];

		if (solver->cut[i])
			continue;
		if (joint->kind == JOINT_SPRING)
			pull_spring(solver, state, joint, out);
		else if (joint->kind == JOINT_ROTARY_SPRING)
			twist_spring(solver, state, joint, out);
	}
}

/* ---------------------------------------------------------------- constraints */

static double share(const struct solver *solver, uint32_t body, const double *j, const double *k)
{
	return solver->inverse_mass[body] * (j[0] * k[0] + j[1] * k[1]) + solver->inverse_moment[body] * j[2] * k[2];
}

static double couple(const struct solver *solver, const struct row *j, const struct row *k)
{
	double sum = 0;

	if (j->a == k->a)
		sum += share(solver, j->a, j->ja, k->ja);
	if (j->a == k->b)
		sum += share(solver, j->a, j->ja, k->jb);
	if (j->b == k->a)
		sum += share(solver, j->b, j->jb, k->ja);
	if (j->b == k->b)
		sum += share(solver, j->b, j->jb, k->jb);
	return sum;
}

static bool coupled(const struct solver *solver, const struct row *j, const struct row *k)
{
	return (solver->inverse_mass[j->a] > 0 && (j->a == k->a || j->a == k->b))
	       || (solver->inverse_mass[j->b] > 0 && (j->b == k->a || j->b == k->b));
}

void motion_factor(struct solver *solver)
{
	struct linear *linear = &solver->linear;

	linear->count = solver->row_count;
	for (uint32_t i = 0; i < solver->row_count; i++) {
		const struct row *row = &solver->rows[i];
		double           *entries = linear->entries + (size_t)i * linear->capacity;
		uint32_t          first = 0;

		while (first < i && !coupled(solver, row, &solver->rows[first]))
			first++;
		linear->first[i] = first;
		for (uint32_t k = first; k <= i; k++)
			entries[k] = couple(solver, row, &solver->rows[k]);
	}
	linear_factor(linear);
}

static double along(const struct row *row, const struct acceleration *of)
{
	const struct acceleration *a = &of[row->a], *b = &of[row->b];

	return row->ja[0] * a->x + row->ja[1] * a->y + row->ja[2] * a->angle + row->jb[0] * b->x + row->jb[1] * b->y
	       + row->jb[2] * b->angle;
}

/* M⁻¹ Jᵀ of one row, times a number. */
static void add_row(const struct solver *solver, const struct row *row, double times, struct acceleration *out)
{
	double ma = times * solver->inverse_mass[row->a], mb = times * solver->inverse_mass[row->b];

	out[row->a].x += ma * row->ja[0];
	out[row->a].y += ma * row->ja[1];
	out[row->a].angle += times * solver->inverse_moment[row->a] * row->ja[2];
	out[row->b].x += mb * row->jb[0];
	out[row->b].y += mb * row->jb[1];
	out[row->b].angle += times * solver->inverse_moment[row->b] * row->jb[2];
}

/* Lagrange's equations of the first kind: M a = F + Jᵀλ and J a + J'v = 0, hence
 * (J M⁻¹ Jᵀ) λ = -(J'v + J M⁻¹ F). */
void motion_accelerate(struct solver *solver, const struct body_state *state, double time_s, struct acceleration *out)
{
	motion_rotate(solver, state);
	accelerate_freely(solver, state, time_s, out);
	rows_fill(solver, state, true);
	if (solver->row_count == 0)
		return;
	motion_factor(solver);
	for (uint32_t i = 0; i < solver->row_count; i++)
		solver->multipliers[i] = -(solver->rows[i].bias + along(&solver->rows[i], out));
	linear_solve(&solver->linear, solver->multipliers);
	for (uint32_t i = 0; i < solver->row_count; i++)
		add_row(solver, &solver->rows[i], solver->multipliers[i], out);
}

/* ---------------------------------------------------------------- projection */

void motion_push(const struct solver *solver, const double *impulses, struct body_state *state)
{
	struct acceleration *by = solver->by;

	memset(by, 0, (solver->world + 1) * sizeof(*by));
	for (uint32_t i = 0; i < solver->row_count; i++)
		add_row(solver, &solver->rows[i], impulses[i], by);
	for (uint32_t i = 0; i < solver->world; i++) {
		state[i].velocity.x += by[i].x;
		state[i].velocity.y += by[i].y;
		state[i].angular_velocity += by[i].angle;
	}
}

static void move(const struct solver *solver, const double *by_row, struct body_state *state)
{
	struct acceleration *by = solver->by;

	memset(by, 0, (solver->world + 1) * sizeof(*by));
	for (uint32_t i = 0; i < solver->row_count; i++)
		add_row(solver, &solver->rows[i], by_row[i], by);
	for (uint32_t i = 0; i < solver->world; i++) {
		state[i].position.x += by[i].x;
		state[i].position.y += by[i].y;
		state[i].angle += by[i].angle;
	}
}

double row_speed(const struct row *row, const struct body_state *state)
{
	const struct body_state *a = &state[row->a], *b = &state[row->b];

	return row->ja[0] * a->velocity.x + row->ja[1] * a->velocity.y + row->ja[2] * a->angular_velocity
	       + row->jb[0] * b->velocity.x + row->jb[1] * b->velocity.y + row->jb[2] * b->angular_velocity;
}

void motion_lack(const struct solver *solver, const struct body_state *state, double *out)
{
	for (uint32_t i = 0; i < solver->row_count; i++)
		out[i] = solver->rows[i].target - row_speed(&solver->rows[i], state);
}

static double worst_violation(const struct solver *solver)
{
	double worst = 0;

	for (uint32_t i = 0; i < solver->row_count; i++)
		worst = fmax(worst, fabs(solver->rows[i].violation));
	return worst;
}

/* Newton's method, with the mass matrix as the measure of how little to move. The last matrix serves the velocities. */
bool motion_project(struct solver *solver, struct body_state *state, bool stops)
{
	double worst = 0;

	for (int round = 0; round < ROUNDS_MAX; round++) {
		motion_rotate(solver, state);
		rows_fill(solver, state, stops);
		if (solver->row_count == 0)
			return true;
		motion_factor(solver);
		worst = worst_violation(solver);
		if (!(worst > KEPT * solver->scale_m))
			break;
		for (uint32_t i = 0; i < solver->row_count; i++)
			solver->right[i] = -solver->rows[i].violation;
		linear_solve(&solver->linear, solver->right);
		move(solver, solver->right, state);
	}
	motion_lack(solver, state, solver->right);
	linear_solve(&solver->linear, solver->right);
	motion_push(solver, solver->right, state);
	solver->violation = worst;
	return worst <= KEPT_AT_LEAST * solver->scale_m;
}
