/* What the shelf (shelf.c) and the layout of its files (shelf_file.c) share. For nobody else. */
#ifndef ORRERY_SIMULATOR_SHELF_PARTS_H
#define ORRERY_SIMULATOR_SHELF_PARTS_H

#include "physics/service/shelf.h"

enum { SHELF_START_SIZE = 16, SHELF_SUM_SIZE = 32 };

/* How a file begins. */
struct shelf_start {
	uint32_t cpu_ms, head_size;
};

enum status shelf_start_read(struct bytes start, struct shelf_start *out) MUST_USE;

/* Fills in all but the hash, from run->head, which holds the file up to the end of the check sum. */
enum status shelf_head_read(struct shelf_run *run) MUST_USE;

/* Puts the bytes in the place of what was there, without waiting for the disk. */
enum status shelf_replace(const char *path, struct bytes bytes) MUST_USE;

#endif
