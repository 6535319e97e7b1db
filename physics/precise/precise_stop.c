#include "physics/precise/precise.h"

#include "physics/reach.h"
#include "physics/vector.h"

/* How near, as a share of the scene's scale, two things are that touch. */
#define PASSED 1e-12
#define TOUCHING 1e-10

/* And how near what must be read in each step. */
#define FAR 1e-6

/* Near what it may hit, a circle goes on by this share of the radii at a time. */
#define SHARE_OF_RADIUS 0.25

bool stop_passed(const struct solver *solver, const struct stop *stop, double gap)
{
	return gap < fmin(stop->now.gap, 0) - PASSED * solver->scale_m;
}

bool stop_touches(const struct solver *solver, const struct stop *stop)
{
	return !stop->inert && stop->now.gap <= TOUCHING * solver->scale_m
	       && (stop_is_contact(stop) || !solver->cut[stop->joint]);
}

/* ---------------------------------------------------------------- rows */

static struct link link_of_stop(const struct solver *solver, const struct body_state *state, const struct stop *stop)
{
	return link_of(solver, state, stop->a, stop->anchor_a, stop->b, stop->anchor_b);
}

static struct row circles_row(const struct solver *solver, const struct body_state *state, const struct stop *stop)
{
	struct link link = link_of_stop(solver, state, stop);
	struct row  row = row_of_distance(&link);

	row.violation -= stop->radius;
	return row;
}

static struct row segment_row(const struct solver *solver, const struct body_state *state, const struct stop *stop)
{
	struct link   link = link_of_stop(solver, state, stop);
	struct vector whole = turned(solver, stop->a, vector_subtract(stop->far_a, stop->anchor_a));
	double        length = vector_length(whole);
	struct vector direction = vector_scale(whole, 1 / length);
	double        along = vector_dot(direction, link.offset);
	struct row    row;

	if (along > length)
		link = link_of(solver, state, stop->a, stop->far_a, stop->b, stop->anchor_b);
	if (along < 0 || along > length) {
		row = row_of_distance(&link);
	} else {
		row = row_of_line(&link, state, vector_turn(direction));
		row = row.violation < 0 ? row_negated(row) : row;
	}
	row.violation -= stop->radius;
	return row;
}

static struct row short_row(const struct solver *solver, const struct body_state *state, const struct stop *stop)
{
	struct link link = link_of_stop(solver, state, stop);
	struct row  row = row_of_distance(&link);

	row.violation -= solver->scene->joints[stop->joint].minimum;
	return row;
}

static struct row long_row(const struct solver *solver, const struct body_state *state, const struct stop *stop)
{
	struct link link = link_of_stop(solver, state, stop);
	struct row  row = row_negated(row_of_distance(&link));

	row.violation += solver->scene->joints[stop->joint].maximum;
	return row;
}

static struct row groove_row(const struct solver *solver, const struct body_state *state, const struct stop *stop)
{
	struct link   link = link_of_stop(solver, state, stop);
	struct vector whole = vector_subtract(stop->far_a, stop->anchor_a);
	double        length = vector_length(whole);
	struct row    row = row_of_line(&link, state, turned(solver, stop->a, vector_scale(whole, 1 / length)));

	if (stop->kind == STOP_GROOVE_START)
		return row;
	row = row_negated(row);
	row.violation += length;
	return row;
}

static struct row angle_row(const struct solver *solver, const struct body_state *state, const struct stop *stop)
{
	const struct scene_joint *joint = &solver->scene->joints[stop->joint];
	double                    angle = state[stop->b].angle - state[stop->a].angle;

	if (stop->kind == STOP_ANGLE_LOW)
		return (struct row){.a = stop->a,
		                    .b = stop->b,
		                    .ja = {0, 0, -1},
		                    .jb = {0, 0, 1},
		                    .violation = angle - joint->minimum};
	return (struct row){
		.a = stop->a, .b = stop->b, .ja = {0, 0, 1}, .jb = {0, 0, -1}, .violation = joint->maximum - angle};
}

