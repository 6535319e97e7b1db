#include "projections/rebuild_copy.h"

#include "eventstore/base/clock.h"
#include "projections/purge.h"

#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

enum { LOOK_EVERY_MS = 50 };

/* ---- ends ---- */

enum rebuild_end copy_fail(struct rebuild *rebuild, const char *what)
{
	snprintf(rebuild->report->problem, sizeof(rebuild->report->problem), "%s", what);
	return REBUILD_FAILED;
}

enum rebuild_end copy_fail_log(struct rebuild *rebuild, enum status status)
{
	snprintf(rebuild->report->problem, sizeof(rebuild->report->problem), "the log: %s", status_sentence(status));
	return REBUILD_FAILED;
}

enum rebuild_end copy_fail_session(struct rebuild *rebuild, const struct pg_session *session)
{
	snprintf(rebuild->report->problem, sizeof(rebuild->report->problem), "PostgreSQL: %s",
	         pg_session_problem(session));
	return REBUILD_FAILED;
}

void copy_tell(const struct rebuild *rebuild, enum rebuild_phase phase, uint64_t total)
{
	if (rebuild->settings->on_phase)
		rebuild->settings->on_phase(rebuild->settings->owner, phase, total);
}

/* ---- lock ---- */

/* A process that was killed holds its lock until the server notices. */
static enum rebuild_end take_lock(struct rebuild *rebuild)
{
	int64_t deadline_us = clock_monotonic_us() + REBUILD_LOCK_MS * (int64_t)1000;
	bool    locked = false;

	for (;;) {
		if (checkpoint_lock(rebuild->control, rebuild->name, &locked))
			return copy_fail_session(rebuild, rebuild->control);
		if (locked)
			return REBUILD_DONE;
		if (clock_monotonic_us() > deadline_us)
			return REBUILD_LOCKED;
		poll(NULL, 0, LOOK_EVERY_MS);
	}
}

enum rebuild_end copy_start_unlocked(struct rebuild *rebuild, const struct rebuild_settings *settings,
                                     const char *suffix, struct rebuild_report *report)
{
	enum status status;

	*report = (struct rebuild_report){0};
	*rebuild = (struct rebuild){.settings = settings, .report = report, .name = settings->bulk.projection->name};
	snprintf(rebuild->schema, sizeof(rebuild->schema), "%s%s", rebuild->name, suffix);
	status = settings->bulk.open_log(settings->bulk.owner, &rebuild->log);
	if (status)
		return copy_fail_log(rebuild, status);
	rebuild->control = pg_session_create(&(struct pg_settings){.connection = settings->bulk.connection,
	                                                           .statements = checkpoint_statements,
	                                                           .statement_count = CHECKPOINT_STATEMENTS});
	rebuild->copy = bulk_session(&settings->bulk, rebuild->schema, &rebuild->statements);
	if (pg_session_connect(rebuild->control) || checkpoint_prepare(rebuild->control))
		return copy_fail_session(rebuild, rebuild->control);
	if (pg_session_connect(rebuild->copy))
		return copy_fail_session(rebuild, rebuild->copy);
	return REBUILD_DONE;
}

enum rebuild_end copy_start(struct rebuild *rebuild, const struct rebuild_settings *settings, const char *suffix,
                            struct rebuild_report *report)
{
	enum rebuild_end end = copy_start_unlocked(rebuild, settings, suffix, report);

	return end ? end : take_lock(rebuild);
}

void copy_finish(struct rebuild *rebuild)
{
	pg_session_destroy(rebuild->control);
	pg_session_destroy(rebuild->copy);
	free(rebuild->statements);
	if (rebuild->log)
		rebuild->settings->bulk.close_log(rebuild->settings->bulk.owner, rebuild->log);
}

/* ---- copy ---- */

bool copy_of_this_fold(const struct rebuild *rebuild, const struct checkpoint *checkpoint)
{
	return strcmp(checkpoint->fold, rebuild->settings->bulk.projection->fingerprint) == 0;
}

enum rebuild_end copy_load_living(struct rebuild *rebuild)
{
	enum status status = checkpoint_load(rebuild->control, rebuild->name, &rebuild->living);

	if (status == STATUS_NOT_FOUND)
		return REBUILD_MISSING;
	return status ? copy_fail_session(rebuild, rebuild->control) : REBUILD_DONE;
}

