/* Projects as the log has them: up to what is durable, whatever read models show by now. On a worker thread. */
#ifndef ORRERY_PROJECT_LOG_H
#define ORRERY_PROJECT_LOG_H

#include "eventstore/log/reader.h"
#include "schema/events.h"

/* How a person stands to a project. */
struct project_standing {
	bool              exists;
	enum project_role role;     /* 0: does not take part */
	uint32_t          revision; /* the latest */
	struct id         creator;
	struct id         course; /* whose people are shown it; absent: none's */
	bool              open;   /* to everybody */
};

enum status project_log_standing(struct reader *reader, struct id project, struct id person,
                                 struct project_standing *out) MUST_USE;

/* A revision, opened; texts of the erased are empty. In the arena. NOT_FOUND: there is none. */
enum status project_log_revision(struct reader *reader, const struct opener *opener, struct id content,
                                 struct arena *arena, const struct project_revised **out) MUST_USE;

#endif
