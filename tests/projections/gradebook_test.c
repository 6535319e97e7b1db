/* The gradebook against a computation of its own: random attempts, policies, overrides, excuses and weights, and the
 * rules at the head of projections/gradebook.sql written down once more. */
#include "schema/commands.h"
#include "tests/projections/stage.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

enum { LEARNERS = 3, ITEMS = 6, ATTEMPTS_MAX = 4, CATEGORIES = 3, EVENTS = 150, NOTHING = -1, FULL = 1000000 };

struct entry {
	uint32_t attempts;
	int64_t  shares[ATTEMPTS_MAX]; /* NOTHING: not graded */
	int64_t  override;
	bool     excused;
};

static struct entry entries[LEARNERS][ITEMS];
static uint32_t     keeps[ITEMS];     /* enum attempt_keeping; 0: nobody said */
static bool         kept_back[ITEMS]; /* until released */
static bool         released[ITEMS];
static bool         weighed;
static uint32_t     weights[CATEGORIES], drops[CATEGORIES];
static int          category_of[ITEMS]; /* NOTHING: in none */
static uint64_t     seed;

static uint32_t chance(uint32_t below)
{
	seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(seed >> 33) % below;
}

static struct id course(void)
{
	return stage_id(900);
}

static struct id learner_of(uint32_t learner)
{
	return stage_id(100 + learner);
}

static struct id item_of(uint32_t item)
{
	return stage_id(200 + item);
}

static struct id attempt_of(uint32_t learner, uint32_t item, uint32_t number)
{
	return stage_id(10000 + learner * 1000 + item * 10 + number);
}

static int64_t divided(int64_t part, int64_t whole)
{
	return (2 * part + whole) / (2 * whole);
}

/* ---------------------------------------------------------------- the rules, once more */

static int64_t kept_of(const struct entry *entry, uint32_t policy)
{
	int64_t best = NOTHING, first = NOTHING, latest = NOTHING, sum = 0, count = 0;

	for (uint32_t i = 0; i < entry->attempts; i++) {
		if (entry->shares[i] == NOTHING)
			continue;
		best = entry->shares[i] > best ? entry->shares[i] : best;
		first = first == NOTHING ? entry->shares[i] : first;
		latest = entry->shares[i];
		sum += entry->shares[i];
		count++;
	}
	switch (policy) {
	case ATTEMPT_KEEPING_first:
		return first;
	case ATTEMPT_KEEPING_latest:
		return latest;
	case ATTEMPT_KEEPING_average:
		return count == 0 ? NOTHING : divided(sum, count);
	default:
		return best;
	}
}

static int64_t share_of(uint32_t learner, uint32_t item)
{
	const struct entry *entry = &entries[learner][item];

	if (entry->excused)
		return NOTHING;
	return entry->override != NOTHING ? entry->override : kept_of(entry, keeps[item]);
}

