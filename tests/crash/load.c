/* Keeps a writer busy while somebody kills it: load SOCKET PROMISES CONNECTIONS WINDOW [NAME]
 * Its persons have addresses that begin with NAME, which must be another one for a second load on the same log.
 *
 * Each connection has WINDOW commands under way. When it breaks, it is made again, and what was not answered is sent
 * again under its old id. Now and then an answered command is sent once more and must bring its first answer. TERM lets
 * it take what is still to be answered, write down every promise, and end: 0 when nothing contradicted a promise. It
 * says "loading" once it listens to TERM. */
#include "eventstore/base/diag.h"
#include "eventstore/base/require.h"
#include "eventstore/codec/codec_msgpack.h"
#include "eventstore/wire/client.h"
#include "schema/commands.h"
#include "tests/crash/promise.h"

#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
	CONNECTIONS_MAX = 64,
	WINDOW_MAX = 256,
	WELCOME_WITHIN_MS = 1000,
	ANSWER_WITHIN_MS = 1000,
	EMAIL_SIZE_MAX = 64,
	ERASE_ONE_IN = 20, /* of the persons */
	AGAIN_ONE_IN = 16, /* of the wishes: an answered one once more */
	PERSONS_EVERY = 4, /* of the wishes: somebody new */
};

enum person_state { PERSON_WANTED, PERSON_OPEN, PERSON_LEAVING };

struct person {
	struct id         id;
	enum person_state state;
};

/* A command that is to be kept, until it is. */
struct wish {
	enum wish_kind kind;
	bool           used, sent;
	size_t         person;
	size_t         again; /* index + 1 of the promise that it tests; 0: a new one */
	struct id      command;
	struct buffer  body;
};

struct connection {
	pthread_t       thread;
	int             number;
	uint64_t        chance;
	struct client  *client;
	struct wish     wishes[WINDOW_MAX];
	struct person  *persons;
	size_t          person_count, person_capacity;
	struct promise *promises;
	size_t          promise_count, promise_capacity;
	struct buffer   out;
	struct arena    arena;
	uint64_t        reconnects, repeated;
};

/* What each kind sends, and the first event that must come of it. */
static const struct {
	const char *command, *event;
} kinds[WISH_KINDS] = {
	[WISH_REGISTER] = {"register_user", "user_registered"},
	[WISH_REGISTER_AGAIN] = {"register_user", "registration_repeated"},
	[WISH_PRIVACY] = {"change_privacy", "privacy_changed"},
	[WISH_PASSWORD] = {"change_password", "password_changed"},
	[WISH_ERASE] = {"erase_user", "user_erased"},
};

static const char  *socket_path, *name = "person";
static int          window;
static _Atomic bool stopping;

static uint32_t below(struct connection *connection, size_t limit)
{
	connection->chance = connection->chance * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)((connection->chance >> 33) % limit);
}

static void *enlarge(void *items, size_t count, size_t *capacity, size_t size)
{
	if (count < *capacity)
		return items;
	*capacity = *capacity ? *capacity * 2 : 1024;
	items = realloc(items, *capacity * size);
	require(items != NULL);
	return items;
}

/* ---------------------------------------------------------------- wishes */

static void pack_registration(struct connection *connection, struct wish *wish)
{
	char                 email[EMAIL_SIZE_MAX];
	struct register_user command = {
		.user = wish->kind == WISH_REGISTER_AGAIN ? id_fresh() : connection->persons[wish->person].id,
		.name = TEXT("Person under load"),
		.locale = TEXT("en"),
		.region = TEXT("GB"),
		.password_hash = TEXT("made up"),
		.token = TEXT("0123456789012345678901234567890123456789012"),
		.token_hash = {.bytes = "token"},
		.expires_at = 1,
	};

	snprintf(email, sizeof(email), "%.16s-%d-%zu@example.org", name, connection->number, wish->person);
	command.email = text_from(email);
	require(msgpack_encode_shape(&register_user_shape, &command, FIELD_INPUT, NULL, &wish->body) == STATUS_OK);
}

static void pack(struct connection *connection, struct wish *wish)
{
	struct id              person = connection->persons[wish->person].id;
	struct change_privacy  privacy = {.user = person, .audience = AUDIENCE_everyone + below(connection, 3)};
	struct erase_user      erasure = {.user = person};
	struct change_password password = {.user = person, .password_hash = TEXT("another made up one")};

	wish->body.size = 0;
	if (wish->kind == WISH_PRIVACY)
		require(msgpack_encode_shape(&change_privacy_shape, &privacy, 0, NULL, &wish->body) == STATUS_OK);
	else if (wish->kind == WISH_PASSWORD)
		require(msgpack_encode_shape(&change_password_shape, &password, FIELD_INPUT, NULL, &wish->body)
		        == STATUS_OK);
	else if (wish->kind == WISH_ERASE)
		require(msgpack_encode_shape(&erase_user_shape, &erasure, FIELD_INPUT, NULL, &wish->body) == STATUS_OK);
	else
		pack_registration(connection, wish);
}

