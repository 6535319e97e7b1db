/* How often somebody may do something: a token bucket per key, kept as one number (GCRA: the time at which the bucket
 * will be full again). One limiter per rule, shared by all threads of the process; rows of the table share a few locks,
 * held for some dozen instructions. The table has a fixed size: when it is full, a new key takes the place of the
 * neighbour whose bucket is fullest, which forgets the least. Time is the monotonic clock's, in µs, and is handed in.
 */
#ifndef ORRERY_LIMITER_H
#define ORRERY_LIMITER_H

#include "eventstore/base/id.h"

struct limiter;

struct limiter_key {
	uint8_t bytes[16];
};

/* What to answer: the numbers of the fields RateLimit-Policy and RateLimit (draft-ietf-httpapi-ratelimit-headers) and
 * of Retry-After (RFC 9110 §10.2.3). */
struct limiter_verdict {
	bool     allowed;
	uint32_t limit;         /* q: what a full bucket holds */
	uint32_t window_s;      /* w: how long an empty bucket takes to fill */
	uint32_t remaining;     /* r: what is left after this */
	uint32_t reset_s;       /* t: until the bucket is full again, rounded up */
	uint32_t retry_after_s; /* until the same would be allowed, rounded up; 0 when it was allowed */
};

/* A bucket of `limit` that fills in `window_s`; `keys` people are remembered (rounded up to a power of two, 24 bytes
 * each). Any thread may ask. */
struct limiter *limiter_create(uint32_t keys, uint32_t limit, uint32_t window_s);
void            limiter_destroy(struct limiter *limiter);

/* Takes `cost` from the key's bucket, or nothing when it holds less. A cost of 0 only looks: it is allowed while at
 * least one is left, for limits on failures, which are paid for afterwards. A cost above the limit means a full bucket.
 */
void limiter_take(struct limiter *limiter, const struct limiter_key *key, uint32_t cost, int64_t now_us,
                  struct limiter_verdict *out);

/* An IPv4 address (mapped, ::ffff:a.b.c.d) counts whole, an IPv6 address by its /64, which is what one subscriber has.
 */
struct limiter_key limiter_key_address(const uint8_t address[16]);
struct limiter_key limiter_key_id(struct id id);

#endif
