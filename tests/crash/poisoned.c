/* A subscriber that one event kills: poisoned DATA SOCKET POSITION FILE. Appends the position of each registration that
 * it is handed to the file, and ends itself as kill -9 does at POSITION. */
#include "eventstore/base/diag.h"
#include "eventstore/base/require.h"
#include "eventstore/subscription/subscription_world.h"
#include "schema/events.h"

#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { ATTEMPTS_MAX = 3 }; /* POISON_ATTEMPTS in followers_kill_test.py */

struct victim {
	uint64_t poison;
	int      file;
};

static atomic_bool stopping;

static enum status deliver(void *owner, struct delivery *delivery)
{
	struct victim *victim = owner;

	if (delivery->record.position == victim->poison)
		raise(SIGKILL);
	return dprintf(victim->file, "%" PRIu64 "\n", delivery->record.position) > 0 ? STATUS_OK : STATUS_IO;
}

static const struct subscription_handler handler = {.deliver = deliver, .repeatable = true};

static void *await_stop(void *owner)
{
	sigset_t stop;
	int      number;

	sigemptyset(&stop);
	sigaddset(&stop, SIGTERM);
	require(sigwait(&stop, &number) == 0);
	atomic_store(&stopping, true);
	real_world_interrupt(owner);
	return NULL;
}

static enum subscription_turn run(struct victim *victim, struct subscription_state *state, struct real_world *world)
{
	static const uint16_t        wanted[] = {EVENT_user_registered};
	struct subscription_settings settings = {
		.name = "poisoned",
		.filter = {.numbers = wanted, .number_count = 1},
		.handler = &handler,
		.owner = victim,
		.world = real_world_of(world),
		.state = state,
		.stopping = &stopping,
		.policy = {.attempts_max = ATTEMPTS_MAX, .window = 16},
	};
	struct subscription   *subscription = subscription_create(&settings);
	enum subscription_turn end = subscription_run(subscription);

	subscription_destroy(subscription);
	return end;
}

int main(int argc, char **argv)
{
	struct victim              victim = {0};
	struct subscription_state *state;
	struct real_world         *world;
	enum subscription_turn     end;
	pthread_t                  thread;
	sigset_t                   stop;

	require(argc == 5 && text_parse_u64(text_from(argv[3]), &victim.poison));
	victim.file = open(argv[4], O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
	require(victim.file >= 0);
	require(subscription_state_open(argv[1], KV_WRITE, &state) == STATUS_OK);
	require(real_world_create(argv[1], argv[2], "poisoned", &world) == STATUS_OK);
	sigemptyset(&stop);
	sigaddset(&stop, SIGTERM);
	pthread_sigmask(SIG_BLOCK, &stop, NULL);
	require(pthread_create(&thread, NULL, await_stop, world) == 0);
	end = run(&victim, state, world);
	require(pthread_join(thread, NULL) == 0);
	real_world_destroy(world);
	subscription_state_close(state);
	close(victim.file);
	return end == SUBSCRIPTION_IDLE ? EXIT_SUCCESS : EXIT_FAILURE;
}
