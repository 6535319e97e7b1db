/* The runs that are kept on disk: one file each in the folder `simulations`, named by the run's hash in hex. It holds
 * the canonical scene, what was said when the run was accepted and what came of it, and the blocks of its frames:
 *
 *   "ORRYRUN1" | u32 milliseconds of CPU | u32 size of the head | the head | SHA-256 over all that stands before it
 *   | the blocks, packed
 *   head:  u32 size, scene | u32 size, run_accepted | u32 size, run_done | u32 blocks
 *          | for each block: u32 first, u32 count, u32 raw size, u32 packed size, u32 CRC-32, u64 offset
 *
 * All is little endian. A file appears whole or not at all, and one that is torn or damaged is as if it were not there.
 *
 * When there is no more room, frames go before results, and those of runs that are quickly computed again before
 * others; among these what was used longest ago. A run without its frames can be computed again from its scene. */
#ifndef ORRERY_SIMULATOR_SHELF_H
#define ORRERY_SIMULATOR_SHELF_H

#include "physics/service/track.h"

#define SHELF_FOLDER "simulations"

enum {
	SHELF_HEAD_BYTES_MAX = 2 << 20,
	SHELF_QUICK_CPU_MS = 200, /* less than that costs less to compute than to keep */
	SHELF_FILES_MAX = 1 << 20,
};

struct shelf;

/* A run as it lies there. */
struct shelf_run {
	struct hash   hash;
	struct buffer head; /* what the three are views of */
	struct bytes  scene, accepted, done;
	struct track  track; /* its blocks are on disk */
	uint32_t      cpu_ms;
};

/* `folder` is made if need be, and copied. */
enum status shelf_open(const char *folder, uint64_t bytes_max, struct shelf **out) MUST_USE;
void        shelf_close(struct shelf *shelf); /* NULL is borne */

bool shelf_has(const struct shelf *shelf, const struct hash *hash);

/* The run's head. NOT_FOUND also for what is damaged, which is removed. Finish it. */
enum status shelf_load(struct shelf *shelf, const struct hash *hash, struct shelf_run *out) MUST_USE;
void        shelf_run_finish(struct shelf_run *run);

/* Appends a block's packed bytes. */
enum status shelf_block(struct shelf *shelf, const struct hash *hash, const struct track_block *block,
                        struct buffer *packed) MUST_USE;

/* What the file of a run is; `frames` tells whether its blocks, which are in memory, are part of it. */
void shelf_compose(const struct shelf_run *run, bool frames, struct buffer *out);

/* Writes such bytes, from any thread. What is quickly computed again is not waited for until it is on disk: a power cut
 * may take it, or tear it, and a torn file is as if it were not there. */
enum status shelf_write(const char *folder, const struct hash *hash, struct bytes file, uint32_t cpu_ms) MUST_USE;

/* A file was written; makes room for it. */
void shelf_note(struct shelf *shelf, const struct hash *hash, uint64_t bytes, uint32_t cpu_ms);

/* The file is no good. */
void shelf_drop(struct shelf *shelf, const struct hash *hash);

uint64_t shelf_used(const struct shelf *shelf);
uint64_t shelf_bytes_max(const struct shelf *shelf);
uint32_t shelf_count(const struct shelf *shelf);

/* Lower-case hex and a NUL. */
enum { HASH_HEX_SIZE = 65 };
void hash_hex(const struct hash *hash, char out[HASH_HEX_SIZE]);
bool hash_from_hex(const char *hex, struct hash *out);

#endif
