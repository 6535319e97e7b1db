/* Joints when time begins: each moves something and is closed. What they leave to the start is filled in here. */
#include "physics/scene/scene_parts.h"

#include "physics/elementary/elementary.h"
#include "physics/vector.h"

#include <math.h>

static struct vector in_world(const struct scene *scene, uint32_t body, struct vector anchor)
{
	struct vector rotation;

	if (body == SCENE_WORLD)
		return anchor;
	elementary_sincos(scene->bodies[body].angle, &rotation.y, &rotation.x);
	return vector_add(scene->bodies[body].position, vector_rotate(anchor, rotation));
}

static double between(struct vector a, struct vector b)
{
	return elementary_hypot(b.x - a.x, b.y - a.y);
}

static double angle_of(const struct scene *scene, uint32_t body)
{
	return body == SCENE_WORLD ? 0 : scene->bodies[body].angle;
}

/* How far a point is from a line between two others. */
static double from_line(struct vector point, struct vector a, struct vector b)
{
	struct vector along = vector_subtract(b, a);
	double        share = vector_dot(vector_subtract(point, a), along) / vector_dot(along, along);

	share = share < 0 ? 0 : share > 1 ? 1 : share;
	return between(point, vector_add(a, vector_scale(along, share)));
}

/* ---------------------------------------------------------------- who is joined */

static bool is_moved(const struct scene *scene, uint32_t body)
{
	return body != SCENE_WORLD && scene->bodies[body].type == BODY_DYNAMIC;
}

static bool can_turn(const struct scene *scene, uint32_t body)
{
	return is_moved(scene, body) && scene->bodies[body].moment_kgm2 > 0 && !scene->bodies[body].fixed_rotation;
}

static bool is_rotary(enum joint_kind kind)
{
	return kind == JOINT_ROTARY_SPRING || kind == JOINT_GEAR || kind == JOINT_MOTOR || kind == JOINT_ROTARY_LIMIT;
}

static bool check_ends(struct scene_reading *reading, const struct scene_joint *joint, struct text pointer)
{
	const struct scene *scene = reading->scene;

	if (joint->a == joint->b)
		scene_refuse(reading, pointer, "joins %s to itself", joint->a == SCENE_WORLD ? "the world" : "a body");
	else if (!is_moved(scene, joint->a) && !is_moved(scene, joint->b))
		scene_refuse(reading, pointer, "neither of its bodies is dynamic: there is nothing to move");
	else if (is_rotary(joint->kind) && !can_turn(scene, joint->a) && !can_turn(scene, joint->b))
		scene_refuse(reading, pointer,
		             "neither of its bodies can turn: give one of them shapes or a moment, or let it rotate");
	else
		return true;
	return false;
}

/* ---------------------------------------------------------------- closed */

static void check_gap(struct scene_reading *reading, struct text pointer, double gap, const char *what)
{
	if (!(gap <= scene_limit(reading, LIMIT_JOINT_GAP_MAX)))
		scene_refuse(reading, pointer, "%s by %s at the start (JOINT_GAP_MAX: %s)", what,
		             scene_number(reading, gap), limit_reason(LIMIT_JOINT_GAP_MAX));
}

static void check_range(struct scene_reading *reading, const struct scene_joint *joint, struct text pointer,
                        double value)
{
	if (joint->minimum > joint->maximum)
		scene_refuse(reading, scene_below(reading, pointer, "min"), "is above max");
	else
		check_gap(reading, pointer, fmax(joint->minimum - value, value - joint->maximum),
		          "is out of its range");
}

static void check_groove(struct scene_reading *reading, const struct scene_joint *joint, struct text pointer,
                         struct vector anchor)
{
	struct vector start = in_world(reading->scene, joint->a, joint->groove_a);
	struct vector end = in_world(reading->scene, joint->a, joint->groove_b);

	if (scene_within(reading, scene_below(reading, pointer, "gb"), between(start, end), LIMIT_SIZE_MIN, LIMIT_NONE))
		check_gap(reading, scene_below(reading, pointer, "pb"), from_line(anchor, start, end),
		          "is off the groove");
}

static void check_pulley(struct scene_reading *reading, struct scene_joint *joint, struct text pointer, struct vector a,
                         struct vector b)
{
	double on_a = between(a, joint->wheel_a), on_b = between(b, joint->wheel_b);
	double length = on_a + joint->ratio * on_b;

	scene_within(reading, scene_below(reading, pointer, "wa"), on_a, LIMIT_PIN_LENGTH_MIN, LIMIT_NONE);
	scene_within(reading, scene_below(reading, pointer, "wb"), on_b, LIMIT_PIN_LENGTH_MIN, LIMIT_NONE);
	if (isnan(joint->rest))
		joint->rest = length;
	else
		check_gap(reading, scene_below(reading, pointer, "rest"), fabs(length - joint->rest),
		          "is not the rope's length");
}

static void check_gear(struct scene_reading *reading, struct scene_joint *joint, struct text pointer)
{
	double phase = angle_of(reading->scene, joint->b) * joint->ratio - angle_of(reading->scene, joint->a);

	if (isnan(joint->phase))
		joint->phase = phase;
	else
		check_gap(reading, scene_below(reading, pointer, "phase"), fabs(phase - joint->phase), "is missed");
}

static void check_closed(struct scene_reading *reading, struct scene_joint *joint, struct text pointer)
{
	struct vector a = in_world(reading->scene, joint->a, joint->anchor_a);
	struct vector b = in_world(reading->scene, joint->b, joint->anchor_b);
	double        distance = between(a, b);
	double        turn = angle_of(reading->scene, joint->b) - angle_of(reading->scene, joint->a);

	switch (joint->kind) {
	case JOINT_PIN:
		scene_within(reading, pointer, distance, LIMIT_PIN_LENGTH_MIN, LIMIT_NONE);
		break;
	case JOINT_PIVOT:
		check_gap(reading, pointer, distance, "its anchors are apart");
		break;
	case JOINT_GROOVE:
		check_groove(reading, joint, pointer, b);
		break;
	case JOINT_SLIDE:
		check_range(reading, joint, pointer, distance);
		break;
	case JOINT_SPRING:
		joint->rest = isnan(joint->rest) ? distance : joint->rest;
		break;
	case JOINT_ROTARY_SPRING:
		joint->rest = isnan(joint->rest) ? turn : joint->rest;
		break;
	case JOINT_GEAR:
		check_gear(reading, joint, pointer);
		break;
	case JOINT_ROTARY_LIMIT:
		check_range(reading, joint, pointer, turn);
		break;
	case JOINT_PULLEY:
		check_pulley(reading, joint, pointer, a, b);
		break;
	case JOINT_MOTOR:
		break;
	}
}

void scene_check_start(struct scene_reading *reading)
{
	for (uint32_t i = 0; i < reading->scene->joint_count; i++) {
		struct text pointer = scene_item(reading, TEXT("/joints"), i);

		if (check_ends(reading, &reading->joint_rows[i], pointer))
			check_closed(reading, &reading->joint_rows[i], pointer);
	}
}
