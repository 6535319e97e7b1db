/* What is kept of runs, in memory and on disk. */
#include "physics/service/shelf.h"

#include "eventstore/base/deflate.h"
#include "tests/eventstore/ground.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

enum { FRAMES = 150, SLOW_MS = SHELF_QUICK_CPU_MS, QUICK_MS = SHELF_QUICK_CPU_MS - 1, MIB = 1 << 20 };

static struct track track;

static struct hash hash_of(uint8_t number)
{
	return (struct hash){.bytes = {number}};
}

static void close_block(void)
{
	struct buffer raw = {0}, packed = {0};

	track_raw(&track, &raw);
	zlib_append(buffer_bytes(&raw), &packed);
	assert_int_equal(track_close(&track, buffer_bytes(&packed), (uint32_t)raw.size), STATUS_OK);
	buffer_finish(&raw);
	buffer_finish(&packed);
}

static void add_frame(uint32_t step)
{
	double series = step;
	char   frame[32];
	int    size = snprintf(frame, sizeof(frame), "<frame %u>", step);

	assert_int_equal(track_add(&track, BYTES(frame, (size_t)size), BYTES(&series, sizeof(series))), STATUS_OK);
}

static int fill(void **state)
{
	track = (struct track){.series = 1};
	for (uint32_t step = 0; step < FRAMES; step++) {
		add_frame(step);
		if (track.open.count == SIMULATOR_BLOCK_FRAMES || step + 1 == FRAMES)
			close_block();
	}
	ground_fresh();
	return 0;
}

static int empty(void **state)
{
	track_finish(&track);
	ground_clear();
	return 0;
}

static struct run_frames read_part(struct track *from, enum run_part part, uint32_t first, uint32_t count,
                                   struct buffer *out)
{
	struct run_fetch  fetch = {.part = part, .from = first, .count = count};
	struct run_frames frames = {0};

	out->size = 0;
	assert_int_equal(track_read(from, &fetch, NULL, NULL, out, &frames), STATUS_OK);
	return frames;
}

static void any_range_is_read_as_it_was_added(void **state)
{
	struct buffer     out = {0};
	struct run_frames frames = read_part(&track, RUN_FRAMES, 58, 4, &out);

	assert_int_equal(frames.count, 4);
	assert_int_equal(frames.available, FRAMES);
	assert_memory_equal(out.data, "<frame 58><frame 59><frame 60><frame 61>", out.size);
	assert_int_equal(read_part(&track, RUN_FRAMES, FRAMES, 10, &out).count, 0);
	assert_int_equal(read_part(&track, RUN_FRAMES, FRAMES - 1, 10, &out).count, 1);
	buffer_finish(&out);
}

static void key_frames_are_the_first_of_each_block(void **state)
{
	struct buffer     out = {0};
	struct run_frames frames = read_part(&track, RUN_KEY_FRAMES, 1, 9, &out);

	assert_int_equal(frames.first, 60);
	assert_int_equal(frames.count, 2);
	assert_memory_equal(out.data, "<frame 60><frame 120>", out.size);
	buffer_finish(&out);
}

static void series_are_doubles_by_frame(void **state)
{
	struct buffer     out = {0};
	struct run_frames frames = read_part(&track, RUN_SERIES, 59, 3, &out);
	double            wanted[3] = {59, 60, 61};

	assert_int_equal(frames.count, 3);
	assert_int_equal(out.size, sizeof(wanted));
	assert_memory_equal(out.data, wanted, sizeof(wanted));
	buffer_finish(&out);
}

static void frames_of_the_block_under_way_are_read_too(void **state)
{
	struct buffer out = {0};

	add_frame(FRAMES);
	assert_int_equal(track.open.count, 1);
	track_finish(&track);
	track.series = 1;
	add_frame(0);
	add_frame(1);
	assert_int_equal(read_part(&track, RUN_FRAMES, 1, 5, &out).count, 1);
	assert_memory_equal(out.data, "<frame 1>", out.size);
	buffer_finish(&out);
}

/* ---------------------------------------------------------------- disk */

static struct shelf *shelf;

static uint64_t put(uint8_t number, uint32_t cpu_ms)
{
	struct shelf_run run = {
		.hash = hash_of(number),
		.scene = text_bytes(TEXT("scene")),
		.accepted = text_bytes(TEXT("accepted")),
		.done = text_bytes(TEXT("done")),
		.track = track,
		.cpu_ms = cpu_ms,
	};
	struct buffer file = {0};
	uint64_t      size;

	shelf_compose(&run, true, &file);
	assert_int_equal(shelf_write(ground_path("shelf"), &run.hash, buffer_bytes(&file), cpu_ms), STATUS_OK);
	shelf_note(shelf, &run.hash, file.size, cpu_ms);
	size = file.size;
	buffer_finish(&file);
	return size;
}

