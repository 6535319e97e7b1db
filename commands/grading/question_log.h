/* Versions of questions, their keys and rubrics, as the log has them. What was read once is kept, since it never
 * changes; what came since is read when it is asked for. One thread at a time. */
#ifndef ORRERY_QUESTION_LOG_H
#define ORRERY_QUESTION_LOG_H

#include "eventstore/log/reader.h"
#include "schema/events.h"

struct question_log;

/* The reader must outlive it. */
struct question_log *question_log_create(struct reader *reader);
void                 question_log_destroy(struct question_log *log); /* NULL is borne */

enum { QUESTION_LOG_LATEST = 0 };

/* Which version, which of its keys (or QUESTION_LOG_LATEST), and as of which position: what came later is not seen. */
struct question_wish {
	struct id question;
	uint32_t  version;
	uint32_t  key;
	uint64_t  until;
};

/* Valid until the log is asked about another question. Without a key or a rubric these are NULL. */
struct question_found {
	const struct question_written *question;
	const struct key_set          *key;
	const struct task_set         *task;   /* what the key of a simulation task says; else NULL */
	const struct rubric_set       *rubric; /* the latest */
};

/* NOT_FOUND: there is no such version. */
enum status question_log_find(struct question_log *log, const struct question_wish *wish,
                              struct question_found *out) MUST_USE;

#endif
