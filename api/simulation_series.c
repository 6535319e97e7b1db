/* GET …/runs/{run}/series, series.csv and …/sweeps/{sweep}/table.csv: what was measured. */
#include "api/csv.h"
#include "api/preparation.h"
#include "api/reply.h"
#include "api/simulation_access.h"
#include "api/simulation_result.h"
#include "eventstore/base/require.h"
#include "physics/measure.h"
#include "schema/commands.h"

enum { SERIES_FRAMES_MAX = 20000, FETCH_FRAMES = 4096 };

/* ---------------------------------------------------------------- frame by frame */

struct series_wish {
	struct kept_run run;
	uint32_t        first, count;
	uint32_t        frames; /* that there are */
	bool            as_file;
};

static enum pace ask_run(struct exchange *exchange)
{
	return simulation_run_ask(exchange, *(const struct id *)exchange_field(exchange, "run"));
}

/* Doubles as they stand in the answer, little endian, are the machine's own. */
static enum status fetch_rows(struct simulator_client *client, const struct series_wish *wish, uint32_t columns,
                              struct arena *arena, struct buffer *rows)
{
	uint32_t have = 0;

	while (have < wish->count) {
		const struct run_fetch fetch = {.run_hash = wish->run.run_hash,
		                                .part = RUN_SERIES,
		                                .from = wish->first + have,
		                                .count = wish->count - have < FETCH_FRAMES ? wish->count - have
		                                                                           : FETCH_FRAMES};
		struct run_frames      frames;
		enum status status = simulator_client_fetch(client, &fetch, RESULT_TIMEOUT_MS, arena, &frames);

		if (status != STATUS_OK)
			return status;
		if (frames.count == 0 || frames.bytes.size != (size_t)frames.count * columns * sizeof(double))
			return STATUS_CORRUPT;
		buffer_append(rows, frames.bytes);
		have += frames.count;
	}
	return STATUS_OK;
}

static void write_series(struct exchange *exchange, const struct scene *scene, const struct series_wish *wish,
                         const struct buffer *rows)
{
	struct buffer *out = &exchange->out;
	const double  *values = (const double *)(const void *)rows->data;
	char           run[ID_TEXT_SIZE + 1];
	size_t         brace;

	if (wish->as_file) {
		measures_csv_head(scene, out);
		measures_csv(scene, wish->first, wish->count, values, out);
		return;
	}
	id_format(*(const struct id *)exchange_field(exchange, "run"), run);
	buffer_format(out, "{\"run\":\"%s\",\"frames\":%u,", run, wish->frames);
	brace = out->size;
	measures_json(scene, wish->first, wish->count, values, out);
	memmove(out->data + brace, out->data + brace + 1, out->size - brace - 1);
	out->size--;
}

/* As many as there are of what was asked for. */
static void bound(struct series_wish *wish, uint32_t frames)
{
	wish->frames = frames;
	if (wish->first > frames)
		wish->first = frames;
	if (wish->count > frames - wish->first)
		wish->count = frames - wish->first;
}

static enum status read_on_line(struct exchange *exchange, struct simulator_client *client)
{
	struct series_wish *wish = exchange->own;
	struct posed_scene  posed;
	struct run_outcome  outcome;
	struct buffer       rows = {0};
	enum status         status = simulation_run_pose(&wish->run, &exchange->arena, &posed);

	if (status == STATUS_OK)
		status = simulation_run_watch(client, &wish->run, exchange->claims.user, &exchange->arena, &outcome);
	if (status != STATUS_OK)
		return status;
	bound(wish, outcome.result.frames);
	status = fetch_rows(client, wish, measure_series_count(posed.scene), &exchange->arena, &rows);
	if (status == STATUS_OK)
		write_series(exchange, posed.scene, wish, &rows);
	buffer_finish(&rows);
	return status;
}

