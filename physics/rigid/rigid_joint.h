/* What the rigid solver's joints share: where their anchors will be after the coming step, and how much of their errors
 * is mended in it. For physics/rigid_*.c alone. */
#ifndef ORRERY_RIGID_JOINT_H
#define ORRERY_RIGID_JOINT_H

#include "physics/rigid/rigid.h"

#include <math.h>

/* How much of a joint's error goes away in a second, in a step at most, and how fast. Joints that foresee make hardly
 * any; what is left is of chains too long for the iterations, and mending that at once would shake them. */
#define MEND_PER_S 6.0
#define MEND_MAX 0.2
#define MEND_SPEED_MAX 2.0 /* m/s */

/* Beyond this turn in a step, rad, no series foretells where an anchor will be. */
#define TURN_MAX 0.5

/* The rotation of a body in the coming step: sine and cosine to the fifth order. */
static inline cpVect turn_of(const cpBody *body, double step_s)
{
	double turn = body->w * step_s, square = turn * turn;

	if (!(fabs(turn) <= TURN_MAX))
		return cpv(1, turn);
	return cpv(1 - square / 2 * (1 - square / 12), turn * (1 - square / 6 * (1 - square / 20)));
}

/* Where the end of the arm will be after the coming step. */
static inline cpVect ahead(const cpBody *body, cpVect arm, double step_s)
{
	cpVect turned = body->w == 0 ? arm : cpvrotate(arm, turn_of(body, step_s));

	return cpvadd(cpvadd(body->p, turned), cpvmult(body->v, step_s));
}

/* What is kept of an error for the step after. */
static inline double unmended(double error, double step_s)
{
	double mended = fmin(MEND_PER_S * step_s, MEND_MAX) * error, most = MEND_SPEED_MAX * step_s;

	return error - cpfclamp(mended, -most, most);
}

static inline double answer(const cpBody *body, cpVect arm, cpVect pull)
{
	double twist = cpvcross(arm, pull);

	return body->m_inv * cpvlengthsq(pull) + body->i_inv * twist * twist;
}

static inline double inverted(double value)
{
	return value > 0 ? 1 / value : 0;
}

static inline cpVect in_world(const cpBody *body, struct vector anchor)
{
	return cpTransformVect(body->transform, cpv(anchor.x, anchor.y));
}

static inline void rigid_joint_turn_arms(struct rigid_joint *joint)
{
	joint->arm_a = in_world(joint->constraint.a, joint->scene->anchor_a);
	joint->arm_b = in_world(joint->constraint.b, joint->scene->anchor_b);
}

static inline void rigid_joint_note_error(struct rigid_joint *joint, double error)
{
	joint->solver->quality.constraint_error_m = fmax(joint->solver->quality.constraint_error_m, fabs(error));
}

/* Of an impulse: what is less than this part of it is rounding. */
#define SETTLED_PART 1e-15

/* Nothing was missing, and nobody has touched the bodies since: iterations that change nothing cost nothing. */
static inline bool rigid_joint_is_settled(const struct rigid_joint *joint)
{
	const cpBody *a = joint->constraint.a, *b = joint->constraint.b;

	return joint->settled && cpveql(joint->settled_a, a->v) && cpveql(joint->settled_b, b->v)
	       && joint->settled_turn_a == a->w && joint->settled_turn_b == b->w;
}

/* Was what is missing more than rounding? Then it is to be pushed. */
static inline bool rigid_joint_unsettles(struct rigid_joint *joint, double missing, double impulse)
{
	const cpBody *a = joint->constraint.a, *b = joint->constraint.b;

	joint->settled = fabs(missing) <= SETTLED_PART * fabs(impulse);
	joint->settled_a = a->v;
	joint->settled_b = b->v;
	joint->settled_turn_a = a->w;
	joint->settled_turn_b = b->w;
	return !joint->settled;
}

/* The value is to be from low to high after the coming step, but for what is kept of its error. */
static inline void rigid_joint_aim(struct rigid_joint *joint, double value, double low, double high, double step_s)
{
	joint->settled = false;
	joint->holds = low == high;
	joint->low = low + unmended(joint->holds ? value - low : fmin(value - low, 0), step_s);
	joint->high = joint->holds ? joint->low : high + unmended(fmax(value - high, 0), step_s);
}

/* What is still missing of the impulse, when the value would be this after the coming step: pulled back from above,
 * pushed on from below; what holds does both at once. */
static inline double rigid_joint_missing(struct rigid_joint *joint, double value, double step_s)
{
	double most = joint->constraint.maxForce * step_s, gain = joint->mass / step_s;
	double before = joint->impulse_low + joint->impulse_high;

	joint->impulse_high =
		cpfclamp(joint->impulse_high - (value - joint->high) * gain, -most, joint->holds ? most : 0);
	if (!joint->holds)
		joint->impulse_low = cpfclamp(joint->impulse_low - (value - joint->low) * gain, 0, most);
	return joint->impulse_low + joint->impulse_high - before;
}

/* Each initialises the constraint with the class of its kind; the solver and the scene's joint are set already. */
void rigid_length_make(struct rigid_joint *joint, cpBody *a, cpBody *b); /* pin, slide, pulley */
void rigid_pivot_make(struct rigid_joint *joint, cpBody *a, cpBody *b);
void rigid_angle_make(struct rigid_joint *joint, cpBody *a, cpBody *b); /* gear, rotary limit */
void rigid_groove_make(struct rigid_joint *joint, cpBody *a, cpBody *b);
void rigid_spring_make(struct rigid_joint *joint, cpBody *a, cpBody *b); /* linear and rotary */

#endif
