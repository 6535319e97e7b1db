#include "projections/rebuild.h"

#include "eventstore/base/clock.h"
#include "projections/rebuild_copy.h"

#include <inttypes.h>
#include <poll.h>
#include <stdio.h>

enum { LOOK_EVERY_MS = 50 };

/* Where the living rows stand, when they are of this log and this fold; else the head. *comparable says which. */
static enum rebuild_end find_target(struct rebuild *rebuild, uint64_t *target, bool *comparable)
{
	struct projector_log *log = rebuild->log;
	const char           *fault = NULL;
	enum rebuild_end      end = copy_load_living(rebuild);
	enum status           status;

	if (end)
		return end;
	status = checkpoint_check(&rebuild->living, log, &fault);
	if (status == STATUS_OK)
		status = log->head(log->owner, target);
	if (status)
		return copy_fail_log(rebuild, status);
	rebuild->report->not_compared = fault                                          ? fault
	                                : copy_of_this_fold(rebuild, &rebuild->living) ? NULL
	                                                                               : "it was folded in another way";
	*comparable = !rebuild->report->not_compared;
	if (*comparable)
		*target = rebuild->living.position;
	return REBUILD_DONE;
}

/* ---- compare ---- */

/* A snapshot of the living rows at a position that the copy has not passed. It ends with digest_end on the control
 * session, in any case but a failure. */
static enum rebuild_end snapshot_living(struct rebuild *rebuild)
{
	struct model_digest *living = &rebuild->report->living;
	int64_t              deadline_us = clock_monotonic_us() + REBUILD_LAG_MS * (int64_t)1000;

	for (;;) {
		enum status status = digest_begin(rebuild->control, rebuild->name, living);

		if (status)
			return copy_fail_session(rebuild, rebuild->control);
		if (living->checkpoint.position >= rebuild->built.position)
			return REBUILD_DONE;
		digest_end(rebuild->control);
		if (atomic_load(rebuild->settings->bulk.stopping))
			return REBUILD_STOPPED;
		if (clock_monotonic_us() > deadline_us) {
			rebuild->report->not_compared = "the living rows do not come to where the copy stands";
			return REBUILD_UNCERTAIN;
		}
		poll(NULL, 0, LOOK_EVERY_MS);
	}
}

static enum rebuild_end read_both(struct rebuild *rebuild)
{
	struct rebuild_report *report = rebuild->report;
	enum rebuild_end       end = REBUILD_DONE;

	if (report->living.checkpoint.position > rebuild->built.position)
		end = copy_fold(rebuild, report->living.checkpoint.position, 1);
	if (end)
		return end;
	if (digest_take(rebuild->copy, rebuild->schema, &report->built))
		return copy_fail_session(rebuild, rebuild->copy);
	return digest_read(rebuild->control, rebuild->name, &report->living)
	               ? copy_fail_session(rebuild, rebuild->control)
	               : REBUILD_DONE;
}

static enum rebuild_end compare(struct rebuild *rebuild)
{
	struct rebuild_report *report = rebuild->report;
	enum rebuild_end       end, looked;

	copy_tell(rebuild, REBUILD_COMPARING, 0);
	end = snapshot_living(rebuild);
	if (end)
		return end;
	end = read_both(rebuild);
	digest_end(rebuild->control);
	looked = copy_load(rebuild);
	if (looked == REBUILD_DROPPED || looked == REBUILD_CANCELLED)
		return looked;
	if (end)
		return end;
	report->compared = true;
	if (digest_keep(rebuild->control, rebuild->name, &report->living)
	    || digest_keep(rebuild->control, rebuild->schema, &report->built))
		return copy_fail_session(rebuild, rebuild->control);
	return hash_equal(&report->living.hash, &report->built.hash) ? REBUILD_DONE : REBUILD_DIFFERS;
}

/* ---- catch up, swap ---- */

static enum rebuild_end catch_up(struct rebuild *rebuild)
{
	struct projector_log *log = rebuild->log;
	uint64_t              head;
	enum rebuild_end      end;

