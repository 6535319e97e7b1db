#include "physics/precise/precise.h"

#include <math.h>

/* Slower than this, nothing bounces: what still approaches comes to rest on what it met. A ball of that speed rises
 * half a nanometre. */
#define REST_SPEED_MPS 1e-4

/* What parts more slowly does not part: it would be back before the shortest step is over. */
#define STILL_MPS 1e-8

/* A force that pulls by less than this share of the largest one does not pull: rounding. */
#define PULL_SHARE 1e-9

/* The fastest that approaches; those equally fast in their order. NULL when nothing does. */
static struct stop *stop_to_strike(struct solver *solver)
{
	struct stop *fastest = NULL;

	for (uint32_t i = 0; i < solver->stop_count; i++) {
		struct stop *stop = &solver->stops[i];

		if (stop_touches(solver, stop) && stop->now.rate < -REST_SPEED_MPS
		    && (!fastest || stop->now.rate < fastest->now.rate))
			fastest = stop;
	}
	return fastest;
}

/* By time, then by bodies. */
static bool before(const struct collision *a, const struct collision *b)
{
	if (a->time_s != b->time_s)
		return a->time_s < b->time_s;
	return a->first < b->first || (a->first == b->first && a->second < b->second);
}

/* Blows of one pair at one moment are one collision: in a heap, blows go to and fro until all are at rest. */
static void note_collision(struct solver *solver, const struct stop *stop, double impulse_ns)
{
	struct collision new = {
		.time_s = solver->time_s,
		.first = stop->a < stop->b ? stop->a : stop->b,
		.second = stop->a < stop->b ? stop->b : stop->a,
		.impulse_ns = impulse_ns,
	};
	uint32_t at = solver->collision_count;

	if (!stop_is_contact(stop))
		return;
	while (at > 0 && before(&new, &solver->collisions[at - 1]))
		at--;
	if (at > 0 && !before(&solver->collisions[at - 1], &new)) {
		solver->collisions[at - 1].impulse_ns += impulse_ns;
	} else if (solver->collision_count < PRECISE_COLLISIONS_MAX) {
		memmove(&solver->collisions[at + 1], &solver->collisions[at],
		        (solver->collision_count - at) * sizeof(new));
		solver->collisions[at] = new;
		solver->collision_count++;
	}
}

/* Newton's law of restitution for one stop, while the joints hold: the others that touch come afterwards, one by one,
 * so that a row of balls hands the blow on. */
static void strike(struct solver *solver, struct stop *stop)
{
	uint32_t last;

	rows_fill(solver, solver->state, false);
	last = solver->row_count++;
	solver->rows[last] = stop_row(solver, solver->state, stop);
	solver->rows[last].target = -stop->elasticity * stop->now.rate;
	motion_factor(solver);
	motion_lack(solver, solver->state, solver->right);
	linear_solve(&solver->linear, solver->right);
	motion_push(solver, solver->right, solver->state);
	stop->released = false;
	if (stop_is_contact(stop))
		forces_add_blow(solver, &solver->rows[last], solver->right[last]);
	note_collision(solver, stop, solver->right[last]);
}

/* ---------------------------------------------------------------- resting */

void stops_take_forces(struct solver *solver)
{
	uint32_t joints = solver->scene->joint_count;

	for (uint32_t i = 0; i < solver->row_count; i++) {
		if (solver->row_owner[i] >= joints)
			solver->stops[solver->row_owner[i] - joints].force = solver->multipliers[i];
	}
}

double stops_pull(const struct solver *solver)
{
	double most = 0;

	for (uint32_t i = 0; i < solver->row_count; i++)
		most = fmax(most, fabs(solver->multipliers[i]));
	return -PULL_SHARE * most;
}

/* The active one that pulls hardest; NULL when all push. */
static struct stop *stop_to_release(struct solver *solver)
{
	double       limit = stops_pull(solver);
	struct stop *hardest = NULL;

	for (uint32_t i = 0; i < solver->stop_count; i++) {
		struct stop *stop = &solver->stops[i];

		if (stop->active && stop->force < limit && (!hardest || stop->force < hardest->force))
			hardest = stop;
	}
	return hardest;
}

static uint32_t hold(struct solver *solver)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < solver->stop_count; i++) {
		struct stop *stop = &solver->stops[i];

		stop->active = stop_touches(solver, stop) && stop->now.rate <= STILL_MPS && !stop->released;
		count += stop->active;
	}
	return count;
}

/* What touches and does not part may hold; what then pulls is let go, the hardest first. */
static enum solver_fault rest(struct solver *solver)
{
	struct stop *pulling;

	if (hold(solver) > PRECISE_ACTIVE_MAX)
		return SOLVER_TOO_DENSE;
	if (!motion_project(solver, solver->state, true))
		return SOLVER_CONSTRAINTS;
	do {
		motion_accelerate(solver, solver->state, solver->time_s, solver->first);
		stops_take_forces(solver);
		pulling = stop_to_release(solver);
		if (pulling)
			pulling->active = false;
	} while (pulling);
	return SOLVER_FINE;
}

enum solver_fault impacts_resolve(struct solver *solver)
{
	struct stop *stop;

	if (solver->stop_count == 0)
		return SOLVER_FINE;
	stops_read(solver);
	while ((stop = stop_to_strike(solver)) != NULL) {
		if (++solver->happenings > PRECISE_HAPPENINGS_MAX)
			return SOLVER_TOO_MANY_IMPACTS;
		strike(solver, stop);
		stops_read(solver);
	}
	return rest(solver);
}
