/* Writer, projector, subscriber and a stub of PostgreSQL on one thread, under a seed, with virtual time and faults.
 *
 *   simulator [--seeds N] [--from N] [--steps N] [--jobs N] [--mutant NAME]   runs courses by hand
 *   simulator --loud SEED                                                     one of them, telling each step
 *   simulator --test                                                          what the test suite runs
 *
 * A seed that fails is one line, and running that seed again fails in the same way. */
#include "eventstore/base/catalog.h"
#include "eventstore/base/require.h"
#include "tests/sim/fleet.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* What the suite runs. A mutant must be found within as many seeds as run without one. */
enum { TEST_SEEDS = 400, TEST_SEEDS_TWICE = 24, STEPS = 400 };

static const char *const reached_names[] = {
#define REACHED(name) #name,
#include "tests/sim/reached.def"
#undef REACHED
};

static const struct {
	const char *name, *sentence;
} mutants[] = {
#define MUTANT(name, sentence) {#name, sentence},
#include "tests/sim/mutant.def"
#undef MUTANT
};

/* Lawful noes that a decider or the bus can say; the others are the API's. */
static const enum refusal refusals[] = {
	REFUSAL_account_closed, REFUSAL_challenge_used,  REFUSAL_command_id_reused, REFUSAL_credentials_wrong,
	REFUSAL_email_taken,    REFUSAL_login_locked,    REFUSAL_role_fixed,        REFUSAL_self_suspension,
	REFUSAL_session_over,   REFUSAL_session_unknown, REFUSAL_token_invalid,     REFUSAL_user_unknown,
	REFUSAL_wallet_taken,   REFUSAL_wallet_unknown,  REFUSAL_wallets_too_many,
};

static const enum status failures[] = {STATUS_CONFLICT, STATUS_MALFORMED, STATUS_INVALID, STATUS_UNSUPPORTED};

/* ---------------------------------------------------------------- saying it */

static void print_count(const char *name, uint64_t count)
{
	printf("#   %-34s %" PRIu64 "\n", name, count);
}

static void print_histogram(const struct tally *sum)
{
	for (size_t i = 0; i < array_count(reached_names); i++)
		print_count(reached_names[i], sum->reached[i]);
	for (uint32_t i = 1; i < refusal_type_count; i++)
		if (sum->refused[i] > 0)
			print_count(refusal_types[i].name, sum->refused[i]);
	for (int i = 1; i < STATUS_COUNT; i++)
		if (sum->failed[i] > 0)
			print_count(status_name((enum status)i), sum->failed[i]);
}

static void print_result(const struct fleet_result *result)
{
	printf("# %" PRIu64 " seeds in %.1f s, %.0f a minute; %" PRIu64 " steps, %" PRIu64 " events, %" PRIu64
	       " acknowledged; %" PRIu64 " failed\n",
	       result->run, result->seconds, (double)result->run * 60 / result->seconds, result->sum.steps,
	       result->sum.events, result->sum.acknowledged, result->failed);
	print_histogram(&result->sum);
}

/* ---------------------------------------------------------------- by hand */

static uint32_t cores(void)
{
	long count = sysconf(_SC_NPROCESSORS_ONLN);

	return count < 1 ? 1 : count > FLEET_JOBS_MAX ? FLEET_JOBS_MAX : (uint32_t)count;
}

static bool parse_mutant(const char *name, enum mutant *out)
{
	for (int i = 0; i < MUTANT_COUNT; i++)
		if (strcmp(mutants[i].name, name) == 0) {
			*out = (enum mutant)i;
			return true;
		}
	return false;
}

static bool parse_option(const char *name, const char *value, struct fleet_settings *settings)
{
	uint64_t number = 0;

	if (strcmp(name, "--mutant") == 0)
		return parse_mutant(value, &settings->mutant);
	if (!text_parse_u64(text_from(value), &number) || number > UINT32_MAX)
		return false;
	if (strcmp(name, "--loud") == 0)
		*settings =
			(struct fleet_settings){.from = number, .seeds = 1, .steps = STEPS, .jobs = 1, .loud = true};
	else if (strcmp(name, "--seeds") == 0)
		settings->seeds = number;
	else if (strcmp(name, "--from") == 0)
		settings->from = number;
	else if (strcmp(name, "--steps") == 0)
		settings->steps = (uint32_t)number;
	else if (strcmp(name, "--jobs") == 0 && number > 0 && number <= FLEET_JOBS_MAX)
		settings->jobs = (uint32_t)number;
	else
		return false;
	return true;
}