/* By the copy's session, since the other one may be looking at an old snapshot. */
enum rebuild_end copy_load(struct rebuild *rebuild)
{
	enum status status = checkpoint_load(rebuild->copy, rebuild->schema, &rebuild->built);

	if (status == STATUS_NOT_FOUND)
		return REBUILD_DROPPED;
	if (status)
		return copy_fail_session(rebuild, rebuild->copy);
	return strcmp(rebuild->built.fold, CHECKPOINT_FOLD_CANCELLED) == 0 ? REBUILD_CANCELLED : REBUILD_DONE;
}

enum rebuild_end copy_create(struct rebuild *rebuild)
{
	struct log_identity identity = rebuild->log->identity(rebuild->log->owner);

	rebuild->report->beginnings++;
	if (checkpoint_create(rebuild->copy, rebuild->settings->bulk.projection, rebuild->schema, identity))
		return copy_fail_session(rebuild, rebuild->copy);
	return copy_load(rebuild);
}

/* What somebody left half built is gone on with when it is still good. */
enum rebuild_end copy_find(struct rebuild *rebuild)
{
	const char      *fault = NULL;
	enum rebuild_end end = copy_load(rebuild);
	enum status      status;

	if (end == REBUILD_DROPPED || end == REBUILD_CANCELLED)
		return copy_create(rebuild);
	if (end)
		return end;
	status = checkpoint_check(&rebuild->built, rebuild->log, &fault);
	if (status)
		return copy_fail_log(rebuild, status);
	if (fault || !copy_of_this_fold(rebuild, &rebuild->built))
		return copy_create(rebuild);
	rebuild->report->resumed = true;
	return REBUILD_DONE;
}

/* ---- fold ---- */

enum rebuild_end copy_fold(struct rebuild *rebuild, uint64_t target, uint32_t workers)
{
	struct bulk_settings bulk = rebuild->settings->bulk;
	enum status          status;
	enum rebuild_end     end;

	bulk.workers = workers;
	status = bulk_fold(&bulk, rebuild->schema, target, rebuild->report->problem);
	if (status == STATUS_BUSY)
		return REBUILD_STOPPED;
	end = status == STATUS_OK || status == STATUS_CONFLICT ? copy_load(rebuild) : REBUILD_FAILED;
	return end == REBUILD_DONE && status ? copy_fail(rebuild, "another process moves the copy") : end;
}

/* The copy has folded erasures: dead rows that name somebody must not stay in its files, and the purge of a later
 * erasure drops copies that still owe one. */
enum rebuild_end copy_purge(struct rebuild *rebuild)
{
	char              position[24];
	struct text       values[] = {text_from(rebuild->schema), TEXT_NONE};
	struct pg_answer *answer;

	if (rebuild->built.purge_due == 0)
		return REBUILD_DONE;
	snprintf(position, sizeof(position), "%" PRIu64, rebuild->built.purge_due);
	values[1] = text_from(position);
	if (purge_copy(rebuild->copy, rebuild->settings->bulk.projection)
	    || pg_session_ask(rebuild->copy, CHECKPOINT_PURGED, values, array_count(values), &answer))
		return copy_load(rebuild) == REBUILD_DROPPED ? REBUILD_DROPPED
		                                             : copy_fail_session(rebuild, rebuild->copy);
	pg_answer_release(answer);
	return copy_load(rebuild);
}

enum rebuild_end copy_build(struct rebuild *rebuild, uint64_t target)
{
	int64_t          began_us = clock_monotonic_us();
	uint64_t         began = rebuild->built.position;
	enum rebuild_end end;

	copy_tell(rebuild, REBUILD_FOLDING, target > began ? target - began : 0);
	end = copy_fold(rebuild, target, rebuild->settings->bulk.workers);
	if (end)
		return end;
	rebuild->report->events = rebuild->built.position - began;
	rebuild->report->folding_us = clock_monotonic_us() - began_us;
	return copy_purge(rebuild);
}

enum rebuild_end copy_drop(struct rebuild *rebuild)
{
	return checkpoint_drop(rebuild->copy, rebuild->schema) ? copy_fail_session(rebuild, rebuild->copy)
	                                                       : REBUILD_DONE;
}
