/* Load for the bench "append": keeps commands in flight on a writer's socket and says how fast they become durable.
 *
 *   append_load SOCKET people COUNT                                  registers the people that the load is about
 *   append_load SOCKET load COUNT CONNECTIONS DEPTH MILLISECONDS     prints one line of JSON
 *
 * Each command is a change_preferences of one of the people, taken in turn, with an id of its own, so that the writer
 * decides, checks and keeps each. A connection sends the next command as soon as an answer has made room. That each
 * answer stands for an event on disk is checked by the head of the log, before and after. */
#include "eventstore/base/clock.h"
#include "eventstore/base/require.h"
#include "eventstore/codec/codec_msgpack.h"
#include "eventstore/wire/client.h"
#include "schema/commands.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	PEOPLE_MAX = 1000000,
	CONNECTIONS_MAX = 256,
	DEPTH_MAX = 256,
	DURATION_MS_MAX = 600000,
	ANSWER_PATIENCE_MS = 10000,
	READ_AT_ONCE = 64 << 10,
	NOTIFICATIONS = 7, /* so many make an event of about 300 bytes */
	MAIL_LINK_LIFETIME_S = 86400,
};

static const char who[] = "append_load";

static _Noreturn void give_up(const char *sentence)
{
	fprintf(stderr, "append_load: %s\n", sentence);
	exit(EXIT_FAILURE);
}

static void must(enum status status, const char *what)
{
	if (status == STATUS_OK)
		return;
	fprintf(stderr, "append_load: %s: %s\n", what, status_sentence(status));
	exit(EXIT_FAILURE);
}

static struct client *connect_to(const char *socket)
{
	struct client *client;

	must(client_open(socket, who, &client), socket);
	return client;
}

/* ---------------------------------------------------------------- people */

/* The same in each run of this program, in the form of a UUIDv7. */
static struct id person_id(uint32_t index)
{
	struct id id = {.bytes = {0x01, 0x94, 0, 0, 0, 0, 0x70, 0, 0x80}};

	for (int i = 0; i < 4; i++)
		id.bytes[15 - i] = (uint8_t)(index >> (8 * i));
	return id;
}

static struct register_user registration(uint32_t index, struct arena *arena)
{
	return (struct register_user){
		.user = person_id(index),
		.email = arena_format(arena, "person-%" PRIu32 "@example.edu", index),
		.name = arena_format(arena, "Person %" PRIu32, index),
		.locale = TEXT("en"),
		.region = TEXT("GB"),
		.password_hash = TEXT("not a hash: nobody logs in here"),
		.token = TEXT("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
		.token_hash = {.bytes = {1}},
		.expires_at = clock_wall_us() + MAIL_LINK_LIFETIME_S * INT64_C(1000000),
	};
}

static void register_person(struct client *client, uint32_t index, struct arena *arena)
{
	struct register_user person = registration(index, arena);
	struct buffer        body = {0};
	struct answer        answer = {0};

	must(msgpack_encode_shape(&register_user_shape, &person, FIELD_INPUT, NULL, &body), "a registration");
	must(client_submit(client,
	                   &(struct submission){.command = TEXT("register_user"),
	                                        .command_id = id_fresh(),
	                                        .body = buffer_bytes(&body)},
	                   ANSWER_PATIENCE_MS, arena, &answer),
	     "a registration");
	if (!text_is(answer.status, status_name(STATUS_OK)) || answer.refusal.data)
		give_up("a registration was not kept");
	buffer_finish(&body);
}

static void register_people(const char *socket, uint32_t count)
{
	struct client *client = connect_to(socket);
	struct arena   arena = {0};

	for (uint32_t i = 0; i < count; i++) {
		register_person(client, i, &arena);
		arena_reset(&arena);
	}
	arena_finish(&arena);
	client_close(client);
}

/* ---------------------------------------------------------------- one frame, made once */

/* All commands look alike but for three ids. */
struct stencil {
	struct buffer frame;
	uint8_t      *command, *actor, *user;
	size_t        body_size;
};

static const struct id command_marker = {.bytes = "command id here"};
static const struct id actor_marker = {.bytes = "actor goes here"};
static const struct id user_marker = {.bytes = "user stands here"};

static uint8_t *find_marker(const struct buffer *frame, const struct id *marker)
{
	uint8_t *found = memmem(frame->data, frame->size, marker->bytes, sizeof(marker->bytes));

	require(found != NULL);
	return found;
}

static void encode_change(struct buffer *body)
{
	static const struct notification_choice choices[NOTIFICATIONS] = {
		{NOTIFICATION_KIND_account, CHANNEL_mail, true},     {NOTIFICATION_KIND_course, CHANNEL_mail, false},
		{NOTIFICATION_KIND_course, CHANNEL_push, true},      {NOTIFICATION_KIND_assessment, CHANNEL_mail, true},
		{NOTIFICATION_KIND_assessment, CHANNEL_push, false}, {NOTIFICATION_KIND_project, CHANNEL_in_app, true},
		{NOTIFICATION_KIND_project, CHANNEL_mail, false},
	};
	struct change_preferences change = {
		.user = user_marker,
		.theme = THEME_dark,
		.notifications = {.items = choices, .count = NOTIFICATIONS},
	};

	must(msgpack_encode_shape(&change_preferences_shape, &change, FIELD_INPUT, NULL, body), "a command");
}

static void stencil_init(struct stencil *stencil)
{
	struct buffer body = {0};

	*stencil = (struct stencil){0};
	encode_change(&body);
	message_append(&stencil->frame, FRAME_SUBMIT, 0, &submission_shape,
	               &(struct submission){
			       .command = TEXT("change_preferences"),
			       .command_id = command_marker,
			       .actor = actor_marker,
			       .trace = id_fresh(),
			       .digest = BYTES(actor_marker.bytes, sizeof(actor_marker.bytes)),
			       .body = buffer_bytes(&body),
		       });
	stencil->command = find_marker(&stencil->frame, &command_marker);
	stencil->actor = find_marker(&stencil->frame, &actor_marker);
	stencil->user = find_marker(&stencil->frame, &user_marker);
	stencil->body_size = body.size;
	buffer_finish(&body);
}

static void stencil_set(struct stencil *stencil, uint64_t request, struct id command, struct id person)
{
	memcpy(stencil->frame.data + FRAME_HEADER_SIZE - sizeof(request), &request, sizeof(request));
	memcpy(stencil->command, command.bytes, sizeof(command.bytes));
	memcpy(stencil->actor, person.bytes, sizeof(person.bytes));
	memcpy(stencil->user, person.bytes, sizeof(person.bytes));
}

/* ---------------------------------------------------------------- load */

struct connection {
	struct client *client;
	struct buffer  in, out;
	int64_t       *sent_us; /* by request number, which is below the depth */
	uint32_t       in_flight;
};

struct load {
	struct stencil    stencil;
	struct connection connections[CONNECTIONS_MAX];
	struct pollfd     waiters[CONNECTIONS_MAX];
	uint32_t          connection_count, depth, people;
	uint64_t          next; /* command */
	uint64_t          random;
	int64_t           begun_us, deadline_us, ended_us;
	uint32_t         *latency_us;
	size_t            answered, capacity;
};

/* xorshift64*, Marsaglia 2003 and Vigna 2016: fresh ids must not cost the load a system call each. */
static uint64_t next_random(struct load *load)
{
	load->random ^= load->random >> 12;
	load->random ^= load->random << 25;
	load->random ^= load->random >> 27;
	return load->random * UINT64_C(2685821657736338717);
}

/* What id_fresh gives: a UUIDv7 of this moment. */
static struct id fresh_id(struct load *load, int64_t now_us)
{
	uint64_t  words[2] = {next_random(load), next_random(load)};
	uint64_t  now_ms = (uint64_t)now_us / 1000;
	struct id id;

