/* The workers: started, given one run at a time, stopped or killed when it costs more than it may, and started again.
 */
#include "eventstore/base/clock.h"
#include "eventstore/base/diag.h"
#include "eventstore/base/require.h"
#include "physics/service/broker_parts.h"

#include <signal.h>

enum {
	STOP_GRACE_US = 1000 * 1000,     /* from being told to stop to being killed */
	IDLE_WALL_US = 30 * 1000 * 1000, /* a run may last so much longer than ... */
	IDLE_WALL_FACTOR = 20,           /* ... so many times its CPU, on a machine that has much to do */
	RECYCLE_CPU_US = 300 * 1000 * 1000,
	PAUSE_FIRST_US = 100 * 1000,
	PAUSE_DOUBLINGS_MAX = 8,
};

static void worker_start(struct worker *worker);

static bool busy(const struct worker *worker)
{
	return worker->state == WORKER_BUSY && worker->run != NULL;
}

static uint64_t job_cpu_us(const struct worker *worker)
{
	int64_t now_us = clock_cpu_of_us(worker->process.pid);

	return now_us > worker->job_cpu_us ? (uint64_t)(now_us - worker->job_cpu_us) : 0;
}

/* ---------------------------------------------------------------- endings */

/* The worker has no run any more. */
static struct run *detach(struct worker *worker)
{
	struct run *run = worker->run;

	worker->run = NULL;
	worker->stop_due_us = 0;
	if (run)
		run->worker = NULL;
	return run;
}

static void break_run(struct worker *worker, const char *code, const char *sentence, uint64_t cpu_us)
{
	struct run       *run = detach(worker);
	struct run_failed failure = {.code = text_from(code), .sentence = text_from(sentence)};

	if (!run)
		return;
	failure.frame = run->track.available;
	runs_break(run, &failure, cpu_us);
}

/* Its process ends, and another one takes its place. */
static void dismiss(struct worker *worker)
{
	worker->state = WORKER_LEAVING;
	uv_process_kill(&worker->process, SIGKILL);
	line_close(&worker->line);
}

static void start_later(struct worker *worker)
{
	uint32_t doublings = worker->failures < PAUSE_DOUBLINGS_MAX ? worker->failures : PAUSE_DOUBLINGS_MAX;

	worker->state = WORKER_DOWN;
	worker->start_at_us = clock_monotonic_us() + (worker->failures > 0 ? (int64_t)PAUSE_FIRST_US << doublings : 0);
}

static void handle_closed(struct worker *worker)
{
	if (--worker->handles > 0 || worker->broker->stopping)
		return;
	start_later(worker);
	if (worker->failures == 0)
		worker_start(worker);
}

static void on_process_closed(uv_handle_t *handle)
{
	handle_closed(handle->data);
}

static void on_line_closed(struct line *line)
{
	handle_closed(container_of(line, struct worker, line));
}

/* What a run cannot have done itself is said so: the run's author is not to blame for a killed process. */
static void on_exit(uv_process_t *process, int64_t code, int number)
{
	struct worker *worker = process->data;

	if (worker->state != WORKER_LEAVING) {
		diag(DIAG_WARN, "worker_lost", "process %d ended with code %d, signal %d", process->pid, (int)code,
		     number);
		worker->failures = worker->state == WORKER_STARTING ? worker->failures + 1 : 0;
		worker->broker->counts.crashed++;
		worker->state = WORKER_LEAVING;
		break_run(worker, worker->stop_due_us ? worker->stop_code : "crashed",
		          worker->stop_due_us ? worker->stop_sentence
		                              : "The process that computed this run ended in the middle of it.",
		          0);
	}
	line_close(&worker->line);
	uv_close((uv_handle_t *)process, on_process_closed);
}

/* ---------------------------------------------------------------- words */

static void take_fit(struct worker *worker)
{
	if (worker->state != WORKER_STARTING)
		return;
	worker->state = WORKER_IDLE;
	worker->failures = 0;
	runs_serve(worker->broker);
}

/* Goes on with the next, unless it is worn. */
static void job_over(struct worker *worker, bool recycle)
{
	bool worn = clock_cpu_of_us(worker->process.pid) > RECYCLE_CPU_US;

	worker->state = WORKER_IDLE;
	if (recycle || worn) {
		worker->broker->counts.recycled++;
		dismiss(worker);
	}
	runs_serve(worker->broker);
}

