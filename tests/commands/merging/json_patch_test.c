#include "commands/merging/json_patch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const struct json_node *read(const char *json, struct arena *arena)
{
	const struct json_node *node;
	struct text             mistake;

	assert_int_equal(json_tree_read(text_from(json), arena, &node, &mistake), STATUS_OK);
	return node;
}

static enum status patched(const char *document, const char *patch, struct arena *arena, const struct json_node **out)
{
	struct json_patch         operations;
	struct json_patch_mistake mistake;
	enum status               status = json_patch_read(read(patch, arena), arena, &operations, &mistake);

	if (status == STATUS_OK)
		status = json_patch_apply(read(document, arena), &operations, arena, out, &mistake);
	if (status != STATUS_OK)
		assert_int_equal(mistake.sentence.data[mistake.sentence.size - 1], '.');
	return status;
}

struct example {
	const char *name, *document, *patch, *result; /* no result: it fails so */
	enum status status;
};

static void is_as(const struct example *example)
{
	struct arena            arena = {0};
	const struct json_node *out = NULL;
	enum status             status = patched(example->document, example->patch, &arena, &out);

	if (status != example->status)
		fail_msg("%s: %s", example->name, status_sentence(status));
	if (out && !json_tree_equal(out, read(example->result, &arena)))
		fail_msg("%s: %.*s", example->name, TEXT_ARG(json_tree_text(out, &arena)));
	arena_finish(&arena);
}

static void the_examples_of_the_rfc_come_out_as_it_says(void **state)
{
	static const struct example examples[] = {
		{"A.1", "{\"foo\":\"bar\"}", "[{\"op\":\"add\",\"path\":\"/baz\",\"value\":\"qux\"}]",
	         "{\"baz\":\"qux\",\"foo\":\"bar\"}", STATUS_OK},
		{"A.2", "{\"foo\":[\"bar\",\"baz\"]}", "[{\"op\":\"add\",\"path\":\"/foo/1\",\"value\":\"qux\"}]",
	         "{\"foo\":[\"bar\",\"qux\",\"baz\"]}", STATUS_OK},
		{"A.3", "{\"baz\":\"qux\",\"foo\":\"bar\"}", "[{\"op\":\"remove\",\"path\":\"/baz\"}]",
	         "{\"foo\":\"bar\"}", STATUS_OK},
		{"A.4", "{\"foo\":[\"bar\",\"qux\",\"baz\"]}", "[{\"op\":\"remove\",\"path\":\"/foo/1\"}]",
	         "{\"foo\":[\"bar\",\"baz\"]}", STATUS_OK},
		{"A.5", "{\"baz\":\"qux\",\"foo\":\"bar\"}",
	         "[{\"op\":\"replace\",\"path\":\"/baz\",\"value\":\"boo\"}]", "{\"baz\":\"boo\",\"foo\":\"bar\"}",
	         STATUS_OK},
		{"A.6", "{\"foo\":{\"bar\":\"baz\",\"waldo\":\"fred\"},\"qux\":{\"corge\":\"grault\"}}",
	         "[{\"op\":\"move\",\"from\":\"/foo/waldo\",\"path\":\"/qux/thud\"}]",
	         "{\"foo\":{\"bar\":\"baz\"},\"qux\":{\"corge\":\"grault\",\"thud\":\"fred\"}}", STATUS_OK},
		{"A.7", "{\"foo\":[\"all\",\"grass\",\"cows\",\"eat\"]}",
	         "[{\"op\":\"move\",\"from\":\"/foo/1\",\"path\":\"/foo/3\"}]",
	         "{\"foo\":[\"all\",\"cows\",\"eat\",\"grass\"]}", STATUS_OK},
		{"A.8", "{\"baz\":\"qux\",\"foo\":[\"a\",2,\"c\"]}",
	         "[{\"op\":\"test\",\"path\":\"/baz\",\"value\":\"qux\"},{\"op\":\"test\",\"path\":\"/foo/"
	         "1\",\"value\":2}]",
	         "{\"baz\":\"qux\",\"foo\":[\"a\",2,\"c\"]}", STATUS_OK},
		{"A.9", "{\"baz\":\"qux\"}", "[{\"op\":\"test\",\"path\":\"/baz\",\"value\":\"bar\"}]", NULL,
	         STATUS_CONFLICT},
		{"A.10", "{\"foo\":\"bar\"}", "[{\"op\":\"add\",\"path\":\"/child\",\"value\":{\"grandchild\":{}}}]",
	         "{\"foo\":\"bar\",\"child\":{\"grandchild\":{}}}", STATUS_OK},
		{"A.11", "{\"foo\":\"bar\"}", "[{\"op\":\"add\",\"path\":\"/baz\",\"value\":\"qux\",\"xyz\":123}]",
	         "{\"foo\":\"bar\",\"baz\":\"qux\"}", STATUS_OK},
		{"A.12", "{\"foo\":\"bar\"}", "[{\"op\":\"add\",\"path\":\"/baz/bat\",\"value\":\"qux\"}]", NULL,
	         STATUS_NOT_FOUND},
		{"A.14", "{\"/\":9,\"~1\":10}", "[{\"op\":\"test\",\"path\":\"/~01\",\"value\":10}]",
	         "{\"/\":9,\"~1\":10}", STATUS_OK},
		{"A.15", "{\"/\":9,\"~1\":10}", "[{\"op\":\"test\",\"path\":\"/~01\",\"value\":\"10\"}]", NULL,
	         STATUS_CONFLICT},
		{"A.16", "{\"foo\":[\"bar\"]}", "[{\"op\":\"add\",\"path\":\"/foo/-\",\"value\":[\"abc\",\"def\"]}]",
	         "{\"foo\":[\"bar\",[\"abc\",\"def\"]]}", STATUS_OK},
	};
	struct arena            arena = {0};
	const struct json_node *twice;
	struct text             mistake;

	for (size_t i = 0; i < array_count(examples); i++)
		is_as(&examples[i]);
	/* A.13: a member given twice is not even read. */
	assert_int_equal(
		json_tree_read(TEXT("[{\"op\":\"add\",\"path\":\"/baz\",\"value\":\"qux\",\"op\":\"remove\"}]"), &arena,
	                       &twice, &mistake),
		STATUS_INVALID);
	arena_finish(&arena);
}