static void open_shelf(uint64_t bytes_max)
{
	shelf_close(shelf);
	assert_int_equal(shelf_open(ground_path("shelf"), bytes_max, &shelf), STATUS_OK);
}

static enum status load_block(void *owner, const struct track_block *block, struct buffer *packed)
{
	return shelf_block(shelf, owner, block, packed);
}

/* How many blocks it has there; -1: it is not there. */
static int blocks_of(uint8_t number)
{
	struct hash      hash = hash_of(number);
	struct shelf_run run;
	int              count;

	if (shelf_load(shelf, &hash, &run) != STATUS_OK)
		return -1;
	count = (int)run.track.block_count;
	shelf_run_finish(&run);
	return count;
}

static void a_run_is_there_after_opening_again(void **state)
{
	struct hash       hash = hash_of(1);
	struct run_fetch  fetch = {.part = RUN_FRAMES, .from = 119, .count = 2};
	struct run_frames frames;
	struct shelf_run  run;
	struct buffer     out = {0};

	open_shelf(MIB);
	put(1, SLOW_MS);
	open_shelf(MIB);
	assert_int_equal(shelf_load(shelf, &hash, &run), STATUS_OK);
	assert_true(text_is((struct text){(const char *)run.scene.data, run.scene.size}, "scene"));
	assert_true(text_is((struct text){(const char *)run.done.data, run.done.size}, "done"));
	run.track.series = 1;
	assert_int_equal(track_read(&run.track, &fetch, load_block, &hash, &out, &frames), STATUS_OK);
	assert_memory_equal(out.data, "<frame 119><frame 120>", out.size);
	shelf_run_finish(&run);
	buffer_finish(&out);
}

static void a_damaged_head_is_as_if_the_run_were_not_there(void **state)
{
	char name[HASH_HEX_SIZE];
	char path[512];

	open_shelf(MIB);
	put(1, SLOW_MS);
	hash_hex(&(struct hash){.bytes = {1}}, name);
	snprintf(path, sizeof(path), "%s/%s", ground_path("shelf"), name);
	ground_flip_at(path, 30);
	assert_int_equal(blocks_of(1), -1);
	assert_int_not_equal(access(path, F_OK), 0);
	put(1, SLOW_MS);
	assert_int_equal(truncate(path, 40), 0);
	assert_int_equal(blocks_of(1), -1);
}

static void a_damaged_block_is_not_read(void **state)
{
	struct hash       hash = hash_of(1);
	struct run_fetch  fetch = {.part = RUN_FRAMES, .from = 60, .count = 1};
	struct run_frames frames;
	struct shelf_run  run;
	struct buffer     out = {0};
	char              name[HASH_HEX_SIZE], path[512];

	open_shelf(MIB);
	put(1, SLOW_MS);
	assert_int_equal(shelf_load(shelf, &hash, &run), STATUS_OK);
	hash_hex(&hash, name);
	snprintf(path, sizeof(path), "%s/%s", ground_path("shelf"), name);
	ground_flip_at(path, run.track.blocks[1].offset + 5);
	run.track.series = 1;
	assert_int_equal(track_read(&run.track, &fetch, load_block, &hash, &out, &frames), STATUS_CORRUPT);
	shelf_run_finish(&run);
	buffer_finish(&out);
}

static void frames_that_are_quickly_computed_go_first_and_results_last(void **state)
{
	uint64_t file;

	open_shelf(MIB);
	file = (put(1, SLOW_MS) + 4095) / 4096 * 4096;
	put(2, QUICK_MS);
	put(3, SLOW_MS);
	assert_int_equal(blocks_of(2), 3);
	/* On this disk a file without its frames is no smaller, so room for one less means that two lose theirs. */
	open_shelf(3 * file - 1);
	assert_int_equal(blocks_of(2), -1);
	assert_int_not_equal(blocks_of(3), -1);
	open_shelf(0);
	assert_int_equal(shelf_count(shelf), 0);
	assert_int_equal(shelf_used(shelf), 0);
}

static int close_shelf(void **state)
{
	shelf_close(shelf);
	shelf = NULL;
	return empty(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(any_range_is_read_as_it_was_added, fill, empty),
		cmocka_unit_test_setup_teardown(key_frames_are_the_first_of_each_block, fill, empty),
		cmocka_unit_test_setup_teardown(series_are_doubles_by_frame, fill, empty),
		cmocka_unit_test_setup_teardown(frames_of_the_block_under_way_are_read_too, fill, empty),
		cmocka_unit_test_setup_teardown(a_run_is_there_after_opening_again, fill, close_shelf),
		cmocka_unit_test_setup_teardown(a_damaged_head_is_as_if_the_run_were_not_there, fill, close_shelf),
		cmocka_unit_test_setup_teardown(a_damaged_block_is_not_read, fill, close_shelf),
		cmocka_unit_test_setup_teardown(frames_that_are_quickly_computed_go_first_and_results_last, fill,
	                                        close_shelf),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
