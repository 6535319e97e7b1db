/* The keys that sign access tokens: a directory with one file per key, <kid>.ed25519, mode 0600, two lines:
 *   created 2026-01-02T03:04:05.678901Z
 *   seed 64 lower-case hex digits
 * The kid is the key's RFC 7638 thumbprint (RFC 8037 §2), so a file cannot pass for another key. A key verifies and is
 * published at once, but signs only SIGNING_LEAD_S after it was made: by then every process has read it, and whoever
 * fetches the key set now and then has had the time. The newest key that may sign does; one that was superseded still
 * verifies for the overlap, until the last token it signed has expired.
 * Every process on a host opens the same directory; after signing_rotate each is told to reload (SIGHUP), and reads it
 * anew every SIGNING_REREAD_S in any case.
 * All functions may be called from any thread; the times are the wall clock's, in µs. */
#ifndef ORRERY_SIGNING_H
#define ORRERY_SIGNING_H

#include "eventstore/base/buffer.h"
#include "eventstore/base/sign.h"
#include "eventstore/base/status.h"

enum {
	SIGNING_KID_SIZE = 43,
	SIGNING_KEYS_MAX = 16,
	SIGNING_LEAD_S = 60,
	SIGNING_REREAD_S = 20, /* a third of the lead, so that one that fails does no harm */
};

struct signing;

struct signer {
	char            kid[SIGNING_KID_SIZE + 1]; /* terminated */
	struct sign_key key;
};

/* Opens the directory, making it (mode 0700) and its first key when there are none; when several processes do so at
 * once, they end up with the same key. `overlap_us`: the lifetime of a token and a margin. DENIED: the directory or a
 * key file may be read by others, or is no plain file. CORRUPT: a file's content is not its name's. FULL: more than
 * SIGNING_KEYS_MAX keys. IO. */
enum status signing_open(const char *directory, int64_t overlap_us, int64_t now_us, struct signing **out) MUST_USE;

/* Reads the directory again. On failure the keys stay as they were; the statuses are signing_open's, and NOT_FOUND when
 * the directory holds no key any more. */
enum status signing_reload(struct signing *signing) MUST_USE;

/* Adds a key, which signs once its lead has passed, and deletes the files of keys whose overlap has passed. For the
 * operator's tool: needs no struct signing and changes none. Statuses as signing_open's, and NOT_FOUND when there is no
 * directory. */
enum status signing_rotate(const char *directory, int64_t overlap_us, int64_t now_us) MUST_USE;

/* Wipes the keys. NULL is fine. */
void signing_close(struct signing *signing);

/* A copy of the key that signs at `now_us`: the newest whose lead has passed, or the oldest when there is none. The
 * caller wipes it with secret_wipe. */
void signing_current(struct signing *signing, int64_t now_us, struct signer *out);

/* The public key of that name, if it may still verify at `now_us`. */
bool signing_public(struct signing *signing, struct text kid, int64_t now_us, struct sign_public *out);

/* All public keys that are there, the newest first; returns how many. */
uint32_t signing_publics(struct signing *signing, struct sign_public out[SIGNING_KEYS_MAX]);

/* Appends the JWK set (RFC 7517 §5) of all keys that may verify at `now_us`, the newest first. */
void signing_jwks(struct signing *signing, int64_t now_us, struct buffer *out);

/* Grows with each reload that changed the keys: what was verified under an earlier number is to be verified again. */
uint64_t signing_generation(struct signing *signing);

/* RFC 7638 thumbprint of an Ed25519 key, base64url, terminated. */
void signing_thumbprint(const struct sign_public *public, char out[SIGNING_KID_SIZE + 1]);

#endif
