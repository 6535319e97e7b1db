#include "physics/trajectory.h"

#include "eventstore/base/deflate.h"
#include "physics/experiment.h"
#include "physics/scene/sketch.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

enum { FRAMES = 150 };

/* A run's bytes, and what they should say. */
struct recording {
	struct arena  arena;
	struct scene *scene;
	struct buffer bytes;
	size_t        starts[FRAMES + 1];
	double       *places; /* by frame, then body: x, y, angle */
	double        quantum;
	struct hash   last;
	size_t        checkpoint_bytes;
};

static void note_places(struct recording *recording, const struct experiment_frame *frame)
{
	uint32_t bodies = recording->scene->body_count;
	double  *at = recording->places + (size_t)3 * bodies * frame->step;

	for (uint32_t i = 0; i < bodies; i++) {
		*at++ = frame->state.bodies[i].position.x;
		*at++ = frame->state.bodies[i].position.y;
		*at++ = frame->state.bodies[i].angle;
	}
}

static void record(struct recording *recording, struct sketch *sketch, enum solver_mode mode)
{
	struct experiment       *experiment;
	struct experiment_frame  frame;
	struct experiment_plan   plan;
	struct experiment_result result;

	recording->scene = &sketch->scene;
	recording->scene->solver.mode = mode;
	recording->scene->solver.duration_s = (FRAMES - 1) / 60.0;
	recording->places = arena_array(&recording->arena, double, (size_t)3 * FRAMES * sketch->scene.body_count);
	experiment_plan(recording->scene, &plan);
	assert_int_equal(plan.frames, FRAMES);
	recording->quantum = plan.quantum;
	experiment = experiment_create(recording->scene);
	while (experiment_next(experiment, &frame)) {
		recording->starts[frame.step] = recording->bytes.size;
		buffer_append(&recording->bytes, frame.encoded);
		note_places(recording, &frame);
	}
	recording->starts[FRAMES] = recording->bytes.size;
	experiment_result(experiment, &result);
	assert_int_equal(result.fault, SOLVER_FINE);
	recording->last = result.trajectory_hash;
	recording->checkpoint_bytes = result.checkpoints.size;
	experiment_destroy(experiment);
}

static void discard(struct recording *recording)
{
	buffer_finish(&recording->bytes);
	arena_finish(&recording->arena);
}

/* Body 0 is the world's floor or anchor in sketches; those that move follow in the scene's order. */
static void check_frame(const struct recording *recording, const struct trajectory_frame *frame)
{
	uint32_t place = 0;

	for (uint32_t i = 0; i < recording->scene->body_count; i++) {
		const double *at = recording->places + (size_t)3 * (recording->scene->body_count * frame->step + i);

		if (recording->scene->bodies[i].type == BODY_STATIC)
			continue;
		assert_true(fabs(frame->x[place] - at[0]) <= recording->quantum * 0.5000001);
		assert_true(fabs(frame->y[place] - at[1]) <= recording->quantum * 0.5000001);
		assert_true(fabs(frame->angle[place] - at[2]) <= recording->quantum * 0.5000001);
		place++;
	}
	assert_int_equal(place, frame->body_count);
}

static void check_from(const struct recording *recording, uint32_t first)
{
	struct trajectory_reader *reader =
		trajectory_reader_create(trajectory_bodies(recording->scene), recording->quantum);
	size_t       start = recording->starts[first];
	struct bytes rest = BYTES(recording->bytes.data + start, recording->bytes.size - start);

	for (uint32_t step = first; step < FRAMES; step++) {
		struct trajectory_frame frame;

		assert_int_equal(trajectory_read(reader, &rest, &frame), STATUS_OK);
		assert_int_equal(frame.step, step);
		assert_int_equal(frame.key, step % TRAJECTORY_KEY_FRAMES == 0);
		check_frame(recording, &frame);
	}
	assert_int_equal(trajectory_read(reader, &rest, &(struct trajectory_frame){0}), STATUS_NOT_FOUND);
	trajectory_reader_destroy(reader);
}

static void frames_read_back_within_half_a_quantum(void **state)
{
	struct recording recording = {0};

	record(&recording, sketch_mixed(&recording.arena, 20), SOLVER_RIGID);
	assert_true(recording.quantum == TRAJECTORY_QUANTUM);
	check_from(&recording, 0);
	discard(&recording);
}

static void a_reader_may_begin_at_any_key_frame(void **state)
{
	struct recording recording = {0};

	record(&recording, sketch_chain(&recording.arena, 8), SOLVER_RIGID);
	check_from(&recording, 60);
	check_from(&recording, 120);
	discard(&recording);
}

