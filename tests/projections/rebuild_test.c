/* Copies of read models: the same rows however they are folded, swapped in whole or not at all, and nothing of an
 * erased person in any of them. The history is made by chance, under a seed that is printed (ORRERY_SEED repeats it).
 */
#include "tests/projections/attempt_life.h"
#include "tests/projections/course_life.h"
#include "tests/projections/grade_life.h"
#include "tests/projections/stage.h"
#include "tests/projections/work_life.h"

#include "projections/rebuild.h"
#include "schema/commands.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { PEOPLE = 40, LIVES = 1200, LOOK_MAX = 100 };

#define ADA stage_id(1)
#define NAME "Zaphodrella Beeblebrox"
#define NAME_CLEAR "zaphodrella"

/* ---- a history ---- */

static uint64_t chance_state;

/* xorshift64* */
static uint32_t chance(uint32_t below)
{
	chance_state ^= chance_state >> 12;
	chance_state ^= chance_state << 25;
	chance_state ^= chance_state >> 27;
	return (uint32_t)((chance_state * 2685821657736338717u) >> 33) % below;
}

static void seed_chance(void)
{
	const char *given = getenv("ORRERY_SEED");

	random_fill(&chance_state, sizeof(chance_state));
	if (given)
		chance_state = strtoull(given, NULL, 10);
	chance_state |= 1;
	printf("# ORRERY_SEED=%llu\n", (unsigned long long)chance_state);
}

static void erased(struct stage *stage, struct id user)
{
	HAPPEN(stage, user_erased, .user = user);
	stage_forget(stage, user);
}

/* One of the person's last sessions, or a new one, since a session's id is never given again. */
static void session_event(struct stage *stage, struct id user)
{
	static uint32_t begun[PEOPLE + 1];

	uint32_t *mine = &begun[user.bytes[15]];
	struct id session = stage_id(user.bytes[15] * 1000u + (*mine > 3 ? *mine - chance(3) : *mine));

	switch (chance(4)) {
	case 0:
		HAPPEN(stage, session_revoked, .session = session, .user = user, .ending = SESSION_ENDING_logout);
		break;
	case 1:
		HAPPEN(stage, session_refreshed, .session = session, .user = user, .generation = chance(9));
		break;
	default:
		HAPPEN(stage, session_started, .session = stage_id(user.bytes[15] * 1000u + ++*mine), .user = user,
		       .method = LOGIN_METHOD_password, .device = TEXT("Firefox"), .epoch = 1);
	}
}

static void account_event(struct stage *stage, struct id user)
{
	static const char *const names[] = {"Grace Hopper", "Ada", "Émilie du Châtelet", ""};
	const char              *name = names[chance(4)];
	char                     wallet[16];

	snprintf(wallet, sizeof(wallet), "WALLET%u", user.bytes[15] * 3 + chance(3));
	switch (chance(5)) {
	case 0:
		HAPPEN(stage, profile_changed, .user = user, .name = *name ? text_from(name) : TEXT_NONE,
		       .bio = TEXT("…"), .time_zone = chance(2) ? TEXT("") : TEXT("Europe/Vienna"));
		break;
	case 1:
		HAPPEN(stage, preferences_changed, .user = user, .theme = chance(2) ? THEME_dark : 0);
		break;
	case 2:
		HAPPEN(stage, role_granted, .user = user, .role = ROLE_instructor);
		break;
	case 3:
		HAPPEN(stage, wallet_linked, .user = user, .address = text_from(wallet), .nonce = TEXT("nonce-one"));
		break;
	default:
		HAPPEN(stage, role_revoked, .user = user, .role = ROLE_instructor);
	}
}

