/* Which questions are drawn: the rules one by one, and for candidates by chance what must hold of every draw. */
#include "commands/learning/practice_draw.h"

#include "commands/learning/random.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { ROUNDS = 20000, NOW_S = 1700000000, US_PER_S = 1000000, DAY_S = 24 * 3600 };

static const struct practice_rules usual = {
	.seed = 7,
	.drawn_at = (int64_t)NOW_S * US_PER_S,
	.count = 4,
	.target_least_ppm = PRACTICE_TARGET_LEAST_PPM,
	.target_most_ppm = PRACTICE_TARGET_MOST_PPM,
	.rest_s = PRACTICE_REST_S,
	.slip_ppm = 100000,
	.facility_ppm = 500000,
};

static struct id numbered(uint32_t number)
{
	return (struct id){.bytes = {[0] = 1, [14] = (uint8_t)(number >> 8), [15] = (uint8_t)number}};
}

static struct practice_candidate candidate(uint32_t number, uint32_t known_ppm)
{
	return (struct practice_candidate){.question = numbered(number),
	                                   .version = 1,
	                                   .objective = numbered(1000),
	                                   .known_ppm = known_ppm,
	                                   .evidence = 1,
	                                   .guess_ppm = 250000,
	                                   .facility_ppm = 500000};
}

static struct practice_candidate due(uint32_t number, int64_t seconds_ago)
{
	struct practice_candidate made = candidate(number, 500000);

	made.has_due_at = true;
	made.due_at = (NOW_S - seconds_ago) * US_PER_S;
	made.has_recall_ppm = true;
	made.recall_ppm = 900000;
	return made;
}

struct drawn {
	struct practice_pick picks[PRACTICE_QUESTIONS_MAX];
	uint32_t             places[PRACTICE_QUESTIONS_MAX];
	uint32_t             count;
};

static struct drawn draw(const struct practice_rules *rules, const struct practice_candidate *candidates,
                         uint32_t count)
{
	struct drawn drawn = {0};

	drawn.count = practice_draw(rules, candidates, count, drawn.picks, drawn.places);
	return drawn;
}

static void chance_of_success_is_traced_and_shifted_by_the_question(void **state)
{
	struct practice_candidate asked = candidate(1, 250000);
	struct practice_rules     rules = usual;

	assert_int_equal(practice_expected_ppm(&asked, &rules), 412500); /* 0.25 · 0.9 + 0.75 · 0.25 */
	asked.known_ppm = PRACTICE_PPM;
	assert_int_equal(practice_expected_ppm(&asked, &rules), 900000);
	asked.facility_ppm = 750000; /* odds of 9, three times as easy: 27 of 28 */
	assert_int_equal(practice_expected_ppm(&asked, &rules), 964285);
	rules.facility_ppm = 750000; /* as easy as all of them */
	assert_int_equal(practice_expected_ppm(&asked, &rules), 900000);
	asked.facility_ppm = 0;
	assert_true(practice_expected_ppm(&asked, &rules) < 10000);
}

static void half_of_the_places_go_to_reviews_the_longest_due_first(void **state)
{
	const struct practice_candidate candidates[] = {due(1, 10), due(2, 30), due(3, 20), candidate(4, 800000),
	                                                candidate(5, 800000)};
	struct drawn                    drawn = draw(&usual, candidates, 5);

	assert_int_equal(drawn.count, 4);
	assert_int_equal(drawn.places[0], 1);
	assert_int_equal(drawn.places[1], 2);
	assert_int_equal(drawn.picks[1].why, PRACTICE_REASON_review);
	assert_int_equal(drawn.picks[1].expected_ppm, 900000);
	assert_true(drawn.places[2] >= 3 && drawn.places[3] >= 3);
}

static void reviews_take_what_nothing_else_needs(void **state)
{
	const struct practice_candidate candidates[] = {due(1, 10), due(2, 30), due(3, 20), candidate(4, 800000)};
	struct drawn                    drawn = draw(&usual, candidates, 4);

	assert_int_equal(drawn.count, 4);
	assert_int_equal(drawn.places[2], 0);
	assert_int_equal(drawn.places[3], 3);
}

static void nearest_to_the_target_is_asked_before_what_is_mastered_or_early(void **state)
{
	struct practice_candidate candidates[] = {candidate(1, 960000), candidate(2, 300000), candidate(3, 800000),
	                                          candidate(4, 600000), candidate(5, 800000)};
	struct drawn              drawn;

	candidates[4].has_due_at = true;
	candidates[4].due_at = usual.drawn_at + 1;
	drawn = draw(&usual, candidates, 5);
	assert_int_equal(drawn.count, 4);
	assert_int_equal(drawn.places[0], 2);
	assert_int_equal(drawn.picks[0].why, PRACTICE_REASON_adaptive);
	assert_int_equal(drawn.places[1], 3);
	assert_int_equal(drawn.picks[1].why, PRACTICE_REASON_weak);
	assert_int_equal(drawn.places[2], 1);
	assert_true(drawn.places[3] == 4 || drawn.places[3] == 0);
}