static void read_series_of_run(struct work *work)
{
	struct exchange         *exchange = container_of(work, struct exchange, work);
	struct simulator_client *client = NULL;

	exchange->status = simulation_line_open(exchange, &client);
	if (exchange->status == STATUS_OK)
		exchange->status = read_on_line(exchange, client);
	simulator_client_close(client);
}

/* Both questions have the same fields. */
static void take_window(struct exchange *exchange, struct series_wish *wish)
{
	const struct field *count = shape_field(exchange->route->query->shape, TEXT("count"));

	wish->as_file = exchange->route->preparation->gives_bytes;
	wish->first = *(const uint32_t *)exchange_field(exchange, "from");
	wish->count = field_present(count, exchange->input) ? *(const uint32_t *)field_at(count, exchange->input)
	                                                    : SERIES_FRAMES_MAX;
}

static enum pace begin_series(struct exchange *exchange)
{
	const struct id    *simulation = exchange_field(exchange, "simulation");
	struct series_wish *wish = arena_new(&exchange->arena, struct series_wish);

	exchange->own = wish;
	if (simulation_run_take(exchange, &wish->run) == DONE)
		return DONE;
	if (!id_equal(wish->run.simulation, *simulation))
		return exchange_refuse(exchange, REFUSAL_run_unknown, 0);
	take_window(exchange, wish);
	return exchange_work_on(exchange, exchange->lane->service->readers, read_series_of_run);
}

static enum pace tell_series(struct exchange *exchange)
{
	const struct series_wish *wish = exchange->own;

	if (simulation_result_judge(exchange) == DONE)
		return DONE;
	if (!wish->as_file)
		return exchange_reply_json(exchange, exchange->route->http, buffer_bytes(&exchange->out), TEXT_NONE);
	reply_content(exchange, TEXT("text/csv"), TEXT("no-store"));
	return DONE;
}

static exchange_step *const series_steps[] = {
	simulation_access_await, simulation_access_check, ask_run, begin_series, tell_series, NULL};
const struct preparation preparation_simulation_series = {.steps = series_steps};
const struct preparation preparation_simulation_series_file = {.steps = series_steps, .gives_bytes = true};

/* ---------------------------------------------------------------- a sweep's table */

enum { KIND_COLUMN, FIRST_COLUMN, REST_COLUMN };

static enum pace ask_lines(struct exchange *exchange)
{
	const struct sweep_table *asked = exchange->input;
	struct text               values[] = {exchange_id_text(exchange, asked->simulation),
	                                      exchange_id_text(exchange, asked->sweep)};

	return exchange_look_up(exchange, "simulation_sweep_lines", values);
}

/* The parameter and the measures come first, then the points. */
static enum pace tell_lines(struct exchange *exchange)
{
	struct buffer *out = &exchange->out;
	uint32_t       row = 0, rows;

	if (exchange->status != STATUS_OK)
		return exchange_fail(exchange, exchange->status);
	rows = pg_answer_rows(exchange->rows);
	if (rows == 0)
		return exchange_refuse(exchange, REFUSAL_sweep_unknown, 0);
	for (; row < rows && !text_is(pg_answer_text(exchange->rows, row, KIND_COLUMN), "point"); row++) {
		if (row > 0)
			buffer_append_text(out, TEXT(","));
		csv_text(out, pg_answer_text(exchange->rows, row, FIRST_COLUMN));
	}
	buffer_append_text(out, TEXT(",failure"));
	csv_end_line(out);
	for (; row < rows; row++) {
		buffer_append_text(out, pg_answer_text(exchange->rows, row, FIRST_COLUMN));
		buffer_append_text(out, pg_answer_text(exchange->rows, row, REST_COLUMN));
		csv_end_line(out);
	}
	reply_content(exchange, TEXT("text/csv"), TEXT("no-store"));
	return DONE;
}

static exchange_step *const table_steps[] = {simulation_access_await,
                                             simulation_access_check,
                                             simulation_access_ask,
                                             simulation_access_judge,
                                             ask_lines,
                                             tell_lines,
                                             NULL};
const struct preparation    preparation_simulation_table = {.steps = table_steps, .gives_bytes = true};
