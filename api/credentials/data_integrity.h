/* Proofs that stand inside a document: DataIntegrityProof with the cryptosuite eddsa-rdfc-2022 (W3C vc-di-eddsa §3.2).
 * Signed is SHA-256 of the canonical proof options, then SHA-256 of the canonical document; by Ed25519, so that the
 * same document, key and time give the same proof each time. */
#ifndef ORRERY_DATA_INTEGRITY_H
#define ORRERY_DATA_INTEGRITY_H

#include "api/credentials/linked.h"
#include "eventstore/base/sign.h"

/* Characters of a signature in multibase base58btc, at most: z, then digits. */
#define PROOF_VALUE_SIZE_MAX (1 + 89)

/* `method` is the IRI under which others find the public key (did.h); borrowed. */
struct integrity {
	int64_t          created_us; /* told in whole seconds */
	struct text      method;
	struct signature signature;
};

/* Fills in the signature over a document's canonical N-Quads. */
void integrity_sign(struct integrity *proof, struct bytes canonical, const struct sign_key *key);

/* True when the key has signed this document under the proof's time and method. */
bool integrity_verify(const struct integrity *proof, struct bytes canonical, const struct sign_public *public);

/* "z" and base58btc, not terminated; returns how many characters. */
size_t proof_value_format(const struct signature *signature, char out[PROOF_VALUE_SIZE_MAX]);
bool   proof_value_parse(struct text text, struct signature *out);

/* Appends the document, which linked_end has closed, with a proof inside: the credential as others get it. */
void integrity_append(const struct linked *document, const struct sign_key *key, struct text method, int64_t created_us,
                      struct buffer *out);

#endif
