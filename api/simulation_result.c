#include "api/simulation_result.h"

#include "api/simulation_access.h"
#include "eventstore/base/base64.h"
#include "eventstore/codec/json_value.h"
#include "physics/scene/packed.h"

#include <stdlib.h>

enum { RELATION_COLUMN, SIMULATION_COLUMN, STATE_COLUMN, SETTINGS_COLUMN, SEED_COLUMN, HASH_COLUMN, SCENE_COLUMN };
enum { SETTINGS_BYTES_MAX = 64 * 1024, SETTINGS_DEPTH_MAX = 3 };

enum pace simulation_run_ask(struct exchange *exchange, struct id run)
{
	struct text values[] = {TEXT_NONE, exchange_id_text(exchange, run),
	                        exchange_id_text(exchange, exchange->claims.user)};

	return exchange_look_up(exchange, "simulation_access", values);
}

static struct text kept(struct exchange *exchange, uint32_t column)
{
	return arena_text(&exchange->arena, pg_answer_text(exchange->rows, 0, column));
}

enum pace simulation_run_take(struct exchange *exchange, struct kept_run *out)
{
	size_t size;

	if (exchange->status != STATUS_OK)
		return exchange_fail(exchange, exchange->status);
	if (!simulation_access_sees(exchange))
		return exchange_refuse(exchange, REFUSAL_run_unknown, 0);
	if (!text_is(pg_answer_text(exchange->rows, 0, STATE_COLUMN), "completed"))
		return exchange_refuse(exchange, REFUSAL_run_unfinished, 0);
	*out = (struct kept_run){.packed = kept(exchange, SCENE_COLUMN),
	                         .settings = kept(exchange, SETTINGS_COLUMN),
	                         .seed = kept(exchange, SEED_COLUMN)};
	if (!id_parse(pg_answer_text(exchange->rows, 0, SIMULATION_COLUMN), &out->simulation)
	    || !base64_decode(pg_answer_text(exchange->rows, 0, HASH_COLUMN), out->run_hash.bytes, &size)
	    || size != sizeof(out->run_hash.bytes))
		return exchange_fail(exchange, STATUS_CORRUPT);
	return GO_ON;
}

/* ---------------------------------------------------------------- on a worker thread */

enum status simulation_line_open(struct exchange *exchange, struct simulator_client **out)
{
	return simulator_client_open(
		config_in_data(exchange->lane->service->config, SIMULATOR_SOCKET, &exchange->arena), "results", out);
}

static bool read_settings(struct text settings, struct arena *arena, struct pose *pose)
{
	const struct json_bounds bounds = {.size_max = SETTINGS_BYTES_MAX, .depth_max = SETTINGS_DEPTH_MAX};
	struct complaints        complaints = {0};
	struct json_value       *list;
	struct scene_value      *values;

	if (json_value_read(text_bytes(settings), &bounds, arena, &list, &complaints) != STATUS_OK
	    || list->kind != JSON_VALUE_LIST)
		return false;
	values = arena_array(arena, struct scene_value, list->count);
	for (uint32_t i = 0; i < list->count; i++) {
		const struct json_value *name = json_value_member(&list->items[i], TEXT("name"));
		const struct json_value *value = json_value_member(&list->items[i], TEXT("value"));

		if (!name || !value)
			return false;
		values[i] = (struct scene_value){.name = name->text, .value = value->number};
	}
	pose->values = values;
	pose->value_count = list->count;
	return true;
}

enum status simulation_run_pose(const struct kept_run *run, struct arena *arena, struct posed_scene *out)
{
	struct pose         pose = {.audience = SCENE_TEACHER, .has_seed = run->seed.size > 0};
	struct scene_report report = {0};
	struct text         json;
	enum status         status = scene_unpack_text(run->packed, arena, &json);

	if (status != STATUS_OK || !read_settings(run->settings, arena, &pose))
		return STATUS_CORRUPT;
	if (pose.has_seed)
		pose.seed = (uint32_t)strtoul(run->seed.data, NULL, 10);
	return scene_pose(json, &pose, arena, out, &report);
}

enum status simulation_run_watch(struct simulator_client *client, const struct kept_run *run, struct id person,
                                 struct arena *arena, struct run_outcome *out)
{
	const struct run_watch watch = {.run_hash = run->run_hash, .person = person, .frames = true};
	struct run_outcome     outcome;
	enum status            status = simulator_client_watch(client, &watch, RESULT_TIMEOUT_MS, arena, &outcome);

	if (status != STATUS_OK)
		return status;
	if (!outcome.done)
		return outcome.failure.retry_after_s > 0 ? STATUS_BUSY : STATUS_NOT_FOUND;
	*out = outcome;
	return STATUS_OK;
}

enum pace simulation_result_judge(struct exchange *exchange)
{
	switch (exchange->status) {
	case STATUS_OK:
		return GO_ON;
	case STATUS_UNREACHABLE:
	case STATUS_UNSUPPORTED:
		return exchange_refuse(exchange, REFUSAL_simulator_away, 1);
	case STATUS_NOT_FOUND:
		return exchange_refuse(exchange, REFUSAL_run_unfinished, 0);
	default:
		return exchange_fail(exchange, exchange->status);
	}
}
