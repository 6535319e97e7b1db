/* A history that real commands made, for replays: the bus over a real store, with persons who register, log in,
 * mistype, link wallets, are suspended and erased, and with retries. Prints one line of JSON for each decision that the
 * journal ought to hold, once all is over, so that it can say who was erased since.
 *
 * Usage: decided_history FOLDER COMMANDS JOURNAL_BYTES [COMMANDS JOURNAL_BYTES]…
 * Each pair is a life of the writer. SAMPLE_SEED repeats a run. */
#include "commands/bus.h"
#include "eventstore/base/mail_token.h"
#include "eventstore/base/require.h"
#include "eventstore/codec/codec_msgpack.h"
#include "schema/commands.h"
#include "tests/eventstore/ground.h"
#include "tests/eventstore/sample.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { PERSONS_MAX = 4096, SESSIONS = 3, WALLETS = 40, NOTES_MAX = 1 << 18, BATCH_MAX = 40, RECENT_PERSONS = 12 };

struct person {
	struct id   id, login, sessions[SESSIONS];
	uint32_t    generations[SESSIONS];
	uint32_t    failures; /* in a row, as the log counts them */
	struct hash token, reset, change;
	char        email[64];
	bool        erased;
};

struct note {
	const char *command, *outcome;
	char        what[40]; /* the first event, or the refusal */
	uint32_t    person;
	uint32_t    failures;
	bool        shown; /* it says which device it comes from */
};

static struct person persons[PERSONS_MAX];
static uint32_t      person_count;
static struct note   notes[NOTES_MAX];
static uint32_t      note_count;
static bool          noting;
static uint64_t      chance;
static int64_t       now_us = 1767323045678901;
static struct store *store;
static struct bus   *bus;
static struct arena  arena;
static struct answer last;
static const char   *last_command;
static struct id     operator;

static uint32_t below(uint32_t limit)
{
	return (uint32_t)(sample_next(&chance) % limit);
}

static bool one_in(uint32_t many)
{
	return below(many) == 0;
}

static int64_t clock_of_the_test(void)
{
	return now_us;
}

/* ---------------------------------------------------------------- submitting */

static void note(const char *command, uint32_t person, uint32_t failures, bool shown)
{
	struct note *made = &notes[note_count++];
	struct text  what = last.refusal.data ? last.refusal : last.event.data ? last.event : TEXT("");

	require(note_count < NOTES_MAX);
	*made = (struct note){.command = command, .person = person, .failures = failures, .shown = shown};
	made->outcome = last.refusal.data ? "refused" : last.event.data ? "accepted" : "nothing";
	snprintf(made->what, sizeof(made->what), "%.*s", TEXT_ARG(what));
}

static void submit(const char *name, const struct shape *shape, const void *command, struct id actor)
{
	static struct buffer  body;
	struct writer_decider decider = bus_decider(bus);
	struct submission     submission;

	body.size = 0;
	require(msgpack_encode_shape(shape, command, FIELD_INPUT, NULL, &body) == STATUS_OK);
	submission = (struct submission){
		.command = text_from(name), .command_id = id_fresh(), .actor = actor, .body = buffer_bytes(&body)};
	now_us += below(1000) * 1000;
	last = (struct answer){0};
	last_command = name;
	decider.decide(decider.owner, &submission, &arena, &last);
	if (!text_is(last.status, "ok"))
		fprintf(stderr, "%s: %.*s: %.*s\n", name, TEXT_ARG(last.status), TEXT_ARG(last.sentence));
	require(text_is(last.status, "ok"));
	/* Who lost the answer asks again, and it is not decided twice. Of what led to no event nobody knows. */
	if (last.event.data && one_in(10)) {
		struct answer again = {0};

		decider.decide(decider.owner, &submission, &arena, &again);
		require(again.repeated && again.position == last.position);
	}
}

#define SUBMIT(actor, command, ...) submit(#command, &command##_shape, &(struct command){__VA_ARGS__}, actor)