static void misbehaved(struct worker *worker)
{
	diag(DIAG_ERROR, "worker_misbehaves", "process %d said what makes no sense", worker->process.pid);
	break_run(worker, "crashed", "The process that computed this run said what makes no sense.",
	          job_cpu_us(worker));
	dismiss(worker);
}

static void take_ended(struct worker *worker, const struct frame *frame)
{
	struct run_done done = {0};
	uint64_t        cpu_us = job_cpu_us(worker);
	struct run     *run = worker->run;
	bool            left_behind;

	if (message_decode(&run_done_shape, arena_bytes(&run->arena, frame->body), &run->arena, &done) != STATUS_OK) {
		misbehaved(worker);
		return;
	}
	left_behind = text_is(done.fault, JOB_FAULT_OF_LIBRARY);
	runs_end(detach(worker), &done, cpu_us);
	job_over(worker, left_behind);
}

static void take_broken(struct worker *worker, const struct frame *frame)
{
	struct job_broken broken = {.recycle = true};
	struct run_failed failure;
	uint64_t          cpu_us = job_cpu_us(worker);
	bool              told = worker->stop_due_us != 0;

	if (message_decode(&job_broken_shape, frame->body, &worker->broker->arena, &broken) != STATUS_OK)
		broken = (struct job_broken){.code = TEXT("crashed"), .sentence = TEXT("It broke."), .recycle = true};
	failure = (struct run_failed){
		.code = told ? text_from(worker->stop_code) : broken.code,
		.sentence = told ? text_from(worker->stop_sentence) : broken.sentence,
		.frame = broken.frame,
	};
	runs_break(detach(worker), &failure, cpu_us);
	job_over(worker, broken.recycle);
}

static void take_of_job(struct worker *worker, const struct frame *frame)
{
	enum status status = STATUS_OK;

	if (frame->op == JOB_PIECE)
		status = runs_take_piece(worker->run, frame->body);
	else if (frame->op == JOB_PACKED)
		status = runs_take_packed(worker->run, frame->body);
	else if (frame->op == JOB_ENDED)
		take_ended(worker, frame);
	else if (frame->op == JOB_BROKEN)
		take_broken(worker, frame);
	if (status != STATUS_OK)
		misbehaved(worker);
}

static void on_frame(struct line *line, const struct frame *frame)
{
	struct worker *worker = container_of(line, struct worker, line);

	if (frame->op == JOB_FIT) {
		take_fit(worker);
	} else if (frame->op == JOB_UNFIT) {
		diag(DIAG_ERROR, "worker_unfit", "%.*s", (int)frame->body.size, (const char *)frame->body.data);
	} else if (busy(worker) && frame->request == worker->job) {
		take_of_job(worker, frame);
	}
	arena_reset(&worker->broker->arena);
}

/* The process ends by that; on_exit does the rest. */
static void on_gone(struct line *line, const char *why)
{
	struct worker *worker = container_of(line, struct worker, line);

	if (why)
		diag(DIAG_WARN, "worker_misbehaves", "%s", why);
	if (worker->state != WORKER_LEAVING)
		uv_process_kill(&worker->process, SIGKILL);
}

/* ---------------------------------------------------------------- outside */

static void worker_start(struct worker *worker)
{
	const struct broker_settings *settings = worker->broker->settings;
	char                         *arguments[] = {(char *)settings->program, "worker", NULL};
	char                         *environment[] = {NULL};
	uv_stdio_container_t          stdio[JOB_DESCRIPTOR + 1] = {
			 {.flags = UV_IGNORE},
			 {.flags = UV_IGNORE},
			 {.flags = UV_INHERIT_FD, .data.fd = 2},
			 {.flags = UV_CREATE_PIPE | UV_READABLE_PIPE | UV_WRITABLE_PIPE},
        };
	uv_process_options_t options = {
		.file = settings->program,
		.args = arguments,
		.env = environment,
		.exit_cb = on_exit,
		.stdio = stdio,
		.stdio_count = JOB_DESCRIPTOR + 1,
	};
	int error;

	worker->line = (struct line){.on_frame = on_frame, .on_gone = on_gone, .on_closed = on_line_closed};
	line_open(&worker->line, &worker->broker->loop);
	stdio[JOB_DESCRIPTOR].data.stream = (uv_stream_t *)&worker->line.pipe;
	worker->process.data = worker;
	worker->handles = 2;
	worker->state = WORKER_STARTING;
	error = uv_spawn(&worker->broker->loop, &worker->process, &options);
	if (error) {
		diag(DIAG_ERROR, "worker_not_started", "%s: %s", settings->program, uv_strerror(error));
		worker->failures++;
		worker->state = WORKER_LEAVING;
		line_close(&worker->line);
		uv_close((uv_handle_t *)&worker->process, on_process_closed);
		return;
	}
	line_start(&worker->line);
}