static int by_size(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* Equal shares are worth the same whichever is dropped. */
static int64_t category_share(uint32_t learner, int category, bool for_learner)
{
	int64_t  shares[ITEMS], sum = 0;
	uint32_t count = 0, dropped = weighed ? drops[category] : 0;

	for (uint32_t i = 0; i < ITEMS; i++) {
		bool belongs = !weighed || category_of[i] == category;
		bool hidden = for_learner && kept_back[i] && !released[i];

		if (belongs && !hidden && share_of(learner, i) != NOTHING)
			shares[count++] = share_of(learner, i);
	}
	if (count == 0)
		return NOTHING;
	qsort(shares, count, sizeof(shares[0]), by_size);
	dropped = dropped < count ? dropped : count - 1;
	for (uint32_t i = dropped; i < count; i++)
		sum += shares[i];
	return divided(sum, count - dropped);
}

static int64_t total_of(uint32_t learner, bool for_learner)
{
	int64_t sum = 0, weight = 0;

	if (!weighed)
		return category_share(learner, 0, for_learner);
	for (int c = 0; c < CATEGORIES; c++) {
		int64_t share = category_share(learner, c, for_learner);

		if (share != NOTHING) {
			sum += share * weights[c];
			weight += weights[c];
		}
	}
	return weight == 0 ? NOTHING : divided(sum, weight);
}

/* ---------------------------------------------------------------- what happens */

static void begin(struct stage *stage)
{
	static char                 title[] = "Motion";
	const struct paper_question pool[] = {{stage_id(700), 1}};
	const struct paper_slot     slots[] = {{.points_milli = 1000, .draw = 1, .pool = {.items = pool, .count = 1}}};

	for (uint32_t i = 0; i < ITEMS; i++)
		HAPPEN(stage, assessment_written, .assessment = item_of(i), .course = course(),
		       .content = stage_id(300 + i), .revision = 1, .title = text_from(title),
		       .purpose = ASSESSMENT_PURPOSE_quiz, .slots = {.items = slots, .count = 1});
	for (uint32_t l = 0; l < LEARNERS; l++) {
		stage_register(stage, learner_of(l), "Uma");
		HAPPEN(stage, learner_enrolled, .enrolment = stage_id(400 + l), .course = course(),
		       .history = stage_id(500 + l), .learner = learner_of(l), .edition = stage_id(600),
		       .source = ENROLMENT_SOURCE_self);
		for (uint32_t i = 0; i < ITEMS; i++)
			entries[l][i] = (struct entry){.override = NOTHING};
	}
}

static void attempt_starts(struct stage *stage, uint32_t learner, uint32_t item)
{
	struct entry *entry = &entries[learner][item];

	if (entry->attempts == ATTEMPTS_MAX)
		return;
	entry->shares[entry->attempts++] = NOTHING;
	HAPPEN(stage, attempt_started, .attempt = attempt_of(learner, item, entry->attempts),
	       .sitting = stage_id(700 + learner * 10 + item), .assessment = item_of(item),
	       .history = stage_id(500 + learner), .enrolment = stage_id(400 + learner), .course = course(),
	       .learner = learner_of(learner), .content = stage_id(300 + item), .number = entry->attempts, .seed = 1);
}

static void attempt_is_graded(struct stage *stage, uint32_t learner, uint32_t item)
{
	struct entry *entry = &entries[learner][item];
	uint32_t      of = 1 + chance(9000), points = chance(of + 1), which;

	if (entry->attempts == 0)
		return;
	which = chance(entry->attempts);
	entry->shares[which] = divided((int64_t)points * FULL, of);
	HAPPEN(stage, attempt_graded, .attempt = attempt_of(learner, item, which + 1),
	       .sitting = stage_id(700 + learner * 10 + item), .enrolment = stage_id(400 + learner),
	       .history = stage_id(500 + learner), .course = course(), .assessment = item_of(item),
	       .learner = learner_of(learner), .points_milli = points, .of_milli = of, .cause = GRADE_CAUSE_automatic);
}

static void staff_decides(struct stage *stage, uint32_t learner, uint32_t item)
{
	struct entry *entry = &entries[learner][item];
	uint32_t      of = 1 + chance(50), points = chance(of + 1);
	bool          takes_back = chance(3) == 0;

	if (chance(2)) {
		entry->excused = chance(2);
		HAPPEN(stage, grade_excused, .sitting = stage_id(700 + learner * 10 + item),
		       .enrolment = stage_id(400 + learner), .history = stage_id(500 + learner), .course = course(),
		       .item = item_of(item), .learner = learner_of(learner), .excused = entry->excused,
		       .reason = TEXT("Ill."));
		return;
	}
	entry->override = takes_back ? NOTHING : divided((int64_t)points * FULL, of);
	HAPPEN(stage, grade_overridden, .sitting = stage_id(700 + learner * 10 + item),
	       .enrolment = stage_id(400 + learner), .history = stage_id(500 + learner), .course = course(),
	       .item = item_of(item), .learner = learner_of(learner), .has_points_milli = !takes_back,
	       .points_milli = points, .has_of_milli = !takes_back, .of_milli = of);
}

static void policy_changes(struct stage *stage, uint32_t item)
{
	keeps[item] = 1 + chance(4);
	kept_back[item] = chance(2);
	HAPPEN(stage, assessment_policy_changed, .assessment = item_of(item), .course = course(), .graders = 1,
	       .keeps = keeps[item], .feedback = FEEDBACK_TIME_submitted,
	       .release = kept_back[item] ? GRADE_RELEASE_manual : GRADE_RELEASE_automatic);
	if (chance(3) > 0)
		return;
	released[item] = true;
	HAPPEN(stage, grades_released, .assessment = item_of(item), .course = course());
}

static void weights_change(struct stage *stage)
{
	static const struct text keys[CATEGORIES] = {{"a", 1}, {"b", 1}, {"c", 1}};
	struct grade_category    categories[CATEGORIES];
	struct grade_placement   places[ITEMS];
	uint32_t                 placed = 0;

	weighed = chance(4) > 0;
	for (uint32_t c = 0; c < CATEGORIES; c++) {
		weights[c] = c == 0 ? 1 + chance(500) : chance(500);
		drops[c] = chance(3);
		categories[c] = (struct grade_category){
			.key = keys[c], .name = keys[c], .weight = weights[c], .drop_lowest = drops[c]};
	}
	for (uint32_t i = 0; i < ITEMS; i++) {
		category_of[i] = (int)chance(CATEGORIES + 1) - 1;
		if (weighed && category_of[i] != NOTHING)
			places[placed++] =
				(struct grade_placement){.item = item_of(i), .category = keys[category_of[i]]};
	}
	HAPPEN(stage, gradebook_changed, .course = course(),
	       .categories = {.items = categories, .count = weighed ? CATEGORIES : 0},
	       .items = {.items = places, .count = placed});
}

static void something_happens(struct stage *stage)
{
	uint32_t learner = chance(LEARNERS), item = chance(ITEMS), what = chance(12);

	if (what < 4)
		attempt_starts(stage, learner, item);
	else if (what < 8)
		attempt_is_graded(stage, learner, item);
	else if (what < 10)
		staff_decides(stage, learner, item);
	else if (what == 10)
		policy_changes(stage, item);
	else
		weights_change(stage);
}

/* ---------------------------------------------------------------- comparing */

static int64_t number_of(const char *document, const char *member)
{
	const char *found = strstr(document, member);

	return found ? strtoll(found + strlen(member), NULL, 10) : NOTHING;
}

static void compare(struct stage *stage)
{
	const struct gradebook asked = {.course = course(), .has_limit = true, .limit = LEARNERS};

	for (uint32_t l = 0; l < LEARNERS; l++) {
		const struct my_grades mine = {.course = course(), .learner = learner_of(l)};
		const char            *row = stage_ask(stage, "gradebook", &asked, l, 0);
		const char            *shown = stage_ask(stage, "my_grades", &mine, 0, 0);

		assert_non_null(row);
		assert_non_null(shown);
		if (number_of(row, "\"total\":") != total_of(l, false)
		    || number_of(shown, "\"total\":") != total_of(l, true))
			fail_msg("learner %u: %" PRId64 " and %" PRId64 ", not %s and %s", l, total_of(l, false),
			         total_of(l, true), row, shown);
	}
}

static void totals_are_those_of_another_computation(void **state)
{
	struct stage *stage = *state;

	seed = (uint64_t)time(NULL);
	print_message("seed %" PRIu64 "\n", seed);
	begin(stage);
	for (int round = 0; round < 10; round++) {
		for (int i = 0; i < EVENTS / 10; i++)
			something_happens(stage);
		stage_fold(stage);
		compare(stage);
	}
}

static void an_erased_person_has_no_row_and_others_keep_theirs(void **state)
{
	struct stage          *stage = *state;
	const struct gradebook asked = {.course = course(), .has_limit = true, .limit = LEARNERS};

	begin(stage);
	attempt_starts(stage, 0, 0);
	staff_decides(stage, 0, 0);
	HAPPEN(stage, user_erased, .user = learner_of(0));
	stage_forget(stage, learner_of(0));
	stage_fold(stage);
	assert_non_null(stage_ask(stage, "gradebook", &asked, LEARNERS - 2, 0));
	assert_null(stage_ask(stage, "gradebook", &asked, LEARNERS - 1, 0));
	assert_string_equal(stage_sql(stage, "SELECT count(*) FROM gradebook.grade_change"), "0");
}

static void a_history_names_what_happened_and_the_regrade_behind_it(void **state)
{
	struct stage                *stage = *state;
	const struct grade_history   asked = {.course = course(), .learner = learner_of(1), .item = item_of(2)};
	const struct graded_response response = {.slot = 1,
	                                         .question = stage_id(1),
	                                         .version = 1,
	                                         .key = 2,
	                                         .points_milli = 5,
	                                         .verdict = JUDGEMENT_right};
	const char                  *graded, *overridden;

	begin(stage);
	attempt_starts(stage, 1, 2);
	HAPPEN(stage, regrade_committed, .regrade = stage_id(77), .assessment = item_of(2), .course = course(),
	       .question = stage_id(1), .version = 1, .key = 2, .policy = REGRADE_POLICY_replace, .gains = 3,
	       .reason = TEXT("The key was wrong."));
	HAPPEN(stage, responses_graded, .attempt = attempt_of(1, 2, 1), .sitting = stage_id(712),
	       .history = stage_id(501), .enrolment = stage_id(401), .course = course(), .assessment = item_of(2),
	       .learner = learner_of(1), .grader = 1, .regrade = stage_id(77),
	       .responses = {.items = &response, .count = 1});
	HAPPEN(stage, grade_overridden, .sitting = stage_id(712), .enrolment = stage_id(401), .history = stage_id(501),
	       .course = course(), .item = item_of(2), .learner = learner_of(1), .has_points_milli = true,
	       .points_milli = 4, .has_of_milli = true, .of_milli = 5, .reason = TEXT("Ill."));
	stage_fold(stage);
	graded = stage_ask(stage, "grade_history", &asked, 0, 0);
	overridden = stage_ask(stage, "grade_history", &asked, 1, 0);
	assert_non_null(strstr(graded, "\"what\":\"responses_graded\""));
	assert_non_null(strstr(graded, "\"key\":2"));
	assert_non_null(strstr(graded, "\"reason\":\"The key was wrong.\""));
	assert_non_null(strstr(overridden, "\"reason\":\"Ill.\""));
	assert_null(stage_ask(stage, "grade_history", &asked, 2, 0));
}

/* ---------------------------------------------------------------- what waits for people */

static void mark(struct stage *stage, bool decided)
{
	HAPPEN(stage, response_marked, .attempt = attempt_of(1, 2, 1), .sitting = stage_id(712),
	       .history = stage_id(501), .enrolment = stage_id(401), .course = course(), .assessment = item_of(2),
	       .learner = learner_of(1), .slot = 2, .question = stage_id(1), .version = 1, .marker = stage_id(2),
	       .marked_milli = 5, .decided = decided, .points_milli = 5, .comment = TEXT("Fine."));
	stage_fold(stage);
}

static void what_waits_is_listed_without_names_until_it_is_decided(void **state)
{
	struct stage                *stage = *state;
	const struct marking         asked = {.assessment = item_of(2)};
	const struct marking         named = {.assessment = item_of(2), .has_named = true, .named = true};
	const struct appeals         appeals = {.assessment = item_of(2)};
	const struct graded_response responses[] = {
		{.slot = 1, .question = stage_id(1), .version = 1, .verdict = JUDGEMENT_right},
		{.slot = 2, .question = stage_id(1), .version = 1, .verdict = JUDGEMENT_undecided}};

	begin(stage);
	attempt_starts(stage, 1, 2);
	HAPPEN(stage, responses_graded, .attempt = attempt_of(1, 2, 1), .sitting = stage_id(712),
	       .history = stage_id(501), .enrolment = stage_id(401), .course = course(), .assessment = item_of(2),
	       .learner = learner_of(1), .grader = 1, .responses = {.items = responses, .count = 2});
	mark(stage, false);
	assert_non_null(strstr(stage_ask(stage, "marking", &asked, 0, 0), "\"slot\":2"));
	assert_non_null(strstr(stage_ask(stage, "marking", &asked, 0, 0), "\"marks\":1"));
	assert_null(strstr(stage_ask(stage, "marking", &asked, 0, 0), "learner"));
	assert_non_null(strstr(stage_ask(stage, "marking", &named, 0, 0), "learner"));
	assert_null(stage_ask(stage, "marking", &asked, 1, 0));
	mark(stage, true);
	assert_null(stage_ask(stage, "marking", &asked, 0, 0));
	HAPPEN(stage, grade_appealed, .attempt = attempt_of(1, 2, 1), .sitting = stage_id(712),
	       .history = stage_id(501), .course = course(), .assessment = item_of(2), .learner = learner_of(1),
	       .appeal = 1, .text = TEXT("I said so."));
	stage_fold(stage);
	assert_non_null(strstr(stage_ask(stage, "appeals", &appeals, 0, 0), "I said so."));
	HAPPEN(stage, appeal_answered, .attempt = attempt_of(1, 2, 1), .sitting = stage_id(712),
	       .history = stage_id(501), .course = course(), .assessment = item_of(2), .learner = learner_of(1),
	       .appeal = 1, .outcome = APPEAL_OUTCOME_upheld, .answer = TEXT("You did."));
	stage_fold(stage);
	assert_null(stage_ask(stage, "appeals", &appeals, 0, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(totals_are_those_of_another_computation, stage_set_up, stage_tear_down),
		cmocka_unit_test_setup_teardown(an_erased_person_has_no_row_and_others_keep_theirs, stage_set_up,
	                                        stage_tear_down),
		cmocka_unit_test_setup_teardown(a_history_names_what_happened_and_the_regrade_behind_it, stage_set_up,
	                                        stage_tear_down),
		cmocka_unit_test_setup_teardown(what_waits_is_listed_without_names_until_it_is_decided, stage_set_up,
	                                        stage_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