	memcpy(id.bytes, words, sizeof(id.bytes));
	for (int i = 0; i < 6; i++)
		id.bytes[5 - i] = (uint8_t)(now_ms >> (8 * i));
	id.bytes[6] = 0x70 | (id.bytes[6] & 0x0f);
	id.bytes[8] = 0x80 | (id.bytes[8] & 0x3f);
	return id;
}

static void push_command(struct load *load, struct connection *connection, uint64_t request, int64_t now_us)
{
	struct id person = person_id((uint32_t)(load->next++ % load->people));

	stencil_set(&load->stencil, request, fresh_id(load, now_us), person);
	buffer_append(&connection->out, buffer_bytes(&load->stencil.frame));
	connection->sent_us[request] = now_us;
	connection->in_flight++;
}

static void note_latency(struct load *load, int64_t latency_us)
{
	if (load->answered == load->capacity) {
		load->capacity = load->capacity ? load->capacity * 2 : 1 << 16;
		load->latency_us = realloc(load->latency_us, load->capacity * sizeof(*load->latency_us));
		require(load->latency_us != NULL);
	}
	load->latency_us[load->answered++] = (uint32_t)latency_us;
}

static void take_answer(struct load *load, struct connection *connection, const struct frame *frame, int64_t now_us)
{
	if (frame->op != (FRAME_SUBMIT | FRAME_ANSWER) || frame->request >= load->depth)
		give_up("the writer sent something that was not asked for");
	note_latency(load, now_us - connection->sent_us[frame->request]);
	connection->in_flight--;
	load->ended_us = now_us;
	if (now_us < load->deadline_us)
		push_command(load, connection, frame->request, now_us);
}

static void send_pushed(struct connection *connection)
{
	must(client_send(connection->client, buffer_bytes(&connection->out)), "sending");
	connection->out.size = 0;
}

static void take_answers(struct load *load, struct connection *connection)
{
	ssize_t size =
		recv(client_fd(connection->client), buffer_reserve(&connection->in, READ_AT_ONCE), READ_AT_ONCE, 0);
	int64_t      now_us = clock_monotonic_us();
	size_t       taken = 0, frame_size;
	struct frame frame;

	if (size <= 0)
		give_up("the writer hung up");
	connection->in.size += (size_t)size;
	while (frame_parse(BYTES(connection->in.data + taken, connection->in.size - taken), &frame, &frame_size)
	       == STATUS_OK) {
		take_answer(load, connection, &frame, now_us);
		taken += frame_size;
	}
	buffer_consume(&connection->in, taken);
	send_pushed(connection);
}

static bool anything_in_flight(const struct load *load)
{
	for (uint32_t i = 0; i < load->connection_count; i++)
		if (load->connections[i].in_flight > 0)
			return true;
	return false;
}

static void run(struct load *load)
{
	for (uint32_t i = 0; i < load->connection_count; i++) {
		for (uint32_t request = 0; request < load->depth; request++)
			push_command(load, &load->connections[i], request, load->begun_us);
		send_pushed(&load->connections[i]);
	}
	while (anything_in_flight(load)) {
		int ready = poll(load->waiters, load->connection_count, ANSWER_PATIENCE_MS);

		if (ready == 0 || (ready < 0 && errno != EINTR))
			give_up("the writer does not answer");
		for (uint32_t i = 0; i < load->connection_count; i++)
			if (load->waiters[i].revents)
				take_answers(load, &load->connections[i]);
	}
}

static void open_connections(struct load *load, const char *socket)
{
	for (uint32_t i = 0; i < load->connection_count; i++) {
		struct connection *connection = &load->connections[i];

		connection->client = connect_to(socket);
		connection->sent_us = calloc(load->depth, sizeof(*connection->sent_us));
		require(connection->sent_us != NULL);
		load->waiters[i] = (struct pollfd){.fd = client_fd(connection->client), .events = POLLIN};
	}
}

static void close_connections(struct load *load)
{
	for (uint32_t i = 0; i < load->connection_count; i++) {
		client_close(load->connections[i].client);
		buffer_finish(&load->connections[i].in);
		buffer_finish(&load->connections[i].out);
		free(load->connections[i].sent_us);
	}
}

/* ---------------------------------------------------------------- report */

static struct stats writer_stats(const char *socket, struct arena *arena)
{
	struct client *client = connect_to(socket);
	struct stats   stats = {0};

