#include "physics/service/client.h"

#include "eventstore/base/clock.h"
#include "eventstore/base/diag.h"
#include "eventstore/base/require.h"
#include "eventstore/wire/frame_stream.h"

#include <stdlib.h>

enum { HELLO_TIMEOUT_MS = 5000, HEED_MS = 250 };

struct simulator_client {
	struct frame_stream stream;
	struct buffer       out;
	uint64_t            number;
	bool                gone;

	const atomic_bool *stopping; /* NULL: never */
};

/* ---------------------------------------------------------------- the connection */

static void send_out(struct simulator_client *client)
{
	if (!client->gone)
		client->gone = frame_stream_send(&client->stream, buffer_bytes(&client->out)) != STATUS_OK;
	client->out.size = 0;
}

/* Under a number of its own. */
static void say_under(struct simulator_client *client, enum simulator_word word, uint64_t number,
                      const struct shape *shape, const void *message)
{
	if (shape)
		message_append(&client->out, (uint8_t)word, number, shape, message);
	else
		frame_end(&client->out, frame_begin(&client->out, (uint8_t)word, number));
	send_out(client);
}

uint64_t simulator_client_say(struct simulator_client *client, enum simulator_word word, const struct shape *shape,
                              const void *message)
{
	say_under(client, word, ++client->number, shape, message);
	return client->number;
}

enum status simulator_client_hear(struct simulator_client *client, int timeout_ms, struct frame *frame)
{
	enum status status = frame_stream_receive(&client->stream, client->gone ? 0 : timeout_ms, frame);

	return status == STATUS_OK || (status == STATUS_NOT_FOUND && !client->gone) ? status : STATUS_UNREACHABLE;
}

static enum status say_hello(struct simulator_client *client, const char *who)
{
	struct hello             hello = {.protocol = SIMULATOR_PROTOCOL, .who = text_from(who)};
	struct simulator_welcome welcome = {0};
	struct arena             arena = {0};
	struct frame             frame;
	enum status              status;

	say_under(client, SIMULATOR_HELLO, 0, &hello_shape, &hello);
	status = simulator_client_hear(client, HELLO_TIMEOUT_MS, &frame);
	if (status == STATUS_OK)
		status = message_decode(&simulator_welcome_shape, frame.body, &arena, &welcome);
	if (status == STATUS_OK && !welcome.accepted) {
		diag(DIAG_ERROR, "simulator_refused_hello", "%.*s", TEXT_ARG(welcome.sentence));
		status = STATUS_UNSUPPORTED;
	}
	arena_finish(&arena);
	return status == STATUS_NOT_FOUND ? STATUS_UNREACHABLE : status;
}

enum status simulator_client_open(const char *socket_path, const char *who, struct simulator_client **out)
{
	struct simulator_client *client = calloc(1, sizeof(*client));
	enum status              status;

	require(client != NULL);
	status = frame_stream_open(socket_path, &client->stream);
	if (status == STATUS_OK)
		status = say_hello(client, who);
	if (status != STATUS_OK) {
		simulator_client_close(client);
		return status;
	}
	*out = client;
	return STATUS_OK;
}

void simulator_client_close(struct simulator_client *client)
{
	if (!client)
		return;
	frame_stream_close(&client->stream);
	buffer_finish(&client->out);
	free(client);
}

int simulator_client_fd(const struct simulator_client *client)
{
	return client->stream.fd;
}

void simulator_client_heed(struct simulator_client *client, const atomic_bool *stopping)
{
	client->stopping = stopping;
}

/* ---------------------------------------------------------------- wishes */

/* The next word, whatever it is, or none within a moment: NOT_FOUND. TIMED_OUT: nor by the deadline. */
static enum status hear_by(struct simulator_client *client, int64_t deadline_us, struct frame *frame)
{
	int64_t left_us = deadline_us - clock_monotonic_us();

	if (client->stopping && atomic_load(client->stopping))
		return STATUS_BUSY;
	if (left_us <= 0)
		return STATUS_TIMED_OUT;
	return simulator_client_hear(client, left_us < HEED_MS * 1000 ? (int)(left_us / 1000) : HEED_MS, frame);
}

