#include "tests/eventstore/obedient.h"

#include "eventstore/base/clock.h"
#include "eventstore/base/require.h"
#include "tests/eventstore/ground.h"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { START_TIMEOUT_MS = 20000 };

const char *obedient_socket(void)
{
	return ground_path("writer.sock");
}

/* ---------------------------------------------------------------- in the writer's process */

static void keep(struct store *store, const struct submission *submission, int count, struct answer *answer)
{
	for (int i = 0; i < count; i++) {
		struct record record = ground_record(submission->actor);

		record.command = submission->command_id;
		record.command_index = (uint8_t)i;
		record.command_count = (uint8_t)count;
		answer->position = ground_append(store, &record);
		answer->version = record.streams[0].version;
	}
	answer->subject = submission->actor;
}

static void decide(void *owner, const struct submission *submission, struct arena *arena, struct answer *answer)
{
	answer->status = text_from(status_name(STATUS_OK));
	if (text_is(submission->command, "keep"))
		keep(owner, submission, 1, answer);
	else if (text_is(submission->command, "keep_two"))
		keep(owner, submission, 2, answer);
	else if (text_is(submission->command, "refuse"))
		answer->refusal = TEXT("refused");
	else if (text_is(submission->command, "nothing"))
		answer->position = store_head(owner);
	else if (text_is(submission->command, "repeat"))
		answer->repeated = true;
	else
		answer->status = text_from(status_name(STATUS_UNSUPPORTED));
}

static int serve(uint32_t queue_max)
{
	struct writer_settings settings = {.socket_path = obedient_socket(), .queue_max = queue_max};
	struct store          *store;
	enum status            status;

	if (ground_try_open(&store) != STATUS_OK)
		return EXIT_FAILURE;
	status = writer_run(store, &(struct writer_decider){.owner = store, .decide = decide}, &settings);
	store_close(store);
	return status == STATUS_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* ---------------------------------------------------------------- in the test's */

pid_t obedient_start(uint32_t queue_max)
{
	int64_t        deadline_us = clock_monotonic_us() + (int64_t)START_TIMEOUT_MS * 1000;
	struct client *client;
	pid_t          pid = fork();

	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		_exit(serve(queue_max));
	}
	while (client_open(obedient_socket(), "starter", &client) != STATUS_OK) {
		require(clock_monotonic_us() < deadline_us && waitpid(pid, NULL, WNOHANG) == 0);
		poll(NULL, 0, 1);
	}
	client_close(client);
	return pid;
}

int obedient_stop(pid_t pid, int signal)
{
	int status;

	require(kill(pid, signal) == 0 && waitpid(pid, &status, 0) == pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

struct client *obedient_client(const char *who)
{
	struct client *client = NULL;

	require(client_open(obedient_socket(), who, &client) == STATUS_OK);
	return client;
}

struct submission obedient_submission(const char *command, struct id stream)
{
	return (struct submission){
		.command = text_from(command), .command_id = id_fresh(), .actor = stream, .body = BYTES("\x80", 1)};
}

void obedient_append(struct buffer *out, uint64_t request, const char *command, struct id stream)
{
	struct submission submission = obedient_submission(command, stream);

	message_append(out, FRAME_SUBMIT, request, &submission_shape, &submission);
}