static void question_rests_after_a_right_answer(void **state)
{
	struct practice_candidate candidates[] = {candidate(1, 800000), due(2, 10)};

	for (int i = 0; i < 2; i++) {
		candidates[i].has_right_at = true;
		candidates[i].right_at = (int64_t)(NOW_S - DAY_S + 1) * US_PER_S;
	}
	assert_int_equal(draw(&usual, candidates, 2).count, 0);
	candidates[0].right_at -= US_PER_S;
	assert_int_equal(draw(&usual, candidates, 2).count, 1);
}

static void chance_decides_between_what_is_as_good(void **state)
{
	struct practice_candidate candidates[10];
	struct practice_rules     rules = usual;
	uint32_t                  first[10] = {0};

	for (uint32_t i = 0; i < 10; i++)
		candidates[i] = candidate(i, 800000);
	for (rules.seed = 0; rules.seed < 10000; rules.seed++)
		first[draw(&rules, candidates, 10).places[0]]++;
	for (uint32_t i = 0; i < 10; i++)
		assert_in_range(first[i], 850, 1150); /* five deviations */
}

/* ---- by chance */

static struct practice_candidate any_candidate(struct random *random, uint32_t number)
{
	struct practice_candidate made = candidate(number, (uint32_t)random_below(random, PRACTICE_PPM + 1));
	int64_t                   ago_us = (int64_t)random_below(random, 4 * DAY_S) * US_PER_S;

	made.evidence = (uint32_t)random_below(random, 3);
	made.guess_ppm = (uint32_t)random_below(random, 500001);
	made.facility_ppm = (uint32_t)random_below(random, PRACTICE_PPM + 1);
	made.has_due_at = random_below(random, 2);
	made.due_at = usual.drawn_at + 2 * (int64_t)DAY_S * US_PER_S - ago_us;
	made.has_recall_ppm = made.has_due_at;
	made.recall_ppm = (uint32_t)random_below(random, PRACTICE_PPM + 1);
	made.has_right_at = random_below(random, 2);
	made.right_at = usual.drawn_at - ago_us;
	return made;
}

static bool rests(const struct practice_candidate *made)
{
	return made->has_right_at && usual.drawn_at - made->right_at < (int64_t)PRACTICE_REST_S * US_PER_S;
}

static void assert_fits(const struct drawn *drawn, const struct practice_rules *rules,
                        const struct practice_candidate *candidates, uint32_t awake)
{
	bool review_over = false;

	assert_int_equal(drawn->count, rules->count < awake ? rules->count : awake);
	for (uint32_t i = 0; i < drawn->count; i++) {
		const struct practice_candidate *given = &candidates[drawn->places[i]];
		bool                             review = drawn->picks[i].why == PRACTICE_REASON_review;

		assert_true(id_equal(given->question, drawn->picks[i].question));
		assert_false(rests(given));
		assert_true(drawn->picks[i].expected_ppm <= PRACTICE_PPM);
		assert_int_equal(review, given->has_due_at && given->due_at <= rules->drawn_at);
		assert_false(review && review_over);
		review_over |= !review;
		for (uint32_t j = 0; j < i; j++)
			assert_int_not_equal(drawn->places[i], drawn->places[j]);
	}
}

static void every_draw_keeps_the_rules_and_can_be_drawn_again(void **state)
{
	struct random random;

	random_seed(&random, 20261129);
	for (uint32_t round = 0; round < ROUNDS; round++) {
		struct practice_candidate candidates[PRACTICE_CANDIDATES_MAX];
		uint32_t              count = (uint32_t)random_below(&random, PRACTICE_CANDIDATES_MAX + 1), awake = 0;
		struct practice_rules rules = usual;
		struct drawn          drawn, again;

		rules.seed = random_next(&random);
		rules.count = 1 + (uint32_t)random_below(&random, PRACTICE_QUESTIONS_MAX);
		rules.facility_ppm = (uint32_t)random_below(&random, PRACTICE_PPM + 1);
		for (uint32_t i = 0; i < count; i++) {
			candidates[i] = any_candidate(&random, i);
			awake += !rests(&candidates[i]);
		}
		drawn = draw(&rules, candidates, count);
		assert_fits(&drawn, &rules, candidates, awake);
		again = draw(&rules, candidates, count);
		assert_memory_equal(drawn.places, again.places, sizeof(drawn.places));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(chance_of_success_is_traced_and_shifted_by_the_question),
		cmocka_unit_test(half_of_the_places_go_to_reviews_the_longest_due_first),
		cmocka_unit_test(reviews_take_what_nothing_else_needs),
		cmocka_unit_test(nearest_to_the_target_is_asked_before_what_is_mastered_or_early),
		cmocka_unit_test(question_rests_after_a_right_answer),
		cmocka_unit_test(chance_decides_between_what_is_as_good),
		cmocka_unit_test(every_draw_keeps_the_rules_and_can_be_drawn_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
