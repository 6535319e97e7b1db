/* Backups (backup.h), checked and brought back. Nothing is taken on trust: the files are compared with the manifest,
 * each record with its hash, the tree with the manifest and with the signed checkpoint, and only then does the restored
 * folder appear, whole. A restored log begins a new epoch (identity.h): it is another log than the one that was lost.
 */
#ifndef ORRERY_RESTORE_H
#define ORRERY_RESTORE_H

#include "eventstore/backup/backup.h"

enum { RESTORE_FAULT_SIZE = 512 };

/* What the checkpoint in the backup is worth. */
enum restore_trust {
	TRUST_NONE,    /* there is none, or no key to check it with: damage would be seen, a forgery would not */
	TRUST_OWN_KEY, /* signed by a key that the backup names itself: the same */
	TRUST_LOG_KEY, /* signed by the key that was given: it is that log */
};

struct restore_plan {
	const char                 *from;
	const char                 *to;      /* the data folder to be; NULL: the backup is only checked */
	uint64_t                    at;      /* the last position that is restored; UINT64_MAX: all */
	uint64_t                    epoch;   /* the least number of the new epoch; 0: the next one */
	const struct note_verifier *log_key; /* NULL: none was given */
	_Atomic uint64_t           *done;    /* counts events, for a progress bar; NULL is fine */
};

struct restore_outcome {
	struct manifest     manifest;
	enum restore_trust  trust;
	uint64_t            checkpoint_size;
	struct log_identity identity; /* of what was restored */
	uint64_t            head;
	char                fault[RESTORE_FAULT_SIZE]; /* on failure: what is wrong, in a sentence; may be empty */
};

/* NOT_FOUND: there is no backup. CORRUPT: it is damaged. DENIED: the key that was given did not sign it. INVALID: it
 * cannot be restored so. CONFLICT: there is something at `to`. FULL, IO. On failure nothing is at `to` that was not
 * there. */
enum status restore_log(const struct restore_plan *plan, struct restore_outcome *out) MUST_USE;

struct restore_keys_plan {
	const char *from;
	const char *to;     /* the data folder that is to have the vault; it exists, and no writer runs there */
	const char *living; /* a data folder that may know who was erased since; NULL: none */
	bool        force;  /* also when nobody knows that */
};

struct restore_keys_outcome {
	struct manifest manifest;
	uint64_t        persons, forgotten;
	bool            replaced; /* what was there lies in keys.replaced now */
	char            fault[RESTORE_FAULT_SIZE];
};

/* Brings back the vault, and forgets everybody of whom a log or a vault, there or in `living`, says that they were
 * erased: their keys are not written. INVALID: none of these reaches up to today, so that persons who were erased after
 * the backup would come back; only `force` does it then. BUSY: a writer runs there. The others are restore_log's. */
enum status restore_keys(const struct restore_keys_plan *plan, struct restore_keys_outcome *out) MUST_USE;

/* The same checks alone, of either kind of backup. */
enum status restore_check(const struct restore_plan *plan, struct restore_outcome *out) MUST_USE;

#endif
