/* The bus over a real store, with the schema's own commands. */
#include "commands/bus.h"

#include "eventstore/codec/codec_msgpack.h"
#include "eventstore/log/reader.h"
#include "eventstore/writer/journal.h"
#include "schema/commands.h"
#include "tests/eventstore/ground.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { NAME_SIZE_MAX = 128, MANY = 300 };

static struct store         *store;
static struct bus           *bus;
static struct writer_decider decider;
static struct arena          arena;
static struct buffer         body;
static int64_t               now_us;
static struct id             ada, bob;

static int64_t clock_of_the_test(void)
{
	return now_us += 1000;
}

/* ---------------------------------------------------------------- submitting */

static struct answer decide(const struct submission *submission)
{
	struct answer answer = {0};

	decider.decide(decider.owner, submission, &arena, &answer);
	return answer;
}

/* The command, packed, under an id of its own; valid until the next one. */
static struct submission submission_of(const char *name, const struct shape *shape, const void *command)
{
	body.size = 0;
	assert_int_equal(msgpack_encode_shape(shape, command, FIELD_INPUT, NULL, &body), STATUS_OK);
	return (struct submission){
		.command = text_from(name), .command_id = id_fresh(), .body = arena_bytes(&arena, buffer_bytes(&body))};
}

#define SUBMISSION(command, ...) submission_of(#command, &command##_shape, &(struct command){__VA_ARGS__})

static struct submission registration(struct id user, const char *email)
{
	return SUBMISSION(register_user, .user = user, .email = text_from(email), .name = TEXT("Somebody"),
	                  .locale = TEXT("en"), .region = TEXT("GB"), .password_hash = TEXT("made up"),
	                  .token = TEXT("0123456789012345678901234567890123456789012"), .token_hash = {.bytes = "hash"},
	                  .expires_at = 1);
}

static struct answer register_as(struct id user, const char *email)
{
	struct submission submission = registration(user, email);

	return decide(&submission);
}

static struct submission privacy(struct id user, enum audience audience)
{
	return SUBMISSION(change_privacy, .user = user, .audience = audience);
}

static struct answer link_wallet(struct id user, const char *address, const char *nonce)
{
	struct submission submission =
		SUBMISSION(link_wallet, .user = user, .address = text_from(address), .nonce = text_from(nonce));

	return decide(&submission);
}

static void assert_kept(struct answer answer, uint64_t position)
{
	if (!text_is(answer.status, "ok"))
		fail_msg("%.*s: %.*s", TEXT_ARG(answer.status), TEXT_ARG(answer.sentence));
	assert_null(answer.refusal.data);
	assert_int_equal(answer.position, position);
}

static void assert_refused(struct answer answer, const char *refusal)
{
	assert_true(text_is(answer.status, "ok"));
	assert_true(answer.refusal.data && text_is(answer.refusal, refusal));
}

static void assert_failed(struct answer answer, const char *status)
{
	assert_true(text_is(answer.status, status));
	assert_null(answer.refusal.data);
	assert_true(answer.sentence.size > 0);
}

static void open_all(void)
{
	store = ground_open();
	bus = bus_create(store, clock_of_the_test);
	decider = bus_decider(bus);
}

static void close_all(void)
{
	bus_destroy(bus);
	store_close(store);
}

/* ---------------------------------------------------------------- claims */

static void a_command_is_kept_with_its_position_version_and_time(void **state)
{
	struct answer     answer = register_as(ada, "ada@example.org");
	struct submission submission;

	assert_kept(answer, 1);
	assert_int_equal(answer.version, 1);
	assert_true(id_equal(answer.subject, ada));
	assert_true(text_is(answer.event, "user_registered"));
	assert_int_equal(answer.time, now_us);
	assert_false(answer.repeated);
	submission = privacy(ada, AUDIENCE_nobody);
	answer = decide(&submission);
	assert_kept(answer, 2);
	assert_int_equal(answer.version, 2);
}