/* Of a person, by that person. */
#define WISH(number, command, ...)                                                                                     \
	do {                                                                                                           \
		SUBMIT(persons[number].id, command, __VA_ARGS__);                                                      \
		if (noting)                                                                                            \
			note(#command, (number), 0, false);                                                            \
	} while (0)

static bool led_to(const char *event)
{
	return last.event.data && text_is(last.event, event);
}

/* ---------------------------------------------------------------- what persons do */

static struct hash some_hash(void)
{
	struct hash hash;

	for (size_t i = 0; i < sizeof(hash.bytes); i++)
		hash.bytes[i] = (uint8_t)(1 + below(255));
	return hash;
}

static struct text wallet_address(uint32_t number)
{
	return arena_format(&arena, "4Nd1mBQtrMJVYVfKf2PJy9NZUZdTAsp7D4xWLs4g%c",
	                    "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefg"[number]);
}

static struct text nonce_text(void)
{
	return arena_format(&arena, "nonce-%04u", below(5000));
}

static void do_register(void)
{
	uint32_t       number = person_count++;
	struct person *person = &persons[number];

	require(person_count <= PERSONS_MAX);
	*person = (struct person){.id = id_fresh(),
	                          .login = id_fresh(),
	                          .token = some_hash(),
	                          .reset = some_hash(),
	                          .change = some_hash()};
	for (int i = 0; i < SESSIONS; i++)
		person->sessions[i] = id_fresh();
	snprintf(person->email, sizeof(person->email), "%s%u@example.org", one_in(2) ? "Person" : "person",
	         one_in(6) && number > 0 ? below(number) : number);
	WISH(number, register_user, .user = person->id, .email = text_from(person->email),
	     .name = arena_format(&arena, "Person %u", number), .locale = TEXT("en"), .region = TEXT("GB"),
	     .password_hash = TEXT("$argon2id$made-up"), .token = TEXT("0123456789012345678901234567890123456789012"),
	     .token_hash = person->token, .expires_at = now_us + 3600000000);
}

static void do_verify(uint32_t number)
{
	WISH(number, verify_email, .user = persons[number].id,
	     .token_hash = one_in(5) ? some_hash() : persons[number].token);
}

static struct hash token_hash_of(const struct hash *secret)
{
	char token[MAIL_TOKEN_SIZE + 1];

	mail_token_make(last.subject, secret, token);
	return mail_token_hash((struct text){.data = token, .size = MAIL_TOKEN_SIZE});
}

static void ask_for_mail(uint32_t number)
{
	struct hash secret = some_hash();
	struct text email = one_in(5) ? TEXT("nobody@example.org") : text_from(persons[number].email);

	if (one_in(2)) {
		WISH(number, request_email_verification, .email = email, .secret = secret,
		     .expires_at = now_us + 3600000000);
		if (led_to("email_verification_requested") && id_equal(last.subject, persons[number].id))
			persons[number].token = token_hash_of(&secret);
		return;
	}
	WISH(number, request_password_reset, .email = email, .secret = secret, .expires_at = now_us + 3600000000);
	if (led_to("password_reset_requested") && id_equal(last.subject, persons[number].id))
		persons[number].reset = token_hash_of(&secret);
}

static void change_password(uint32_t number)
{
	if (one_in(2))
		WISH(number, change_password, .user = persons[number].id, .password_hash = TEXT("$argon2id$other"));
	else
		WISH(number, reset_password, .user = persons[number].id,
		     .token_hash = one_in(3) ? some_hash() : persons[number].reset,
		     .password_hash = TEXT("$argon2id$third"));
}

static void change_email(uint32_t number)
{
	struct person *person = &persons[number];
	struct hash    token = some_hash();

	if (one_in(2)) {
		WISH(number, confirm_email_change, .user = person->id, .token_hash = person->change);
		return;
	}
	WISH(number, request_email_change, .user = person->id,
	     .email = one_in(4) ? text_from(person->email)
	                        : arena_format(&arena, "person%u@example.org", below(2 * PERSONS_MAX)),
	     .token = TEXT("0123456789012345678901234567890123456789012"), .token_hash = token,
	     .expires_at = now_us + 3600000000);
	if (led_to("email_change_requested"))
		person->change = token;
}

static void change_something(uint32_t number)
{
	struct id user = persons[number].id;

	switch (below(3)) {
	case 0:
		WISH(number, change_profile, .user = user,
		     .bio = one_in(2) ? TEXT("A few words.\nAnd more.") : TEXT_NONE,
		     .pronouns = one_in(2) ? TEXT("they") : TEXT_NONE, .locale = one_in(3) ? TEXT("fr") : TEXT_NONE);
		break;
	case 1:
		WISH(number, change_preferences, .user = user, .theme = below(4), .has_captions = one_in(2),
		     .captions = true);
		break;
	default:
		WISH(number, change_privacy, .user = user, .audience = 1 + below(3));
	}
}

static void administer(uint32_t number)
{
	struct id user = one_in(10) ? id_fresh() : persons[number].id;

	switch (below(4)) {
	case 0:
		SUBMIT(operator, grant_role, .user = user, .role = 1 + below(3));
		break;
	case 1:
		SUBMIT(operator, revoke_role, .user = user, .role = 1 + below(3));
		break;
	case 2:
		SUBMIT(one_in(5) ? user : operator, suspend_user, .user = user, .reason = TEXT("a reason of ours"));
		break;
	default:
		SUBMIT(operator, restore_user, .user = user);
	}
	if (noting)
		note(last_command, number, 0, false);
}

static void use_wallet(uint32_t number)
{
	struct id   user = persons[number].id;
	struct text address = wallet_address(below(WALLETS));
	bool        shown = one_in(2);

	if (one_in(3)) {
		SUBMIT(ID_NONE, start_wallet_session, .address = address, .nonce = nonce_text(),
		       .device = shown ? TEXT("a telephone") : TEXT_NONE, .session = id_fresh());
		if (noting)
			note("start_wallet_session", number, 0, shown);
	} else if (one_in(3)) {
		WISH(number, unlink_wallet, .user = user, .address = address);
	} else {
		WISH(number, link_wallet, .user = user, .address = address, .nonce = nonce_text());
	}
}

static void erase(uint32_t number)
{
	bool by_operator = one_in(2);

	SUBMIT(by_operator ? ID_NONE : persons[number].id, erase_user, .user = persons[number].id);
	if (led_to("user_erased"))
		persons[number].erased = true;
	if (noting)
		note("erase_user", number, 0, false);
}

/* Now and then with a token that was exchanged before. */
static void refresh(uint32_t number, struct id session, uint32_t place)
{
	struct person *person = &persons[number];
	uint32_t       generation = person->generations[place];

	WISH(number, refresh_session, .session = session, .user = person->id,
	     .generation = one_in(4) ? below(generation + 2) : generation);
	if (led_to("session_refreshed"))
		person->generations[place]++;
}

static void log_in(uint32_t number)
{
	struct person *person = &persons[number];
	uint32_t       place = below(SESSIONS);
	bool           shown = one_in(2);

	/* In a row, so that the login is locked at times. */
	for (uint32_t wrong = one_in(4) ? 1 + below(6) : 0; wrong > 0; wrong--) {
		SUBMIT(ID_NONE, fail_login, .login = person->login);
		person->failures += led_to("login_failed");
		if (noting)
			note("fail_login", number, person->failures, false);
	}
	if (one_in(2)) {
		person->sessions[place] = id_fresh();
		person->generations[place] = 0;
	}
	now_us += 5000000; /* the impatient are locked out, but not most of them */
	SUBMIT(ID_NONE, start_session, .device = shown ? TEXT("a laptop") : TEXT_NONE,
	       .session = person->sessions[place], .user = person->id, .login = person->login);
	if (led_to("session_started"))
		person->failures = 0;
	if (noting)
		note("start_session", number, 0, shown);
	for (uint32_t times = led_to("session_started") ? below(4) : 0; times > 0; times--)
		refresh(number, person->sessions[place], place);
}

static void use_session(uint32_t number)
{
	struct person *person = &persons[number];
	uint32_t       place = below(SESSIONS);
	struct id      session = one_in(10) ? id_fresh() : person->sessions[place];

	switch (below(8)) {
	case 0:
		WISH(number, revoke_session, .session = session, .user = person->id);
		break;
	case 1:
		WISH(number, log_out, .session = session, .user = person->id);
		break;
	case 2:
		WISH(number, revoke_sessions, .user = person->id);
		break;
	default:
		refresh(number, session, place);
	}
}

static void act(void)
{
	uint32_t what = below(100), number;

	if (what < 4 || person_count == 0) {
		do_register();
		return;
	}
	/* Most is about few, so that they have a history. */
	number = one_in(5) || person_count < RECENT_PERSONS ? below(person_count)
	                                                    : person_count - 1 - below(RECENT_PERSONS);
	if (what < 20)
		do_verify(number);
	else if (what < 28)
		ask_for_mail(number);
	else if (what < 34)
		change_password(number);
	else if (what < 42)
		change_email(number);
	else if (what < 50)
		change_something(number);
	else if (what < 58)
		administer(number);
	else if (what < 68)
		use_wallet(number);
	else if (what < 69)
		erase(number);
	else if (what < 84)
		log_in(number);
	else
		use_session(number);
}

/* ---------------------------------------------------------------- the lives of the writer */

static void live(const char *folder, uint32_t commands, uint64_t journal_max)
{
	char                  master[4096];
	struct store_settings settings = {.directory = folder, .master_path = master, .journal_max = journal_max};

	snprintf(master, sizeof(master), "%s/master.key", folder);
	require(store_open(&settings, &store) == STATUS_OK);
	bus = bus_create(store, clock_of_the_test);
	noting = journal_max > 0;
	for (uint32_t i = 0, until = 0; i < commands; i++) {
		act();
		arena_reset(&arena);
		if (i >= until) {
			ground_commit(store);
			until = i + below(BATCH_MAX);
		}
	}
	ground_commit(store);
	bus_destroy(bus);
	store_close(store);
}

int main(int argc, char **argv)
{
	require(argc >= 4 && argc % 2 == 0);
	chance = sample_seed();
	operator= id_fresh();
	for (int i = 2; i < argc; i += 2)
		live(argv[1], (uint32_t)atoi(argv[i]), strtoull(argv[i + 1], NULL, 10));
	for (uint32_t i = 0; i < note_count; i++)
		printf("{\"entry\":%u,\"command\":\"%s\",\"outcome\":\"%s\",\"what\":\"%s\",\"erased\":%s,"
		       "\"failures\":%u,\"shown\":%s}\n",
		       i + 1, notes[i].command, notes[i].outcome, notes[i].what,
		       persons[notes[i].person].erased ? "true" : "false", notes[i].failures,
		       notes[i].shown ? "true" : "false");
	arena_finish(&arena);
	return 0;
}