static void live(struct stage *stage)
{
	struct course_life  life = {.chance = chance};
	struct attempt_life attempts = {.chance = chance};
	struct grade_life   grades = {.chance = chance};
	struct work_life    work = {.chance = chance};

	seed_chance();
	for (uint32_t i = 1; i <= PEOPLE; i++)
		stage_register(stage, stage_id(i), "Somebody");
	for (uint32_t i = 0; i < LIVES; i++) {
		struct id user = stage_id(1 + chance(PEOPLE));

		if (chance(200) == 0)
			erased(stage, user);
		else
			(chance(2) ? session_event : account_event)(stage, user);
		if (chance(4) == 0)
			course_life_event(stage, &life);
		if (chance(3) == 0)
			attempt_life_event(stage, &attempts);
		if (chance(4) == 0)
			grade_life_event(stage, &grades);
		if (chance(5) == 0)
			work_life_event(stage, &work);
	}
}

/* ---- rebuilding ---- */

/* Hands out the stage's log a hundred events at a time, and says stop after some. */
struct site {
	struct stage           *stage;
	struct projector_log    log;
	struct rebuild_settings settings;
	struct rebuild_report   report;
	atomic_bool             stopping;
	_Atomic uint32_t        looks_left;
	void (*on_compare)(struct site *site);
};

static enum status look(void *owner, uint64_t from, uint32_t limit, reader_visit visit, void *visitor)
{
	struct site *site = owner;

	if (atomic_fetch_sub(&site->looks_left, 1) == 1)
		atomic_store(&site->stopping, true);
	return site->stage->log.each(site->stage, from, limit < LOOK_MAX ? limit : LOOK_MAX, visit, visitor);
}

static struct log_identity site_identity(void *owner)
{
	struct site *site = owner;

	return site->stage->identity;
}

static enum status site_head(void *owner, uint64_t *head)
{
	struct site *site = owner;

	return site->stage->log.head(site->stage, head);
}

static enum status site_leaf(void *owner, uint64_t position, struct hash *leaf)
{
	struct site *site = owner;

	return site->stage->log.leaf(site->stage, position, leaf);
}

static enum status open_log(void *owner, struct projector_log **out)
{
	struct site *site = owner;

	*out = &site->log;
	return STATUS_OK;
}

static void close_log(void *owner, struct projector_log *log)
{
}

static void on_phase(void *owner, enum rebuild_phase phase, uint64_t total)
{
	struct site *site = owner;
	void (*on_compare)(struct site *) = site->on_compare;

	if (phase != REBUILD_COMPARING || !on_compare)
		return;
	site->on_compare = NULL;
	on_compare(site);
}

static void prepare(struct site *site, struct stage *stage, const struct projection *projection, uint32_t workers)
{
	*site = (struct site){.stage = stage};
	site->log = (struct projector_log){
		.owner = site, .identity = site_identity, .head = site_head, .each = look, .leaf = site_leaf};
	site->settings = (struct rebuild_settings){.bulk = {.projection = projection,
	                                                    .connection = getenv("ORRERY_PG"),
	                                                    .opener = &stage->opener,
	                                                    .open_log = open_log,
	                                                    .close_log = close_log,
	                                                    .owner = site,
	                                                    .workers = workers,
	                                                    .stopping = &site->stopping},
	                                           .on_phase = on_phase,
	                                           .owner = site};
}

static void assert_ends(struct site *site, enum rebuild_end end, enum rebuild_end expected)
{
	if (end != expected)
		fail_msg("it ended with %d instead of %d: %s", end, expected, site->report.problem);
}

static void run(struct site *site, enum rebuild_end expected)
{
	assert_ends(site, rebuild_run(&site->settings, &site->report), expected);
}

static const char *checkpoint_of(struct stage *stage, const char *schema, const char *column)
{
	return stage_sql(stage, arena_format(&stage->arena, "SELECT %s FROM orrery.checkpoint WHERE schema = '%s'",
	                                     column, schema)
	                                .data);
}

static enum projector_turn turn_once(struct stage *stage, const struct projection *projection)
{
	struct projector   *projector = stage_projector(stage, projection);
	enum projector_turn turn = stage_turn(projector);

	projector_destroy(projector);
	return turn;
}

static struct projection changed(const char *name)
{
	struct projection projection = *stage_projection(name);

