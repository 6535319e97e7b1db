/* The journal of what was decided: what it keeps, what it must not keep, and what it lets go. */
#include "eventstore/base/require.h"
#include "eventstore/codec/codec_msgpack.h"
#include "eventstore/vault/keys.h"
#include "eventstore/writer/journal.h"
#include "eventstore/writer/store.h"
#include "schema/commands.h"
#include "tests/eventstore/ground.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/resource.h>

#include <cmocka.h>

enum { ROOMY = 1 << 20 };

static const struct log_identity this_log = {.store = {.bytes = "this log"}, .epoch = 1};

static struct keys    *keys;
static struct journal *journal;
static struct arena    arena;

static int set_up(void **state)
{
	ground_fresh();
	assert_int_equal(keys_open(ground_path("keys"), ground_path("master.key"), KEYS_WRITE, &keys), STATUS_OK);
	assert_int_equal(journal_open(ground_path("journal"), this_log, 0, ROOMY, &journal), STATUS_OK);
	return 0;
}

static int tear_down(void **state)
{
	journal_close(journal);
	keys_close(keys);
	journal = NULL;
	keys = NULL;
	arena_finish(&arena);
	ground_clear();
	return 0;
}

/* ---------------------------------------------------------------- what is noted */

static struct bytes packed(const struct shape *shape, const void *command)
{
	struct buffer body = {0};
	struct bytes  copy;

	assert_int_equal(msgpack_encode_shape(shape, command, FIELD_INPUT, NULL, &body), STATUS_OK);
	copy = arena_bytes(&arena, buffer_bytes(&body));
	buffer_finish(&body);
	return copy;
}

#define COMMAND(command, ...) packed(&command##_shape, &(struct command){__VA_ARGS__})

static struct bytes registration(struct id user)
{
	return COMMAND(register_user, .user = user, .email = TEXT("ada@example.org"), .name = TEXT("Ada Lovelace"),
	               .locale = TEXT("en"), .region = TEXT("GB"), .password_hash = TEXT("$argon2id$made-up"),
	               .token = TEXT("0123456789012345678901234567890123456789012"),
	               .token_hash = {.bytes = "hash of the token"}, .expires_at = 7);
}

static struct journal_entry entry_of(const char *command, struct bytes body)
{
	return (struct journal_entry){
		.command = text_from(command),
		.command_id = ground_id(1),
		.actor = ground_id(2),
		.time = 1767323045678901,
		.body = body,
	};
}

static void note(const char *command, struct bytes body)
{
	struct journal_entry entry = entry_of(command, body);

	journal_note(journal, &entry);
}

static void write_all(void)
{
	assert_int_equal(journal_write(journal, keys_present_sealer(keys), UINT64_MAX), STATUS_OK);
}

/* Gives the person a key. */
static void make_key(struct id person)
{
	const struct sealer *sealer = keys_sealer(keys);
	struct bytes         sealed;

	assert_int_equal(sealer->seal(sealer->owner, person, TEXT("name"), TEXT("x"), &arena, &sealed), STATUS_OK);
	assert_int_equal(keys_commit(keys), STATUS_OK);
}

/* ---------------------------------------------------------------- what is found */

struct found {
	uint32_t             count;
	uint64_t             first, last;
	struct journal_entry entry; /* the last one, with what a test looks at */
};

static bool find(void *owner, const struct journal_entry *entry)
{
	struct found *found = owner;

	if (found->count++ == 0)
		found->first = entry->number;
	found->last = entry->number;
	found->entry = *entry;
	found->entry.command = arena_text(&arena, entry->command);
	found->entry.body = arena_bytes(&arena, entry->body);
	found->entry.claims = arena_bytes(&arena, entry->claims);
	if (entry->withheld.data)
		found->entry.withheld = arena_text(&arena, entry->withheld);
	if (entry->refusal.data)
		found->entry.refusal = arena_text(&arena, entry->refusal);
	return true;
}