static void odd_places_are_refused_or_served_as_the_rfc_wants(void **state)
{
	static const struct example examples[] = {
		{"the whole document", "{}", "[{\"op\":\"replace\",\"path\":\"\",\"value\":[1]}]", "[1]", STATUS_OK},
		{"not without a document", "{}", "[{\"op\":\"remove\",\"path\":\"\"}]", NULL, STATUS_INVALID},
		{"an array's length", "[1]", "[{\"op\":\"add\",\"path\":\"/1\",\"value\":2}]", "[1,2]", STATUS_OK},
		{"behind its length", "[1]", "[{\"op\":\"add\",\"path\":\"/2\",\"value\":2}]", NULL, STATUS_NOT_FOUND},
		{"a leading zero", "[1,2]", "[{\"op\":\"remove\",\"path\":\"/01\"}]", NULL, STATUS_NOT_FOUND},
		{"behind the last is nothing", "[1]", "[{\"op\":\"replace\",\"path\":\"/-\",\"value\":2}]", NULL,
	         STATUS_NOT_FOUND},
		{"a word in an array", "[1]", "[{\"op\":\"add\",\"path\":\"/x\",\"value\":2}]", NULL, STATUS_NOT_FOUND},
		{"into a number", "{\"a\":1}", "[{\"op\":\"add\",\"path\":\"/a/b\",\"value\":2}]", NULL,
	         STATUS_NOT_FOUND},
		{"add replaces a member", "{\"a\":1,\"b\":2}", "[{\"op\":\"add\",\"path\":\"/a\",\"value\":3}]",
	         "{\"a\":3,\"b\":2}", STATUS_OK},
		{"into itself", "{\"a\":{}}", "[{\"op\":\"move\",\"from\":\"/a\",\"path\":\"/a/b\"}]", NULL,
	         STATUS_INVALID},
		{"where it is", "{\"a\":1}", "[{\"op\":\"move\",\"from\":\"/a\",\"path\":\"/a\"}]", "{\"a\":1}",
	         STATUS_OK},
		{"a copy within itself", "{\"a\":{}}", "[{\"op\":\"copy\",\"from\":\"/a\",\"path\":\"/a/b\"}]",
	         "{\"a\":{\"b\":{}}}", STATUS_OK},
		{"null is a value", "{\"a\":1}", "[{\"op\":\"add\",\"path\":\"/b\",\"value\":null}]",
	         "{\"a\":1,\"b\":null}", STATUS_OK},
		{"no value", "{}", "[{\"op\":\"add\",\"path\":\"/b\"}]", NULL, STATUS_MALFORMED},
		{"no from", "{}", "[{\"op\":\"copy\",\"path\":\"/b\"}]", NULL, STATUS_MALFORMED},
		{"no such op", "{}", "[{\"op\":\"spam\",\"path\":\"/b\"}]", NULL, STATUS_MALFORMED},
		{"no array", "{}", "{\"op\":\"add\",\"path\":\"/b\",\"value\":1}", NULL, STATUS_MALFORMED},
		{"in their order", "{\"a\":1}",
	         "[{\"op\":\"test\",\"path\":\"/a\",\"value\":1},{\"op\":\"replace\",\"path\":\"/a\",\"value\":2},"
	         "{\"op\":\"test\",\"path\":\"/a\",\"value\":2}]",
	         "{\"a\":2}", STATUS_OK},
	};

	for (size_t i = 0; i < array_count(examples); i++)
		is_as(&examples[i]);
}

