/* A scene as a whole: its parts in an order in which each refers only to what was read before. */
#include "physics/scene/scene_parts.h"

#include "eventstore/base/require.h"
#include "physics/law.h"
#include "physics/measure.h"

#include <assert.h>
#include <math.h>

static_assert((int)SCENE_ARGUMENTS_MAX == (int)LAW_ARGUMENTS_MAX, "an expectation has room for any law's arguments");

/* ---------------------------------------------------------------- names */

static void name_key(struct text name, uint8_t *key)
{
	require(name.size <= SCENE_NAME_SIZE_MAX);
	memset(key, 0, MAP_KEY_SIZE_MAX);
	memcpy(key, name.data, name.size);
}

bool scene_name_add(struct scene_reading *reading, struct scene_names *names, struct text name, uint32_t index,
                    struct text pointer)
{
	uint8_t   key[MAP_KEY_SIZE_MAX];
	bool      fresh;
	uint64_t *place;

	if (!name.data)
		return false;
	name_key(name, key);
	place = map_put(&names->by_name, key, &fresh);
	if (!fresh || text_is(name, "world")) {
		scene_refuse(reading, scene_below(reading, pointer, "id"), "\"%.*s\" %s", TEXT_ARG(name),
		             fresh ? "is what does not move, and no id" : "is the id of another one");
		return false;
	}
	*place = index;
	return true;
}

bool scene_name_find(struct scene_reading *reading, const struct scene_names *names, struct text name,
                     struct text pointer, uint32_t *out)
{
	uint8_t         key[MAP_KEY_SIZE_MAX];
	const uint64_t *place;

	name_key(name, key);
	place = map_get(&names->by_name, key);
	if (!place) {
		scene_refuse(reading, pointer, "there is no %s \"%.*s\"%s", names->noun, TEXT_ARG(name),
		             names == &reading->measures ? " before this one" : "");
		return false;
	}
	*out = (uint32_t)*place;
	return true;
}

/* ---------------------------------------------------------------- lists */

/* The list of this name, an empty one where it is missing or was refused. */
static const struct json_value *list_of(struct scene_reading *reading, const char *name, enum limit most)
{
	static const struct json_value none = {.kind = JSON_VALUE_LIST};
	const struct json_value       *list = json_value_member(reading->json, text_from(name));
	struct text                    pointer = scene_below(reading, TEXT(""), name);

	if (!list)
		return &none;
	if (list->kind != JSON_VALUE_LIST) {
		scene_refuse(reading, pointer, "must be a list");
		return &none;
	}
	if (list->count > scene_limit(reading, most)) {
		scene_refuse(reading, pointer, "%u are more than %.0f (%s)", list->count, scene_limit(reading, most),
		             limit_name(most));
		return &none;
	}
	return list;
}

const struct json_value *scene_table_of(struct scene_reading *reading, const char *name, enum limit most)
{
	static const struct json_value none = {.kind = JSON_VALUE_OBJECT};
	const struct json_value       *table = json_value_member(reading->json, text_from(name));
	struct text                    pointer = scene_below(reading, TEXT(""), name), member;

	if (!table)
		return &none;
	if (table->kind != JSON_VALUE_OBJECT) {
		scene_refuse(reading, pointer, "must be an object");
		return &none;
	}
	if (table->count > scene_limit(reading, most)) {
		scene_refuse(reading, pointer, "%u are more than %.0f (%s)", table->count, scene_limit(reading, most),
		             limit_name(most));
		return &none;
	}
	for (uint32_t i = 0; i < table->count; i++) {
		struct json_value value = {.kind = JSON_VALUE_TEXT, .text = table->names[i]};

		if (!scene_read_name(reading, &value, pointer, &member))
			return &none;
	}
	return table;
}

/* ---------------------------------------------------------------- the parts */

static void read_top(struct scene_reading *reading)
{
	const struct json_value *version = json_value_member(reading->json, TEXT("v"));
	const struct json_value *solver = json_value_member(reading->json, TEXT("solver"));
	static struct json_value nothing = {.kind = JSON_VALUE_OBJECT};

	scene_members(reading, reading->json, TEXT(""), PART_scene, reading->scene);
	if (version && (version->kind != JSON_VALUE_NUMBER || version->number != 1))
		scene_refuse(reading, TEXT("/v"), "must be 1: other versions of this format are not known");
	scene_members(reading, solver ? solver : &nothing, TEXT("/solver"), PART_solver, &reading->scene->solver);
}

