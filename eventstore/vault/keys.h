/* The vault: one key per person, each wrapped under the master key, in a folder of its own: the wrapped keys in fixed
 * places of one file (slots.h), and an LMDB environment that tells whose is where.
 * Destroying a person's key is what erases the person. Also derives the store's secrets (claim hashes, tokens). */
#ifndef ORRERY_KEYS_H
#define ORRERY_KEYS_H

#include "eventstore/base/hash.h"
#include "eventstore/base/id.h"
#include "eventstore/base/seal.h"
#include "eventstore/base/status.h"
#include "eventstore/codec/personal.h"

/* Its folder below the data folder. */
#define KEYS_FOLDER "keys"

struct keys;

enum keys_mode { KEYS_READ, KEYS_WRITE };

/* `directory` holds the environment; the master key comes from the variable ORRERY_MASTER_KEY (64 hex digits) or from
 * `master_path` (32 bytes, mode 0600; KEYS_WRITE makes it when neither vault nor file exist).
 * DENIED: the master key's file may be read by others, or is not this vault's key. NOT_FOUND: no vault yet (KEYS_READ).
 */
enum status keys_open(const char *directory, const char *master_path, enum keys_mode mode, struct keys **out) MUST_USE;
void        keys_close(struct keys *keys);

/* A secret of this store for one purpose ("claim", "refresh_token", …): keyed hash of the label under the store's root.
 */
struct hash keys_secret(const struct keys *keys, struct text label);

/* The keyed hash under which a claim on `value` is kept: ASCII letters are folded to lower case first, `claim` is the
 * claim's name. */
struct hash keys_claim_hash(const struct keys *keys, struct text claim, struct text value);

/* Opens what was sealed; safe from any thread. The opener is valid as long as the keys. */
const struct opener *keys_opener(struct keys *keys);

/* OK: the person has a key that opens. FORGOTTEN: erased. NOT_FOUND: never had one. CORRUPT: what lies there is none of
 * this vault's. From any thread. */
enum status keys_state(struct keys *keys, struct id person) MUST_USE;

/* Opens the texts of one document with one look-up for each person in a row. Whoever is erased meanwhile is forgotten
 * with the next hold, so that one must not outlive the turn that made it. In its caller's memory, for one thread; must
 * not be moved. key_hold_finish wipes the key. */
struct key_hold {
	struct opener   opener;
	struct keys    *keys;
	struct id       person; /* whose key it is; ID_NONE: nobody's */
	struct seal_key key;
};

void key_hold_init(struct key_hold *hold, struct keys *keys);
void key_hold_finish(struct key_hold *hold);

/* KEYS_WRITE only, one thread at a time ------------------------------------------------------------------------- */

/* Seals under the person's key, making it when there is none yet. A new key is kept in memory until keys_commit. */
const struct sealer *keys_sealer(struct keys *keys);

/* Seals under a key that is there already. FORGOTTEN: the person has none, or none any more. Safe from any thread. */
const struct sealer *keys_present_sealer(struct keys *keys);

/* Makes new keys durable. Must return before any event sealed under them is committed. IO is fatal to the caller. */
enum status keys_commit(struct keys *keys) MUST_USE;

/* Destroys the person's key at once: no byte of it, wrapped or not, is left in any file of the vault. Idempotent; to be
 * called again after a crash, until it has returned OK. Nobody gives the person a new key afterwards. */
enum status keys_forget(struct keys *keys, struct id person) MUST_USE;

/* As kv_clear_dead_readers; any thread. */
void keys_clear_dead_readers(struct keys *keys);

#endif