static void a_dry_run_says_what_would_happen_and_keeps_nothing(void **state)
{
	struct submission submission = registration(ada, "ada@example.org"), dry = submission;
	struct answer     answer;

	dry.dry = true;
	answer = decide(&dry);
	assert_true(answer.dry && text_is(answer.events, "user_registered"));
	assert_int_equal(store_head(store), 0);
	assert_kept(decide(&submission), 1);
	answer = decide(&dry);
	assert_true(answer.repeated && !answer.dry);
	dry = privacy(bob, AUDIENCE_members);
	dry.dry = true;
	assert_refused(decide(&dry), "account_closed");
	dry = SUBMISSION(revoke_role, .user = ada, .role = ROLE_instructor);
	dry.dry = true;
	answer = decide(&dry);
	assert_true(answer.dry && text_is(answer.events, ""));
	assert_int_equal(store_head(store), 1);
}

static void a_dry_run_makes_nobody_a_key(void **state)
{
	struct submission dry = registration(ada, "ada@example.org");

	dry.dry = true;
	assert_true(decide(&dry).dry);
	assert_int_equal(keys_state(store_keys(store), ada), STATUS_NOT_FOUND);
}

static bool count_entry(void *owner, const struct journal_entry *entry)
{
	++*(uint32_t *)owner;
	return true;
}

static uint32_t entries_in_journal(void)
{
	struct reader  *reader;
	struct journal *journal;
	uint32_t        count = 0;

	assert_int_equal(reader_open(ground_folder(), &reader), STATUS_OK);
	assert_int_equal(journal_read(ground_path(JOURNAL_FOLDER), reader_identity(reader), &journal), STATUS_OK);
	assert_int_equal(journal_each(journal, 1, UINT32_MAX, count_entry, &count), STATUS_OK);
	journal_close(journal);
	reader_close(reader);
	return count;
}

static void a_dry_run_is_not_journaled(void **state)
{
	struct store_settings settings = {.directory = ground_folder(),
	                                  .master_path = ground_path("master.key"),
	                                  .index_every_ms = 1,
	                                  .journal_max = 1 << 20};
	struct submission     submission = registration(ada, "ada@example.org"), dry = submission;
	struct submission     refused = privacy(bob, AUDIENCE_nobody);

	close_all();
	assert_int_equal(store_open(&settings, &store), STATUS_OK);
	bus = bus_create(store, clock_of_the_test);
	decider = bus_decider(bus);
	dry.dry = refused.dry = true;
	assert_true(decide(&dry).dry);
	assert_kept(decide(&submission), 1);
	assert_refused(decide(&refused), "account_closed");
	ground_commit(store);
	close_all();
	assert_int_equal(entries_in_journal(), 1);
	open_all();
}

static void a_recall_brings_the_first_answer_and_never_does_anything(void **state)
{
	struct submission submission = registration(ada, "ada@example.org"), recall = submission;
	struct answer     first, again;

	recall.recall = true;
	recall.body = BYTES("", 0);
	assert_true(text_is(decide(&recall).status, "not_found"));
	assert_int_equal(store_head(store), 0);
	first = decide(&submission);
	again = decide(&recall);
	assert_kept(again, first.position);
	assert_true(again.repeated && text_equal(again.event, first.event));
	recall.digest = BYTES("another request.", 16);
	assert_true(text_is(decide(&recall).refusal, "command_id_reused"));
	recall = privacy(ada, AUDIENCE_nobody);
	recall.recall = true;
	assert_true(text_is(decide(&recall).status, "not_found"));
	assert_int_equal(store_head(store), first.position);
}

static void the_same_id_brings_the_first_answer_again_for_ever(void **state)
{
	struct submission submission = registration(ada, "ada@example.org"), other;
	struct answer     first = decide(&submission), again;

	other = privacy(ada, AUDIENCE_nobody);
	decide(&other);
	for (int i = 0; i < 4; i++) {
		again = decide(&submission);
		assert_kept(again, 1);
		assert_true(again.repeated);
		assert_int_equal(again.version, first.version);
		assert_int_equal(again.time, first.time);
		assert_true(id_equal(again.subject, first.subject) && text_equal(again.event, first.event));
		/* In the open batch, committed, indexed, and after opening again. */
		if (i == 0)
			ground_commit(store);
		if (i == 1) {
			close_all();
			open_all();
		}
	}
	assert_int_equal(store_head(store), 2);
}

