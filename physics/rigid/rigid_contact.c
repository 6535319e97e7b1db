#include "physics/rigid/rigid.h"

#include <stdlib.h>

#include "eventstore/base/require.h"

static uint32_t index_of(const struct solver *solver, const cpBody *body)
{
	if (body == cpSpaceGetStaticBody(solver->space))
		return SCENE_WORLD;
	return ((const struct rigid_body *)body)->index;
}

/* From the contacts: cpArbiterTotalImpulse has the same sum, with a sign that depends on a handler. On body b. */
static cpVect arbiter_impulse(const cpArbiter *arbiter)
{
	cpVect sum = cpvzero;

	for (int i = 0; i < arbiter->count; i++) {
		const struct cpContact *contact = &arbiter->contacts[i];

		sum = cpvadd(sum, cpvrotate(arbiter->n, cpv(contact->jnAcc, contact->jtAcc)));
	}
	return sum;
}

/* Did two of their shapes touch before this step already? */
static bool touched_before(cpArbiter *first)
{
	cpBody *body = cpBodyGetType(first->body_a) == CP_BODY_TYPE_DYNAMIC ? first->body_a : first->body_b;
	cpBody *other = body == first->body_a ? first->body_b : first->body_a;

	CP_BODY_FOREACH_ARBITER(body, arbiter)
	{
		if (arbiter->state == CP_ARBITER_STATE_NORMAL && (arbiter->body_a == other || arbiter->body_b == other))
			return true;
	}
	return false;
}

static void collision_add(struct solver *solver, const cpArbiter *arbiter)
{
	uint32_t a = index_of(solver, arbiter->body_a), b = index_of(solver, arbiter->body_b);

	if (solver->collision_count == solver->collision_capacity) {
		solver->collision_capacity = solver->collision_capacity ? 2 * solver->collision_capacity : 64;
		solver->collisions =
			realloc(solver->collisions, solver->collision_capacity * sizeof(*solver->collisions));
		require(solver->collisions);
	}
	solver->collisions[solver->collision_count++] = (struct collision){
		.time_s = solver->time_s,
		.first = a < b ? a : b,
		.second = a < b ? b : a,
		.impulse_ns = cpvlength(arbiter_impulse(arbiter)),
	};
}

static int by_pair(const void *left, const void *right)
{
	const struct collision *a = left, *b = right;

	if (a->first != b->first)
		return a->first < b->first ? -1 : 1;
	return (a->second > b->second) - (a->second < b->second);
}

/* Of one pair the weaker first: sums are the same bits then, whether or not the C library's sort keeps equals in order.
 */
static int by_pair_and_impulse(const void *left, const void *right)
{
	const struct collision *a = left, *b = right;
	int                     order = by_pair(a, b);

	return order != 0 ? order : (a->impulse_ns > b->impulse_ns) - (a->impulse_ns < b->impulse_ns);
}

/* Several shapes of the same two bodies are one collision. */
static uint32_t pairs_merge(struct collision *collisions, uint32_t count)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < count; i++) {
		if (kept > 0 && by_pair(&collisions[kept - 1], &collisions[i]) == 0)
			collisions[kept - 1].impulse_ns += collisions[i].impulse_ns;
		else
			collisions[kept++] = collisions[i];
	}
	return kept;
}

/* The library's own order hangs on where its memory lies, so they are sorted. */
void rigid_contact_collect(struct solver *solver)
{
	const cpArray *arbiters = solver->space->arbiters;
	uint32_t       earlier = solver->collision_count;

	for (int i = 0; i < arbiters->num; i++) {
		cpArbiter *arbiter = arbiters->arr[i];

		if (arbiter->state == CP_ARBITER_STATE_FIRST_COLLISION && !touched_before(arbiter))
			collision_add(solver, arbiter);
	}
	if (solver->collision_count == earlier)
		return;
	qsort(solver->collisions + earlier, solver->collision_count - earlier, sizeof(*solver->collisions),
	      by_pair_and_impulse);
	solver->collision_count =
		earlier + pairs_merge(solver->collisions + earlier, solver->collision_count - earlier);
}

static void impulse_add(struct solver *solver, cpBody *body, cpVect impulse)
{
	struct rigid_body *rigid = (struct rigid_body *)body;

	if (body == cpSpaceGetStaticBody(solver->space))
		return;
	rigid->contact_impulse = cpvadd(rigid->contact_impulse, impulse);
	rigid->touched_step = solver->quality.steps;
}

void rigid_contact_sum(struct solver *solver)
{
	const cpArray *arbiters = solver->space->arbiters;

	for (int i = 0; i < arbiters->num; i++) {
		const cpArbiter *arbiter = arbiters->arr[i];
		cpVect           impulse = arbiter_impulse(arbiter);

		impulse_add(solver, arbiter->body_a, cpvneg(impulse));
		impulse_add(solver, arbiter->body_b, impulse);
	}
}
