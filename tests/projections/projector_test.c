/* A projector's life: it folds once, stands where it must, is fenced, refuses a foreign log, and leaves nothing behind.
 */
#include "tests/projections/stage.h"

#include "projections/checkpoint.h"
#include "schema/commands.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define ADA stage_id(1)
#define BERT stage_id(2)

static uint64_t session_began(struct stage *stage, uint32_t session, struct id user)
{
	return HAPPEN(stage, session_started, .session = stage_id(session), .user = user,
	              .method = LOGIN_METHOD_password, .device = TEXT("Firefox"), .epoch = 1);
}

static void erased(struct stage *stage, struct id user)
{
	HAPPEN(stage, user_erased, .user = user);
	stage_forget(stage, user);
}

static const char *checkpoint_of(struct stage *stage, const char *schema)
{
	return stage_sql(
		stage,
		arena_format(&stage->arena, "SELECT position FROM orrery.checkpoint WHERE schema = '%s'", schema).data);
}

static void a_little_life(struct stage *stage)
{
	for (uint32_t i = 1; i <= 20; i++) {
		stage_register(stage, stage_id(i), "Grace Hopper");
		session_began(stage, 100 + i, stage_id(i));
	}
	HAPPEN(stage, wallet_linked, .user = ADA, .address = TEXT("WALLETone"), .nonce = TEXT("nonce-number-1"));
	HAPPEN(stage, profile_changed, .user = BERT, .name = TEXT("Bert"), .bio = TEXT("…"));
	HAPPEN(stage, preferences_changed, .user = ADA, .theme = THEME_dark);
	HAPPEN(stage, role_granted, .user = BERT, .role = ROLE_admin);
	HAPPEN(stage, preferences_changed, .user = ADA, .captions = true, .has_captions = true);
	HAPPEN(stage, sessions_revoked, .user = BERT, .epoch = 2);
}

static const char *all_rows(struct stage *stage)
{
	return arena_format(&stage->arena, "%s\n%s\n%s", stage_rows(stage, "account"), stage_rows(stage, "session"),
	                    stage_rows(stage, "credential"))
	        .data;
}

static void refold_gives_the_same_rows_in_any_batches(void **state)
{
	struct stage     *stage = *state;
	struct projector *projector = stage_projector(stage, stage_projection("account"));
	const char       *before, *after;
	uint32_t          all;

	a_little_life(stage);
	all = stage->record_count;
	for (stage->record_count = 1; stage->record_count < all; stage->record_count++)
		assert_int_equal(stage_turn(projector), TURN_IDLE);
	projector_destroy(projector);
	stage_fold(stage);
	before = all_rows(stage);
	assert_true(strlen(before) > 1000);
	stage_wipe(stage);
	stage_fold(stage);
	after = all_rows(stage);
	assert_string_equal(before, after);
}

static void refold_after_an_erasure_gives_the_same_rows(void **state)
{
	struct stage *stage = *state;
	const char   *before;

	a_little_life(stage);
	stage_fold(stage);
	erased(stage, ADA);
	stage_fold(stage);
	before = all_rows(stage);
	assert_null(strstr(before, "01900000-0000-7000-8000-000000000001"));
	stage_wipe(stage);
	stage_fold(stage);
	assert_string_equal(before, all_rows(stage));
}

static void folds_more_than_a_batch(void **state)
{
	struct stage     *stage = *state;
	struct projector *projector = stage_projector(stage, stage_projection("session"));

	for (uint32_t i = 0; i < PROJECTOR_BATCH_MAX + 500; i++)
		session_began(stage, 100 + i, stage_id(i % 100));
	assert_int_equal(projector_turn(projector), TURN_AGAIN); /* open */
	assert_int_equal(projector_turn(projector), TURN_AGAIN);
	assert_string_equal(checkpoint_of(stage, "session"), "1000");
	assert_int_equal(stage_turn(projector), TURN_IDLE);
	assert_int_equal(stage->progress, PROJECTOR_BATCH_MAX + 500);
	assert_string_equal(stage_sql(stage, "SELECT count(*) FROM session.session"), "1500");
	projector_destroy(projector);
}