static void a_retry_is_answered_before_anything_else_is_checked(void **state)
{
	struct submission submission = registration(ada, "ada@example.org");

	decide(&submission);
	submission.has_expected = true;
	submission.expected = 77;
	submission.body = BYTES("\xc1", 1);
	assert_kept(decide(&submission), 1);
}

static void a_command_of_two_events_is_recalled_by_both(void **state)
{
	struct submission submission;
	struct answer     first, again;

	register_as(ada, "ada@example.org");
	submission = SUBMISSION(change_password, .user = ada, .password_hash = TEXT("another"));
	first = decide(&submission);
	assert_kept(first, 3);
	assert_true(text_is(first.event, "password_changed"));
	again = decide(&submission);
	assert_kept(again, 3);
	assert_true(again.repeated && text_equal(again.event, first.event));
	assert_int_equal(again.version, first.version);
}

static void another_request_under_the_same_id_is_refused(void **state)
{
	struct submission submission = registration(ada, "ada@example.org");

	submission.digest = BYTES("the first digest", 16);
	assert_kept(decide(&submission), 1);
	assert_kept(decide(&submission), 1);
	submission.digest = BYTES("another  request", 16);
	assert_refused(decide(&submission), "command_id_reused");
	submission.digest = BYTES(NULL, 0);
	assert_refused(decide(&submission), "command_id_reused");
}

static void a_submission_without_id_or_with_half_a_digest_is_invalid(void **state)
{
	struct submission submission = registration(ada, "ada@example.org");

	submission.digest = BYTES("half a digest", 13);
	assert_failed(decide(&submission), "invalid");
	submission.digest = BYTES(NULL, 0);
	submission.command_id = ID_NONE;
	assert_failed(decide(&submission), "invalid");
	assert_int_equal(store_head(store), 0);
}

static void the_version_that_the_client_saw_must_be_the_streams(void **state)
{
	struct submission submission;

	register_as(ada, "ada@example.org");
	submission = privacy(ada, AUDIENCE_nobody);
	submission.has_expected = true;
	submission.expected = 2;
	assert_failed(decide(&submission), "conflict");
	submission.expected = 0;
	assert_failed(decide(&submission), "conflict");
	submission.expected = 1;
	assert_kept(decide(&submission), 2);
	submission.command_id = id_fresh();
	assert_failed(decide(&submission), "conflict");
}

static void of_two_who_want_the_same_claim_the_first_has_it(void **state)
{
	static const char wallet[] = "4Nd1mBQtrMJVYVfKf2PJy9NZUZdTAsp7D4xWLs4gDB4T";

	register_as(ada, "ada@example.org");
	register_as(bob, "bob@example.org");
	/* Both in the open batch. */
	assert_kept(link_wallet(ada, wallet, "nonce-of-ada"), 3);
	assert_refused(link_wallet(bob, wallet, "nonce-of-bob"), "wallet_taken");
	assert_refused(link_wallet(bob, "7Nd1mBQtrMJVYVfKf2PJy9NZUZdTAsp7D4xWLs4gDB4T", "nonce-of-ada"),
	               "challenge_used");
	ground_commit(store);
	assert_refused(link_wallet(bob, wallet, "nonce-of-bob"), "wallet_taken");
	close_all();
	open_all();
	assert_refused(link_wallet(bob, wallet, "nonce-of-bob"), "wallet_taken");
	assert_int_equal(store_head(store), 3);
}

static void a_released_claim_is_free_for_others(void **state)
{
	static const char wallet[] = "4Nd1mBQtrMJVYVfKf2PJy9NZUZdTAsp7D4xWLs4gDB4T";
	struct submission submission;

	register_as(ada, "ada@example.org");
	register_as(bob, "bob@example.org");
	link_wallet(ada, wallet, "nonce-1-1");
	submission = SUBMISSION(unlink_wallet, .user = ada, .address = text_from(wallet));
	assert_kept(decide(&submission), 4);
	assert_kept(link_wallet(bob, wallet, "nonce-2-2"), 5);
	assert_refused(link_wallet(ada, wallet, "nonce-3-3"), "wallet_taken");
}

