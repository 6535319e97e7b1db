/* Which credentials were taken back: a bit each, published as a credential of its own (W3C vc-bitstring-status-list).
 * Whoever looks somebody's bit up fetches them all, so that the issuer does not learn whose it was; hence a list is
 * never smaller than STATUS_LIST_SIZE. Index 0 is the first byte's highest bit. */
#ifndef ORRERY_STATUS_LIST_H
#define ORRERY_STATUS_LIST_H

#include "api/credentials/linked.h"
#include "eventstore/base/arena.h"
#include "eventstore/base/sign.h"

/* The least that §6.1 allows. */
enum { STATUS_LIST_SIZE = 131072, STATUS_LIST_BYTES = STATUS_LIST_SIZE / 8 };

struct status_list {
	struct text url;        /* where it is published; an IRI without a fragment */
	struct text issuer;     /* the did of those whose credentials point here: a verifier compares them */
	int64_t     changed_us; /* when the last bit was set: the list's validFrom, and its proof's time */
	uint8_t     bits[STATUS_LIST_BYTES];
};

/* The index must be below STATUS_LIST_SIZE. */
void status_list_revoke(struct status_list *list, uint32_t index);
bool status_list_revoked(const struct status_list *list, uint32_t index);

/* Appends "u" and base64url of the bits under gzip: the member encodedList. */
void status_list_encode(const struct status_list *list, struct buffer *out);

/* The document without a proof. `linked` holds zeroes; linked_finish frees it. What is derived lives in the arena. */
void status_list_describe(const struct status_list *list, struct arena *arena, struct linked *linked);

/* Appends the signed credential as JSON. The same list gives the same bytes, as long as zlib packs as it does. */
void status_list_issue(const struct status_list *list, const struct sign_key *key, struct text method,
                       struct buffer *out);

#endif
