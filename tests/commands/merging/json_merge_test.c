#include "commands/merging/json_merge.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "commands/learning/random.h"
#include "eventstore/base/clock.h"

static const struct json_node *read(const char *json, struct arena *arena)
{
	const struct json_node *node;
	struct text             mistake;

	if (json_tree_read(text_from(json), arena, &node, &mistake) != STATUS_OK)
		fail_msg("%s: %.*s", json, TEXT_ARG(mistake));
	return node;
}

static void merges(const char *base, const char *ours, const char *theirs, const char *expected)
{
	struct arena      arena = {0};
	struct json_merge merge;

	assert_int_equal(json_merge(read(base, &arena), read(ours, &arena), read(theirs, &arena), &arena, &merge),
	                 STATUS_OK);
	assert_int_equal(merge.count, 0);
	if (!text_is(json_tree_text(merge.merged, &arena), expected))
		fail_msg("%.*s", TEXT_ARG(json_tree_text(merge.merged, &arena)));
	arena_finish(&arena);
}

static void clashes(const char *base, const char *ours, const char *theirs, const char *expected)
{
	struct arena      arena = {0};
	struct json_merge merge;
	struct buffer     out = {0};

	assert_int_equal(json_merge(read(base, &arena), read(ours, &arena), read(theirs, &arena), &arena, &merge),
	                 STATUS_OK);
	json_merge_append_conflicts(&merge, &out);
	if (!text_is((struct text){(const char *)out.data, out.size}, expected))
		fail_msg("%.*s", (int)out.size, (const char *)out.data);
	buffer_finish(&out);
	arena_finish(&arena);
}

static void members_that_one_side_changed_are_taken_from_it(void **state)
{
	merges("{\"a\":1,\"b\":2}", "{\"a\":3,\"b\":2}", "{\"a\":1,\"b\":4}", "{\"a\":3,\"b\":4}");
	merges("{\"a\":1}", "{\"a\":1,\"b\":2}", "{\"a\":1,\"c\":3}", "{\"a\":1,\"c\":3,\"b\":2}");
	merges("{\"a\":1,\"b\":2}", "{\"b\":2}", "{\"a\":1,\"b\":3}", "{\"b\":3}");
	merges("{\"a\":1}", "{\"a\":2}", "{\"a\":2}", "{\"a\":2}");
	merges("{\"a\":{\"b\":1,\"c\":1}}", "{\"a\":{\"b\":2,\"c\":1}}", "{\"a\":{\"b\":1,\"c\":2}}",
	       "{\"a\":{\"b\":2,\"c\":2}}");
}

static void bodies_are_known_by_their_ids_wherever_they_stand(void **state)
{
	merges("[{\"id\":\"a\",\"x\":1},{\"id\":\"b\",\"x\":1}]", "[{\"id\":\"a\",\"x\":2},{\"id\":\"b\",\"x\":1}]",
	       "[{\"id\":\"c\"},{\"id\":\"b\",\"x\":3},{\"id\":\"a\",\"x\":1}]",
	       "[{\"id\":\"c\"},{\"id\":\"b\",\"x\":3},{\"id\":\"a\",\"x\":2}]");
}

static void items_come_and_go_without_hurting_one_another(void **state)
{
	merges("[{\"id\":\"a\"},{\"id\":\"b\"}]", "[{\"id\":\"a\"},{\"id\":\"n\"},{\"id\":\"b\"}]",
	       "[{\"id\":\"a\",\"x\":1}]", "[{\"id\":\"a\",\"x\":1},{\"id\":\"n\"}]");
	merges("[{\"word\":\"x\"}]", "[{\"word\":\"x\"},{\"word\":\"y\"}]", "[]", "[{\"word\":\"y\"}]");
	merges("[\"x\",\"y\"]", "[\"x\",\"y\",\"z\"]", "[\"w\",\"x\"]", "[\"w\",\"x\",\"z\"]");
	merges("[\"x\",\"y\",\"z\"]", "[\"z\",\"y\",\"x\"]", "[\"x\",\"y\",\"z\",\"a\"]", "[\"z\",\"a\",\"y\",\"x\"]");
}

static void what_both_changed_in_different_ways_is_told_with_both_sides(void **state)
{
	clashes("{\"a\":1}", "{\"a\":2}", "{\"a\":3}",
	        ",\"conflicts\":[{\"pointer\":\"/a\",\"base\":1,\"ours\":2,\"theirs\":3}]");
	clashes("{\"a\":1}", "{}", "{\"a\":3}", ",\"conflicts\":[{\"pointer\":\"/a\",\"base\":1,\"theirs\":3}]");
	clashes("{}", "{\"a/b\":1}", "{\"a/b\":2}", ",\"conflicts\":[{\"pointer\":\"/a~1b\",\"ours\":1,\"theirs\":2}]");
	clashes("{\"pos\":[0,0]}", "{\"pos\":[1,0]}", "{\"pos\":[0,1]}",
	        ",\"conflicts\":[{\"pointer\":\"/pos\",\"base\":[0,0],\"ours\":[1,0],\"theirs\":[0,1]}]");
	clashes("[{\"id\":\"a\",\"x\":0},{\"id\":\"b\",\"x\":0}]", "[{\"id\":\"b\",\"x\":1}]",
	        "[{\"id\":\"a\",\"x\":0},{\"id\":\"b\",\"x\":2}]",
	        ",\"conflicts\":[{\"pointer\":\"/1/x\",\"base\":0,\"ours\":1,\"theirs\":2}]");
	clashes("[\"x\",\"y\",\"z\"]", "[\"z\",\"y\",\"x\"]", "[\"y\",\"x\",\"z\"]",
	        ",\"conflicts\":[{\"pointer\":\"\",\"base\":[\"x\",\"y\",\"z\"],\"ours\":[\"z\",\"y\",\"x\"],"
	        "\"theirs\":[\"y\",\"x\",\"z\"]}]");
}

