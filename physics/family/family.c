#include "physics/family/family.h"

#include "eventstore/base/require.h"
#include "physics/elementary/elementary.h"
#include "physics/family/family_parts.h"
#include "physics/field.h"
#include "physics/measure.h"
#include "physics/vector.h"

#include <math.h>
#include <stdlib.h>

enum { SCENES_AT_ONCE = LANES };

/* A body beyond this many times what a scene may begin with has left the world. */
#define WORLD 10

/* ---------------------------------------------------------------- lanes */

/* A body of a scene, and where its numbers are. */
struct lane {
	const struct scene       *scene;
	const struct scene_joint *joint;
	uint32_t                  body;
	enum lane_kind            kind;
	struct lane_block        *block;
	uint32_t                  column;
	/* Of a swing: its rod, and the angle of where it hangs. */
	double        length, hanging;
	struct vector pivot;
};

struct family {
	const struct scene *const *scenes;
	uint32_t                   scene_count, lane_count;
	struct lane               *lanes;           /* by scene, then body */
	struct lane_block         *blocks, *coarse; /* the second with longer steps */
	enum lane_kind            *kinds;           /* of blocks */
	uint32_t                   block_count;
	struct body_state         *states, *coarse_states; /* by scene, then body */
};

static double *at(const struct lane *lane, enum lane_row row)
{
	return &lane->block->rows[row][lane->column];
}

static void set_field(const struct lane *lane, const struct scene_field *field)
{
	const struct scene_body *body = &lane->scene->bodies[lane->body];
	double                   m = body->mass_kg, by_mass = body->charge_c / m;

	switch (field->kind) {
	case FORCE_DRAG:
		*at(lane, LANE_LINEAR) = field->linear / m;
		*at(lane, LANE_QUADRATIC) = field->quadratic / m;
		*at(lane, LANE_WIND_X) = field->vector.x;
		*at(lane, LANE_WIND_Y) = field->vector.y;
		break;
	case FORCE_MAGNETIC:
		*at(lane, LANE_TURN) += by_mass * field->bz;
		break;
	case FORCE_ELECTRIC:
		*at(lane, LANE_AX) += by_mass * field->vector.x;
		*at(lane, LANE_AY) += by_mass * field->vector.y;
		break;
	case FORCE_CENTRAL:
		*at(lane, LANE_GM) = field->gm;
		*at(lane, LANE_AT_X) = field->at.x;
		*at(lane, LANE_AT_Y) = field->at.y;
		break;
	case FORCE_DRIVE:
		*at(lane, LANE_DRIVE_X) = field->vector.x / m;
		*at(lane, LANE_DRIVE_Y) = field->vector.y / m;
		*at(lane, LANE_OMEGA) = field->omega;
		*at(lane, LANE_PHASE) = field->phase;
		break;
	case FORCE_ROTATING:
		break;
	}
}

static struct vector fixed_end(const struct lane *lane)
{
	return lane->joint->b == lane->body ? lane->joint->anchor_a : lane->joint->anchor_b;
}

static void set_spring(const struct lane *lane)
{
	double        m = lane->scene->bodies[lane->body].mass_kg;
	struct vector end = fixed_end(lane);

	*at(lane, LANE_AT_X) = end.x;
	*at(lane, LANE_AT_Y) = end.y;
	*at(lane, LANE_STIFFNESS) = lane->joint->stiffness / m;
	*at(lane, LANE_DAMPING) = lane->joint->damping / m;
	*at(lane, LANE_REST) = lane->joint->rest;
}

/* From the plane to an angle: what pulls evenly says where down is, and what of the velocity is along the rod is lost,
 * as in a solver. */
static void set_swing(struct lane *lane)
{
	const struct scene_body *body = &lane->scene->bodies[lane->body];
	struct vector            down = {*at(lane, LANE_AX), *at(lane, LANE_AY)}, rod;

	double gravity = vector_length(down);

	if (gravity == 0)
		down.x = 1;
	lane->pivot = fixed_end(lane);
	rod = vector_subtract(body->position, lane->pivot);
	lane->length = vector_length(rod);
	lane->hanging = elementary_atan2(down.y, down.x);
	*at(lane, LANE_X) = elementary_atan2(vector_cross(down, rod), vector_dot(down, rod));
	*at(lane, LANE_VX) = vector_cross(rod, body->velocity) / (lane->length * lane->length);
	*at(lane, LANE_AX) = gravity / lane->length;
	*at(lane, LANE_QUADRATIC) *= lane->length;
}