static void a_reader_refuses_what_builds_on_frames_it_has_not_seen(void **state)
{
	struct recording          recording = {0};
	struct trajectory_reader *reader;
	struct trajectory_frame   frame;
	struct bytes              rest;

	record(&recording, sketch_chain(&recording.arena, 3), SOLVER_RIGID);
	reader = trajectory_reader_create(trajectory_bodies(recording.scene), recording.quantum);
	rest = BYTES(recording.bytes.data + recording.starts[1], 100);
	assert_int_equal(trajectory_read(reader, &rest, &frame), STATUS_CORRUPT);
	rest = BYTES(recording.bytes.data, recording.bytes.size);
	assert_int_equal(trajectory_read(reader, &rest, &frame), STATUS_OK);
	rest = BYTES(recording.bytes.data + recording.starts[2], 100);
	assert_int_equal(trajectory_read(reader, &rest, &frame), STATUS_CORRUPT);
	trajectory_reader_destroy(reader);
	discard(&recording);
}

static void a_frame_that_was_cut_short_is_corrupt(void **state)
{
	struct recording recording = {0};

	record(&recording, sketch_chain(&recording.arena, 3), SOLVER_RIGID);
	for (size_t size = 1; size < recording.starts[1]; size++) {
		struct trajectory_reader *reader =
			trajectory_reader_create(trajectory_bodies(recording.scene), recording.quantum);
		struct bytes rest = BYTES(recording.bytes.data, size);

		assert_int_equal(trajectory_read(reader, &rest, &(struct trajectory_frame){0}), STATUS_CORRUPT);
		trajectory_reader_destroy(reader);
	}
	discard(&recording);
}

static void the_chain_notices_a_single_bit(void **state)
{
	struct arena            arena = {0};
	struct sketch          *sketch = sketch_chain(&arena, 3);
	struct body_state       bodies[8] = {{.position = {1, 2}}, {.velocity = {3, 4}}};
	struct solver_frame     frame = {.bodies = bodies};
	struct trajectory_chain first = {0}, second = {0};

	assert_true(sketch->scene.body_count <= 8);
	trajectory_chain_add(&first, &sketch->scene, &frame);
	trajectory_chain_add(&second, &sketch->scene, &frame);
	assert_true(hash_equal(&first.link, &second.link));
	bodies[1].velocity.y = nextafter(bodies[1].velocity.y, 5);
	trajectory_chain_add(&second, &sketch->scene, &frame);
	bodies[1].velocity.y = 4;
	trajectory_chain_add(&first, &sketch->scene, &frame);
	assert_false(hash_equal(&first.link, &second.link));
	/* And never agrees again. */
	trajectory_chain_add(&first, &sketch->scene, &frame);
	trajectory_chain_add(&second, &sketch->scene, &frame);
	assert_false(hash_equal(&first.link, &second.link));
	trajectory_chain_finish(&first);
	trajectory_chain_finish(&second);
	arena_finish(&arena);
}

static void a_checkpoint_follows_each_block_and_the_end(void **state)
{
	struct recording recording = {0};

	record(&recording, sketch_chain(&recording.arena, 2), SOLVER_RIGID);
	assert_int_equal(recording.checkpoint_bytes, 3 * sizeof(struct hash));
	discard(&recording);
}

static double packed_bytes_per_body_step(struct sketch *sketch, struct recording *recording)
{
	struct buffer packed = {0};
	double        share;

	record(recording, sketch, SOLVER_RIGID);
	zlib_append(buffer_bytes(&recording->bytes), &packed);
	share = (double)packed.size / FRAMES / trajectory_bodies(recording->scene);
	buffer_finish(&packed);
	return share;
}

static void a_body_takes_about_two_bytes_a_step(void **state)
{
	struct recording pyramid = {0}, circles = {0}, chain = {0}, mixed = {0};
	double           of_pyramid = packed_bytes_per_body_step(sketch_pyramid(&pyramid.arena, 8), &pyramid);
	double           of_circles = packed_bytes_per_body_step(sketch_circles(&circles.arena, 60), &circles);
	double           of_chain = packed_bytes_per_body_step(sketch_chain(&chain.arena, 40), &chain);
	double           of_mixed = packed_bytes_per_body_step(sketch_mixed(&mixed.arena, 40), &mixed);

	print_message("# bytes a body and step: pyramid %.2f, circles %.2f, chain %.2f, mixed %.2f\n", of_pyramid,
	              of_circles, of_chain, of_mixed);
	assert_true(of_pyramid <= 2.5 && of_circles <= 2.5 && of_chain <= 3.5 && of_mixed <= 2.5);
	discard(&pyramid);
	discard(&circles);
	discard(&chain);
	discard(&mixed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frames_read_back_within_half_a_quantum),
		cmocka_unit_test(a_reader_may_begin_at_any_key_frame),
		cmocka_unit_test(a_reader_refuses_what_builds_on_frames_it_has_not_seen),
		cmocka_unit_test(a_frame_that_was_cut_short_is_corrupt),
		cmocka_unit_test(the_chain_notices_a_single_bit),
		cmocka_unit_test(a_checkpoint_follows_each_block_and_the_end),
		cmocka_unit_test(a_body_takes_about_two_bytes_a_step),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
