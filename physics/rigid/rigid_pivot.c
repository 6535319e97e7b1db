/* A joint that keeps two anchors together. */
#include "physics/rigid/rigid_joint.h"

static cpMat2x2 masses_of(const cpBody *a, const cpBody *b, cpVect arm_a, cpVect arm_b)
{
	double masses = a->m_inv + b->m_inv;
	double xx = masses + a->i_inv * arm_a.y * arm_a.y + b->i_inv * arm_b.y * arm_b.y;
	double yy = masses + a->i_inv * arm_a.x * arm_a.x + b->i_inv * arm_b.x * arm_b.x;
	double xy = -a->i_inv * arm_a.x * arm_a.y - b->i_inv * arm_b.x * arm_b.y;
	double scale = inverted(xx * yy - xy * xy);

	return cpMat2x2New(yy * scale, -xy * scale, -xy * scale, xx * scale);
}

static void pivot_prepare(cpConstraint *constraint, cpFloat step_s)
{
	struct rigid_joint *joint = (struct rigid_joint *)constraint;
	const cpBody       *a = constraint->a, *b = constraint->b;
	cpVect              apart;
	double              error;

	joint->settled = false;
	rigid_joint_turn_arms(joint);
	joint->masses = masses_of(a, b, joint->arm_a, joint->arm_b);
	apart = cpvsub(cpvadd(b->p, joint->arm_b), cpvadd(a->p, joint->arm_a));
	error = cpvlength(apart);
	joint->target = error > 0 ? cpvmult(apart, unmended(error, step_s) / error) : cpvzero;
	rigid_joint_note_error(joint, error);
}

static void pivot_warm(cpConstraint *constraint, cpFloat scale)
{
	struct rigid_joint *joint = (struct rigid_joint *)constraint;

	apply_impulses(constraint->a, constraint->b, joint->arm_a, joint->arm_b, cpvmult(joint->impulse, scale));
}

static void pivot_push_bias(struct rigid_joint *joint)
{
	cpBody *a = joint->constraint.a, *b = joint->constraint.b;
	cpVect  speed = cpvsub(cpvadd(b->v_bias, cpvmult(cpvperp(joint->arm_b), b->w_bias)),
	                       cpvadd(a->v_bias, cpvmult(cpvperp(joint->arm_a), a->w_bias)));

	if (!cpveql(speed, cpvzero))
		apply_bias_impulses(a, b, joint->arm_a, joint->arm_b, cpMat2x2Transform(joint->masses, cpvneg(speed)));
}

static void pivot_solve(cpConstraint *constraint, cpFloat step_s)
{
	struct rigid_joint *joint = (struct rigid_joint *)constraint;
	cpBody             *a = constraint->a, *b = constraint->b;
	cpVect              before = joint->impulse, wanted, missing;

	pivot_push_bias(joint);
	if (rigid_joint_is_settled(joint))
		return;
	wanted = cpvsub(ahead(b, joint->arm_b, step_s), ahead(a, joint->arm_a, step_s));
	wanted = cpvmult(cpvsub(joint->target, wanted), 1 / step_s);
	joint->impulse =
		cpvclamp(cpvadd(before, cpMat2x2Transform(joint->masses, wanted)), constraint->maxForce * step_s);
	missing = cpvsub(joint->impulse, before);
	if (rigid_joint_unsettles(joint, fabs(missing.x) + fabs(missing.y), fabs(before.x) + fabs(before.y)))
		apply_impulses(a, b, joint->arm_a, joint->arm_b, missing);
}

static cpFloat pivot_impulse(cpConstraint *constraint)
{
	return cpvlength(((struct rigid_joint *)constraint)->impulse);
}

static const cpConstraintClass pivot_class = {
	.preStep = pivot_prepare,
	.applyCachedImpulse = pivot_warm,
	.applyImpulse = pivot_solve,
	.getImpulse = pivot_impulse,
};

void rigid_pivot_make(struct rigid_joint *joint, cpBody *a, cpBody *b)
{
	cpConstraintInit(&joint->constraint, &pivot_class, a, b);
}
