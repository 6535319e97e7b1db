#include "commands/learning/grading.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void is(struct grade grade, enum grade_verdict verdict, uint32_t fraction_ppm)
{
	if (grade.verdict != verdict || grade.fraction_ppm != fraction_ppm)
		fail_msg("%s with %u", grade_verdict_name(grade.verdict), grade.fraction_ppm);
}

static void points_are_rounded_half_up(void **state)
{
	assert_int_equal(grade_points_milli(3000, 333333), 1000);
	assert_int_equal(grade_points_milli(1, 500000), 1);
	assert_int_equal(grade_points_milli(1, 499999), 0);
	assert_true(grade_points_milli(UINT32_MAX, GRADE_FULL) == UINT32_MAX);
	assert_int_equal(grade_less(GRADE_FULL, 250000), 750000);
	assert_int_equal(grade_less(100000, 250000), 0);
}

static void every_verdict_has_a_name_and_a_sentence(void **state)
{
	assert_string_equal(grade_verdict_name(GRADE_POWER_OF_TEN), "power_of_ten");
	for (int verdict = 0; verdict < GRADE_VERDICT_COUNT; verdict++)
		assert_int_equal(grade_verdict_sentence(verdict)[strlen(grade_verdict_sentence(verdict)) - 1], '.');
}

static void a_single_choice_has_its_options_credit(void **state)
{
	static const uint32_t credits[] = {0, GRADE_FULL, 500000};

	is(grade_single(credits, 3, 1), GRADE_RIGHT, GRADE_FULL);
	is(grade_single(credits, 3, 2), GRADE_PARTLY, 500000);
	is(grade_single(credits, 3, 0), GRADE_WRONG, 0);
	is(grade_single(credits, 3, 3), GRADE_UNANSWERED, 0);
	is(grade_single(credits, 3, GRADE_NONE), GRADE_UNANSWERED, 0);
}

static void all_or_nothing_wants_exactly_the_right_ones(void **state)
{
	const struct grade_multiple_key key = {.right = 0x5, .count = 4};

	is(grade_multiple(&key, 0x5, true), GRADE_RIGHT, GRADE_FULL);
	is(grade_multiple(&key, 0x105, true), GRADE_RIGHT, GRADE_FULL);
	is(grade_multiple(&key, 0x1, true), GRADE_WRONG, 0);
	is(grade_multiple(&key, 0x7, true), GRADE_WRONG, 0);
	is(grade_multiple(&key, 0, false), GRADE_UNANSWERED, 0);
	is(grade_multiple(&key, 0, true), GRADE_WRONG, 0);
}

static void per_option_a_wrong_choice_costs_and_never_below_nothing(void **state)
{
	const struct grade_multiple_key key = {
		.right = 0x7, .count = 6, .rule = GRADE_PER_OPTION, .penalty_ppm = GRADE_FULL};
	const struct grade_multiple_key mild = {
		.right = 0x3, .count = 4, .rule = GRADE_PER_OPTION, .penalty_ppm = 500000};
	const struct grade_multiple_key none = {.right = 0, .count = 4, .rule = GRADE_PER_OPTION};

	is(grade_multiple(&key, 0x7, true), GRADE_RIGHT, GRADE_FULL);
	is(grade_multiple(&key, 0x3, true), GRADE_PARTLY, 666667);
	is(grade_multiple(&key, 0xb, true), GRADE_PARTLY, 333333);
	is(grade_multiple(&key, 0x3f, true), GRADE_WRONG, 0);
	is(grade_multiple(&key, 0x38, true), GRADE_WRONG, 0);
	is(grade_multiple(&mild, 0x7, true), GRADE_PARTLY, 750000);
	is(grade_multiple(&none, 0, true), GRADE_RIGHT, GRADE_FULL);
	is(grade_multiple(&none, 1, true), GRADE_WRONG, 0);
}