static struct found found_all(void)
{
	struct found found = {0};

	assert_int_equal(journal_each(journal, 1, UINT32_MAX, find, &found), STATUS_OK);
	return found;
}

static void unpack(const struct journal_entry *entry, const struct shape *shape, void *command)
{
	assert_int_equal(msgpack_decode_shape(shape, entry->body, NULL, &arena, command), STATUS_OK);
}

static void assert_not_on_disk(const char *text)
{
	assert_int_equal(ground_count_in_file(ground_path("journal/data.mdb"), text_bytes(text_from(text))), 0);
}

static void an_entry_comes_back_as_it_was_noted(void **state)
{
	struct hash          claim = {.bytes = "keyed"};
	struct journal_entry entry =
		entry_of("change_privacy", COMMAND(change_privacy, .user = ground_id(3), .audience = AUDIENCE_nobody));
	struct found          found;
	struct change_privacy command = {0};

	entry.trace = ground_id(4);
	entry.head = 41;
	entry.events = 2;
	entry.retry_at = 99;
	entry.refusal = TEXT("account_closed");
	entry.claims = BYTES(claim.bytes, sizeof(claim.bytes));
	journal_note(journal, &entry);
	write_all();
	found = found_all();
	assert_int_equal(found.count, 1);
	assert_int_equal(found.entry.number, 1);
	assert_true(text_is(found.entry.command, "change_privacy") && text_is(found.entry.refusal, "account_closed"));
	assert_true(id_equal(found.entry.command_id, entry.command_id) && id_equal(found.entry.actor, entry.actor));
	assert_true(id_equal(found.entry.trace, entry.trace) && found.entry.time == entry.time);
	assert_true(found.entry.head == 41 && found.entry.events == 2 && found.entry.retry_at == 99);
	assert_true(bytes_equal(found.entry.claims, entry.claims) && !found.entry.withheld.data);
	unpack(&found.entry, &change_privacy_shape, &command);
	assert_true(id_equal(command.user, ground_id(3)) && command.audience == AUDIENCE_nobody);
}

static void entries_are_numbered_in_the_order_of_deciding_for_ever(void **state)
{
	note("change_privacy", COMMAND(change_privacy, .user = ground_id(1), .audience = AUDIENCE_nobody));
	note("restore_user", COMMAND(restore_user, .user = ground_id(1)));
	write_all();
	journal_close(journal);
	assert_int_equal(journal_open(ground_path("journal"), this_log, 0, ROOMY, &journal), STATUS_OK);
	note("log_out", COMMAND(log_out, .session = ground_id(1), .user = ground_id(2)));
	write_all();

	struct found found = found_all();

	assert_int_equal(found.count, 3);
	assert_int_equal(found.last, 3);
	assert_true(text_is(found.entry.command, "log_out"));
}

/* ---------------------------------------------------------------- what it must not keep */

static void a_secret_is_withheld_and_only_its_size_stays(void **state)
{
	struct register_user command = {0};
	struct found         found;

	make_key(ground_id(5));
	note("register_user", registration(ground_id(5)));
	write_all();
	found = found_all();
	unpack(&found.entry, &register_user_shape, &command);
	assert_true(text_is(command.password_hash, "*****************"));
	assert_true(text_is(command.token, "*******************************************"));
	assert_true(text_is(found.entry.withheld, "password_hash token"));
	assert_true(journal_entry_withholds(&found.entry, TEXT("token")));
	assert_false(journal_entry_withholds(&found.entry, TEXT("password")));
	assert_not_on_disk("$argon2id$");
	assert_not_on_disk("0123456789");
}

static void what_an_event_shows_to_everybody_is_kept(void **state)
{
	struct register_user command = {0};
	struct found         found;

	note("register_user", registration(ground_id(5)));
	write_all();
	found = found_all();
	unpack(&found.entry, &register_user_shape, &command);
	assert_memory_equal(command.token_hash.bytes, "hash of the token", 17);
	assert_int_equal(command.expires_at, 7);
}

