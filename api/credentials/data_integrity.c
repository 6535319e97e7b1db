#include "api/credentials/data_integrity.h"

#include "eventstore/base/base58.h"
#include "eventstore/base/hash.h"
#include "eventstore/base/require.h"

_Static_assert(PROOF_VALUE_SIZE_MAX >= 1 + BASE58_SIZE_MAX(SIGN_SIZE), "a signature always fits");

enum { SIGNED_SIZE = 2 * sizeof(struct hash) };

/* The proof without its value: as a member of the document, and, being a node without a name, as quads. */
static void describe_options(const struct integrity *proof, struct linked *options)
{
	linked_begin(options, TEXT_NONE, TEXT_NONE);
	linked_type(options, NODE_TYPE_DATA_INTEGRITY_PROOF);
	linked_text(options, TERM_CRYPTOSUITE, TEXT("eddsa-rdfc-2022"));
	linked_time(options, TERM_CREATED, proof->created_us);
	linked_refer(options, TERM_VERIFICATION_METHOD, proof->method);
	linked_refer_word(options, TERM_PROOF_PURPOSE, TEXT("assertionMethod"),
	                  TEXT("https://w3id.org/security#assertionMethod"));
	linked_end(options);
}

static void hash_options(const struct integrity *proof, struct hash *out)
{
	struct linked options = {0};
	struct buffer canonical = {0};

	describe_options(proof, &options);
	linked_canonical(&options, &canonical);
	*out = hash_sha256(buffer_bytes(&canonical));
	buffer_finish(&canonical);
	linked_finish(&options);
}

static void digest(const struct integrity *proof, struct bytes canonical, struct hash both[2])
{
	hash_options(proof, &both[0]);
	both[1] = hash_sha256(canonical);
}

void integrity_sign(struct integrity *proof, struct bytes canonical, const struct sign_key *key)
{
	struct hash both[2];

	digest(proof, canonical, both);
	sign_message(key, BYTES(both, SIGNED_SIZE), &proof->signature);
}

bool integrity_verify(const struct integrity *proof, struct bytes canonical, const struct sign_public *public)
{
	struct hash both[2];

	digest(proof, canonical, both);
	return sign_verify(public, BYTES(both, SIGNED_SIZE), &proof->signature);
}

size_t proof_value_format(const struct signature *signature, char out[PROOF_VALUE_SIZE_MAX])
{
	out[0] = 'z';
	return 1 + base58_encode(BYTES(signature->bytes, SIGN_SIZE), out + 1);
}

bool proof_value_parse(struct text text, struct signature *out)
{
	return text_take(&text, TEXT("z")) && base58_decode(text, out->bytes, SIGN_SIZE);
}

/* The options' JSON again, its closing brace put off until the value is in. */
static void append_proof(const struct integrity *proof, struct buffer *out)
{
	struct linked options = {0};
	char          value[PROOF_VALUE_SIZE_MAX];
	size_t        size = proof_value_format(&proof->signature, value);

	describe_options(proof, &options);
	buffer_append(out, BYTES(options.json.data, options.json.size - 1));
	buffer_format(out, ",\"proofValue\":\"%.*s\"}", (int)size, value);
	linked_finish(&options);
}

void integrity_append(const struct linked *document, const struct sign_key *key, struct text method, int64_t created_us,
                      struct buffer *out)
{
	struct integrity proof = {.created_us = created_us, .method = method};
	struct buffer    canonical = {0};

	require(document->depth == 0 && document->json.size > 0);
	linked_canonical(document, &canonical);
	integrity_sign(&proof, buffer_bytes(&canonical), key);
	buffer_finish(&canonical);
	buffer_append(out, BYTES(document->json.data, document->json.size - 1));
	buffer_append_text(out, TEXT(",\"proof\":"));
	append_proof(&proof, out);
	buffer_append_text(out, TEXT("}"));
}
