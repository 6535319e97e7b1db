/* Everything about identity that reads a stranger's bytes. The first byte chooses the reader.
 * Claims: nothing that was not made by us is accepted, and what decodes encodes back to the same text. */
#include "api/siws.h"
#include "api/ticket.h"
#include "api/token.h"
#include "eventstore/base/base58.h"
#include "eventstore/base/base64.h"
#include "eventstore/base/mail_token.h"
#include "eventstore/base/require.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const   words[] = {"learner", "instructor", "admin"};
static const struct choice roles = {.name = "role", .words = words, .count = 3};
static const struct hash   secret = {.bytes = "a secret of thirty-two bytes...."};

enum { NOW_S = 1700000000 };

/* A key made for this run: its directory is gone again before the first input. */
static struct token_rules make_rules(void)
{
	struct token_rules rules = {.issuer = TEXT("issuer"), .audience = TEXT("audience"), .roles = &roles};
	char               directory[] = "/tmp/orrery-fuzz-XXXXXX";
	char               file[128];
	struct signer      signer;

	require(mkdtemp(directory) != NULL);
	require(signing_open(directory, INT64_MAX / 2, NOW_S * 1000000LL, &rules.signing) == STATUS_OK);
	signing_current(rules.signing, NOW_S * 1000000LL, &signer);
	snprintf(file, sizeof(file), "%s/%s.ed25519", directory, signer.kid);
	require(unlink(file) == 0 && rmdir(directory) == 0);
	return rules;
}

static void read_token(struct text text)
{
	static struct token_rules rules;
	struct token_claims       claims;

	if (!rules.signing)
		rules = make_rules();
	require(token_verify(&rules, text, NOW_S * 1000000LL, &claims) != TOKEN_VALID);
}

/* Signed by us, so that the fuzzer gets past the signature to the payload. */
static void read_payload(struct text text)
{
	static struct token_rules rules;
	struct arena              arena = {0};
	struct signer             signer;
	struct signature          signature;
	struct token_claims       claims;
	struct text               header, payload, both, tail;

	if (!rules.signing)
		rules = make_rules();
	signing_current(rules.signing, NOW_S * 1000000LL, &signer);
	header = arena_format(&arena, "{\"alg\":\"EdDSA\",\"typ\":\"JWT\",\"kid\":\"%s\"}", signer.kid);
	header = arena_base64(&arena, text_bytes(header));
	payload = arena_base64(&arena, text_bytes(text));
	both = arena_format(&arena, "%.*s.%.*s", TEXT_ARG(header), TEXT_ARG(payload));
	sign_message(&signer.key, text_bytes(both), &signature);
	tail = arena_base64(&arena, BYTES(signature.bytes, sizeof(signature.bytes)));
	both = arena_format(&arena, "%.*s.%.*s", TEXT_ARG(both), TEXT_ARG(tail));
	/* What is accepted is, byte for byte, what we would have written; only the case of ids is free. */
	if (token_verify(&rules, both, NOW_S * 1000000LL, &claims) == TOKEN_VALID && claims.expires_s > claims.issued_s)
		require(token_sign(&rules, &claims, &arena).size == both.size);
	arena_finish(&arena);
}

static void read_tickets(struct text text)
{
	struct challenge challenge = {.purpose = CHALLENGE_LOGIN, .address = TEXT("address"), .domain = TEXT("domain")};
	struct refresh_ticket ticket;
	struct id             user;
	int64_t               issued_s;

	require(!refresh_token_open(&secret, text, &ticket));
	require(!challenge_accepts(&secret, &challenge, text, NOW_S, &issued_s));
	if (mail_token_user(text, &user))
		require(text.size == MAIL_TOKEN_SIZE);
}

static void read_base58(struct text text)
{
	uint8_t bytes[SIGN_SIZE];
	char    again[BASE58_SIZE_MAX(SIGN_SIZE)];

	for (size_t size = 0; size <= sizeof(bytes); size++)
		if (base58_decode(text, bytes, size))
			require(base58_encode(BYTES(bytes, size), again) == text.size
			        && memcmp(again, text.data, text.size) == 0);
}

/* However it looks, a field adds exactly its own line. */
static void read_statement(struct text text)
{
	struct siws_message message = {
		.domain = TEXT("orrery.example"),
		.address = TEXT("11111111111111111111111111111111"),
		.statement = text,
		.nonce = TEXT("abcdefgh"),
	};
	struct buffer out = {0};
	size_t        lines = 0;

	if (siws_build(&message, &out) == STATUS_OK) {
		for (size_t i = 0; i < out.size; i++)
			lines += out.data[i] == '\n';
		require(lines == 5);
	}
	buffer_finish(&out);
}

static void (*const readers[])(struct text text) = {read_token, read_payload, read_tickets, read_base58,
                                                    read_statement};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	readers[data[0] % array_count(readers)]((struct text){.data = (const char *)data + 1, .size = size - 1});
	return 0;
}
