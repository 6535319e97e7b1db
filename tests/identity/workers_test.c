#include "api/workers.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* Stands in for an event loop: takes deliveries from any thread, hands them out on the test's. */
struct loop {
	pthread_mutex_t lock;
	pthread_cond_t  changed;
	bool            gate_open; /* jobs that wait at the gate go on */
	uint32_t        running;   /* jobs that have begun */
	struct work    *delivered;
};

struct job {
	struct work work;
	pthread_t   ran_on;
	bool        ran;
	bool        done;
};

static struct loop loop;

static int reset_loop(void **state)
{
	loop = (struct loop){.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};
	return 0;
}

static void wait_at_the_gate(struct work *work)
{
	struct job *job = container_of(work, struct job, work);

	pthread_mutex_lock(&loop.lock);
	loop.running++;
	pthread_cond_broadcast(&loop.changed);
	while (!loop.gate_open)
		pthread_cond_wait(&loop.changed, &loop.lock);
	pthread_mutex_unlock(&loop.lock);
	job->ran = true;
	job->ran_on = pthread_self();
}

static void note_done(struct work *work)
{
	container_of(work, struct job, work)->done = true;
}

static void post(void *to, struct work *work)
{
	struct loop *target = to;

	pthread_mutex_lock(&target->lock);
	work->next = target->delivered;
	target->delivered = work;
	pthread_cond_broadcast(&target->changed);
	pthread_mutex_unlock(&target->lock);
}

static void open_gate(void)
{
	pthread_mutex_lock(&loop.lock);
	loop.gate_open = true;
	pthread_cond_broadcast(&loop.changed);
	pthread_mutex_unlock(&loop.lock);
}

static void wait_until_running(uint32_t count)
{
	pthread_mutex_lock(&loop.lock);
	while (loop.running < count)
		pthread_cond_wait(&loop.changed, &loop.lock);
	pthread_mutex_unlock(&loop.lock);
}

static void turn_until_done(uint32_t count)
{
	while (count > 0) {
		struct work *work;

		pthread_mutex_lock(&loop.lock);
		while (!loop.delivered)
			pthread_cond_wait(&loop.changed, &loop.lock);
		work = loop.delivered;
		loop.delivered = work->next;
		pthread_mutex_unlock(&loop.lock);
		work->done(work);
		count--;
	}
}

static struct job new_job(void)
{
	return (struct job){.work = {.run = wait_at_the_gate, .done = note_done}};
}

static void a_job_runs_elsewhere_and_comes_back_to_its_loop(void **state)
{
	struct workers *workers;
	struct job      job = new_job();

	assert_int_equal(workers_create(0, &workers), STATUS_OK);
	open_gate();
	assert_int_equal(workers_submit(workers, &job.work, &loop, post), STATUS_OK);
	turn_until_done(1);
	assert_true(job.ran && job.done && !job.work.abandoned);
	assert_false(pthread_equal(job.ran_on, pthread_self()));
	workers_destroy(workers);
}

static void a_full_queue_says_busy(void **state)
{
	struct workers *workers;
	struct job      jobs[WORKERS_QUEUE_MAX + 2];

	assert_int_equal(workers_create(1, &workers), STATUS_OK);
	for (uint32_t i = 0; i < array_count(jobs); i++)
		jobs[i] = new_job();
	assert_int_equal(workers_submit(workers, &jobs[0].work, &loop, post), STATUS_OK);
	wait_until_running(1);
	for (uint32_t i = 1; i <= WORKERS_QUEUE_MAX; i++)
		assert_int_equal(workers_submit(workers, &jobs[i].work, &loop, post), STATUS_OK);
	assert_int_equal(workers_waiting(workers), WORKERS_QUEUE_MAX);
	assert_int_equal(workers_submit(workers, &jobs[WORKERS_QUEUE_MAX + 1].work, &loop, post), STATUS_BUSY);
	open_gate();
	turn_until_done(WORKERS_QUEUE_MAX + 1);
	for (uint32_t i = 0; i <= WORKERS_QUEUE_MAX; i++)
		assert_true(jobs[i].done);
	assert_false(jobs[WORKERS_QUEUE_MAX + 1].ran);
	assert_int_equal(workers_submit(workers, &jobs[WORKERS_QUEUE_MAX + 1].work, &loop, post), STATUS_OK);
	turn_until_done(1);
	workers_destroy(workers);
}

static void as_many_jobs_run_at_once_as_there_are_threads(void **state)
{
	struct workers *workers;
	struct job      jobs[3] = {new_job(), new_job(), new_job()};

	assert_int_equal(workers_create(3, &workers), STATUS_OK);
	for (uint32_t i = 0; i < array_count(jobs); i++)
		assert_int_equal(workers_submit(workers, &jobs[i].work, &loop, post), STATUS_OK);
	wait_until_running(3);
	open_gate();
	turn_until_done(3);
	workers_destroy(workers);
}

static void *destroy_workers(void *workers)
{
	workers_destroy(workers);
	return NULL;
}

static void stopping_ends_what_runs_and_gives_back_what_waits(void **state)
{
	struct workers *workers;
	struct job      running = new_job(), waiting = new_job();
	pthread_t       stopper;

	assert_int_equal(workers_create(1, &workers), STATUS_OK);
	assert_int_equal(workers_submit(workers, &running.work, &loop, post), STATUS_OK);
	wait_until_running(1);
	assert_int_equal(workers_submit(workers, &waiting.work, &loop, post), STATUS_OK);
	pthread_create(&stopper, NULL, destroy_workers, workers);
	turn_until_done(1);
	assert_true(waiting.done && waiting.work.abandoned && !waiting.ran);
	open_gate();
	turn_until_done(1);
	assert_true(running.done && running.ran && !running.work.abandoned);
	pthread_join(stopper, NULL);
}

static void an_idle_pool_stops_at_once(void **state)
{
	struct workers *workers;

	assert_int_equal(workers_create(2, &workers), STATUS_OK);
	workers_destroy(workers);
	workers_destroy(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_job_runs_elsewhere_and_comes_back_to_its_loop, reset_loop),
		cmocka_unit_test_setup(a_full_queue_says_busy, reset_loop),
		cmocka_unit_test_setup(as_many_jobs_run_at_once_as_there_are_threads, reset_loop),
		cmocka_unit_test_setup(stopping_ends_what_runs_and_gives_back_what_waits, reset_loop),
		cmocka_unit_test_setup(an_idle_pool_stops_at_once, reset_loop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
