/* Commands of any kind for the bench "learn": wish_load SOCKET DEPTH < LINES, a line being COMMAND JSON as
 * tests/e2e/wish takes them. They go over one connection in their order, DEPTH at a time, and each is answered once it
 * is durable. All lines are read and encoded before the first is sent. Prints one line of JSON; a refusal ends it. */
#include "eventstore/base/catalog.h"
#include "eventstore/base/clock.h"
#include "eventstore/base/require.h"
#include "eventstore/codec/codec_json.h"
#include "eventstore/codec/codec_msgpack.h"
#include "eventstore/wire/client.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { WISHES_MAX = 1000000, DEPTH_MAX = 256, ANSWER_PATIENCE_MS = 20000 };

struct wish {
	size_t   begin, end; /* of its frame */
	int64_t  sent_us;
	uint32_t latency_us;
};

struct load {
	struct client *client;
	struct buffer  frames;
	struct wish   *wishes;
	uint64_t       count, sent, answered, position;
	struct arena   arena;
};

static _Noreturn void give_up(const char *what, struct text why)
{
	fprintf(stderr, "wish_load: %s: %.*s\n", what, TEXT_ARG(why));
	exit(EXIT_FAILURE);
}

static void must(enum status status, const char *what)
{
	if (status != STATUS_OK)
		give_up(what, text_from(status_sentence(status)));
}

/* ---------------------------------------------------------------- before the clock runs */

static void encode(struct load *load, const struct command_type *type, const char *json)
{
	struct complaints complaints = {0};
	struct wish      *wish = &load->wishes[load->count];
	void             *fields = arena_alloc(&load->arena, type->shape->size);
	struct buffer     body = {0};

	if (json_decode_shape(type->shape, text_bytes(text_from(json)), FIELD_DERIVED, &load->arena, fields,
	                      &complaints)
	    != STATUS_OK)
		give_up(json, complaints.items[0].sentence);
	shape_derive(type->shape, fields);
	must(msgpack_encode_shape(type->shape, fields, FIELD_INPUT, NULL, &body), json);
	wish->begin = load->frames.size;
	message_append(&load->frames, FRAME_SUBMIT, load->count, &submission_shape,
	               &(struct submission){.command = text_from(type->name),
	                                    .command_id = id_fresh(),
	                                    .body = buffer_bytes(&body)});
	wish->end = load->frames.size;
	buffer_finish(&body);
	arena_reset(&load->arena);
	load->count++;
}

static void read_lines(struct load *load)
{
	char  *line = NULL, *json;
	size_t room = 0;

	while (getline(&line, &room, stdin) > 0) {
		const struct command_type *type;

		json = strchr(line, ' ');
		require(json != NULL && load->count < WISHES_MAX);
		*json++ = 0;
		type = command_type_by_name(text_from(line));
		require(type != NULL);
		encode(load, type, json);
	}
	free(line);
}

/* ---------------------------------------------------------------- while it runs */

static void send_next(struct load *load)
{
	struct wish *wish = &load->wishes[load->sent++];

	wish->sent_us = clock_monotonic_us();
	must(client_send(load->client, BYTES(load->frames.data + wish->begin, wish->end - wish->begin)), "sending");
}

static void take_next(struct load *load)
{
	struct answer answer = {0};
	struct frame  frame;
	struct wish  *wish;

	must(client_receive(load->client, ANSWER_PATIENCE_MS, &frame), "waiting for an answer");
	if (frame.op != (FRAME_SUBMIT | FRAME_ANSWER))
		return;
	require(frame.request < load->count);
	wish = &load->wishes[frame.request];
	wish->latency_us = (uint32_t)(clock_monotonic_us() - wish->sent_us);
	must(msgpack_decode_shape(&answer_shape, frame.body, NULL, &load->arena, &answer), "an answer");
	if (answer.refusal.data || !text_is(answer.status, status_name(STATUS_OK)))
		give_up("a wish was not granted", answer.refusal.data ? answer.refusal : answer.sentence);
	load->position = answer.position;
	load->answered++;
	arena_reset(&load->arena);
}

static int compare(const void *left, const void *right)
{
	uint32_t a = ((const struct wish *)left)->latency_us, b = ((const struct wish *)right)->latency_us;

	return (a > b) - (a < b);
}

static void report(struct load *load, int64_t took_us)
{
	qsort(load->wishes, load->count, sizeof(*load->wishes), compare);
	printf("{\"count\": %" PRIu64 ", \"seconds\": %.6f, \"p50_us\": %" PRIu32 ", \"p99_us\": %" PRIu32
	       ", \"position\": %" PRIu64 "}\n",
	       load->count, (double)took_us / 1e6, load->wishes[load->count / 2].latency_us,
	       load->wishes[load->count * 99 / 100].latency_us, load->position);
}

int main(int argument_count, char **arguments)
{
	struct load load = {.wishes = calloc(WISHES_MAX, sizeof(struct wish))};
	uint64_t    depth;
	int64_t     began_us;

	require(argument_count == 3 && text_parse_u64(text_from(arguments[2]), &depth));
	require(depth >= 1 && depth <= DEPTH_MAX && load.wishes != NULL);
	read_lines(&load);
	require(load.count > 0);
	must(client_open(arguments[1], "wish_load", &load.client), arguments[1]);
	began_us = clock_monotonic_us();
	while (load.answered < load.count) {
		while (load.sent < load.count && load.sent - load.answered < depth)
			send_next(&load);
		take_next(&load);
	}
	report(&load, clock_monotonic_us() - began_us);
	client_close(load.client);
	buffer_finish(&load.frames);
	arena_finish(&load.arena);
	free(load.wishes);
	return EXIT_SUCCESS;
}
