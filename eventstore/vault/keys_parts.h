/* How the vault lies in its folder. For keys.c, keys_copy.c and keys_box.c alone.
 *
 * person: id 16 -> slot number 8 of the wrapped key, or nothing once forgotten.
 * meta: "root" -> wrapped root of the store's secrets; "slots" -> how many slots are taken, 8.
 * The wrapped keys of persons lie in the file "wrapped", one a slot. What wraps a key binds it to its person, not to
 * its slot. */
#ifndef ORRERY_KEYS_PARTS_H
#define ORRERY_KEYS_PARTS_H

#include "eventstore/base/id.h"
#include "eventstore/base/seal.h"
#include "eventstore/disk/kv.h"
#include "eventstore/vault/slots.h"

enum { TABLE_PERSON, TABLE_META, TABLE_COUNT };

enum { WRAPPED_SIZE = SEAL_KEY_SIZE + SEAL_OVERHEAD, ENTRY_SIZE = 128 };
_Static_assert((int)WRAPPED_SIZE <= (int)SLOT_SIZE, "a wrapped key fits into a slot");

#define META_ROOT BYTES("root", 4)
#define META_SLOTS BYTES("slots", 5)

#define KEYS_WRAPPED_FILE "wrapped"

static inline void keys_name_tables(struct kv_table tables[TABLE_COUNT])
{
	tables[TABLE_PERSON].name = "person";
	tables[TABLE_META].name = "meta";
}

/* A vault without its master key, for those that move wrapped keys and do not open them. In its owner's memory. */
struct vault {
	struct kv      *kv;
	struct kv_table tables[TABLE_COUNT];
	struct slots   *slots;
};

/* Close it in either case. */
enum status vault_open(const char *directory, enum kv_mode mode, struct vault *vault) MUST_USE;
void        vault_close(struct vault *vault);

/* NOT_FOUND: never had a key. FORGOTTEN: erased. */
enum status vault_find_slot(struct vault *vault, struct kv_txn *txn, struct id person, uint64_t *slot) MUST_USE;

/* FORGOTTEN: it is erased. */
enum status vault_read_slot(struct vault *vault, uint64_t slot, uint8_t wrapped[WRAPPED_SIZE]) MUST_USE;

/* How many slots are taken. */
enum status vault_taken_slots(struct vault *vault, struct kv_txn *txn, uint64_t *count) MUST_USE;

/* Durably; the slot was erased. */
enum status vault_put_tombstone(struct vault *vault, struct id person) MUST_USE;

#endif