	must(client_ask(client, FRAME_STATS, &stats_shape, arena, &stats), "the writer's counters");
	client_close(client);
	return stats;
}

static int compare(const void *left, const void *right)
{
	uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;

	return (a > b) - (a < b);
}

static void report(const struct load *load, const struct stats *before, const struct stats *after)
{
	double   seconds = (double)(load->ended_us - load->begun_us) / 1e6;
	uint64_t commits = after->commits - before->commits;

	qsort(load->latency_us, load->answered, sizeof(*load->latency_us), compare);
	printf("{\"count\": %zu, \"rate\": %.0f, \"p50_us\": %" PRIu32 ", \"p99_us\": %" PRIu32 ", \"max_us\": %" PRIu32
	       ", \"per_commit\": %.1f, \"body_bytes\": %zu}\n",
	       load->answered, (double)load->answered / seconds, load->latency_us[load->answered / 2],
	       load->latency_us[load->answered * 99 / 100], load->latency_us[load->answered - 1],
	       (double)load->answered / (double)(commits ? commits : 1), load->stencil.body_size);
}

static void run_load(const char *socket, const uint32_t numbers[4])
{
	struct load  load = {.people = numbers[0], .connection_count = numbers[1], .depth = numbers[2]};
	struct arena arena = {0};
	struct stats before = writer_stats(socket, &arena), after;

	stencil_init(&load.stencil);
	open_connections(&load, socket);
	load.begun_us = clock_monotonic_us();
	load.random = (uint64_t)clock_wall_us();
	load.deadline_us = load.begun_us + numbers[3] * INT64_C(1000);
	run(&load);
	after = writer_stats(socket, &arena);
	if (after.head - before.head != load.answered)
		give_up("not every answer stands for an event");
	report(&load, &before, &after);
	close_connections(&load);
	buffer_finish(&load.stencil.frame);
	arena_finish(&arena);
	free(load.latency_us);
}

static bool take_number(const char *argument, uint32_t most, uint32_t *number)
{
	char         *end;
	unsigned long value = strtoul(argument, &end, 10);

	if (*end || value == 0 || value > most)
		return false;
	*number = (uint32_t)value;
	return true;
}

int main(int argc, char **argv)
{
	static const uint32_t most[] = {PEOPLE_MAX, CONNECTIONS_MAX, DEPTH_MAX, DURATION_MS_MAX};
	uint32_t              numbers[array_count(most)];
	bool                  load = argc == 7 && strcmp(argv[2], "load") == 0;

	if (!load && !(argc == 4 && strcmp(argv[2], "people") == 0))
		give_up("usage: append_load SOCKET people COUNT | load COUNT CONNECTIONS DEPTH MILLISECONDS");
	for (int i = 3; i < argc; i++)
		if (!take_number(argv[i], most[i - 3], &numbers[i - 3]))
			give_up("a number is none, or too large");
	if (load)
		run_load(argv[1], numbers);
	else
		register_people(argv[1], numbers[0]);
	return EXIT_SUCCESS;
}