static void a_secret_hash_that_no_event_shows_is_blank(void **state)
{
	struct request_password_reset command = {0};
	struct found                  found;

	note("request_password_reset", COMMAND(request_password_reset, .email = TEXT("ada@example.org"),
	                                       .secret = {.bytes = "what makes the token"}, .expires_at = 1));
	write_all();
	found = found_all();
	unpack(&found.entry, &request_password_reset_shape, &command);
	assert_true(hash_equal(&command.secret, &(struct hash){0}));
	assert_true(text_is(command.email, "***************"));
	assert_true(text_is(found.entry.withheld, "email secret"));
	assert_not_on_disk("what makes the token");
}

static void a_persons_texts_are_sealed_and_open_with_the_persons_key(void **state)
{
	struct register_user command = {0};
	struct found         found;

	make_key(ground_id(5));
	note("register_user", registration(ground_id(5)));
	write_all();
	found = found_all();
	unpack(&found.entry, &register_user_shape, &command);
	assert_int_equal(personal_clear_size(command.email), strlen("ada@example.org"));
	assert_true(text_is(personal_open(command.email, keys_opener(keys), &arena), "ada@example.org"));
	assert_true(text_is(personal_open(command.name, keys_opener(keys), &arena), "Ada Lovelace"));
	assert_not_on_disk("ada@example.org");
	assert_not_on_disk("Lovelace");
}

static void erasing_the_person_closes_the_journal_too(void **state)
{
	struct register_user command = {0};
	struct found         found;

	make_key(ground_id(5));
	note("register_user", registration(ground_id(5)));
	write_all();
	assert_int_equal(keys_forget(keys, ground_id(5)), STATUS_OK);
	found = found_all();
	unpack(&found.entry, &register_user_shape, &command);
	assert_true(text_is_forgotten(personal_open(command.email, keys_opener(keys), &arena)));
	assert_true(text_is_forgotten(personal_open(command.name, keys_opener(keys), &arena)));
}

static void what_is_noted_of_an_erased_person_is_withheld(void **state)
{
	struct found found;

	make_key(ground_id(5));
	note("register_user", registration(ground_id(5)));
	assert_int_equal(keys_forget(keys, ground_id(5)), STATUS_OK);
	write_all();
	found = found_all();
	assert_true(text_is(found.entry.withheld, "email name password_hash token"));
	assert_not_on_disk("ada@example.org");
}

/* A wish that was refused must not be the reason that there is a key of somebody. */
static void nobody_gets_a_key_by_being_noted(void **state)
{
	struct bytes         sealed;
	const struct sealer *sealer = keys_present_sealer(keys);
	struct found         found;

	note("register_user", registration(ground_id(5)));
	write_all();
	assert_int_equal(sealer->seal(sealer->owner, ground_id(5), TEXT("name"), TEXT("x"), &arena, &sealed),
	                 STATUS_FORGOTTEN);
	found = found_all();
	assert_true(text_is(found.entry.withheld, "email name password_hash token"));
	assert_not_on_disk("ada@example.org");
}

static void what_the_person_left_out_is_not_withheld(void **state)
{
	struct found found;

	note("change_profile", COMMAND(change_profile, .user = ground_id(5), .locale = TEXT("en")));
	write_all();
	found = found_all();
	assert_null(found.entry.withheld.data);
}

/* ---------------------------------------------------------------- what it lets go */

static void note_at(uint64_t head, uint32_t events)
{
	struct journal_entry entry = entry_of("restore_user", COMMAND(restore_user, .user = ground_id(1)));

	entry.head = head;
	entry.events = events;
	journal_note(journal, &entry);
}