	projection.fingerprint = "0123456789abcdef";
	return projection;
}

/* ---- the same rows ---- */

static void rebuilt_by_one_worker_by_many_and_folded_live_have_the_same_digest(void **state)
{
	struct stage *stage = *state;
	struct site   site;

	live(stage);
	stage_fold(stage);
	for (uint32_t i = 0; i < projection_count; i++) {
		for (uint32_t workers = 1; workers <= 5; workers += 2) {
			prepare(&site, stage, &projections[i], workers);
			run(&site, REBUILD_DONE);
			assert_true(site.report.compared);
			assert_memory_equal(&site.report.living.hash, &site.report.built.hash, sizeof(struct hash));
			assert_true(site.report.built.rows > 10);
			assert_int_equal(site.report.beginnings, 1);
		}
		assert_null(
			checkpoint_of(stage, arena_format(&stage->arena, "%s__next", projections[i].name).data, "1"));
	}
	/* What is read of each, and what was read before. */
	assert_int_equal(atoi(stage_sql(stage, "SELECT count(*) FROM orrery.checkpoint")), 2 * projection_count);
}

static struct pg_session *connect_to_checkpoints(void)
{
	const struct pg_settings settings = {.connection = getenv("ORRERY_PG"),
	                                     .statements = checkpoint_statements,
	                                     .statement_count = CHECKPOINT_STATEMENTS};
	struct pg_session       *session = pg_session_create(&settings);

	assert_int_equal(pg_session_connect(session), STATUS_OK);
	return session;
}

static const char *digest_of(struct stage *stage, const char *schema)
{
	struct pg_session  *session = connect_to_checkpoints();
	struct model_digest digest;
	char                text[DIGEST_TEXT_SIZE + 1];

	assert_int_equal(digest_take(session, schema, &digest), STATUS_OK);
	digest_format(&digest, text);
	pg_session_destroy(session);
	return arena_text(&stage->arena, text_from(text)).data;
}

static void digest_tells_null_from_empty_and_one_position_from_another(void **state)
{
	struct stage *stage = *state;
	const char   *with_null, *with_empty, *later;

	stage_register(stage, ADA, "Ada");
	stage_register(stage, stage_id(2), "Bert");
	stage_fold(stage);
	with_null = digest_of(stage, "account");
	stage_sql(stage, "UPDATE account.account SET bio = ''");
	with_empty = digest_of(stage, "account");
	stage_sql(stage, "UPDATE account.account SET bio = NULL");
	assert_string_not_equal(with_null, with_empty);
	assert_string_equal(digest_of(stage, "account"), with_null);
	stage_sql(stage, "UPDATE orrery.checkpoint SET position = position + 1");
	later = digest_of(stage, "account");
	assert_string_not_equal(later, with_null);
}

/* ---- differing rows ---- */

static void rows_that_differ_are_not_swapped_in_unless_told(void **state)
{
	struct stage *stage = *state;
	struct site   site;

	live(stage);
	stage_fold(stage);
	stage_sql(stage,
	          "UPDATE account.account SET theme = 'tampered' WHERE user_id = (SELECT min(user_id::text)::uuid "
	          "FROM account.account)");
	prepare(&site, stage, stage_projection("account"), 2);
	run(&site, REBUILD_DIFFERS);
	assert_string_equal(digest_difference(&site.report.living, &site.report.built), "account");
	assert_string_equal(stage_sql(stage, "SELECT count(*) FROM account.account WHERE theme = 'tampered'"), "1");
	assert_int_equal(turn_once(stage, stage_projection("account")), TURN_IDLE);
	prepare(&site, stage, stage_projection("account"), 2);
	site.settings.accept_difference = true;
	run(&site, REBUILD_DONE);
	assert_true(site.report.resumed);
	assert_string_equal(stage_sql(stage, "SELECT count(*) FROM account.account WHERE theme = 'tampered'"), "0");
}

