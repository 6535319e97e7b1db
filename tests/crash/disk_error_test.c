/* A disk that fails once, or is full from some moment on: disk_error_test LOAD RECORDER
 *
 * Runs the load again and again; each time another of the calls that write, grow or sync fails, once with EIO or from
 * then on with ENOSPC. The load ends, or does without what failed; either way what it has told of must be there when
 * the disk works again, with everything else that examine.h asks for. */
#include "eventstore/base/require.h"
#include "tests/crash/examine.h"
#include "tests/crash/recording.h"
#include "tests/eventstore/ground.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { COMMITS = 3, EVENTS_MAX = 4 * COMMITS, CALLS_MAX = 2000 };

struct tally {
	unsigned      runs, ended, failures;
	unsigned long call; /* of the first failure */
	char          complaint[EXAMINE_COMPLAINT_MAX];
};

/* True when the load came to its end. */
static bool run_load(char **arguments, unsigned long call, int error, bool on, char folder[PATH_MAX])
{
	char  command[3 * PATH_MAX];
	FILE *said;

	snprintf(command, sizeof(command),
	         "exec env " RECORD_ROOT "=/tmp/orrery-store- " FAIL_AT "=%lu " FAIL_WITH
	         "=%d %s LD_PRELOAD=%s %s %d 1 "
	         "2>/dev/null",
	         call, error, on ? FAIL_ON "=1" : "", arguments[2], arguments[1], COMMITS);
	said = popen(command, "r");
	require(said && fgets(folder, PATH_MAX, said));
	folder[strcspn(folder, "\n")] = '\0';
	return pclose(said) == 0;
}

/* The last position that the load was told of. */
static uint64_t told_in(const char *folder)
{
	char     path[PATH_MAX];
	uint64_t told = 0, position;
	int      fd;

	require((size_t)snprintf(path, sizeof(path), "%s/" RECORD_ACKNOWLEDGED, folder) < sizeof(path));
	fd = open(path, O_RDONLY | O_CLOEXEC);
	while (fd >= 0 && read(fd, &position, sizeof(position)) == sizeof(position))
		told = position;
	if (fd >= 0)
		close(fd);
	return told;
}

static void try_call(char **arguments, unsigned long call, int error, bool on, struct tally *tally)
{
	char               folder[PATH_MAX];
	bool               whole = run_load(arguments, call, error, on, folder);
	struct expectation expected = {.told = told_in(folder), .events = EVENTS_MAX};
	const char        *complaint = examine_apart(folder, &expected);

	ground_remove(folder);
	tally->runs++;
	tally->ended += !whole;
	if (complaint && tally->failures++ == 0) {
		tally->call = call;
		snprintf(tally->complaint, sizeof(tally->complaint), "%s", complaint);
	}
}

/* As the recorder counts them in a run without an error; the index thread makes it a little different each time. */
static unsigned long count_calls(char **arguments)
{
	char          folder[PATH_MAX], counted[] = "/tmp/orrery-calls-XXXXXX";
	unsigned long calls = 0;
	int           fd = mkstemp(counted);
	FILE         *file = fd >= 0 ? fdopen(fd, "r") : NULL;

	require(file != NULL && setenv(COUNT_TO, counted, 1) == 0);
	require(run_load(arguments, 0, 0, false, folder));
	require(fscanf(file, "%lu", &calls) == 1 && calls > 0 && calls < CALLS_MAX);
	fclose(file);
	unlink(counted);
	unsetenv(COUNT_TO);
	ground_remove(folder);
	return calls;
}

static int try_all(int number, const char *claim, char **arguments, unsigned long calls, int error, bool on)
{
	struct tally tally = {0};
	bool         well;

	for (unsigned long call = 1; call <= calls; call++)
		try_call(arguments, call, error, on, &tally);
	well = tally.failures == 0 && tally.ended > 0;
	printf("%sok %d - %s (%u calls, %u of which ended the load)\n", well ? "" : "not ", number, claim, tally.runs,
	       tally.ended);
	if (tally.failures > 0)
		printf("# %u failed; the first at call %lu: %s\n", tally.failures, tally.call, tally.complaint);
	fflush(stdout);
	return well ? 0 : 1;
}

int main(int count, char **arguments)
{
	unsigned long calls;
	int           failed = 0;

	require(count == 3);
	printf("TAP version 13\n1..2\n");
	calls = count_calls(arguments);
	failed += try_all(1, "a disk that fails once, at any call, loses nothing that was answered", arguments, calls,
	                  EIO, false);
	failed += try_all(2, "nor does one that is full from some call on", arguments, calls, ENOSPC, true);
	return failed > 0;
}