static int run_by_hand(int count, char **arguments)
{
	struct fleet_settings settings = {.from = 1, .seeds = 1000, .steps = STEPS, .jobs = cores()};
	struct fleet_result   result;

	for (int i = 1; i < count; i += 2)
		if (i + 1 == count || !parse_option(arguments[i], arguments[i + 1], &settings)) {
			fprintf(stderr, "Usage: simulator [--seeds N] [--from N] [--steps N] [--jobs N] "
			                "[--mutant NAME] | --loud SEED | --test\n");
			return 2;
		}
	fleet_run(&settings, &result);
	print_result(&result);
	return result.failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* ---------------------------------------------------------------- as a test */

static int tell(int number, bool well, const char *claim)
{
	printf("%sok %d - %s\n", well ? "" : "not ", number, claim);
	fflush(stdout);
	return well ? 0 : 1;
}

static int test_courses(struct fleet_result *result)
{
	struct fleet_settings settings = {.from = 1, .seeds = TEST_SEEDS, .steps = STEPS, .jobs = cores()};

	fleet_run(&settings, result);
	print_result(result);
	return tell(1, result->failed == 0 && result->run == TEST_SEEDS, "no course breaks a claim");
}

static int test_reach(const struct tally *sum)
{
	bool all = true;

	for (size_t i = 0; i < array_count(reached_names); i++)
		if (sum->reached[i] == 0) {
			printf("# %s was never reached\n", reached_names[i]);
			all = false;
		}
	for (size_t i = 0; i < array_count(refusals); i++)
		if (sum->refused[refusals[i]] == 0) {
			printf("# %s was never said\n", refusal_types[refusals[i]].name);
			all = false;
		}
	for (size_t i = 0; i < array_count(failures); i++)
		if (sum->failed[failures[i]] == 0) {
			printf("# %s was never said\n", status_name(failures[i]));
			all = false;
		}
	return tell(2, all, "the courses come by every fault, refusal and failure there is");
}

static int test_twice(void)
{
	struct fleet_settings settings = {
		.from = 1, .seeds = TEST_SEEDS_TWICE, .steps = STEPS, .jobs = cores(), .twice = true};
	struct fleet_result result;

	fleet_run(&settings, &result);
	return tell(3, result.failed == 0 && result.run == TEST_SEEDS_TWICE, "a seed takes the same course again");
}

static int test_mutant(int number, enum mutant mutant)
{
	struct fleet_settings settings = {.from = 1,
	                                  .seeds = TEST_SEEDS,
	                                  .steps = STEPS,
	                                  .jobs = cores(),
	                                  .mutant = mutant,
	                                  .stop_at_first = true,
	                                  .quiet = true};
	struct fleet_result   result;
	char                  claim[128];

	fleet_run(&settings, &result);
	snprintf(claim, sizeof(claim), "it is found out when %s", mutants[mutant].sentence);
	if (result.failed > 0)
		printf("# seed %" PRIu64 " of %" PRIu64 ": %s\n", result.first_failed, result.run,
		       result.first_complaint);
	return tell(number, result.failed > 0, claim);
}

static int run_test(void)
{
	struct fleet_result result;
	int                 failed;

	printf("TAP version 13\n1..%d\n", 3 + MUTANT_COUNT - 1);
	failed = test_courses(&result);
	failed += test_reach(&result.sum);
	failed += test_twice();
	for (int mutant = 1; mutant < MUTANT_COUNT; mutant++)
		failed += test_mutant(3 + mutant, (enum mutant)mutant);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(int count, char **arguments)
{
	require(refusal_type_count <= CLAIM_REFUSALS_MAX);
	return count == 2 && strcmp(arguments[1], "--test") == 0 ? run_test() : run_by_hand(count, arguments);
}
