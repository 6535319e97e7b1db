/* POST /simulations/{simulation}/sweeps/preview: a whole sweep at a glance, where the scene is of a closed family: its
 * points go side by side through physics/family/family.h here and now. Nothing of it is kept; what a grade or a report
 * rests on is a sweep of runs. */
#include "api/preparation.h"
#include "api/simulation_access.h"
#include "api/simulation_look.h"
#include "physics/family/family.h"
#include "physics/scene/packed.h"

#include <math.h>

/* Of a body, summed over all points: about a second of one core. */
#define PREVIEW_STEPS_MAX 3e7

/* Each point is a scene of its own, read anew: 1 MiB of them takes a quarter of a second and 25 MB. */
enum { PREVIEW_POINTS_MAX = 200, PREVIEW_JSON_BYTES_MAX = 2 << 20 };

struct preview {
	struct scene_look    look; /* the first member: simulation_look_judge takes it for the whole */
	struct kept_scene    kept;
	const struct scene  *scenes[PREVIEW_POINTS_MAX];
	struct family_result results[PREVIEW_POINTS_MAX];
	uint32_t             columns[SWEEP_MEASURES_MAX]; /* measures of the scene */
	uint32_t             column_count;
	bool                 fits;
};

static enum pace ask_scene(struct exchange *exchange)
{
	const struct preview_sweep *asked = exchange->input;

	return simulation_scene_ask(exchange, asked->simulation, asked->has_version ? asked->version : 0);
}

/* ---------------------------------------------------------------- on a worker thread */

/* Both ends themselves, as the laboratory takes them. */
static double value_at(const struct preview_sweep *asked, uint32_t point)
{
	uint32_t last = asked->count - 1;

	return point == last ? asked->to : asked->from + (asked->to - asked->from) * ((double)point / last);
}

static enum status pose_point(struct exchange *exchange, uint32_t point)
{
	const struct preview_sweep *asked = exchange->input;
	struct preview             *preview = exchange->own;
	struct scene_value *values = arena_array(&exchange->arena, struct scene_value, asked->settings.count + 1);
	enum status         status;

	simulation_look_set(exchange, &preview->look, &asked->settings);
	memcpy(values, preview->look.pose.values, asked->settings.count * sizeof(values[0]));
	values[asked->settings.count] = (struct scene_value){.name = asked->parameter, .value = value_at(asked, point)};
	preview->look.pose.values = values;
	preview->look.pose.value_count = asked->settings.count + 1;
	status = scene_pose(preview->look.json, &preview->look.pose, &exchange->arena, &preview->look.posed,
	                    &preview->look.report);
	preview->scenes[point] = preview->look.posed.scene;
	return status;
}

static void find_columns(struct exchange *exchange)
{
	const struct preview_sweep *asked = exchange->input;
	struct preview             *preview = exchange->own;
	const struct scene         *scene = preview->scenes[0];

	for (uint32_t i = 0; i < asked->measures.count; i++) {
		const struct scene_measure *measure = scene_measure_named(scene, asked->measures.items[i].measure);

		if (!measure)
			simulation_look_complain(&preview->look,
			                         arena_format(&exchange->arena, "/measures/%u/measure", i),
			                         "is no measure of the scene");
		else
			preview->columns[preview->column_count++] = (uint32_t)(measure - scene->measures);
	}
	for (uint32_t i = 0; asked->measures.count == 0 && i < scene->measure_count && i < SWEEP_MEASURES_MAX; i++)
		preview->columns[preview->column_count++] = i;
}

static double steps_of(const struct scene *scene)
{
	return scene->solver.duration_s * scene->solver.fps * scene->solver.substeps * scene->body_count;
}

/* The first point tells what all of them cost. */
static bool is_worth_posing(const struct exchange *exchange)
{
	const struct preview_sweep *asked = exchange->input;
	const struct preview       *preview = exchange->own;

	return preview->look.json.size * asked->count <= PREVIEW_JSON_BYTES_MAX
	       && steps_of(preview->scenes[0]) * asked->count <= PREVIEW_STEPS_MAX && family_fits(preview->scenes, 1);
}