static void set_lane(struct lane *lane)
{
	const struct scene      *scene = lane->scene;
	const struct scene_body *body = &scene->bodies[lane->body];

	*at(lane, LANE_X) = body->position.x;
	*at(lane, LANE_Y) = body->position.y;
	*at(lane, LANE_VX) = body->velocity.x;
	*at(lane, LANE_VY) = body->velocity.y;
	*at(lane, LANE_AX) = scene->gravity.x;
	*at(lane, LANE_AY) = scene->gravity.y;
	for (uint32_t i = 0; i < scene->field_count; i++)
		if (family_acts_on(&scene->fields[i], lane->body))
			set_field(lane, &scene->fields[i]);
	if (lane->kind == LANE_SWING)
		set_swing(lane);
	else if (lane->kind == LANE_SPRING || lane->kind == LANE_DRIVEN)
		set_spring(lane);
}

static void add_lanes(struct family *family, const struct scene *scene)
{
	for (uint32_t i = 0; i < scene->body_count; i++) {
		struct lane *lane = &family->lanes[family->lane_count];
		uint32_t     ignored;

		if (scene->bodies[i].type != BODY_DYNAMIC)
			continue;
		*lane = (struct lane){.scene = scene, .body = i, .kind = family_kind(scene, i)};
		lane->joint = family_joint(scene, i, &ignored);
		family->lane_count++;
	}
}

/* Lanes of one kind fill block after block. */
static void fill_blocks(struct family *family)
{
	for (enum lane_kind kind = 0; kind < LANE_KINDS; kind++) {
		uint32_t used = LANES;

		for (uint32_t i = 0; i < family->lane_count; i++) {
			struct lane *lane = &family->lanes[i];

			if (lane->kind != kind)
				continue;
			if (used == LANES) {
				family->kinds[family->block_count++] = kind;
				used = 0;
			}
			lane->block = &family->blocks[family->block_count - 1];
			lane->column = used++;
			set_lane(lane);
		}
	}
	memcpy(family->coarse, family->blocks, family->block_count * sizeof(*family->blocks));
}

static void *zeroed(size_t count, size_t size)
{
	void *memory = aligned_alloc(64, (count * size + 64) / 64 * 64 + 64);

	require(memory != NULL);
	memset(memory, 0, count * size);
	return memory;
}

static void family_init(struct family *family, const struct scene *const *scenes, uint32_t count)
{
	uint32_t bodies = 0;

	*family = (struct family){.scenes = scenes, .scene_count = count};
	for (uint32_t i = 0; i < count; i++)
		bodies += scenes[i]->body_count;
	family->lanes = zeroed(bodies, sizeof(*family->lanes));
	family->states = zeroed(bodies, sizeof(*family->states));
	family->coarse_states = zeroed(bodies, sizeof(*family->states));
	for (uint32_t i = 0; i < count; i++)
		add_lanes(family, scenes[i]);
	family->kinds = zeroed(family->lane_count / LANES + LANE_KINDS, sizeof(*family->kinds));
	family->blocks = zeroed(family->lane_count / LANES + LANE_KINDS, sizeof(*family->blocks));
	family->coarse = zeroed(family->lane_count / LANES + LANE_KINDS, sizeof(*family->blocks));
	fill_blocks(family);
}

static void family_finish(struct family *family)
{
	free(family->lanes);
	free(family->states);
	free(family->coarse_states);
	free(family->kinds);
	free(family->blocks);
	free(family->coarse);
}

/* ---------------------------------------------------------------- frames */

static void read_swing(const struct lane *lane, const struct lane_block *block, struct body_state *state)
{
	double        angle = block->rows[LANE_X][lane->column], rate = block->rows[LANE_VX][lane->column];
	struct vector direction;

	elementary_sincos(lane->hanging + angle, &direction.y, &direction.x);
	state->position = vector_add(lane->pivot, vector_scale(direction, lane->length));
	state->velocity = vector_scale(vector_turn(direction), lane->length * rate);
}

