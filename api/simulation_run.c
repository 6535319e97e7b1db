/* Routes that have simulations run: who asks may see the simulation, and the values that they give its parameters are
 * held against the version as the read model has it. */
#include "api/preparation.h"
#include "api/simulation_access.h"
#include "api/simulation_look.h"
#include "physics/scene/packed.h"

/* A look at what is kept: unpacked on the worker thread too. */
struct kept_look {
	struct scene_look look; /* the first member: simulation_look_judge takes it for the whole */
	struct kept_scene kept;
};

static enum status unpack_and_pose(struct exchange *exchange)
{
	struct kept_look *own = exchange->own;
	enum status       status = scene_unpack_text(own->kept.packed, &exchange->arena, &own->look.json);

	return status == STATUS_OK ? scene_pose(own->look.json, &own->look.pose, &exchange->arena, &own->look.posed,
	                                        &own->look.report)
	                           : status;
}

/* What is there already was within the bounds of whoever wrote it. */
static struct kept_look *begin(struct exchange *exchange)
{
	struct kept_look *own = arena_new(&exchange->arena, struct kept_look);

	own->look.member = "";
	own->look.pose.audience = SCENE_TEACHER;
	exchange->own = own;
	return own;
}

static void complain(struct exchange *exchange, struct text pointer, const char *sentence)
{
	simulation_look_complain(&((struct kept_look *)exchange->own)->look, pointer, sentence);
}

/* ---------------------------------------------------------------- one run */

static enum pace ask_scene_to_run(struct exchange *exchange)
{
	const struct run_simulation *asked = exchange->input;

	return simulation_scene_ask(exchange, asked->simulation, asked->has_version ? asked->version : 0);
}

static void pose_run(struct work *work)
{
	struct exchange *exchange = container_of(work, struct exchange, work);

	exchange->status = unpack_and_pose(exchange);
}

static enum pace pose_to_run(struct exchange *exchange)
{
	struct run_simulation *asked = exchange->input;
	struct kept_look      *own = begin(exchange);

	if (simulation_scene_take(exchange, &own->kept) == DONE)
		return DONE;
	simulation_look_set(exchange, &own->look, &asked->settings);
	own->look.pose.has_seed = asked->has_seed;
	own->look.pose.seed = (uint32_t)asked->seed;
	asked->of_version = own->kept.version;
	return exchange_work(exchange, pose_run);
}

static enum pace keep_hash(struct exchange *exchange)
{
	const struct kept_look *own = exchange->own;

	((struct run_simulation *)exchange->input)->scene_hash = own->look.posed.hash;
	return GO_ON;
}

static exchange_step *const run_steps[] = {simulation_access_await,
                                           simulation_access_check,
                                           simulation_access_ask,
                                           simulation_access_judge,
                                           ask_scene_to_run,
                                           pose_to_run,
                                           simulation_look_judge,
                                           keep_hash,
                                           NULL};
const struct preparation    preparation_simulation_run = {.steps = run_steps};

/* ---------------------------------------------------------------- a sweep */

static enum pace ask_scene_to_sweep(struct exchange *exchange)
{
	const struct sweep_simulation *asked = exchange->input;

	return simulation_scene_ask(exchange, asked->simulation, asked->has_version ? asked->version : 0);
}

/* The settings and the parameter that is swept, at one of its values. */
static enum status pose_at(struct exchange *exchange, double value)
{
	const struct sweep_simulation *asked = exchange->input;
	struct scene_look             *look = exchange->own;
	struct scene_value *values = arena_array(&exchange->arena, struct scene_value, asked->settings.count + 1);

	simulation_look_set(exchange, look, &asked->settings);
	memcpy(values, look->pose.values, asked->settings.count * sizeof(values[0]));
	values[asked->settings.count] = (struct scene_value){.name = asked->parameter, .value = value};
	look->pose.values = values;
	look->pose.value_count = asked->settings.count + 1;
	return unpack_and_pose(exchange);
}

static void check_measures(struct exchange *exchange, const struct scene *scene)
{
	const struct sweep_simulation *asked = exchange->input;

	for (uint32_t i = 0; i < asked->measures.count; i++)
		if (!scene_measure_named(scene, asked->measures.items[i].measure))
			complain(exchange, arena_format(&exchange->arena, "/measures/%u/measure", i),
			         "is no measure of the scene");
}

static bool is_set_twice(const struct sweep_simulation *asked)
{
	for (uint32_t i = 0; i < asked->settings.count; i++)
		if (text_equal(asked->settings.items[i].name, asked->parameter))
			return true;
	return false;
}