static void sweep(struct exchange *exchange)
{
	const struct preview_sweep *asked = exchange->input;
	struct preview             *preview = exchange->own;

	preview->fits = family_fits(preview->scenes, asked->count);
	if (!preview->fits)
		return;
	for (uint32_t i = 0; i < asked->count; i++)
		preview->results[i].values =
			arena_array(&exchange->arena, double, preview->scenes[i]->measure_count + 1);
	family_sweep(preview->scenes, asked->count, preview->results);
}

static void run_preview(struct work *work)
{
	struct exchange            *exchange = container_of(work, struct exchange, work);
	const struct preview_sweep *asked = exchange->input;
	struct preview             *preview = exchange->own;

	exchange->status = scene_unpack_text(preview->kept.packed, &exchange->arena, &preview->look.json);
	if (exchange->status == STATUS_OK)
		exchange->status = pose_point(exchange, 0);
	if (exchange->status != STATUS_OK)
		return;
	find_columns(exchange);
	if (preview->look.report.refusals.count > 0 || !is_worth_posing(exchange))
		return;
	for (uint32_t i = 1; exchange->status == STATUS_OK && i < asked->count; i++)
		exchange->status = pose_point(exchange, i);
	if (exchange->status == STATUS_OK)
		sweep(exchange);
}

/* ---------------------------------------------------------------- telling */

static enum pace begin_preview(struct exchange *exchange)
{
	struct preview *preview = arena_new(&exchange->arena, struct preview);

	preview->look.member = "";
	preview->look.pose.audience = SCENE_TEACHER;
	exchange->own = preview;
	if (simulation_scene_take(exchange, &preview->kept) == DONE)
		return DONE;
	return exchange_work_on(exchange, exchange->lane->service->readers, run_preview);
}

static void append_point(struct exchange *exchange, uint32_t point)
{
	const struct preview_sweep *asked = exchange->input;
	const struct preview       *preview = exchange->own;
	const struct family_result *result = &preview->results[point];
	struct buffer              *out = &exchange->out;

	buffer_append_text(out, point > 0 ? TEXT(",{\"at\":") : TEXT("{\"at\":"));
	json_append_f64(out, value_at(asked, point));
	if (result->diverged)
		json_append_member(out, "failure", TEXT("diverged"));
	buffer_append_text(out, TEXT(",\"results\":["));
	for (uint32_t i = 0; i < preview->column_count; i++) {
		double value = result->values[preview->columns[i]];

		buffer_append_text(out, i > 0 ? TEXT(",{") : TEXT("{"));
		if (isfinite(value)) {
			buffer_append_text(out, TEXT("\"value\":"));
			json_append_f64(out, value);
		}
		buffer_append_text(out, TEXT("}"));
	}
	buffer_append_text(out, TEXT("]}"));
}

static enum pace tell_preview(struct exchange *exchange)
{
	const struct preview_sweep *asked = exchange->input;
	const struct preview       *preview = exchange->own;
	struct buffer              *out = &exchange->out;

	if (!preview->fits)
		return exchange_refuse(exchange, REFUSAL_sweep_not_closed, 0);
	buffer_format(out, "{\"version\":%u,\"parameter\":", preview->kept.version);
	json_append_string(out, asked->parameter);
	buffer_append_text(out, TEXT(",\"measures\":["));
	for (uint32_t i = 0; i < preview->column_count; i++) {
		buffer_append_text(out, i > 0 ? TEXT(",{\"measure\":") : TEXT("{\"measure\":"));
		json_append_string(out, preview->scenes[0]->measures[preview->columns[i]].id);
		buffer_append_text(out, TEXT("}"));
	}
	buffer_append_text(out, TEXT("],\"points\":["));
	for (uint32_t i = 0; i < asked->count; i++)
		append_point(exchange, i);
	buffer_append_text(out, TEXT("]}"));
	return exchange_reply_json(exchange, exchange->route->http, buffer_bytes(out), TEXT_NONE);
}

static exchange_step *const preview_steps[] = {simulation_access_await,
                                               simulation_access_check,
                                               simulation_access_ask,
                                               simulation_access_judge,
                                               ask_scene,
                                               begin_preview,
                                               simulation_look_judge,
                                               tell_preview,
                                               NULL};
const struct preparation    preparation_simulation_preview = {.steps = preview_steps};
