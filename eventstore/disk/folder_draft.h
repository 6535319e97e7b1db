/* A folder that appears whole or not at all: it is made beside its place, as PLACE.part, synced and renamed. What a
 * crash left of an earlier attempt is removed by the next. */
#ifndef ORRERY_FOLDER_DRAFT_H
#define ORRERY_FOLDER_DRAFT_H

#include "eventstore/base/status.h"

enum { FOLDER_DRAFT_PATH_SIZE = 4096 };

struct folder_draft {
	char place[FOLDER_DRAFT_PATH_SIZE];
	char path[FOLDER_DRAFT_PATH_SIZE]; /* where it is made; exists, and is empty at first */
	int  lock;
};

/* CONFLICT: there is something at its place already; an empty folder may be there. BUSY: another process is making it.
 */
enum status folder_draft_begin(const char *place, struct folder_draft *out) MUST_USE;

/* Puts it in its place, durably. Ends the draft; on failure nothing is left of it. */
enum status folder_draft_end(struct folder_draft *draft) MUST_USE;

/* Removes it. */
void folder_draft_drop(struct folder_draft *draft);

#endif