static void an_entry_waits_until_what_it_rests_on_is_durable(void **state)
{
	note_at(0, 1);
	note_at(1, 0);
	note_at(1, 2);
	note_at(3, 0);
	assert_int_equal(journal_write(journal, keys_present_sealer(keys), 0), STATUS_OK);
	assert_int_equal(found_all().count, 0);
	assert_int_equal(journal_write(journal, keys_present_sealer(keys), 2), STATUS_OK);
	assert_int_equal(found_all().count, 2);
	assert_int_equal(journal_write(journal, keys_present_sealer(keys), 3), STATUS_OK);
	assert_int_equal(found_all().count, 4);
}

static void over_the_limit_the_oldest_go(void **state)
{
	enum { ENTRIES = 400, LIMIT = 16 << 10 };
	struct found found;
	size_t       size;

	journal_close(journal);
	assert_int_equal(journal_open(ground_path("journal"), this_log, 0, LIMIT, &journal), STATUS_OK);
	for (int i = 0; i < ENTRIES; i++) {
		note_at(0, 0);
		if (i % 50 == 0)
			write_all();
	}
	write_all();
	found = found_all();
	assert_int_equal(found.last, ENTRIES);
	assert_int_equal(found.first, ENTRIES - found.count + 1);
	/* Each is as large as the last one, less the key. */
	size = LIMIT / found.count;
	assert_true(found.count > 20 && found.count < ENTRIES / 2 && size > 100 && size < 400);
	/* A smaller limit holds from the next time on. */
	journal_close(journal);
	assert_int_equal(journal_open(ground_path("journal"), this_log, 0, LIMIT / 4, &journal), STATUS_OK);
	note_at(0, 0);
	write_all();
	assert_true(found_all().count <= found.count / 4 && found_all().last == ENTRIES + 1);
}

static void a_visit_may_begin_anywhere_and_stop(void **state)
{
	struct found found = {0};

	for (int i = 0; i < 5; i++)
		note_at(0, 0);
	write_all();
	assert_int_equal(journal_each(journal, 2, 3, find, &found), STATUS_OK);
	assert_true(found.count == 3 && found.first == 2 && found.last == 4);
	found = (struct found){0};
	assert_int_equal(journal_each(journal, 6, 3, find, &found), STATUS_OK);
	assert_int_equal(found.count, 0);
}

