#include "physics/solver.h"

#include "physics/precise/precise.h"
#include "physics/reach.h"

/* `auto` leaves crowds to the rigid solver, in which a heap costs no more than its contacts. */
enum { PAIRS_BY_CHOICE_MAX = 136 };

/* ---------------------------------------------------------------- faults */

static const struct {
	const char *name, *sentence;
} faults[] = {
	[SOLVER_FINE] = {"none", "The run went to its end."},
	[SOLVER_DIVERGED] = {"diverged", "A body left the world, or a number grew beyond all bounds."},
	[SOLVER_TOO_DENSE] = {"too_dense", "More shapes touch one another than a run may have."},
	[SOLVER_STEP_TOO_SMALL] = {"step_too_small",
                                   "The tolerance cannot be kept: forces grow beyond all bounds there."},
	[SOLVER_CONSTRAINTS] = {"joints_contradict", "The joints contradict one another."},
	[SOLVER_TOO_MANY_IMPACTS] = {"too_many_impacts",
                                     "Impacts followed one another without end; try the rigid solver."},
	[SOLVER_LIBRARY] = {"library", "The rigid solver gave up on this scene."},
};

struct text solver_fault_name(enum solver_fault fault)
{
	return text_from(faults[fault].name);
}

struct text solver_fault_sentence(enum solver_fault fault)
{
	return text_from(faults[fault].sentence);
}

/* ---------------------------------------------------------------- choosing */

static bool joints_give_way(const struct scene *scene)
{
	for (uint32_t i = 0; i < scene->joint_count; i++) {
		if (scene->joints[i].force_max > 0)
			return true;
	}
	return false;
}

/* What can meet, as far as the precise solver is concerned. */
struct meetings {
	uint32_t stops;
	bool     flat; /* neither of a pair is a circle */
	bool     rubs;
};

static void count_pair(struct meetings *meetings, const struct scene_shape *a, const struct scene_shape *b)
{
	const struct scene_shape *other = a->kind == SHAPE_CIRCLE ? b : a;

	meetings->flat = meetings->flat || (a->kind != SHAPE_CIRCLE && b->kind != SHAPE_CIRCLE);
	meetings->rubs = meetings->rubs || a->friction * b->friction > 0;
	meetings->stops += other->kind == SHAPE_POLYGON ? other->point_count : 1;
}

static struct meetings meetings_of(const struct scene *scene)
{
	struct meetings   meetings = {0};
	struct arena      arena = {0};
	struct reach     *reach = reach_create(scene, &arena);
	struct shape_pair pair = {0};

	while (!meetings.flat && meetings.stops <= PRECISE_STOPS_MAX && reach_next(reach, &pair))
		count_pair(&meetings, &scene->shapes[pair.first], &scene->shapes[pair.second]);
	arena_finish(&arena);
	return meetings;
}

/* Why the precise solver cannot do it; absent when it can. */
static struct text obstacle(const struct scene *scene, const struct meetings *meetings)
{
	if (scene->joint_count > PRECISE_JOINTS_MAX)
		return TEXT("Rigid: there are more joints than the precise solver takes.");
	if (joints_give_way(scene))
		return TEXT("Rigid: a joint gives way to a force, which the precise solver does not know.");
	if (meetings->flat)
		return TEXT("Rigid: shapes can touch that are not circles.");
	if (meetings->stops + 2 * scene->joint_count > PRECISE_STOPS_MAX)
		return TEXT("Rigid: more shapes can touch than the precise solver takes.");
	return TEXT_NONE;
}

static enum solver_mode choose_precise(const struct meetings *meetings, struct text *reason)
{
	*reason = meetings->rubs ? TEXT("Precise, as asked for: what touches does so without friction.")
	                         : TEXT("Precise, as asked for.");
	return SOLVER_PRECISE;
}

static enum solver_mode choose_freely(const struct meetings *meetings, struct text *reason)
{
	if (meetings->rubs) {
		*reason = TEXT("Rigid: shapes can touch and rub.");
		return SOLVER_RIGID;
	}
	if (meetings->stops > PAIRS_BY_CHOICE_MAX) {
		*reason = TEXT("Rigid: many shapes can touch.");
		return SOLVER_RIGID;
	}
	*reason = meetings->stops == 0 ? TEXT("Precise: no two shapes can touch.")
	                               : TEXT("Precise: only circles can touch, and without friction.");
	return SOLVER_PRECISE;
}

enum solver_mode solver_choose(const struct scene *scene, struct text *reason)
{
	struct meetings meetings;

	if (scene->solver.mode == SOLVER_RIGID) {
		*reason = TEXT("Rigid, as asked for.");
		return SOLVER_RIGID;
	}
	meetings = meetings_of(scene);
	*reason = obstacle(scene, &meetings);
	if (reason->data)
		return SOLVER_RIGID;
	return scene->solver.mode == SOLVER_PRECISE ? choose_precise(&meetings, reason)
	                                            : choose_freely(&meetings, reason);
}

const struct solver_kind *solver_of_mode(enum solver_mode mode)
{
	return mode == SOLVER_RIGID ? &solver_rigid : &solver_precise;
}
