#include "commands/decision.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static struct decision open_decision(struct arena *arena)
{
	return (struct decision){.arena = arena, .time_us = 1};
}

static void emit_verified(struct decision *decision, uint8_t person)
{
	emit(decision, email_verified, .user = {.bytes = {person}});
}

static void emit_keeps_a_copy_of_each_event_in_order(void **state)
{
	struct arena    arena = {0};
	struct decision decision = open_decision(&arena);

	emit_verified(&decision, 1);
	emit(&decision, sessions_revoked, .user = {.bytes = {2}}, .epoch = 3);
	assert_int_equal(decision.event_count, 2);
	assert_int_equal(decision.events[0].type->number, EVENT_email_verified);
	assert_int_equal(((const struct email_verified *)decision.events[0].event)->user.bytes[0], 1);
	assert_int_equal(decision.events[1].type->number, EVENT_sessions_revoked);
	assert_int_equal(((const struct sessions_revoked *)decision.events[1].event)->epoch, 3);
	arena_finish(&arena);
}

static void release_keeps_each_claim_in_order(void **state)
{
	struct arena    arena = {0};
	struct decision decision = open_decision(&arena);

	release(&decision, CLAIM_email, TEXT("ada@example.org"));
	release(&decision, CLAIM_wallet, TEXT("W1"));
	assert_int_equal(decision.release_count, 2);
	assert_int_equal(decision.releases[0].claim, CLAIM_email);
	assert_true(text_is(decision.releases[0].value, "ada@example.org"));
	assert_int_equal(decision.releases[1].claim, CLAIM_wallet);
	arena_finish(&arena);
}

static void refuse_until_says_when_to_try_again(void **state)
{
	struct decision decision = {0};

	refuse_until(&decision, REFUSAL_login_locked, 42);
	assert_int_equal(decision.refusal, REFUSAL_login_locked);
	assert_int_equal(decision.retry_at_us, 42);
}

static void refuse_says_no_time(void **state)
{
	struct decision decision = {0};

	refuse(&decision, REFUSAL_session_over);
	assert_int_equal(decision.refusal, REFUSAL_session_over);
	assert_int_equal(decision.retry_at_us, 0);
}

/* ---------------------------------------------------------------- contradictions stop the process */

/* The child's complaint on stderr is expected, so it is closed. */
static void assert_stops(void (*contradict)(struct decision *decision))
{
	pid_t child = fork();
	int   status;

	assert_true(child >= 0);
	if (child == 0) {
		struct arena    arena = {0};
		struct decision decision = open_decision(&arena);

		signal(SIGABRT, SIG_DFL);
		fclose(stderr);
		contradict(&decision);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

static void refuse_twice(struct decision *decision)
{
	refuse(decision, REFUSAL_session_over);
	refuse(decision, REFUSAL_session_over);
}

static void refuse_after_an_event(struct decision *decision)
{
	emit_verified(decision, 1);
	refuse(decision, REFUSAL_session_over);
}

static void emit_after_a_refusal(struct decision *decision)
{
	refuse(decision, REFUSAL_session_over);
	emit_verified(decision, 1);
}

static void release_after_a_refusal(struct decision *decision)
{
	refuse(decision, REFUSAL_session_over);
	release(decision, CLAIM_email, TEXT("ada@example.org"));
}

static void refuse_with_nothing(struct decision *decision)
{
	refuse(decision, REFUSAL_none);
}

static void emit_too_much(struct decision *decision)
{
	for (int i = 0; i <= DECISION_EVENTS_MAX; i++)
		emit_verified(decision, 1);
}

static void emit_an_unknown_event(struct decision *decision)
{
	decision_emit(decision, UINT16_MAX, "", 1);
}

static void emit_another_events_struct(struct decision *decision)
{
	decision_emit(decision, EVENT_user_registered, &(struct email_verified){0}, sizeof(struct email_verified));
}

static void a_decision_that_contradicts_itself_is_a_bug(void **state)
{
	assert_stops(refuse_twice);
	assert_stops(refuse_after_an_event);
	assert_stops(emit_after_a_refusal);
	assert_stops(release_after_a_refusal);
	assert_stops(refuse_with_nothing);
}

static void an_event_that_does_not_fit_is_a_bug(void **state)
{
	assert_stops(emit_too_much);
	assert_stops(emit_an_unknown_event);
	assert_stops(emit_another_events_struct);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(emit_keeps_a_copy_of_each_event_in_order),
		cmocka_unit_test(release_keeps_each_claim_in_order),
		cmocka_unit_test(refuse_until_says_when_to_try_again),
		cmocka_unit_test(refuse_says_no_time),
		cmocka_unit_test(a_decision_that_contradicts_itself_is_a_bug),
		cmocka_unit_test(an_event_that_does_not_fit_is_a_bug),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