	copy_tell(rebuild, REBUILD_CATCHING_UP, 0);
	for (;;) {
		enum status status = log->head(log->owner, &head);

		if (status)
			return copy_fail_log(rebuild, status);
		if (head - rebuild->built.position < REBUILD_NEAR_EVENTS)
			return copy_purge(rebuild);
		end = copy_fold(rebuild, head, rebuild->settings->bulk.workers);
		if (end)
			return end;
	}
}

static enum rebuild_end hold_living(struct rebuild *rebuild)
{
	char sql[256];

	snprintf(sql, sizeof(sql),
	         "BEGIN; SET LOCAL lock_timeout = %d; SELECT FROM orrery.checkpoint WHERE schema = '%s' FOR UPDATE",
	         COPY_LOCK_MS, rebuild->name);
	return pg_session_script(rebuild->control, sql, NULL) ? copy_fail_session(rebuild, rebuild->control)
	                                                      : REBUILD_DONE;
}

/* The living rows are held: nothing that anybody was shown can be missing in the copy that takes their place. */
static enum rebuild_end swap_held(struct rebuild *rebuild,
                                  enum status (*change)(struct pg_session *session, const char *name))
{
	struct projector_log *log = rebuild->log;
	uint64_t              head;
	enum status           status = log->head(log->owner, &head);
	enum rebuild_end      end;

	if (status)
		return copy_fail_log(rebuild, status);
	end = copy_fold(rebuild, head, 1);
	if (end)
		return end;
	if (change(rebuild->control, rebuild->name) || pg_session_script(rebuild->control, "COMMIT", NULL))
		return copy_fail_session(rebuild, rebuild->control);
	rebuild->report->position = rebuild->built.position;
	return REBUILD_DONE;
}

static enum rebuild_end swap(struct rebuild *rebuild,
                             enum status (*change)(struct pg_session *session, const char *name))
{
	enum rebuild_end end;

	copy_tell(rebuild, REBUILD_SWAPPING, 0);
	end = hold_living(rebuild);
	if (end)
		return end;
	end = swap_held(rebuild, change);
	if (end && pg_session_connected(rebuild->control) && pg_session_script(rebuild->control, "ROLLBACK", NULL))
		return copy_fail_session(rebuild, rebuild->control);
	return end;
}

/* How long it took, for whoever plans the next one. */
static enum rebuild_end note_time(struct rebuild *rebuild)
{
	const struct rebuild_report *report = rebuild->report;
	char                         numbers[3][24];
	struct text                  values[] = {text_from(rebuild->name), TEXT_NONE, TEXT_NONE, TEXT_NONE};
	struct pg_answer            *answer;

	if (report->resumed || report->events == 0)
		return REBUILD_DONE;
	snprintf(numbers[0], sizeof(numbers[0]), "%" PRIu64, report->events);
	snprintf(numbers[1], sizeof(numbers[1]), "%" PRId64, report->folding_us);
	snprintf(numbers[2], sizeof(numbers[2]), "%u", rebuild->settings->bulk.workers);
	for (size_t i = 0; i < array_count(numbers); i++)
		values[1 + i] = text_from(numbers[i]);
	if (pg_session_ask(rebuild->control, CHECKPOINT_TIMED, values, array_count(values), &answer))
		return copy_fail_session(rebuild, rebuild->control);
	pg_answer_release(answer);
	return REBUILD_DONE;
}

/* ---- what is done with a copy ---- */

static bool may_swap(const struct rebuild *rebuild, enum rebuild_end compared)
{
	return compared == REBUILD_DONE
	       || (rebuild->settings->accept_difference
	           && (compared == REBUILD_DIFFERS || compared == REBUILD_UNCERTAIN));
}

static enum rebuild_end build_and_swap(struct rebuild *rebuild)
{
	uint64_t         target;
	bool             comparable;
	enum rebuild_end end = find_target(rebuild, &target, &comparable);

	if (end)
		return end;
	end = copy_find(rebuild);
	if (end == REBUILD_DONE)
		end = copy_build(rebuild, target);
	if (end)
		return end;
	end = comparable ? compare(rebuild) : REBUILD_DONE;
	if (!may_swap(rebuild, end))
		return end;
	end = catch_up(rebuild);
	if (end == REBUILD_DONE)
		end = swap(rebuild, checkpoint_swap);
	return end ? end : note_time(rebuild);
}

