/* The token in a link that is mailed: base64url(user id 16 | secret 16), 43 characters. Whoever holds it reads the
 * mailbox. The secret comes from the command that asked for the mail, so a repeated command makes the same token; only
 * the token's hash is compared and kept in the clear. */
#ifndef ORRERY_MAIL_TOKEN_H
#define ORRERY_MAIL_TOKEN_H

#include "eventstore/base/hash.h"
#include "eventstore/base/id.h"

enum { MAIL_TOKEN_SIZE = 43 };

/* Uses the first 16 bytes of the secret. Terminated. */
void mail_token_make(struct id user, const struct hash *secret, char out[MAIL_TOKEN_SIZE + 1]);

/* Whose token it says it is: a claim, to be believed only when the hash is the one the log holds for that user. False
 * when it has not the form of a token. */
bool mail_token_user(struct text token, struct id *user);

/* SHA-256 of the 43 characters. */
struct hash mail_token_hash(struct text token);

#endif
