#include "api/simulation_look.h"

#include "eventstore/base/base64.h"
#include "eventstore/base/require.h"
#include "physics/scene/packed.h"
#include "physics/solver.h"
#include "schema/events.h"

#include <stdlib.h>

/* ---------------------------------------------------------------- looking */

enum status simulation_look_at(struct scene_look *look, struct arena *arena)
{
	enum status      status = scene_pose(look->json, &look->pose, arena, &look->posed, &look->report);
	enum solver_mode mode;

	if (status != STATUS_OK)
		return status;
	mode = solver_choose(look->posed.scene, &look->reason);
	look->mode = mode == SOLVER_RIGID ? SIMULATION_MODE_rigid : SIMULATION_MODE_precise;
	return scene_pack(look->json, arena, &look->packed);
}

static void run_look(struct work *work)
{
	struct exchange *exchange = container_of(work, struct exchange, work);

	exchange->status = simulation_look_at(exchange->own, &exchange->arena);
}

enum pace simulation_look(struct exchange *exchange)
{
	return exchange_work(exchange, run_look);
}

static struct text pointer_in_body(struct exchange *exchange, const struct scene_look *look, struct text pointer)
{
	return arena_format(&exchange->arena, "%s%.*s", look->member, TEXT_ARG(pointer));
}

static enum pace say_refusals(struct exchange *exchange, const struct scene_look *look)
{
	struct complaints *complaints = arena_new(&exchange->arena, struct complaints);

	*complaints = look->report.refusals;
	for (uint32_t i = 0; i < complaints->count; i++)
		complaints->items[i].pointer = pointer_in_body(exchange, look, complaints->items[i].pointer);
	return exchange_invalid(exchange, complaints);
}

enum pace simulation_look_judge(struct exchange *exchange)
{
	const struct scene_look *look = exchange->own;

	if (look->report.refusals.count > 0)
		return say_refusals(exchange, look);
	if (exchange->status == STATUS_TOO_LARGE)
		return exchange_refuse(exchange, REFUSAL_scene_too_large, 0);
	return exchange->status == STATUS_OK ? GO_ON : exchange_fail(exchange, exchange->status);
}

enum pace simulation_look_report(struct exchange *exchange)
{
	const struct scene_look *look = exchange->own;
	bool                     said = look->report.refusals.count > 0 || exchange->status == STATUS_TOO_LARGE;

	return exchange->status == STATUS_OK || said ? GO_ON : exchange_fail(exchange, exchange->status);
}

void simulation_look_complain(struct scene_look *look, struct text pointer, const char *sentence)
{
	struct complaints *refusals = &look->report.refusals;

	if (refusals->count < COMPLAINTS_MAX)
		refusals->items[refusals->count++] =
			(struct complaint){.pointer = pointer, .sentence = text_from(sentence)};
}

void simulation_look_set(struct exchange *exchange, struct scene_look *look,
                         const struct list_of_parameter_setting *settings)
{
	struct scene_value *values = arena_array(&exchange->arena, struct scene_value, settings->count);

	for (uint32_t i = 0; i < settings->count; i++)
		values[i] = (struct scene_value){.name = settings->items[i].name,
		                                 .value = settings->items[i].value,
		                                 .pointer = arena_format(&exchange->arena, "/settings/%u", i)};
	look->pose.values = values;
	look->pose.value_count = settings->count;
}

enum scene_audience simulation_audience(const struct exchange *exchange)
{
	bool teaches = exchange->claims.roles & (TOKEN_ROLE(ROLE_instructor) | TOKEN_ROLE(ROLE_admin));

	return teaches ? SCENE_TEACHER : SCENE_LEARNER;
}

/* ---------------------------------------------------------------- what is kept */

enum { SCENE_COLUMN, VERSION_COLUMN, LATEST_COLUMN, HASH_COLUMN, MODE_COLUMN };

enum pace simulation_scene_ask(struct exchange *exchange, struct id simulation, uint32_t version)
{
	struct text values[] = {exchange_id_text(exchange, simulation),
	                        version > 0 ? arena_format(&exchange->arena, "%u", version) : TEXT_NONE};

	return exchange_look_up(exchange, "simulation_scene_of", values);
}

static uint32_t number_in(const struct exchange *exchange, uint32_t column)
{
	return (uint32_t)strtoul(pg_answer_text(exchange->rows, 0, column).data, NULL, 10);
}

enum pace simulation_scene_take(struct exchange *exchange, struct kept_scene *out)
{
	const struct field *mode = shape_field(&scene_written_shape, TEXT("mode"));
	size_t              size;

	if (exchange->status != STATUS_OK)
		return exchange_fail(exchange, exchange->status);
	if (pg_answer_rows(exchange->rows) == 0)
		return exchange_refuse(exchange, REFUSAL_simulation_version_unknown, 0);
	*out = (struct kept_scene){
		.packed = arena_text(&exchange->arena, pg_answer_text(exchange->rows, 0, SCENE_COLUMN)),
		.version = number_in(exchange, VERSION_COLUMN),
		.latest = number_in(exchange, LATEST_COLUMN),
		.mode = choice_number(mode->choice, pg_answer_text(exchange->rows, 0, MODE_COLUMN)),
	};
	require(base64_decode(pg_answer_text(exchange->rows, 0, HASH_COLUMN), out->hash.bytes, &size)
	        && size == sizeof(out->hash.bytes));
	return GO_ON;
}
