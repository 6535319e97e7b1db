/* The read model of enrolments: what seats, queues and progress look like, and that what it calls locked is what the
 * deciders refuse. */
#include "commands/enrolment.h"
#include "commands/progress.h"
#include "eventstore/base/clock.h"
#include "schema/commands.h"
#include "tests/eventstore/sample.h"
#include "tests/projections/stage.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define ADA stage_id(1)
#define BERT stage_id(2)
#define CLEO stage_id(3)
#define INSTRUCTOR stage_id(9)
/* Of the world at hand: a log may hold many. */
#define COURSE stage_id(2000000 + world * 10)
#define EDITION stage_id(2000001 + world * 10)
#define COHORT stage_id(2000002 + world * 10)

enum { ITEMS = 6, WORLDS = 60 };

static uint32_t world;

static const int64_t day_us = INT64_C(86400) * 1000 * 1000;

static struct id item_id(uint32_t item)
{
	return stage_id(2100000 + item);
}

/* ---------------------------------------------------------------- what happens */

static void course_begins(struct stage *stage)
{
	const struct edition_item items[] = {
		{.item = item_id(0), .kind = ITEM_KIND_lesson, .required = true, .rule = COMPLETION_RULE_viewed},
		{.item = item_id(1),
	         .kind = ITEM_KIND_lesson,
	         .required = true,
	         .rule = COMPLETION_RULE_viewed,
	         .after = item_id(0)},
	};

	HAPPEN(stage, course_created, .course = COURSE, .creator = INSTRUCTOR, .title = TEXT("Mechanics"),
	       .language = TEXT("en"), .level = COURSE_LEVEL_introductory);
	HAPPEN(stage, course_published, .course = COURSE, .edition = EDITION, .number = 1,
	       .items = {.items = items, .count = array_count(items)});
	HAPPEN(stage, enrolment_policy_changed, .course = COURSE, .admission = ADMISSION_open, .seats = 1, .places = 9);
}

static void is_enrolled(struct stage *stage, struct id learner, enum enrolment_source source)
{
	HAPPEN(stage, learner_enrolled, .enrolment = enrolment_id(COURSE, learner), .course = COURSE,
	       .history = history_id(learner), .learner = learner, .edition = EDITION, .source = source,
	       .enrolled_at = 1);
}

static void waits(struct stage *stage, struct id learner)
{
	HAPPEN(stage, learner_waitlisted, .enrolment = enrolment_id(COURSE, learner), .course = COURSE,
	       .history = history_id(learner), .learner = learner);
}

static void leaves(struct stage *stage, struct id learner)
{
	HAPPEN(stage, learner_withdrawn, .enrolment = enrolment_id(COURSE, learner), .course = COURSE,
	       .history = history_id(learner), .learner = learner, .reason = TEXT("No time."));
}

static void views(struct stage *stage, struct id learner, struct id item)
{
	HAPPEN(stage, item_viewed, .enrolment = enrolment_id(COURSE, learner), .history = history_id(learner),
	       .course = COURSE, .learner = learner, .item = item);
}

static void completes(struct stage *stage, struct id learner, struct id item)
{
	HAPPEN(stage, item_completed, .enrolment = enrolment_id(COURSE, learner), .history = history_id(learner),
	       .course = COURSE, .learner = learner, .item = item, .rule = COMPLETION_RULE_viewed);
}

/* ---------------------------------------------------------------- what is shown */

static const char *notice(struct stage *stage)
{
	return stage_ask(stage, "enrolment_notice", &(struct enrolment_notice){.course = COURSE}, 0, 0);
}

static const char *mine(struct stage *stage, struct id learner)
{
	return stage_ask(stage, "my_progress", &(struct my_progress){.course = COURSE, .learner = learner}, 0, 0);
}

static const char *listed(struct stage *stage, enum enrolment_standing standing, uint32_t row)
{
	const struct learners object = {
		.course = COURSE, .standing = standing, .limit = 10, .has_limit = true, .cursor = TEXT_NONE};

	return stage_ask(stage, "learners", &object, row, 0);
}

