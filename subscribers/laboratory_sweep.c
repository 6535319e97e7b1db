/* A sweep: one run for each of its points, in the order of the parameter. Each is a run like any other, so that the
 * simulator knows it again: a delivery that is made again costs what was not run yet. */
#include "eventstore/base/require.h"
#include "subscribers/laboratory_parts.h"

enum { SWEEP_POINTS_MAX = 200 };

/* Both ends themselves. */
static double value_at(const struct simulation_sweep_requested *event, uint32_t point)
{
	uint32_t last = event->count - 1;

	return point == last ? event->to : event->from + (event->to - event->from) * ((double)point / last);
}

static struct sweep_result result_of(const struct list_of_run_measure *measures, struct text name)
{
	for (uint32_t i = 0; i < measures->count; i++)
		if (text_equal(measures->items[i].measure, name))
			return (struct sweep_result){.has_value = measures->items[i].has_value,
			                             .value = measures->items[i].value};
	return (struct sweep_result){0};
}

static struct sweep_point point_of(struct bench *bench, const struct simulation_sweep_requested *event, double at,
                                   const struct laboratory_result *result)
{
	struct sweep_result       *results = arena_array(&bench->arena, struct sweep_result, event->measures.count);
	struct list_of_run_measure measures = {0};
	struct sweep_point         point = {.at = at, .run_hash = result->outcome.accepted.run_hash};

	if (result->failure.data) {
		point.failure = arena_text(&bench->arena, result->failure);
	} else {
		point.trajectory = result->outcome.result.trajectory_hash;
		measures = bench_measures(bench, result);
	}
	for (uint32_t i = 0; i < event->measures.count; i++)
		results[i] = result_of(&measures, event->measures.items[i].measure);
	point.results = (struct list_of_sweep_result){.items = results, .count = event->measures.count};
	return point;
}

static enum status run_point(struct bench *bench, const struct simulation_sweep_requested *event, double at,
                             struct sweep_point *out)
{
	uint32_t                 count = event->settings.count;
	struct scene_value      *values = arena_array(&bench->arena, struct scene_value, count + 1);
	struct laboratory_wish   wish = {.simulation = event->simulation,
	                                 .version = event->version,
	                                 .person = event->requester,
	                                 .budget = RUN_BATCH,
	                                 .pose = {.values = values, .value_count = count + 1}};
	struct laboratory_result result;
	enum status              status;

	for (uint32_t i = 0; i < count; i++)
		values[i] = (struct scene_value){event->settings.items[i].name, event->settings.items[i].value};
	values[count] = (struct scene_value){event->parameter, at};
	status = bench_run(bench, &wish, &result);
	if (status == STATUS_OK)
		*out = point_of(bench, event, at, &result);
	return status;
}

enum status laboratory_sweep(struct bench *bench, struct delivery *delivery,
                             const struct simulation_sweep_requested *event)
{
	struct sweep_point   *points = arena_array(&bench->arena, struct sweep_point, event->count);
	struct complete_sweep fields = {.sweep = event->sweep, .points = {.items = points, .count = event->count}};
	struct sent           sent;
	enum status           status = STATUS_OK;

	require(event->count >= 2 && event->count <= SWEEP_POINTS_MAX);
	for (uint32_t i = 0; status == STATUS_OK && i < event->count; i++)
		status = run_point(bench, event, value_at(event, i), &points[i]);
	if (status != STATUS_OK)
		return status;
	return sender_send(bench->sender, delivery,
	                   &(struct errand){.command = "complete_sweep", .fields = &fields, .about = event->sweep},
	                   &sent);
}
