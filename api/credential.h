/* The steps that several routes share: whose credential it is, whether a password is theirs, what a new one hashes to.
 */
#ifndef ORRERY_CREDENTIAL_H
#define ORRERY_CREDENTIAL_H

#include "api/exchange.h"

/* Columns of the credential lookups. */
enum credential_column {
	CREDENTIAL_USER,
	CREDENTIAL_PASSWORD,
	CREDENTIAL_VERIFIED,
	CREDENTIAL_SUSPENDED,
	CREDENTIAL_ROLES
};

/* How often an address may try what costs a password hash or a mail; beyond it the exchange ends here with 429. */
exchange_step credential_limit;

/* Looks up the caller's own credential. */
exchange_step credential_of_caller;

/* From exchange->rows: exchange->secret (the password hash, opened; absent when there is nobody), exchange->roles and
 * exchange->verified. */
exchange_step credential_take;

/* Argon2id on a worker: exchange->password against exchange->secret. The next step finds the verdict in
 * exchange->status: OK or DENIED. Costs the same when there is nobody. */
exchange_step credential_verify;

/* After credential_verify: a wrong password ends here with 403. */
exchange_step credential_require;

/* Argon2id on a worker: exchange->new_password into exchange->hash. */
exchange_step credential_hash;

/* The id in the rows' first column; absent when there is no row. */
struct id credential_user(const struct exchange *exchange);

/* Was the column "true" in a row that is there? */
bool credential_says(const struct exchange *exchange, enum credential_column column);

#endif
