/* A log of people's lives, and the live fold over it: fold_load make FOLDER EVENTS, fold_load fold FOLDER MODEL (into
 * the database of ORRERY_PG, until the head is reached). Prints one line of JSON: how many events a second. */
#include "eventstore/base/clock.h"
#include "eventstore/base/require.h"
#include "eventstore/codec/codec_msgpack.h"
#include "eventstore/writer/store.h"
#include "projections/projector.h"
#include "schema/commands.h"
#include "schema/events.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

/* One person in so many events; the others befall people and sessions that are there. */
enum { EVENTS_A_PERSON = 8, EVENTS_A_COMMIT = 10000, PEOPLE_MAX = 4 << 20 };

enum whose { PERSON = 1, SESSION, KINDS };

static uint64_t people, sessions, chance_state = 88172645463325252u;
static uint32_t versions[KINDS][PEOPLE_MAX * 2];
static uint32_t owners[PEOPLE_MAX * 2]; /* of sessions */

static struct store *open_store(const char *folder)
{
	char                  master[PATH_MAX];
	struct store_settings settings = {.directory = folder, .master_path = master};
	struct store         *store;

	snprintf(master, sizeof(master), "%s/master.key", folder);
	require(store_open(&settings, &store) == STATUS_OK);
	return store;
}

static uint64_t chance(uint64_t below)
{
	chance_state ^= chance_state << 13;
	chance_state ^= chance_state >> 7;
	chance_state ^= chance_state << 17;
	return (chance_state >> 11) % below;
}

static struct id id_of(enum whose kind, uint64_t number)
{
	struct id id = {.bytes = {1, 0x94, 0, 0, 0, 0, 0x70, (uint8_t)kind, 0x80}};

	for (int i = 0; i < 4; i++)
		id.bytes[15 - i] = (uint8_t)(number >> (8 * i));
	return id;
}

static uint32_t next_version(struct id id)
{
	uint32_t number = 0;

	for (int i = 12; i < 16; i++)
		number = number << 8 | id.bytes[i];
	return ++versions[id.bytes[7]][number];
}

static void append(struct store *store, uint16_t number, const void *event)
{
	const struct event_type *type = event_type_by_number(number);
	struct record            record = {.number = number,
	                                   .shape_version = 1,
	                                   .command_count = 1,
	                                   .time_us = clock_wall_us(),
	                                   .command = id_fresh(),
	                                   .trace = id_fresh()};
	struct buffer            payload = {0};

	for (uint16_t i = 0; i < type->shape->count; i++) {
		const struct field *field = &type->shape->fields[i];
		struct id           id;

		if (!(field->marks & FIELD_STREAM) || !field_present(field, event))
			continue;
		id = *(const struct id *)field_at(field, event);
		record.streams[record.stream_count++] = (struct record_stream){.id = id, .version = next_version(id)};
	}
	require(msgpack_encode_shape(type->shape, event, 0, keys_sealer(store_keys(store)), &payload) == STATUS_OK);
	record.payload = buffer_bytes(&payload);
	require(store_append(store, &record) == STATUS_OK);
	buffer_finish(&payload);
}

#define HAPPEN(store, event, ...) append((store), EVENT_##event, &(struct event){__VA_ARGS__})

static void somebody_comes(struct store *store)
{
	char email[64];

	snprintf(email, sizeof(email), "person-%" PRIu64 "@example.edu", people);
	HAPPEN(store, user_registered, .user = id_of(PERSON, people), .email = text_from(email),
	       .password_hash =
	               TEXT("$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$aGFzaGhhc2hoYXNoaGFzaGhhc2g"),
	       .name = TEXT("Ada Lovelace"), .locale = TEXT("en"), .region = TEXT("GB"),
	       .token = TEXT("0123456789012345678901234567890123456789012"), .token_hash = {{1}}, .expires_at = 1);
	people++;
}

static void session_begins(struct store *store)
{
	owners[sessions] = (uint32_t)chance(people);
	HAPPEN(store, session_started, .session = id_of(SESSION, sessions), .user = id_of(PERSON, owners[sessions]),
	       .method = LOGIN_METHOD_password, .device = TEXT("Firefox on Linux"), .epoch = 1);
	sessions++;
}

