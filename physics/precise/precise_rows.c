#include "physics/precise/precise.h"

#include "physics/vector.h"

struct vector turned(const struct solver *solver, uint32_t body, struct vector vector)
{
	return vector_rotate(vector, solver->rotations[body]);
}

struct link link_of(const struct solver *solver, const struct body_state *state, uint32_t a, struct vector anchor_a,
                    uint32_t b, struct vector anchor_b)
{
	struct link              link = {.a = a, .b = b};
	const struct body_state *of_a = &state[a], *of_b = &state[b];
	double                   wa = of_a->angular_velocity, wb = of_b->angular_velocity;

	link.arm_a = turned(solver, a, anchor_a);
	link.arm_b = turned(solver, b, anchor_b);
	link.offset = (struct vector){of_b->position.x + link.arm_b.x - of_a->position.x - link.arm_a.x,
	                              of_b->position.y + link.arm_b.y - of_a->position.y - link.arm_a.y};
	link.velocity = (struct vector){of_b->velocity.x - wb * link.arm_b.y - of_a->velocity.x + wa * link.arm_a.y,
	                                of_b->velocity.y + wb * link.arm_b.x - of_a->velocity.y - wa * link.arm_a.x};
	link.acceleration = (struct vector){wa * wa * link.arm_a.x - wb * wb * link.arm_b.x,
	                                    wa * wa * link.arm_a.y - wb * wb * link.arm_b.y};
	return link;
}

/* Along a direction that stands still. */
static struct row row_along(const struct link *link, struct vector direction)
{
	return (struct row){
		.a = link->a,
		.b = link->b,
		.ja = {-direction.x, -direction.y, -vector_cross(link->arm_a, direction)},
		.jb = {direction.x, direction.y, vector_cross(link->arm_b, direction)},
		.bias = vector_dot(direction, link->acceleration),
		.violation = vector_dot(direction, link->offset),
	};
}

/* The second derivative of |d| is n·d'' + (|d'|² - (n·d')²) / |d|, with n = d / |d|. */
struct row row_of_distance(const struct link *link)
{
	double        length = vector_length(link->offset);
	struct vector direction = vector_scale(link->offset, 1 / length);
	struct row    row = row_along(link, direction);
	double        across = vector_cross(direction, link->velocity);

	row.bias += across * across / length;
	row.violation = length;
	return row;
}

/* The direction turns: n' = ω turn(n), n'' = -ω² n and the angular acceleration's share. */
struct row row_of_line(const struct link *link, const struct body_state *state, struct vector direction)
{
	struct row row = row_along(link, direction);
	double     turning = state[link->a].angular_velocity;

	row.ja[2] += vector_cross(direction, link->offset);
	row.bias += 2 * turning * vector_cross(direction, link->velocity) - turning * turning * row.violation;
	return row;
}

struct row row_negated(struct row row)
{
	for (int i = 0; i < 3; i++) {
		row.ja[i] = -row.ja[i];
		row.jb[i] = -row.jb[i];
	}
	row.bias = -row.bias;
	row.violation = -row.violation;
	return row;
}

/* ---------------------------------------------------------------- joints */

static uint32_t body_or_world(const struct solver *solver, uint32_t body)
{
	return body == SCENE_WORLD ? solver->world : body;
}

static struct link link_of_joint(const struct solver *solver, const struct body_state *state,
                                 const struct scene_joint *joint)
{
	return link_of(solver, state, body_or_world(solver, joint->a), joint->anchor_a, body_or_world(solver, joint->b),
	               joint->anchor_b);
}

static void fill_pin(const struct solver *solver, const struct body_state *state, uint32_t index, struct row *rows)
{
	struct link link = link_of_joint(solver, state, &solver->scene->joints[index]);

	rows[0] = row_of_distance(&link);
	rows[0].violation -= solver->lengths[index];
}

static void fill_pivot(const struct solver *solver, const struct body_state *state, uint32_t index, struct row *rows)
{
	struct link link = link_of_joint(solver, state, &solver->scene->joints[index]);

	rows[0] = row_along(&link, (struct vector){1, 0});
	rows[1] = row_along(&link, (struct vector){0, 1});
}

