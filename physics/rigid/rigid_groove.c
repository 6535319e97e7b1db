/* A joint that keeps an anchor of b on a segment that turns with a: a row across it, which holds, and a row along it,
 * which stops at both ends. */
#include "physics/rigid/rigid_joint.h"

/* How far off the segment, and how far along it from its start. */
struct groove_place {
	double off, along;
};

static struct groove_place place_of(cpVect from_start, cpVect along)
{
	return (struct groove_place){
		.off = cpvdot(cpvperp(along), from_start),
		.along = cpvdot(along, from_start),
	};
}

static double groove_length(const struct scene_joint *scene)
{
	return cpvdist(cpv(scene->groove_a.x, scene->groove_a.y), cpv(scene->groove_b.x, scene->groove_b.y));
}

static double row_mass(const struct rigid_joint *joint, cpVect pull)
{
	return inverted(answer(joint->constraint.a, joint->arm_a, pull)
	                + answer(joint->constraint.b, joint->arm_b, pull));
}

static void groove_prepare(cpConstraint *constraint, cpFloat step_s)
{
	struct rigid_joint *joint = (struct rigid_joint *)constraint;
	const cpBody       *a = constraint->a, *b = constraint->b;
	double              length = groove_length(joint->scene), beyond;
	struct groove_place place;

	joint->start = in_world(a, joint->scene->groove_a);
	joint->along = cpvnormalize(cpvsub(in_world(a, joint->scene->groove_b), joint->start));
	joint->arm_b = in_world(b, joint->scene->anchor_b);
	joint->arm_a = cpvsub(cpvadd(b->p, joint->arm_b), a->p); /* the groove pushes where the anchor is */
	place = place_of(cpvsub(joint->arm_a, joint->start), joint->along);
	joint->mass = row_mass(joint, joint->along);
	joint->side_mass = row_mass(joint, cpvperp(joint->along));
	joint->side = unmended(place.off, step_s);
	rigid_joint_aim(joint, place.along, 0, length, step_s);
	beyond = fmax(fmax(-place.along, place.along - length), 0);
	rigid_joint_note_error(joint, fmax(fabs(place.off), beyond));
}

static void groove_push(struct rigid_joint *joint, double across, double along)
{
	cpVect impulse = cpvadd(cpvmult(cpvperp(joint->along), across), cpvmult(joint->along, along));

	apply_impulses(joint->constraint.a, joint->constraint.b, joint->arm_a, joint->arm_b, impulse);
}

static void groove_warm(cpConstraint *constraint, cpFloat scale)
{
	struct rigid_joint *joint = (struct rigid_joint *)constraint;

	groove_push(joint, joint->impulse.x * scale, (joint->impulse_low + joint->impulse_high) * scale);
}

static struct groove_place place_ahead(const struct rigid_joint *joint, double step_s)
{
	const cpBody *a = joint->constraint.a;
	cpVect        start = ahead(a, joint->start, step_s);

	return place_of(cpvsub(ahead(joint->constraint.b, joint->arm_b, step_s), start),
	                cpvnormalize(cpvrotate(joint->along, turn_of(a, step_s))));
}

static void groove_solve(cpConstraint *constraint, cpFloat step_s)
{
	struct rigid_joint *joint = (struct rigid_joint *)constraint;
	struct groove_place place = place_ahead(joint, step_s);
	double              most = constraint->maxForce * step_s, across = joint->impulse.x;

	joint->impulse.x = cpfclamp(across - (place.off - joint->side) / step_s * joint->side_mass, -most, most);
	groove_push(joint, joint->impulse.x - across, rigid_joint_missing(joint, place.along, step_s));
}

static cpFloat groove_impulse(cpConstraint *constraint)
{
	struct rigid_joint *joint = (struct rigid_joint *)constraint;

	return cpvlength(cpv(joint->impulse.x, joint->impulse_low + joint->impulse_high));
}

static const cpConstraintClass groove_class = {
	.preStep = groove_prepare,
	.applyCachedImpulse = groove_warm,
	.applyImpulse = groove_solve,
	.getImpulse = groove_impulse,
};

void rigid_groove_make(struct rigid_joint *joint, cpBody *a, cpBody *b)
{
	cpConstraintInit(&joint->constraint, &groove_class, a, b);
}
