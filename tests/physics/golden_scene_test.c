#include "physics/golden.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "physics/engine.h"
#include "physics/rigid/rigid_library.h"
#include "physics/scene/sketch.h"

/* What is printed is to be recorded in physics/golden.c, by whoever means to change it. */
static void every_golden_scene_gives_its_recorded_bits(void **state)
{
	const char *failed = "none";

	if (golden_check(&failed))
		return;
	for (uint32_t i = 0; i < golden_count(); i++) {
		struct hash digest = golden_run(i);

		print_message("# %s: ", golden_name(i));
		for (int k = 0; k < 16; k++)
			print_message("%02x", digest.bytes[k]);
		print_message("\n");
	}
	fail_msg("%s came out otherwise", failed);
}

static struct hash digest_of_chain(double x)
{
	struct arena   arena = {0};
	struct sketch *sketch = sketch_chain(&arena, 3);
	struct hash    digest;

	sketch->bodies[2].position.x += x;
	digest = golden_digest(&solver_rigid, &sketch->scene, 5);
	arena_finish(&arena);
	return digest;
}

static void the_last_bit_of_a_place_shows(void **state)
{
	struct hash one = digest_of_chain(0), same = digest_of_chain(0), other = digest_of_chain(3e-16);

	assert_true(hash_equal(&one, &same));
	assert_false(hash_equal(&one, &other));
}

static void an_engine_is_known_by_its_mode_and_its_library(void **state)
{
	struct hash rigid = engine_fingerprint(SOLVER_RIGID, BYTES("library", 7));
	struct hash patched = engine_fingerprint(SOLVER_RIGID, BYTES("Library", 7));
	struct hash precise = engine_fingerprint(SOLVER_PRECISE, BYTES("library", 7));
	struct hash without = engine_fingerprint(SOLVER_PRECISE, BYTES("Library", 7));

	assert_false(hash_equal(&rigid, &patched));
	assert_false(hash_equal(&rigid, &precise));
	assert_true(hash_equal(&precise, &without)); /* it is not in there */
}

static void the_library_is_a_file(void **state)
{
	FILE *file = fopen(rigid_library_path(), "rb");

	assert_non_null(file);
	fclose(file);
	assert_string_equal(rigid_library_version(), "7.0.3");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_golden_scene_gives_its_recorded_bits),
		cmocka_unit_test(the_last_bit_of_a_place_shows),
		cmocka_unit_test(an_engine_is_known_by_its_mode_and_its_library),
		cmocka_unit_test(the_library_is_a_file),
	};

	return cmocka_run_group_tests_name("golden_scene", tests, NULL, NULL);
}
