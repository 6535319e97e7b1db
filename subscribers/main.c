/* orrery-subscriber: follows the log and acts on it, one thread and one subscription for each subscriber. It ends with
 * EXIT_HOPELESS when what a subscriber remembers is not of this log; the others go on as long as they are let. */
#include "eventstore/base/diag.h"
#include "eventstore/base/require.h"
#include "eventstore/log/await.h"
#include "eventstore/subscription/subscription_world.h"
#include "subscribers/subscriber.h"

#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

/* A thread that ended by itself sends this to its own process. */
enum { SIGNAL_ENDED = SIGUSR1 };

static const struct subscriber *const subscribers[] = {&achievements, &grader,  &laboratory,
                                                       &mailer,       &proctor, &registrar};

enum { SUBSCRIBERS = array_count(subscribers) };

static atomic_bool stopping;

/* A subscriber's thread and what it alone uses. */
struct member {
	const struct subscriber       *kind;
	void                          *owner;
	struct real_world             *world;
	struct subscription           *subscription;
	pthread_t                      thread;
	_Atomic enum subscription_turn end; /* AGAIN as long as it runs */
};

struct process {
	struct config              config;
	struct keys               *keys;
	struct subscription_state *state;
	struct subscriber_ground   ground;
	struct member              members[SUBSCRIBERS];
};

/* ---------------------------------------------------------------- members */

static void *member_run(void *owner)
{
	struct member *member = owner;

	member->end = subscription_run(member->subscription);
	kill(getpid(), SIGNAL_ENDED);
	return NULL;
}

static enum status member_open(struct member *member, struct process *process)
{
	const struct config *config = &process->config;
	enum status          status = member->kind->open(&process->ground, &member->owner);

	if (status == STATUS_OK)
		status = real_world_create(config_path(config, CONFIG_DATA), config_path(config, CONFIG_SOCKET),
		                           "orrery-subscriber", &member->world);
	if (status == STATUS_OK && member->kind->inherit)
		status = member->kind->inherit(member->owner, process->state);
	return status;
}

static void member_start(struct member *member, struct process *process)
{
	member->subscription = subscription_create(&(struct subscription_settings){
		.name = member->kind->name,
		.filter = member->kind->filter(member->owner),
		.handler = &member->kind->handler,
		.owner = member->owner,
		.world = real_world_of(member->world),
		.state = process->state,
		.stopping = &stopping,
		.policy = member->kind->policy,
	});
	require(pthread_create(&member->thread, NULL, member_run, member) == 0);
}

static void member_finish(struct member *member)
{
	if (member->subscription)
		pthread_join(member->thread, NULL);
	subscription_destroy(member->subscription);
	real_world_destroy(member->world);
	member->kind->close(member->owner);
}

/* ---------------------------------------------------------------- opening */

/* The writer makes log and vault, and may start at the same moment; TERM ends the waiting as it ends any process. */
static enum status find_log(void *owner)
{
	struct process *process = owner;
	struct reader  *reader;
	enum status     status = reader_open(config_path(&process->config, CONFIG_DATA), &reader);

	if (status == STATUS_OK)
		reader_close(reader);
	return status;
}

static enum status open_vault(void *owner)
{
	struct process *process = owner;
	struct arena    arena = {0};
	enum status     status =
		keys_open(config_in_data(&process->config, KEYS_FOLDER, &arena),
	                  config_path(&process->config, CONFIG_MASTER_KEY_FILE), KEYS_READ, &process->keys);

	arena_finish(&arena);
	return status;
}

static enum status open_all(struct process *process)
{
	enum status status = await_store(find_log, process);

	if (status == STATUS_OK)
		status = await_store(open_vault, process);
	if (status == STATUS_OK)
		status = subscription_state_open(config_path(&process->config, CONFIG_DATA), KV_WRITE, &process->state);
	if (status == STATUS_OK)
		process->ground = (struct subscriber_ground){
			.config = &process->config, .opener = keys_opener(process->keys), .stopping = &stopping};
	for (uint32_t i = 0; i < SUBSCRIBERS && status == STATUS_OK; i++)
		status = member_open(&process->members[i], process);
	return status;
}

/* ---------------------------------------------------------------- the process */

/* Blocked in every thread, and waited for in the first one. */
static sigset_t block_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGNAL_ENDED);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	return set;
}

/* What could not be kept ends all: another start knows what is on disk. */
static bool is_over(const struct process *process)
{
	uint32_t ended = 0;

	for (uint32_t i = 0; i < SUBSCRIBERS; i++) {
		if (process->members[i].end == SUBSCRIPTION_BROKEN)
			return true;
		ended += process->members[i].end == SUBSCRIPTION_REFUSED;
	}
	return ended == SUBSCRIBERS;
}

static void await_end(const struct process *process, const sigset_t *set)
{
	int number = 0;

	while (!is_over(process) && number != SIGTERM && number != SIGINT)
		sigwait(set, &number);
}

static int exit_code(const struct process *process)
{
	int code = EXIT_SUCCESS;

	for (uint32_t i = 0; i < SUBSCRIBERS; i++) {
		if (process->members[i].end == SUBSCRIPTION_BROKEN)
			return EXIT_FAILURE;
		if (process->members[i].end == SUBSCRIPTION_REFUSED)
			code = EXIT_HOPELESS;
	}
	return code;
}

static int run(struct process *process)
{
	sigset_t set = block_signals();

	for (uint32_t i = 0; i < SUBSCRIBERS; i++)
		member_start(&process->members[i], process);
	diag(DIAG_INFO, "subscriber_ready", "%u subscriptions", (unsigned)SUBSCRIBERS);
	await_end(process, &set);
	diag(DIAG_INFO, "stopping", NULL);
	atomic_store(&stopping, true);
	for (uint32_t i = 0; i < SUBSCRIBERS; i++)
		real_world_interrupt(process->members[i].world);
	for (uint32_t i = 0; i < SUBSCRIBERS; i++)
		member_finish(&process->members[i]);
	return exit_code(process);
}

static int fail(struct process *process, enum status status)
{
	bool hopeless = status == STATUS_CONFLICT || status == STATUS_DENIED || status == STATUS_CORRUPT;

	diag(DIAG_ERROR, "subscriber_not_started", "%s", status_sentence(status));
	for (uint32_t i = 0; i < SUBSCRIBERS; i++)
		member_finish(&process->members[i]);
	return hopeless ? EXIT_HOPELESS : EXIT_FAILURE;
}

int main(int argument_count, char **arguments)
{
	struct process process = {0};
	enum status    status;
	int            code;

	signal(SIGHUP, SIG_IGN); /* meant for the API, which has keys to reload */
	signal(SIGPIPE, SIG_IGN);
	config_refuse_arguments(argument_count, arguments);
	config_load_or_exit(&process.config, "orrery-subscriber");
	for (uint32_t i = 0; i < SUBSCRIBERS; i++)
		process.members[i].kind = subscribers[i];
	status = open_all(&process);
	code = status == STATUS_OK ? run(&process) : fail(&process, status);
	subscription_state_close(process.state);
	keys_close(process.keys);
	config_finish(&process.config);
	return code;
}
