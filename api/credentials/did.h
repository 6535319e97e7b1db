/* Decentralized identifiers (W3C did-core) of who issues credentials, and of keys.
 * did:key is a key's own name: it needs no server, and a new key is another issuer. did:web is the name of an origin,
 * whose document lists all keys that sign for it, so that a key may be replaced and what the old one signed stays good.
 * In either, a key's verification method is the issuer's did, '#', and the key's Multikey. */
#ifndef ORRERY_DID_H
#define ORRERY_DID_H

#include "eventstore/base/arena.h"
#include "eventstore/base/buffer.h"
#include "eventstore/base/sign.h"
#include "eventstore/base/status.h"

/* The key as a Multikey (W3C cid §2.2.2): z, and base58btc of 0xed 0x01 and its bytes. */
struct text did_multikey(const struct sign_public *public, struct arena *arena);
bool        did_multikey_parse(struct text text, struct sign_public *out);

/* "did:key:" and the Multikey. */
struct text did_key(const struct sign_public *public, struct arena *arena);

/* The did of an origin such as https://learn.example:8443/physics: did:web:learn.example%3A8443:physics, a port's colon
 * and whatever else may not stand there percent-encoded. Its document is to be served under the origin at
 * /.well-known/did.json, or, when the origin has a path, at PATH/did.json. UNSUPPORTED: did:web knows https and names
 * of hosts only, no http and no addresses. MALFORMED: it is no origin at all. */
enum status did_web(struct text origin, struct arena *arena, struct text *out) MUST_USE;

/* The IRI of the key's verification method under that did. */
struct text did_method(struct text did, const struct sign_public *public, struct arena *arena);

/* Appends the did document: each key a Multikey with which the issuer asserts, in the order given. */
void did_document(struct text did, const struct sign_public *keys, size_t count, struct buffer *out);

#endif
