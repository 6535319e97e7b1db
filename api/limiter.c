#include "api/limiter.h"

#include "eventstore/base/hash.h"
#include "eventstore/base/require.h"

#include <pthread.h>
#include <stdlib.h>

enum { WAYS = 8, KEYS_MAX = 1 << 22, LOCKS = 64 };

#define SECOND_US 1000000LL

struct bucket {
	struct limiter_key key;
	int64_t            full_at_us; /* in the past: full, and nothing worth remembering */
};

struct limiter {
	struct hash     secret; /* so that nobody can choose keys that share a row */
	uint32_t        limit;
	uint32_t        window_s;
	int64_t         interval_us; /* until one more is in the bucket */
	uint32_t        row_mask;
	pthread_mutex_t locks[LOCKS]; /* row N is guarded by lock N % LOCKS */
	struct bucket   buckets[];    /* rows of WAYS */
};

struct limiter *limiter_create(uint32_t keys, uint32_t limit, uint32_t window_s)
{
	struct limiter *limiter;
	uint32_t        rows = 1;

	require(keys <= KEYS_MAX && limit > 0 && window_s > 0 && limit <= window_s * SECOND_US);
	while (rows * WAYS < keys)
		rows *= 2;
	limiter = calloc(1, sizeof(*limiter) + sizeof(struct bucket) * WAYS * rows);
	require(limiter != NULL);
	random_fill(&limiter->secret, sizeof(limiter->secret));
	limiter->limit = limit;
	limiter->window_s = window_s;
	limiter->interval_us = window_s * SECOND_US / limit;
	limiter->row_mask = rows - 1;
	for (int i = 0; i < LOCKS; i++)
		require(pthread_mutex_init(&limiter->locks[i], NULL) == 0);
	for (uint32_t i = 0; i < rows * WAYS; i++)
		limiter->buckets[i].full_at_us = INT64_MIN;
	return limiter;
}

void limiter_destroy(struct limiter *limiter)
{
	for (int i = 0; limiter && i < LOCKS; i++)
		pthread_mutex_destroy(&limiter->locks[i]);
	free(limiter);
}

static uint32_t row_of(const struct limiter *limiter, const struct limiter_key *key)
{
	struct hash hash = hash_keyed(&limiter->secret, TEXT("limiter"), BYTES(key->bytes, sizeof(key->bytes)));
	uint32_t    row;

	memcpy(&row, hash.bytes, sizeof(row));
	return row & limiter->row_mask;
}

/* The key's bucket, or the one in its row that is fullest, given to the key. */
static struct bucket *find_bucket(struct limiter *limiter, uint32_t row, const struct limiter_key *key)
{
	struct bucket *buckets = &limiter->buckets[(size_t)row * WAYS], *fullest = buckets;

	for (int i = 0; i < WAYS; i++) {
		if (memcmp(buckets[i].key.bytes, key->bytes, sizeof(key->bytes)) == 0)
			return &buckets[i];
		if (buckets[i].full_at_us < fullest->full_at_us)
			fullest = &buckets[i];
	}
	*fullest = (struct bucket){.key = *key, .full_at_us = INT64_MIN};
	return fullest;
}

static uint32_t seconds_up(int64_t us)
{
	return us <= 0 ? 0 : (uint32_t)((us + SECOND_US - 1) / SECOND_US);
}

static void take(const struct limiter *limiter, struct bucket *bucket, uint32_t cost, int64_t now_us,
                 struct limiter_verdict *out)
{
	int64_t capacity_us = limiter->interval_us * limiter->limit;
	int64_t missing_us = bucket->full_at_us > now_us ? bucket->full_at_us - now_us : 0;
	int64_t needed_us;
	bool    allowed;

	if (cost > limiter->limit)
		cost = limiter->limit;
	needed_us = limiter->interval_us * (cost > 0 ? cost : 1);
	if (missing_us > capacity_us)
		missing_us = capacity_us;
	allowed = needed_us <= capacity_us - missing_us;
	*out = (struct limiter_verdict){.allowed = allowed, .limit = limiter->limit, .window_s = limiter->window_s};
	if (!allowed)
		out->retry_after_s = seconds_up(needed_us - (capacity_us - missing_us));
	else
		missing_us += limiter->interval_us * cost;
	bucket->full_at_us = now_us + missing_us;
	out->remaining = (uint32_t)((capacity_us - missing_us) / limiter->interval_us);
	out->reset_s = seconds_up(missing_us);
}

void limiter_take(struct limiter *limiter, const struct limiter_key *key, uint32_t cost, int64_t now_us,
                  struct limiter_verdict *out)
{
	uint32_t         row = row_of(limiter, key);
	pthread_mutex_t *lock = &limiter->locks[row % LOCKS];

	pthread_mutex_lock(lock);
	take(limiter, find_bucket(limiter, row, key), cost, now_us, out);
	pthread_mutex_unlock(lock);
}

struct limiter_key limiter_key_address(const uint8_t address[16])
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
	struct limiter_key   key = {0};
	bool                 whole = memcmp(address, mapped, sizeof(mapped)) == 0;

	memcpy(key.bytes, address, whole ? 16 : 8);
	return key;
}

struct limiter_key limiter_key_id(struct id id)
{
	struct limiter_key key;

	memcpy(key.bytes, id.bytes, sizeof(key.bytes));
	return key;
}