static void read_lane(const struct lane *lane, const struct lane_block *block, double time_s, struct body_state *state)
{
	const struct scene_body *body = &lane->scene->bodies[lane->body];

	if (lane->kind == LANE_SWING) {
		read_swing(lane, block, state);
	} else {
		state->position = (struct vector){block->rows[LANE_X][lane->column], block->rows[LANE_Y][lane->column]};
		state->velocity =
			(struct vector){block->rows[LANE_VX][lane->column], block->rows[LANE_VY][lane->column]};
	}
	state->angular_velocity = body->fixed_rotation ? 0 : body->angular_velocity;
	state->angle = body->angle + state->angular_velocity * time_s;
}

/* The states of every body of every scene, from one of both sets of blocks. */
static void read_states(const struct family *family, bool coarse, double time_s)
{
	struct body_state *states = coarse ? family->coarse_states : family->states;
	const struct lane *lane = family->lanes;
	uint32_t           first = 0;

	for (uint32_t i = 0; i < family->scene_count; i++) {
		const struct scene *scene = family->scenes[i];

		for (uint32_t k = 0; k < scene->body_count; k++) {
			const struct lane_block *block = lane->block;

			if (scene->bodies[k].type != BODY_DYNAMIC) {
				states[first + k].position = scene->bodies[k].position;
				states[first + k].angle = scene->bodies[k].angle;
				continue;
			}
			if (coarse)
				block = family->coarse + (lane->block - family->blocks);
			read_lane(lane++, block, time_s, &states[first + k]);
		}
		first += scene->body_count;
	}
}

static double rod_force(const struct scene *scene, const struct scene_joint *joint, const struct body_state *states)
{
	uint32_t                 body = joint->a == SCENE_WORLD ? joint->b : joint->a;
	const struct body_state *state = &states[body];
	struct vector            end = joint->a == SCENE_WORLD ? joint->anchor_a : joint->anchor_b;
	struct vector            rod = vector_subtract(state->position, end);
	double                   length = vector_length(rod);
	struct vector            force = field_force(scene, body, state, 0);

	return fabs(vector_dot(force, rod) / length
	            + scene->bodies[body].mass_kg * vector_dot(state->velocity, state->velocity) / length);
}

static double joint_force(const struct scene *scene, const struct scene_joint *joint, const struct body_state *states)
{
	uint32_t      body = joint->a == SCENE_WORLD ? joint->b : joint->a;
	struct vector end = joint->a == SCENE_WORLD ? joint->anchor_a : joint->anchor_b;

	if (joint->kind == JOINT_PIN)
		return rod_force(scene, joint, states);
	return vector_length(spring_force(joint, vector_subtract(states[body].position, end), states[body].velocity));
}

/* ---------------------------------------------------------------- a sweep */

/* What the measures of one scene are taken with. */
struct taking {
	struct measures *measures;
	double          *joint_forces;
	bool            *nothing; /* false for each body and joint */
	double          *no_force;
	bool             over;
};

static void taking_init(struct taking *taking, const struct scene *scene)
{
	uint32_t most = scene->body_count > scene->joint_count ? scene->body_count : scene->joint_count;

	*taking = (struct taking){
		.measures = measures_create(scene),
		.joint_forces = zeroed(scene->joint_count, sizeof(double)),
		.nothing = zeroed(most, sizeof(bool)),
		.no_force = zeroed(scene->body_count, sizeof(double)),
	};
}

static void taking_finish(struct taking *taking)
{
	measures_destroy(taking->measures);
	free(taking->joint_forces);
	free(taking->nothing);
	free(taking->no_force);
}

static bool all_there(const struct body_state *states, uint32_t count)
{
	double place_max = WORLD * limit_value(LIMIT_POSITION_MAX, SCENE_TEACHER);
	bool   there = true;

	for (uint32_t i = 0; i < count; i++)
		there = there && fabs(states[i].position.x) <= place_max && fabs(states[i].position.y) <= place_max
		        && isfinite(states[i].velocity.x) && isfinite(states[i].velocity.y);
	return there;
}

static void take(struct taking *taking, const struct scene *scene, const struct body_state *states, uint32_t step)
{
	for (uint32_t i = 0; i < scene->joint_count; i++)
		taking->joint_forces[i] = joint_force(scene, &scene->joints[i], states);
	measures_take(taking->measures, &(struct solver_frame){
						.step = step,
						.time_s = (double)step / scene->solver.fps,
						.bodies = states,
						.sleeping = taking->nothing,
						.joint_force_n = taking->joint_forces,
						.contact_force_n = taking->no_force,
						.potential_j = field_potential(scene, states)
	                                                       + spring_potential(scene, states, taking->nothing),
					});
}