static struct row (*const stop_rows[])(const struct solver *, const struct body_state *, const struct stop *) = {
	[STOP_CIRCLES] = circles_row,  [STOP_CIRCLE_SEGMENT] = segment_row, [STOP_ROPE_LONG] = long_row,
	[STOP_ROPE_SHORT] = short_row, [STOP_GROOVE_START] = groove_row,    [STOP_GROOVE_END] = groove_row,
	[STOP_ANGLE_HIGH] = angle_row, [STOP_ANGLE_LOW] = angle_row,
};

struct row stop_row(const struct solver *solver, const struct body_state *state, const struct stop *stop)
{
	return stop_rows[stop->kind](solver, state, stop);
}

struct reading stop_read(const struct solver *solver, const struct body_state *state, const struct stop *stop)
{
	struct row row = stop_row(solver, state, stop);

	return (struct reading){.gap = row.violation, .rate = row_speed(&row, state)};
}

static void read_now(struct solver *solver, struct stop *stop)
{
	stop->now = stop_read(solver, solver->state, stop);
	stop->inert = stop->inert && stop->now.gap <= 0;
	stop->clear = stop->now.gap;
	stop->skipped = stop->stale = false;
}

void stops_read(struct solver *solver)
{
	if (solver->stop_count == 0)
		return;
	motion_rotate(solver, solver->state);
	for (uint32_t i = 0; i < solver->stop_count; i++)
		read_now(solver, &solver->stops[i]);
}

void stops_follow(struct solver *solver)
{
	if (solver->stop_count == 0)
		return;
	motion_rotate(solver, solver->state);
	for (uint32_t i = 0; i < solver->stop_count; i++) {
		struct stop *stop = &solver->stops[i];

		stop->stale = stop->stale || stop->skipped;
		if (stop->skipped)
			stop->clear -= stop->spent;
		else
			read_now(solver, stop);
	}
}

bool stop_is_contact(const struct stop *stop)
{
	return stop->kind == STOP_CIRCLES || stop->kind == STOP_CIRCLE_SEGMENT;
}

void stops_let_overlap(struct solver *solver)
{
	stops_read(solver);
	for (uint32_t i = 0; i < solver->stop_count; i++) {
		struct stop *stop = &solver->stops[i];

		stop->inert = stop_is_contact(stop) && stop->now.gap < -TOUCHING * solver->scale_m;
	}
}

/* How fast the gap can close at most. */
static double speed_between(const struct body_state *state, const struct stop *stop)
{
	const struct body_state *a = &state[stop->a], *b = &state[stop->b];

	return vector_length(vector_subtract(b->velocity, a->velocity)) + fabs(a->angular_velocity) * stop->arm_a
	       + fabs(b->angular_velocity) * stop->arm_b;
}

bool stop_is_free(const struct solver *solver, const struct stop *stop)
{
	return !stop->active && !stop->inert && (stop_is_contact(stop) || !solver->cut[stop->joint]);
}

/* Twice the mean of the speeds at both ends is more than any smooth step takes. */
static bool stays_clear(const struct solver *solver, struct stop *stop, double h)
{
	if (!stop_is_contact(stop))
		return false;
	stop->spent = h * (speed_between(solver->state, stop) + speed_between(solver->tried, stop));
	return stop->clear > stop->spent + FAR * solver->scale_m;
}

void stops_skip(struct solver *solver, double h)
{
	bool stale = false;

	for (uint32_t i = 0; i < solver->stop_count; i++) {
		struct stop *stop = &solver->stops[i];

		stop->skipped = stop_is_free(solver, stop) && stays_clear(solver, stop, h);
		stale = stale || (stop->stale && !stop->skipped);
	}
	if (!stale)
		return;
	motion_rotate(solver, solver->state);
	for (uint32_t i = 0; i < solver->stop_count; i++) {
		if (solver->stops[i].stale && !solver->stops[i].skipped)
			read_now(solver, &solver->stops[i]);
	}
}

double stops_step_max(const struct solver *solver)
{
	double most = INFINITY;

	for (uint32_t i = 0; i < solver->stop_count; i++) {
		const struct stop *stop = &solver->stops[i];

		if (stop->active || stop->inert || !stop_is_contact(stop))
			continue;
		most = fmin(most,
		            fmax(stop->clear, SHARE_OF_RADIUS * stop->radius) / speed_between(solver->state, stop));
	}
	return most;
}

/* ---------------------------------------------------------------- the list */

struct stop_list {
	struct solver *solver;
	bool           full;
};

