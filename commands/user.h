/* A person's account as its deciders remember it: what they compare, nothing they show.
 * Folded from the events that schema/user.schema lists after "state user"; all zeroes before the first. */
#ifndef ORRERY_USER_H
#define ORRERY_USER_H

#include "eventstore/base/bytes.h"
#include "eventstore/base/hash.h"
#include "eventstore/base/id.h"

enum {
	USER_EMAIL_SIZE = 254, /* bytes: RFC 5321 mailboxes are ASCII */
	USER_ADDRESS_SIZE = 44,
	USER_WALLETS_MAX = 8,
};

/* How soon after one mail with a link the next may be asked for; an earlier wish is taken and changes nothing. */
#define USER_MAIL_INTERVAL_US ((int64_t)60 * 1000 * 1000)

/* A link that was mailed: who brings its token has read the mail. All zeroes when none is open. */
struct mailed_token {
	struct hash hash;
	int64_t     expires_at_us;   /* from then on it is too old */
	int64_t     requested_at_us; /* 0 when nobody asked for it by itself */
};

struct user {
	struct id id; /* absent as long as nobody registered */
	bool      exists;
	bool      verified;
	bool      suspended;
	bool      erased;
	uint32_t  roles;          /* 1 << enum role */
	uint32_t  sessions_epoch; /* sessions of an earlier epoch are over */

	/* Stays after use, so that a link that is followed twice succeeds twice. */
	struct mailed_token verification;
	struct mailed_token reset;
	struct mailed_token email_change;

	TEXT_BUFFER(USER_EMAIL_SIZE) email;        /* to release its claim; empty once forgotten */
	TEXT_BUFFER(USER_EMAIL_SIZE) email_wanted; /* waits for email_change */

	uint32_t wallet_count;
	TEXT_BUFFER(USER_ADDRESS_SIZE) wallets[USER_WALLETS_MAX];
};

/* Exists and is neither suspended nor erased. */
static inline bool user_is_open(const struct user *user)
{
	return user->exists && !user->suspended && !user->erased;
}

#endif