static void sixty_four_options_are_counted(void **state)
{
	const struct grade_multiple_key key = {.right = UINT64_MAX, .count = 64, .rule = GRADE_PER_OPTION};

	is(grade_multiple(&key, UINT64_MAX, true), GRADE_RIGHT, GRADE_FULL);
	is(grade_multiple(&key, UINT64_C(1) << 63, true), GRADE_PARTLY, 15625);
}

static void true_or_false_is_either(void **state)
{
	is(grade_true_false(true, 1), GRADE_RIGHT, GRADE_FULL);
	is(grade_true_false(false, 1), GRADE_WRONG, 0);
	is(grade_true_false(false, 0), GRADE_RIGHT, GRADE_FULL);
	is(grade_true_false(false, GRADE_NONE), GRADE_UNANSWERED, 0);
}

static void each_pair_has_its_share(void **state)
{
	static const uint32_t keys[] = {2, 0, 1};

	is(grade_matching(keys, (const uint32_t[]){2, 0, 1}, 3), GRADE_RIGHT, GRADE_FULL);
	is(grade_matching(keys, (const uint32_t[]){2, 1, 0}, 3), GRADE_PARTLY, 333333);
	is(grade_matching(keys, (const uint32_t[]){2, 0, GRADE_NONE}, 3), GRADE_PARTLY, 666667);
	is(grade_matching(keys, (const uint32_t[]){GRADE_NONE, GRADE_NONE, GRADE_NONE}, 3), GRADE_UNANSWERED, 0);
	is(grade_matching((const uint32_t[]){GRADE_NONE}, (const uint32_t[]){1}, 1), GRADE_WRONG, 0);
}

static void an_order_is_right_or_has_a_longest_run(void **state)
{
	static const uint32_t right[] = {0, 1, 2, 3, 4}, one_moved[] = {4, 0, 1, 2, 3}, reversed[] = {4, 3, 2, 1, 0},
			      swapped[] = {1, 0, 3, 2, 4}, doubled[] = {0, 0, 0, 0, 0},
			      missing[] = {0, GRADE_NONE, 2, 7, 4};

	is(grade_ordering(GRADE_EXACT_ORDER, right, 5), GRADE_RIGHT, GRADE_FULL);
	is(grade_ordering(GRADE_EXACT_ORDER, one_moved, 5), GRADE_WRONG, 0);
	is(grade_ordering(GRADE_LONGEST_RUN, right, 5), GRADE_RIGHT, GRADE_FULL);
	is(grade_ordering(GRADE_LONGEST_RUN, one_moved, 5), GRADE_PARTLY, 750000);
	is(grade_ordering(GRADE_LONGEST_RUN, swapped, 5), GRADE_PARTLY, 500000);
	is(grade_ordering(GRADE_LONGEST_RUN, reversed, 5), GRADE_WRONG, 0);
	is(grade_ordering(GRADE_LONGEST_RUN, doubled, 5), GRADE_WRONG, 0);
	is(grade_ordering(GRADE_LONGEST_RUN, missing, 5), GRADE_PARTLY, 500000);
	is(grade_ordering(GRADE_LONGEST_RUN, (const uint32_t[]){0}, 1), GRADE_RIGHT, GRADE_FULL);
	is(grade_ordering(GRADE_LONGEST_RUN, (const uint32_t[]){GRADE_NONE, GRADE_NONE}, 2), GRADE_UNANSWERED, 0);
}

/* ---------------------------------------------------------------- texts */

static const struct pattern *pattern(struct arena *arena, const char *written)
{
	const struct pattern *pattern;
	struct mistake        mistake;

	assert_int_equal(pattern_parse(text_from(written), (struct folding){0}, arena, &pattern, &mistake), STATUS_OK);
	return pattern;
}

