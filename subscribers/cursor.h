/* How far a subscriber has come: a small file, replaced as a whole and synced, so that a crash leaves the old or the
 * new. */
#ifndef ORRERY_CURSOR_H
#define ORRERY_CURSOR_H

#include "eventstore/reader.h"

/* Without a file, where the log's epoch began: 0 for a log that is its first self; what lies before it in a restored
 * one had its effects before it was lost, and must not have them again. CONFLICT: it belongs to another log, or lies
 * beyond the end of an earlier epoch. CORRUPT: it is no cursor. */
enum status cursor_load(const char *path, struct log_identity log, uint64_t *position) MUST_USE;
enum status cursor_store(const char *path, struct log_identity log, uint64_t position) MUST_USE;

/* Writes a whole file so that a crash leaves the old one or the new one: temporary name, sync, rename, sync the folder.
 */
enum status file_replace(const char *path, struct bytes content, int mode) MUST_USE;

#endif