static void read_materials(struct scene_reading *reading)
{
	const struct json_value *table = scene_table_of(reading, "materials", LIMIT_MATERIALS_MAX);

	reading->material_count = table->count;
	reading->material_rows = arena_array(reading->arena, struct scene_material, table->count);
	for (uint32_t i = 0; i < table->count; i++) {
		struct scene_material *material = &reading->material_rows[i];
		struct text pointer = arena_format(reading->arena, "/materials/%.*s", TEXT_ARG(table->names[i]));

		scene_members(reading, &table->items[i], pointer, PART_material, material);
		material->name = table->names[i];
	}
}

static void read_bodies(struct scene_reading *reading)
{
	static const struct scene_kind kind = {PART_body, "type", BODY_DYNAMIC};
	const struct json_value       *list = list_of(reading, "bodies", LIMIT_BODIES_MAX);

	if (!scene_shapes_prepare(reading, list))
		return;
	reading->scene->bodies = reading->body_rows = arena_array(reading->arena, struct scene_body, list->count);
	for (uint32_t i = 0; i < list->count; i++) {
		struct scene_body *body = &reading->body_rows[i];
		struct text        pointer = scene_item(reading, TEXT("/bodies"), i);
		uint32_t           type;

		reading->scene->body_count = i + 1;
		scene_kinds(reading, &list->items[i], pointer, &kind, &type, body);
		body->type = type ? type : BODY_STATIC;
		scene_name_add(reading, &reading->bodies, body->id, i, pointer);
		scene_shapes(reading, &list->items[i], pointer, i);
	}
}

static void read_gear_ratio(struct scene_reading *reading, const struct json_value *object, struct text pointer,
                            struct scene_joint *joint)
{
	const struct json_value *ratio = json_value_member(object, TEXT("ratio"));

	pointer = scene_below(reading, pointer, "ratio");
	if (!ratio)
		return;
	if (ratio->kind != JSON_VALUE_NUMBER)
		scene_refuse(reading, pointer, "must be a number");
	else if (scene_within(reading, pointer, fabs(ratio->number), LIMIT_RATIO_MIN, LIMIT_RATIO_MAX))
		joint->ratio = ratio->number;
}

static void read_joints(struct scene_reading *reading)
{
	static const struct scene_kind kind = {PART_joint, "kind", 0};
	const struct json_value       *list = list_of(reading, "joints", LIMIT_JOINTS_MAX);

	reading->scene->joints = reading->joint_rows = arena_array(reading->arena, struct scene_joint, list->count);
	reading->scene->joint_count = list->count;
	for (uint32_t i = 0; i < list->count; i++) {
		struct scene_joint *joint = &reading->joint_rows[i];
		struct text         pointer = scene_item(reading, TEXT("/joints"), i);
		uint32_t            word;

		joint->a = joint->b = SCENE_WORLD;
		scene_kinds(reading, &list->items[i], pointer, &kind, &word, joint);
		joint->kind = word;
		if (word == JOINT_GEAR)
			read_gear_ratio(reading, &list->items[i], pointer, joint);
		scene_name_add(reading, &reading->joints, joint->id, i, pointer);
	}
}

static bool is_dynamic(const struct scene_reading *reading, uint32_t body)
{
	return body != SCENE_WORLD && reading->scene->bodies[body].type == BODY_DYNAMIC;
}

static void read_fields(struct scene_reading *reading)
{
	static const struct scene_kind kind = {PART_field, "kind", 0};
	const struct json_value       *list = list_of(reading, "fields", LIMIT_FIELDS_MAX);
	struct scene_field            *rows = arena_array(reading->arena, struct scene_field, list->count);

	reading->scene->fields = rows;
	reading->scene->field_count = list->count;
	for (uint32_t i = 0; i < list->count; i++) {
		struct text pointer = scene_item(reading, TEXT("/fields"), i);
		uint32_t    word;

		rows[i].body = SCENE_WORLD;
		scene_kinds(reading, &list->items[i], pointer, &kind, &word, &rows[i]);
		rows[i].kind = word;
		if (rows[i].body != SCENE_WORLD && !is_dynamic(reading, rows[i].body))
			scene_refuse(reading, scene_below(reading, pointer, "body"),
			             "is not dynamic: no force moves it");
	}
}

/* By time; those of one time stay in their order. An insertion sort: authors write them in order. */
static void sort_events(struct scene_event *events, uint32_t count)
{
	for (uint32_t i = 1; i < count; i++) {
		struct scene_event event = events[i];
		uint32_t           at = i;

		for (; at > 0 && events[at - 1].time_s > event.time_s; at--)
			events[at] = events[at - 1];
		events[at] = event;
	}
}

