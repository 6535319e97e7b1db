/* Joints that hold or bound a length: pin, slide, pulley. */
#include "physics/rigid/rigid_joint.h"

static void push(struct rigid_joint *joint, double impulse)
{
	apply_impulse(joint->constraint.a, cpvmult(joint->pull_a, impulse), joint->arm_a);
	apply_impulse(joint->constraint.b, cpvmult(joint->pull_b, impulse), joint->arm_b);
}

/* Contacts push bodies apart by velocities that last one step only; a joint holds its bodies together in them, too. */
static void push_bias(struct rigid_joint *joint)
{
	cpBody *a = joint->constraint.a, *b = joint->constraint.b;
	double  speed = cpvdot(joint->pull_a, cpvadd(a->v_bias, cpvmult(cpvperp(joint->arm_a), a->w_bias)))
	               + cpvdot(joint->pull_b, cpvadd(b->v_bias, cpvmult(cpvperp(joint->arm_b), b->w_bias)));

	if (speed == 0)
		return;
	apply_bias_impulse(a, cpvmult(joint->pull_a, -speed * joint->mass), joint->arm_a);
	apply_bias_impulse(b, cpvmult(joint->pull_b, -speed * joint->mass), joint->arm_b);
}

static cpVect wheel(struct vector at)
{
	return cpv(at.x, at.y);
}

/* What the joint holds or bounds, with its anchors there. */
static double length_value(const struct rigid_joint *joint, cpVect a, cpVect b)
{
	if (joint->scene->kind != JOINT_PULLEY)
		return cpvdist(a, b);
	return cpvdist(a, wheel(joint->scene->wheel_a))
	       + joint->scene->ratio * cpvdist(b, wheel(joint->scene->wheel_b));
}

static cpVect direction(cpVect from, cpVect to)
{
	double distance = cpvdist(from, to);

	return distance > 0 ? cpvmult(cpvsub(to, from), 1 / distance) : cpvzero;
}

static void pulls_update(struct rigid_joint *joint, cpVect a, cpVect b)
{
	const struct scene_joint *scene = joint->scene;

	if (scene->kind == JOINT_PULLEY) {
		joint->pull_a = direction(wheel(scene->wheel_a), a);
		joint->pull_b = cpvmult(direction(wheel(scene->wheel_b), b), scene->ratio);
	} else {
		joint->pull_b = direction(a, b);
		joint->pull_a = cpvneg(joint->pull_b);
	}
}

static void length_prepare(cpConstraint *constraint, cpFloat step_s)
{
	struct rigid_joint *joint = (struct rigid_joint *)constraint;
	double              low = joint->goal, high = joint->goal, value;
	cpVect              a, b;

	if (joint->scene->kind == JOINT_SLIDE) {
		low = joint->scene->minimum;
		high = joint->scene->maximum;
	}
	rigid_joint_turn_arms(joint);
	a = cpvadd(constraint->a->p, joint->arm_a);
	b = cpvadd(constraint->b->p, joint->arm_b);
	pulls_update(joint, a, b);
	joint->mass = inverted(answer(constraint->a, joint->arm_a, joint->pull_a)
	                       + answer(constraint->b, joint->arm_b, joint->pull_b));
	value = length_value(joint, a, b);
	rigid_joint_aim(joint, value, low, high, step_s);
	rigid_joint_note_error(joint, fmax(fmax(low - value, value - high), 0));
}

static void length_warm(cpConstraint *constraint, cpFloat scale)
{
	struct rigid_joint *joint = (struct rigid_joint *)constraint;

	push(joint, (joint->impulse_low + joint->impulse_high) * scale);
}

static void length_solve(cpConstraint *constraint, cpFloat step_s)
{
	struct rigid_joint *joint = (struct rigid_joint *)constraint;
	double              value, missing;

	if (joint->holds)
		push_bias(joint);
	if (rigid_joint_is_settled(joint))
		return;
	value = length_value(joint, ahead(constraint->a, joint->arm_a, step_s),
	                     ahead(constraint->b, joint->arm_b, step_s));
	missing = rigid_joint_missing(joint, value, step_s);
	if (rigid_joint_unsettles(joint, missing, joint->impulse_low + joint->impulse_high))
		push(joint, missing);
}

static cpFloat length_impulse(cpConstraint *constraint)
{
	struct rigid_joint *joint = (struct rigid_joint *)constraint;

	return joint->impulse_low + joint->impulse_high;
}

static const cpConstraintClass length_class = {
	.preStep = length_prepare,
	.applyCachedImpulse = length_warm,
	.applyImpulse = length_solve,
	.getImpulse = length_impulse,
};

void rigid_length_make(struct rigid_joint *joint, cpBody *a, cpBody *b)
{
	cpConstraintInit(&joint->constraint, &length_class, a, b);
	rigid_joint_turn_arms(joint);
	joint->goal = joint->scene->rest;
	if (joint->scene->kind == JOINT_PIN)
		joint->goal = cpvdist(cpvadd(a->p, joint->arm_a), cpvadd(b->p, joint->arm_b));
}
