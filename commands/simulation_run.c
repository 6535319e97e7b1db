/* Runs and sweeps: asked for by whoever may see the simulation, which the API has looked at, and settled once by what
 * the laboratory found (subscribers/laboratory.c), or by being cancelled. */
#include "commands/decision.h"
#include "commands/simulation.h"
#include "commands/user.h"
#include "schema/handlers.h"

#define DAY_US (24ll * 60 * 60 * 1000 * 1000)

/* ---------------------------------------------------------------- what is remembered */

void simulation_run_on_simulation_run_requested(struct simulation_run                 *run,
                                                const struct simulation_run_requested *event)
{
	*run = (struct simulation_run){.exists = true,
	                               .simulation = event->simulation,
	                               .requester = event->requester,
	                               .history = event->history};
}

void simulation_run_on_simulation_run_completed(struct simulation_run                 *run,
                                                const struct simulation_run_completed *event)
{
	run->settled = true;
}

void simulation_run_on_simulation_run_failed(struct simulation_run *run, const struct simulation_run_failed *event)
{
	run->settled = true;
}

void simulation_run_on_simulation_run_cancelled(struct simulation_run                 *run,
                                                const struct simulation_run_cancelled *event)
{
	run->settled = true;
}

void simulation_sweep_on_simulation_sweep_requested(struct simulation_sweep                 *sweep,
                                                    const struct simulation_sweep_requested *event)
{
	*sweep = (struct simulation_sweep){.exists = true,
	                                   .simulation = event->simulation,
	                                   .requester = event->requester,
	                                   .history = event->history};
}

void simulation_sweep_on_simulation_sweep_completed(struct simulation_sweep                 *sweep,
                                                    const struct simulation_sweep_completed *event)
{
	sweep->settled = true;
}

/* ---------------------------------------------------------------- so many a day */

static uint64_t day_of(int64_t time_us)
{
	return (uint64_t)(time_us / DAY_US);
}

/* What was asked for is counted by when the writer took it, so that the day is told by the event alone. */
static void count_runs(struct run_day *day, uint64_t today, uint32_t runs)
{
	if (day->day != today)
		*day = (struct run_day){.day = today};
	day->runs += runs;
}

void run_day_on_simulation_run_requested(struct run_day *day, const struct simulation_run_requested *event)
{
	count_runs(day, day_of(event->requested_at), 1);
}

void run_day_on_simulation_sweep_requested(struct run_day *day, const struct simulation_sweep_requested *event)
{
	count_runs(day, day_of(event->requested_at), event->count);
}

static bool has_runs_left(const struct run_day *day, int64_t time_us, uint32_t wanted)
{
	uint32_t had = day->day == day_of(time_us) ? day->runs : 0;

	return had + wanted <= RUNS_PERSON_DAY_MAX;
}

static void refuse_until_tomorrow(struct decision *decision)
{
	refuse_until(decision, REFUSAL_runs_spent, (int64_t)(day_of(decision->time_us) + 1) * DAY_US);
}

/* ---------------------------------------------------------------- asking */

static enum refusal ask_obstacle(const struct simulation *simulation, const struct user *user, uint32_t version)
{
	if (!user_is_open(user))
		return REFUSAL_account_closed;
	if (!simulation->exists)
		return REFUSAL_simulation_unknown;
	return version == 0 || version > simulation->version ? REFUSAL_simulation_version_unknown : REFUSAL_none;
}

/* An event's list is never absent. */
static struct list_of_parameter_setting settings_of(struct list_of_parameter_setting wanted)
{
	static const struct parameter_setting none;

	return wanted.items ? wanted : (struct list_of_parameter_setting){.items = &none};
}

