/* The stage itself: that it would notice a decider that is not pure. */
#include "schema/states.h"
#include "tests/commands/stage.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static uint32_t calls;

static void emit_nothing(const void *const states[], const void *command, struct decision *decision)
{
}

static void emit_what_it_remembers(const void *const states[], const void *command, struct decision *decision)
{
	emit(decision, sessions_revoked, .user = {.bytes = {1}}, .epoch = ++calls);
}

static void refuse_every_other_time(const void *const states[], const void *command, struct decision *decision)
{
	if (++calls % 2 == 0)
		refuse(decision, REFUSAL_session_over);
}

static void release_more_each_time(const void *const states[], const void *command, struct decision *decision)
{
	calls++;
	for (uint32_t i = 0; i < calls; i++)
		release(decision, CLAIM_email, TEXT("ada@example.org"));
}

static void write_into_the_state(const void *const states[], const void *command, struct decision *decision)
{
	((char *)states[0])[0]++;
}

static void write_into_the_command(const void *const states[], const void *command, struct decision *decision)
{
	((struct revoke_sessions *)command)->user.bytes[0] = 9;
}

static bool is_pure(void (*decide)(const void *const states[], const void *command, struct decision *decision))
{
	struct arena                  arena = {0};
	struct stage                  stage = {.arena = &arena, .time_us = 1};
	const struct command_type    *type = command_type_by_name(TEXT("revoke_sessions"));
	const struct command_handler *real = &command_handlers[type - command_types];
	const struct command_handler  handler = {type, real->loads, real->load_count, decide};
	struct revoke_sessions        command = {.user = {.bytes = {1}}};
	struct decision               decision;

	calls = 0;

	bool pure = stage_decide(&stage, &handler, &command, &decision);

	arena_finish(&arena);
	return pure;
}

static void a_pure_decider_passes(void **state)
{
	assert_true(is_pure(emit_nothing));
}

static void a_decider_that_remembers_is_noticed(void **state)
{
	assert_false(is_pure(emit_what_it_remembers));
	assert_false(is_pure(refuse_every_other_time));
	assert_false(is_pure(release_more_each_time));
}

static void a_decider_that_writes_is_noticed(void **state)
{
	assert_false(is_pure(write_into_the_state));
	assert_false(is_pure(write_into_the_command));
}

static struct id seen[2];

static void look_at_users(const void *const states[], const void *command, struct decision *decision)
{
	const struct session *session = states[0];
	const struct user    *user = states[1];

	seen[0] = session->user;
	seen[1].bytes[0] = (uint8_t)user->sessions_epoch;
}

static void a_state_is_loaded_by_an_id_of_another(void **state)
{
	struct arena                 arena = {0};
	struct stage                 stage = {.arena = &arena, .time_us = 1};
	const struct load            loads[] = {{.noun = (uint16_t)(noun_type_by_name(TEXT("session")) - noun_types)},
	                                        {.noun = (uint16_t)(noun_type_by_name(TEXT("user")) - noun_types),
	                                         .from = 1,
	                                         .offset = offsetof(struct session, user)}};
	const struct command_handler handler = {command_type_by_name(TEXT("log_out")), loads, 2, look_at_users};
	struct session_started       started = {.session = {{1}}, .user = {{2}}, .device = TEXT("")};
	struct sessions_revoked      revoked = {.user = {{2}}, .epoch = 7};
	struct log_out               command = {.session = {{1}}};
	struct decision              decision;

	stage_happened(&stage, event_type_by_name(TEXT("session_started")), &started);
	stage_happened(&stage, event_type_by_name(TEXT("sessions_revoked")), &revoked);
	assert_true(stage_decide(&stage, &handler, &command, &decision));
	assert_true(id_equal(seen[0], (struct id){{2}}));
	assert_int_equal(seen[1].bytes[0], 7);
	command.session = (struct id){{3}};
	assert_true(stage_decide(&stage, &handler, &command, &decision));
	assert_false(id_present(seen[0]) || id_present(seen[1]));
	arena_finish(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_pure_decider_passes),
		cmocka_unit_test(a_decider_that_remembers_is_noticed),
		cmocka_unit_test(a_decider_that_writes_is_noticed),
		cmocka_unit_test(a_state_is_loaded_by_an_id_of_another),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