static enum rebuild_end build_and_compare(struct rebuild *rebuild)
{
	uint64_t         target;
	bool             comparable;
	enum rebuild_end end = find_target(rebuild, &target, &comparable);

	if (end)
		return end;
	if (!comparable)
		return REBUILD_UNCERTAIN;
	end = copy_create(rebuild);
	if (end == REBUILD_DONE)
		end = copy_build(rebuild, target);
	return end ? end : compare(rebuild);
}

/* An erasure that drops the copy makes it begin again. */
static enum rebuild_end until_undisturbed(struct rebuild *rebuild, enum rebuild_end (*build)(struct rebuild *rebuild))
{
	enum rebuild_end end = REBUILD_DROPPED;

	while (end == REBUILD_DROPPED && rebuild->report->beginnings < REBUILD_BEGINNINGS_MAX)
		end = build(rebuild);
	return end;
}

enum rebuild_end rebuild_run(const struct rebuild_settings *settings, struct rebuild_report *report)
{
	struct rebuild   rebuild;
	enum rebuild_end end = copy_start(&rebuild, settings, "__next", report);

	if (end == REBUILD_DONE)
		end = until_undisturbed(&rebuild, build_and_swap);
	if (end == REBUILD_CANCELLED && copy_drop(&rebuild))
		end = REBUILD_FAILED;
	copy_finish(&rebuild);
	return end;
}

/* A scratch copy goes, however it ended. */
static enum rebuild_end drop_after(struct rebuild *rebuild, enum rebuild_end end)
{
	enum rebuild_end dropped = copy_drop(rebuild);

	return end ? end : dropped;
}

enum rebuild_end rebuild_verify(const struct rebuild_settings *settings, struct rebuild_report *report)
{
	struct rebuild   rebuild;
	enum rebuild_end end = copy_start(&rebuild, settings, "__verify", report);

	if (end == REBUILD_DONE)
		end = drop_after(&rebuild, until_undisturbed(&rebuild, build_and_compare));
	copy_finish(&rebuild);
	return end;
}

static enum rebuild_end build_up_to(struct rebuild *rebuild, uint64_t position)
{
	enum rebuild_end end = copy_create(rebuild);

	if (end == REBUILD_DONE)
		end = copy_build(rebuild, position);
	rebuild->report->position = rebuild->built.position;
	return end;
}

static enum rebuild_end check_head(struct rebuild *rebuild, uint64_t position)
{
	uint64_t    head;
	enum status status = rebuild->log->head(rebuild->log->owner, &head);

	if (status)
		return copy_fail_log(rebuild, status);
	return position > head ? copy_fail(rebuild, "the log ends before that position") : REBUILD_DONE;
}

enum rebuild_end rebuild_at(const struct rebuild_settings *settings, uint64_t position, struct rebuild_report *report)
{
	struct rebuild   rebuild;
	char             suffix[32];
	enum rebuild_end end;

	snprintf(suffix, sizeof(suffix), "__at_%" PRIu64, position);
	end = copy_start(&rebuild, settings, suffix, report);
	if (end == REBUILD_DONE)
		end = check_head(&rebuild, position);
	if (end == REBUILD_DONE) {
		do {
			end = build_up_to(&rebuild, position);
		} while (end == REBUILD_DROPPED && report->beginnings < REBUILD_BEGINNINGS_MAX);
	}
	copy_finish(&rebuild);
	return end;
}

enum rebuild_end rebuild_probe(const struct rebuild_settings *settings, uint64_t events, struct rebuild_report *report)
{
	struct rebuild   rebuild;
	enum rebuild_end end = copy_start(&rebuild, settings, "__probe", report);

	if (end == REBUILD_DONE)
		end = drop_after(&rebuild, build_up_to(&rebuild, events));
	copy_finish(&rebuild);
	return end;
}

/* ---- going back ---- */

