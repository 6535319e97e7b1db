/* Joints that hold or bound angles: gear, rotary limit. Angles add up, so where they will be is no guess. */
#include "physics/rigid/rigid_joint.h"

/* What the joint holds or bounds: of angles, and as well of angular velocities. */
static double angle_value(const struct rigid_joint *joint, double a, double b)
{
	return joint->scene->kind == JOINT_GEAR ? b * joint->scene->ratio - a : b - a;
}

static double ratio_of(const struct rigid_joint *joint)
{
	return joint->scene->kind == JOINT_GEAR ? joint->scene->ratio : 1;
}

static void angle_push(struct rigid_joint *joint, double impulse)
{
	cpBody *a = joint->constraint.a, *b = joint->constraint.b;

	a->w -= impulse * a->i_inv;
	b->w += impulse * ratio_of(joint) * b->i_inv;
}

static void angle_prepare(cpConstraint *constraint, cpFloat step_s)
{
	struct rigid_joint       *joint = (struct rigid_joint *)constraint;
	const struct scene_joint *scene = joint->scene;
	bool                      gear = scene->kind == JOINT_GEAR;
	double low = gear ? scene->phase : scene->minimum, high = gear ? scene->phase : scene->maximum;
	double value = angle_value(joint, constraint->a->a, constraint->b->a), ratio = ratio_of(joint);

	joint->mass = inverted(constraint->a->i_inv + constraint->b->i_inv * ratio * ratio);
	rigid_joint_aim(joint, value, low, high, step_s);
}

static void angle_warm(cpConstraint *constraint, cpFloat scale)
{
	struct rigid_joint *joint = (struct rigid_joint *)constraint;

	angle_push(joint, (joint->impulse_low + joint->impulse_high) * scale);
}

static void angle_solve(cpConstraint *constraint, cpFloat step_s)
{
	struct rigid_joint *joint = (struct rigid_joint *)constraint;
	const cpBody       *a = constraint->a, *b = constraint->b;
	double              value = angle_value(joint, a->a + a->w * step_s, b->a + b->w * step_s);

	angle_push(joint, rigid_joint_missing(joint, value, step_s));
}

static cpFloat angle_impulse(cpConstraint *constraint)
{
	struct rigid_joint *joint = (struct rigid_joint *)constraint;

	return joint->impulse_low + joint->impulse_high;
}

static const cpConstraintClass angle_class = {
	.preStep = angle_prepare,
	.applyCachedImpulse = angle_warm,
	.applyImpulse = angle_solve,
	.getImpulse = angle_impulse,
};

void rigid_angle_make(struct rigid_joint *joint, cpBody *a, cpBody *b)
{
	cpConstraintInit(&joint->constraint, &angle_class, a, b);
}
