/* Signs the log: a thread of the writer's that writes a checkpoint (base/checkpoint.h) of the durable tree into a file,
 * at most once a second and only when the log has grown. A log whose tree contradicts a checkpoint that was signed
 * before is not served: somebody changed the past, or put an old copy in its place. */
#ifndef ORRERY_NOTARY_H
#define ORRERY_NOTARY_H

#include "eventstore/log/reader.h"

enum { NOTARY_EVERY_MS = 1000 };

#define NOTARY_FILE "checkpoint" /* in the data folder */

struct notary;

struct notary_settings {
	const char *data; /* the data folder, for the reader */
	const char *keys; /* the folder of the epoch's keys (log_keys.h); its parent exists */
	struct text name; /* for the first key */
	const char *file; /* where the checkpoint is kept */
};

/* The settings are copied. Makes the first key, checks the last checkpoint, signs what is there and starts. CORRUPT:
 * the log is not the one that was signed. The other statuses are log_keys.h's and reader_open's. What is wrong is
 * logged. */
enum status notary_start(const struct notary_settings *settings, struct notary **out) MUST_USE;

/* Signs what came last. NULL is fine. */
void notary_stop(struct notary *notary);

#endif