/* Both ends; what lies between them may still fail, and says so at its point. */
static void pose_sweep(struct work *work)
{
	struct exchange               *exchange = container_of(work, struct exchange, work);
	const struct sweep_simulation *asked = exchange->input;
	const struct kept_look        *own = exchange->own;

	if (is_set_twice(asked))
		complain(exchange, TEXT("/settings"), "sets the parameter that is swept");
	exchange->status = pose_at(exchange, asked->from);
	if (exchange->status == STATUS_OK)
		exchange->status = pose_at(exchange, asked->to);
	if (exchange->status == STATUS_OK)
		check_measures(exchange, own->look.posed.scene);
}

static enum pace pose_to_sweep(struct exchange *exchange)
{
	struct sweep_simulation *asked = exchange->input;
	struct kept_look        *own = begin(exchange);

	if (simulation_scene_take(exchange, &own->kept) == DONE)
		return DONE;
	asked->of_version = own->kept.version;
	return exchange_work(exchange, pose_sweep);
}

/* Those that were named, or the first of the scene. */
static enum pace keep_columns(struct exchange *exchange)
{
	struct sweep_simulation *asked = exchange->input;
	const struct scene      *scene = ((const struct kept_look *)exchange->own)->look.posed.scene;
	struct sweep_measure    *columns = arena_array(&exchange->arena, struct sweep_measure, SWEEP_MEASURES_MAX);
	uint32_t                 count = 0;

	for (; count < asked->measures.count; count++)
		columns[count] = asked->measures.items[count];
	for (uint32_t i = 0; asked->measures.count == 0 && count < SWEEP_MEASURES_MAX && i < scene->measure_count; i++)
		columns[count++].measure = scene->measures[i].id;
	asked->columns = (struct list_of_sweep_measure){.items = columns, .count = count};
	return GO_ON;
}

static exchange_step *const sweep_steps[] = {simulation_access_await,
                                             simulation_access_check,
                                             simulation_access_ask,
                                             simulation_access_judge,
                                             ask_scene_to_sweep,
                                             pose_to_sweep,
                                             simulation_look_judge,
                                             keep_columns,
                                             NULL};
const struct preparation    preparation_simulation_sweep = {.steps = sweep_steps};

/* ---------------------------------------------------------------- a task */

static enum pace ask_scene_of_task(struct exchange *exchange)
{
	const struct set_task *asked = exchange->input;

	return simulation_scene_ask(exchange, asked->simulation,
	                            asked->has_simulation_version ? asked->simulation_version : 0);
}

static void check_task_parameters(struct exchange *exchange, const struct scene *scene)
{
	const struct set_task *asked = exchange->input;

	for (uint32_t i = 0; i < asked->parameters.count; i++) {
		const struct task_parameter  *wanted = &asked->parameters.items[i];
		const struct scene_parameter *there = scene_parameter_named(scene, wanted->name);

		if (!there)
			complain(exchange, arena_format(&exchange->arena, "/parameters/%u/name", i),
			         "is no parameter of the scene");
		else if (wanted->minimum < there->minimum || wanted->maximum > there->maximum)
			complain(exchange, arena_format(&exchange->arena, "/parameters/%u", i),
			         "goes beyond the range that the scene gives the parameter");
	}
}

static void check_task(struct work *work)
{
	struct exchange       *exchange = container_of(work, struct exchange, work);
	const struct set_task *asked = exchange->input;
	const struct scene    *scene;

	exchange->status = unpack_and_pose(exchange);
	if (exchange->status != STATUS_OK)
		return;
	scene = ((const struct kept_look *)exchange->own)->look.posed.scene;
	check_task_parameters(exchange, scene);
	for (uint32_t i = 0; i < asked->criteria.count; i++)
		if (!scene_measure_named(scene, asked->criteria.items[i].measure))
			complain(exchange, arena_format(&exchange->arena, "/criteria/%u/measure", i),
			         "is no measure of the scene");
}

static enum pace look_at_task(struct exchange *exchange)
{
	struct set_task  *asked = exchange->input;
	struct kept_look *own = begin(exchange);

	if (simulation_scene_take(exchange, &own->kept) == DONE)
		return DONE;
	asked->of_version = own->kept.version;
	return exchange_work(exchange, check_task);
}

static exchange_step *const task_steps[] = {simulation_access_await, simulation_access_check,
                                            simulation_access_ask,   simulation_access_judge,
                                            ask_scene_of_task,       look_at_task,
                                            simulation_look_judge,   NULL};
const struct preparation    preparation_simulation_task = {.steps = task_steps};
