#include "physics/field.h"

#include "physics/elementary/elementary.h"
#include "physics/vector.h"

/* ---------------------------------------------------------------- forces */

/* What a kind of field does to a body. Potential is NULL where there is none. */
struct field_kind {
	struct vector (*force)(const struct scene_field *field, const struct scene_body *body,
	                       const struct body_state *state, double time_s);
	double (*potential)(const struct scene_field *field, const struct scene_body *body,
	                    const struct body_state *state);
};

static struct vector drag_force(const struct scene_field *field, const struct scene_body *body,
                                const struct body_state *state, double time_s)
{
	struct vector through = vector_subtract(state->velocity, field->vector);

	return vector_scale(through, -(field->linear + field->quadratic * vector_length(through)));
}

static struct vector magnetic_force(const struct scene_field *field, const struct scene_body *body,
                                    const struct body_state *state, double time_s)
{
	return vector_scale(vector_turn(state->velocity), -body->charge_c * field->bz);
}

static struct vector electric_force(const struct scene_field *field, const struct scene_body *body,
                                    const struct body_state *state, double time_s)
{
	return vector_scale(field->vector, body->charge_c);
}

static double electric_potential(const struct scene_field *field, const struct scene_body *body,
                                 const struct body_state *state)
{
	return -body->charge_c * vector_dot(field->vector, state->position);
}

static struct vector central_force(const struct scene_field *field, const struct scene_body *body,
                                   const struct body_state *state, double time_s)
{
	struct vector from = vector_subtract(state->position, field->at);
	double        square = vector_dot(from, from);

	return vector_scale(from, -body->mass_kg * field->gm / (square * sqrt(square)));
}

static double central_potential(const struct scene_field *field, const struct scene_body *body,
                                const struct body_state *state)
{
	return -body->mass_kg * field->gm / vector_length(vector_subtract(state->position, field->at));
}

static struct vector drive_force(const struct scene_field *field, const struct scene_body *body,
                                 const struct body_state *state, double time_s)
{
	return vector_scale(field->vector, elementary_cos(field->omega * time_s + field->phase));
}

/* Centrifugal m ω² r and Coriolis −2 m ω × v. */
static struct vector rotating_force(const struct scene_field *field, const struct scene_body *body,
                                    const struct body_state *state, double time_s)
{
	struct vector from = vector_subtract(state->position, field->at);
	struct vector outward = vector_scale(from, field->omega * field->omega);
	struct vector sideways = vector_scale(vector_turn(state->velocity), -2 * field->omega);

	return vector_scale(vector_add(outward, sideways), body->mass_kg);
}

static double rotating_potential(const struct scene_field *field, const struct scene_body *body,
                                 const struct body_state *state)
{
	struct vector from = vector_subtract(state->position, field->at);

	return -0.5 * body->mass_kg * field->omega * field->omega * vector_dot(from, from);
}

static const struct field_kind field_kinds[] = {
	[FORCE_DRAG] = {.force = drag_force},
	[FORCE_MAGNETIC] = {.force = magnetic_force},
	[FORCE_ELECTRIC] = {.force = electric_force, .potential = electric_potential},
	[FORCE_CENTRAL] = {.force = central_force, .potential = central_potential},
	[FORCE_DRIVE] = {.force = drive_force},
	[FORCE_ROTATING] = {.force = rotating_force, .potential = rotating_potential},
};

static bool acts_on(const struct scene_field *field, uint32_t body)
{
	return field->body == SCENE_WORLD || field->body == body;
}

struct vector field_force(const struct scene *scene, uint32_t body, const struct body_state *state, double time_s)
{
	const struct scene_body *what = &scene->bodies[body];
	struct vector            sum = {0, 0};

	if (what->type != BODY_DYNAMIC)
		return sum;
	sum = vector_scale(scene->gravity, what->mass_kg);
	for (uint32_t i = 0; i < scene->field_count; i++) {
		const struct scene_field *field = &scene->fields[i];

		if (acts_on(field, body))
			sum = vector_add(sum, field_kinds[field->kind].force(field, what, state, time_s));
	}
	return sum;
}

static double potential_of(const struct scene *scene, uint32_t body, const struct body_state *state)
{
	const struct scene_body *what = &scene->bodies[body];
	double                   sum = -what->mass_kg * vector_dot(scene->gravity, state->position);

	for (uint32_t i = 0; i < scene->field_count; i++) {
		const struct scene_field *field = &scene->fields[i];

		if (acts_on(field, body) && field_kinds[field->kind].potential)
			sum += field_kinds[field->kind].potential(field, what, state);
	}
	return sum;
}

double field_potential(const struct scene *scene, const struct body_state *bodies)
{
	double sum = 0;

	for (uint32_t i = 0; i < scene->body_count; i++) {
		if (scene->bodies[i].type == BODY_DYNAMIC)
			sum += potential_of(scene, i, &bodies[i]);
	}
	return sum;
}

double body_kinetic(const struct scene_body *body, const struct body_state *state)
{
	double turning = body->fixed_rotation ? 0 : body->moment_kgm2;

	if (body->type != BODY_DYNAMIC)
		return 0;
	return 0.5 * body->mass_kg * vector_dot(state->velocity, state->velocity)
	       + 0.5 * turning * state->angular_velocity * state->angular_velocity;
}

/* ---------------------------------------------------------------- springs */

struct vector anchor_place(const struct scene *scene, uint32_t body, struct vector anchor,
                           const struct body_state *bodies)
{
	struct vector rotation;

	if (body == SCENE_WORLD)
		return anchor;
	elementary_sincos(bodies[body].angle, &rotation.y, &rotation.x);
	return vector_add(bodies[body].position, vector_rotate(anchor, rotation));
}

struct vector spring_force(const struct scene_joint *joint, struct vector offset, struct vector velocity)
{
	double        length = vector_length(offset);
	struct vector direction;

	if (!(length > 0))
		return (struct vector){0, 0};
	direction = vector_scale(offset, 1 / length);
	return vector_scale(direction, -joint->stiffness * (length - joint->rest)
	                                       - joint->damping * vector_dot(velocity, direction));
}

static double angle_between(const struct scene_joint *joint, const struct body_state *bodies)
{
	double a = joint->a == SCENE_WORLD ? 0 : bodies[joint->a].angle;
	double b = joint->b == SCENE_WORLD ? 0 : bodies[joint->b].angle;

	return b - a;
}

static double stretch(const struct scene *scene, const struct scene_joint *joint, const struct body_state *bodies)
{
	struct vector a = anchor_place(scene, joint->a, joint->anchor_a, bodies);
	struct vector b = anchor_place(scene, joint->b, joint->anchor_b, bodies);

	if (joint->kind == JOINT_ROTARY_SPRING)
		return angle_between(joint, bodies) - joint->rest;
	return vector_length(vector_subtract(b, a)) - joint->rest;
}

double spring_potential(const struct scene *scene, const struct body_state *bodies, const bool *cut)
{
	double sum = 0;

	for (uint32_t i = 0; i < scene->joint_count; i++) {
		const struct scene_joint *joint = &scene->joints[i];
		double                    by;

		if (cut[i] || (joint->kind != JOINT_SPRING && joint->kind != JOINT_ROTARY_SPRING))
			continue;
		by = stretch(scene, joint, bodies);
		sum += 0.5 * joint->stiffness * by * by;
	}
	return sum;
}
