/* Springs, between anchors and between angles: the force at the place, damping by the mean of the speeds before and
 * after the kick. That is the trapezoidal rule: of second order, and no damping is too strong for it. */
#include "physics/rigid/rigid_joint.h"

static bool is_rotary(const struct rigid_joint *joint)
{
	return joint->scene->kind == JOINT_ROTARY_SPRING;
}

/* How fast the spring grows longer, or its angle larger. */
static double spring_speed(const struct rigid_joint *joint)
{
	cpBody *a = joint->constraint.a, *b = joint->constraint.b;

	if (is_rotary(joint))
		return b->w - a->w;
	return normal_relative_velocity(a, b, joint->arm_a, joint->arm_b, joint->pull_b);
}

static void spring_push(struct rigid_joint *joint, double impulse)
{
	cpBody *a = joint->constraint.a, *b = joint->constraint.b;

	if (is_rotary(joint)) {
		a->w -= impulse * a->i_inv;
		b->w += impulse * b->i_inv;
	} else {
		apply_impulses(a, b, joint->arm_a, joint->arm_b, cpvmult(joint->pull_b, impulse));
	}
}

static void spring_prepare(cpConstraint *constraint, cpFloat step_s)
{
	struct rigid_joint *joint = (struct rigid_joint *)constraint;
	cpBody             *a = constraint->a, *b = constraint->b;
	double              stretch = b->a - a->a;

	if (!is_rotary(joint)) {
		cpVect apart;

		rigid_joint_turn_arms(joint);
		apart = cpvsub(cpvadd(b->p, joint->arm_b), cpvadd(a->p, joint->arm_a));
		stretch = cpvlength(apart);
		joint->pull_b = stretch > 0 ? cpvmult(apart, 1 / stretch) : cpvzero;
		joint->mass = answer(a, joint->arm_a, joint->pull_b) + answer(b, joint->arm_b, joint->pull_b);
	} else {
		joint->mass = a->i_inv + b->i_inv;
	}
	joint->goal = joint->scene->stiffness * (joint->scene->rest - stretch);
	joint->speed_before = spring_speed(joint);
	joint->impulse_high = 0;
}

/* Nothing within a step, which begins without an impulse; half of the last one when the spring is cut. */
static void spring_warm(cpConstraint *constraint, cpFloat scale)
{
	struct rigid_joint *joint = (struct rigid_joint *)constraint;

	spring_push(joint, joint->impulse_high * scale);
}

static void spring_solve(cpConstraint *constraint, cpFloat step_s)
{
	struct rigid_joint *joint = (struct rigid_joint *)constraint;
	double              kick_s = rigid_kick_s(joint->solver), damping = joint->scene->damping;
	double              speed = (joint->speed_before + spring_speed(joint)) / 2;
	double              most = constraint->maxForce * kick_s, before = joint->impulse_high;
	double              missing = kick_s * (joint->goal - damping * speed) - before;

	joint->impulse_high = cpfclamp(before + missing / (1 + kick_s * damping * joint->mass / 2), -most, most);
	spring_push(joint, joint->impulse_high - before);
}

static cpFloat spring_impulse(cpConstraint *constraint)
{
	return ((struct rigid_joint *)constraint)->impulse_high;
}

static const cpConstraintClass spring_class = {
	.preStep = spring_prepare,
	.applyCachedImpulse = spring_warm,
	.applyImpulse = spring_solve,
	.getImpulse = spring_impulse,
};

void rigid_spring_make(struct rigid_joint *joint, cpBody *a, cpBody *b)
{
	cpConstraintInit(&joint->constraint, &spring_class, a, b);
}
