/* Reads the whole log on all cores, for questions that no index answers. */
#ifndef ORRERY_SCAN_H
#define ORRERY_SCAN_H

#include "eventstore/log/reader.h"

enum { SCAN_THREADS_MAX = 64 };

struct scan {
	const char *data; /* the data folder */
	uint64_t    head; /* up to here */
	const char *what; /* for the line on a terminal: "Searched" */
	void       *owner;

	/* On each of the threads, for its own part of the records, in order; no two threads have the same number. */
	void (*visit)(void *owner, unsigned thread, const struct record *record);
	/* There is no readable record. */
	void (*damaged)(void *owner, unsigned thread, uint64_t position);
};

/* As many as the machine has cores. */
unsigned scan_threads(void);

enum status scan_log(const struct scan *scan) MUST_USE;

#endif
