#include "eventstore/base/noise.h"

#include "eventstore/base/hash.h"
#include "eventstore/base/require.h"

#include <sodium.h>

enum { HASH_SIZE = 32, NONCE_SIZE = crypto_aead_chacha20poly1305_ietf_NPUBBYTES };

_Static_assert(NOISE_KEY_SIZE == crypto_scalarmult_BYTES, "X25519's keys");
_Static_assert(NOISE_KEY_SIZE == crypto_aead_chacha20poly1305_ietf_KEYBYTES, "ChaCha20-Poly1305's key");
_Static_assert(NOISE_TAG_SIZE == crypto_aead_chacha20poly1305_ietf_ABYTES, "Poly1305's tag");

/* As long as a hash, so that it is the first hash itself (§5.2 InitializeSymmetric). */
static const char protocol_name[] = "Noise_IK_25519_ChaChaPoly_SHA256";
_Static_assert(sizeof(protocol_name) - 1 == HASH_SIZE, "no padding, no hashing");

void noise_key_from_secret(const uint8_t secret[NOISE_KEY_SIZE], struct noise_key *key)
{
	memcpy(key->secret, secret, NOISE_KEY_SIZE);
	require(crypto_scalarmult_base(key->public.bytes, key->secret) == 0);
}

void noise_key_fresh(struct noise_key *key)
{
	uint8_t secret[NOISE_KEY_SIZE];

	random_fill(secret, sizeof(secret));
	noise_key_from_secret(secret, key);
	secret_wipe(secret, sizeof(secret));
}

/* ---------------------------------------------------------------- CipherState */

/* §12.3: 32 bits of zeroes, then the number little endian. */
static void put_nonce(uint64_t number, uint8_t nonce[NONCE_SIZE])
{
	memset(nonce, 0, NONCE_SIZE);
	for (int i = 0; i < 8; i++)
		nonce[NONCE_SIZE - 8 + i] = (uint8_t)(number >> (8 * i));
}

static void encrypt(struct noise_cipher *cipher, struct bytes context, struct bytes clear, uint8_t *message)
{
	uint8_t nonce[NONCE_SIZE];

	/* The last number is the rekeying's own (§5.1). */
	require(cipher->nonce < UINT64_MAX);
	put_nonce(cipher->nonce++, nonce);
	crypto_aead_chacha20poly1305_ietf_encrypt(message, NULL, clear.data, clear.size, context.data, context.size,
	                                          NULL, nonce, cipher->key);
}

static bool decrypt(struct noise_cipher *cipher, struct bytes context, struct bytes message, uint8_t *clear)
{
	uint8_t nonce[NONCE_SIZE];

	if (message.size < NOISE_TAG_SIZE || cipher->nonce == UINT64_MAX)
		return false;
	put_nonce(cipher->nonce, nonce);
	if (crypto_aead_chacha20poly1305_ietf_decrypt(clear, NULL, NULL, message.data, message.size, context.data,
	                                              context.size, nonce, cipher->key)
	    != 0)
		return false;
	cipher->nonce++;
	return true;
}

void noise_encrypt(struct noise_cipher *cipher, struct bytes clear, uint8_t *message)
{
	encrypt(cipher, BYTES("", 0), clear, message);
}

bool noise_decrypt(struct noise_cipher *cipher, struct bytes message, uint8_t *clear)
{
	return decrypt(cipher, BYTES("", 0), message, clear);
}

void noise_rekey(struct noise_cipher *cipher)
{
	struct noise_cipher last = *cipher;
	uint8_t             zeroes[NOISE_KEY_SIZE] = {0}, message[NOISE_KEY_SIZE + NOISE_TAG_SIZE], nonce[NONCE_SIZE];

	put_nonce(UINT64_MAX, nonce);
	crypto_aead_chacha20poly1305_ietf_encrypt(message, NULL, zeroes, sizeof(zeroes), NULL, 0, NULL, nonce,
	                                          last.key);
	memcpy(cipher->key, message, NOISE_KEY_SIZE);
	secret_wipe(message, sizeof(message));
	secret_wipe(&last, sizeof(last));
}

/* ---------------------------------------------------------------- SymmetricState */

static void mix_hash(struct noise_handshake *handshake, struct bytes data)
{
	crypto_hash_sha256_state state;

	crypto_hash_sha256_init(&state);
	crypto_hash_sha256_update(&state, handshake->hash, HASH_SIZE);
	if (data.size > 0)
		crypto_hash_sha256_update(&state, data.data, data.size);
	crypto_hash_sha256_final(&state, handshake->hash);
}

static void hmac(const uint8_t key[HASH_SIZE], struct bytes data, const uint8_t *number, uint8_t out[HASH_SIZE])
{
	crypto_auth_hmacsha256_state state;

	crypto_auth_hmacsha256_init(&state, key, HASH_SIZE);
	if (data.size > 0)
		crypto_auth_hmacsha256_update(&state, data.data, data.size);
	if (number)
		crypto_auth_hmacsha256_update(&state, number, 1);
	crypto_auth_hmacsha256_final(&state, out);
	secret_wipe(&state, sizeof(state));
}

/* §4.3 HKDF with two outputs; `first` may be the chaining key itself. */
static void derive(const uint8_t chaining_key[HASH_SIZE], struct bytes material, uint8_t first[HASH_SIZE],
                   uint8_t second[HASH_SIZE])
{
	static const uint8_t one = 1, two = 2;
	uint8_t              temporary[HASH_SIZE];

	hmac(chaining_key, material, NULL, temporary);
	hmac(temporary, BYTES("", 0), &one, first);
	hmac(temporary, BYTES(first, HASH_SIZE), &two, second);
	secret_wipe(temporary, sizeof(temporary));
}

