/* Questions as learners see them: the same for the same seed, nothing of the key in them, and solutions for the numbers
 * that were drawn. */
#include "api/question_view.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { SEEDS = 40 };

static struct arena arena;

#define LIST(list, ...)                                                                                                \
	(struct list_of_##list)                                                                                        \
	{                                                                                                              \
		.items = (const struct list[]){__VA_ARGS__},                                                           \
		.count = sizeof((const struct list[]){__VA_ARGS__}) / sizeof(struct list)                              \
	}

static struct question_view drawn(const struct question_written *question, uint64_t seed)
{
	struct question_view view = {.question = question, .seed = seed, .arena = &arena};

	assert_int_equal(question_view_draw(&view), STATUS_OK);
	return view;
}

static const char *kept(struct buffer *out)
{
	const char *text;

	buffer_append(out, BYTES("", 1));
	text = arena_text(&arena, (struct text){.data = (const char *)out->data, .size = out->size}).data;
	buffer_finish(out);
	return text;
}

/* Until the arena is reset. */
static const char *shown(const struct question_view *view)
{
	struct buffer out = {0};

	question_view_append(view, &out);
	return kept(&out);
}

static const char *solved(const struct question_view *view, const struct key_set *key)
{
	struct buffer out = {0};

	question_view_append_solution(view, key, &out);
	return kept(&out);
}

static const char *plain(const char *json)
{
	struct buffer out = {0};
	struct text   rest = text_from(json);

	for (size_t i = 0; i < rest.size; i++)
		if (rest.data[i] != '\\')
			buffer_append(&out, BYTES(&rest.data[i], 1));
	return kept(&out);
}

static void texts_are_html_with_their_numbers(void **state)
{
	const struct question_written question = {
		.type = QUESTION_TYPE_numeric,
		.prompt = TEXT("A mass of **{m}** kg, twice {p}"),
		.parameters =
			LIST(question_parameter, {.name = TEXT("m"), .values = LIST(parameter_value, {TEXT("3")})}),
		.computed = LIST(computed_parameter, {.name = TEXT("p"), .formula = TEXT("2*m")}),
	};
	const struct question_view view = drawn(&question, 7);

	assert_string_equal(plain(shown(&view)), "{\"type\":\"numeric\",\"html\":\"<p>A mass of <strong>3</strong> kg, "
	                                         "twice 6.00</p>n\"}");
	arena_reset(&arena);
}

static void what_cannot_be_shown_any_more_is_shown_as_it_was_written(void **state)
{
	struct buffer           deep = {0};
	struct question_written question = {.type = QUESTION_TYPE_essay};
	struct question_view    view;
	enum { NESTED = 2000 };

	for (int i = 0; i < NESTED; i++)
		buffer_append_text(&deep, TEXT(">"));
	buffer_append_text(&deep, TEXT(" a < b"));
	question.prompt = (struct text){.data = (const char *)deep.data, .size = deep.size};
	view = drawn(&question, 1);
	assert_non_null(strstr(shown(&view), "a &lt; b"));
	buffer_finish(&deep);
	arena_reset(&arena);
}

static void a_seed_shows_the_same_always_and_another_something_else(void **state)
{
	const struct question_written question = {
		.type = QUESTION_TYPE_single,
		.prompt = TEXT("Which?"),
		.choices = LIST(question_choice, {TEXT("a"), TEXT("1")}, {TEXT("b"), TEXT("2")}, {TEXT("c"), TEXT("3")},
	                        {TEXT("d"), TEXT("4")}),
	};
	uint32_t differing = 0;

	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		struct question_view view = drawn(&question, seed), next = drawn(&question, seed + 1);

		view.shuffles = next.shuffles = true;
		assert_string_equal(shown(&view), shown(&view));
		differing += strcmp(shown(&view), shown(&next)) != 0;
	}
	assert_true(differing > SEEDS / 2);
	arena_reset(&arena);
}

