/* What a backup says of itself: a small text beside its files, with their hashes and its own.
 *
 *   orrery backup 1
 *   kind log                   or keys
 *   store 0190…                whose it is
 *   epoch 1                    the log's when it was made
 *   head 1042                  its last position; of the keys: the erasures up to there were carried out in them
 *   root BASE64                of the Merkle tree over them; kind log only, as are the keys
 *   time 2026-01-02T03:04:05.678901Z
 *   build 0.1.0
 *   key NAME+ID+BASE64         public keys that signed this log, none or several
 *   file SIZE SHA256 NAME      one or several; SHA256 in Base64
 *   sum SHA256                 of all lines before it */
#ifndef ORRERY_MANIFEST_H
#define ORRERY_MANIFEST_H

#include "eventstore/base/hash.h"
#include "eventstore/log/identity.h"
#include "eventstore/log/log_keys.h"

#define MANIFEST_FILE "manifest"

enum { MANIFEST_FILES_MAX = 4, MANIFEST_NAME_SIZE_MAX = 64, MANIFEST_BUILD_SIZE_MAX = 64, MANIFEST_SIZE_MAX = 1 << 14 };

enum manifest_kind { MANIFEST_LOG, MANIFEST_KEYS };

struct manifest_file {
	char        name[MANIFEST_NAME_SIZE_MAX]; /* below the backup's folder */
	uint64_t    size;
	struct hash sha256;
};

struct manifest {
	enum manifest_kind   kind;
	struct id            store;
	uint64_t             epoch, head;
	struct hash          root;
	int64_t              time_us;
	char                 build[MANIFEST_BUILD_SIZE_MAX];
	uint32_t             key_count;
	struct note_verifier keys[LOG_KEYS_MAX];
	uint32_t             file_count;
	struct manifest_file files[MANIFEST_FILES_MAX];
};

/* Reads the file NAME of the folder, syncs it, and adds it. The statuses are whole_file_read's. */
enum status manifest_add_file(struct manifest *manifest, const char *folder, const char *name) MUST_USE;

/* Writes it into the folder, durably. */
enum status manifest_write(const struct manifest *manifest, const char *folder) MUST_USE;

/* NOT_FOUND: there is none, so that it is no backup. CORRUPT: it is damaged, or by another version. */
enum status manifest_read(const char *folder, struct manifest *out) MUST_USE;

/* Compares every file with what it was. CORRUPT, or NOT_FOUND, and *which is the file that is not as it was. */
enum status manifest_check_files(const struct manifest *manifest, const char *folder,
                                 const struct manifest_file **which) MUST_USE;

bool manifest_names(const struct manifest *manifest, const char *name);

#endif