static void read_events(struct scene_reading *reading)
{
	static const struct scene_kind kind = {PART_event, "do", 0};
	const struct json_value       *list = list_of(reading, "events", LIMIT_EVENTS_MAX);
	struct scene_event            *rows = arena_array(reading->arena, struct scene_event, list->count);

	reading->scene->events = rows;
	reading->scene->event_count = list->count;
	for (uint32_t i = 0; i < list->count; i++) {
		struct text pointer = scene_item(reading, TEXT("/events"), i);
		uint32_t    word;

		rows[i].body = rows[i].joint = SCENE_WORLD;
		scene_kinds(reading, &list->items[i], pointer, &kind, &word, &rows[i]);
		rows[i].kind = word;
		if (rows[i].body != SCENE_WORLD && !is_dynamic(reading, rows[i].body))
			scene_refuse(reading, scene_below(reading, pointer, "body"),
			             "is not dynamic: nothing befalls it");
		if (rows[i].time_s > reading->scene->solver.duration_s)
			scene_refuse(reading, scene_below(reading, pointer, "t"), "%s s is after the end, %s s",
			             scene_number(reading, rows[i].time_s),
			             scene_number(reading, reading->scene->solver.duration_s));
	}
	sort_events(rows, list->count);
}

static void check_measure(struct scene_reading *reading, const struct scene_measure *measure, struct text pointer)
{
	bool period = measure->kind == MEASURE_PERIOD;

	if (measure->axis && measure->axis == (period ? AXIS_MAGNITUDE : AXIS_ANGLE))
		scene_refuse(reading, scene_below(reading, pointer, "axis"), "must be one of: x, y, %s",
		             period ? "angle" : "magnitude");
	if (measure->of != SCENE_WORLD && !measure_is_series(&reading->scene->measures[measure->of]))
		scene_refuse(reading, scene_below(reading, pointer, "of"), "has one value, not one at all times");
	if (measure->kind == MEASURE_AT_TIME && measure->time_s > reading->scene->solver.duration_s)
		scene_refuse(reading, scene_below(reading, pointer, "t"), "%s s is after the end, %s s",
		             scene_number(reading, measure->time_s),
		             scene_number(reading, reading->scene->solver.duration_s));
	if (measure->kind == MEASURE_DISTANCE && measure->other == measure->body)
		scene_refuse(reading, scene_below(reading, pointer, "other"), "is the same body");
}

static void read_measures(struct scene_reading *reading)
{
	static const struct scene_kind kind = {PART_measure, "kind", 0};
	const struct json_value       *list = list_of(reading, "measure", LIMIT_MEASURES_MAX);
	struct scene_measure          *rows = arena_array(reading->arena, struct scene_measure, list->count);

	reading->scene->measures = rows;
	reading->scene->measure_count = list->count;
	for (uint32_t i = 0; i < list->count; i++) {
		struct text pointer = scene_item(reading, TEXT("/measure"), i);
		uint32_t    word;
		bool        good;

		rows[i].body = rows[i].other = rows[i].joint = rows[i].of = SCENE_WORLD;
		good = scene_kinds(reading, &list->items[i], pointer, &kind, &word, &rows[i]);
		rows[i].kind = word;
		scene_name_add(reading, &reading->measures, rows[i].id, i, pointer);
		if (good)
			check_measure(reading, &rows[i], pointer);
	}
}

/* ---------------------------------------------------------------- expectations */

static bool parameter_value(const struct scene_reading *reading, struct text name, double *out)
{
	for (uint32_t i = 0; i < reading->scene->parameter_count; i++) {
		if (!text_equal(reading->scene->parameters[i].name, name))
			continue;
		*out = reading->scene->parameters[i].value;
		return true;
	}
	return false;
}

static void read_argument(struct scene_reading *reading, const struct json_value *value, struct text pointer,
                          double *out)
{
	struct text name = value->text;

	if (value->kind == JSON_VALUE_NUMBER) {
		*out = scene_settle(value->number);
		scene_within(reading, pointer, fabs(*out), LIMIT_NONE, LIMIT_ARGUMENT_MAX);
	} else if (value->kind != JSON_VALUE_TEXT || !text_take(&name, TEXT("$"))
	           || !parameter_value(reading, name, out)) {
		scene_refuse(reading, pointer, "must be a number, or \"$\" and the name of a parameter");
	}
}

static void read_arguments(struct scene_reading *reading, const struct json_value *table, struct text pointer,
                           struct scene_expectation *expectation)
{
	const struct law *law = expectation->formula;

