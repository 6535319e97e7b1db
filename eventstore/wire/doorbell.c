#include "eventstore/wire/doorbell.h"

#include "eventstore/base/clock.h"
#include "eventstore/base/require.h"
#include "eventstore/wire/client.h"

#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* While the writer is away the waiter looks for itself this often. */
enum { RECONNECT_EVERY_MS = 250, WELCOME_WITHIN_MS = 250 };

struct doorbell {
	char          *socket_path;
	char          *who;
	struct client *client;        /* NULL while the writer is away */
	uint64_t       head;          /* as far as it rang */
	char          *progress_name; /* what was told last, to be told again to a writer that started anew */
	uint64_t       progress_position;
	int            interrupt_fd;
	_Atomic bool   interrupted;
};

struct doorbell *doorbell_create(const char *socket_path, const char *who)
{
	struct doorbell *doorbell = calloc(1, sizeof(*doorbell));

	require(doorbell != NULL);
	doorbell->socket_path = strdup(socket_path);
	doorbell->who = strdup(who);
	doorbell->interrupt_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	require(doorbell->socket_path && doorbell->who && doorbell->interrupt_fd >= 0);
	return doorbell;
}

void doorbell_destroy(struct doorbell *doorbell)
{
	if (!doorbell)
		return;
	client_close(doorbell->client);
	close(doorbell->interrupt_fd);
	free(doorbell->socket_path);
	free(doorbell->who);
	free(doorbell->progress_name);
	free(doorbell);
}

static void hang_up(struct doorbell *doorbell)
{
	client_close(doorbell->client);
	doorbell->client = NULL;
}

static void append_progress(const struct doorbell *doorbell, struct buffer *out)
{
	struct progress progress = {.name = text_from(doorbell->progress_name),
	                            .position = doorbell->progress_position};

	message_append(out, FRAME_PROGRESS, 0, &progress_shape, &progress);
}

static void send_or_hang_up(struct doorbell *doorbell, struct buffer *out)
{
	if (client_send(doorbell->client, buffer_bytes(out)) != STATUS_OK)
		hang_up(doorbell);
	buffer_finish(out);
}

static void connect_if_away(struct doorbell *doorbell)
{
	struct buffer out = {0};

	if (doorbell->client
	    || client_open_within(doorbell->socket_path, doorbell->who, WELCOME_WITHIN_MS, &doorbell->client)
	               != STATUS_OK)
		return;
	frame_end(&out, frame_begin(&out, FRAME_WATCH, 0));
	if (doorbell->progress_name)
		append_progress(doorbell, &out);
	send_or_hang_up(doorbell, &out);
}

/* Takes in what has come, without waiting. */
static void take_rings(struct doorbell *doorbell)
{
	struct arena arena = {0};
	struct frame frame;
	struct head  head;
	enum status  status;

	while ((status = client_receive(doorbell->client, 0, &frame)) == STATUS_OK) {
		bool rings = frame.op == FRAME_HEAD || frame.op == (FRAME_WATCH | FRAME_ANSWER);

		if (rings && message_decode(&head_shape, frame.body, &arena, &head) == STATUS_OK)
			doorbell->head = head.position;
	}
	arena_finish(&arena);
	if (status != STATUS_NOT_FOUND)
		hang_up(doorbell);
}

/* Sleeps until something comes or the time is up. */
static void sleep_until(struct doorbell *doorbell, int64_t deadline_us)
{
	int64_t       left_ms = (deadline_us - clock_monotonic_us() + 999) / 1000;
	struct pollfd waiters[2] = {
		{.fd = doorbell->interrupt_fd, .events = POLLIN},
		{.fd = doorbell->client ? client_fd(doorbell->client) : -1, .events = POLLIN},
	};

	if (!doorbell->client && left_ms > RECONNECT_EVERY_MS)
		left_ms = RECONNECT_EVERY_MS;
	if (poll(waiters, 2, left_ms > 0 ? (int)left_ms : 0) > 0 && waiters[1].revents)
		take_rings(doorbell);
}

void doorbell_wait(struct doorbell *doorbell, uint64_t position, int timeout_ms)
{
	int64_t deadline_us = clock_monotonic_us() + (int64_t)timeout_ms * 1000;

	connect_if_away(doorbell);
	if (doorbell->client)
		take_rings(doorbell);
	while (doorbell->head <= position && !doorbell->interrupted && clock_monotonic_us() < deadline_us) {
		sleep_until(doorbell, deadline_us);
		connect_if_away(doorbell);
	}
}

void doorbell_progress(struct doorbell *doorbell, const char *name, uint64_t position)
{
	bool          was_away = !doorbell->client;
	struct buffer out = {0};

	if (!doorbell->progress_name || strcmp(doorbell->progress_name, name) != 0) {
		free(doorbell->progress_name);
		doorbell->progress_name = strdup(name);
	}
	doorbell->progress_position = position;
	connect_if_away(doorbell);
	if (!doorbell->client || was_away)
		return;
	append_progress(doorbell, &out);
	send_or_hang_up(doorbell, &out);
}

void doorbell_interrupt(struct doorbell *doorbell)
{
	uint64_t one = 1;

	doorbell->interrupted = true;
	/* A full counter is as good as one more. */
	if (write(doorbell->interrupt_fd, &one, sizeof(one)) < 0)
		return;
}
