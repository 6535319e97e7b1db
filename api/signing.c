#include "api/signing.h"

#include "api/signing_directory.h"
#include "eventstore/base/base64.h"
#include "eventstore/base/hash.h"
#include "eventstore/base/require.h"

#include <pthread.h>
#include <stdlib.h>

struct signing {
	int64_t            overlap_us;
	char              *directory;
	pthread_rwlock_t   lock; /* guards what follows; held for a copy, never while signing or verifying */
	uint64_t           generation;
	struct signing_set set;
};

enum status signing_open(const char *directory, int64_t overlap_us, int64_t now_us, struct signing **out)
{
	struct signing_set set;
	struct signing    *signing;
	enum status        status = signing_directory_open(directory, now_us, &set);

	if (status != STATUS_OK)
		return status;
	signing = calloc(1, sizeof(*signing));
	require(signing != NULL);
	signing->overlap_us = overlap_us;
	signing->directory = strdup(directory);
	require(signing->directory != NULL && pthread_rwlock_init(&signing->lock, NULL) == 0);
	signing->set = set;
	secret_wipe(&set, sizeof(set));
	*out = signing;
	return STATUS_OK;
}

void signing_close(struct signing *signing)
{
	if (!signing)
		return;
	pthread_rwlock_destroy(&signing->lock);
	free(signing->directory);
	secret_wipe(signing, sizeof(*signing));
	free(signing);
}

static bool same_keys(const struct signing_set *a, const struct signing_set *b)
{
	if (a->count != b->count)
		return false;
	for (uint32_t i = 0; i < a->count; i++)
		if (strcmp(a->keys[i].signer.kid, b->keys[i].signer.kid) != 0)
			return false;
	return true;
}

enum status signing_reload(struct signing *signing)
{
	struct signing_set set;
	enum status        status = signing_directory_read(signing->directory, &set);

	if (status != STATUS_OK)
		return status;
	pthread_rwlock_wrlock(&signing->lock);
	if (!same_keys(&signing->set, &set)) {
		signing->set = set;
		signing->generation++;
	}
	pthread_rwlock_unlock(&signing->lock);
	secret_wipe(&set, sizeof(set));
	return STATUS_OK;
}

void signing_current(struct signing *signing, int64_t now_us, struct signer *out)
{
	uint32_t i = 0;

	pthread_rwlock_rdlock(&signing->lock);
	while (i + 1 < signing->set.count && signing_signs_from(&signing->set.keys[i]) > now_us)
		i++;
	*out = signing->set.keys[i].signer;
	pthread_rwlock_unlock(&signing->lock);
}

bool signing_public(struct signing *signing, struct text kid, int64_t now_us, struct sign_public *out)
{
	bool found = false;

	pthread_rwlock_rdlock(&signing->lock);
	for (uint32_t i = 0; i < signing->set.count && !found; i++) {
		const struct signing_key *key = &signing->set.keys[i];

		if (!text_is(kid, key->signer.kid)
		    || !signing_set_verifies(&signing->set, i, signing->overlap_us, now_us))
			continue;
		*out = key->signer.key.public;
		found = true;
	}
	pthread_rwlock_unlock(&signing->lock);
	return found;
}

uint32_t signing_publics(struct signing *signing, struct sign_public out[SIGNING_KEYS_MAX])
{
	uint32_t count;

	pthread_rwlock_rdlock(&signing->lock);
	count = signing->set.count;
	for (uint32_t i = 0; i < count; i++)
		out[i] = signing->set.keys[i].signer.key.public;
	pthread_rwlock_unlock(&signing->lock);
	return count;
}

static void append_jwk(struct buffer *out, const struct signer *signer)
{
	char x[BASE64_SIZE(SIGN_PUBLIC_SIZE)];

	base64_encode(BYTES(signer->key.public.bytes, SIGN_PUBLIC_SIZE), x);
	buffer_format(
		out,
		"{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"%.*s\",\"kid\":\"%s\",\"alg\":\"EdDSA\",\"use\":\"sig\"}",
		(int)sizeof(x), x, signer->kid);
}

void signing_jwks(struct signing *signing, int64_t now_us, struct buffer *out)
{
	const char *separator = "";

	buffer_append_text(out, TEXT("{\"keys\":["));
	pthread_rwlock_rdlock(&signing->lock);
	for (uint32_t i = 0; i < signing->set.count; i++) {
		if (!signing_set_verifies(&signing->set, i, signing->overlap_us, now_us))
			continue;
		buffer_append_text(out, text_from(separator));
		append_jwk(out, &signing->set.keys[i].signer);
		separator = ",";
	}
	pthread_rwlock_unlock(&signing->lock);
	buffer_append_text(out, TEXT("]}"));
}

uint64_t signing_generation(struct signing *signing)
{
	uint64_t generation;

	pthread_rwlock_rdlock(&signing->lock);
	generation = signing->generation;
	pthread_rwlock_unlock(&signing->lock);
	return generation;
}

/* The members that RFC 7638 §3.2 and RFC 8037 §2 name, in their order, without spaces. */
void signing_thumbprint(const struct sign_public *public, char out[SIGNING_KID_SIZE + 1])
{
	struct buffer jwk = {0};
	char          x[BASE64_SIZE(SIGN_PUBLIC_SIZE)];
	struct hash   hash;

	base64_encode(BYTES(public->bytes, SIGN_PUBLIC_SIZE), x);
	buffer_format(&jwk, "{\"crv\":\"Ed25519\",\"kty\":\"OKP\",\"x\":\"%.*s\"}", (int)sizeof(x), x);
	hash = hash_sha256(buffer_bytes(&jwk));
	buffer_finish(&jwk);
	out[base64_encode(BYTES(hash.bytes, sizeof(hash.bytes)), out)] = '\0';
}