	for (uint32_t i = 0; i < law->argument_count; i++) {
		const struct json_value *value = json_value_member(table, text_from(law->arguments[i].name));
		struct text              below = scene_below(reading, pointer, law->arguments[i].name);

		if (value)
			read_argument(reading, value, below, &expectation->arguments[i]);
		else if (text_is(text_from(law->arguments[i].name), "g"))
			expectation->arguments[i] = sqrt(reading->scene->gravity.x * reading->scene->gravity.x
			                                 + reading->scene->gravity.y * reading->scene->gravity.y);
		else
			scene_refuse(reading, below, "is required by %s", law->name);
	}
	for (uint32_t i = 0; table && i < table->count; i++)
		if (law_argument_find(law, table->names[i]) == LAW_ARGUMENTS_MAX)
			scene_refuse(reading, pointer, "%s has other arguments", law->name);
}

static void read_expectation(struct scene_reading *reading, const struct json_value *object, struct text pointer,
                             struct scene_expectation *expectation)
{
	const struct json_value *formula = json_value_member(object, TEXT("formula"));
	const struct json_value *arguments = json_value_member(object, TEXT("args"));
	struct text              below = scene_below(reading, pointer, "args");

	if (!scene_members(reading, object, pointer, PART_expectation, expectation))
		return;
	expectation->formula = formula->kind == JSON_VALUE_TEXT ? law_find(formula->text) : NULL;
	if (!expectation->formula)
		scene_refuse(reading, scene_below(reading, pointer, "formula"), "is not the name of a known formula");
	else if (arguments && arguments->kind != JSON_VALUE_OBJECT)
		scene_refuse(reading, below, "must be an object");
	else
		read_arguments(reading, arguments, below, expectation);
	if (expectation->tolerance_relative == 0 && expectation->tolerance_absolute == 0)
		scene_refuse(reading, pointer, "needs a tolerance: tol_rel, tol_abs or both");
}

static void read_expectations(struct scene_reading *reading)
{
	const struct json_value  *list = list_of(reading, "expect", LIMIT_EXPECTATIONS_MAX);
	struct scene_expectation *rows = arena_array(reading->arena, struct scene_expectation, list->count);

	reading->scene->expectations = rows;
	reading->scene->expectation_count = list->count;
	for (uint32_t i = 0; i < list->count; i++)
		read_expectation(reading, &list->items[i], scene_item(reading, TEXT("/expect"), i), &rows[i]);
}

/* ---------------------------------------------------------------- the whole */

static enum status compile(struct scene_reading *reading)
{
	if (reading->json->kind != JSON_VALUE_OBJECT) {
		scene_refuse(reading, TEXT(""), "must be an object");
		return STATUS_INVALID;
	}
	scene_parameters(reading);
	read_top(reading);
	read_materials(reading);
	read_bodies(reading);
	read_joints(reading);
	read_fields(reading);
	read_events(reading);
	read_measures(reading);
	read_expectations(reading);
	if (reading->faults == 0)
		scene_check_start(reading);
	if (reading->faults == 0)
		scene_check_overlaps(reading);
	if (reading->faults == 0)
		scene_check_bounds(reading);
	return reading->faults == 0 ? STATUS_OK : STATUS_INVALID;
}

enum status scene_compile(struct json_value *json, const struct scene_options *options, struct arena *arena,
                          const struct scene **out, struct scene_report *report)
{
	struct scene_reading reading = {
		.arena = arena,
		.options = options,
		.report = report,
		.json = json,
		.scene = arena_new(arena, struct scene),
		.bodies = {.by_name = {.key_size = MAP_KEY_SIZE_MAX}, .noun = "body"},
		.joints = {.by_name = {.key_size = MAP_KEY_SIZE_MAX}, .noun = "joint"},
		.measures = {.by_name = {.key_size = MAP_KEY_SIZE_MAX}, .noun = "measure"},
	};
	enum status status = compile(&reading);

	map_finish(&reading.bodies.by_name);
	map_finish(&reading.joints.by_name);
	map_finish(&reading.measures.by_name);
	if (status == STATUS_OK)
		*out = reading.scene;
	return status;
}

enum status scene_read(struct bytes json, const struct scene_options *options, struct arena *arena,
                       const struct scene **out, struct scene_report *report)
{
	const struct json_bounds bounds = {
		.size_max = (size_t)limit_value(LIMIT_JSON_SIZE_MAX, options->audience),
		.depth_max = (int)limit_value(LIMIT_JSON_DEPTH_MAX, options->audience),
	};
	struct json_value *tree;
	enum status        status = json_value_read(json, &bounds, arena, &tree, &report->refusals);

	return status == STATUS_OK ? scene_compile(tree, options, arena, out, report) : status;
}
