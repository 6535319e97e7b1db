#include "eventstore/base/password.h"

#include "eventstore/base/hash.h"
#include "eventstore/base/require.h"

#include <errno.h>
#include <pthread.h>
#include <sodium.h>

_Static_assert(PASSWORD_HASH_SIZE == crypto_pwhash_STRBYTES, "a hash must fit where callers keep it");

enum { STAND_IN_SIZE = 32 };

/* The stand-in is made under the lock, once, and only read afterwards. */
static pthread_mutex_t stand_in_lock = PTHREAD_MUTEX_INITIALIZER;
static bool            stand_in_ready;
static char            stand_in[PASSWORD_HASH_SIZE];

enum status password_hash(struct text password, char out[PASSWORD_HASH_SIZE])
{
	char hash[PASSWORD_HASH_SIZE];

	require(sodium_init() >= 0);
	if (crypto_pwhash_str_alg(hash, password.size > 0 ? password.data : "", password.size,
	                          crypto_pwhash_OPSLIMIT_INTERACTIVE, crypto_pwhash_MEMLIMIT_INTERACTIVE,
	                          crypto_pwhash_ALG_ARGON2ID13)
	    != 0)
		return STATUS_BUSY;
	memcpy(out, hash, sizeof(hash));
	return STATUS_OK;
}

enum status password_start(void)
{
	uint8_t     unknowable[STAND_IN_SIZE];
	enum status status = STATUS_OK;

	pthread_mutex_lock(&stand_in_lock);
	if (!stand_in_ready) {
		random_fill(unknowable, sizeof(unknowable));
		status = password_hash((struct text){.data = (const char *)unknowable, .size = sizeof(unknowable)},
		                       stand_in);
		secret_wipe(unknowable, sizeof(unknowable));
		stand_in_ready = status == STATUS_OK;
	}
	pthread_mutex_unlock(&stand_in_lock);
	return status;
}

/* libsodium says -1 for a wrong password and for a lack of memory alike; only the former sets EINVAL (1.0.18). */
static enum status compare(const char hash[PASSWORD_HASH_SIZE], struct text password)
{
	errno = 0;
	if (crypto_pwhash_str_verify(hash, password.size > 0 ? password.data : "", password.size) == 0)
		return STATUS_OK;
	return errno == EINVAL ? STATUS_DENIED : STATUS_BUSY;
}

static enum status compare_stand_in(struct text password)
{
	enum status status = password_start();

	if (status != STATUS_OK)
		return status;
	status = compare(stand_in, password);
	return status == STATUS_OK ? STATUS_DENIED : status;
}

enum status password_verify(struct text hash, struct text password)
{
	char copy[PASSWORD_HASH_SIZE] = {0};

	require(sodium_init() >= 0);
	if (hash.size == 0)
		return compare_stand_in(password);
	if (hash.size >= sizeof(copy) || !text_starts_with(hash, TEXT(crypto_pwhash_STRPREFIX)))
		return STATUS_CORRUPT;
	memcpy(copy, hash.data, hash.size);
	if (crypto_pwhash_str_needs_rehash(copy, crypto_pwhash_OPSLIMIT_INTERACTIVE, crypto_pwhash_MEMLIMIT_INTERACTIVE)
	    < 0)
		return STATUS_CORRUPT;
	return compare(copy, password);
}
