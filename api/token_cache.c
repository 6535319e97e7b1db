#include "api/token_cache.h"

#include "eventstore/base/hash.h"
#include "eventstore/base/require.h"

#include <stdlib.h>

enum { SECOND_US = 1000000, WAYS = 4, ROWS = TOKEN_CACHE_ENTRIES / WAYS };

_Static_assert((ROWS & (ROWS - 1)) == 0, "rows are chosen by a mask");

struct entry {
	struct hash         key;
	int64_t             checked_us; /* a clock that stepped back makes entries worthless, too */
	int64_t             until_us;   /* 0: free */
	struct token_claims claims;
};

struct token_cache {
	const struct token_rules *rules;
	struct hash               secret;
	uint64_t                  generation; /* of the signing keys that the entries were verified with */
	uint64_t                  hits, misses;
	struct entry              entries[ROWS][WAYS];
};

struct token_cache *token_cache_create(const struct token_rules *rules)
{
	struct token_cache *cache = calloc(1, sizeof(*cache));

	require(cache != NULL);
	cache->rules = rules;
	cache->generation = signing_generation(rules->signing);
	random_fill(&cache->secret, sizeof(cache->secret));
	return cache;
}

void token_cache_destroy(struct token_cache *cache)
{
	free(cache);
}

static void forget_other_keys(struct token_cache *cache)
{
	uint64_t generation = signing_generation(cache->rules->signing);

	if (cache->generation == generation)
		return;
	memset(cache->entries, 0, sizeof(cache->entries));
	cache->generation = generation;
}

static struct entry *row_of(struct token_cache *cache, const struct hash *key)
{
	uint32_t row;

	memcpy(&row, key->bytes, sizeof(row));
	return cache->entries[row & (ROWS - 1)];
}

static const struct entry *find(struct token_cache *cache, const struct hash *key, int64_t now_us)
{
	const struct entry *row = row_of(cache, key);

	for (int i = 0; i < WAYS; i++)
		if (row[i].until_us > now_us && row[i].checked_us <= now_us && hash_equal(&row[i].key, key))
			return &row[i];
	return NULL;
}

/* In the place of the one that would go first. */
static void keep(struct token_cache *cache, const struct hash *key, int64_t now_us, const struct token_claims *claims)
{
	struct entry *row = row_of(cache, key);
	struct entry *place = row;
	int64_t       until_us = now_us + TOKEN_CACHE_TTL_S * (int64_t)SECOND_US;

	if (until_us > claims->expires_s * SECOND_US)
		until_us = claims->expires_s * SECOND_US;
	for (int i = 1; i < WAYS; i++)
		if (row[i].until_us < place->until_us)
			place = &row[i];
	*place = (struct entry){.key = *key, .checked_us = now_us, .until_us = until_us, .claims = *claims};
}

enum token_verdict token_cache_verify(struct token_cache *cache, struct text token, int64_t now_us,
                                      struct token_claims *out)
{
	const struct entry *entry;
	struct hash         key;
	enum token_verdict  verdict;

	if (token.size > TOKEN_SIZE_MAX)
		return TOKEN_TOO_LARGE;
	forget_other_keys(cache);
	key = hash_keyed(&cache->secret, TEXT("token"), text_bytes(token));
	entry = find(cache, &key, now_us);
	if (entry) {
		cache->hits++;
		*out = entry->claims;
		return TOKEN_VALID;
	}
	cache->misses++;
	verdict = token_verify(cache->rules, token, now_us, out);
	if (verdict == TOKEN_VALID)
		keep(cache, &key, now_us, out);
	return verdict;
}

void token_cache_counts(const struct token_cache *cache, uint64_t *hits, uint64_t *misses)
{
	*hits = cache->hits;
	*misses = cache->misses;
}
