#include "api/credentials/issuer.h"

#include "api/credentials/did.h"
#include "eventstore/base/hash.h"
#include "eventstore/base/require.h"

#include <stdlib.h>

/* Longer than any clock runs, and a sum with the present still fits. */
#define OVERLAP_FOREVER_US (INT64_MAX / 2)

struct issuer {
	struct signing *signing;
	struct arena    arena; /* of the did */
	struct text     did;
	bool            single; /* did:key */
};

/* The oldest key is the one that signs at the beginning of time. */
static void copy_key(struct issuer *issuer, int64_t issued_us, struct sign_key *out)
{
	struct signer signer;

	signing_current(issuer->signing, issuer->single ? INT64_MIN : issued_us, &signer);
	*out = signer.key;
	secret_wipe(&signer, sizeof(signer));
}

static enum status choose_did(struct issuer *issuer, struct text origin)
{
	struct sign_key key;
	enum status     status = did_web(origin, &issuer->arena, &issuer->did);

	if (status != STATUS_UNSUPPORTED)
		return status;
	issuer->single = true;
	copy_key(issuer, 0, &key);
	issuer->did = did_key(&key.public, &issuer->arena);
	secret_wipe(&key, sizeof(key));
	return STATUS_OK;
}

enum status issuer_open(const char *directory, struct text origin, int64_t now_us, struct issuer **out)
{
	struct issuer *issuer = calloc(1, sizeof(*issuer));
	enum status    status;

	require(issuer != NULL);
	status = signing_open(directory, OVERLAP_FOREVER_US, now_us, &issuer->signing);
	if (status == STATUS_OK)
		status = choose_did(issuer, origin);
	if (status != STATUS_OK)
		issuer_close(issuer);
	else
		*out = issuer;
	return status;
}

void issuer_close(struct issuer *issuer)
{
	if (!issuer)
		return;
	signing_close(issuer->signing);
	arena_finish(&issuer->arena);
	free(issuer);
}

enum status issuer_reload(struct issuer *issuer)
{
	return signing_reload(issuer->signing);
}

enum status issuer_rotate(const char *directory, int64_t now_us)
{
	return signing_rotate(directory, OVERLAP_FOREVER_US, now_us);
}

bool issuer_rotates(struct text origin)
{
	struct arena arena = {0};
	struct text  did;
	bool         rotates = did_web(origin, &arena, &did) == STATUS_OK;

	arena_finish(&arena);
	return rotates;
}

struct text issuer_did(const struct issuer *issuer)
{
	return issuer->did;
}

void issuer_key(struct issuer *issuer, int64_t issued_us, struct arena *arena, struct sign_key *key,
                struct text *method)
{
	copy_key(issuer, issued_us, key);
	*method = did_method(issuer->did, &key->public, arena);
}

void issuer_document(struct issuer *issuer, struct buffer *out)
{
	struct sign_public keys[SIGNING_KEYS_MAX];
	uint32_t           count = signing_publics(issuer->signing, keys);

	if (issuer->single) {
		keys[0] = keys[count - 1];
		count = 1;
	}
	did_document(issuer->did, keys, count, out);
}
