#include "eventstore/wire/client.h"

#include "eventstore/base/catalog.h"
#include "eventstore/base/clock.h"
#include "eventstore/base/diag.h"
#include "eventstore/base/require.h"
#include "eventstore/codec/codec_msgpack.h"
#include "eventstore/wire/frame_stream.h"

#include <stdlib.h>

enum { HELLO_TIMEOUT_MS = 5000, ASK_TIMEOUT_MS = 5000 };

struct client {
	struct frame_stream stream;
	uint64_t            next_request;
};

static enum status say_hello(struct client *client, const char *who, int timeout_ms)
{
	struct hello   hello = {.protocol = PROTOCOL_VERSION, .who = text_from(who)};
	struct welcome welcome = {0};
	struct buffer  out = {0};
	struct arena   arena = {0};
	struct frame   frame;
	enum status    status;

	message_append(&out, FRAME_HELLO, 0, &hello_shape, &hello);
	status = client_send(client, buffer_bytes(&out));
	buffer_finish(&out);
	if (status == STATUS_OK)
		status = client_receive(client, timeout_ms, &frame);
	if (status == STATUS_OK)
		status = message_decode(&welcome_shape, frame.body, &arena, &welcome);
	if (status == STATUS_OK && !welcome.accepted) {
		diag(DIAG_ERROR, "writer_refused_hello", "%.*s", TEXT_ARG(welcome.sentence));
		status = STATUS_UNSUPPORTED;
	}
	arena_finish(&arena);
	return status == STATUS_NOT_FOUND ? STATUS_UNREACHABLE : status;
}

enum status client_open(const char *socket_path, const char *who, struct client **out)
{
	return client_open_within(socket_path, who, HELLO_TIMEOUT_MS, out);
}

enum status client_open_within(const char *socket_path, const char *who, int timeout_ms, struct client **out)
{
	struct client *client = calloc(1, sizeof(*client));
	enum status    status;

	require(client != NULL);
	status = frame_stream_open(socket_path, &client->stream);
	if (status == STATUS_OK)
		status = say_hello(client, who, timeout_ms);
	if (status != STATUS_OK) {
		client_close(client);
		return status;
	}
	*out = client;
	return STATUS_OK;
}

void client_close(struct client *client)
{
	if (!client)
		return;
	frame_stream_close(&client->stream);
	free(client);
}

int client_fd(const struct client *client)
{
	return client->stream.fd;
}

enum status client_send(struct client *client, struct bytes frames)
{
	return frame_stream_send(&client->stream, frames);
}

enum status client_receive(struct client *client, int timeout_ms, struct frame *frame)
{
	return frame_stream_receive(&client->stream, timeout_ms, frame);
}

static enum status receive_answer(struct client *client, uint64_t request, int timeout_ms, struct frame *frame)
{
	int64_t     deadline_us = clock_monotonic_us() + (int64_t)timeout_ms * 1000, left_us;
	enum status status;

	do {
		left_us = deadline_us - clock_monotonic_us();
		status = client_receive(client, left_us > 0 ? (int)((left_us + 999) / 1000) : 0, frame);
	} while (status == STATUS_OK && (!(frame->op & FRAME_ANSWER) || frame->request != request));
	return status == STATUS_NOT_FOUND ? STATUS_TIMED_OUT : status;
}

/* A decoded message may point into the input buffer: its body is copied into the arena first. */
static enum status decode_answer(const struct frame *frame, const struct shape *shape, struct arena *arena,
                                 void *message)
{
	return message_decode(shape, arena_bytes(arena, frame->body), arena, message);
}

enum status client_submit(struct client *client, const struct submission *submission, int timeout_ms,
                          struct arena *arena, struct answer *answer)
{
	uint64_t      request = ++client->next_request;
	struct buffer out = {0};
	struct frame  frame;
	enum status   status;

	message_append(&out, FRAME_SUBMIT, request, &submission_shape, submission);
	status = client_send(client, buffer_bytes(&out));
	buffer_finish(&out);
	if (status == STATUS_OK)
		status = receive_answer(client, request, timeout_ms, &frame);
	return status == STATUS_OK ? decode_answer(&frame, &answer_shape, arena, answer) : status;
}

enum status client_command(struct client *client, const char *name, struct id command_id, const void *fields,
                           int timeout_ms, struct arena *arena, struct answer *answer)
{
	const struct command_type *type = command_type_by_name(text_from(name));
	struct submission          submission = {.command = text_from(name), .command_id = command_id};
	struct buffer              body = {0};
	enum status                status;

	require(type != NULL);
	require(msgpack_encode_shape(type->shape, fields, FIELD_INPUT, NULL, &body) == STATUS_OK);
	submission.body = buffer_bytes(&body);
	status = client_submit(client, &submission, timeout_ms, arena, answer);
	buffer_finish(&body);
	return status;
}

enum status client_ask(struct client *client, uint8_t op, const struct shape *shape, struct arena *arena, void *message)
{
	uint64_t      request = ++client->next_request;
	struct buffer out = {0};
	struct frame  frame;
	enum status   status;

	frame_end(&out, frame_begin(&out, op, request));
	status = client_send(client, buffer_bytes(&out));
	buffer_finish(&out);
	if (status == STATUS_OK)
		status = receive_answer(client, request, ASK_TIMEOUT_MS, &frame);
	return status == STATUS_OK ? decode_answer(&frame, shape, arena, message) : status;
}
