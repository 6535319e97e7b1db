/* Sign-In-With-Solana: the text a wallet signs (github.com/phantom/sign-in-with-solana), built by us and by us only. A
 * server never reads a message that comes from outside: it builds the text again from what it knows and the address it
 * was told, and checks the signature against that. So another domain, another address or another field is simply
 * another text, and the signature does not fit. */
#ifndef ORRERY_SIWS_H
#define ORRERY_SIWS_H

#include "eventstore/base/buffer.h"
#include "eventstore/base/sign.h"
#include "eventstore/base/status.h"

enum { SIWS_RESOURCES_MAX = 8, SIWS_SIZE_MAX = 1000 };

/* Absent texts (data == NULL) are left out, with their lines; domain and address must be there. The times are RFC 3339
 * texts, kept as texts, since it is the text that was signed. */
struct siws_message {
	struct text        domain; /* host, and port if any */
	struct text        address;
	struct text        statement; /* one line */
	struct text        uri;
	struct text        version;  /* "1" */
	struct text        chain_id; /* mainnet, testnet, devnet, localnet, or solana:… */
	struct text        nonce;    /* at least 8 letters and digits */
	struct text        issued_at;
	struct text        expiration_time;
	struct text        not_before;
	struct text        request_id;
	const struct text *resources;
	uint32_t           resource_count; /* at most SIWS_RESOURCES_MAX */
};

/* Appends the text. INVALID: a field holds a control character or a line separator (which could pretend to be another
 * field), is no UTF-8, the address is no public key, the nonce is none, or domain or address is absent. TOO_LARGE: more
 * than SIWS_SIZE_MAX bytes. Nothing is appended on failure. */
enum status siws_build(const struct siws_message *message, struct buffer *out) MUST_USE;

/* Is `signature` (base58, 64 bytes) that of the wallet `address` over the text? The key is the address itself, never a
 * key that came beside it. About 50 µs. */
bool siws_verify(struct text address, struct text text, struct text signature);

#endif