static void choices_keep_their_order_unless_it_tells_the_solution(void **state)
{
	struct question_written question = {
		.type = QUESTION_TYPE_single,
		.prompt = TEXT("Which?"),
		.keeps_order = true,
		.choices =
			LIST(question_choice, {TEXT("a"), TEXT("1")}, {TEXT("b"), TEXT("2")}, {TEXT("c"), TEXT("3")}),
		.targets =
			LIST(question_choice, {TEXT("x"), TEXT("1")}, {TEXT("y"), TEXT("2")}, {TEXT("z"), TEXT("3")}),
	};
	uint32_t in_order = 0, targets_in_order = 0, ordering_in_order = 0;

	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		struct question_view view = drawn(&question, seed);
		const char          *json, *b, *y;

		view.shuffles = true;
		question.type = QUESTION_TYPE_single;
		json = shown(&view);
		b = strstr(json, "\"key\":\"b\"");
		y = strstr(json, "\"key\":\"y\"");
		in_order += strstr(json, "\"key\":\"a\"") < b && b < strstr(json, "\"key\":\"c\"");
		targets_in_order += strstr(json, "\"key\":\"x\"") < y && y < strstr(json, "\"key\":\"z\"");
		view.shuffles = false;
		question.type = QUESTION_TYPE_ordering;
		json = shown(&view);
		b = strstr(json, "\"key\":\"b\"");
		ordering_in_order += strstr(json, "\"key\":\"a\"") < b && b < strstr(json, "\"key\":\"c\"");
	}
	assert_int_equal(in_order, SEEDS);
	assert_in_range(targets_in_order, 1, SEEDS / 2);
	assert_in_range(ordering_in_order, 1, SEEDS / 2);
	arena_reset(&arena);
}

static void blanks_and_scenes_are_told(void **state)
{
	const struct question_written blanks = {.type = QUESTION_TYPE_blanks, .prompt = TEXT("[[1]] is [[2]]")};
	const struct question_written scene = {
		.type = QUESTION_TYPE_simulation, .prompt = TEXT("When?"), .scene = TEXT("pendulum")};
	struct question_view view = drawn(&blanks, 1);

	assert_non_null(strstr(shown(&view), ",\"blanks\":2}"));
	view = drawn(&scene, 1);
	assert_non_null(strstr(shown(&view), ",\"scene\":\"pendulum\"}"));
	arena_reset(&arena);
}

static void numbers_that_cannot_be_drawn_are_invalid(void **state)
{
	const struct question_written question = {
		.type = QUESTION_TYPE_numeric,
		.prompt = TEXT("{m}"),
		.parameters =
			LIST(question_parameter, {.name = TEXT("m"), .values = LIST(parameter_value, {TEXT("3")})}),
		.conditions = LIST(question_condition, {.formula = TEXT("m > 3")}),
	};
	struct question_view view = {.question = &question, .seed = 1, .arena = &arena};

	assert_int_equal(question_view_draw(&view), STATUS_INVALID);
	arena_reset(&arena);
}

#define IDS "\"question\":\"01890000-0000-7000-8000-000000000001\",\"course\":\"01890000-0000-7000-8000-000000000002\""
#define WRITTEN "{" IDS ",\"version\":2,\"type\":\"text\",\"prompt\":\"Who?\"}"
#define KEY "{" IDS ",\"version\":2,\"key\":5,\"patterns\":[{\"pattern\":\"newton\",\"credit\":1000}]}"

static void documents_of_the_read_model_are_read_or_refused(void **state)
{
	const struct question_written *question = NULL;
	const struct key_set          *key = NULL;

	assert_int_equal(question_from_json(TEXT(WRITTEN), &arena, &question), STATUS_OK);
	assert_int_equal(question->type, QUESTION_TYPE_text);
	assert_int_equal(question->version, 2);
	assert_int_equal(key_from_json(TEXT(KEY), &arena, &key), STATUS_OK);
	assert_int_equal(key->patterns.items[0].credit, 1000);
	question = NULL;
	assert_int_not_equal(question_from_json(TEXT("damaged"), &arena, &question), STATUS_OK);
	assert_int_not_equal(question_from_json(TEXT("{}"), &arena, &question), STATUS_OK);
	assert_int_not_equal(key_from_json(TEXT(WRITTEN), &arena, &key), STATUS_OK);
	assert_null(question);
	arena_reset(&arena);
}