static double apart(const struct body_state *a, const struct body_state *b, uint32_t count)
{
	double most = 0;

	for (uint32_t i = 0; i < count; i++)
		most = fmax(most, vector_length(vector_subtract(a[i].position, b[i].position)));
	return most;
}

static void take_all(const struct family *family, struct taking *takings, uint32_t step)
{
	uint32_t first = 0;

	for (uint32_t i = 0; i < family->scene_count; i++) {
		const struct scene *scene = family->scenes[i];
		struct body_state  *states = &family->states[first];

		takings[i].over = takings[i].over || !all_there(states, scene->body_count);
		if (!takings[i].over)
			take(&takings[i], scene, states, step);
		first += scene->body_count;
	}
}

/* How much longer the steps of the second run are; 0 where a frame cannot be divided so. */
static uint32_t coarseness_of(const struct scene_solver *solver)
{
	return solver->substeps % 4 == 0 ? 4 : solver->substeps % 2 == 0 ? 2 : 0;
}

static void advance(const struct family *family, uint32_t frame)
{
	const struct scene_solver *solver = &family->scenes[0]->solver;
	uint32_t                   steps = solver->substeps, coarseness = coarseness_of(solver);
	double                     h = 1.0 / (solver->fps * (double)steps);

	for (uint32_t i = 0; i < family->block_count; i++) {
		lanes_advance(family->kinds[i], &family->blocks[i], (uint64_t)frame * steps, steps, h);
		if (coarseness > 0)
			lanes_advance(family->kinds[i], &family->coarse[i], (uint64_t)frame * steps / coarseness,
			              steps / coarseness, coarseness * h);
	}
}

/* Richardson's: the error of fourth order grows with the fourth power of the step, and the difference is of both. */
static void estimate(const struct family *family, double time_s, struct family_result *results)
{
	double   coarseness = coarseness_of(&family->scenes[0]->solver);
	double   growth = coarseness * coarseness * coarseness * coarseness;
	uint32_t first = 0;

	read_states(family, true, time_s);
	for (uint32_t i = 0; i < family->scene_count; i++) {
		uint32_t count = family->scenes[i]->body_count;
		double   difference = apart(&family->states[first], &family->coarse_states[first], count);

		results[i].error_estimate_m = coarseness > 0 ? difference / (growth - 1) : NAN;
		first += count;
	}
}

static void go_through(struct family *family, struct taking *takings, struct family_result *results)
{
	const struct scene_solver *solver = &family->scenes[0]->solver;
	uint32_t                   frames = (uint32_t)floor(solver->duration_s * solver->fps + 1e-9);

	for (uint32_t frame = 0; frame <= frames; frame++) {
		if (frame > 0)
			advance(family, frame - 1);
		read_states(family, false, (double)frame / solver->fps);
		take_all(family, takings, frame);
	}
	estimate(family, (double)frames / solver->fps, results);
}

/* So many scenes that what they touch stays in the processor's caches. */
static void sweep_some(const struct scene *const *scenes, uint32_t count, struct family_result *results)
{
	struct family family;
	struct taking takings[SCENES_AT_ONCE];

	family_init(&family, scenes, count);
	for (uint32_t i = 0; i < count; i++)
		taking_init(&takings[i], scenes[i]);
	go_through(&family, takings, results);
	for (uint32_t i = 0; i < count; i++) {
		measures_values(takings[i].measures, results[i].values);
		results[i].energy_drift = measures_energy_drift(takings[i].measures);
		results[i].diverged = takings[i].over;
		if (takings[i].over)
			results[i].error_estimate_m = NAN;
		taking_finish(&takings[i]);
	}
	family_finish(&family);
}

void family_sweep(const struct scene *const *scenes, uint32_t count, struct family_result *results)
{
	require(count <= FAMILY_SCENES_MAX);
	for (uint32_t done = 0; done < count; done += SCENES_AT_ONCE) {
		uint32_t left = count - done;

		sweep_some(scenes + done, left < SCENES_AT_ONCE ? left : SCENES_AT_ONCE, results + done);
	}
}
