/* Who may follow: the folder of a feed, mode 0700, with its own key in "feed.key" (identity_key.h) and, in "followers",
 * a line NAME KEY, or NAME KEY keys, for each follower. Whoever is in it gets the log's records as they are, with the
 * names of persons sealed; who has the third word, also the wrapped keys to these. */
#ifndef ORRERY_FEED_ROSTER_H
#define ORRERY_FEED_ROSTER_H

#include "eventstore/feed/identity_key.h"

enum { ROSTER_MAX = 64, ROSTER_NAME_SIZE_MAX = 63 };

struct roster_entry {
	char                name[ROSTER_NAME_SIZE_MAX + 1]; /* letters, digits, dots, hyphens and underscores */
	struct noise_public key;
	bool                keys;
};

struct roster {
	uint32_t            count;
	struct roster_entry entries[ROSTER_MAX];
};

/* The feed's own key; makes it, and the folder. */
enum status roster_own_key(const char *folder, struct noise_key *out) MUST_USE;

/* An empty one when there is no file. CORRUPT: a line is none, which is logged. */
enum status roster_read(const char *folder, struct roster *out) MUST_USE;

/* NULL: not there. Valid as long as the roster. */
const struct roster_entry *roster_find(const struct roster *roster, const struct noise_public *key);

/* INVALID: such a name or key cannot be. CONFLICT: the name or the key is there already. FULL: ROSTER_MAX are. */
enum status roster_add(const char *folder, struct text name, struct text key, bool keys) MUST_USE;

/* NOT_FOUND: nobody of that name. */
enum status roster_remove(const char *folder, struct text name) MUST_USE;

#endif