static void counts_follow_seats_and_the_queue(void **state)
{
	struct stage *stage = *state;

	course_begins(stage);
	is_enrolled(stage, ADA, ENROLMENT_SOURCE_self);
	waits(stage, BERT);
	waits(stage, CLEO);
	stage_fold(stage);
	assert_shows(notice(stage), "\"seats\":1,\"taken\":1,\"places\":9,\"waiting\":2");
	assert_shows(mine(stage, CLEO), "\"standing\":\"waiting\",\"queue\":2");
	leaves(stage, ADA);
	is_enrolled(stage, BERT, ENROLMENT_SOURCE_waiting);
	stage_fold(stage);
	assert_shows(notice(stage), "\"taken\":1,\"places\":9,\"waiting\":1");
	assert_shows(mine(stage, CLEO), "\"queue\":1");
	leaves(stage, CLEO);
	stage_fold(stage);
	assert_shows(notice(stage), "\"taken\":1,\"places\":9,\"waiting\":0");
}

static void an_erased_person_leaves_no_row_and_the_counts_are_right(void **state)
{
	struct stage *stage = *state;

	stage_register(stage, ADA, "Ada");
	stage_register(stage, BERT, "Bert");
	course_begins(stage);
	is_enrolled(stage, ADA, ENROLMENT_SOURCE_self);
	views(stage, ADA, item_id(0));
	HAPPEN(stage, accommodation_granted, .enrolment = enrolment_id(COURSE, ADA), .history = history_id(ADA),
	       .course = COURSE, .learner = ADA, .has_extra_time = true, .extra_time = 50,
	       .reason = TEXT("Reads slowly."));
	waits(stage, BERT);
	waits(stage, CLEO);
	HAPPEN(stage, user_erased, .user = ADA);
	stage_forget(stage, ADA);
	HAPPEN(stage, user_erased, .user = BERT);
	stage_forget(stage, BERT);
	stage_fold(stage);
	assert_shows(notice(stage), "\"taken\":0,\"places\":9,\"waiting\":1");
	assert_null(mine(stage, ADA));
	assert_string_equal(stage_sql(stage, "SELECT count(*) FROM enrolment.enrolment_item"), "0");
	assert_string_equal(stage_sql(stage, "SELECT count(*) FROM enrolment.enrolment_accommodation"), "0");
	/* Now the registrar withdraws them. */
	leaves(stage, BERT);
	leaves(stage, ADA);
	is_enrolled(stage, CLEO, ENROLMENT_SOURCE_waiting);
	stage_fold(stage);
	assert_shows(notice(stage), "\"taken\":1,\"places\":9,\"waiting\":0");
	assert_string_equal(stage_sql(stage, "SELECT count(*) FROM enrolment.enrolment"), "1");
}

static void who_comes_back_finds_their_progress(void **state)
{
	struct stage *stage = *state;

	course_begins(stage);
	is_enrolled(stage, ADA, ENROLMENT_SOURCE_self);
	views(stage, ADA, item_id(0));
	completes(stage, ADA, item_id(0));
	leaves(stage, ADA);
	stage_fold(stage);
	assert_shows(mine(stage, ADA), "\"standing\":\"withdrawn\"");
	is_enrolled(stage, ADA, ENROLMENT_SOURCE_invitation);
	stage_fold(stage);
	assert_shows(mine(stage, ADA), "\"standing\":\"enrolled\"");
	assert_shows(mine(stage, ADA), "\"items\":2,\"completed\":1,\"required\":2,\"required_completed\":1");
	assert_shows(mine(stage, ADA), "\"next\":\"01900000-0000-7000-8000-000000200b21\"");
	assert_shows(notice(stage), "\"taken\":1");
}

