#include "eventstore/base/seal.h"

#include "eventstore/base/require.h"

#include <sodium.h>

enum {
	NONCE_SIZE = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
	TAG_SIZE = crypto_aead_xchacha20poly1305_ietf_ABYTES
};

_Static_assert(NONCE_SIZE + TAG_SIZE == SEAL_OVERHEAD, "the stored layout is fixed");
_Static_assert(crypto_aead_xchacha20poly1305_ietf_KEYBYTES == SEAL_KEY_SIZE, "the stored layout is fixed");

void seal_key_fresh(struct seal_key *key)
{
	randombytes_buf(key->bytes, sizeof(key->bytes));
}

void seal(const struct seal_key *key, struct bytes context, struct bytes clear, uint8_t *sealed)
{
	unsigned long long written;

	randombytes_buf(sealed, NONCE_SIZE);
	crypto_aead_xchacha20poly1305_ietf_encrypt(sealed + NONCE_SIZE, &written, clear.data, clear.size, context.data,
	                                           context.size, NULL, sealed, key->bytes);
	require(written == clear.size + TAG_SIZE);
}

bool seal_open(const struct seal_key *key, struct bytes context, struct bytes sealed, uint8_t *clear)
{
	unsigned long long written;

	if (sealed.size < SEAL_OVERHEAD)
		return false;
	return crypto_aead_xchacha20poly1305_ietf_decrypt(clear, &written, NULL, sealed.data + NONCE_SIZE,
	                                                  sealed.size - NONCE_SIZE, context.data, context.size,
	                                                  sealed.data, key->bytes)
	       == 0;
}
