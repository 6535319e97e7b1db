/* Texts that were made into HTML a moment ago, so that a class that is asked the same questions at the same moment does
 * not have each of them rendered for everybody. What a text becomes depends on nothing else, so nothing here grows
 * stale. For several threads. */
#ifndef ORRERY_MARKDOWN_CACHE_H
#define ORRERY_MARKDOWN_CACHE_H

#include "eventstore/base/arena.h"
#include "eventstore/base/status.h"

enum {
	MARKDOWN_CACHE_BYTES_MAX = 16 << 20,      /* of all pages, roughly */
	MARKDOWN_CACHE_PAGE_BYTES_MAX = 64 << 10, /* longer ones are not kept */
};

struct markdown_cache;

struct markdown_cache *markdown_cache_create(size_t bytes_max);
void                   markdown_cache_destroy(struct markdown_cache *cache); /* NULL is borne */

/* The HTML of a text, as markdown_read has it, which also says what may fail; a failure is not kept. It lives in the
 * arena. Without a cache the text is read each time. */
enum status markdown_cache_html(struct markdown_cache *cache, struct text text, struct arena *arena,
                                struct text *html) MUST_USE;

/* How often a page was there, and how often a text had to be read. */
void markdown_cache_counts(struct markdown_cache *cache, uint64_t *hits, uint64_t *misses);

#endif
