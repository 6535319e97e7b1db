#include "tests/sim/fleet.h"

#include "eventstore/base/diag.h"
#include "eventstore/base/require.h"
#include "tests/eventstore/ground.h"
#include "tests/sim/course.h"

#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { FOLDER_SIZE = 64, NAME_SIZE = 32, PATIENCE_S = 60 };

/* A course under way. */
struct slot {
	pid_t         pid; /* 0: free */
	uint64_t      seed;
	uint32_t      times; /* that the seed was run before */
	uint64_t      digest;
	struct tally *tally; /* shared with the course */
	char          folder[FOLDER_SIZE + NAME_SIZE], said[FOLDER_SIZE + NAME_SIZE];
};

struct fleet {
	const struct fleet_settings *settings;
	struct fleet_result         *result;
	uint64_t                     next; /* seed */
	char                         folder[FOLDER_SIZE];
	struct slot                  slots[FLEET_JOBS_MAX];
};

/* ---------------------------------------------------------------- one course */

/* In the child. What the product says goes to a file, of which only a failing seed's last line is shown. */
static void begin_course(const struct fleet *fleet, struct slot *slot)
{
	struct course course = {.seed = slot->seed,
	                        .steps = fleet->settings->steps,
	                        .folder = slot->folder,
	                        .tally = slot->tally,
	                        .loud = fleet->settings->loud};
	int           said = open(slot->said, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	require(said >= 0 && (course.loud || dup2(said, STDERR_FILENO) >= 0));
	diag_set_level(course.loud ? DIAG_INFO : DIAG_ERROR);
	alarm(PATIENCE_S);
	weather_mutate(fleet->settings->mutant);
	course_run(&course);
}

static void launch(struct fleet *fleet, struct slot *slot)
{
	memset(slot->tally, 0, sizeof(*slot->tally));
	ground_remove(slot->folder);
	require(mkdir(slot->folder, 0700) == 0);
	fflush(stdout);
	slot->pid = fork();
	require(slot->pid >= 0);
	if (slot->pid == 0)
		begin_course(fleet, slot);
}

static void read_last_line(const char *path, char line[FLEET_SAID_MAX])
{
	FILE *file = fopen(path, "r");

	line[0] = '\0';
	while (file && fgets(line, FLEET_SAID_MAX, file))
		line[strcspn(line, "\n")] = '\0';
	if (file)
		fclose(file);
}

static void complain(struct fleet *fleet, const struct slot *slot, int status)
{
	struct fleet_result *result = fleet->result;
	char                 complaint[sizeof(result->first_complaint)], said[FLEET_SAID_MAX];

	read_last_line(slot->said, said);
	if (slot->tally->complaint[0])
		snprintf(complaint, sizeof(complaint), "%s", slot->tally->complaint);
	else if (WIFSIGNALED(status))
		snprintf(complaint, sizeof(complaint), "signal %d at step %" PRIu64 ": %s", WTERMSIG(status),
		         slot->tally->steps, said);
	else
		snprintf(complaint, sizeof(complaint), "code %d at step %" PRIu64 ": %s", WEXITSTATUS(status),
		         slot->tally->steps, said);
	if (!fleet->settings->quiet && result->failed < FLEET_REPORTS_MAX)
		printf("# seed %" PRIu64 ": %s\n", slot->seed, complaint);
	if (result->failed++ > 0)
		return;
	result->first_failed = slot->seed;
	memcpy(result->first_complaint, complaint, sizeof(complaint));
}

static void add_up(struct tally *sum, const struct tally *tally)
{
	sum->steps += tally->steps;
	sum->events += tally->events;
	sum->acknowledged += tally->acknowledged;
	for (size_t i = 0; i < array_count(sum->reached); i++)
		sum->reached[i] += tally->reached[i];
	for (size_t i = 0; i < array_count(sum->refused); i++)
		sum->refused[i] += tally->refused[i];
	for (size_t i = 0; i < array_count(sum->failed); i++)
		sum->failed[i] += tally->failed[i];
}

/* True when the seed is to be run once more. */
static bool take_result(struct fleet *fleet, struct slot *slot, int status)
{
	struct tally *tally = slot->tally;
	bool          again = slot->times > 0;

	if (again && status == 0 && slot->digest != tally->digest) {
		snprintf(tally->complaint, sizeof(tally->complaint), "it took another course the second time");
		status = -1;
	}
	if (status != 0)
		complain(fleet, slot, status);
	if (fleet->settings->twice && !again && status == 0) {
		slot->digest = tally->digest;
		slot->times = 1;
		return true;
	}
	fleet->result->run++;
	add_up(&fleet->result->sum, tally);
	return false;
}

/* ---------------------------------------------------------------- all of them */

static bool is_over(const struct fleet *fleet)
{
	const struct fleet_settings *settings = fleet->settings;

	return fleet->next == settings->from + settings->seeds
	       || (settings->stop_at_first && fleet->result->failed > 0);
}

/* False when no course is under way. */
static bool await_one(struct fleet *fleet)
{
	int   status;
	pid_t pid = waitpid(-1, &status, 0);

	if (pid < 0)
		return false;
	for (uint32_t i = 0; i < fleet->settings->jobs; i++) {
		struct slot *slot = &fleet->slots[i];

		if (slot->pid != pid)
			continue;
		slot->pid = 0;
		if (take_result(fleet, slot, status))
			launch(fleet, slot);
	}
	return true;
}

static void fill_slots(struct fleet *fleet)
{
	for (uint32_t i = 0; i < fleet->settings->jobs && !is_over(fleet); i++) {
		struct slot *slot = &fleet->slots[i];

		if (slot->pid != 0)
			continue;
		slot->seed = fleet->next++;
		slot->times = 0;
		launch(fleet, slot);
	}
}

/* In memory where there is a file system for it: what a disk does to the store is tests/crash's to find out. */
static void make_folder(struct fleet *fleet)
{
	strcpy(fleet->folder, "/dev/shm/orrery-sim-XXXXXX");
	if (mkdtemp(fleet->folder))
		return;
	strcpy(fleet->folder, "/tmp/orrery-sim-XXXXXX");
	require(mkdtemp(fleet->folder) != NULL);
}

static void prepare_slots(struct fleet *fleet, struct tally *tallies)
{
	for (uint32_t i = 0; i < fleet->settings->jobs; i++) {
		struct slot *slot = &fleet->slots[i];

		slot->tally = &tallies[i];
		snprintf(slot->folder, sizeof(slot->folder), "%s/%u", fleet->folder, i);
		snprintf(slot->said, sizeof(slot->said), "%s/%u.said", fleet->folder, i);
	}
}

static double seconds_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

void fleet_run(const struct fleet_settings *settings, struct fleet_result *result)
{
	struct fleet  fleet = {.settings = settings, .result = result, .next = settings->from};
	size_t        size = settings->jobs * sizeof(struct tally);
	struct tally *tallies = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	double        began = seconds_now();

	require(settings->jobs > 0 && settings->jobs <= FLEET_JOBS_MAX && tallies != MAP_FAILED);
	*result = (struct fleet_result){0};
	make_folder(&fleet);
	prepare_slots(&fleet, tallies);
	do
		fill_slots(&fleet);
	while (await_one(&fleet));
	ground_remove(fleet.folder);
	munmap(tallies, size);
	result->seconds = seconds_now() - began;
}
