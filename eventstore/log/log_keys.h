/* The keys that sign the log's checkpoints: a folder, mode 0700, with one file a key, ID.key, mode 0600, that holds
 * "PRIVATE+KEY+NAME+ID+BASE64" (base/note.h) and a line feed. All of them bear the log's name and all of them sign, so
 * that those who know an old key alone can follow while a new one spreads. A restored log is another log to those who
 * check it, so each epoch has a folder of its own. */
#ifndef ORRERY_LOG_KEYS_H
#define ORRERY_LOG_KEYS_H

#include "eventstore/base/arena.h"
#include "eventstore/base/note.h"

enum { LOG_KEYS_MAX = 8 };

/* Secret: wiped with secret_wipe. */
struct log_keys {
	uint32_t           count;
	struct note_signer signers[LOG_KEYS_MAX];
};

/* The folder of an epoch's keys inside that of all of them: terminated, lives in the arena. */
const char *log_keys_folder(const char *all, uint64_t epoch, struct arena *arena);

/* The least epoch behind all that have keys: keys that have signed one log must not sign another. */
uint64_t log_keys_next_epoch(const char *all);

/* NOT_FOUND: no folder, or no key in it. DENIED: others may read a key. CORRUPT: a file holds no key, or keys bear
 * several names. FULL: more than LOG_KEYS_MAX. What is wrong is logged. */
enum status log_keys_read(const char *directory, struct log_keys *out) MUST_USE;

/* Makes a key, and the folder if it is missing. The name of the keys that are there counts, else `name`. The statuses
 * are log_keys_read's; INVALID: the name cannot be one (note_name_valid). */
enum status log_keys_add(const char *directory, struct text name, struct note_verifier *out) MUST_USE;

/* Deletes a key's file. NOT_FOUND: no such key. CONFLICT: it is the last one. */
enum status log_keys_remove(const char *directory, uint32_t id) MUST_USE;

#endif