static void events_that_change_no_row_wait_for_one_that_does(void **state)
{
	struct stage     *stage = *state;
	struct projector *projector = stage_projector(stage, stage_projection("session"));

	session_began(stage, 100, ADA);
	assert_int_equal(stage_turn(projector), TURN_IDLE);
	stage_register(stage, ADA, "Ada");
	assert_int_equal(stage_turn(projector), TURN_IDLE);
	assert_int_equal(stage->progress, 2);
	assert_string_equal(checkpoint_of(stage, "session"), "1");
	projector_destroy(projector);
	projector = stage_projector(stage, stage_projection("session"));
	stage_register(stage, BERT, "Bert");
	assert_int_equal(stage_turn(projector), TURN_IDLE);
	assert_int_equal(stage->progress, 3);
	assert_string_equal(checkpoint_of(stage, "session"), "1");
	session_began(stage, 101, ADA);
	assert_int_equal(stage_turn(projector), TURN_IDLE);
	assert_string_equal(checkpoint_of(stage, "session"), "4");
	assert_string_equal(stage_sql(stage, "SELECT count(*) FROM session.session"), "2");
	stage_register(stage, stage_id(3), "Eve");
	stage->waits_left = 1;
	assert_int_equal(projector_run(projector), TURN_IDLE);
	assert_string_equal(checkpoint_of(stage, "session"), "5");
	projector_destroy(projector);
}

static void second_projector_is_fenced(void **state)
{
	struct stage     *stage = *state;
	struct projector *one = stage_projector(stage, stage_projection("session"));
	struct projector *two = stage_projector(stage, stage_projection("session"));

	session_began(stage, 100, ADA);
	assert_int_equal(stage_turn(one), TURN_IDLE);
	assert_int_equal(stage_turn(two), TURN_IDLE);
	session_began(stage, 101, ADA);
	assert_int_equal(stage_turn(one), TURN_IDLE);
	assert_int_equal(stage_turn(two), TURN_FENCED);
	assert_string_equal(stage_sql(stage, "SELECT count(*) FROM session.session"), "2");
	session_began(stage, 102, ADA);
	assert_int_equal(stage_turn(one), TURN_IDLE);
	projector_destroy(one);
	projector_destroy(two);
}

static void failing_event_stops_its_projection_alone_and_is_not_skipped(void **state)
{
	struct stage     *stage = *state;
	struct projector *session = stage_projector(stage, stage_projection("session"));
	struct projector *account = stage_projector(stage, stage_projection("account"));
	uint64_t          bad;

	stage_register(stage, ADA, "Ada");
	assert_int_equal(stage_turn(session), TURN_IDLE);
	stage_sql(stage, "INSERT INTO session.session VALUES ('01900000-0000-7000-8000-000000000001', "
	                 "'01900000-0000-7000-8000-0000000000c8', 'x', 'x', 'x', 'x')");
	session_began(stage, 100, ADA);
	session_began(stage, 101, ADA);
	bad = session_began(stage, 200, ADA);
	session_began(stage, 102, ADA);
	assert_int_equal(stage_turn(session), TURN_RETRY);
	assert_int_equal(stage_turn(session), TURN_RETRY);
	assert_int_equal(projector_position(session), bad - 1);
	assert_string_equal(stage_sql(stage, "SELECT count(*) FROM session.session"), "3");
	assert_int_equal(stage_turn(account), TURN_IDLE);
	stage_sql(stage, "DELETE FROM session.session WHERE session_id = '01900000-0000-7000-8000-0000000000c8'");
	assert_int_equal(stage_turn(session), TURN_IDLE);
	assert_int_equal(projector_position(session), stage->record_count);
	assert_string_equal(stage_sql(stage, "SELECT count(*) FROM session.session"), "4");
	projector_destroy(session);
	projector_destroy(account);
}

static void event_of_a_newer_writer_is_passed_by(void **state)
{
	struct stage *stage = *state;

	stage_register(stage, ADA, "Ada");
	stage_append_unknown(stage);
	stage_fold(stage);
	assert_string_equal(checkpoint_of(stage, "account"), "2");
}

/* ---- a log that is another one ---- */

static enum projector_turn first_answer(struct stage *stage)
{
	struct projector   *projector = stage_projector(stage, stage_projection("account"));
	enum projector_turn turn = stage_turn(projector);

	projector_destroy(projector);
	return turn;
}

