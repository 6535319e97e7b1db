/* Looks whether every key of the vault opens. */
#ifndef ORRERY_KEYS_CHECK_H
#define ORRERY_KEYS_CHECK_H

#include "eventstore/vault/keys.h"

struct keys_checked {
	uint64_t open, forgotten; /* persons */
	uint64_t damaged;         /* of whom what lies there is no key of this vault */
	bool     slots_damaged;   /* the next new key would be written over another one */
};

/* Called for each person whose key is damaged. */
typedef void (*keys_damaged)(void *owner, struct id person);

/* `directory` is the vault's, which is open as `keys`. Statuses are the reader's. */
enum status keys_check(struct keys *keys, const char *directory, keys_damaged visit, void *owner,
                       struct keys_checked *out) MUST_USE;

#endif
