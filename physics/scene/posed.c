#include "physics/scene/posed.h"

#include "physics/scene/canonical.h"

enum status scene_pose(struct text json, const struct pose *pose, struct arena *arena, struct posed_scene *out,
                       struct scene_report *report)
{
	const struct scene_options options = {
		.audience = pose->audience, .values = pose->values, .value_count = pose->value_count};
	const struct scene *scene;
	struct scene       *seeded;
	struct buffer       canonical = {0};
	enum status         status = scene_read(text_bytes(json), &options, arena, &scene, report);

	if (status != STATUS_OK)
		return status;
	seeded = arena_new(arena, struct scene);
	*seeded = *scene;
	if (pose->has_seed)
		seeded->seed = pose->seed;
	scene_encode(seeded, &canonical);
	*out = (struct posed_scene){.scene = seeded,
	                            .canonical = arena_bytes(arena, buffer_bytes(&canonical)),
	                            .hash = scene_hash(buffer_bytes(&canonical))};
	buffer_finish(&canonical);
	return STATUS_OK;
}

const struct scene_parameter *scene_parameter_named(const struct scene *scene, struct text name)
{
	for (uint32_t i = 0; i < scene->parameter_count; i++)
		if (text_equal(scene->parameters[i].name, name))
			return &scene->parameters[i];
	return NULL;
}

const struct scene_measure *scene_measure_named(const struct scene *scene, struct text name)
{
	for (uint32_t i = 0; i < scene->measure_count; i++)
		if (text_equal(scene->measures[i].id, name))
			return &scene->measures[i];
	return NULL;
}
