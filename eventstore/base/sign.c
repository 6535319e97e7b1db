#include "eventstore/base/sign.h"

#include "eventstore/base/hash.h"
#include "eventstore/base/require.h"

#include <sodium.h>

_Static_assert(SIGN_SEED_SIZE == crypto_sign_SEEDBYTES, "the stored layout is fixed");
_Static_assert(SIGN_PUBLIC_SIZE == crypto_sign_PUBLICKEYBYTES, "the stored layout is fixed");
_Static_assert(SIGN_SIZE == crypto_sign_BYTES, "the stored layout is fixed");
_Static_assert(crypto_sign_SECRETKEYBYTES == SIGN_SEED_SIZE + SIGN_PUBLIC_SIZE,
               "libsodium's secret key is seed, public");

void sign_key_fresh(struct sign_key *key)
{
	uint8_t seed[SIGN_SEED_SIZE];

	random_fill(seed, sizeof(seed));
	sign_key_from_seed(seed, key);
	secret_wipe(seed, sizeof(seed));
}

void sign_key_from_seed(const uint8_t seed[SIGN_SEED_SIZE], struct sign_key *key)
{
	uint8_t secret[crypto_sign_SECRETKEYBYTES];

	require(crypto_sign_seed_keypair(key->public.bytes, secret, seed) == 0);
	memcpy(key->seed, seed, SIGN_SEED_SIZE);
	secret_wipe(secret, sizeof(secret));
}

void sign_message(const struct sign_key *key, struct bytes message, struct signature *signature)
{
	uint8_t secret[crypto_sign_SECRETKEYBYTES];

	memcpy(secret, key->seed, SIGN_SEED_SIZE);
	memcpy(secret + SIGN_SEED_SIZE, key->public.bytes, SIGN_PUBLIC_SIZE);
	require(crypto_sign_detached(signature->bytes, NULL, message.data, message.size, secret) == 0);
	secret_wipe(secret, sizeof(secret));
}

bool sign_verify(const struct sign_public *public, struct bytes message, const struct signature *signature)
{
	return crypto_sign_verify_detached(signature->bytes, message.data, message.size, public->bytes) == 0;
}