static void verifying_names_the_table_and_leaves_nothing(void **state)
{
	struct stage *stage = *state;
	struct site   site;

	live(stage);
	stage_fold(stage);
	prepare(&site, stage, stage_projection("account"), 3);
	assert_ends(&site, rebuild_verify(&site.settings, &site.report), REBUILD_DONE);
	stage_sql(stage, "DELETE FROM account.person_name WHERE user_id = (SELECT user_id FROM account.person_name "
	                 "LIMIT 1)");
	assert_ends(&site, rebuild_verify(&site.settings, &site.report), REBUILD_DIFFERS);
	assert_string_equal(digest_difference(&site.report.living, &site.report.built), "person_name");
	assert_null(stage_sql(stage, "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'account\\_\\_%'"));
	assert_null(checkpoint_of(stage, "account__verify", "1"));
}

static void rows_of_another_log_are_replaced_without_comparing(void **state)
{
	struct stage *stage = *state;
	struct site   site;

	live(stage);
	stage_fold(stage);
	stage->identity.store = stage_id(77);
	assert_int_equal(turn_once(stage, stage_projection("session")), TURN_REFUSED);
	prepare(&site, stage, stage_projection("session"), 2);
	assert_ends(&site, rebuild_verify(&site.settings, &site.report), REBUILD_UNCERTAIN);
	run(&site, REBUILD_DONE);
	assert_false(site.report.compared);
	assert_int_equal(turn_once(stage, stage_projection("session")), TURN_IDLE);
	assert_ends(&site, rebuild_verify(&site.settings, &site.report), REBUILD_DONE);
}

/* ---- beside a living projector ---- */

static void swap_lets_the_projector_go_on(void **state)
{
	struct stage            *stage = *state;
	const struct projection *projection = stage_projection("session");
	struct projector        *projector = stage_projector(stage, projection);
	struct site              site;

	live(stage);
	assert_int_equal(stage_turn(projector), TURN_IDLE);
	for (uint32_t i = 0; i < 5; i++) {
		prepare(&site, stage, projection, 1 + i % 2);
		run(&site, REBUILD_DONE);
		HAPPEN(stage, session_started, .session = stage_id(5000 + i), .user = ADA,
		       .method = LOGIN_METHOD_password, .device = TEXT("Firefox"), .epoch = 1);
		assert_int_equal(stage_turn(projector), TURN_IDLE);
		assert_int_equal(stage->progress, stage->record_count);
	}
	assert_ends(&site, rebuild_verify(&site.settings, &site.report), REBUILD_DONE);
	projector_destroy(projector);
}

static void append_more(struct site *site)
{
	for (uint32_t i = 0; i < 20; i++)
		HAPPEN(site->stage, profile_changed, .user = ADA, .bio = TEXT("later"));
}

/* What came while it was built is in it before anybody reads it, whether the projector had come to it or not. */
static void nothing_that_came_meanwhile_is_missing_after_the_swap(void **state)
{
	struct stage *stage = *state;
	struct site   site;

	stage_register(stage, ADA, "Ada");
	stage_fold(stage);
	prepare(&site, stage, stage_projection("account"), 1);
	site.on_compare = append_more;
	run(&site, REBUILD_DONE);
	assert_int_equal(site.report.position, 21);
	assert_string_equal(checkpoint_of(stage, "account", "position"), "21");
	assert_string_equal(checkpoint_of(stage, "account__previous", "position"), "1");
}

static void a_changed_fold_waits_for_whoever_builds_already(void **state)
{
	struct stage      *stage = *state;
	struct projection  other = changed("account");
	struct site        site;
	struct pg_session *builder = connect_to_checkpoints();
	bool               locked;

	stage_register(stage, ADA, "Ada");
	stage_fold(stage);
	assert_int_equal(checkpoint_lock(builder, "account", &locked), STATUS_OK);
	assert_true(locked);
	assert_int_equal(turn_once(stage, &other), TURN_RETRY);
	assert_null(checkpoint_of(stage, "account__next", "1"));
	prepare(&site, stage, &other, 1);
	run(&site, REBUILD_LOCKED);
	pg_session_destroy(builder);
	run(&site, REBUILD_DONE);
	assert_false(site.report.compared);
	assert_int_equal(turn_once(stage, &other), TURN_IDLE);
}

