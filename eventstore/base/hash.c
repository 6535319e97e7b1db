#include "eventstore/base/hash.h"

#include "eventstore/base/require.h"

#include <openssl/evp.h>
#include <pthread.h>
#include <sodium.h>

/* Fetching the algorithm per call costs more than hashing a record (OpenSSL 3), so each thread keeps a context ready.
 */
static pthread_once_t            fetched = PTHREAD_ONCE_INIT;
static EVP_MD                   *sha256;
static pthread_key_t             context_key;
static _Thread_local EVP_MD_CTX *thread_context;

static void free_context(void *context)
{
	EVP_MD_CTX_free(context);
}

static void fetch(void)
{
	sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	require(sha256 != NULL && pthread_key_create(&context_key, free_context) == 0);
}

static EVP_MD_CTX *context(void)
{
	if (!thread_context) {
		pthread_once(&fetched, fetch);
		thread_context = EVP_MD_CTX_new();
		require(thread_context != NULL && pthread_setspecific(context_key, thread_context) == 0);
	}
	return thread_context;
}

static struct hash digest(struct bytes first, struct bytes second)
{
	EVP_MD_CTX *md = context();
	struct hash hash;

	require(EVP_DigestInit_ex2(md, sha256, NULL) == 1);
	require(EVP_DigestUpdate(md, first.data, first.size) == 1);
	require(EVP_DigestUpdate(md, second.data, second.size) == 1);
	require(EVP_DigestFinal_ex(md, hash.bytes, NULL) == 1);
	return hash;
}

struct hash hash_sha256(struct bytes bytes)
{
	return digest(bytes, BYTES("", 0));
}

struct hash_running *hash_begin(void)
{
	EVP_MD_CTX *md = EVP_MD_CTX_new();

	pthread_once(&fetched, fetch);
	require(md != NULL && EVP_DigestInit_ex2(md, sha256, NULL) == 1);
	return (struct hash_running *)md;
}

void hash_add(struct hash_running *running, struct bytes bytes)
{
	require(EVP_DigestUpdate((EVP_MD_CTX *)running, bytes.data, bytes.size) == 1);
}

struct hash hash_end(struct hash_running *running)
{
	EVP_MD_CTX *md = (EVP_MD_CTX *)running;
	struct hash hash;

	require(EVP_DigestFinal_ex(md, hash.bytes, NULL) == 1);
	EVP_MD_CTX_free(md);
	return hash;
}

struct hash hash_leaf(struct bytes record)
{
	return digest(BYTES("\0", 1), record);
}

struct hash hash_node(const struct hash *left, const struct hash *right)
{
	uint8_t prefixed[1 + sizeof(*left)] = {1};

	memcpy(prefixed + 1, left->bytes, sizeof(left->bytes));
	return digest(BYTES(prefixed, sizeof(prefixed)), BYTES(right->bytes, sizeof(right->bytes)));
}

static struct hash labelled(const uint8_t *key, size_t key_size, struct text label, struct bytes bytes)
{
	crypto_generichash_state state;
	struct hash              hash;

	crypto_generichash_init(&state, key, key_size, sizeof(hash.bytes));
	crypto_generichash_update(&state, (const uint8_t *)label.data, label.size);
	crypto_generichash_update(&state, (const uint8_t *)"\0", 1);
	if (bytes.size > 0)
		crypto_generichash_update(&state, bytes.data, bytes.size);
	crypto_generichash_final(&state, hash.bytes, sizeof(hash.bytes));
	return hash;
}

struct hash hash_keyed(const struct hash *key, struct text label, struct bytes bytes)
{
	return labelled(key->bytes, sizeof(key->bytes), label, bytes);
}

struct hash hash_labelled(struct text label, struct bytes bytes)
{
	return labelled(NULL, 0, label, bytes);
}

bool secret_equal(struct bytes a, struct bytes b)
{
	return a.size == b.size && (a.size == 0 || sodium_memcmp(a.data, b.data, a.size) == 0);
}

void random_fill(void *memory, size_t size)
{
	randombytes_buf(memory, size);
}

void secret_wipe(void *memory, size_t size)
{
	sodium_memzero(memory, size);
}
