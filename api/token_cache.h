/* Tokens that were found valid a moment ago, so that not every request pays for a signature check. One per thread, no
 * locks. Only successes are kept, for at most a minute and never past their expiry; the token itself is not kept, only
 * its keyed hash. Revocation is not this cache's business: ask revocation_allows for every request. */
#ifndef ORRERY_TOKEN_CACHE_H
#define ORRERY_TOKEN_CACHE_H

#include "api/token.h"

enum { TOKEN_CACHE_ENTRIES = 16 * 1024, TOKEN_CACHE_TTL_S = 60 };

struct token_cache;

/* About 2 MiB. The rules outlive the cache. */
struct token_cache *token_cache_create(const struct token_rules *rules);
void                token_cache_destroy(struct token_cache *cache);

/* As token_verify; about 1 µs when the token was seen before. `now_us` is the wall clock's. A reload that changed the
 * signing keys makes every entry worthless at once. */
enum token_verdict token_cache_verify(struct token_cache *cache, struct text token, int64_t now_us,
                                      struct token_claims *out) MUST_USE;

/* How often the cache answered, and how often it had to verify; for metrics. */
void token_cache_counts(const struct token_cache *cache, uint64_t *hits, uint64_t *misses);

#endif