static void fill_groove(const struct solver *solver, const struct body_state *state, uint32_t index, struct row *rows)
{
	const struct scene_joint *joint = &solver->scene->joints[index];
	uint32_t                  a = body_or_world(solver, joint->a), b = body_or_world(solver, joint->b);
	struct link               link = link_of(solver, state, a, joint->groove_a, b, joint->anchor_b);
	struct vector             along = vector_subtract(joint->groove_b, joint->groove_a);
	struct vector             normal = vector_scale(vector_turn(along), 1 / vector_length(along));

	rows[0] = row_of_line(&link, state, turned(solver, a, normal));
}

static void fill_gear(const struct solver *solver, const struct body_state *state, uint32_t index, struct row *rows)
{
	const struct scene_joint *joint = &solver->scene->joints[index];
	uint32_t                  a = body_or_world(solver, joint->a), b = body_or_world(solver, joint->b);

	rows[0] = (struct row){
		.a = a,
		.b = b,
		.ja = {0, 0, -1},
		.jb = {0, 0, joint->ratio},
		.violation = state[b].angle * joint->ratio - state[a].angle - joint->phase,
	};
}

/* Of velocities alone: any angle will do. */
static void fill_motor(const struct solver *solver, const struct body_state *state, uint32_t index, struct row *rows)
{
	const struct scene_joint *joint = &solver->scene->joints[index];

	rows[0] = (struct row){
		.a = body_or_world(solver, joint->a),
		.b = body_or_world(solver, joint->b),
		.ja = {0, 0, -1},
		.jb = {0, 0, 1},
		.target = joint->rate,
	};
}

/* The rope's length is the sum of two distances from wheels that stand in the world. */
static void fill_pulley(const struct solver *solver, const struct body_state *state, uint32_t index, struct row *rows)
{
	const struct scene_joint *joint = &solver->scene->joints[index];
	uint32_t                  a = body_or_world(solver, joint->a), b = body_or_world(solver, joint->b);
	struct link               link_a = link_of(solver, state, solver->world, joint->wheel_a, a, joint->anchor_a);
	struct link               link_b = link_of(solver, state, solver->world, joint->wheel_b, b, joint->anchor_b);
	struct row                of_a = row_of_distance(&link_a), of_b = row_of_distance(&link_b);

	rows[0] = (struct row){
		.a = a,
		.b = b,
		.ja = {of_a.jb[0], of_a.jb[1], of_a.jb[2]},
		.jb = {joint->ratio * of_b.jb[0], joint->ratio * of_b.jb[1], joint->ratio * of_b.jb[2]},
		.bias = of_a.bias + joint->ratio * of_b.bias,
		.violation = of_a.violation + joint->ratio * of_b.violation - joint->rest,
	};
}

struct joint_rows {
	uint32_t count;
	void (*fill)(const struct solver *solver, const struct body_state *state, uint32_t index, struct row *rows);
};

/* Springs are forces; a slide and a rotary limit are stops. */
static const struct joint_rows joint_rows[] = {
	[JOINT_PIN] = {1, fill_pin},       [JOINT_PIVOT] = {2, fill_pivot}, [JOINT_GROOVE] = {1, fill_groove},
	[JOINT_SLIDE] = {0, NULL},         [JOINT_SPRING] = {0, NULL},      [JOINT_ROTARY_SPRING] = {0, NULL},
	[JOINT_GEAR] = {1, fill_gear},     [JOINT_MOTOR] = {1, fill_motor}, [JOINT_ROTARY_LIMIT] = {0, NULL},
	[JOINT_PULLEY] = {1, fill_pulley},
};

uint32_t rows_of_kind(enum joint_kind kind)
{
	return joint_rows[kind].count;
}

static void fill_joints(struct solver *solver, const struct body_state *state)
{
	const struct scene *scene = solver->scene;

	for (uint32_t i = 0; i < scene->joint_count; i++) {
		const struct joint_rows *kind = &joint_rows[scene->joints[i].kind];

		if (kind->count == 0 || solver->cut[i])
			continue;
		kind->fill(solver, state, i, solver->rows + solver->row_count);
		for (uint32_t k = 0; k < kind->count; k++)
			solver->row_owner[solver->row_count++] = i;
	}
}

void rows_fill(struct solver *solver, const struct body_state *state, bool stops)
{
	solver->row_count = 0;
	fill_joints(solver, state);
	for (uint32_t i = 0; stops && i < solver->stop_count; i++) {
		if (!solver->stops[i].active || solver->row_count == solver->row_capacity)
			continue;
		solver->rows[solver->row_count] = stop_row(solver, state, &solver->stops[i]);
		solver->row_owner[solver->row_count++] = solver->scene->joint_count + i;
	}
}
