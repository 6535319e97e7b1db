/* Access tokens that are dead before they expire. One set per process, shared by its loops: any thread may ask, one
 * thread feeds it from the log. An entry is kept for the lifetime of a token, since a token older than that is dead
 * anyway. When the set is full it forgets its entries and refuses every token issued before that moment instead: people
 * refresh once, and no revoked token comes back. */
#ifndef ORRERY_REVOCATION_H
#define ORRERY_REVOCATION_H

#include "api/token.h"

enum { REVOCATIONS_MAX = 48 * 1024 };

struct revocation;

/* `lifetime_us`: of an access token, with a margin for clocks. */
struct revocation *revocation_create(int64_t lifetime_us);
void               revocation_destroy(struct revocation *set);

/* The session is over for good; `position` is that of the event that ended it. `now_us` is the monotonic clock's. */
void revocation_session(struct revocation *set, struct id session, uint64_t position, int64_t now_us);

/* Every token of the user that was issued at a position below this one is dead. */
void revocation_user(struct revocation *set, struct id user, uint64_t position, int64_t now_us);

/* False when the token is dead. About 0.1 µs. */
bool revocation_allows(struct revocation *set, const struct token_claims *claims);

/* Entries kept; for metrics. */
uint32_t revocation_count(struct revocation *set);

#endif