static void a_claim_loads_the_stream_of_whoever_holds_it(void **state)
{
	struct answer answer;

	register_as(ada, "ada@example.org");
	/* Whatever the case of its letters. */
	answer = register_as(bob, "ADA@example.org");
	assert_kept(answer, 2);
	assert_true(text_is(answer.event, "registration_repeated"));
	assert_true(id_equal(answer.subject, ada));
}

static void an_erased_person_frees_the_claim_and_keeps_no_name(void **state)
{
	struct submission submission;
	struct answer     answer;

	register_as(ada, "ada@example.org");
	ground_commit(store);
	submission = SUBMISSION(erase_user, .user = ada);
	assert_kept(decide(&submission), 2);
	ground_commit(store);
	answer = register_as(bob, "ada@example.org");
	assert_kept(answer, 3);
	assert_true(text_is(answer.event, "user_registered"));
	assert_true(id_equal(answer.subject, bob));
	/* Folded from the log, the erased account is closed as well. */
	ground_commit(store);
	close_all();
	open_all();
	submission = privacy(ada, AUDIENCE_everyone);
	assert_refused(decide(&submission), "account_closed");
}

static void a_refusal_leaves_no_trace(void **state)
{
	struct submission submission = privacy(ada, AUDIENCE_nobody);
	uint64_t          version;

	assert_refused(decide(&submission), "account_closed");
	assert_int_equal(store_head(store), 0);
	assert_int_equal(store_stream_version(store, ada, &version), STATUS_OK);
	assert_int_equal(version, 0);
	/* It was not kept, so the same id may succeed later. */
	register_as(ada, "ada@example.org");
	assert_kept(decide(&submission), 2);
}

static void no_event_is_an_answer_too(void **state)
{
	struct submission submission;
	struct answer     answer;

	register_as(ada, "ada@example.org");
	submission = SUBMISSION(change_preferences, .user = ada);
	answer = decide(&submission);
	assert_kept(answer, 1);
	assert_null(answer.event.data);
	assert_false(answer.repeated);
	assert_int_equal(store_head(store), 1);
}

static void events_of_one_command_are_kept_together_or_not_at_all(void **state)
{
	struct submission submission;
	uint64_t          version;

	register_as(ada, "ada@example.org");
	submission = SUBMISSION(suspend_user, .user = ada, .reason = TEXT("spam"));
	submission.actor = bob;
	assert_kept(decide(&submission), 3);
	assert_int_equal(store_stream_version(store, ada, &version), STATUS_OK);
	assert_int_equal(version, 3);
	/* Nothing that was not committed survives, and no half of it either. */
	close_all();
	open_all();
	assert_int_equal(store_head(store), 0);
	assert_int_equal(store_stream_version(store, ada, &version), STATUS_OK);
	assert_int_equal(version, 0);
}

static void an_unknown_command_is_unsupported(void **state)
{
	struct submission submission = registration(ada, "ada@example.org");

	submission.command = TEXT("fly_to_the_moon");
	assert_failed(decide(&submission), "unsupported");
	submission.command = TEXT("");
	assert_failed(decide(&submission), "unsupported");
}

static void a_malformed_body_is_malformed(void **state)
{
	struct submission submission = registration(ada, "ada@example.org");

	submission.body.size /= 2;
	assert_failed(decide(&submission), "malformed");
	submission.body = BYTES("\x80", 1);
	assert_failed(decide(&submission), "malformed");
	submission.body = BYTES("", 0);
	assert_failed(decide(&submission), "malformed");
}

static void an_invalid_body_is_told_in_a_sentence(void **state)
{
	struct submission submission = registration(ada, "this is no address");
	struct answer     answer = decide(&submission);

	assert_failed(answer, "invalid");
	assert_non_null(memmem(answer.sentence.data, answer.sentence.size, "email", 5));
	assert_int_equal(store_head(store), 0);
}

