#include "tests/sim/course.h"

#include "eventstore/base/require.h"
#include "tests/sim/appender.h"
#include "tests/sim/chance.h"
#include "tests/sim/follower.h"
#include "tests/sim/mirror.h"
#include "tests/sim/postgres_stub.h"
#include "tests/sim/subscriber.h"
#include "tests/sim/weather.h"
#include "tests/sim/wire.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* How long it may take until everything rests once nothing goes wrong any more. */
enum { CALM_STEPS_MAX = 20000, ASK_AGAIN_EVERY = 64 };

/* ---------------------------------------------------------------- what may happen */

static void somebody_wishes(void)
{
	people_act();
}

static void message_arrives(void)
{
	struct wish wish;

	/* While the writer is away, what was sent to it is lost. */
	if (wire_receive(&wish) && appender_is_up())
		appender_take(&wish);
}

static void batch_closes(void)
{
	if (appender_is_up())
		appender_close_batch();
}

static void batch_commits(void)
{
	if (appender_is_up())
		appender_commit();
}

static void index_moves(void)
{
	if (appender_is_up())
		appender_index();
}

static void answer_arrives(void)
{
	struct wish    wish;
	struct outcome outcome;

	if (wire_receive_answer(&wish, &outcome))
		people_take_answer(&wish, &outcome, appender_durable());
}

static void projector_turns(void)
{
	follower_turn(0);
}

static void rival_turns(void)
{
	follower_turn(1);
}

static void subscriber_turns(void)
{
	subscriber_turn();
}

static void operator_looks(void)
{
	subscriber_operate();
}

static void subscriber_dies(void)
{
	subscriber_die();
}

static void memory_fails(void)
{
	weather_arm(chance_one_in(2) ? FAULT_MEMORY_BEFORE : FAULT_MEMORY_AFTER);
}

/* Mostly moments; sometimes so long that everybody looks whether things still stand. */
static void time_passes(void)
{
	weather_pass(chance_one_in(4) ? 6 * 1000 * 1000 : 1 + chance_below(1000 * 1000));
}

static void store_is_asked(void)
{
	if (appender_is_up())
		appender_ask();
}

static void log_is_compared(void)
{
	if (appender_is_up())
		appender_compare();
}

static void writer_starts(void)
{
	if (!appender_is_up())
		appender_start();
}

static void writer_dies(void)
{
	if (appender_is_up())
		appender_die();
}

static void writer_stops(void)
{
	if (appender_is_up())
		appender_stop();
}

static void index_is_deleted(void)
{
	if (!appender_is_up())
		appender_delete_index();
}

static void disk_fills_or_empties(void)
{
	weather_fill_disk(chance_one_in(2));
}

static void commit_fails(void)
{
	/* The last two wait for an erasure, which is rare. */
	if (chance_one_in(2))
		weather_arm(FAULT_COMMIT_BEFORE_KEYS + chance_below(3));
	else
		weather_arm(FAULT_COMMIT_BEFORE_FORGETTING + chance_below(2));
}

static void index_fails(void)
{
	weather_arm(chance_one_in(2) ? FAULT_INDEX_BEFORE : FAULT_INDEX_AFTER);
}

static void projector_dies(void)
{
	follower_die(chance_below(FOLLOWER_PROJECTORS));
}

static void rebuild_is_asked_for(void)
{
	follower_rebuild();
}

static void postgres_loses_connection(void)
{
	stub_arm(chance_one_in(2) ? STUB_LOSE_BEFORE_COMMIT : STUB_LOSE_AFTER_COMMIT);
}

static void statement_fails(void)
{
	stub_arm(STUB_FAIL_STATEMENT);
}

static void postgres_goes_or_comes(void)
{
	stub_go_away(chance_one_in(2));
}

static void postgres_crashes(void)
{
	stub_crash();
}

/* ---------------------------------------------------------------- which of it does */

struct action {
	const char *name;
	void (*act)(void);
	uint32_t weight;
	bool     fault;
};

static struct action actions[] = {
#define ACTION(name, weight, fault) {#name, name, weight, fault},
#include "tests/sim/action.def"
#undef ACTION
};

/* Another mixture for each course: some faults not at all, some steps more often than others. */
static uint32_t mix(void)
{
	uint32_t total = 0;

	for (size_t i = 0; i < array_count(actions); i++) {
		if (actions[i].fault && chance_one_in(2))
			actions[i].weight = 0;
		else
			actions[i].weight *= 1 + chance_below(4);
		total += actions[i].weight;
	}
	return total;
}

static void act(const struct course *course, uint32_t step, uint32_t total)
{
	uint32_t drawn = chance_below(total);
	size_t   at = 0;

	for (; drawn >= actions[at].weight; at++)
		drawn -= actions[at].weight;
	CLAIM_NOTE(at);
	if (course->loud)
		fprintf(stderr, "step %u: %s\n", step, actions[at].name);
	actions[at].act();
}

/* ---------------------------------------------------------------- and in the end */

static void calm_down(void)
{
	weather_arm(FAULT_NONE);
	weather_fill_disk(false);
	stub_arm(STUB_WELL);
	stub_go_away(false);
	wire_calm();
	subscriber_calm();
	follower_die(1); /* whoever was not quite dead is now */
	people_ask_again();
}

static bool at_rest(bool followers_rest)
{
	return followers_rest && appender_is_up() && appender_is_quiet() && wire_load() == 0 && people_waiting() == 0
	       && follower_shown() == appender_durable();
}

static void come_to_rest(uint64_t step)
{
	bool idle = false;

	for (uint32_t i = 0; !at_rest(idle); i++) {
		claim_step(step + i);
		CLAIM(i < CALM_STEPS_MAX, "everything comes to rest once nothing goes wrong",
		      "%u messages, %u waiting, the read model at %" PRIu64 " of %" PRIu64, wire_load(),
		      people_waiting(), follower_shown(), appender_durable());
		if (wire_load() == 0 && i % ASK_AGAIN_EVERY == 0)
			people_ask_again();
		writer_starts();
		message_arrives();
		batch_closes();
		batch_commits();
		index_moves();
		answer_arrives();
		idle = subscriber_rests() & follower_turn(0);
	}
}

void course_run(const struct course *course)
{
	uint32_t total;

	claim_start(course->tally);
	chance_start(course->seed);
	weather_start();
	wire_start();
	people_start();
	follower_start();
	appender_begin(course->folder);
	subscriber_start(appender_folder());
	total = mix();
	for (uint32_t step = 1; step <= course->steps; step++) {
		claim_step(step);
		weather_pass(1);
		act(course, step, total);
	}
	calm_down();
	come_to_rest(course->steps + 1);
	appender_compare();
	people_check_promises();
	claim_counts(mirror_head(), people_acknowledged());
	_exit(EXIT_SUCCESS);
}
