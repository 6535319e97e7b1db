#include "physics/service/worker.h"

#include "eventstore/base/clock.h"
#include "eventstore/base/deflate.h"
#include "eventstore/base/require.h"
#include "physics/service/confine.h"
#include "physics/service/track.h"
#include "physics/service/work.h"

#include <endian.h>
#include <errno.h>
#include <math.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

enum { READ_AT_ONCE = 64 << 10 };

struct worker {
	int           descriptor;
	struct buffer in, out;
	size_t        taken; /* of `in`, by the frame heard last */
	bool          gone;  /* the other side is */

	uint64_t      job;
	struct buffer piece; /* frames that were not sent yet */
	struct track  block; /* those since the last packed one */
	uint32_t      frames;
	int64_t       sent_us;
};

/* ---------------------------------------------------------------- speaking and hearing */

static void send_out(struct worker *worker)
{
	size_t sent = 0;

	while (sent < worker->out.size && !worker->gone) {
		ssize_t size = write(worker->descriptor, worker->out.data + sent, worker->out.size - sent);

		if (size < 0 && errno == EAGAIN) {
			struct pollfd waiter = {.fd = worker->descriptor, .events = POLLOUT};

			poll(&waiter, 1, -1);
		} else if (size < 0 && errno != EINTR) {
			worker->gone = true;
		}
		sent += size > 0 ? (size_t)size : 0;
	}
	worker->out.size = 0;
}

static void say_bytes(struct worker *worker, enum job_word word, struct bytes body)
{
	size_t began = frame_begin(&worker->out, (uint8_t)word, worker->job);

	buffer_append(&worker->out, body);
	frame_end(&worker->out, began);
}

static void read_some(struct worker *worker)
{
	ssize_t size = read(worker->descriptor, buffer_reserve(&worker->in, READ_AT_ONCE), READ_AT_ONCE);

	if (size > 0)
		worker->in.size += (size_t)size;
	else if (size == 0 || (errno != EAGAIN && errno != EINTR))
		worker->gone = true;
}

/* The next frame, waiting for it or not. False: there is none, or the other side is gone. */
static bool hear(struct worker *worker, bool wait, struct frame *frame)
{
	buffer_consume(&worker->in, worker->taken);
	worker->taken = 0;
	while (!worker->gone) {
		struct pollfd waiter = {.fd = worker->descriptor, .events = POLLIN};
		enum status   status = frame_parse(buffer_bytes(&worker->in), frame, &worker->taken);

		if (status == STATUS_OK)
			return true;
		worker->taken = 0;
		if (status != STATUS_NOT_FOUND)
			return false;
		if (poll(&waiter, 1, wait ? -1 : 0) <= 0)
			return false;
		read_some(worker);
	}
	return false;
}

/* ---------------------------------------------------------------- a job */

static void send_piece(struct worker *worker)
{
	if (worker->piece.size > 0)
		say_bytes(worker, JOB_PIECE, buffer_bytes(&worker->piece));
	worker->piece.size = 0;
	send_out(worker);
	worker->sent_us = clock_monotonic_us();
}

static void send_block(struct worker *worker)
{
	uint32_t      series = worker->block.series, size;
	struct buffer raw = {0};
	size_t        began;

	if (worker->block.open.count == 0)
		return;
	send_piece(worker);
	track_raw(&worker->block, &raw);
	size = htole32((uint32_t)raw.size);
	began = frame_begin(&worker->out, JOB_PACKED, worker->job);
	buffer_append(&worker->out, BYTES(&size, sizeof(size)));
	zlib_append(buffer_bytes(&raw), &worker->out);
	frame_end(&worker->out, began);
	send_out(worker);
	buffer_finish(&raw);
	track_finish(&worker->block);
	worker->block.series = series;
}

static void say_broken(struct worker *worker, struct job_broken *broken)
{
	broken->frame = worker->frames;
	message_append(&worker->out, JOB_BROKEN, worker->job, &job_broken_shape, broken);
	send_out(worker);
}

