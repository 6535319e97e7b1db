/* Parameters: numbers of the scene that have a name and a range. Their values are put into the JSON before anything
 * else is read, so that whatever follows from them follows from them. */
#include "physics/scene/scene_parts.h"

#include "eventstore/base/require.h"

#include <math.h>

/* A parameter must not turn another one, nor what judges the run. */
static bool may_be_turned(struct text pointer)
{
	return !text_starts_with(pointer, TEXT("/params")) && !text_starts_with(pointer, TEXT("/expect"))
	       && !text_starts_with(pointer, TEXT("/v/")) && !text_is(pointer, "/v");
}

static const struct scene_value *given(const struct scene_reading *reading, struct text name)
{
	for (uint32_t i = 0; i < reading->options->value_count; i++)
		if (text_equal(reading->options->values[i].name, name))
			return &reading->options->values[i];
	return NULL;
}

/* The numbers that were turned: no two parameters turn the same. */
struct turned {
	struct json_value **targets;
	uint32_t            count, room;
};

/* The number that a path names. */
static struct json_value *find_target(struct scene_reading *reading, struct turned *turned,
                                      const struct json_value *path, struct text pointer)
{
	struct json_pointer place;
	struct json_value  *target = NULL;

	if (path->kind != JSON_VALUE_TEXT) {
		scene_refuse(reading, pointer, "must be a JSON pointer (RFC 6901)");
		return NULL;
	}
	if (may_be_turned(path->text) && json_pointer_read(path->text, reading->arena, &place) == STATUS_OK)
		target = json_value_at(reading->json, &place);
	if (!target || target->kind != JSON_VALUE_NUMBER) {
		scene_refuse(reading, pointer, "there is no number to be turned at this place");
		return NULL;
	}
	for (uint32_t i = 0; i < turned->count; i++) {
		if (turned->targets[i] != target)
			continue;
		scene_refuse(reading, pointer, "another parameter turns this number");
		return NULL;
	}
	require(turned->count < turned->room);
	turned->targets[turned->count++] = target;
	return target;
}

static bool check_range(struct scene_reading *reading, const struct scene_parameter *parameter, struct text pointer)
{
	if (parameter->minimum > parameter->maximum) {
		scene_refuse(reading, scene_below(reading, pointer, "min"), "is above max");
		return false;
	}
	if (!isfinite(parameter->value)) {
		scene_refuse(reading, pointer, "must be a number");
		return false;
	}
	if (parameter->value >= parameter->minimum && parameter->value <= parameter->maximum)
		return true;
	scene_refuse(reading, pointer, "%s is not from %s to %s", scene_number(reading, parameter->value),
	             scene_number(reading, parameter->minimum), scene_number(reading, parameter->maximum));
	return false;
}

static struct text place_of(const struct scene_value *value, struct text pointer)
{
	return value && value->pointer.data ? value->pointer : pointer;
}

/* One path, or a list of them. The first number is the parameter's, unless a value was given. */
static void turn(struct scene_reading *reading, struct turned *turned, const struct json_value *path,
                 struct text pointer, struct scene_parameter *parameter)
{
	const struct json_value  *paths = path->kind == JSON_VALUE_LIST ? path->items : path;
	uint32_t                  count = path->kind == JSON_VALUE_LIST ? path->count : 1;
	const struct scene_value *value = given(reading, parameter->name);
	struct json_value        *target;
	struct text               below = scene_below(reading, pointer, "path");

	if (count == 0 || count > scene_limit(reading, LIMIT_PARAMETER_PATHS_MAX)) {
		scene_refuse(reading, below, "must be 1 to %.0f (%s)", scene_limit(reading, LIMIT_PARAMETER_PATHS_MAX),
		             limit_name(LIMIT_PARAMETER_PATHS_MAX));
		return;
	}
	for (uint32_t i = 0; i < count; i++) {
		target = find_target(reading, turned, &paths[i], paths == path ? below : scene_item(reading, below, i));
		if (!target)
			return;
		if (i == 0) {
			parameter->pointer = paths[i].text;
			parameter->value = scene_settle(value ? value->value : target->number);
			if (!check_range(reading, parameter, place_of(value, pointer)))
				return;
		}
		target->number = parameter->value;
	}
}

static void refuse_unknown(struct scene_reading *reading)
{
	for (uint32_t i = 0; i < reading->options->value_count; i++) {
		const struct scene_value *value = &reading->options->values[i];
		bool                      known = false;

		for (uint32_t j = 0; j < reading->scene->parameter_count && !known; j++)
			known = text_equal(reading->scene->parameters[j].name, value->name);
		if (!known)
			scene_refuse(reading, place_of(value, TEXT("/params")), "%.*s is no parameter of this scene",
			             TEXT_ARG(value->name));
		else if (given(reading, value->name) != value)
			scene_refuse(reading, place_of(value, TEXT("/params")), "%.*s was given a value before",
			             TEXT_ARG(value->name));
	}
}

void scene_parameters(struct scene_reading *reading)
{
	const struct json_value *table = scene_table_of(reading, "params", LIMIT_PARAMETERS_MAX);
	struct scene_parameter  *rows = arena_array(reading->arena, struct scene_parameter, table->count);

	struct turned turned = {.room = table->count * (uint32_t)scene_limit(reading, LIMIT_PARAMETER_PATHS_MAX)};

	turned.targets = arena_array(reading->arena, struct json_value *, turned.room);
	reading->scene->parameters = rows;
	reading->scene->parameter_count = table->count;
	for (uint32_t i = 0; i < table->count; i++) {
		const struct json_value *object = &table->items[i];
		struct text pointer = arena_format(reading->arena, "/params/%.*s", TEXT_ARG(table->names[i]));

		rows[i].name = table->names[i];
		if (scene_members(reading, object, pointer, PART_parameter, &rows[i]))
			turn(reading, &turned, json_value_member(object, TEXT("path")), pointer, &rows[i]);
	}
	refuse_unknown(reading);
}