static void add(struct stop_list *list, struct stop stop)
{
	stop.arm_a = fmax(vector_length(stop.anchor_a), vector_length(stop.far_a)) + stop.radius;
	stop.arm_b = vector_length(stop.anchor_b);
	if (list->solver->stop_count == PRECISE_STOPS_MAX)
		list->full = true;
	else
		list->solver->stops[list->solver->stop_count++] = stop;
}

static void add_segment(struct stop_list *list, const struct scene_shape *circle, struct stop stop, double radius)
{
	stop.kind = STOP_CIRCLE_SEGMENT;
	stop.radius = circle->radius + radius;
	add(list, stop);
}

/* A polygon is its edges. */
static void add_polygon(struct stop_list *list, const struct scene_shape *polygon, const struct scene_shape *circle,
                        struct stop stop)
{
	const struct vector *points = list->solver->scene->points + polygon->first_point;

	for (uint32_t i = 0; i < polygon->point_count; i++) {
		stop.anchor_a = points[i];
		stop.far_a = points[(i + 1) % polygon->point_count];
		add_segment(list, circle, stop, polygon->radius);
	}
}

/* One of the two is a circle: reach and choice have seen to that. */
static void add_pair(struct stop_list *list, const struct scene_shape *first, const struct scene_shape *second)
{
	const struct scene_shape *circle = second->kind == SHAPE_CIRCLE ? second : first;
	const struct scene_shape *other = circle == second ? first : second;
	struct stop               stop = {
			      .kind = STOP_CIRCLES,
			      .a = other->body,
			      .b = circle->body,
			      .anchor_a = other->a,
			      .anchor_b = circle->a,
			      .far_a = other->b,
			      .radius = circle->radius + other->radius,
			      .elasticity = first->elasticity * second->elasticity,
        };

	if (circle->kind != SHAPE_CIRCLE)
		return;
	if (other->kind == SHAPE_CIRCLE)
		add(list, stop);
	else if (other->kind == SHAPE_SEGMENT)
		add_segment(list, circle, stop, other->radius);
	else
		add_polygon(list, other, circle, stop);
}

static void add_joint(struct stop_list *list, uint32_t index)
{
	const struct scene_joint *joint = &list->solver->scene->joints[index];
	uint32_t                  world = list->solver->world;
	struct stop               stop = {
			      .joint = index,
			      .a = joint->a == SCENE_WORLD ? world : joint->a,
			      .b = joint->b == SCENE_WORLD ? world : joint->b,
			      .anchor_a = joint->kind == JOINT_GROOVE ? joint->groove_a : joint->anchor_a,
			      .far_a = joint->groove_b,
			      .anchor_b = joint->anchor_b,
        };
	static const enum stop_kind kinds[][2] = {
		[JOINT_SLIDE] = {STOP_ROPE_LONG, STOP_ROPE_SHORT},
		[JOINT_GROOVE] = {STOP_GROOVE_START, STOP_GROOVE_END},
		[JOINT_ROTARY_LIMIT] = {STOP_ANGLE_HIGH, STOP_ANGLE_LOW},
	};

	for (int i = 0; i < 2; i++) {
		stop.kind = kinds[joint->kind][i];
		/* A rope has no least length. */
		if (stop.kind != STOP_ROPE_SHORT || joint->minimum > 0)
			add(list, stop);
	}
}

static bool has_stops(enum joint_kind kind)
{
	return kind == JOINT_SLIDE || kind == JOINT_GROOVE || kind == JOINT_ROTARY_LIMIT;
}

bool stops_create(struct solver *solver)
{
	const struct scene *scene = solver->scene;
	struct stop_list    list = {.solver = solver};
	struct arena        arena = {0};
	struct reach       *reach = reach_create(scene, &arena);
	struct shape_pair   pair = {0};

	solver->stops = arena_array(&solver->arena, struct stop, PRECISE_STOPS_MAX);
	for (uint32_t i = 0; i < scene->joint_count; i++) {
		if (has_stops(scene->joints[i].kind))
			add_joint(&list, i);
	}
	while (!list.full && reach_next(reach, &pair))
		add_pair(&list, &scene->shapes[pair.first], &scene->shapes[pair.second]);
	arena_finish(&arena);
	return !list.full;
}