static struct bytes kept_body(struct arena *arena, const struct frame *frame)
{
	return arena_bytes(arena, frame->body);
}

/* True: that was the end of it. */
static enum status take_word(const struct frame *frame, struct arena *arena, struct run_outcome *out, bool *ended)
{
	switch (frame->op) {
	case SIMULATOR_ACCEPTED:
		return message_decode(&run_accepted_shape, kept_body(arena, frame), arena, &out->accepted);
	case SIMULATOR_DONE:
		*ended = out->done = true;
		return message_decode(&run_done_shape, kept_body(arena, frame), arena, &out->result);
	case SIMULATOR_FAILED:
		*ended = true;
		return message_decode(&run_failed_shape, kept_body(arena, frame), arena, &out->failure);
	default:
		return STATUS_OK;
	}
}

static enum status await_outcome(struct simulator_client *client, uint64_t number, int timeout_ms, struct arena *arena,
                                 struct run_outcome *out)
{
	int64_t deadline_us = clock_monotonic_us() + (int64_t)timeout_ms * 1000;
	bool    ended = false;

	while (!ended) {
		struct frame frame;
		enum status  status = hear_by(client, deadline_us, &frame);

		if (status == STATUS_NOT_FOUND)
			continue;
		if (status == STATUS_TIMED_OUT || status == STATUS_BUSY)
			say_under(client, SIMULATOR_CANCEL, number, NULL, NULL);
		if (status == STATUS_OK && frame.request == number)
			status = take_word(&frame, arena, out, &ended);
		if (status != STATUS_OK)
			return status;
	}
	return STATUS_OK;
}

enum status simulator_client_run(struct simulator_client *client, const struct run_wish *wish, int timeout_ms,
                                 struct arena *arena, struct run_outcome *out)
{
	struct run_outcome outcome = {0};
	uint64_t           number = simulator_client_say(client, SIMULATOR_RUN, &run_wish_shape, wish);
	enum status        status = await_outcome(client, number, timeout_ms, arena, &outcome);

	if (status == STATUS_OK)
		*out = outcome;
	return status;
}

enum status simulator_client_watch(struct simulator_client *client, const struct run_watch *watch, int timeout_ms,
                                   struct arena *arena, struct run_outcome *out)
{
	struct run_outcome outcome = {0};
	uint64_t           number = simulator_client_say(client, SIMULATOR_WATCH, &run_watch_shape, watch);
	enum status        status = await_outcome(client, number, timeout_ms, arena, &outcome);

	if (status == STATUS_OK)
		*out = outcome;
	return status;
}

/* The next word under the number. */
static enum status await_word(struct simulator_client *client, uint64_t number, int timeout_ms, struct frame *frame)
{
	int64_t deadline_us = clock_monotonic_us() + (int64_t)timeout_ms * 1000;

	for (;;) {
		int64_t     left_us = deadline_us - clock_monotonic_us();
		enum status status = simulator_client_hear(client, left_us > 0 ? (int)(left_us / 1000) : 0, frame);

		if (status == STATUS_NOT_FOUND)
			return STATUS_TIMED_OUT;
		if (status != STATUS_OK || frame->request == number)
			return status;
	}
}

enum status simulator_client_fetch(struct simulator_client *client, const struct run_fetch *fetch, int timeout_ms,
                                   struct arena *arena, struct run_frames *out)
{
	uint64_t     number = simulator_client_say(client, SIMULATOR_FETCH, &run_fetch_shape, fetch);
	struct frame frame;
	enum status  status = await_word(client, number, timeout_ms, &frame);

	if (status != STATUS_OK)
		return status;
	if (frame.op != SIMULATOR_FRAMES)
		return STATUS_NOT_FOUND;
	return message_decode(&run_frames_shape, kept_body(arena, &frame), arena, out);
}

enum status simulator_client_status(struct simulator_client *client, struct arena *arena, struct simulator_status *out)
{
	uint64_t     number = simulator_client_say(client, SIMULATOR_STATUS, NULL, NULL);
	struct frame frame;
	enum status  status = await_word(client, number, HELLO_TIMEOUT_MS, &frame);

	return status == STATUS_OK ? message_decode(&simulator_status_shape, kept_body(arena, &frame), arena, out)
	                           : status;
}