/* Shown as it is; whoever folds in another way lets it be. */
static enum rebuild_end exchange_and_stay(struct rebuild *rebuild)
{
	struct text       values[] = {text_from(rebuild->name), TEXT("t")};
	struct pg_answer *answer;
	enum rebuild_end  end = hold_living(rebuild);

	if (end)
		return end;
	if (checkpoint_exchange(rebuild->control, rebuild->name)
	    || pg_session_ask(rebuild->control, CHECKPOINT_STAY, values, array_count(values), &answer))
		return copy_fail_session(rebuild, rebuild->control);
	pg_answer_release(answer);
	if (pg_session_script(rebuild->control, "COMMIT", NULL))
		return copy_fail_session(rebuild, rebuild->control);
	rebuild->report->position = rebuild->built.position;
	rebuild->report->stays = true;
	return REBUILD_DONE;
}

static enum rebuild_end roll_back(struct rebuild *rebuild, bool stay)
{
	const char      *fault = NULL;
	enum rebuild_end end = copy_load_living(rebuild);
	enum status      status;

	if (end == REBUILD_DONE)
		end = copy_load(rebuild);
	if (end)
		return end == REBUILD_DROPPED ? REBUILD_MISSING : end;
	status = checkpoint_check(&rebuild->built, rebuild->log, &fault);
	if (status)
		return copy_fail_log(rebuild, status);
	if (fault)
		return copy_fail(rebuild, fault);
	if (!copy_of_this_fold(rebuild, &rebuild->built))
		return stay ? exchange_and_stay(rebuild) : REBUILD_UNCERTAIN;
	end = catch_up(rebuild);
	return end ? end : swap(rebuild, checkpoint_exchange);
}

enum rebuild_end rebuild_roll_back(const struct rebuild_settings *settings, bool stay, struct rebuild_report *report)
{
	struct rebuild   rebuild;
	enum rebuild_end end = copy_start(&rebuild, settings, "__previous", report);

	if (end == REBUILD_DONE)
		end = roll_back(&rebuild, stay);
	copy_finish(&rebuild);
	return end;
}

/* ---- giving up ---- */

static enum rebuild_end tell_builder(struct rebuild *rebuild)
{
	struct text       values[] = {text_from(rebuild->schema), TEXT(CHECKPOINT_FOLD_CANCELLED)};
	struct pg_answer *answer;
	enum rebuild_end  end = copy_load_living(rebuild);

	if (end)
		return end;
	if (!copy_of_this_fold(rebuild, &rebuild->living))
		return copy_fail(rebuild, "the projector builds it, because its fold has changed");
	if (pg_session_ask(rebuild->control, CHECKPOINT_MARK, values, array_count(values), &answer))
		return copy_fail_session(rebuild, rebuild->control);
	pg_answer_release(answer);
	return REBUILD_DONE;
}

enum rebuild_end rebuild_cancel(const struct rebuild_settings *settings, struct rebuild_report *report)
{
	struct rebuild   rebuild;
	bool             locked = false;
	enum rebuild_end end = copy_start_unlocked(&rebuild, settings, "__next", report);

	if (end == REBUILD_DONE)
		end = copy_load(&rebuild);
	if (end == REBUILD_DONE && checkpoint_lock(rebuild.control, rebuild.name, &locked))
		end = copy_fail_session(&rebuild, rebuild.control);
	if (end == REBUILD_DONE)
		end = locked ? copy_drop(&rebuild) : tell_builder(&rebuild);
	copy_finish(&rebuild);
	return end == REBUILD_DROPPED ? REBUILD_MISSING : end;
}

enum rebuild_end rebuild_drop(const struct rebuild_settings *settings, const char *suffix,
                              struct rebuild_report *report)
{
	struct rebuild   rebuild;
	enum rebuild_end end = copy_start(&rebuild, settings, suffix, report);

	if (end == REBUILD_DONE)
		end = copy_load(&rebuild);
	if (end == REBUILD_DONE)
		end = copy_drop(&rebuild);
	copy_finish(&rebuild);
	return end == REBUILD_DROPPED ? REBUILD_MISSING : end;
}
