#include "api/markdown_cache.h"

#include "api/markdown.h"
#include "eventstore/base/map.h"
#include "eventstore/base/require.h"

#include <pthread.h>
#include <stdlib.h>

/* Pages by the hash of their text. A generation takes new ones until it is full; then it becomes the old one, and what
 * was not asked for since the last turn goes with the one before. */
struct generation {
	struct map   pages; /* to the address of a struct text in the arena */
	struct arena arena;
};

struct markdown_cache {
	pthread_mutex_t   lock;
	size_t            generation_bytes_max;
	struct generation young, old;
	uint64_t          hits, misses;
};

struct markdown_cache *markdown_cache_create(size_t bytes_max)
{
	struct markdown_cache *cache = calloc(1, sizeof(*cache));

	require(cache != NULL);
	pthread_mutex_init(&cache->lock, NULL);
	cache->generation_bytes_max = bytes_max / 2;
	cache->young.pages.key_size = sizeof(struct hash);
	cache->old.pages.key_size = sizeof(struct hash);
	return cache;
}

static void empty(struct generation *generation)
{
	map_finish(&generation->pages);
	arena_finish(&generation->arena);
	*generation = (struct generation){.pages.key_size = sizeof(struct hash)};
}

void markdown_cache_destroy(struct markdown_cache *cache)
{
	if (!cache)
		return;
	empty(&cache->young);
	empty(&cache->old);
	pthread_mutex_destroy(&cache->lock);
	free(cache);
}

static const struct text *page_of(const struct generation *generation, const struct hash *key)
{
	const uint64_t *place = map_get(&generation->pages, key);

	return place ? (const struct text *)(uintptr_t)*place : NULL;
}

static void keep(struct markdown_cache *cache, const struct hash *key, struct text html)
{
	struct text *page;

	if (cache->young.arena.used + html.size > cache->generation_bytes_max) {
		empty(&cache->old);
		cache->old = cache->young;
		cache->young = (struct generation){.pages.key_size = sizeof(struct hash)};
	}
	page = arena_new(&cache->young.arena, struct text);
	*page = arena_text(&cache->young.arena, html);
	*map_put(&cache->young.pages, key, NULL) = (uintptr_t)page;
}

/* What is found among the old is young again. */
static bool look_up(struct markdown_cache *cache, const struct hash *key, struct arena *arena, struct text *html)
{
	const struct text *young, *page;
	bool               found;

	pthread_mutex_lock(&cache->lock);
	young = page_of(&cache->young, key);
	page = young ? young : page_of(&cache->old, key);
	found = page != NULL;
	if (found)
		*html = arena_text(arena, *page);
	if (found && !young)
		keep(cache, key, *html);
	cache->hits += found;
	cache->misses += !found;
	pthread_mutex_unlock(&cache->lock);
	return found;
}

static void add(struct markdown_cache *cache, const struct hash *key, struct text html)
{
	if (html.size > MARKDOWN_CACHE_PAGE_BYTES_MAX)
		return;
	pthread_mutex_lock(&cache->lock);
	if (!page_of(&cache->young, key))
		keep(cache, key, html);
	pthread_mutex_unlock(&cache->lock);
}

enum status markdown_cache_html(struct markdown_cache *cache, struct text text, struct arena *arena, struct text *html)
{
	struct hash          key = hash_sha256(text_bytes(text));
	struct markdown_page page;
	const char          *mistake;
	enum status          status;

	if (cache && look_up(cache, &key, arena, html))
		return STATUS_OK;
	status = markdown_read(text, arena, &page, &mistake);
	if (status != STATUS_OK)
		return status;
	if (cache)
		add(cache, &key, page.html);
	*html = page.html;
	return STATUS_OK;
}

void markdown_cache_counts(struct markdown_cache *cache, uint64_t *hits, uint64_t *misses)
{
	pthread_mutex_lock(&cache->lock);
	*hits = cache->hits;
	*misses = cache->misses;
	pthread_mutex_unlock(&cache->lock);
}
