/* GET /simulations/compare: two runs beside each other, by what they measured, by their chains, and by their frames. */
#include "api/preparation.h"
#include "api/simulation_access.h"
#include "api/simulation_result.h"
#include "eventstore/base/require.h"
#include "physics/trajectory.h"
#include "schema/commands.h"

#include <math.h>

enum { FETCH_FRAMES = 4096, LINK_SIZE = 32 };

/* One of the two. */
struct side {
	struct kept_run    run;
	struct posed_scene posed;
	struct run_outcome outcome;
	/* Its frames as they are read. */
	struct trajectory_reader *reader;
	struct bytes              rest;
	struct arena              piece; /* of those that were fetched last */
	uint32_t                  fetched;
};

struct comparison {
	struct side a, b;
	bool        has_distance;
	double      distance_m;
	uint32_t    distance_frame;
};

/* ---------------------------------------------------------------- asking for both */

static enum pace ask_a(struct exchange *exchange)
{
	exchange->own = arena_new(&exchange->arena, struct comparison);
	return simulation_run_ask(exchange, ((const struct compare_runs *)exchange->input)->a);
}

static enum pace ask_b(struct exchange *exchange)
{
	struct comparison *comparison = exchange->own;

	if (simulation_run_take(exchange, &comparison->a.run) == DONE)
		return DONE;
	return simulation_run_ask(exchange, ((const struct compare_runs *)exchange->input)->b);
}

/* ---------------------------------------------------------------- frames */

static enum status fetch_more(struct simulator_client *client, struct side *side)
{
	const struct run_fetch fetch = {
		.run_hash = side->run.run_hash, .part = RUN_FRAMES, .from = side->fetched, .count = FETCH_FRAMES};
	struct run_frames frames;
	enum status       status;

	arena_reset(&side->piece);
	status = simulator_client_fetch(client, &fetch, RESULT_TIMEOUT_MS, &side->piece, &frames);
	if (status != STATUS_OK)
		return status;
	if (frames.count == 0)
		return STATUS_NOT_FOUND;
	side->rest = frames.bytes;
	side->fetched += frames.count;
	return STATUS_OK;
}

/* NOT_FOUND: that was the last. */
static enum status next_frame(struct simulator_client *client, struct side *side, struct trajectory_frame *out)
{
	enum status status = trajectory_read(side->reader, &side->rest, out);

	if (status != STATUS_NOT_FOUND || side->fetched >= side->outcome.result.frames)
		return status;
	status = fetch_more(client, side);
	return status == STATUS_OK ? trajectory_read(side->reader, &side->rest, out) : status;
}

static void take_distance(struct comparison *comparison, const struct trajectory_frame *a,
                          const struct trajectory_frame *b)
{
	for (uint32_t i = 0; i < a->body_count; i++) {
		double x = a->x[i] - b->x[i], y = a->y[i] - b->y[i];
		double distance_m = sqrt(x * x + y * y);

		if (comparison->has_distance && distance_m <= comparison->distance_m)
			continue;
		comparison->has_distance = true;
		comparison->distance_m = distance_m;
		comparison->distance_frame = a->step;
	}
}

static enum status walk_frames(struct simulator_client *client, struct comparison *comparison)
{
	enum status status = STATUS_OK;

	while (status == STATUS_OK) {
		struct trajectory_frame a, b;

		status = next_frame(client, &comparison->a, &a);
		if (status == STATUS_OK)
			status = next_frame(client, &comparison->b, &b);
		if (status == STATUS_OK)
			take_distance(comparison, &a, &b);
	}
	arena_finish(&comparison->a.piece);
	arena_finish(&comparison->b.piece);
	return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

static void open_frames(struct side *side, uint32_t bodies)
{
	side->reader = trajectory_reader_create(bodies, side->outcome.accepted.quantum);
}

/* Only the same bodies at the same moments can be apart. */
static enum status measure_distance(struct simulator_client *client, struct comparison *comparison)
{
	uint32_t    bodies = trajectory_bodies(comparison->a.posed.scene);
	enum status status;

	if (bodies != trajectory_bodies(comparison->b.posed.scene)
	    || comparison->a.outcome.result.fps != comparison->b.outcome.result.fps)
		return STATUS_OK;
	open_frames(&comparison->a, bodies);
	open_frames(&comparison->b, bodies);
	status = walk_frames(client, comparison);
	trajectory_reader_destroy(comparison->a.reader);
	trajectory_reader_destroy(comparison->b.reader);
	return status;
}

/* ---------------------------------------------------------------- on a worker thread */

static enum status look_at_side(struct exchange *exchange, struct simulator_client *client, struct side *side)
{
	enum status status = simulation_run_pose(&side->run, &exchange->arena, &side->posed);

	return status == STATUS_OK ? simulation_run_watch(client, &side->run, exchange->claims.user, &exchange->arena,
	                                                  &side->outcome)
	                           : status;
}

static void compare(struct work *work)
{
	struct exchange         *exchange = container_of(work, struct exchange, work);
	struct comparison       *comparison = exchange->own;
	struct simulator_client *client = NULL;

	exchange->status = simulation_line_open(exchange, &client);
	if (exchange->status == STATUS_OK)
		exchange->status = look_at_side(exchange, client, &comparison->a);
	if (exchange->status == STATUS_OK)
		exchange->status = look_at_side(exchange, client, &comparison->b);
	if (exchange->status == STATUS_OK)
		exchange->status = measure_distance(client, comparison);
	simulator_client_close(client);
}

static enum pace begin_comparison(struct exchange *exchange)
{
	struct comparison *comparison = exchange->own;

