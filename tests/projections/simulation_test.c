/* Simulations: who may see which by the read model, what came of runs and sweeps, and what an erasure leaves. */
#include "tests/projections/stage.h"

#include "schema/commands.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define ADA stage_id(1)
#define BOB stage_id(2)
#define CLEA stage_id(3)
#define COURSE stage_id(10)
#define SIMULATION stage_id(20)
#define HIDDEN stage_id(21)
#define RUN stage_id(30)
#define SWEEP stage_id(40)

static const struct run_expectation   no_expectation;
static const struct parameter_setting no_setting;

static struct text id_text(struct stage *stage, struct id id)
{
	char text[ID_TEXT_SIZE + 1];

	id_format(id, text);
	return arena_text(&stage->arena, text_from(text));
}

static void create(struct stage *stage, struct id simulation, const char *title)
{
	HAPPEN(stage, simulation_created, .simulation = simulation, .history = stage_id(60), .owner = ADA,
	       .title = text_from(title), .description = TEXT("Let go."));
	HAPPEN(stage, scene_written, .simulation = simulation, .version = 1, .packed = BYTES("packed", 6),
	       .scene_hash = {.bytes = {1}}, .mode = SIMULATION_MODE_precise);
}

static void share(struct stage *stage, enum simulation_visibility visibility, struct id course)
{
	HAPPEN(stage, simulation_shared, .simulation = SIMULATION, .visibility = visibility, .course = course);
}

/* NULL: none. */
static const char *relation(struct stage *stage, struct id person)
{
	struct text values[] = {id_text(stage, SIMULATION), TEXT_NONE, id_text(stage, person)};

	const char *row, *end;

	stage_fold(stage);
	row = stage_lookup_row(stage, "simulation_access", values, 0);
	end = row ? strchr(row, '|') : NULL;
	return end > row ? arena_text(&stage->arena, (struct text){row, (size_t)(end - row)}).data : NULL;
}

static void who_sees_a_simulation_follows_from_its_visibility_and_the_course(void **state)
{
	struct stage *stage = *state;

	stage_register(stage, ADA, "Ada");
	create(stage, SIMULATION, "Pendulum");
	HAPPEN(stage, course_created, .course = COURSE, .creator = BOB, .title = TEXT("Mechanics"),
	       .language = TEXT("en"), .level = COURSE_LEVEL_introductory);
	HAPPEN(stage, staff_joined, .course = COURSE, .member = BOB, .role = COURSE_ROLE_assistant);
	HAPPEN(stage, learner_enrolled, .enrolment = stage_id(61), .course = COURSE, .history = stage_id(62),
	       .learner = CLEA, .edition = stage_id(11), .source = ENROLMENT_SOURCE_self, .enrolled_at = 1);
	assert_string_equal(relation(stage, ADA), "owner");
	assert_null(relation(stage, BOB));
	share(stage, SIMULATION_VISIBILITY_course, COURSE);
	assert_string_equal(relation(stage, BOB), "reader");
	assert_string_equal(relation(stage, CLEA), "reader");
	assert_null(relation(stage, stage_id(4)));
	HAPPEN(stage, learner_withdrawn, .enrolment = stage_id(61), .course = COURSE, .history = stage_id(62),
	       .learner = CLEA);
	assert_null(relation(stage, CLEA));
	share(stage, SIMULATION_VISIBILITY_public, ID_NONE);
	assert_string_equal(relation(stage, stage_id(4)), "reader");
}

static const char *gallery(struct stage *stage, const char *search)
{
	struct simulation_gallery asked = {.search = text_from(search)};

	stage_fold(stage);
	return stage_ask(stage, "simulation_gallery", &asked, 0, 0);
}

static void the_gallery_finds_words_of_the_title_it_has_now(void **state)
{
	struct stage *stage = *state;

	stage_register(stage, ADA, "Ada");
	create(stage, SIMULATION, "A large pendulum");
	share(stage, SIMULATION_VISIBILITY_public, ID_NONE);
	assert_shows(gallery(stage, "pendulum"), "A large pendulum");
	HAPPEN(stage, simulation_described, .simulation = SIMULATION, .owner = ADA, .title = TEXT("Swing"));
	assert_null(gallery(stage, "pendulum"));
	assert_shows(gallery(stage, "swing"), "\"owner_name\":\"Ada\"");
	HAPPEN(stage, simulation_archived, .simulation = SIMULATION);
	assert_null(gallery(stage, "swing"));
	HAPPEN(stage, simulation_reopened, .simulation = SIMULATION);
	assert_shows(gallery(stage, "swing"), "Swing");
}

static void request(struct stage *stage, struct id run)
{
	const struct parameter_setting settings[] = {{TEXT("L"), 1.5}};

	HAPPEN(stage, simulation_run_requested, .run = run, .history = stage_id(60), .simulation = SIMULATION,
	       .version = 1, .requester = ADA, .requested_at = 1, .scene_hash = {.bytes = {1}},
	       .settings = {.items = settings, .count = 1}, .has_seed = true, .seed = 7);
}

static const char *run_document(struct stage *stage, struct id run)
{
	struct read_run asked = {.simulation = SIMULATION, .run = run};

	stage_fold(stage);
	return stage_ask(stage, "read_run", &asked, 0, 0);
}