static size_t add_person(struct connection *connection)
{
	connection->persons = enlarge(connection->persons, connection->person_count, &connection->person_capacity,
	                              sizeof(*connection->persons));
	connection->persons[connection->person_count] = (struct person){.id = id_fresh()};
	return connection->person_count++;
}

/* Something for a person who is there, or somebody new. */
static void choose(struct connection *connection, struct wish *wish)
{
	static const enum wish_kind usual[] = {WISH_PRIVACY, WISH_PRIVACY, WISH_PASSWORD, WISH_REGISTER_AGAIN};
	size_t known = connection->person_count > 0 ? below(connection, connection->person_count) : 0;

	if (connection->person_count == 0 || below(connection, PERSONS_EVERY) == 0
	    || connection->persons[known].state != PERSON_OPEN) {
		wish->kind = WISH_REGISTER;
		wish->person = add_person(connection);
		return;
	}
	wish->person = known;
	wish->kind = usual[below(connection, array_count(usual))];
	if (below(connection, ERASE_ONE_IN) == 0)
		wish->kind = WISH_ERASE;
	if (wish->kind == WISH_ERASE)
		connection->persons[known].state = PERSON_LEAVING;
}

static void make_wish(struct connection *connection, struct wish *wish)
{
	wish->used = true;
	wish->sent = false;
	wish->again = 0;
	if (connection->promise_count > 0 && below(connection, AGAIN_ONE_IN) == 0) {
		wish->again = 1 + below(connection, connection->promise_count);
		wish->command = connection->promises[wish->again - 1].command;
		/* The id alone counts: an answered command is not looked at again. */
		wish->kind = WISH_PRIVACY;
		wish->person = 0;
	} else {
		choose(connection, wish);
		wish->command = id_fresh();
	}
	pack(connection, wish);
}

static int fill_window(struct connection *connection)
{
	int under_way = 0;

	for (int i = 0; i < window; i++) {
		if (!connection->wishes[i].used && !stopping)
			make_wish(connection, &connection->wishes[i]);
		under_way += connection->wishes[i].used;
	}
	return under_way;
}

/* ---------------------------------------------------------------- answers */

static void contradict(const struct connection *connection, const struct wish *wish, const char *what)
{
	char command[ID_TEXT_SIZE + 1];

	id_format(wish->command, command);
	printf("connection %d, command %s of kind %d%s: %s\n", connection->number, command, wish->kind,
	       wish->again ? ", sent again" : "", what);
	fflush(stdout);
	_exit(EXIT_FAILURE);
}

static void check_again(struct connection *connection, struct wish *wish, const struct answer *answer)
{
	const struct promise *promise = &connection->promises[wish->again - 1];

	if (answer->refusal.data || !answer->repeated)
		contradict(connection, wish, "was decided anew");
	if (answer->position != promise->position || answer->version != promise->version)
		contradict(connection, wish, "has another answer than the first");
	connection->repeated++;
}

static void keep_promise(struct connection *connection, struct wish *wish, const struct answer *answer)
{
	struct person *person = &connection->persons[wish->person];
	/* An address may be free again by the time its second registration is decided. */
	bool freed = wish->kind == WISH_REGISTER_AGAIN && person->state == PERSON_LEAVING;

	if (!text_is(answer->event, kinds[wish->kind].event) && !freed)
		contradict(connection, wish, "led to another event");
	connection->promises = enlarge(connection->promises, connection->promise_count, &connection->promise_capacity,
	                               sizeof(*connection->promises));
	connection->promises[connection->promise_count++] = (struct promise){.command = wish->command,
	                                                                     .person = answer->subject,
	                                                                     .position = answer->position,
	                                                                     .version = answer->version,
	                                                                     .kind = (uint32_t)wish->kind};
	if (wish->kind == WISH_REGISTER && person->state == PERSON_WANTED)
		person->state = PERSON_OPEN;
}

static void take_answer(struct connection *connection, struct wish *wish, const struct answer *answer)
{
	bool gone = (wish->kind == WISH_PRIVACY || wish->kind == WISH_PASSWORD)
	            && connection->persons[wish->person].state == PERSON_LEAVING;

	/* A full disk keeps nothing new, but must not keep anybody from an answer that there is. */
	if (wish->again && text_is(answer->status, "full"))
		contradict(connection, wish, "was turned away");
	if (text_is(answer->status, "busy") || text_is(answer->status, "full")) {
		wish->sent = false;
		return;
	}
	if (!text_is(answer->status, "ok"))
		contradict(connection, wish, "failed");
	if (wish->again)
		check_again(connection, wish, answer);
	else if (!answer->refusal.data)
		keep_promise(connection, wish, answer);
	else if (!gone)
		contradict(connection, wish, "was refused");
	wish->used = false;
}