/* What the record says must be enough to make the index again. */
static bool check_record(void *owner, const struct record *record)
{
	const struct submission *submission = owner;

	assert_true(id_equal(record->command, submission->command_id));
	assert_true(id_equal(record->actor, submission->actor));
	assert_true(id_equal(record->trace, submission->trace));
	assert_memory_equal(record->digest.bytes, submission->digest.data, 16);
	assert_int_equal(record->stream_count, 1);
	assert_int_equal(record->claim_count, 1);
	assert_true(record->claims[0].taken && record->claims[0].claim == CLAIM_email);
	assert_null(memmem(record->payload.data, record->payload.size, "ada@example.org", 15));
	assert_null(memmem(record->payload.data, record->payload.size, "Somebody", 8));
	return true;
}

static void a_record_carries_its_command_and_seals_its_person(void **state)
{
	struct submission submission = registration(ada, "ada@example.org");

	submission.actor = bob;
	submission.trace = ground_id(7);
	submission.digest = BYTES("the first digest", 16);
	assert_kept(decide(&submission), 1);
	assert_int_equal(store_read(store, 1, check_record, &submission), STATUS_OK);
}

/* Folded from the log or kept warm, a state is the same: every account is registered, some are closed, and after
 * opening again the deciders still know which. */
static void deciders_remember_across_a_restart(void **state)
{
	char email[NAME_SIZE_MAX];

	for (uint32_t i = 0; i < MANY; i++) {
		snprintf(email, sizeof(email), "person-%u@example.org", i);
		register_as(ground_id(i), email);
		if (i % 3 == 0) {
			struct submission erasure = SUBMISSION(erase_user, .user = ground_id(i));

			decide(&erasure);
		}
	}
	ground_commit(store);
	close_all();
	open_all();
	for (uint32_t i = 0; i < MANY; i++) {
		struct submission submission = privacy(ground_id(i), AUDIENCE_members);
		struct answer     answer = decide(&submission);

		if (i % 3 == 0)
			assert_refused(answer, "account_closed");
		else
			assert_kept(answer, store_head(store));
	}
}

static int open_bus(void **state)
{
	ground_fresh();
	now_us = 1767323045678901;
	ada = ground_id(100001);
	bob = ground_id(100002);
	open_all();
	return 0;
}

static int close_bus(void **state)
{
	close_all();
	arena_finish(&arena);
	buffer_finish(&body);
	ground_clear();
	return 0;
}

#define claim(test) cmocka_unit_test_setup_teardown(test, open_bus, close_bus)

int main(void)
{
	const struct CMUnitTest tests[] = {
		claim(a_command_is_kept_with_its_position_version_and_time),
		claim(a_dry_run_says_what_would_happen_and_keeps_nothing),
		claim(a_dry_run_makes_nobody_a_key),
		claim(a_dry_run_is_not_journaled),
		claim(a_recall_brings_the_first_answer_and_never_does_anything),
		claim(the_same_id_brings_the_first_answer_again_for_ever),
		claim(a_retry_is_answered_before_anything_else_is_checked),
		claim(a_command_of_two_events_is_recalled_by_both),
		claim(another_request_under_the_same_id_is_refused),
		claim(a_submission_without_id_or_with_half_a_digest_is_invalid),
		claim(the_version_that_the_client_saw_must_be_the_streams),
		claim(of_two_who_want_the_same_claim_the_first_has_it),
		claim(a_released_claim_is_free_for_others),
		claim(a_claim_loads_the_stream_of_whoever_holds_it),
		claim(an_erased_person_frees_the_claim_and_keeps_no_name),
		claim(a_refusal_leaves_no_trace),
		claim(no_event_is_an_answer_too),
		claim(events_of_one_command_are_kept_together_or_not_at_all),
		claim(an_unknown_command_is_unsupported),
		claim(a_malformed_body_is_malformed),
		claim(an_invalid_body_is_told_in_a_sentence),
		claim(a_record_carries_its_command_and_seals_its_person),
		claim(deciders_remember_across_a_restart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
