/* Writes a short history by real commands, with ids and times that are always the same, for the tests of `orrery
 * audit`. Usage: history FOLDER [small|empty|COUNT] ; COUNT makes Ada change her name so many times more. */
#include "commands/bus.h"
#include "eventstore/base/require.h"
#include "eventstore/codec/codec_msgpack.h"
#include "eventstore/writer/store.h"
#include "schema/commands.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

enum { COMMITTED_AT_ONCE = 1024 };

static struct store         *store;
static struct bus           *bus;
static struct writer_decider decider;
static struct arena          arena;
static int64_t               now_us = INT64_C(1767323045000000); /* 2026-01-02T03:04:05Z */
static uint8_t               command_number;
static uint32_t              many;

static const struct id ada = {.bytes = {0x01, 0x9b, 0, 0, 0, 0, 0x70, 0, 0x80, 0, 0, 0, 0, 0, 0xad, 0xa0}};
static const struct id bob = {.bytes = {0x01, 0x9b, 0, 0, 0, 0, 0x70, 0, 0x80, 0, 0, 0, 0, 0, 0xb0, 0xb0}};
static const struct id eve = {.bytes = {0x01, 0x9b, 0, 0, 0, 0, 0x70, 0, 0x80, 0, 0, 0, 0, 0, 0xee, 0xe0}};
static const struct id session = {.bytes = {0x01, 0x9b, 0, 0, 0, 0, 0x70, 0, 0x80, 0, 0, 0, 0, 0, 0x5e, 0x55}};
static const struct id login = {.bytes = {0x01, 0x9b, 0, 0, 0, 0, 0x70, 0, 0x80, 0, 0, 0, 0, 0, 0x70, 0x91}};
static const struct id trace = {
	.bytes = {0x4b, 0xf9, 0x2f, 0x35, 0x77, 0xb3, 0x4d, 0xa6, 0xa3, 0xce, 0x92, 0x9d, 0x0e, 0x0e, 0x47, 0x36}};

static int64_t fixed_clock(void)
{
	return now_us;
}

static struct id next_command(void)
{
	struct id id = {.bytes = {0x01, 0x9b, 0, 0, 0, 0, 0x7c, 0, 0x80, 0, 0, 0, 0, 0, 0xc0, 0}};

	id.bytes[15] = ++command_number;
	memcpy(id.bytes + 8, &many, sizeof(many));
	return id;
}

static void submit(struct id actor, const char *name, const struct shape *shape, const void *command)
{
	struct buffer     body = {0};
	struct answer     answer = {0};
	struct submission submission = {.command = text_from(name), .command_id = next_command(), .actor = actor};

	if (id_present(actor))
		submission.trace = trace;
	require(msgpack_encode_shape(shape, command, FIELD_INPUT, NULL, &body) == STATUS_OK);
	submission.body = buffer_bytes(&body);
	decider.decide(decider.owner, &submission, &arena, &answer);
	require(text_is(answer.status, "ok"));
	buffer_finish(&body);
	arena_reset(&arena);
	now_us += INT64_C(60) * 1000 * 1000;
}

#define SUBMIT(actor, command, ...) submit((actor), #command, &command##_shape, &(struct command){__VA_ARGS__})

static void commit(void)
{
	struct batch *batch = store_close_batch(store);

	require(store_commit(store, batch) == STATUS_OK);
	store_release_batch(store, batch);
}

static void enter(struct id user, const char *email, const char *name)
{
	struct hash hash = {.bytes = "token of "};

	memcpy(hash.bytes + 16, user.bytes, sizeof(user.bytes));
	SUBMIT(ID_NONE, register_user, .user = user, .email = text_from(email), .name = text_from(name),
	       .locale = TEXT("en"), .region = TEXT("GB"), .password_hash = TEXT("$argon2id$made-up"),
	       .token = TEXT("0123456789012345678901234567890123456789012"), .token_hash = hash,
	       .expires_at = now_us + INT64_C(86400) * 1000 * 1000);
	SUBMIT(ID_NONE, verify_email, .user = user, .token_hash = hash);
}

static void happen(void)
{
	struct hash other = {.bytes = "another token"};

	enter(ada, "ada@example.org", "Ada Lovelace");
	SUBMIT(ID_NONE, grant_role, .user = ada, .role = 3);
	SUBMIT(ID_NONE, start_session, .session = session, .user = ada, .login = login, .device = TEXT("An engine"));
	SUBMIT(ID_NONE, fail_login, .login = login);
	enter(bob, "bob@example.org", "Bob");
	SUBMIT(ada, suspend_user, .user = bob, .reason = TEXT("Two lines\nof reasons"));
	SUBMIT(ada, restore_user, .user = bob);
	now_us -= INT64_C(3600) * 1000 * 1000; /* somebody set the clock back */
	SUBMIT(ada, change_profile, .user = ada, .name = TEXT("Ada King"), .time_zone = TEXT("Europe/London"));
	SUBMIT(ada, link_wallet, .user = ada, .address = TEXT("7EcDhSYGxXyscszYEp35KHN8vvw3svAuLKTzXwCFLtV1"),
	       .nonce = TEXT("nonce-of-ada"));
	SUBMIT(ada, request_email_change, .user = ada, .email = TEXT("countess@example.org"),
	       .token = TEXT("0123456789012345678901234567890123456789013"), .token_hash = other,
	       .expires_at = now_us + INT64_C(86400) * 1000 * 1000);
	SUBMIT(ID_NONE, confirm_email_change, .user = ada, .token_hash = other);
	SUBMIT(ID_NONE, refresh_session, .session = session, .user = ada, .generation = 0);
	enter(eve, "eve@example.org", "Eve");
	SUBMIT(eve, erase_user, .user = eve);
	SUBMIT(ada, unlink_wallet, .user = ada, .address = TEXT("7EcDhSYGxXyscszYEp35KHN8vvw3svAuLKTzXwCFLtV1"));
	SUBMIT(ada, suspend_user, .user = ada, .reason = TEXT("Tired"));
}

static void happen_often(uint32_t count)
{
	for (many = 1; many <= count; many++) {
		SUBMIT(ada, change_profile, .user = ada, .name = TEXT("Ada Byron"));
		if (many % COMMITTED_AT_ONCE == 0)
			commit();
	}
}

int main(int argc, char **argv)
{
	char                  master[PATH_MAX];
	struct store_settings settings = {.directory = argv[1], .master_path = master, .journal_max = 1 << 20};

	require(argc == 3);
	snprintf(master, sizeof(master), "%s/master.key", argv[1]);
	require(store_open(&settings, &store) == STATUS_OK);
	bus = bus_create(store, fixed_clock);
	decider = bus_decider(bus);
	if (strcmp(argv[2], "empty") != 0)
		happen();
	happen_often((uint32_t)strtoul(argv[2], NULL, 10));
	commit();
	bus_destroy(bus);
	store_close(store);
	arena_finish(&arena);
	return EXIT_SUCCESS;
}