static void rows_of_another_log_are_refused(void **state)
{
	struct stage *stage = *state;
	struct bytes  last;

	stage_register(stage, ADA, "Ada");
	stage_register(stage, BERT, "Bert");
	stage_fold(stage);
	stage->identity.epoch = 2;
	assert_int_equal(first_answer(stage), TURN_REFUSED);
	stage->identity.epoch = 1;
	stage->identity.store = stage_id(77);
	assert_int_equal(first_answer(stage), TURN_REFUSED);
	stage->identity.store = stage_id(1000000);
	stage->record_count = 1;
	assert_int_equal(first_answer(stage), TURN_REFUSED);
	stage->record_count = 2;
	assert_int_equal(first_answer(stage), TURN_IDLE);
	last = stage->records[1];
	stage->record_count = 1;
	stage_register(stage, stage_id(3), "Somebody else");
	assert_int_equal(first_answer(stage), TURN_REFUSED);
	stage->records[1] = last;
	assert_int_equal(first_answer(stage), TURN_IDLE);
}

static void refused_rows_go_on_after_a_rebuild(void **state)
{
	struct stage *stage = *state;

	stage_register(stage, ADA, "Ada");
	stage_fold(stage);
	stage->identity.epoch = 2;
	assert_int_equal(first_answer(stage), TURN_REFUSED);
	stage_sql(stage, "UPDATE orrery.checkpoint SET fold = '' WHERE schema = 'account'");
	assert_int_equal(first_answer(stage), TURN_IDLE);
	assert_string_equal(stage_sql(stage, "SELECT epoch FROM orrery.checkpoint WHERE schema = 'account'"), "2");
}

static struct log_identity raised_at(const struct stage *stage, uint64_t first)
{
	struct log_identity identity = stage->identity;

	identity.epoch = 2;
	identity.epoch_count = 2;
	identity.epochs[0] = (struct log_epoch){.number = 1, .first = 1};
	identity.epochs[1] = (struct log_epoch){.number = 2, .first = first};
	return identity;
}

static void rows_go_on_in_an_epoch_that_began_behind_them(void **state)
{
	struct stage *stage = *state;

	stage_register(stage, ADA, "Ada");
	stage_register(stage, BERT, "Bert");
	stage_fold(stage);
	stage->identity = raised_at(stage, 2); /* another second event was there once */
	assert_int_equal(first_answer(stage), TURN_REFUSED);
	stage->identity = raised_at(stage, 3);
	stage_register(stage, stage_id(3), "Cleo");
	assert_int_equal(first_answer(stage), TURN_IDLE);
	assert_string_equal(checkpoint_of(stage, "account"), "3");
	assert_string_equal(stage_sql(stage, "SELECT epoch FROM orrery.checkpoint WHERE schema = 'account'"), "2");
}

/* ---- another fold ---- */

static void changed_fold_is_built_beside_and_swapped_in(void **state)
{
	struct stage     *stage = *state;
	struct projection changed = *stage_projection("account");
	struct projector *projector;
	const char       *rows;

	a_little_life(stage);
	stage_fold(stage);
	rows = stage_rows(stage, "account");
	changed.fingerprint = "0123456789abcdef";
	projector = stage_projector(stage, &changed);
	stage->told = 0;
	assert_int_equal(projector_turn(projector), TURN_AGAIN); /* open beside */
	assert_int_equal(projector_turn(projector), TURN_AGAIN); /* fold */
	assert_string_equal(checkpoint_of(stage, "account__next"), checkpoint_of(stage, "account"));
	assert_int_equal(stage->told, 0);
	assert_int_equal(stage_turn(projector), TURN_IDLE);
	assert_int_equal(stage->told, 1);
	assert_string_equal(stage_rows(stage, "account"), rows);
	assert_string_equal(stage_rows(stage, "account__previous"), rows);
	assert_null(checkpoint_of(stage, "account__next"));
	assert_string_equal(stage_sql(stage, "SELECT fold FROM orrery.checkpoint WHERE schema = 'account'"),
	                    "0123456789abcdef");
	stage_register(stage, stage_id(50), "Eve");
	assert_int_equal(stage_turn(projector), TURN_IDLE);
	assert_string_equal(stage_sql(stage, "SELECT count(*) FROM account.account"), "21");
	projector_destroy(projector);
}

