#include "physics/rigid/rigid_joint.h"

/* Neither turns nor moves what it should. */
static bool is_idle(const struct scene_joint *scene, const cpBody *a, const cpBody *b)
{
	bool stuck = a->m_inv == 0 && b->m_inv == 0, stiff = a->i_inv == 0 && b->i_inv == 0;

	switch (scene->kind) {
	case JOINT_ROTARY_SPRING:
	case JOINT_GEAR:
	case JOINT_MOTOR:
	case JOINT_ROTARY_LIMIT:
		return stiff;
	default:
		return stuck;
	}
}

bool rigid_joint_make(struct rigid_joint *joint, cpBody *a, cpBody *b)
{
	const struct scene_joint *scene = joint->scene;

	if (is_idle(scene, a, b))
		return false;
	switch (scene->kind) {
	case JOINT_PIN:
	case JOINT_SLIDE:
	case JOINT_PULLEY:
		rigid_length_make(joint, a, b);
		break;
	case JOINT_PIVOT:
		rigid_pivot_make(joint, a, b);
		break;
	case JOINT_GROOVE:
		rigid_groove_make(joint, a, b);
		break;
	case JOINT_SPRING:
	case JOINT_ROTARY_SPRING:
		rigid_spring_make(joint, a, b);
		break;
	case JOINT_GEAR:
	case JOINT_ROTARY_LIMIT:
		rigid_angle_make(joint, a, b);
		break;
	case JOINT_MOTOR: /* the library's: it acts on velocities alone */
		cpSimpleMotorInit(&joint->motor, a, b, -scene->rate);
		break;
	}
	return true;
}

double rigid_joint_force_n(struct rigid_joint *joint)
{
	return joint->present ? fabs(cpConstraintGetImpulse(&joint->constraint)) / rigid_kick_s(joint->solver) : 0;
}
