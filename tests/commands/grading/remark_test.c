/* What keys say to answers. */
#include "commands/grading/remark.h"

#include "eventstore/base/buffer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct arena arena;

#define LIST(list, ...)                                                                                                \
	(struct list_of_##list)                                                                                        \
	{                                                                                                              \
		.items = (const struct list[]){__VA_ARGS__},                                                           \
		.count = sizeof((const struct list[]){__VA_ARGS__}) / sizeof(struct list)                              \
	}

/* All of them, as where:text. */
static void are(enum question_type type, const struct key_set *key, const struct answer_saved *answer,
                const char *wanted)
{
	const struct question_written question = {.type = type};
	struct remark                 found[REMARKS_MAX];
	uint32_t                      count = remarks_find(&question, key, answer, &arena, found);
	struct buffer                 out = {0};

	for (uint32_t i = 0; i < count; i++) {
		if (found[i].choice.data)
			buffer_format(&out, "%.*s:", TEXT_ARG(found[i].choice));
		if (found[i].blank > 0)
			buffer_format(&out, "%u:", found[i].blank);
		buffer_format(&out, "%.*s ", TEXT_ARG(found[i].text));
	}
	buffer_append(&out, BYTES("", 1));
	assert_string_equal((const char *)out.data, wanted);
	buffer_finish(&out);
	arena_reset(&arena);
}

#define CHOSEN(...) (&(struct answer_saved){.answered = true, .chosen = LIST(choice_reference, __VA_ARGS__)})
#define WRITTEN(words) (&(struct answer_saved){.answered = true, .text = TEXT(words)})

static void each_choice_that_was_made_is_spoken_of(void **state)
{
	const struct key_set key = {.choices = LIST(key_choice, {TEXT("a"), 0, TEXT("No")},
	                                            {TEXT("b"), 1000, TEXT("Yes")}, {.key = TEXT("c")})};

	are(QUESTION_TYPE_single, &key, CHOSEN({TEXT("a")}), "a:No ");
	are(QUESTION_TYPE_single, &key, CHOSEN({TEXT("c")}), "");
	are(QUESTION_TYPE_single, &key, CHOSEN({TEXT("z")}), "");
	are(QUESTION_TYPE_single, &key, CHOSEN({TEXT("a")}, {TEXT("b")}), "");
	are(QUESTION_TYPE_true_false, &key, CHOSEN({TEXT("b")}), "b:Yes ");
	are(QUESTION_TYPE_multiple, &key, CHOSEN({TEXT("b")}, {TEXT("c")}, {TEXT("a")}), "b:Yes a:No ");
	are(QUESTION_TYPE_ordering, &key, CHOSEN({TEXT("a")}), "");
}

static void the_pattern_that_gives_the_most_speaks(void **state)
{
	const struct key_set key = {
		.patterns = LIST(key_pattern, {.pattern = TEXT("*"), .feedback = TEXT("Anybody?")},
	                         {.pattern = TEXT("leibniz"), .feedback = TEXT("Rival")},
	                         {.pattern = TEXT("*hooke"), .credit = 250, .feedback = TEXT("Nearly")},
	                         {.pattern = TEXT("robert*"), .credit = 250, .feedback = TEXT("Which?")},
	                         {.pattern = TEXT("*newton"), .credit = 1000})};

	are(QUESTION_TYPE_text, &key, WRITTEN("Leibniz"), "Anybody? ");
	are(QUESTION_TYPE_text, &key, WRITTEN("Robert Hooke"), "Nearly ");
	are(QUESTION_TYPE_text, &key, WRITTEN("Isaac Newton"), "");
	are(QUESTION_TYPE_text, &key, &(struct answer_saved){.answered = true}, "");
	are(QUESTION_TYPE_text, &key, &(struct answer_saved){.answered = true, .text = TEXT_FORGOTTEN}, "");
	are(QUESTION_TYPE_essay, &key, WRITTEN("Leibniz"), "");
}

static void each_blank_is_spoken_of_by_its_line(void **state)
{
	const struct list_of_key_pattern weight =
		LIST(key_pattern, {.pattern = TEXT("weight"), .feedback = TEXT("No")});
	const struct key_set key = {.blanks = LIST(key_blank, {.patterns = weight},
	                                           {.numbers = LIST(key_number, {.value = TEXT("2")})},
	                                           {.patterns = weight})};

	are(QUESTION_TYPE_blanks, &key, WRITTEN("weight\n2\nweight"), "1:No 3:No ");
	are(QUESTION_TYPE_blanks, &key, WRITTEN("mass\n2\nweight\nweight"), "3:No ");
	are(QUESTION_TYPE_blanks, &key, WRITTEN("weight"), "1:No ");
}

static void a_pattern_that_cannot_be_read_says_nothing(void **state)
{
	const struct key_set key = {.patterns = LIST(key_pattern, {.pattern = TEXT("{a"), .feedback = TEXT("Never")},
	                                             {.pattern = TEXT("?a"), .feedback = TEXT("Two")})};

	are(QUESTION_TYPE_text, &key, WRITTEN("{a"), "Two ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_choice_that_was_made_is_spoken_of),
		cmocka_unit_test(the_pattern_that_gives_the_most_speaks),
		cmocka_unit_test(each_blank_is_spoken_of_by_its_line),
		cmocka_unit_test(a_pattern_that_cannot_be_read_says_nothing),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	arena_finish(&arena);
	return failed;
}