/* ---- interrupted ---- */

static void many_workers_go_on_where_each_of_them_was_interrupted(void **state)
{
	struct stage *stage = *state;
	struct site   site;
	uint32_t      stops = 0;

	live(stage);
	stage_fold(stage);
	for (;; stops++) {
		enum rebuild_end end;

		prepare(&site, stage, stage_projection("account"), 3);
		site.looks_left = 4 + chance(6);
		end = rebuild_run(&site.settings, &site.report);
		if (end == REBUILD_DONE)
			break;
		assert_ends(&site, end, REBUILD_STOPPED);
		assert_string_equal(checkpoint_of(stage, "account__next", "position"), "0");
		assert_string_equal(
			stage_sql(stage,
		                  "SELECT count(*) FROM orrery.checkpoint WHERE schema LIKE 'account\\_\\_next/%'"),
			"3");
	}
	printf("# stopped %u times\n", stops);
	assert_true(stops >= 2);
	assert_true(site.report.resumed);
	assert_true(site.report.compared);
}

static void a_projector_does_not_go_on_with_what_workers_shared_out(void **state)
{
	struct stage     *stage = *state;
	struct projection other = changed("account");
	struct site       site;

	live(stage);
	stage_fold(stage);
	prepare(&site, stage, &other, 3);
	site.looks_left = 4;
	run(&site, REBUILD_STOPPED);
	assert_int_equal(turn_once(stage, &other), TURN_IDLE);
	prepare(&site, stage, &other, 2);
	assert_ends(&site, rebuild_verify(&site.settings, &site.report), REBUILD_DONE);
}

static void cancel(struct site *site)
{
	struct site other;

	prepare(&other, site->stage, site->settings.bulk.projection, 1);
	assert_ends(&other, rebuild_cancel(&other.settings, &other.report), REBUILD_DONE);
}

static void cancelled_copy_goes_whether_somebody_builds_it_or_not(void **state)
{
	struct stage *stage = *state;
	struct site   site;

	live(stage);
	stage_fold(stage);
	prepare(&site, stage, stage_projection("account"), 2);
	site.on_compare = cancel;
	run(&site, REBUILD_CANCELLED);
	assert_null(checkpoint_of(stage, "account__next", "1"));
	prepare(&site, stage, stage_projection("account"), 2);
	site.looks_left = 4;
	run(&site, REBUILD_STOPPED);
	cancel(&site);
	assert_int_equal(atoi(stage_sql(stage, "SELECT count(*) FROM orrery.checkpoint")), projection_count);
	assert_ends(&site, rebuild_cancel(&site.settings, &site.report), REBUILD_MISSING);
}

static void an_event_that_cannot_be_folded_is_named(void **state)
{
	struct stage     *stage = *state;
	struct projection broken = changed("session");
	struct site       site;

	stage_fold(stage);
	HAPPEN(stage, session_started, .session = stage_id(100), .user = ADA, .method = LOGIN_METHOD_password,
	       .device = TEXT("x"), .epoch = 1);
	HAPPEN(stage, session_started, .session = stage_id(100), .user = ADA, .method = LOGIN_METHOD_password,
	       .device = TEXT("x"), .epoch = 1);
	prepare(&site, stage, &broken, 1);
	run(&site, REBUILD_FAILED);
	assert_non_null(strstr(site.report.problem, "session_started at position 2 cannot be folded"));
}

/* ---- erasure ---- */

static void erase_ada(struct site *site)
{
	erased(site->stage, ADA);
	assert_int_equal(turn_once(site->stage, stage_projection("account")), TURN_IDLE);
	assert_int_equal(stage_files_with(NAME_CLEAR), 0);
}