/* As when the disk is full; the file is let grow no further. */
static void limit_files(rlim_t size)
{
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = size < limit.rlim_max ? size : limit.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void a_journal_that_cannot_be_written_ends_and_harms_nobody(void **state)
{
	enum { ENTRIES = 40000 }; /* more than what the file is filled ahead with */

	note_at(0, 0);
	write_all();
	signal(SIGXFSZ, SIG_IGN);
	limit_files(64 << 10);
	for (int i = 0; i < ENTRIES; i++)
		note_at(0, 0);
	assert_int_not_equal(journal_write(journal, keys_present_sealer(keys), UINT64_MAX), STATUS_OK);
	limit_files(RLIM_INFINITY);
	note_at(0, 0);
	write_all();
	journal_close(journal);
	assert_int_equal(journal_open(ground_path("journal"), this_log, 0, ROOMY, &journal), STATUS_OK);
	note_at(0, 0);
	write_all();
	assert_int_equal(found_all().count, 2);
}

/* ---------------------------------------------------------------- whose it is */

static void a_journal_of_another_log_is_refused(void **state)
{
	struct log_identity other_log = this_log;
	struct journal     *other;

	journal_close(journal);
	journal = NULL;
	other_log.store.bytes[0] = 'T';
	assert_int_equal(journal_open(ground_path("journal"), other_log, 0, ROOMY, &other), STATUS_CONFLICT);
	assert_int_equal(journal_read(ground_path("journal"), other_log, &other), STATUS_CONFLICT);
	assert_int_equal(journal_read(ground_path("journal"), this_log, &journal), STATUS_OK);
	assert_int_equal(journal_read(ground_path("nowhere"), this_log, &other), STATUS_NOT_FOUND);
}

static void a_journal_that_knows_more_than_the_log_is_refused(void **state)
{
	struct journal *other;

	note_at(4, 2);
	write_all();
	journal_close(journal);
	journal = NULL;
	assert_int_equal(journal_open(ground_path("journal"), this_log, 5, ROOMY, &other), STATUS_CONFLICT);
	assert_int_equal(journal_open(ground_path("journal"), this_log, 6, ROOMY, &journal), STATUS_OK);
}

/* ---------------------------------------------------------------- in the store */

static struct store *open_store(uint64_t journal_max)
{
	struct store_settings settings = {.directory = ground_folder(),
	                                  .master_path = ground_path("master.key"),
	                                  .index_every_ms = 1,
	                                  .journal_max = journal_max};
	struct store         *store;

	assert_int_equal(store_open(&settings, &store), STATUS_OK);
	return store;
}

static void the_store_writes_it_behind_the_commit(void **state)
{
	struct store        *store = open_store(ROOMY);
	struct journal_entry entry = entry_of("restore_user", COMMAND(restore_user, .user = ground_id(1)));
	struct log_identity  log = store_identity(store);

	entry.events = 1;
	store_note(store, &entry);
	ground_happen(store, ground_id(1));
	ground_commit(store);
	entry.head = 1;
	store_note(store, &entry); /* of events that will not be */
	store_close(store);
	assert_int_equal(journal_read(ground_path("journal"), log, &journal), STATUS_OK);
	assert_int_equal(found_all().count, 1);
}

static void a_store_without_journal_makes_none_and_one_with_a_foreign_one_opens(void **state)
{
	struct store        *store = open_store(0);
	struct journal_entry entry = entry_of("restore_user", COMMAND(restore_user, .user = ground_id(1)));
	struct journal      *none;

	store_note(store, &entry);
	assert_int_equal(journal_read(ground_path("journal"), store_identity(store), &none), STATUS_NOT_FOUND);
	store_close(store);
	assert_int_equal(journal_open(ground_path("journal"), this_log, 0, ROOMY, &none), STATUS_OK);
	journal_close(none);
	store = open_store(ROOMY);
	store_note(store, &entry);
	ground_happen(store, ground_id(1));
	ground_commit(store);
	store_close(store);
	assert_int_equal(journal_read(ground_path("journal"), this_log, &journal), STATUS_OK);
	assert_int_equal(found_all().count, 0);
}

static int set_up_store(void **state)
{
	ground_fresh();
	return 0;
}

#define TEST(claim) cmocka_unit_test_setup_teardown(claim, set_up, tear_down)
#define STORE_TEST(claim) cmocka_unit_test_setup_teardown(claim, set_up_store, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_entry_comes_back_as_it_was_noted),
		TEST(entries_are_numbered_in_the_order_of_deciding_for_ever),
		TEST(a_secret_is_withheld_and_only_its_size_stays),
		TEST(what_an_event_shows_to_everybody_is_kept),
		TEST(a_secret_hash_that_no_event_shows_is_blank),
		TEST(a_persons_texts_are_sealed_and_open_with_the_persons_key),
		TEST(erasing_the_person_closes_the_journal_too),
		TEST(what_is_noted_of_an_erased_person_is_withheld),
		TEST(nobody_gets_a_key_by_being_noted),
		TEST(what_the_person_left_out_is_not_withheld),
		TEST(an_entry_waits_until_what_it_rests_on_is_durable),
		TEST(over_the_limit_the_oldest_go),
		TEST(a_visit_may_begin_anywhere_and_stop),
		TEST(a_journal_that_cannot_be_written_ends_and_harms_nobody),
		TEST(a_journal_of_another_log_is_refused),
		TEST(a_journal_that_knows_more_than_the_log_is_refused),
		STORE_TEST(the_store_writes_it_behind_the_commit),
		STORE_TEST(a_store_without_journal_makes_none_and_one_with_a_foreign_one_opens),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
