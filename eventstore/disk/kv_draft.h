/* An LMDB environment appears whole or not at all: LMDB writes the first pages of a new file without a sync, and half
 * of them, after a power cut, are no file that it opens again. So it is made in a folder inside its own, "new", and its
 * file then takes its place. For kv.c. */
#ifndef ORRERY_KV_DRAFT_H
#define ORRERY_KV_DRAFT_H

#include "eventstore/base/status.h"

#include <stdbool.h>

enum { KV_DRAFT_PATH_SIZE = 4096 };

#define KV_DATA_FILE "data.mdb"
#define KV_LOCK_FILE "lock.mdb"

/* Was the environment made? Other failures to look are told by whoever opens it. */
bool kv_draft_needed(const char *directory);

/* Removes what an earlier attempt left, and names the folder to make the environment in, which then exists. */
enum status kv_draft_begin(const char *directory, char draft[KV_DRAFT_PATH_SIZE]) MUST_USE;

/* Syncs what was made there and closed again, and puts it in its place, durably. */
enum status kv_draft_end(const char *directory, const char *draft) MUST_USE;

#endif
