/* The handshake Noise_IK_25519_ChaChaPoly_SHA256 and the ciphers that come of it, as the Noise Protocol Framework,
 * revision 34, says (noiseprotocol.org/noise.html; sections are named below). Both sides have a static key. The
 * initiator knows the responder's beforehand and sends its own, encrypted, with the first message; the responder then
 * decides whether it knows it (§7.5: <- s, … -> e, es, s, ss, <- e, ee, se).
 *
 * Nothing here reads or writes a socket: channel.h does what is between this and one. */
#ifndef ORRERY_NOISE_H
#define ORRERY_NOISE_H

#include "eventstore/base/bytes.h"

enum {
	NOISE_KEY_SIZE = 32,
	NOISE_TAG_SIZE = 16,
	NOISE_MESSAGE_MAX = 65535, /* §3 */
	/* What the messages of the handshake are larger than their payloads by. */
	NOISE_FIRST_OVERHEAD = NOISE_KEY_SIZE + NOISE_KEY_SIZE + NOISE_TAG_SIZE + NOISE_TAG_SIZE,
	NOISE_SECOND_OVERHEAD = NOISE_KEY_SIZE + NOISE_TAG_SIZE,
};

struct noise_public {
	uint8_t bytes[NOISE_KEY_SIZE];
};

/* X25519 (RFC 7748). Secret: whoever holds one wipes it with secret_wipe when done. */
struct noise_key {
	uint8_t secret[NOISE_KEY_SIZE];
	struct noise_public public;
};

void noise_key_fresh(struct noise_key *key);
void noise_key_from_secret(const uint8_t secret[NOISE_KEY_SIZE], struct noise_key *key);

/* §5.1 CipherState: one direction. Secret. */
struct noise_cipher {
	uint8_t  key[NOISE_KEY_SIZE];
	uint64_t nonce; /* messages so far */
};

/* Writes clear.size + NOISE_TAG_SIZE bytes. */
void noise_encrypt(struct noise_cipher *cipher, struct bytes clear, uint8_t *message);

/* Writes message.size - NOISE_TAG_SIZE bytes. False, and the cipher as before, when this is not the next message. */
bool noise_decrypt(struct noise_cipher *cipher, struct bytes message, uint8_t *clear)
	__attribute__((warn_unused_result));

/* §4.2, §11.3: a new key out of the old one, which nobody can compute back. The nonce goes on. */
void noise_rekey(struct noise_cipher *cipher);

/* In the caller's memory, secret, to be treated as opaque. */
struct noise_handshake {
	struct noise_key    own, ephemeral;
	struct noise_public peer, peer_ephemeral;
	uint8_t             chaining_key[32], hash[32];
	struct noise_cipher cipher;
};

/* The ephemeral key is a fresh one for each handshake; it is handed in for the sake of published test vectors. The
 * prologue is what both sides must agree on. */
void noise_initiate(struct noise_handshake *handshake, const struct noise_key *own, const struct noise_key *ephemeral,
                    const struct noise_public *peer, struct bytes prologue);
void noise_respond(struct noise_handshake *handshake, const struct noise_key *own, const struct noise_key *ephemeral,
                   struct bytes prologue);

/* In this order; the initiator writes the first message and reads the second. A message takes its payload and the
 * overhead above. False: it does not fit, or a key in it is of low order; the handshake is over. */
bool noise_write_first(struct noise_handshake *initiator, struct bytes payload, uint8_t *message)
	__attribute__((warn_unused_result));
/* The initiator's static key is then in responder->peer: is it known? */
bool noise_read_first(struct noise_handshake *responder, struct bytes message, uint8_t *payload)
	__attribute__((warn_unused_result));
bool noise_write_second(struct noise_handshake *responder, struct bytes payload, uint8_t *message)
	__attribute__((warn_unused_result));
bool noise_read_second(struct noise_handshake *initiator, struct bytes message, uint8_t *payload)
	__attribute__((warn_unused_result));

/* §5.2 Split(): the initiator sends with the first and receives with the second. */
void noise_split(const struct noise_handshake *handshake, struct noise_cipher *first, struct noise_cipher *second);

#endif