static void interrupted_build_is_taken_up_again(void **state)
{
	struct stage     *stage = *state;
	struct projection changed = *stage_projection("session");
	struct projector *projector;

	for (uint32_t i = 0; i < PROJECTOR_BATCH_MAX + 10; i++)
		session_began(stage, 100 + i, ADA);
	stage_fold(stage);
	changed.fingerprint = "0123456789abcdef";
	projector = stage_projector(stage, &changed);
	assert_int_equal(projector_turn(projector), TURN_AGAIN);
	assert_int_equal(projector_turn(projector), TURN_AGAIN);
	projector_destroy(projector);
	assert_string_equal(checkpoint_of(stage, "session__next"), "1000");
	stage_sql(stage, "CREATE TABLE session__next.mark ()");
	projector = stage_projector(stage, &changed);
	assert_int_equal(stage_turn(projector), TURN_IDLE);
	assert_string_equal(checkpoint_of(stage, "session"), "1010");
	assert_non_null(stage_sql(stage, "SELECT to_regclass('session.mark')"));
	projector_destroy(projector);
}

static void marked_projection_is_rebuilt_by_an_idle_projector(void **state)
{
	struct stage     *stage = *state;
	struct projector *projector = stage_projector(stage, stage_projection("account"));

	stage_register(stage, ADA, "Ada");
	assert_int_equal(stage_turn(projector), TURN_IDLE);
	stage_sql(stage, "UPDATE account.account SET locale = 'tampered'");
	stage_sql(stage, "UPDATE orrery.checkpoint SET fold = '' WHERE schema = 'account'");
	stage->waits_left = 1;
	assert_int_equal(projector_run(projector), TURN_IDLE);
	assert_string_equal(stage_sql(stage, "SELECT locale FROM account.account"), "en");
	assert_string_equal(stage_sql(stage, "SELECT locale FROM account__previous.account"), "tampered");
	projector_destroy(projector);
}

static void checkpoints_of_an_earlier_build_get_what_is_new(void **state)
{
	struct stage *stage = *state;

	stage_register(stage, ADA, "Ada");
	stage_fold(stage);
	stage_sql(stage, "ALTER TABLE orrery.checkpoint DROP COLUMN made, DROP COLUMN stays, DROP COLUMN digest, "
	                 "DROP COLUMN rows, DROP COLUMN digest_position, DROP COLUMN digested_at, "
	                 "DROP COLUMN built_events, DROP COLUMN built_us, DROP COLUMN built_workers");
	stage_register(stage, BERT, "Bert");
	stage_fold(stage);
	assert_string_equal(stage_sql(stage, "SELECT count(*) FROM account.account"), "2");
	assert_int_equal(atoi(stage_sql(stage, "SELECT count(DISTINCT made) FROM orrery.checkpoint")),
	                 projection_count);
}

/* ---- PostgreSQL goes and comes ---- */

static void goes_on_when_postgresql_comes_back(void **state)
{
	struct stage     *stage = *state;
	struct projector *projector = stage_projector(stage, stage_projection("session"));

	session_began(stage, 100, ADA);
	assert_int_equal(stage_turn(projector), TURN_IDLE);
	stage_cluster("stop");
	session_began(stage, 101, ADA);
	assert_int_equal(stage_turn(projector), TURN_RETRY);
	assert_int_equal(stage_turn(projector), TURN_RETRY);
	stage_cluster("start");
	assert_int_equal(stage_turn(projector), TURN_IDLE);
	assert_int_equal(stage->progress, 2);
	assert_string_equal(stage_sql(stage, "SELECT count(*) FROM session.session"), "2");
	projector_destroy(projector);
}

/* Stopped, nobody but a commit that waits writes PostgreSQL's own log to disk; killed, it takes PostgreSQL along. */
static pid_t stop_log_writer(struct stage *stage)
{
	const char *pid = stage_sql(stage, "SELECT pid FROM pg_stat_activity WHERE backend_type = 'walwriter'");
	pid_t       writer = (pid_t)strtol(pid, NULL, 10);

	assert_int_equal(kill(writer, SIGSTOP), 0);
	return writer;
}

static void told_position_outlives_a_crash_of_postgresql(void **state)
{
	struct stage     *stage = *state;
	struct projector *projector = stage_projector(stage, stage_projection("session"));
	pid_t             log_writer;

	session_began(stage, 100, ADA);
	assert_int_equal(stage_turn(projector), TURN_IDLE);
	log_writer = stop_log_writer(stage);
	session_began(stage, 101, ADA);
	assert_int_equal(stage_turn(projector), TURN_IDLE);
	stage_register(stage, ADA, "Ada"); /* changes no row: told all the same */
	assert_int_equal(stage_turn(projector), TURN_IDLE);
	assert_int_equal(stage->progress, 3);
	assert_int_equal(kill(log_writer, SIGKILL), 0);
	stage_cluster("stop");
	stage_cluster("start");
	assert_string_equal(stage_sql(stage, "SELECT count(*) FROM session.session"), "2");
	assert_string_equal(checkpoint_of(stage, "session"), "2");
	projector_destroy(projector);
}

