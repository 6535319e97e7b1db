/* Four things that the API hands out and later knows again without keeping anything: refresh tokens, the secrets
 * behind mailed tokens, receipts of erasures, and the nonces that wallets sign. Each is bound by a keyed hash under a
 * secret of the deployment, which all API processes share (keys_secret); each secret has one purpose. */
#ifndef ORRERY_TICKET_H
#define ORRERY_TICKET_H

#include "eventstore/base/hash.h"
#include "eventstore/base/id.h"

/* ---- refresh tokens: base64url(session 16 | user 16 | generation u32 LE | keyed hash 16 of what precedes) ---- */

enum { REFRESH_TOKEN_SIZE = 70 };

struct refresh_ticket {
	struct id session;
	struct id user;
	uint32_t  generation; /* how often the session was refreshed before */
};

/* The same ticket gives the same token, so that a repeated request gets the same answer. Terminated. */
void refresh_token_make(const struct hash *secret, const struct refresh_ticket *ticket,
                        char out[REFRESH_TOKEN_SIZE + 1]);

/* False when we did not make it. Whether it is the session's latest generation is the log's to say. */
bool refresh_token_open(const struct hash *secret, struct text token, struct refresh_ticket *out);

/* ---- mailed tokens ---- */

/* What goes into mail_token_make, here or in a decider: the same command gives the same secret. */
struct hash mail_secret(const struct hash *secret, struct id command);

/* ---- receipts of erasures: base64url(position u64 LE | user 16 | keyed hash 16 of what precedes) ---- */

enum { RECEIPT_TOKEN_SIZE = 54 };

struct receipt_ticket {
	uint64_t  position; /* of the event that erased */
	struct id user;
};

/* As refresh_token_make and refresh_token_open. Whether there is such an event is the log's to say. */
void receipt_token_make(const struct hash *secret, const struct receipt_ticket *ticket,
                        char out[RECEIPT_TOKEN_SIZE + 1]);
bool receipt_token_open(const struct hash *secret, struct text token, struct receipt_ticket *out);

/* ---- wallet challenges: base58(purpose 1 | issued u64 LE seconds | random 8 | user 16 | keyed hash 16) ---- */

enum { CHALLENGE_NONCE_SIZE_MAX = 80, CHALLENGE_LIFETIME_S = 600 };

enum challenge_purpose { CHALLENGE_LINK = 1, CHALLENGE_LOGIN = 2 };

/* What a challenge is for; the keyed hash covers all of it. That a nonce is used once is the log's to enforce. */
struct challenge {
	enum challenge_purpose purpose;
	struct id              user;    /* who links; absent for a login */
	struct text            address; /* the wallet's, base58 */
	struct text            domain;  /* the site that asks */
};

/* A fresh nonce of letters and digits only, as the wallets' grammar wants. Terminated. */
void challenge_nonce(const struct hash *secret, const struct challenge *challenge, int64_t now_s,
                     char out[CHALLENGE_NONCE_SIZE_MAX + 1]);

/* Is the nonce ours, for just this, and not older than CHALLENGE_LIFETIME_S? Then *issued_s is the time from which the
 * message is to be built again. */
bool challenge_accepts(const struct hash *secret, const struct challenge *challenge, struct text nonce, int64_t now_s,
                       int64_t *issued_s);

#endif
