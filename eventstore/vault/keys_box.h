/* A vault as a box of wrapped keys, which are moved without being opened: so no master key is needed. A feed reads its
 * host's vault so, and a follower that is to take over keeps a vault so. For one thread. */
#ifndef ORRERY_KEYS_BOX_H
#define ORRERY_KEYS_BOX_H

#include "eventstore/base/id.h"
#include "eventstore/disk/kv.h"

enum { KEYS_WRAPPED_SIZE = 72 };

struct wrapped_key {
	uint8_t bytes[KEYS_WRAPPED_SIZE];
};

struct keys_box;

/* `directory` is the vault's folder. KV_WRITE makes it, and is for whoever has the writer's lock. NOT_FOUND: there is
 * none to read. */
enum status keys_box_open(const char *directory, enum kv_mode mode, struct keys_box **out) MUST_USE;
void        keys_box_close(struct keys_box *box);

/* The person's key; of ID_NONE: the root of the store's secrets. NOT_FOUND: never had one. FORGOTTEN: erased. */
enum status keys_box_read(struct keys_box *box, struct id person, struct wrapped_key *out) MUST_USE;

/* The next person behind this one, in the order of ids; forgotten ones too. NOT_FOUND: it was the last. */
enum status keys_box_next(struct keys_box *box, struct id *person) MUST_USE;

/* ---- a vault that is copied key by key: KV_WRITE ---- */

/* Kept in memory until keys_box_commit. Who has a key, or is forgotten, stays as they are. CONFLICT: it is the root,
 * and not this vault's. */
enum status keys_box_put(struct keys_box *box, struct id person, const struct wrapped_key *key) MUST_USE;

/* Bytes that were put and are not on disk yet. */
size_t keys_box_waiting(const struct keys_box *box);

/* Must return before any event sealed under the keys is committed. IO is fatal to the caller. */
enum status keys_box_commit(struct keys_box *box) MUST_USE;

/* As keys_forget (keys.h). Nothing is waiting. */
enum status keys_box_forget(struct keys_box *box, struct id person) MUST_USE;

/* Whether all keys of the other vault are here, as far as the events that were copied need them. A vault that is not
 * copied from another one says BOX_OWN. */
enum keys_box_state { BOX_OWN, BOX_PARTIAL, BOX_COMPLETE };

/* As it was set last, also before the commit. */
enum status keys_box_state(struct keys_box *box, enum keys_box_state *out) MUST_USE;

/* With the next commit, durably. */
void keys_box_set_state(struct keys_box *box, enum keys_box_state state);

#endif
