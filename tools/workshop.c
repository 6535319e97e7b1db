#include "tools/workshop.h"

#include "tools/postgres.h"

#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static atomic_bool stopping;

static void on_signal(int number)
{
	atomic_store(&stopping, true);
}

bool workshop_stopping(void)
{
	return atomic_load(&stopping);
}

void workshop_complain(const struct workshop *workshop, const char *format, ...)
{
	va_list values;

	fprintf(stderr, "orrery %s: ", workshop->verb);
	va_start(values, format);
	vfprintf(stderr, format, values);
	va_end(values);
	fputc('\n', stderr);
}

/* ---------------------------------------------------------------- opening it */

static bool find_postgres(struct workshop *workshop)
{
	struct postgres postgres = {0};

	workshop->connection = config_text(&workshop->config, CONFIG_PG);
	if (*workshop->connection)
		return true;
	if (!postgres_find(&postgres, config_path(&workshop->config, CONFIG_DATA), &workshop->arena)) {
		workshop_complain(workshop, "ORRERY_PG is not set, and `orrery up` has made no PostgreSQL in %s.",
		                  config_path(&workshop->config, CONFIG_DATA));
		return false;
	}
	workshop->connection = postgres_address(&postgres, POSTGRES_OWNER, &workshop->arena);
	return true;
}

static bool open_vault(struct workshop *workshop)
{
	enum status status =
		keys_open(config_in_data(&workshop->config, KEYS_FOLDER, &workshop->arena),
	                  config_path(&workshop->config, CONFIG_MASTER_KEY_FILE), KEYS_READ, &workshop->keys);

	if (status)
		workshop_complain(workshop, "The vault cannot be opened: %s", status_sentence(status));
	return status == STATUS_OK;
}

bool workshop_open(struct workshop *workshop, const char *verb)
{
	const struct sigaction action = {.sa_handler = on_signal};

	*workshop = (struct workshop){.verb = verb};
	config_load_or_exit(&workshop->config, "orrery");
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	return find_postgres(workshop) && open_vault(workshop);
}

void workshop_close(struct workshop *workshop)
{
	workshop_rest(workshop);
	keys_close(workshop->keys);
	arena_finish(&workshop->arena);
	config_finish(&workshop->config);
}

struct pg_session *workshop_session(const struct workshop *workshop)
{
	struct pg_session *session = pg_session_create(&(struct pg_settings){.connection = workshop->connection,
	                                                                     .statements = checkpoint_statements,
	                                                                     .statement_count = CHECKPOINT_STATEMENTS});

	if (pg_session_connect(session) == STATUS_OK && checkpoint_prepare(session) == STATUS_OK)
		return session;
	workshop_complain(workshop, "PostgreSQL: %s", pg_session_problem(session));
	pg_session_destroy(session);
	return NULL;
}

/* ---------------------------------------------------------------- working */

const struct projection *workshop_find(const struct workshop *workshop, const char *name)
{
	for (uint32_t i = 0; i < projection_count; i++)
		if (strcmp(projections[i].name, name) == 0)
			return &projections[i];
	workshop_complain(workshop, "There is no read model \"%.80s\"; `orrery rebuild list` names them.", name);
	return NULL;
}

static enum status open_log(void *owner, struct projector_log **out)
{
	const struct workshop *workshop = owner;

	return projector_log_open(config_path(&workshop->config, CONFIG_DATA), NULL, out);
}

static void close_log(void *owner, struct projector_log *log)
{
	projector_log_close(log);
}

void workshop_rest(struct workshop *workshop)
{
	progress_stop(workshop->progress);
	workshop->progress = NULL;
}

static void on_phase(void *owner, enum rebuild_phase phase, uint64_t total)
{
	static const char *const sentences[] = {
		[REBUILD_FOLDING] = "folding",
		[REBUILD_COMPARING] = "comparing every row with those that are read",
		[REBUILD_CATCHING_UP] = "catching up",
		[REBUILD_SWAPPING] = "swapping",
	};
	struct workshop *workshop = owner;

	workshop_rest(workshop);
	fprintf(stderr, "%s: %s\n", workshop->model, sentences[phase]);
	workshop->done = 0;
	if (phase == REBUILD_FOLDING && total > 0)
		workshop->progress = progress_start(workshop->model, "events", &workshop->done, total);
}

static uint32_t cores(void)
{
	long count = sysconf(_SC_NPROCESSORS_ONLN);

	return count < 1 ? 1 : count > BULK_WORKERS_MAX ? BULK_WORKERS_MAX : (uint32_t)count;
}

struct rebuild_settings workshop_settings(struct workshop *workshop, const struct projection *projection)
{
	workshop->model = projection->name;
	return (struct rebuild_settings){.bulk = {.projection = projection,
	                                          .connection = workshop->connection,
	                                          .opener = keys_opener(workshop->keys),
	                                          .open_log = open_log,
	                                          .close_log = close_log,
	                                          .owner = workshop,
	                                          .workers = cores(),
	                                          .stopping = &stopping,
	                                          .done = &workshop->done},
	                                 .on_phase = on_phase,
	                                 .owner = workshop};
}

/* ---------------------------------------------------------------- how it ended */

static void complain_of_difference(const struct workshop *workshop, const struct rebuild_report *report)
{
	const char *table = digest_difference(&report->living, &report->built);

	workshop_complain(workshop,
	                  "%s: what is read and what the log folds to differ at position %" PRIu64
	                  ", first in table %s: "
	                  "%" PRIu64 " rows are read, %" PRIu64 " were folded. One of the two is wrong.",
	                  workshop->model, report->built.checkpoint.position, table ? table : "none",
	                  report->living.rows, report->built.rows);
}

int workshop_ended(struct workshop *workshop, enum rebuild_end end, const struct rebuild_report *report)
{
	static const char *const sentences[] = {
		[REBUILD_UNCERTAIN] = "it cannot be compared",
		[REBUILD_MISSING] = "there is no such copy, or its projector has not made it yet",
		[REBUILD_DROPPED] = "erasures dropped the copy again and again; try later",
		[REBUILD_LOCKED] = "somebody else builds it at the moment",
		[REBUILD_CANCELLED] = "it was cancelled",
		[REBUILD_STOPPED] = "stopped; what is read is as it was",
	};

	workshop_rest(workshop);
	if (end == REBUILD_DIFFERS)
		complain_of_difference(workshop, report);
	else if (end == REBUILD_FAILED)
		workshop_complain(workshop, "%s: %s", workshop->model, report->problem);
	else if (end == REBUILD_UNCERTAIN && report->not_compared)
		workshop_complain(workshop, "%s: it cannot be compared: %s", workshop->model, report->not_compared);
	else if (end != REBUILD_DONE)
		workshop_complain(workshop, "%s: %s", workshop->model, sentences[end]);
	return end == REBUILD_DONE ? EXIT_SUCCESS : end == REBUILD_DIFFERS ? WORKSHOP_DIFFERS : EXIT_FAILURE;
}