static void say_ended(struct worker *worker, const struct work *work)
{
	struct arena    arena = {0};
	struct run_done done = {.mode = TEXT("")};

	send_block(worker);
	work_result(work, &arena, &done);
	done.frames = worker->frames;
	message_append(&worker->out, JOB_ENDED, worker->job, &run_done_shape, &done);
	send_out(worker);
	arena_finish(&arena);
}

/* STOP is all that can come in the middle of a job. */
static bool told_to_stop(struct worker *worker)
{
	struct frame frame;

	while (hear(worker, false, &frame))
		if (frame.op == JOB_STOP && frame.request == worker->job)
			return true;
	return worker->gone;
}

static void append_double(struct buffer *out, double value)
{
	uint64_t bits;

	memcpy(&bits, &value, sizeof(bits));
	bits = htole64(bits);
	buffer_append(out, BYTES(&bits, sizeof(bits)));
}

static enum status keep(struct worker *worker, const struct work_frame *frame)
{
	uint32_t size = htole32((uint32_t)frame->encoded.size);
	size_t   series;

	buffer_append(&worker->piece, BYTES(&size, sizeof(size)));
	buffer_append(&worker->piece, frame->encoded);
	series = worker->piece.size;
	for (uint32_t i = 0; i < frame->series_count; i++)
		append_double(&worker->piece, frame->series[i]);
	worker->block.series = frame->series_count;
	worker->frames++;
	return track_add(&worker->block, frame->encoded,
	                 BYTES(worker->piece.data + series, worker->piece.size - series));
}

/* The first frame goes at once: somebody waits for it. */
static bool piece_due(const struct worker *worker)
{
	return worker->frames == 1 || worker->piece.size >= JOB_PIECE_BYTES
	       || clock_monotonic_us() - worker->sent_us >= JOB_SLICE_US;
}

static void compute(struct worker *worker, struct work *work)
{
	struct job_broken broken = {.code = TEXT("cancelled"), .sentence = TEXT("The run was cancelled.")};
	struct work_frame frame;
	enum work_step    step;

	while ((step = work_next(work, &frame, &broken)) == WORK_FRAME) {
		if (keep(worker, &frame) != STATUS_OK) {
			broken.code = TEXT("crashed");
			broken.sentence = TEXT("A frame was larger than frames may be.");
			break;
		}
		if (worker->block.open.count == SIMULATOR_BLOCK_FRAMES)
			send_block(worker);
		if (!piece_due(worker))
			continue;
		send_piece(worker);
		if (told_to_stop(worker))
			break;
	}
	if (step == WORK_ENDED)
		say_ended(worker, work);
	else
		say_broken(worker, &broken);
}

static void do_job(struct worker *worker, const struct frame *frame)
{
	struct job_broken broken = {.code = TEXT("invalid_scene"), .sentence = TEXT("The scene cannot be run.")};
	struct work      *work = work_begin(frame->body, &broken);

	worker->job = frame->request;
	worker->frames = 0;
	worker->piece.size = 0;
	worker->sent_us = clock_monotonic_us();
	if (work)
		compute(worker, work);
	else
		say_broken(worker, &broken);
	work_end(work);
	track_finish(&worker->block);
}

int worker_run(int descriptor)
{
	struct worker worker = {.descriptor = descriptor};
	struct text   complaint;
	struct frame  frame;

	if (!work_fit(&complaint)) {
		say_bytes(&worker, JOB_UNFIT, text_bytes(complaint));
		send_out(&worker);
		return EXIT_FAILURE;
	}
	confine();
	say_bytes(&worker, JOB_FIT, BYTES("", 0));
	send_out(&worker);
	while (hear(&worker, true, &frame))
		if (frame.op == JOB_WORK)
			do_job(&worker, &frame);
	buffer_finish(&worker.in);
	buffer_finish(&worker.out);
	buffer_finish(&worker.piece);
	return EXIT_SUCCESS;
}