static void session_goes_on(struct store *store)
{
	uint64_t  session = chance(sessions);
	struct id id = id_of(SESSION, session), user = id_of(PERSON, owners[session]);

	if (chance(3) == 0)
		HAPPEN(store, session_revoked, .session = id, .user = user, .ending = SESSION_ENDING_logout);
	else
		HAPPEN(store, session_refreshed, .session = id, .user = user, .generation = 1);
}

static void something_happens(struct store *store, uint64_t event)
{
	struct id user = id_of(PERSON, people ? chance(people) : 0);

	if (event % EVENTS_A_PERSON == 0 && people < PEOPLE_MAX)
		somebody_comes(store);
	else if (chance(10) < 3 && sessions < PEOPLE_MAX * 2)
		session_begins(store);
	else if (chance(7) < 3 && sessions > 0)
		session_goes_on(store);
	else if (chance(2))
		HAPPEN(store, profile_changed, .user = user, .bio = TEXT("Wrote the first program, and this text."));
	else
		HAPPEN(store, preferences_changed, .user = user, .theme = THEME_dark);
}

static void commit(struct store *store)
{
	struct batch *batch = store_close_batch(store);

	require(store_commit(store, batch) == STATUS_OK);
	store_release_batch(store, batch);
}

static void make(const char *folder, uint64_t events)
{
	struct store *store = open_store(folder);
	int64_t       began_us = clock_monotonic_us();

	for (uint64_t i = 0; i < events; i++) {
		something_happens(store, i);
		if ((i + 1) % EVENTS_A_COMMIT == 0 || i + 1 == events)
			commit(store);
	}
	store_close(store);
	printf("{\"rate\":%.0f,\"count\":%" PRIu64 ",\"people\":%" PRIu64 "}\n",
	       (double)events * 1e6 / (double)(clock_monotonic_us() - began_us), events, people);
}

static const struct projection *model(const char *name)
{
	for (uint32_t i = 0; i < projection_count; i++)
		if (strcmp(projections[i].name, name) == 0)
			return &projections[i];
	require(!"a read model of that name exists");
	return NULL;
}

static void fold(const char *folder, const char *name)
{
	char                  keys_folder[PATH_MAX], master[PATH_MAX];
	struct keys          *keys;
	struct projector_log *log;
	struct projector     *projector;
	atomic_bool           stopping = false;
	enum projector_turn   turn = TURN_AGAIN;
	int64_t               began_us = clock_monotonic_us();
	uint64_t              events;

	snprintf(keys_folder, sizeof(keys_folder), "%s/" KEYS_FOLDER, folder);
	snprintf(master, sizeof(master), "%s/master.key", folder);
	require(keys_open(keys_folder, master, KEYS_READ, &keys) == STATUS_OK);
	require(projector_log_open(folder, NULL, &log) == STATUS_OK);
	projector = projector_create(&(struct projector_settings){.projection = model(name),
	                                                          .connection = getenv("ORRERY_PG"),
	                                                          .log = log,
	                                                          .opener = keys_opener(keys),
	                                                          .stopping = &stopping});
	while (turn == TURN_AGAIN)
		turn = projector_turn(projector);
	require(turn == TURN_IDLE);
	events = projector_position(projector);
	printf("{\"rate\":%.0f,\"count\":%" PRIu64 "}\n",
	       (double)events * 1e6 / (double)(clock_monotonic_us() - began_us), events);
	projector_destroy(projector);
	projector_log_close(log);
	keys_close(keys);
}

int main(int count, char **arguments)
{
	uint64_t events;

	require(count == 4);
	if (strcmp(arguments[1], "make") == 0 && text_parse_u64(text_from(arguments[3]), &events))
		make(arguments[2], events);
	else if (strcmp(arguments[1], "fold") == 0)
		fold(arguments[2], arguments[3]);
	else
		return EXIT_FAILURE;
	return EXIT_SUCCESS;
}