void simulation_run_decide_run_simulation(const struct simulation_run *run, const struct simulation *simulation,
                                          const struct run_day *run_day, const struct user *user,
                                          const struct run_simulation *command, struct decision *decision)
{
	enum refusal obstacle = ask_obstacle(simulation, user, command->of_version);

	if (obstacle != REFUSAL_none)
		refuse(decision, obstacle);
	else if (run->exists)
		refuse(decision, REFUSAL_run_exists);
	else if (!has_runs_left(run_day, decision->time_us, 1))
		refuse_until_tomorrow(decision);
	else
		emit(decision, simulation_run_requested, .run = command->run, .history = command->history,
		     .simulation = command->simulation, .version = command->of_version, .requester = command->requester,
		     .requested_at = decision->time_us, .scene_hash = command->scene_hash,
		     .settings = settings_of(command->settings), .has_seed = command->has_seed, .seed = command->seed);
}

void simulation_sweep_decide_sweep_simulation(const struct simulation_sweep *sweep, const struct simulation *simulation,
                                              const struct run_day *run_day, const struct user *user,
                                              const struct sweep_simulation *command, struct decision *decision)
{
	enum refusal obstacle = ask_obstacle(simulation, user, command->of_version);

	if (obstacle != REFUSAL_none)
		refuse(decision, obstacle);
	else if (sweep->exists)
		refuse(decision, REFUSAL_sweep_exists);
	else if (!has_runs_left(run_day, decision->time_us, command->count))
		refuse_until_tomorrow(decision);
	else
		emit(decision, simulation_sweep_requested, .sweep = command->sweep, .history = command->history,
		     .simulation = command->simulation, .version = command->of_version, .requester = command->requester,
		     .requested_at = decision->time_us, .parameter = command->parameter, .from = command->from,
		     .to = command->to, .count = command->count, .settings = settings_of(command->settings),
		     .measures = command->columns);
}

/* ---------------------------------------------------------------- settling */

void simulation_run_decide_cancel_run(const struct simulation_run *run, const struct cancel_run *command,
                                      struct decision *decision)
{
	if (!run->exists || !id_equal(run->simulation, command->simulation)
	    || !id_equal(run->requester, command->requester))
		refuse(decision, REFUSAL_run_unknown);
	else if (run->settled)
		refuse(decision, REFUSAL_run_settled);
	else
		emit(decision, simulation_run_cancelled, .run = command->run, .history = run->history,
		     .simulation = run->simulation, .requester = run->requester);
}

void simulation_run_decide_complete_run(const struct simulation_run *run, const struct complete_run *command,
                                        struct decision *decision)
{
	if (!run->exists)
		refuse(decision, REFUSAL_run_unknown);
	else if (!run->settled)
		emit(decision, simulation_run_completed, .run = command->run, .history = run->history,
		     .simulation = run->simulation, .requester = run->requester, .scene_hash = command->scene_hash,
		     .run_hash = command->run_hash, .engine = command->engine, .mode = command->mode,
		     .reason = command->reason, .frames = command->frames, .steps = command->steps,
		     .trajectory_hash = command->trajectory_hash, .checkpoint_frames = command->checkpoint_frames,
		     .checkpoints = command->checkpoints, .has_energy_drift = command->has_energy_drift,
		     .energy_drift = command->energy_drift, .constraint_error = command->constraint_error,
		     .has_error_estimate = command->has_error_estimate, .error_estimate = command->error_estimate,
		     .measures = command->measures, .expectations = command->expectations, .cpu_us = command->cpu_us);
}

void simulation_run_decide_fail_run(const struct simulation_run *run, const struct fail_run *command,
                                    struct decision *decision)
{
	if (!run->exists)
		refuse(decision, REFUSAL_run_unknown);
	else if (!run->settled)
		emit(decision, simulation_run_failed, .run = command->run, .history = run->history,
		     .simulation = run->simulation, .requester = run->requester, .scene_hash = command->scene_hash,
		     .run_hash = command->run_hash, .code = command->code, .frames = command->frames,
		     .sentence = command->sentence);
}

void simulation_sweep_decide_complete_sweep(const struct simulation_sweep *sweep, const struct complete_sweep *command,
                                            struct decision *decision)
{
	if (!sweep->exists)
		refuse(decision, REFUSAL_sweep_unknown);
	else if (!sweep->settled)
		emit(decision, simulation_sweep_completed, .sweep = command->sweep, .history = sweep->history,
		     .simulation = sweep->simulation, .requester = sweep->requester, .points = command->points);
}
