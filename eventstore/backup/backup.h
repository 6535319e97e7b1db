/* Backups of a data folder on which a writer may be at work. A backup is a folder that appears whole, with everything
 * in it synced:
 *
 *   manifest        what it is, and the hashes of the others (manifest.h)
 *   log/data.mdb    the log as of one position: an LMDB environment that every reader of logs reads
 *   checkpoint      the last signed checkpoint that does not go beyond it, when there was one
 *
 * or, of the vault, which is never together with the log, since a backup of it brings the erased back:
 *
 *   manifest
 *   keys/data.mdb, keys/wrapped    the persons' keys, wrapped under the master key, which is in no backup */
#ifndef ORRERY_BACKUP_H
#define ORRERY_BACKUP_H

#include "eventstore/backup/manifest.h"

#include <stdatomic.h>

#define BACKUP_LOG_FOLDER "log"
#define BACKUP_LOG_FILE "log/data.mdb"
#define BACKUP_CHECKPOINT_FILE "checkpoint"
#define BACKUP_KEYS_FILE "keys/data.mdb"
#define BACKUP_WRAPPED_FILE "keys/wrapped"

struct backup_plan {
	const char       *data;
	const char       *log_keys; /* the folder of all epochs' keys; what cannot be read of it is left out */
	const char       *to;       /* nothing is there, or an empty folder */
	_Atomic uint64_t *done;     /* counts events, for a progress bar; NULL is fine */
};

struct backup_outcome {
	struct manifest manifest;
	uint64_t        checkpoint_size; /* of the checkpoint in it; 0: there is none */
	int64_t         snapshot_us_max; /* how long the longest snapshot of the log was held */
	uint64_t        damaged;         /* with CORRUPT: the position that is; 0: the log contradicts its checkpoint */
	uint64_t        persons, forgotten; /* of the vault */
};

/* NOT_FOUND: there is no log yet. CONFLICT, BUSY: folder_draft.h. CORRUPT: what is damaged is not backed up. FULL, IO:
 * nothing is left of it. */
enum status backup_log(const struct backup_plan *plan, struct backup_outcome *out) MUST_USE;

/* The vault alone. Whoever backs up both takes the log first: then each event in it has its key here. */
enum status backup_keys(const struct backup_plan *plan, struct backup_outcome *out) MUST_USE;

#endif