static void erasure_while_it_is_built_leaves_no_name_in_any_file(void **state)
{
	struct stage *stage = *state;
	struct site   site;

	stage_register(stage, ADA, NAME);
	stage_register(stage, stage_id(2), "Bert");
	stage_fold(stage);
	prepare(&site, stage, stage_projection("account"), 1);
	site.on_compare = erase_ada;
	run(&site, REBUILD_DONE);
	assert_int_equal(site.report.beginnings, 2);
	assert_int_equal(stage_files_with(NAME_CLEAR), 0);
	assert_string_equal(stage_sql(stage, "SELECT count(*) FROM account.account"), "1");
}

static void erase_ada_unseen(struct site *site)
{
	erased(site->stage, ADA);
}

/* The copy folds the erasure before the living rows do, and takes their place owing the purge of both. */
static void erasure_that_the_copy_folds_first_is_purged_before_it_is_told(void **state)
{
	struct stage *stage = *state;
	struct site   site;

	stage_register(stage, ADA, NAME);
	stage_register(stage, stage_id(2), "Bert");
	stage_fold(stage);
	prepare(&site, stage, stage_projection("account"), 1);
	site.on_compare = erase_ada_unseen;
	run(&site, REBUILD_DONE);
	assert_true(stage_files_with(NAME_CLEAR) > 0);
	assert_int_equal(turn_once(stage, stage_projection("account")), TURN_IDLE);
	assert_int_equal(stage->progress, stage->record_count);
	assert_int_equal(stage_files_with(NAME_CLEAR), 0);
	assert_null(checkpoint_of(stage, "account__previous", "1"));
}

/* The living rows owe a purge that a reader keeps from them, and are swapped out before it was made. */
static void a_purge_that_was_owed_is_made_by_what_takes_their_place(void **state)
{
	struct stage      *stage = *state;
	struct pg_session *reader = connect_to_checkpoints();
	struct site        site;

	stage_register(stage, ADA, NAME);
	stage_register(stage, stage_id(2), "Bert");
	stage_fold(stage);
	assert_int_equal(pg_session_script(reader, "BEGIN; LOCK TABLE account.person_name IN ACCESS SHARE MODE", NULL),
	                 STATUS_OK);
	erased(stage, ADA);
	assert_int_equal(turn_once(stage, stage_projection("account")), TURN_RETRY);
	prepare(&site, stage, stage_projection("account"), 1);
	run(&site, REBUILD_DONE);
	pg_session_destroy(reader);
	assert_true(stage_files_with(NAME_CLEAR) > 0);
	assert_int_equal(turn_once(stage, stage_projection("account")), TURN_IDLE);
	assert_int_equal(stage_files_with(NAME_CLEAR), 0);
}

static void copies_of_the_past_go_when_they_show_somebody_erased(void **state)
{
	struct stage *stage = *state;
	struct site   site;

	stage_register(stage, ADA, NAME);
	stage_register(stage, stage_id(2), "Bert");
	stage_fold(stage);
	prepare(&site, stage, stage_projection("account"), 1);
	assert_ends(&site, rebuild_at(&site.settings, 1, &site.report), REBUILD_DONE);
	assert_string_equal(stage_sql(stage, "SELECT count(*) FROM account__at_1.account"), "1");
	erased(stage, ADA);
	assert_int_equal(turn_once(stage, stage_projection("account")), TURN_IDLE);
	assert_null(checkpoint_of(stage, "account__at_1", "1"));
	assert_int_equal(stage_files_with(NAME_CLEAR), 0);
	assert_ends(&site, rebuild_at(&site.settings, 2, &site.report), REBUILD_DONE);
	assert_string_equal(stage_sql(stage, "SELECT count(*) FROM account__at_2.account"), "2");
	assert_int_equal(stage_files_with(NAME_CLEAR), 0);
	assert_ends(&site, rebuild_drop(&site.settings, "__at_2", &site.report), REBUILD_DONE);
	assert_null(checkpoint_of(stage, "account__at_2", "1"));
	assert_ends(&site, rebuild_drop(&site.settings, "__at_2", &site.report), REBUILD_MISSING);
	assert_ends(&site, rebuild_at(&site.settings, 4, &site.report), REBUILD_FAILED);
}