/* MixKey(DH(…)). False for a key of low order, with which the result would be the same for everybody. */
static bool mix_shared(struct noise_handshake *handshake, const struct noise_key *key, const struct noise_public *peer)
{
	uint8_t shared[NOISE_KEY_SIZE];
	bool    fine = crypto_scalarmult(shared, key->secret, peer->bytes) == 0;

	if (fine) {
		derive(handshake->chaining_key, BYTES(shared, sizeof(shared)), handshake->chaining_key,
		       handshake->cipher.key);
		handshake->cipher.nonce = 0;
	}
	secret_wipe(shared, sizeof(shared));
	return fine;
}

static void encrypt_and_hash(struct noise_handshake *handshake, struct bytes clear, uint8_t *out)
{
	encrypt(&handshake->cipher, BYTES(handshake->hash, HASH_SIZE), clear, out);
	mix_hash(handshake, BYTES(out, clear.size + NOISE_TAG_SIZE));
}

static bool decrypt_and_hash(struct noise_handshake *handshake, struct bytes message, uint8_t *clear)
{
	if (!decrypt(&handshake->cipher, BYTES(handshake->hash, HASH_SIZE), message, clear))
		return false;
	mix_hash(handshake, message);
	return true;
}

static struct bytes public_bytes(const struct noise_public *public)
{
	return BYTES(public->bytes, NOISE_KEY_SIZE);
}

/* ---------------------------------------------------------------- HandshakeState */

static void start(struct noise_handshake *handshake, const struct noise_key *own, const struct noise_key *ephemeral,
                  const struct noise_public *responder, struct bytes prologue)
{
	*handshake = (struct noise_handshake){.own = *own, .ephemeral = *ephemeral};
	memcpy(handshake->hash, protocol_name, HASH_SIZE);
	memcpy(handshake->chaining_key, protocol_name, HASH_SIZE);
	mix_hash(handshake, prologue);
	mix_hash(handshake, public_bytes(responder));
}

void noise_initiate(struct noise_handshake *handshake, const struct noise_key *own, const struct noise_key *ephemeral,
                    const struct noise_public *peer, struct bytes prologue)
{
	start(handshake, own, ephemeral, peer, prologue);
	handshake->peer = *peer;
}

void noise_respond(struct noise_handshake *handshake, const struct noise_key *own, const struct noise_key *ephemeral,
                   struct bytes prologue)
{
	start(handshake, own, ephemeral, &own->public, prologue);
}

/* The token "e", on the side that sends it and on the other. */
static uint8_t *put_ephemeral(struct noise_handshake *handshake, uint8_t *message)
{
	memcpy(message, handshake->ephemeral.public.bytes, NOISE_KEY_SIZE);
	mix_hash(handshake, public_bytes(&handshake->ephemeral.public));
	return message + NOISE_KEY_SIZE;
}

static struct bytes take_ephemeral(struct noise_handshake *handshake, struct bytes message)
{
	memcpy(handshake->peer_ephemeral.bytes, message.data, NOISE_KEY_SIZE);
	mix_hash(handshake, public_bytes(&handshake->peer_ephemeral));
	return BYTES(message.data + NOISE_KEY_SIZE, message.size - NOISE_KEY_SIZE);
}

bool noise_write_first(struct noise_handshake *initiator, struct bytes payload, uint8_t *message)
{
	message = put_ephemeral(initiator, message);
	if (!mix_shared(initiator, &initiator->ephemeral, &initiator->peer))
		return false;
	encrypt_and_hash(initiator, public_bytes(&initiator->own.public), message);
	if (!mix_shared(initiator, &initiator->own, &initiator->peer))
		return false;
	encrypt_and_hash(initiator, payload, message + NOISE_KEY_SIZE + NOISE_TAG_SIZE);
	return true;
}

bool noise_read_first(struct noise_handshake *responder, struct bytes message, uint8_t *payload)
{
	enum { STATIC_SIZE = NOISE_KEY_SIZE + NOISE_TAG_SIZE };

	if (message.size < NOISE_FIRST_OVERHEAD)
		return false;
	message = take_ephemeral(responder, message);
	return mix_shared(responder, &responder->own, &responder->peer_ephemeral)
	       && decrypt_and_hash(responder, BYTES(message.data, STATIC_SIZE), responder->peer.bytes)
	       && mix_shared(responder, &responder->own, &responder->peer)
	       && decrypt_and_hash(responder, BYTES(message.data + STATIC_SIZE, message.size - STATIC_SIZE), payload);
}

bool noise_write_second(struct noise_handshake *responder, struct bytes payload, uint8_t *message)
{
	message = put_ephemeral(responder, message);
	if (!mix_shared(responder, &responder->ephemeral, &responder->peer_ephemeral)
	    || !mix_shared(responder, &responder->ephemeral, &responder->peer))
		return false;
	encrypt_and_hash(responder, payload, message);
	return true;
}

bool noise_read_second(struct noise_handshake *initiator, struct bytes message, uint8_t *payload)
{
	if (message.size < NOISE_SECOND_OVERHEAD)
		return false;
	message = take_ephemeral(initiator, message);
	return mix_shared(initiator, &initiator->ephemeral, &initiator->peer_ephemeral)
	       && mix_shared(initiator, &initiator->own, &initiator->peer_ephemeral)
	       && decrypt_and_hash(initiator, message, payload);
}

void noise_split(const struct noise_handshake *handshake, struct noise_cipher *first, struct noise_cipher *second)
{
	*first = *second = (struct noise_cipher){0};
	derive(handshake->chaining_key, BYTES("", 0), first->key, second->key);
}
