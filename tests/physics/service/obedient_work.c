/* A worker for tests: does what an obedient scene says. */
#include "eventstore/base/clock.h"
#include "physics/service/confine.h"
#include "physics/service/work.h"
#include "physics/service/worker.h"
#include "tests/physics/service/obedient.h"

#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

struct work {
	struct obedient scene;
	unsigned        step;
	char            frame[OBEDIENT_FRAME_MAX];
	double          series[8];
};

bool work_fit(struct text *complaint)
{
	(void)complaint;
	hash_sha256(BYTES("", 0)); /* libcrypto reads files when it is first used */
	return true;
}

struct work *work_begin(struct bytes bytes, struct job_broken *why)
{
	struct work *work = calloc(1, sizeof(*work));

	(void)why;
	if (work && obedient_parse(bytes, &work->scene))
		return work;
	free(work);
	return NULL;
}

static void spin(void)
{
	int64_t until_us = clock_cpu_us() + 1000;

	while (clock_cpu_us() < until_us)
		;
}

static void happen(const struct work *work)
{
	volatile unsigned turns = 0;

	if (strcmp(work->scene.act, "crash") == 0)
		abort();
	while (strcmp(work->scene.act, "hang") == 0)
		turns++;
	if (strcmp(work->scene.act, "call") == 0 && chdir("/") != 0)
		abort();
	if (strcmp(work->scene.act, "spin") == 0)
		spin();
	if (strcmp(work->scene.act, "wait") == 0)
		poll(NULL, 0, 5);
}

enum work_step work_next(struct work *work, struct work_frame *out, struct job_broken *why)
{
	if (work->step >= work->scene.at)
		happen(work);
	if (work->step == work->scene.at && strcmp(work->scene.act, "throw") == 0) {
		*why = (struct job_broken){.code = TEXT("crashed"), .sentence = TEXT("It threw."), .recycle = true};
		return WORK_BROKEN;
	}
	if (work->step == work->scene.frames)
		return WORK_ENDED;
	*out = (struct work_frame){.series = work->series, .series_count = work->scene.series};
	for (unsigned i = 0; i < work->scene.series; i++)
		work->series[i] = work->step;
	out->encoded = BYTES(work->frame, obedient_frame(&work->scene, work->step, work->frame));
	work->step++;
	return WORK_FRAME;
}

void work_result(const struct work *work, struct arena *arena, struct run_done *out)
{
	struct run_measured *measured = arena_new(arena, struct run_measured);

	*measured = (struct run_measured){.value = work->step, .has_value = true};
	*out = (struct run_done){
		.mode = TEXT("precise"),
		.fps = 60,
		.steps = work->step,
		.trajectory_hash = hash_sha256(BYTES(&work->scene, sizeof(work->scene))),
		.checkpoints = arena_bytes(arena, BYTES(work->scene.act, sizeof(work->scene.act))),
		.measures = {.items = measured, .count = 1},
	};
	if (strcmp(work->scene.act, "fault") == 0) {
		out->fault = TEXT("diverged");
		out->fault_frame = work->step;
	}
}

void work_end(struct work *work)
{
	free(work);
}

int main(void)
{
	confine_begin(JOB_DESCRIPTOR);
	return worker_run(JOB_DESCRIPTOR);
}
