/* Scenes from strangers: JSON where the input begins like it, else canonical bytes. Claims: what is refused is refused
 * with a place and a sentence; what is a scene has canonical bytes that are read as a scene of the same bytes; bytes
 * that are read as a scene are its canonical ones. */
#include "eventstore/base/require.h"
#include "physics/scene/canonical.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_complaints(const struct complaints *complaints)
{
	size_t points;

	for (uint32_t i = 0; i < complaints->count; i++) {
		const struct complaint *complaint = &complaints->items[i];

		require(complaint->pointer.size == 0 || complaint->pointer.data[0] == '/');
		require(complaint->sentence.size > 0 && text_code_points(complaint->sentence, &points));
		require(text_code_points(complaint->pointer, &points));
	}
}

static void check_decoded(struct bytes bytes, bool must_hold)
{
	struct arena        arena = {0};
	struct buffer       again = {0};
	const struct scene *scene;
	struct text         complaint = {0};

	if (scene_decode(bytes, &arena, &scene, &complaint) == STATUS_OK) {
		scene_encode(scene, &again);
		require(bytes_equal(buffer_bytes(&again), bytes));
	} else {
		require(!must_hold && complaint.size > 0);
	}
	buffer_finish(&again);
	arena_finish(&arena);
}

static void read_json(struct bytes json)
{
	const struct scene_value   value = {TEXT("L"), 1.5};
	const struct scene_options options = {
		.audience = SCENE_TEACHER, .values = &value, .value_count = json.size % 2};
	struct scene_report report = {0};
	struct arena        arena = {0};
	struct buffer       canonical = {0};
	const struct scene *scene = NULL;

	if (scene_read(json, &options, &arena, &scene, &report) == STATUS_OK) {
		require(report.refusals.count == 0);
		scene_encode(scene, &canonical);
		check_decoded(buffer_bytes(&canonical), true);
	} else {
		require(report.refusals.count > 0 && scene == NULL);
	}
	check_complaints(&report.refusals);
	check_complaints(&report.warnings);
	buffer_finish(&canonical);
	arena_finish(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size > 0 && (data[0] == '{' || data[0] == '['))
		read_json(BYTES(data, size));
	else
		check_decoded(BYTES(data, size), false);
	return 0;
}