/* Each copy doubles the document: twenty would be a million times as much. */
static void copies_of_copies_end_at_the_limit(void **state)
{
	struct arena            arena = {0};
	struct buffer           patch = {0};
	const struct json_node *out = NULL;

	buffer_append_text(&patch, TEXT("["));
	for (int i = 0; i < JSON_PATCH_OPERATIONS_MAX; i++)
		buffer_format(&patch, "%s{\"op\":\"%s\",\"from\":\"%s\",\"path\":\"%s\"}", i ? "," : "",
		              i % 2 ? "move" : "copy", i % 2 ? "/b" : "/a", i % 2 ? "/a/-" : "/b");
	buffer_append(&patch, BYTES("]", 2));
	assert_int_equal(patched("{\"a\":[\"0123456789\"]}", (const char *)patch.data, &arena, &out), STATUS_TOO_LARGE);
	assert_null(out);
	assert_true(arena.used < 64u << 20);
	buffer_finish(&patch);
	arena_finish(&arena);
}

static void a_patch_of_65_operations_is_too_large(void **state)
{
	struct arena            arena = {0};
	struct buffer           patch = {0};
	const struct json_node *out = NULL;

	buffer_append_text(&patch, TEXT("["));
	for (int i = 0; i <= JSON_PATCH_OPERATIONS_MAX; i++)
		buffer_format(&patch, "%s{\"op\":\"add\",\"path\":\"/a\",\"value\":1}", i ? "," : "");
	buffer_append(&patch, BYTES("]", 2));
	assert_int_equal(patched("{}", (const char *)patch.data, &arena, &out), STATUS_TOO_LARGE);
	buffer_finish(&patch);
	arena_finish(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_examples_of_the_rfc_come_out_as_it_says),
		cmocka_unit_test(odd_places_are_refused_or_served_as_the_rfc_wants),
		cmocka_unit_test(copies_of_copies_end_at_the_limit),
		cmocka_unit_test(a_patch_of_65_operations_is_too_large),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
