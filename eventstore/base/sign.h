/* Ed25519 signatures (RFC 8032) by libsodium: about 15 µs to sign, 42 µs to verify. Safe from any thread. */
#ifndef ORRERY_SIGN_H
#define ORRERY_SIGN_H

#include "eventstore/base/bytes.h"

enum { SIGN_SEED_SIZE = 32, SIGN_PUBLIC_SIZE = 32, SIGN_SIZE = 64 };

struct sign_public {
	uint8_t bytes[SIGN_PUBLIC_SIZE];
};

/* Secret: whoever holds one wipes it with secret_wipe when done. */
struct sign_key {
	uint8_t seed[SIGN_SEED_SIZE];
	struct sign_public public;
};

struct signature {
	uint8_t bytes[SIGN_SIZE];
};

/* A fresh key from the system's random source. */
void sign_key_fresh(struct sign_key *key);

/* The same seed gives the same key. */
void sign_key_from_seed(const uint8_t seed[SIGN_SEED_SIZE], struct sign_key *key);

/* Deterministic: the same message gives the same signature. */
void sign_message(const struct sign_key *key, struct bytes message, struct signature *signature);

/* Strict: refuses malleable signatures and keys of small order. */
bool sign_verify(const struct sign_public *public, struct bytes message, const struct signature *signature);

#endif