void pool_start(struct broker *broker)
{
	broker->worker_count = broker->settings->workers;
	require(broker->worker_count >= 1 && broker->worker_count <= BROKER_WORKERS_MAX);
	for (uint32_t i = 0; i < broker->worker_count; i++) {
		broker->workers[i].broker = broker;
		worker_start(&broker->workers[i]);
	}
}

struct worker *pool_idle(struct broker *broker)
{
	for (uint32_t i = 0; i < broker->worker_count; i++)
		if (broker->workers[i].state == WORKER_IDLE)
			return &broker->workers[i];
	return NULL;
}

void pool_work(struct worker *worker, struct run *run)
{
	size_t began;

	require(worker->state == WORKER_IDLE && !worker->run);
	worker->state = WORKER_BUSY;
	worker->run = run;
	worker->job = ++worker->broker->next_job;
	worker->job_cpu_us = clock_cpu_of_us(worker->process.pid);
	worker->job_began_us = clock_monotonic_us();
	worker->stop_due_us = 0;
	run->worker = worker;
	began = frame_begin(&worker->line.out, JOB_WORK, worker->job);
	buffer_append(&worker->line.out, run->scene);
	frame_end(&worker->line.out, began);
	line_flush(&worker->line);
}

void pool_stop_job(struct worker *worker, const char *code, const char *sentence)
{
	if (worker->stop_due_us)
		return;
	worker->stop_code = code;
	worker->stop_sentence = sentence;
	worker->stop_due_us = clock_monotonic_us() + STOP_GRACE_US;
	frame_end(&worker->line.out, frame_begin(&worker->line.out, JOB_STOP, worker->job));
	line_flush(&worker->line);
}

static void look_at(struct worker *worker, int64_t now_us)
{
	uint32_t percent = worker->broker->settings->budget_percent;
	uint64_t budget_us = budget_cpu_us(worker->run->place.budget) * (percent > 0 ? percent : 100) / 100;

	if (worker->stop_due_us) {
		if (now_us < worker->stop_due_us)
			return;
		diag(DIAG_WARN, "worker_killed", "process %d did not stop: %s", worker->process.pid, worker->stop_code);
		break_run(worker, worker->stop_code, worker->stop_sentence, job_cpu_us(worker));
		worker->broker->counts.crashed++;
		dismiss(worker);
		return;
	}
	if (job_cpu_us(worker) > budget_us
	    || now_us - worker->job_began_us > (int64_t)budget_us * IDLE_WALL_FACTOR + IDLE_WALL_US)
		pool_stop_job(worker, "over_budget",
		              "The run took more computing time than it may. Make it shorter or smaller, or ask for it "
		              "as one that nobody waits for.");
}

void pool_tick(struct broker *broker)
{
	int64_t now_us = clock_monotonic_us();

	for (uint32_t i = 0; i < broker->worker_count; i++) {
		struct worker *worker = &broker->workers[i];

		if (busy(worker))
			look_at(worker, now_us);
		else if (worker->state == WORKER_DOWN && now_us >= worker->start_at_us)
			worker_start(worker);
	}
}

void pool_end(struct broker *broker)
{
	for (uint32_t i = 0; i < broker->worker_count; i++) {
		struct worker *worker = &broker->workers[i];

		detach(worker);
		if (worker->state != WORKER_DOWN && worker->state != WORKER_LEAVING)
			dismiss(worker);
	}
}

uint32_t pool_fit(const struct broker *broker)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < broker->worker_count; i++)
		count += broker->workers[i].state == WORKER_IDLE || broker->workers[i].state == WORKER_BUSY;
	return count;
}
