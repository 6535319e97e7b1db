/* POST /simulations/validate: what would be said of a scene, and how it would be run; and our own scenarios. */
#include "api/preparation.h"
#include "api/simulation_look.h"
#include "eventstore/base/base64.h"
#include "physics/experiment.h"
#include "physics/scenarios.h"

#include <inttypes.h>

/* Measured on pyramids and chains: what one body costs in one inner step, at worst. */
enum { BODY_STEPS_PER_MS = 700 };

static enum pace begin_check(struct exchange *exchange)
{
	const struct check_scene *asked = exchange->input;
	struct scene_look        *look = arena_new(&exchange->arena, struct scene_look);

	look->json = asked->scene;
	look->pose.audience = simulation_audience(exchange);
	simulation_look_set(exchange, look, &asked->settings);
	exchange->own = look;
	return GO_ON;
}

static void append_complaints(struct buffer *out, const char *name, const struct complaints *complaints)
{
	buffer_format(out, ",\"%s\":[", name);
	for (uint32_t i = 0; i < complaints->count; i++) {
		buffer_append_text(out, i > 0 ? TEXT(",{\"pointer\":") : TEXT("{\"pointer\":"));
		json_append_string(out, complaints->items[i].pointer);
		buffer_append_text(out, TEXT(",\"sentence\":"));
		json_append_string(out, complaints->items[i].sentence);
		buffer_append_text(out, TEXT("}"));
	}
	buffer_append_text(out, TEXT("]"));
}

static void append_parameters(struct buffer *out, const struct scene *scene)
{
	buffer_append_text(out, TEXT(",\"parameters\":["));
	for (uint32_t i = 0; i < scene->parameter_count; i++) {
		const struct scene_parameter *parameter = &scene->parameters[i];

		buffer_append_text(out, i > 0 ? TEXT(",{\"name\":") : TEXT("{\"name\":"));
		json_append_string(out, parameter->name);
		json_append_number(out, "minimum", parameter->minimum);
		json_append_number(out, "maximum", parameter->maximum);
		json_append_number(out, "value", parameter->value);
		buffer_append_text(out, TEXT("}"));
	}
	buffer_append_text(out, TEXT("],\"measures\":["));
	for (uint32_t i = 0; i < scene->measure_count; i++) {
		buffer_append_text(out, i > 0 ? TEXT(",{\"measure\":") : TEXT("{\"measure\":"));
		json_append_string(out, scene->measures[i].id);
		buffer_append_text(out, TEXT("}"));
	}
	buffer_append_text(out, TEXT("]"));
}

static void append_plan(struct exchange *exchange, const struct scene_look *look)
{
	struct buffer         *out = &exchange->out;
	struct experiment_plan plan;

	experiment_plan(look->posed.scene, &plan);
	buffer_format(out, ",\"mode\":\"%s\",\"reason\":", plan.mode == SOLVER_RIGID ? "rigid" : "precise");
	json_append_string(out, plan.reason);
	buffer_format(
		out, ",\"scene_hash\":\"%s\",\"bodies\":%u,\"frames\":%u,\"cost_ms\":%" PRIu64,
		arena_base64(&exchange->arena, BYTES(look->posed.hash.bytes, sizeof(look->posed.hash.bytes))).data,
		look->posed.scene->body_count, plan.frames, plan.body_steps / BODY_STEPS_PER_MS);
	append_parameters(out, look->posed.scene);
}

static enum pace tell_check(struct exchange *exchange)
{
	const struct scene_look *look = exchange->own;
	bool                     fits = exchange->status == STATUS_OK;

	if (simulation_look_report(exchange) == DONE)
		return DONE;
	buffer_format(&exchange->out, "{\"fits\":%s", fits ? "true" : "false");
	append_complaints(&exchange->out, "refusals", &look->report.refusals);
	append_complaints(&exchange->out, "warnings", &look->report.warnings);
	if (fits)
		append_plan(exchange, look);
	buffer_append_text(&exchange->out, TEXT("}"));
	return exchange_reply_json(exchange, exchange->route->http, buffer_bytes(&exchange->out), TEXT_NONE);
}

static exchange_step *const check_steps[] = {begin_check, simulation_look, tell_check, NULL};
const struct preparation preparation_simulation_check = {.steps = check_steps, .body_bytes_max = SCENE_BODY_BYTES_MAX};

/* ---------------------------------------------------------------- scenarios */

static void append_scenario(struct buffer *out, const struct scenario *scenario)
{
	buffer_format(out, "{\"number\":%u,\"title\":", scenario->number);
	json_append_string(out, scenario->title);
	buffer_append_text(out, TEXT(",\"explanation\":"));
	json_append_string(out, scenario->explanation);
	buffer_append_text(out, TEXT(",\"scene\":"));
	buffer_append_text(out, scenario->scene);
	buffer_append_text(out, TEXT("}"));
}

static enum pace tell_scenarios(struct exchange *exchange)
{
	buffer_append_text(&exchange->out, TEXT("{\"data\":["));
	for (uint32_t i = 0; i < scenario_count; i++) {
		if (i > 0)
			buffer_append_text(&exchange->out, TEXT(","));
		append_scenario(&exchange->out, &scenarios[i]);
	}
	buffer_append_text(&exchange->out, TEXT("],\"next\":null}"));
	return exchange_reply_json(exchange, exchange->route->http, buffer_bytes(&exchange->out), TEXT_NONE);
}

static exchange_step *const scenario_steps[] = {tell_scenarios, NULL};
const struct preparation    preparation_scenarios = {.steps = scenario_steps};
