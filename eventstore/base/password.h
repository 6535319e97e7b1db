/* Passwords at rest: Argon2id (RFC 9106) by libsodium at its interactive limits, 2 passes over 64 MiB.
 * Each call takes about 0.1 s and holds 64 MiB until it returns, so it belongs on a worker thread; the number of worker
 * threads bounds the memory. Safe from any thread. */
#ifndef ORRERY_PASSWORD_H
#define ORRERY_PASSWORD_H

#include "eventstore/base/bytes.h"
#include "eventstore/base/status.h"

enum { PASSWORD_HASH_SIZE = 128 };

/* Makes the hash that stands in for people who do not exist, so that no request pays for it. One hash's time; called
 * once at start, harmless again. BUSY: no memory. */
enum status password_start(void) MUST_USE;

/* The hash in its text form ($argon2id$…, with salt and limits), terminated; the rest of out is zeroes.
 * BUSY: no memory for it. */
enum status password_hash(struct text password, char out[PASSWORD_HASH_SIZE]) MUST_USE;

/* OK: it is the password. DENIED: it is not. CORRUPT: the hash is none of ours. BUSY: no memory.
 * An absent or empty hash (nobody there, or erased) takes as long as a wrong password and is always DENIED. */
enum status password_verify(struct text hash, struct text password) MUST_USE;

#endif