/* ---------------------------------------------------------------- patches */

static uint32_t conflicts_of(const char *base, const char *ours, const char *patch, const char *expected)
{
	struct arena              arena = {0};
	struct json_merge         merge;
	struct json_patch         operations;
	struct json_patch_mistake mistake;

	assert_int_equal(json_patch_read(read(patch, &arena), &arena, &operations, &mistake), STATUS_OK);
	assert_int_equal(
		json_merge_patch(read(base, &arena), read(ours, &arena), &operations, &arena, &merge, &mistake),
		STATUS_OK);
	if (merge.count == 0 && !text_is(json_tree_text(merge.merged, &arena), expected))
		fail_msg("%.*s", TEXT_ARG(json_tree_text(merge.merged, &arena)));
	arena_finish(&arena);
	return merge.count;
}

static void a_patch_finds_its_body_where_another_removed_one_before_it(void **state)
{
	assert_int_equal(conflicts_of("[{\"id\":\"a\"},{\"id\":\"b\",\"m\":1}]", "[{\"id\":\"b\",\"m\":1}]",
	                              "[{\"op\":\"replace\",\"path\":\"/1/m\",\"value\":2}]",
	                              "[{\"id\":\"b\",\"m\":2}]"),
	                 0);
}

static void a_test_of_what_changed_since_is_a_conflict(void **state)
{
	const char *patch = "[{\"op\":\"test\",\"path\":\"/g\",\"value\":9.81},"
			    "{\"op\":\"replace\",\"path\":\"/m\",\"value\":2}]";

	assert_int_equal(conflicts_of("{\"g\":9.81,\"m\":1}", "{\"g\":1.62,\"m\":1}", patch, NULL), 1);
	assert_int_equal(conflicts_of("{\"g\":9.81,\"m\":1}", "{\"g\":9.810,\"m\":1,\"t\":0}", patch,
	                              "{\"g\":9.81,\"m\":2,\"t\":0}"),
	                 0);
}

/* ---------------------------------------------------------------- laws */

enum { ROUNDS = 3000 };

static void draw_value(struct random *random, uint32_t depth, struct buffer *out)
{
	uint32_t kind = (uint32_t)random_below(random, depth > 0 ? 4 : 2), count = (uint32_t)random_below(random, 4);

	if (kind < 2) {
		buffer_format(out, "%u", (unsigned)random_below(random, 3));
		return;
	}
	buffer_append_text(out, kind == 2 ? TEXT("{") : TEXT("["));
	for (uint32_t i = 0, name = 0; i < count; i++, name++) {
		name += (uint32_t)random_below(random, 2);
		buffer_append_text(out, i > 0 ? TEXT(",") : TEXT(""));
		if (kind == 2)
			buffer_format(out, "\"%c\":", 'a' + (int)name);
		if (kind == 3)
			buffer_format(out, "{\"id\":\"%c\",\"v\":", 'a' + (int)name);
		draw_value(random, depth - 1, out);
		buffer_append_text(out, kind == 3 ? TEXT("}") : TEXT(""));
	}
	buffer_append_text(out, kind == 2 ? TEXT("}") : TEXT("]"));
}

static const struct json_node *drawn(struct random *random, struct arena *arena)
{
	struct buffer           out = {0};
	const struct json_node *node;

	draw_value(random, 3, &out);
	buffer_append(&out, BYTES("", 1));
	node = read(arena_text(arena, text_from((const char *)out.data)).data, arena);
	buffer_finish(&out);
	return node;
}

static void check_laws(const struct json_node *base, const struct json_node *x, const struct json_node *y,
                       struct arena *arena)
{
	static struct json_merge merge, turned;

	assert_int_equal(json_merge(base, x, base, arena, &merge), STATUS_OK);
	assert_true(merge.count == 0 && json_tree_equal(merge.merged, x));
	assert_int_equal(json_merge(base, base, y, arena, &merge), STATUS_OK);
	assert_true(merge.count == 0 && json_tree_equal(merge.merged, y));
	assert_int_equal(json_merge(base, x, x, arena, &merge), STATUS_OK);
	assert_true(merge.count == 0 && json_tree_equal(merge.merged, x));
	assert_int_equal(json_merge(base, x, y, arena, &merge), STATUS_OK);
	assert_int_equal(json_merge(base, y, x, arena, &turned), STATUS_OK);
	assert_int_equal(merge.count, turned.count);
}

static void one_side_alone_is_taken_whole_and_sides_may_be_changed(void **state)
{
	const char   *given = getenv("MERGE_SEED");
	uint64_t      seed = given ? strtoull(given, NULL, 10) : (uint64_t)clock_wall_us();
	struct random random;

	print_message("# MERGE_SEED=%llu\n", (unsigned long long)seed);
	random_seed(&random, seed);
	for (int round = 0; round < ROUNDS; round++) {
		struct arena            arena = {0};
		const struct json_node *base = drawn(&random, &arena);

		check_laws(base, drawn(&random, &arena), drawn(&random, &arena), &arena);
		arena_finish(&arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(members_that_one_side_changed_are_taken_from_it),
		cmocka_unit_test(bodies_are_known_by_their_ids_wherever_they_stand),
		cmocka_unit_test(items_come_and_go_without_hurting_one_another),
		cmocka_unit_test(what_both_changed_in_different_ways_is_told_with_both_sides),
		cmocka_unit_test(a_patch_finds_its_body_where_another_removed_one_before_it),
		cmocka_unit_test(a_test_of_what_changed_since_is_a_conflict),
		cmocka_unit_test(one_side_alone_is_taken_whole_and_sides_may_be_changed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
