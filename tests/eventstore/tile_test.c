#include "eventstore/log/tile.h"

#include "tests/eventstore/ground.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { EVENTS = 600 };

static struct reader *reader;

static void goes_there_and_back(const char *path, struct tile expected)
{
	struct buffer out = {0};
	struct tile   tile;

	assert_true(tile_parse(text_from(path), &tile));
	assert_true(tile.entries == expected.entries && tile.level == expected.level && tile.index == expected.index
	            && tile.width == expected.width);
	tile_format(&tile, &out);
	assert_int_equal(out.size, strlen(path));
	assert_memory_equal(out.data, path, out.size);
	buffer_finish(&out);
}

static void paths_are_those_of_the_specification(void **state)
{
	goes_there_and_back("0/000", (struct tile){.width = 256});
	goes_there_and_back("0/x001/x234/067", (struct tile){.index = 1234067, .width = 256});
	goes_there_and_back("0/x001/000", (struct tile){.index = 1000, .width = 256});
	goes_there_and_back("7/999.p/255", (struct tile){.level = 7, .index = 999, .width = 255});
	goes_there_and_back("entries/x273/112.p/1", (struct tile){.entries = true, .index = 273112, .width = 1});
}

static void other_paths_are_refused(void **state)
{
	static const char *const bad[] = {"",
	                                  "0",
	                                  "0/",
	                                  "0/0",
	                                  "0/0000",
	                                  "0/x000/001",
	                                  "0/x01/001",
	                                  "0/001/002",
	                                  "0/x001",
	                                  "00/001",
	                                  "8/001",
	                                  "-1/001",
	                                  "0/001.p/0",
	                                  "0/001.p/01",
	                                  "0/001.p/256",
	                                  "0/001.p/",
	                                  "0/001.p",
	                                  "0/001/",
	                                  "0/../001",
	                                  "entries/",
	                                  "entriesx/001",
	                                  "0/x001/x001/x001/x001/x001/001"};
	struct tile              tile;

	for (size_t i = 0; i < array_count(bad); i++)
		if (tile_parse(text_from(bad[i]), &tile))
			fail_msg("\"%s\" is taken for a tile", bad[i]);
}

static enum status read_path(const char *path, struct buffer *out)
{
	struct tile tile;

	out->size = 0;
	assert_true(tile_parse(text_from(path), &tile));
	return tile_read(reader, &tile, out);
}

/* As a client does it: level 0 from its tiles, hashed upwards, must give level 1 and the root. */
static void hashes_of_one_level_are_the_roots_of_the_level_below(void **state)
{
	struct merkle_source   tree = reader_tree(reader);
	struct merkle_frontier frontier = {0};
	struct hash            completed[MERKLE_LEVELS_MAX], root, grown, leaf;
	struct buffer          tile = {0}, above = {0};
	char                   path[32];

	assert_int_equal(read_path("1/000.p/2", &above), STATUS_OK);
	assert_int_equal(above.size, 64);
	for (unsigned index = 0; index < 3; index++) {
		snprintf(path, sizeof(path), index < 2 ? "0/%03u" : "0/%03u.p/88", index);
		assert_int_equal(read_path(path, &tile), STATUS_OK);
		for (size_t at = 0; at < tile.size; at += sizeof(leaf)) {
			memcpy(leaf.bytes, tile.data + at, sizeof(leaf));
			merkle_append(&frontier, &leaf, completed);
		}
		if (index < 2)
			assert_memory_equal(completed[8].bytes, above.data + index * sizeof(leaf), sizeof(leaf));
	}
	assert_int_equal(frontier.size, EVENTS);
	grown = merkle_frontier_root(&frontier);
	assert_int_equal(merkle_root(&tree, EVENTS, &root), STATUS_OK);
	assert_true(hash_equal(&root, &grown));
	buffer_finish(&above);
	buffer_finish(&tile);
}

static void entries_hash_to_the_leaves_beside_them(void **state)
{
	struct buffer entries = {0}, hashes = {0};
	size_t        at = 0;

	assert_int_equal(read_path("entries/002.p/88", &entries), STATUS_OK);
	assert_int_equal(read_path("0/002.p/88", &hashes), STATUS_OK);
	for (size_t i = 0; i < 88; i++) {
		size_t      size = (size_t)entries.data[at] << 8 | entries.data[at + 1];
		struct hash leaf = hash_leaf(BYTES(entries.data + at + 2, size));

		assert_memory_equal(leaf.bytes, hashes.data + i * sizeof(leaf), sizeof(leaf));
		at += 2 + size;
	}
	assert_int_equal(at, entries.size);
	buffer_finish(&hashes);
	buffer_finish(&entries);
}

static void what_is_not_there_yet_is_not_found_and_leaves_nothing(void **state)
{
	static const char *const missing[] = {"0/002",       "0/002.p/89",      "0/003.p/1",
	                                      "1/000",       "1/000.p/3",       "2/000.p/1",
	                                      "entries/002", "entries/003.p/1", "0/x999/x999/x999/x999/999",
	                                      "7/000"};
	struct buffer            out = {0};

	for (size_t i = 0; i < array_count(missing); i++) {
		assert_int_equal(read_path(missing[i], &out), STATUS_NOT_FOUND);
		assert_int_equal(out.size, 0);
	}
	buffer_finish(&out);
}

struct listed {
	struct buffer paths;
};

static bool list(void *owner, const struct tile *tile)
{
	struct listed *listed = owner;

	tile_format(tile, &listed->paths);
	buffer_append_text(&listed->paths, TEXT(" "));
	return true;
}

static void the_tiles_of_a_tree_are_those_of_the_specification(void **state)
{
	struct listed listed = {0};
	uint64_t      count = 0;

	tile_each(256, true, list, &listed);
	assert_true(bytes_equal(buffer_bytes(&listed.paths), text_bytes(TEXT("entries/000 0/000 1/000.p/1 "))));
	listed.paths.size = 0;
	tile_each(70000, false, list, &listed);
	for (size_t i = 0; i < listed.paths.size; i++)
		count += listed.paths.data[i] == ' ';
	/* "273 full level 0 tiles, one partial level 0 tile of width 112, one full level 1 tile, one partial level 1
	 * tile of width 17, and one partial level 2 tile of width 1" */
	assert_int_equal(count, 273 + 1 + 1 + 1 + 1);
	buffer_append(&listed.paths, BYTES("", 1));
	assert_non_null(strstr((char *)listed.paths.data, " 0/273.p/112 1/000 1/001.p/17 2/000.p/1 "));
	buffer_finish(&listed.paths);
}

static int write_log(void **state)
{
	struct store *store;

	ground_fresh();
	store = ground_open();
	for (uint32_t i = 0; i < EVENTS; i++)
		ground_happen(store, ground_id(1 + i % 7));
	ground_commit(store);
	store_close(store);
	assert_int_equal(reader_open(ground_folder(), &reader), STATUS_OK);
	return 0;
}

static int clear_ground(void **state)
{
	reader_close(reader);
	ground_clear();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(paths_are_those_of_the_specification),
		cmocka_unit_test(other_paths_are_refused),
		cmocka_unit_test(hashes_of_one_level_are_the_roots_of_the_level_below),
		cmocka_unit_test(entries_hash_to_the_leaves_beside_them),
		cmocka_unit_test(what_is_not_there_yet_is_not_found_and_leaves_nothing),
		cmocka_unit_test(the_tiles_of_a_tree_are_those_of_the_specification),
	};

	return cmocka_run_group_tests_name("tile", tests, write_log, clear_ground);
}
