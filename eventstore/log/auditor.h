/* Verifies the log while it is served: a thread of the writer's, at the lowest priority, that reads what has not been
 * verified yet, soon after the start and then every ten minutes. How far it has come outlives the process, so that
 * starting takes as long for a long log as for a short one. */
#ifndef ORRERY_AUDITOR_H
#define ORRERY_AUDITOR_H

#include "eventstore/log/verify.h"

enum { AUDITOR_EVERY_MS = 10 * 60 * 1000 };

struct auditor;

/* `data` is copied. What it finds is logged. */
struct auditor *auditor_start(const char *data);
void            auditor_stop(struct auditor *auditor);

struct auditor_progress {
	uint64_t verified; /* events from the first on that were found intact, or are being read */
	uint64_t findings; /* since the start */
};

/* From any thread. Zeroes for NULL. */
struct auditor_progress auditor_progress(const struct auditor *auditor);

/* ---- what was verified, for others who verify: a file in the data folder ---- */

/* How many events were found intact, of a tree whose root is still the same; else 0. A memory aid and no proof: whoever
 * can write the file can write the log. */
uint64_t    auditor_remembered(const char *data, struct reader *reader);
enum status auditor_remember(const char *data, const struct verify_result *result) MUST_USE;

#endif
