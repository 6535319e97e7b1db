#include "tools/scan.h"

#include "eventstore/base/require.h"
#include "tools/progress.h"

#include <pthread.h>
#include <unistd.h>

/* Records in a row that one thread takes at a time, and in one read transaction. */
enum { CHUNK_SIZE = 1 << 16, READ_AT_ONCE = 4096 };

struct scanning {
	const struct scan *scan;
	_Atomic uint64_t   next_chunk;
	_Atomic uint64_t   done;
	_Atomic int        status;
};

struct worker {
	struct scanning *scanning;
	unsigned         number;
	uint64_t         next; /* position */
	pthread_t        thread;
};

unsigned scan_threads(void)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);

	return cores < 1 ? 1 : cores > SCAN_THREADS_MAX ? SCAN_THREADS_MAX : (unsigned)cores;
}

static bool take(void *owner, const struct record *record)
{
	struct worker *worker = owner;

	worker->scanning->scan->visit(worker->scanning->scan->owner, worker->number, record);
	worker->next = record->position + 1;
	return true;
}

static enum status read_chunk(struct worker *worker, struct reader *reader, uint64_t last)
{
	enum status status = STATUS_OK;

	while (status == STATUS_OK && worker->next <= last) {
		uint64_t before = worker->next, left = last - before + 1;

		status = reader_each(reader, before, left < READ_AT_ONCE ? (uint32_t)left : READ_AT_ONCE, take, worker);
		if (status == STATUS_CORRUPT || (status == STATUS_OK && worker->next == before)) {
			worker->scanning->scan->damaged(worker->scanning->scan->owner, worker->number, worker->next++);
			status = STATUS_OK;
		}
		worker->scanning->done += worker->next - before;
	}
	return status;
}

static void *run(void *owner)
{
	struct worker   *worker = owner;
	struct scanning *scanning = worker->scanning;
	uint64_t         head = scanning->scan->head;
	struct reader   *reader = NULL;
	enum status      status = reader_open(scanning->scan->data, &reader);

	while (status == STATUS_OK && scanning->status == STATUS_OK) {
		uint64_t first = scanning->next_chunk++ * CHUNK_SIZE + 1;

		if (first > head)
			break;
		worker->next = first;
		status = read_chunk(worker, reader, head - first < CHUNK_SIZE ? head : first + CHUNK_SIZE - 1);
	}
	if (status != STATUS_OK)
		scanning->status = status;
	reader_close(reader);
	return NULL;
}

enum status scan_log(const struct scan *scan)
{
	struct scanning  scanning = {.scan = scan, .status = STATUS_OK};
	struct progress *progress = progress_start(scan->what, "events", &scanning.done, scan->head);
	struct worker    workers[SCAN_THREADS_MAX];
	unsigned         count = scan_threads();

	for (unsigned i = 0; i < count; i++) {
		workers[i] = (struct worker){.scanning = &scanning, .number = i};
		require(pthread_create(&workers[i].thread, NULL, run, &workers[i]) == 0);
	}
	for (unsigned i = 0; i < count; i++)
		pthread_join(workers[i].thread, NULL);
	progress_stop(progress);
	return (enum status)scanning.status;
}