	if (simulation_run_take(exchange, &comparison->b.run) == DONE)
		return DONE;
	return exchange_work_on(exchange, exchange->lane->service->readers, compare);
}

/* ---------------------------------------------------------------- telling */

static const struct run_measured *measured(const struct side *side, struct text name)
{
	const struct scene *scene = side->posed.scene;

	for (uint32_t i = 0; i < scene->measure_count && i < side->outcome.result.measures.count; i++)
		if (text_equal(scene->measures[i].id, name))
			return &side->outcome.result.measures.items[i];
	return NULL;
}

static void append_value(struct buffer *out, const char *name, const struct run_measured *value)
{
	if (value && value->has_value)
		json_append_number(out, name, value->value);
}

static void append_measure(struct buffer *out, const struct comparison *comparison, struct text name)
{
	const struct run_measured *a = measured(&comparison->a, name), *b = measured(&comparison->b, name);

	buffer_append_text(out, TEXT("{\"measure\":"));
	json_append_string(out, name);
	append_value(out, "a", a);
	append_value(out, "b", b);
	if (a && b && a->has_value && b->has_value && isfinite(b->value - a->value))
		json_append_number(out, "difference", b->value - a->value);
	buffer_append_text(out, TEXT("}"));
}

/* Those of a in its order, then those that only b has. */
static void append_measures(struct buffer *out, const struct comparison *comparison)
{
	const struct scene *a = comparison->a.posed.scene, *b = comparison->b.posed.scene;
	const char         *comma = "";

	buffer_append_text(out, TEXT(",\"measures\":["));
	for (uint32_t i = 0; i < a->measure_count; i++, comma = ",") {
		buffer_append_text(out, text_from(comma));
		append_measure(out, comparison, a->measures[i].id);
	}
	for (uint32_t i = 0; i < b->measure_count; i++) {
		if (scene_measure_named(a, b->measures[i].id))
			continue;
		buffer_append_text(out, text_from(comma));
		append_measure(out, comparison, b->measures[i].id);
		comma = ",";
	}
	buffer_append_text(out, TEXT("]"));
}

/* The first links that differ say between which frames the states part. */
static void append_parting(struct buffer *out, const struct run_done *a, const struct run_done *b)
{
	size_t links =
		(a->checkpoints.size < b->checkpoints.size ? a->checkpoints.size : b->checkpoints.size) / LINK_SIZE;
	size_t   same = 0;
	uint32_t frames = a->frames < b->frames ? a->frames : b->frames;
	uint32_t by;

	while (same < links
	       && memcmp(a->checkpoints.data + same * LINK_SIZE, b->checkpoints.data + same * LINK_SIZE, LINK_SIZE)
	                  == 0)
		same++;
	if (hash_equal(&a->trajectory_hash, &b->trajectory_hash))
		return;
	by = (uint32_t)(same + 1) * SIMULATOR_BLOCK_FRAMES;
	buffer_format(out, ",\"differs_after\":%u,\"differs_by\":%u", (uint32_t)same * SIMULATOR_BLOCK_FRAMES,
	              by < frames ? by : frames);
}

static void append_id(struct buffer *out, const char *name, struct id id)
{
	char text[ID_TEXT_SIZE + 1];

	id_format(id, text);
	buffer_format(out, "\"%s\":\"%s\",", name, text);
}

static enum pace tell_comparison(struct exchange *exchange)
{
	const struct compare_runs *asked = exchange->input;
	const struct comparison   *comparison = exchange->own;
	const struct run_done     *a = &comparison->a.outcome.result, *b = &comparison->b.outcome.result;
	struct buffer             *out = &exchange->out;

	if (simulation_result_judge(exchange) == DONE)
		return DONE;
	buffer_append_text(out, TEXT("{"));
	append_id(out, "a", asked->a);
	append_id(out, "b", asked->b);
	buffer_format(out, "\"same_scene\":%s,\"same_engine\":%s,\"same_trajectory\":%s",
	              hash_equal(&a->scene_hash, &b->scene_hash) ? "true" : "false",
	              hash_equal(&a->engine, &b->engine) ? "true" : "false",
	              hash_equal(&a->trajectory_hash, &b->trajectory_hash) ? "true" : "false");
	append_measures(out, comparison);
	append_parting(out, a, b);
	if (comparison->has_distance) {
		json_append_number(out, "distance_m", comparison->distance_m);
		buffer_format(out, ",\"distance_frame\":%u", comparison->distance_frame);
	}
	buffer_append_text(out, TEXT("}"));
	return exchange_reply_json(exchange, exchange->route->http, buffer_bytes(out), TEXT_NONE);
}

static exchange_step *const compare_steps[] = {simulation_access_await, simulation_access_check, ask_a, ask_b,
                                               begin_comparison,        tell_comparison,         NULL};
const struct preparation    preparation_simulation_compare = {.steps = compare_steps};