/* Somebody may have told less in the meantime, and nothing else would ever tell more. */
static void idle_projector_tells_its_position_again(void **state)
{
	struct stage     *stage = *state;
	struct projector *projector = stage_projector(stage, stage_projection("session"));

	session_began(stage, 100, ADA);
	assert_int_equal(stage_turn(projector), TURN_IDLE);
	stage->progress = 0;
	assert_int_equal(stage_turn(projector), TURN_IDLE);
	assert_int_equal(stage->progress, 0);
	stage->waits_left = 1;
	assert_int_equal(projector_run(projector), TURN_IDLE);
	assert_int_equal(stage->progress, 1);
	projector_destroy(projector);
}

static void begins_when_postgresql_comes_late(void **state)
{
	struct stage     *stage = *state;
	struct projector *projector = stage_projector(stage, stage_projection("session"));

	session_began(stage, 100, ADA);
	stage_cluster("stop");
	assert_int_equal(stage_turn(projector), TURN_RETRY);
	stage_cluster("start");
	assert_int_equal(stage_turn(projector), TURN_IDLE);
	projector_destroy(projector);
}

/* ---- erasure ---- */

/* As the table of names holds them: in lower case. */
#define NAME "Zaphodrella Beeblebrox"
#define NAME_CLEAR "zaphodrella"

static void erased_name_is_in_no_file_of_the_cluster(void **state)
{
	struct stage     *stage = *state;
	struct projector *projector = stage_projector(stage, stage_projection("account"));

	stage_register(stage, ADA, NAME);
	stage_register(stage, BERT, "Bert");
	assert_int_equal(stage_turn(projector), TURN_IDLE);
	stage_sql(stage, "CHECKPOINT");
	stage_sql(stage, "ANALYZE");
	assert_true(stage_files_with(NAME_CLEAR) >= 2); /* its table and the write-ahead log */
	erased(stage, ADA);
	assert_int_equal(stage_turn(projector), TURN_IDLE);
	assert_int_equal(stage->progress, 3);
	assert_int_equal(stage_files_with(NAME_CLEAR), 0);
	assert_int_equal(stage_files_with("Zaphodrella"), 0);
	assert_string_equal(stage_sql(stage, "SELECT name FROM account.person_name"), "bert");
	projector_destroy(projector);
}

static struct pg_session *look_at(const char *sql)
{
	struct pg_session *session = pg_session_create(&(struct pg_settings){.connection = getenv("ORRERY_PG")});

	assert_int_equal(pg_session_connect(session), STATUS_OK);
	assert_int_equal(pg_session_script(session, sql, NULL), STATUS_OK);
	return session;
}

static void erased_name_goes_even_from_under_an_old_snapshot(void **state)
{
	struct stage      *stage = *state;
	struct projector  *projector = stage_projector(stage, stage_projection("account"));
	struct pg_session *reader;

	stage_register(stage, ADA, NAME);
	assert_int_equal(stage_turn(projector), TURN_IDLE);
	reader = look_at("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM account.account");
	erased(stage, ADA);
	assert_int_equal(stage_turn(projector), TURN_IDLE);
	assert_int_equal(stage_files_with(NAME_CLEAR), 0);
	pg_session_destroy(reader);
	projector_destroy(projector);
}

static void erased_name_goes_from_the_previous_tables_too(void **state)
{
	struct stage     *stage = *state;
	struct projection changed = *stage_projection("account");
	struct projector *projector;

	stage_register(stage, ADA, NAME);
	stage_fold(stage);
	changed.fingerprint = "0123456789abcdef";
	projector = stage_projector(stage, &changed);
	assert_int_equal(stage_turn(projector), TURN_IDLE);
	assert_string_equal(checkpoint_of(stage, "account__previous"), "1");
	erased(stage, ADA);
	assert_int_equal(stage_turn(projector), TURN_IDLE);
	assert_null(checkpoint_of(stage, "account__previous"));
	assert_int_equal(stage_files_with(NAME_CLEAR), 0);
	projector_destroy(projector);
}