static void a_run_is_told_as_it_was_wished_and_then_with_what_came_of_it(void **state)
{
	const struct run_measure measures[] = {{.measure = TEXT("T"), .has_value = true, .value = 2.5},
	                                       {.measure = TEXT("u")}};
	struct stage            *stage = *state;

	stage_register(stage, ADA, "Ada");
	create(stage, SIMULATION, "Pendulum");
	request(stage, RUN);
	assert_shows(run_document(stage, RUN), "\"state\":\"pending\"");
	HAPPEN(stage, simulation_run_completed, .run = RUN, .history = stage_id(60), .simulation = SIMULATION,
	       .requester = ADA, .run_hash = {.bytes = {2}}, .engine = {.bytes = {3}}, .mode = SIMULATION_MODE_precise,
	       .reason = TEXT("Nothing touches."), .frames = 61, .steps = 960, .trajectory_hash = {.bytes = {4}},
	       .checkpoint_frames = 60, .checkpoints = BYTES("", 0), .has_energy_drift = true, .energy_drift = 1e-9,
	       .measures = {.items = measures, .count = 2}, .expectations = {.items = &no_expectation});
	assert_shows(run_document(stage, RUN), "\"state\":\"completed\"");
	assert_shows(run_document(stage, RUN), "{\"name\":\"L\",\"value\":1.5}");
	assert_shows(run_document(stage, RUN), "{\"measure\":\"T\",\"value\":2.5}");
	assert_shows(run_document(stage, RUN), "1e-09");
	request(stage, stage_id(31));
	HAPPEN(stage, simulation_run_failed, .run = stage_id(31), .history = stage_id(60), .simulation = SIMULATION,
	       .requester = ADA, .code = TEXT("diverged"), .frames = 3, .sentence = TEXT("It left the world."));
	assert_shows(run_document(stage, stage_id(31)), "diverged");
	request(stage, stage_id(32));
	HAPPEN(stage, simulation_run_cancelled, .run = stage_id(32), .history = stage_id(60), .simulation = SIMULATION,
	       .requester = ADA);
	assert_shows(run_document(stage, stage_id(32)), "\"state\":\"cancelled\"");
}

static const char *table_line(struct stage *stage, uint32_t row)
{
	struct text values[] = {id_text(stage, SIMULATION), id_text(stage, SWEEP)};

	return stage_lookup_row(stage, "simulation_sweep_lines", values, row);
}

static void a_sweep_is_a_table_whose_gaps_are_empty(void **state)
{
	const struct sweep_measure columns[] = {{TEXT("T")}, {TEXT("u")}};
	const struct sweep_result  first[] = {{.has_value = true, .value = 2.5}, {0}}, second[] = {{0}, {0}};
	const struct sweep_point   points[] = {
		  {.at = 1, .results = {.items = first, .count = 2}},
		  {.at = 2, .failure = TEXT("diverged"), .results = {.items = second, .count = 2}}};
	struct stage *stage = *state;

	stage_register(stage, ADA, "Ada");
	create(stage, SIMULATION, "Pendulum");
	HAPPEN(stage, simulation_sweep_requested, .sweep = SWEEP, .history = stage_id(60), .simulation = SIMULATION,
	       .version = 1, .requester = ADA, .requested_at = 1, .parameter = TEXT("L"), .from = 1, .to = 2,
	       .count = 2, .settings = {.items = &no_setting}, .measures = {.items = columns, .count = 2});
	HAPPEN(stage, simulation_sweep_completed, .sweep = SWEEP, .history = stage_id(60), .simulation = SIMULATION,
	       .requester = ADA, .points = {.items = points, .count = 2});
	stage_fold(stage);
	assert_string_equal(table_line(stage, 0), "parameter|L||1|0");
	assert_string_equal(table_line(stage, 1), "measure|T||2|1");
	assert_string_equal(table_line(stage, 2), "measure|u||2|2");
	assert_string_equal(table_line(stage, 3), "point|1|,2.5,,|3|1");
	assert_string_equal(table_line(stage, 4), "point|2|,,,diverged|3|2");
	assert_null(table_line(stage, 5));
}

static void what_others_see_outlives_its_owner_without_a_title(void **state)
{
	struct stage *stage = *state;

	stage_register(stage, ADA, "Ada");
	create(stage, SIMULATION, "Lovelacespendulum");
	create(stage, HIDDEN, "Lovelacesdiary");
	share(stage, SIMULATION_VISIBILITY_public, ID_NONE);
	request(stage, RUN);
	stage_fold(stage);
	HAPPEN(stage, user_erased, .user = ADA);
	stage_forget(stage, ADA);
	assert_string_equal(relation(stage, BOB), "reader");
	assert_null(gallery(stage, "lovelacespendulum"));
	assert_null(run_document(stage, RUN));
	assert_null(strstr(stage_rows(stage, "simulation"), "lovelace"));
	assert_null(strstr(stage_rows(stage, "simulation"), id_text(stage, HIDDEN).data));
	assert_int_equal(stage_files_with("lovelacespendulum"), 0);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, stage_set_up, stage_tear_down)
	const struct CMUnitTest tests[] = {
		CASE(who_sees_a_simulation_follows_from_its_visibility_and_the_course),
		CASE(the_gallery_finds_words_of_the_title_it_has_now),
		CASE(a_run_is_told_as_it_was_wished_and_then_with_what_came_of_it),
		CASE(a_sweep_is_a_table_whose_gaps_are_empty),
		CASE(what_others_see_outlives_its_owner_without_a_title),
	};

	return cmocka_run_group_tests_name("simulation", tests, NULL, NULL);
}
