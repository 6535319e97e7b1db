/* When a batch closes, who commits it, and how everybody in it is answered. */
#include "eventstore/base/clock.h"
#include "eventstore/base/diag.h"
#include "eventstore/base/require.h"
#include "eventstore/writer/committer.h"
#include "eventstore/writer/writer_parts.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/timerfd.h>
#include <unistd.h>

/* ---------------------------------------------------------------- what is owed */

uint32_t writer_waiting(const struct writer *writer)
{
	return writer->gathering->owed_count + (writer->committing ? writer->committing->owed_count : 0);
}

void round_owe(struct round *round, struct peer *peer)
{
	if (round->owed_count == round->owed_capacity) {
		round->owed_capacity = round->owed_capacity ? round->owed_capacity * 2 : 64;
		round->owed = realloc(round->owed, round->owed_capacity * sizeof(*round->owed));
		require(round->owed != NULL);
	}
	round->owed[round->owed_count++] = (struct owed_answer){.peer = peer, .end = round->answers.size};
	peer->owed++;
}

/* Everybody in the round learns what came of it. */
static void round_answer(struct round *round)
{
	size_t begin = 0;

	for (uint32_t i = 0; i < round->owed_count; i++) {
		struct peer *peer = round->owed[i].peer;

		if (!peer->closing)
			buffer_append(&peer->out, BYTES(round->answers.data + begin, round->owed[i].end - begin));
		begin = round->owed[i].end;
	}
	for (uint32_t i = 0; i < round->owed_count; i++) {
		struct peer *peer = round->owed[i].peer;

		peer->owed--;
		peer_flush(peer);
		peer_free_if_done(peer);
	}
	round->owed_count = 0;
	round->answers.size = 0;
}

/* ---------------------------------------------------------------- committing */

static void round_finish(struct writer *writer, struct round *round, enum status result, bool had_events)
{
	uint32_t answered = round->owed_count;
	int64_t  now_us = clock_monotonic_us();

	if (result != STATUS_OK) {
		diag(DIAG_ERROR, "commit_failed", "%s Stopping: what is on disk shows after a restart.",
		     status_sentence(result));
		_exit(EXIT_FAILURE);
	}
	store_release_batch(writer->store, round->batch);
	round->batch = NULL;
	round_answer(round);
	if (had_events) {
		writer_ring(writer);
		pace_committed(&writer->pace, now_us, now_us - round->began_us, answered,
		               writer->gathering->owed_count);
	}
}

/* Few are committed by the loop itself, which spares two changes of thread. That the loop stands still meanwhile costs
 * little, as those whom it could expect are in the batch; but a slow disk must not stop it for long. */
static bool worth_a_thread(const struct writer *writer, const struct round *round)
{
	return round->owed_count > WRITER_INLINE_MAX || writer->pace.took_us > WRITER_INLINE_US_MAX;
}

static void set_alarm(struct writer *writer, int64_t at_us)
{
	struct itimerspec when = {.it_value = {.tv_sec = at_us / 1000000, .tv_nsec = at_us % 1000000 * 1000}};

	if (at_us == writer->alarm_us)
		return;
	require(timerfd_settime(writer->alarm_fd, TFD_TIMER_ABSTIME, &when, NULL) == 0);
	writer->alarm_us = at_us;
}

/* Is the gathering round to wait? Then the alarm ends its wait. */
static bool awaits_more(struct writer *writer)
{
	if (writer->draining)
		return false;
	set_alarm(writer, pace_wait_until(&writer->pace, clock_monotonic_us(), writer->gathering->owed_count));
	return writer->alarm_us != 0;
}

void writer_commit(struct writer *writer)
{
	struct round *round = writer->gathering;
	bool          had_events = store_open_count(writer->store) > 0;

	if (writer->committing || round->owed_count == 0 || (had_events && awaits_more(writer)))
		return;
	if (had_events)
		writer_look_for_room(writer);
	round->began_us = clock_monotonic_us();
	round->batch = store_close_batch(writer->store);
	if (!had_events || !worth_a_thread(writer, round)) {
		round_finish(writer, round, store_commit(writer->store, round->batch), had_events);
		return;
	}
	writer->committing = round;
	writer->gathering = round == &writer->rounds[0] ? &writer->rounds[1] : &writer->rounds[0];
	committer_submit(writer->committer, round->batch);
}

void writer_finish_commit(struct writer *writer)
{
	struct round *round = writer->committing;

	writer->committing = NULL;
	round_finish(writer, round, committer_take(writer->committer), true);
	writer_commit(writer);
}

/* What it was set for is done at the end of the loop's turn. */
static void on_alarm(uv_poll_t *alarm, int error, int events)
{
	struct writer *writer = container_of(alarm, struct writer, alarm);
	uint64_t       times;

	require(read(writer->alarm_fd, &times, sizeof(times)) == sizeof(times) || errno == EAGAIN);
}

void writer_open_alarm(struct writer *writer)
{
	writer->alarm_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	require(writer->alarm_fd >= 0);
	require(uv_poll_init(&writer->loop, &writer->alarm, writer->alarm_fd) == 0);
	require(uv_poll_start(&writer->alarm, UV_READABLE, on_alarm) == 0);
}