static void staff_read_why_somebody_left_until_they_are_erased(void **state)
{
	struct stage *stage = *state;

	stage_register(stage, ADA, "Ada");
	course_begins(stage);
	is_enrolled(stage, ADA, ENROLMENT_SOURCE_self);
	leaves(stage, ADA);
	stage_fold(stage);
	assert_shows(listed(stage, 0, 0), "\"name\":\"Ada\",\"standing\":\"withdrawn\"");
	assert_shows(listed(stage, ENROLMENT_STANDING_withdrawn, 0), "\"reason\":\"No time.\"");
	assert_null(listed(stage, ENROLMENT_STANDING_enrolled, 0));
	HAPPEN(stage, user_erased, .user = ADA);
	stage_forget(stage, ADA);
	stage_fold(stage);
	assert_null(listed(stage, 0, 0));
}

static void time_adds_up(void **state)
{
	struct stage *stage = *state;

	course_begins(stage);
	is_enrolled(stage, ADA, ENROLMENT_SOURCE_self);
	for (uint32_t i = 0; i < 3; i++)
		HAPPEN(stage, time_spent, .enrolment = enrolment_id(COURSE, ADA), .history = history_id(ADA),
		       .course = COURSE, .learner = ADA, .item = item_id(i % 2), .began_at = 1, .ended_at = 2,
		       .spent_ms = 1500);
	stage_fold(stage);
	assert_string_equal(stage_sql(stage, "SELECT string_agg(spent_ms::text, ',' ORDER BY item_id) "
	                                     "FROM enrolment.enrolment_item"),
	                    "3000,1500");
	assert_shows(mine(stage, ADA), "\"seconds\":4,");
}

/* ---------------------------------------------------------------- what deciders say of the same events */

struct judged {
	struct stage    *stage;
	struct enrolment enrolment;
	struct seating   seating;
	struct edition   edition;
	uint64_t         chance;
};

static uint32_t chance_of(struct judged *judged, uint32_t below)
{
	return (uint32_t)(sample_next(&judged->chance) % below);
}

/* In the log, and in the deciders' states. */
static void happens(struct judged *judged, uint16_t number, const void *event)
{
	stage_append(judged->stage, number, event);
	noun_fold(noun_type_by_name(TEXT("enrolment")), number, &judged->enrolment, event);
	noun_fold(noun_type_by_name(TEXT("seating")), number, &judged->seating, event);
	noun_fold(noun_type_by_name(TEXT("edition")), number, &judged->edition, event);
}

#define HAPPENS(judged, event, ...) happens((judged), EVENT_##event, &(struct event){__VA_ARGS__})

/* A day long past, one far ahead, or none. */
static bool some_day(struct judged *judged, int64_t *day)
{
	uint32_t which = chance_of(judged, 3);

	*day = which == 0 ? 0 : clock_wall_us() + (which == 1 ? -5 : 5) * day_us;
	return which > 0;
}

static void random_edition(struct judged *judged)
{
	struct edition_item items[ITEMS] = {0};

	for (uint32_t i = 0; i < ITEMS; i++) {
		items[i].item = item_id(i);
		items[i].kind = ITEM_KIND_lesson;
		items[i].rule = COMPLETION_RULE_viewed;
		items[i].has_release_at = some_day(judged, &items[i].release_at);
		if (i > 0 && chance_of(judged, 2))
			items[i].after = item_id(chance_of(judged, i));
	}
	HAPPENS(judged, course_published, .course = COURSE, .edition = EDITION, .number = 1,
	        .items = {.items = items, .count = ITEMS});
}

static void random_cohort(struct judged *judged)
{
	struct cohort_defined cohort = {.course = COURSE, .cohort = COHORT, .name = TEXT("Autumn")};

	cohort.has_opens_at = chance_of(judged, 4) == 0;
	if (cohort.has_opens_at)
		cohort.opens_at = clock_wall_us() + day_us;
	else
		cohort.has_closes_at = some_day(judged, &cohort.closes_at);
	happens(judged, EVENT_cohort_defined, &cohort);
}