/* ---------------------------------------------------------------- a connection's life */

static bool connect_again(struct connection *connection)
{
	for (int i = 0; i < window; i++)
		connection->wishes[i].sent = false;
	if (client_open_within(socket_path, "load", WELCOME_WITHIN_MS, &connection->client) == STATUS_OK) {
		connection->reconnects++;
		return true;
	}
	poll(NULL, 0, 2);
	return false;
}

static void hang_up(struct connection *connection)
{
	client_close(connection->client);
	connection->client = NULL;
}

static enum status send_wishes(struct connection *connection)
{
	connection->out.size = 0;
	for (int i = 0; i < window; i++) {
		struct wish      *wish = &connection->wishes[i];
		struct submission submission = {.command = text_from(kinds[wish->kind].command),
		                                .command_id = wish->command,
		                                .digest = BYTES(wish->command.bytes, 16),
		                                .body = buffer_bytes(&wish->body)};

		if (!wish->used || wish->sent)
			continue;
		message_append(&connection->out, FRAME_SUBMIT, (uint64_t)i, &submission_shape, &submission);
		wish->sent = true;
	}
	return client_send(connection->client, buffer_bytes(&connection->out));
}

static enum status take_answers(struct connection *connection)
{
	struct answer answer;
	struct frame  frame;
	enum status   status = client_receive(connection->client, ANSWER_WITHIN_MS, &frame);

	while (status == STATUS_OK) {
		memset(&answer, 0, sizeof(answer));
		require(frame.op == (FRAME_SUBMIT | FRAME_ANSWER) && frame.request < (uint64_t)window);
		require(message_decode(&answer_shape, frame.body, &connection->arena, &answer) == STATUS_OK);
		take_answer(connection, &connection->wishes[frame.request], &answer);
		arena_reset(&connection->arena);
		status = client_receive(connection->client, 0, &frame);
	}
	return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

static void *run(void *owner)
{
	struct connection *connection = owner;

	while (fill_window(connection) > 0) {
		if (!connection->client && !connect_again(connection))
			continue;
		if (send_wishes(connection) != STATUS_OK || take_answers(connection) != STATUS_OK)
			hang_up(connection);
	}
	hang_up(connection);
	return NULL;
}

static void finish(struct connection *connection)
{
	for (int i = 0; i < window; i++)
		buffer_finish(&connection->wishes[i].body);
	buffer_finish(&connection->out);
	arena_finish(&connection->arena);
	free(connection->persons);
	free(connection->promises);
}

/* ---------------------------------------------------------------- the process */

static void on_term(int number)
{
	stopping = true;
}

static void write_down(const struct connection *connections, int count, const char *path)
{
	FILE  *file = fopen(path, "w");
	size_t promises = 0, reconnects = 0, repeated = 0;

	require(file != NULL);
	for (int i = 0; i < count; i++) {
		const struct connection *connection = &connections[i];

		require(fwrite(connection->promises, sizeof(struct promise), connection->promise_count, file)
		        == connection->promise_count);
		promises += connection->promise_count;
		reconnects += connection->reconnects;
		repeated += connection->repeated;
	}
	require(fclose(file) == 0);
	printf("%zu promises, %zu of them asked for again, %zu connections\n", promises, repeated, reconnects);
}

int main(int argc, char **argv)
{
	static struct connection connections[CONNECTIONS_MAX];
	int                      count;

	require(argc == 5 || argc == 6);
	socket_path = argv[1];
	name = argc == 6 ? argv[5] : name;
	count = atoi(argv[3]);
	window = atoi(argv[4]);
	require(count > 0 && count <= CONNECTIONS_MAX && window > 0 && window <= WINDOW_MAX);
	diag_set_level(DIAG_ERROR);
	signal(SIGTERM, on_term);
	puts("loading");
	fflush(stdout);
	for (int i = 0; i < count; i++) {
		connections[i].number = i;
		connections[i].chance = (uint64_t)i + 1;
		require(pthread_create(&connections[i].thread, NULL, run, &connections[i]) == 0);
	}
	for (int i = 0; i < count; i++)
		pthread_join(connections[i].thread, NULL);
	write_down(connections, count, argv[2]);
	for (int i = 0; i < count; i++)
		finish(&connections[i]);
	return EXIT_SUCCESS;
}