static void the_best_matching_text_counts(void **state)
{
	struct arena                   arena = {0};
	const struct grade_text_option options[] = {
		{pattern(&arena, "*energy*"), 300000},
		{pattern(&arena, "kinetic energy"), GRADE_FULL},
		{pattern(&arena, "*heat*"), 0},
	};
	const struct grade_text_key key = {.options = options, .count = 3};

	is(grade_text(&key, TEXT("Kinetic Energy"), &arena), GRADE_RIGHT, GRADE_FULL);
	is(grade_text(&key, TEXT("some energy"), &arena), GRADE_PARTLY, 300000);
	is(grade_text(&key, TEXT("heat"), &arena), GRADE_WRONG, 0);
	is(grade_text(&key, TEXT(" \xc2\xa0"), &arena), GRADE_UNANSWERED, 0);
	is(grade_text(&key, TEXT_NONE, &arena), GRADE_UNANSWERED, 0);
	arena_finish(&arena);
}

static struct grade_numeric_key numeric_key(struct arena *arena, const char *written)
{
	struct grade_numeric_key key = {
		.rules.relative = 0.01,
		.slips = {.wrong_unit_ppm = 500000,
	                  .missing_unit_ppm = 400000,
	                  .power_of_ten_ppm = 300000,
	                  .sign_ppm = 200000,
	                  .digits_ppm = 900000},
	};
	struct mistake mistake;

	assert_int_equal(quantity_parse(text_from(written), arena, &key.quantity, &mistake), STATUS_OK);
	return key;
}

static void a_slip_keeps_what_its_key_leaves(void **state)
{
	struct arena             arena = {0};
	struct grade_numeric_key key = numeric_key(&arena, "9.81 m/s^2");

	is(grade_numeric(&key, TEXT("9,8 m/s²"), &arena), GRADE_RIGHT, GRADE_FULL);
	is(grade_numeric(&key, TEXT("9.81"), &arena), GRADE_MISSING_UNIT, 400000);
	is(grade_numeric(&key, TEXT("9.81 m/s"), &arena), GRADE_WRONG_UNIT, 500000);
	is(grade_numeric(&key, TEXT("5 m/s"), &arena), GRADE_WRONG_UNIT, 0);
	is(grade_numeric(&key, TEXT("981 m/s^2"), &arena), GRADE_POWER_OF_TEN, 300000);
	is(grade_numeric(&key, TEXT("-9.81 m/s^2"), &arena), GRADE_SIGN, 200000);
	is(grade_numeric(&key, TEXT("5 m/s^2"), &arena), GRADE_WRONG, 0);
	is(grade_numeric(&key, TEXT("  "), &arena), GRADE_UNANSWERED, 0);
	is(grade_numeric(&key, TEXT("nine"), &arena), GRADE_UNREADABLE, 0);
	assert_int_equal(grade_numeric(&key, TEXT("9 miles"), &arena).mistake.position, 3);
	arena_finish(&arena);
}

static void significant_digits_may_be_asked_for(void **state)
{
	struct arena             arena = {0};
	struct grade_numeric_key key = numeric_key(&arena, "9.81 m/s^2");

	key.digits_min = 2;
	key.digits_max = 3;
	is(grade_numeric(&key, TEXT("9.8 m/s^2"), &arena), GRADE_RIGHT, GRADE_FULL);
	is(grade_numeric(&key, TEXT("9.8066 m/s^2"), &arena), GRADE_DIGITS, 900000);
	key.rules.relative = 0.1;
	is(grade_numeric(&key, TEXT("9 m/s^2"), &arena), GRADE_DIGITS, 900000);
	arena_finish(&arena);
}

static void a_computed_key_has_a_unit(void **state)
{
	struct arena             arena = {0};
	struct grade_numeric_key key = {.rules.relative = 0.01};
	struct mistake           mistake;

	assert_int_equal(quantity_of(36, TEXT("km/h"), &arena, &key.quantity, &mistake), STATUS_OK);
	is(grade_numeric(&key, TEXT("10 m/s"), &arena), GRADE_RIGHT, GRADE_FULL);
	assert_int_equal(quantity_of(36, TEXT("km/q"), &arena, &key.quantity, &mistake), STATUS_INVALID);
	assert_int_equal(mistake.position, 4);
	arena_finish(&arena);
}