static void random_accommodation(struct judged *judged, struct id item)
{
	struct accommodation_granted granted = {.enrolment = enrolment_id(COURSE, ADA),
	                                        .history = history_id(ADA),
	                                        .course = COURSE,
	                                        .learner = ADA,
	                                        .item = item};

	granted.has_due_at = some_day(judged, &granted.due_at);
	happens(judged, EVENT_accommodation_granted, &granted);
}

static void random_enrolment(struct judged *judged)
{
	struct learner_enrolled enrolled = {.enrolment = enrolment_id(COURSE, ADA),
	                                    .course = COURSE,
	                                    .history = history_id(ADA),
	                                    .learner = ADA,
	                                    .edition = EDITION,
	                                    .source = ENROLMENT_SOURCE_self,
	                                    .enrolled_at = 1};

	if (chance_of(judged, 2))
		enrolled.cohort = COHORT;
	happens(judged, EVENT_learner_enrolled, &enrolled);
}

static void random_world(struct judged *judged)
{
	HAPPENS(judged, course_created, .course = COURSE, .creator = INSTRUCTOR, .title = TEXT("Mechanics"),
	        .language = TEXT("en"), .level = COURSE_LEVEL_introductory);
	random_edition(judged);
	random_cohort(judged);
	random_enrolment(judged);
	if (chance_of(judged, 3) == 0)
		random_accommodation(judged, ID_NONE);
	for (uint32_t i = 0; i < 2; i++)
		random_accommodation(judged, item_id(chance_of(judged, ITEMS)));
	for (uint32_t i = 0; i < ITEMS; i++)
		if (chance_of(judged, 2))
			HAPPENS(judged, item_completed, .enrolment = enrolment_id(COURSE, ADA),
			        .history = history_id(ADA), .course = COURSE, .learner = ADA, .item = item_id(i),
			        .rule = COMPLETION_RULE_viewed);
	if (chance_of(judged, 8) == 0)
		HAPPENS(judged, learner_withdrawn, .enrolment = enrolment_id(COURSE, ADA), .course = COURSE,
		        .history = history_id(ADA), .learner = ADA);
}

static const char *decided_locks(struct judged *judged)
{
	struct buffer said = {0};
	const char   *locks;

	for (uint32_t i = 0; i < ITEMS; i++) {
		struct decision decision = {.arena = &judged->stage->arena};
		bool            lets = progress_lets(&judged->enrolment, &judged->edition, &judged->seating, item_id(i),
		                                     clock_wall_us(), &decision);

		buffer_format(&said, "%s%s", i > 0 ? "," : "", lets ? "-" : refusal_types[decision.refusal].name);
	}
	locks = arena_text(&judged->stage->arena, (struct text){(const char *)said.data, said.size}).data;
	buffer_finish(&said);
	return locks;
}

static const char *shown_locks(struct stage *stage)
{
	char course[ID_TEXT_SIZE + 1];

	id_format(COURSE, course);
	return stage_sql(stage, arena_format(&stage->arena,
	                                     "SELECT string_agg(coalesce(t.lock, '-'), ',' ORDER BY (t.step).place) "
	                                     "FROM enrolment.enrolment AS e, enrolment.enrolment_steps(e, now()) AS t "
	                                     "WHERE e.course_id = '%s'",
	                                     course)
	                                .data);
}

static void what_is_locked_is_what_the_deciders_refuse(void **state)
{
	uint64_t    chance = sample_seed();
	const char *decided[WORLDS];

	for (world = 0; world < WORLDS; world++) {
		struct judged judged = {.stage = *state, .chance = sample_next(&chance)};

		random_world(&judged);
		decided[world] = decided_locks(&judged);
	}
	stage_fold(*state);
	for (world = 0; world < WORLDS; world++)
		assert_string_equal(shown_locks(*state), decided[world]);
	world = 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, stage_set_up, stage_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(counts_follow_seats_and_the_queue),
		TEST(an_erased_person_leaves_no_row_and_the_counts_are_right),
		TEST(who_comes_back_finds_their_progress),
		TEST(staff_read_why_somebody_left_until_they_are_erased),
		TEST(time_adds_up),
		TEST(what_is_locked_is_what_the_deciders_refuse),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
