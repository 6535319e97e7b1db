#include "tools/progress.h"

#include "eventstore/base/clock.h"
#include "eventstore/base/require.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { EVERY_MS = 200 };

struct progress {
	const char             *what, *unit;
	const _Atomic uint64_t *done;
	uint64_t                total;
	int64_t                 began_us;
	pthread_t               thread;
	bool                    terminal;
	atomic_bool             stopping;
};

const char *progress_number(uint64_t value, char out[PROGRESS_NUMBER_SIZE])
{
	char   digits[21];
	int    count = snprintf(digits, sizeof(digits), "%" PRIu64, value);
	size_t used = 0;

	for (int i = 0; i < count; i++) {
		if (i > 0 && (count - i) % 3 == 0)
			out[used++] = ',';
		out[used++] = digits[i];
	}
	out[used] = '\0';
	return out;
}

static void print_line(const struct progress *progress)
{
	char     done_text[PROGRESS_NUMBER_SIZE], total_text[PROGRESS_NUMBER_SIZE], rate_text[PROGRESS_NUMBER_SIZE];
	uint64_t done = *progress->done, left = progress->total > done ? progress->total - done : 0;
	double   seconds = (double)(clock_monotonic_us() - progress->began_us) / 1e6;
	double   rate = seconds > 0 ? (double)done / seconds : 0;

	fprintf(stderr, "%s%s %s of %s %s", progress->terminal ? "\r" : "", progress->what,
	        progress_number(done, done_text), progress_number(progress->total, total_text), progress->unit);
	fprintf(stderr, ", %s a second", progress_number((uint64_t)rate, rate_text));
	if (rate > 0)
		fprintf(stderr, ", %.0f s left", (double)left / rate);
	fputs(progress->terminal ? "\033[K" : "\n", stderr);
	fflush(stderr);
}

static void *run(void *owner)
{
	struct progress      *progress = owner;
	const struct timespec pause = {.tv_nsec = EVERY_MS * 1000000L};

	for (unsigned turn = 1; !progress->stopping; turn++) {
		nanosleep(&pause, NULL);
		if (progress->terminal || turn % (PROGRESS_LINE_S * 1000 / EVERY_MS) == 0)
			print_line(progress);
	}
	return NULL;
}

struct progress *progress_start(const char *what, const char *unit, const _Atomic uint64_t *done, uint64_t total)
{
	struct progress *progress = calloc(1, sizeof(*progress));

	require(progress != NULL);
	progress->what = what;
	progress->unit = unit;
	progress->done = done;
	progress->total = total;
	progress->terminal = isatty(STDERR_FILENO);
	progress->began_us = clock_monotonic_us();
	require(pthread_create(&progress->thread, NULL, run, progress) == 0);
	return progress;
}

void progress_stop(struct progress *progress)
{
	if (!progress)
		return;
	progress->stopping = true;
	pthread_join(progress->thread, NULL);
	if (progress->terminal)
		fputs("\r\033[K", stderr);
	free(progress);
}