static void rollback_copy_stays_when_it_shows_nobody_erased(void **state)
{
	struct stage     *stage = *state;
	struct projection changed = *stage_projection("account");
	struct projector *projector;

	stage_register(stage, ADA, NAME);
	erased(stage, ADA);
	stage_register(stage, BERT, "Bert");
	stage_fold(stage);
	changed.fingerprint = "0123456789abcdef";
	projector = stage_projector(stage, &changed);
	assert_int_equal(stage_turn(projector), TURN_IDLE);
	assert_string_equal(checkpoint_of(stage, "account__previous"), "3");
	projector_destroy(projector);
}

/* The purge is owed by the checkpoint, not by the process: whoever comes next does it before readers learn of it. */
static void progress_is_told_after_the_purge_even_by_the_next_projector(void **state)
{
	struct stage      *stage = *state;
	struct projector  *projector = stage_projector(stage, stage_projection("account"));
	struct pg_session *reader;

	stage_register(stage, ADA, NAME);
	assert_int_equal(stage_turn(projector), TURN_IDLE);
	reader = look_at("BEGIN; LOCK TABLE account.person_name IN ACCESS SHARE MODE");
	erased(stage, ADA);
	assert_int_equal(stage_turn(projector), TURN_RETRY);
	assert_string_equal(checkpoint_of(stage, "account"), "2");
	assert_int_equal(stage->progress, 1);
	assert_true(stage_files_with(NAME_CLEAR) > 0);
	projector_destroy(projector);
	pg_session_destroy(reader);
	projector = stage_projector(stage, stage_projection("account"));
	assert_int_equal(stage_turn(projector), TURN_IDLE);
	assert_int_equal(stage->progress, 2);
	assert_int_equal(stage_files_with(NAME_CLEAR), 0);
	projector_destroy(projector);
}

static void role_without_the_right_to_purge_the_log_goes_on(void **state)
{
	struct stage     *stage = *state;
	struct projector *projector;
	struct text       connection;

	stage_sql(stage, "DROP ROLE IF EXISTS plain");
	stage_sql(stage, "CREATE ROLE plain LOGIN");
	stage_sql(stage, "GRANT CREATE ON DATABASE postgres TO plain");
	connection = arena_format(&stage->arena, "%s user=plain", getenv("ORRERY_PG"));
	projector = projector_create(&(struct projector_settings){.projection = stage_projection("account"),
	                                                          .connection = connection.data,
	                                                          .log = &stage->log,
	                                                          .opener = &stage->opener,
	                                                          .stopping = &stage->stopping});
	stage_register(stage, ADA, NAME);
	erased(stage, ADA);
	assert_int_equal(stage_turn(projector), TURN_IDLE);
	assert_int_equal(stage->progress, 2);
	projector_destroy(projector);
	stage_sql(stage, "DROP OWNED BY plain CASCADE");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, stage_set_up, stage_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(refold_gives_the_same_rows_in_any_batches),
		TEST(refold_after_an_erasure_gives_the_same_rows),
		TEST(folds_more_than_a_batch),
		TEST(events_that_change_no_row_wait_for_one_that_does),
		TEST(second_projector_is_fenced),
		TEST(failing_event_stops_its_projection_alone_and_is_not_skipped),
		TEST(event_of_a_newer_writer_is_passed_by),
		TEST(rows_of_another_log_are_refused),
		TEST(refused_rows_go_on_after_a_rebuild),
		TEST(rows_go_on_in_an_epoch_that_began_behind_them),
		TEST(changed_fold_is_built_beside_and_swapped_in),
		TEST(interrupted_build_is_taken_up_again),
		TEST(marked_projection_is_rebuilt_by_an_idle_projector),
		TEST(checkpoints_of_an_earlier_build_get_what_is_new),
		TEST(goes_on_when_postgresql_comes_back),
		TEST(told_position_outlives_a_crash_of_postgresql),
		TEST(idle_projector_tells_its_position_again),
		TEST(begins_when_postgresql_comes_late),
		TEST(erased_name_is_in_no_file_of_the_cluster),
		TEST(erased_name_goes_even_from_under_an_old_snapshot),
		TEST(erased_name_goes_from_the_previous_tables_too),
		TEST(rollback_copy_stays_when_it_shows_nobody_erased),
		TEST(progress_is_told_after_the_purge_even_by_the_next_projector),
		TEST(role_without_the_right_to_purge_the_log_goes_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
