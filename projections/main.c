/* orrery-projector: folds the log into each read model, one thread, one connection and one checkpoint per projection.
 *   orrery-projector                 until TERM or INT; then each finishes its batch
 *   orrery-projector rebuild NAME    has NAME built anew beside what is read, then swapped in
 * It ends with EXIT_HOPELESS when a projection's rows are not of this log, or another projector moves them; the other
 * projections go on as long as they are let. */
#include "eventstore/base/config.h"
#include "eventstore/base/diag.h"
#include "eventstore/base/require.h"
#include "eventstore/vault/keys.h"
#include "projections/checkpoint.h"
#include "projections/projector.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* How often the log and the vault are looked for until the writer has made them. */
enum { LOOK_EVERY_MS = 500 };

/* A thread that ended by itself sends this to its own process. */
enum { SIGNAL_ENDED = SIGUSR1 };

static atomic_bool stopping;

/* A projection's thread and what it alone uses. */
struct worker {
	pthread_t                   thread;
	struct projector_log       *log;
	struct projector           *projector;
	_Atomic enum projector_turn end;
};

/* ---- workers ---- */

static void *worker_run(void *owner)
{
	struct worker *worker = owner;

	worker->end = projector_run(worker->projector);
	kill(getpid(), SIGNAL_ENDED);
	return NULL;
}

static enum status worker_start(struct worker *worker, const struct projection *projection, const struct config *config,
                                const struct opener *opener)
{
	enum status status =
		projector_log_open(config_path(config, CONFIG_DATA), config_path(config, CONFIG_SOCKET), &worker->log);

	if (status)
		return status;
	worker->projector = projector_create(&(struct projector_settings){.projection = projection,
	                                                                  .connection = config_text(config, CONFIG_PG),
	                                                                  .log = worker->log,
	                                                                  .opener = opener,
	                                                                  .stopping = &stopping});
	require(pthread_create(&worker->thread, NULL, worker_run, worker) == 0);
	return STATUS_OK;
}

static void worker_finish(struct worker *worker)
{
	if (worker->projector)
		pthread_join(worker->thread, NULL);
	projector_destroy(worker->projector);
	projector_log_close(worker->log);
}

static void stop(struct worker *workers, uint32_t count)
{
	atomic_store(&stopping, true);
	for (uint32_t i = 0; i < count; i++)
		if (workers[i].log)
			projector_log_interrupt(workers[i].log);
}

/* ---- the process ---- */

/* Blocked in every thread, and waited for in the first one. */
static sigset_t block_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGNAL_ENDED);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	return set;
}

/* Until a signal to end, or every thread has ended by itself. Signals of one kind may merge, so that they are not
 * counted. */
static void await_end(const struct worker *workers, uint32_t count, const sigset_t *set)
{
	int  number = 0;
	bool all = false;

	while (!all && number != SIGTERM && number != SIGINT) {
		sigwait(set, &number);
		all = true;
		for (uint32_t i = 0; i < count; i++)
			all &= workers[i].end == TURN_REFUSED || workers[i].end == TURN_FENCED;
	}
}

static int exit_code(const struct worker *workers, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		if (workers[i].end == TURN_REFUSED || workers[i].end == TURN_FENCED)
			return EXIT_HOPELESS;
	return EXIT_SUCCESS;
}

static int fold(const struct config *config, struct keys *keys, const sigset_t *set)
{
	struct worker *workers = calloc(projection_count, sizeof(*workers));
	enum status    status = STATUS_OK;
	int            code;

	require(workers != NULL);
	for (uint32_t i = 0; i < projection_count && status == STATUS_OK; i++)
		status = worker_start(&workers[i], &projections[i], config, keys_opener(keys));
	if (status)
		diag(DIAG_ERROR, "log_not_opened", "%s", status_sentence(status));
	else
		await_end(workers, projection_count, set);
	stop(workers, projection_count);
	for (uint32_t i = 0; i < projection_count; i++)
		worker_finish(&workers[i]);
	code = status ? EXIT_FAILURE : exit_code(workers, projection_count);
	free(workers);
	return code;
}

/* The log and the vault are the writer's to make; before that there is nothing to fold. */
static enum status find_store(const struct config *config, struct keys **keys)
{
	struct arena   arena = {0};
	struct reader *reader;
	enum status    status = reader_open(config_path(config, CONFIG_DATA), &reader);

	if (status == STATUS_OK) {
		reader_close(reader);
		status = keys_open(config_in_data(config, KEYS_FOLDER, &arena),
		                   config_path(config, CONFIG_MASTER_KEY_FILE), KEYS_READ, keys);
	}
	arena_finish(&arena);
	return status;
}

/* NOT_FOUND: told to end before there was a store. */
static enum status await_store(const struct config *config, const sigset_t *set, struct keys **keys)
{
	struct timespec pause = {.tv_nsec = LOOK_EVERY_MS * 1000000L};
	enum status     status = find_store(config, keys);

	while (status == STATUS_NOT_FOUND && sigtimedwait(set, NULL, &pause) < 0)
		status = find_store(config, keys);
	return status;
}

static int run(const struct config *config)
{
	sigset_t     set = block_signals();
	struct keys *keys;
	enum status  status = await_store(config, &set, &keys);
	int          code;

	if (status == STATUS_NOT_FOUND)
		return EXIT_SUCCESS;
	if (status) {
		diag(DIAG_ERROR, "store_not_opened", "%s: %s", config_path(config, CONFIG_DATA),
		     status_sentence(status));
		return status == STATUS_DENIED || status == STATUS_CORRUPT ? EXIT_HOPELESS : EXIT_FAILURE;
	}
	code = fold(config, keys, &set);
	keys_close(keys);
	return code;
}

/* ---- rebuild ---- */

static int rebuild(const struct config *config, const char *name)
{
	struct pg_session *session =
		pg_session_create(&(struct pg_settings){.connection = config_text(config, CONFIG_PG),
	                                                .statements = checkpoint_statements,
	                                                .statement_count = CHECKPOINT_STATEMENTS});
	enum status status = pg_session_connect(session);

	if (status == STATUS_OK)
		status = checkpoint_prepare(session);
	if (status == STATUS_OK)
		status = checkpoint_mark(session, name);
	if (status == STATUS_NOT_FOUND)
		fprintf(stderr, "orrery-projector: there is no read model \"%s\" in this database\n", name);
	else if (status)
		fprintf(stderr, "orrery-projector: %s\n", pg_session_problem(session));
	else
		printf("%s will be built anew from the log; until then it is read as it is\n", name);
	pg_session_destroy(session);
	return status ? EXIT_FAILURE : EXIT_SUCCESS;
}

static int refuse_usage(const char *sentence)
{
	fprintf(stderr, "orrery-projector: %s\n", sentence);
	return EXIT_HOPELESS;
}

int main(int count, char **words)
{
	struct config config;
	int           code;

	config_load_or_exit(&config, "orrery-projector");
	if (config_text(&config, CONFIG_PG)[0] == '\0')
		code = refuse_usage("ORRERY_PG is not set: it says how to reach PostgreSQL (`orrery up` sets it)");
	else if (count == 1)
		code = run(&config);
	else if (count == 3 && strcmp(words[1], "rebuild") == 0)
		code = rebuild(&config, words[2]);
	else
		code = refuse_usage("usage: orrery-projector [rebuild NAME]");
	config_finish(&config);
	return code;
}
