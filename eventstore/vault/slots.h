/* Small secrets in fixed places of one file. Each has exactly one place on disk and is overwritten there, so that it
 * can be destroyed: a page store such as LMDB's would leave copies, and pieces of copies, behind. Who is in which slot
 * is the caller's to remember, and to commit after slots_sync. */
#ifndef ORRERY_SLOTS_H
#define ORRERY_SLOTS_H

#include "eventstore/base/bytes.h"
#include "eventstore/base/status.h"

/* A slot lies within one disk sector, so that a torn write cannot harm its neighbours. */
enum { SLOT_SIZE = 128 };

struct slots;

/* Creates the file, durably, when writing. NOT_FOUND: not there yet, when not writing. */
enum status slots_open(const char *path, bool writing, struct slots **out) MUST_USE;
void        slots_close(struct slots *slots);

/* At most SLOT_SIZE bytes. Not durable before slots_sync. FULL, IO. */
enum status slots_write(struct slots *slots, uint64_t number, struct bytes bytes) MUST_USE;
enum status slots_sync(struct slots *slots) MUST_USE;

/* Overwrites the slot with zeroes, durably. */
enum status slots_erase(struct slots *slots, uint64_t number) MUST_USE;

/* The slot's first `size` bytes; zeroes where nothing was written. Any thread. */
enum status slots_read(struct slots *slots, uint64_t number, void *out, size_t size) MUST_USE;

#endif