static void a_formula_is_equal_or_not_or_for_a_person(void **state)
{
	struct arena               arena = {0};
	const struct text          names[] = {TEXT("m"), TEXT("v")};
	const struct formula_range ranges[2] = {0};
	struct grade_formula_key   key = {.names = names, .ranges = ranges, .count = 2, .seed = 7};
	struct mistake             mistake;

	assert_int_equal(formula_parse(TEXT("m*v^2/2"), names, 2, &arena, &key.formula, &mistake), STATUS_OK);
	is(grade_formula(&key, TEXT("1/2*m*v²"), &arena), GRADE_RIGHT, GRADE_FULL);
	is(grade_formula(&key, TEXT("m v"), &arena), GRADE_WRONG, 0);
	is(grade_formula(&key, TEXT(""), &arena), GRADE_UNANSWERED, 0);
	is(grade_formula(&key, TEXT("m v^"), &arena), GRADE_UNREADABLE, 0);
	assert_int_equal(grade_formula(&key, TEXT("m v^"), &arena).mistake.position, 5);
	is(grade_formula(&key, TEXT("m*v^2/2 + 1e30 - 1e30"), &arena), GRADE_UNDECIDED, 0);
	is(grade_formula(&key, TEXT("1/0"), &arena), GRADE_UNDECIDED, 0);
	assert_true(grade_formula(&key, TEXT("1/0"), &arena).undecided);
	arena_finish(&arena);
}

static void each_blank_has_the_same_share(void **state)
{
	struct arena                   arena = {0};
	const struct grade_text_option option = {pattern(&arena, "newton"), GRADE_FULL};
	const struct grade_text_key    text = {.options = &option, .count = 1};
	const struct grade_numeric_key numeric = numeric_key(&arena, "5 kg");
	const struct grade_blank       blanks[] = {{.text = &text}, {.numeric = &numeric}};
	struct grade                   each[2];

	is(grade_blanks(blanks, (const struct text[]){TEXT("Newton"), TEXT("5 kg")}, 2, &arena, each), GRADE_RIGHT,
	   GRADE_FULL);
	is(grade_blanks(blanks, (const struct text[]){TEXT("Newton"), TEXT("5")}, 2, &arena, each), GRADE_PARTLY,
	   700000);
	is(each[1], GRADE_MISSING_UNIT, 400000);
	is(grade_blanks(blanks, (const struct text[]){TEXT("Hooke"), TEXT_NONE}, 2, &arena, NULL), GRADE_WRONG, 0);
	is(grade_blanks(blanks, (const struct text[]){TEXT(""), TEXT(" ")}, 2, &arena, each), GRADE_UNANSWERED, 0);
	arena_finish(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(points_are_rounded_half_up),
		cmocka_unit_test(every_verdict_has_a_name_and_a_sentence),
		cmocka_unit_test(a_single_choice_has_its_options_credit),
		cmocka_unit_test(all_or_nothing_wants_exactly_the_right_ones),
		cmocka_unit_test(per_option_a_wrong_choice_costs_and_never_below_nothing),
		cmocka_unit_test(sixty_four_options_are_counted),
		cmocka_unit_test(true_or_false_is_either),
		cmocka_unit_test(each_pair_has_its_share),
		cmocka_unit_test(an_order_is_right_or_has_a_longest_run),
		cmocka_unit_test(the_best_matching_text_counts),
		cmocka_unit_test(a_slip_keeps_what_its_key_leaves),
		cmocka_unit_test(significant_digits_may_be_asked_for),
		cmocka_unit_test(a_computed_key_has_a_unit),
		cmocka_unit_test(a_formula_is_equal_or_not_or_for_a_person),
		cmocka_unit_test(each_blank_has_the_same_share),
	};

	return cmocka_run_group_tests_name("grading", tests, NULL, NULL);
}
