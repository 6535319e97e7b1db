/* How the vault lies in its folder. For keys.c and keys_copy.c alone.
 *
 * person: id 16 -> slot number 8 of the wrapped key, or nothing once forgotten.
 * meta: "root" -> wrapped root of the store's secrets; "slots" -> how many slots are taken, 8.
 * The wrapped keys of persons lie in the file "wrapped", one a slot. What wraps a key binds it to its person, not to
 * its slot. */
#ifndef ORRERY_KEYS_PARTS_H
#define ORRERY_KEYS_PARTS_H

#include "eventstore/base/seal.h"
#include "eventstore/kv.h"
#include "eventstore/slots.h"

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

#endif