/* ---------------------------------------------------------------- solutions */

static void a_solution_is_that_of_the_numbers_drawn(void **state)
{
	const struct question_written question = {
		.type = QUESTION_TYPE_numeric,
		.prompt = TEXT("{m}"),
		.parameters =
			LIST(question_parameter, {.name = TEXT("m"), .values = LIST(parameter_value, {TEXT("3")})}),
	};
	const struct question_view view = drawn(&question, 1);

	assert_string_equal(solved(&view, &(struct key_set){.key = 4,
	                                                    .numbers = LIST(key_number, {.value = TEXT("m/7"),
	                                                                                 .unit = TEXT("N")})}),
	                    "{\"key\":4,\"value\":\"0.4286 N\"}");
	assert_string_equal(solved(&view, &(struct key_set){.key = 5,
	                                                    .numbers = LIST(key_number, {.value = TEXT("m/7"),
	                                                                                 .digits_min = 2,
	                                                                                 .has_digits_min = true})}),
	                    "{\"key\":5,\"value\":\"0.43\"}");
	assert_string_equal(solved(&view, &(struct key_set){.numbers = LIST(key_number, {.value = TEXT("9.810")})}),
	                    "{\"key\":0,\"value\":\"9.810\"}");
	arena_reset(&arena);
}

static void a_solution_names_what_earns_something(void **state)
{
	const struct question_written question = {.type = QUESTION_TYPE_single, .prompt = TEXT("Which?")};
	const struct question_view    view = drawn(&question, 1);

	assert_string_equal(solved(&view, &(struct key_set){.choices = LIST(key_choice, {.key = TEXT("a")},
	                                                                    {.key = TEXT("b"), .credit = 500})}),
	                    "{\"key\":0,\"choices\":[{\"key\":\"b\",\"credit\":500}]}");
	assert_string_equal(
		solved(&view, &(struct key_set){.patterns = LIST(key_pattern, {.pattern = TEXT("no")},
	                                                         {.pattern = TEXT("yes"), .credit = 1000})}),
		"{\"key\":0,\"accepted\":[{\"pattern\":\"yes\",\"credit\":1000}]}");
	assert_string_equal(
		solved(&view,
	               &(struct key_set){
			       .order = LIST(choice_reference, {TEXT("b")}, {TEXT("a")}),
			       .pairs = LIST(choice_pair, {TEXT("a"), TEXT("x")}),
			       .blanks = LIST(key_blank, {.numbers = LIST(key_number, {.value = TEXT("2")})},
	                                      {.patterns = LIST(key_pattern, {.pattern = TEXT("p"), .credit = 1})}),
			       .formula = TEXT("m*v")}),
		"{\"key\":0,\"order\":[{\"key\":\"b\"},{\"key\":\"a\"}],\"pairs\":[{\"left\":\"a\",\"right\":\"x\"}],"
		"\"blanks\":[{\"value\":\"2\"},{\"accepted\":[{\"pattern\":\"p\",\"credit\":1}]}],\"formula\":\"m*"
		"v\"}");
	arena_reset(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_are_html_with_their_numbers),
		cmocka_unit_test(what_cannot_be_shown_any_more_is_shown_as_it_was_written),
		cmocka_unit_test(a_seed_shows_the_same_always_and_another_something_else),
		cmocka_unit_test(choices_keep_their_order_unless_it_tells_the_solution),
		cmocka_unit_test(blanks_and_scenes_are_told),
		cmocka_unit_test(numbers_that_cannot_be_drawn_are_invalid),
		cmocka_unit_test(documents_of_the_read_model_are_read_or_refused),
		cmocka_unit_test(a_solution_is_that_of_the_numbers_drawn),
		cmocka_unit_test(a_solution_names_what_earns_something),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	arena_finish(&arena);
	return failed;
}