/* ---- going back ---- */

static void what_was_before_of_the_same_fold_catches_up_and_is_read_again(void **state)
{
	struct stage *stage = *state;
	struct site   site;

	live(stage);
	stage_fold(stage);
	prepare(&site, stage, stage_projection("session"), 1);
	assert_ends(&site, rebuild_roll_back(&site.settings, false, &site.report), REBUILD_MISSING);
	run(&site, REBUILD_DONE);
	stage_sql(stage, "CREATE TABLE session__previous.mark ()");
	HAPPEN(stage, session_started, .session = stage_id(9999), .user = ADA, .method = LOGIN_METHOD_password,
	       .device = TEXT("x"), .epoch = 1);
	assert_ends(&site, rebuild_roll_back(&site.settings, false, &site.report), REBUILD_DONE);
	assert_non_null(stage_sql(stage, "SELECT to_regclass('session.mark')"));
	assert_int_equal(site.report.position, stage->record_count);
	assert_int_equal(turn_once(stage, stage_projection("session")), TURN_IDLE);
	stage_sql(stage, "DROP TABLE session.mark");
	assert_ends(&site, rebuild_verify(&site.settings, &site.report), REBUILD_DONE);
}

static void what_was_before_of_another_fold_stays_until_somebody_decides(void **state)
{
	struct stage     *stage = *state;
	struct projection other = changed("session");
	struct site       site;

	live(stage);
	stage_fold(stage);
	assert_int_equal(turn_once(stage, &other), TURN_IDLE);
	HAPPEN(stage, session_started, .session = stage_id(9999), .user = ADA, .method = LOGIN_METHOD_password,
	       .device = TEXT("x"), .epoch = 1);
	prepare(&site, stage, &other, 1);
	assert_ends(&site, rebuild_roll_back(&site.settings, false, &site.report), REBUILD_UNCERTAIN);
	assert_ends(&site, rebuild_roll_back(&site.settings, true, &site.report), REBUILD_DONE);
	assert_int_equal(turn_once(stage, &other), TURN_RETRY);
	assert_null(checkpoint_of(stage, "session__next", "1"));
	assert_int_equal(turn_once(stage, stage_projection("session")), TURN_IDLE);
	assert_string_equal(checkpoint_of(stage, "session", "stays"), "f");
	assert_int_equal(turn_once(stage, &other), TURN_IDLE);
	assert_string_equal(checkpoint_of(stage, "session", "fold"), "0123456789abcdef");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, stage_set_up, stage_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(rebuilt_by_one_worker_by_many_and_folded_live_have_the_same_digest),
		TEST(digest_tells_null_from_empty_and_one_position_from_another),
		TEST(rows_that_differ_are_not_swapped_in_unless_told),
		TEST(verifying_names_the_table_and_leaves_nothing),
		TEST(rows_of_another_log_are_replaced_without_comparing),
		TEST(swap_lets_the_projector_go_on),
		TEST(nothing_that_came_meanwhile_is_missing_after_the_swap),
		TEST(a_changed_fold_waits_for_whoever_builds_already),
		TEST(many_workers_go_on_where_each_of_them_was_interrupted),
		TEST(a_projector_does_not_go_on_with_what_workers_shared_out),
		TEST(cancelled_copy_goes_whether_somebody_builds_it_or_not),
		TEST(an_event_that_cannot_be_folded_is_named),
		TEST(erasure_while_it_is_built_leaves_no_name_in_any_file),
		TEST(erasure_that_the_copy_folds_first_is_purged_before_it_is_told),
		TEST(a_purge_that_was_owed_is_made_by_what_takes_their_place),
		TEST(copies_of_the_past_go_when_they_show_somebody_erased),
		TEST(what_was_before_of_the_same_fold_catches_up_and_is_read_again),
		TEST(what_was_before_of_another_fold_stays_until_somebody_decides),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
