/* Routes that keep scenes: what is sent is looked at on a worker thread, and goes to the writer packed. A fork takes
 * over a version as it lies there. */
#include "api/preparation.h"
#include "api/simulation_access.h"
#include "api/simulation_look.h"
#include "eventstore/base/base64.h"
#include "physics/scenarios.h"

/* ---------------------------------------------------------------- what is sent */

static void begin_look(struct exchange *exchange, struct text json, const char *member)
{
	struct scene_look *look = arena_new(&exchange->arena, struct scene_look);

	look->json = json;
	look->member = member;
	look->pose.audience = simulation_audience(exchange);
	exchange->own = look;
}

/* A scene of one's own, or one of ours. */
static enum pace take_scene(struct exchange *exchange)
{
	const struct create_simulation *asked = exchange->input;
	const struct scenario          *scenario;

	if (!asked->scene.data == !asked->has_scenario)
		return exchange_refuse(exchange, REFUSAL_scene_missing, 0);
	if (asked->scene.data) {
		begin_look(exchange, asked->scene, "/scene");
		return GO_ON;
	}
	scenario = scenario_find(asked->scenario);
	if (!scenario)
		return exchange_refuse(exchange, REFUSAL_scenario_unknown, 0);
	begin_look(exchange, scenario->scene, "");
	return GO_ON;
}

static enum pace take_document(struct exchange *exchange)
{
	begin_look(exchange, ((const struct write_scene *)exchange->input)->scene, "/scene");
	return GO_ON;
}

/* Into the wish's own fields, which every wish that keeps a scene has. */
static void keep(struct exchange *exchange, struct bytes packed, const struct hash *hash, uint32_t mode)
{
	*(struct bytes *)exchange_field(exchange, "packed") = packed;
	*(struct hash *)exchange_field(exchange, "scene_hash") = *hash;
	*(uint32_t *)exchange_field(exchange, "mode") = mode;
}

static enum pace keep_looked_at(struct exchange *exchange)
{
	const struct scene_look *look = exchange->own;

	keep(exchange, look->packed, &look->posed.hash, look->mode);
	return GO_ON;
}

static exchange_step *const create_steps[] = {take_scene, simulation_look, simulation_look_judge, keep_looked_at, NULL};
const struct preparation    preparation_simulation_create = {
	   .steps = create_steps, .body_bytes_max = SCENE_BODY_BYTES_MAX, .decides_alone = true};

static exchange_step *const write_steps[] = {take_document, simulation_look, simulation_look_judge, keep_looked_at,
                                             NULL};
const struct preparation    preparation_simulation_write = {
	   .steps = write_steps, .body_bytes_max = SCENE_BODY_BYTES_MAX, .decides_alone = true};

/* ---------------------------------------------------------------- a fork */

static enum pace ask_parent(struct exchange *exchange)
{
	return simulation_access_ask_about(exchange, ((const struct fork_simulation *)exchange->input)->parent);
}

static enum pace ask_parents_scene(struct exchange *exchange)
{
	const struct fork_simulation *asked = exchange->input;

	return simulation_scene_ask(exchange, asked->parent, asked->has_version ? asked->version : 0);
}

static enum pace take_over(struct exchange *exchange)
{
	struct fork_simulation *asked = exchange->input;
	struct kept_scene       kept;
	uint8_t                *bytes;
	size_t                  size;

	if (simulation_scene_take(exchange, &kept) == DONE)
		return DONE;
	bytes = arena_alloc(&exchange->arena, kept.packed.size + 1);
	if (!base64_decode(kept.packed, bytes, &size))
		return exchange_fail(exchange, STATUS_CORRUPT);
	asked->of_version = kept.version;
	keep(exchange, BYTES(bytes, size), &kept.hash, kept.mode);
	return GO_ON;
}

static exchange_step *const fork_steps[] = {simulation_access_await,
                                            simulation_access_check,
                                            ask_parent,
                                            simulation_access_judge,
                                            ask_parents_scene,
                                            take_over,
                                            NULL};
const struct preparation    preparation_simulation_fork = {.steps = fork_steps};
