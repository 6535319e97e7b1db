/* Who signs our credentials: a did and a folder of keys, kept like the keys of access tokens (api/signing.h), but never
 * deleted by us. A credential must verify for decades, so a key that was replaced stays in the did document; and it
 * must come out the same each time, so whatever was issued while a key was the current one is signed by it for ever.
 * The did is did:web for an https origin, and then lists all keys. Elsewhere (http, an address: a machine to try things
 * on) it is did:key of the oldest key, which signs everything: such a name cannot have a second key.
 * The functions may be called from any thread. */
#ifndef ORRERY_ISSUER_H
#define ORRERY_ISSUER_H

#include "api/signing.h"
#include "eventstore/base/arena.h"

struct issuer;

/* Opens the folder, making it and the first key when there are none. The statuses are signing_open's, and did_web's
 * MALFORMED for an origin that is none. */
enum status issuer_open(const char *directory, struct text origin, int64_t now_us, struct issuer **out) MUST_USE;

/* Wipes the keys. NULL is fine. */
void issuer_close(struct issuer *issuer);

/* Reads the folder again; on failure the keys stay as they were. */
enum status issuer_reload(struct issuer *issuer) MUST_USE;

/* Adds a key to the folder, which signs what is issued from a minute later on; deletes none. For the operator's tool.
 * Statuses as signing_rotate's. */
enum status issuer_rotate(const char *directory, int64_t now_us) MUST_USE;

/* False: it has the one key for good (did:key). */
bool issuer_rotates(struct text origin);

/* Valid until issuer_close. */
struct text issuer_did(const struct issuer *issuer);

/* The key that signs what was issued then, which the caller wipes with secret_wipe, and its method in the arena. */
void issuer_key(struct issuer *issuer, int64_t issued_us, struct arena *arena, struct sign_key *key,
                struct text *method);

/* Appends the did document, the newest key first. */
void issuer_document(struct issuer *issuer, struct buffer *out);

#endif
