/* Authenticated encryption of small values: XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha), a random nonce in front.
 * sealed = nonce 24 | ciphertext | tag 16 */
#ifndef ORRERY_SEAL_H
#define ORRERY_SEAL_H

#include "eventstore/base/bytes.h"

enum { SEAL_KEY_SIZE = 32, SEAL_OVERHEAD = 24 + 16 };

struct seal_key {
	uint8_t bytes[SEAL_KEY_SIZE];
};

void seal_key_fresh(struct seal_key *key);

/* Writes clear.size + SEAL_OVERHEAD bytes. The context is authenticated, not stored: open needs the same one. */
void seal(const struct seal_key *key, struct bytes context, struct bytes clear, uint8_t *sealed);

/* Writes sealed.size - SEAL_OVERHEAD bytes; false, and nothing of use written, when key, context or bytes do not fit.
 */
bool seal_open(const struct seal_key *key, struct bytes context, struct bytes sealed, uint8_t *clear);

#endif
