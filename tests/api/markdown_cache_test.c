/* Pages that were made before: the same as anew, few enough, and for several threads. */
#include "api/markdown_cache.h"

#include "api/markdown.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { TEXTS = 200, ROUNDS = 20, THREADS = 4 };

static struct arena arena;

static struct text number(struct arena *where, int i)
{
	return arena_format(where, "Text *%d* of $%d$, and some more to fill the page with", i, i);
}

static struct text anew(struct text text)
{
	struct markdown_page page;
	const char          *mistake;

	assert_int_equal(markdown_read(text, &arena, &page, &mistake), STATUS_OK);
	return page.html;
}

static struct text cached(struct markdown_cache *cache, struct text text)
{
	struct text html;

	assert_int_equal(markdown_cache_html(cache, text, &arena, &html), STATUS_OK);
	return html;
}

static void counts_are(struct markdown_cache *cache, uint64_t hits, uint64_t misses)
{
	uint64_t found_hits, found_misses;

	markdown_cache_counts(cache, &found_hits, &found_misses);
	assert_int_equal(found_hits, hits);
	assert_int_equal(found_misses, misses);
}

static void a_page_is_the_same_the_second_time_and_not_made_again(void **state)
{
	struct markdown_cache *cache = markdown_cache_create(MARKDOWN_CACHE_BYTES_MAX);
	const struct text      text = TEXT("A **ball** and $m < 3$");

	for (int i = 0; i < 3; i++)
		assert_true(text_equal(cached(cache, text), anew(text)));
	counts_are(cache, 2, 1);
	assert_true(text_equal(cached(cache, TEXT("")), anew(TEXT(""))));
	assert_true(text_equal(cached(NULL, text), anew(text)));
	markdown_cache_destroy(cache);
	markdown_cache_destroy(NULL);
	arena_reset(&arena);
}

/* Half of the texts fill it. Those that are asked for again and again stay, the others go. */
static void it_keeps_what_is_asked_for_and_no_more_than_it_may(void **state)
{
	size_t                 page = anew(number(&arena, 1)).size;
	struct markdown_cache *cache = markdown_cache_create(TEXTS / 2 * page);
	uint64_t               hits, misses, before;

	for (int i = 0; i < TEXTS; i++) {
		assert_true(text_equal(cached(cache, number(&arena, i)), anew(number(&arena, i))));
		cached(cache, TEXT("Again and again"));
	}
	markdown_cache_counts(cache, &hits, &misses);
	assert_int_equal(misses, TEXTS + 1);
	assert_int_equal(hits, TEXTS - 1);
	before = misses;
	for (int i = 0; i < TEXTS; i++)
		cached(cache, number(&arena, i));
	markdown_cache_counts(cache, &hits, &misses);
	assert_true(misses - before >= TEXTS / 2);
	markdown_cache_destroy(cache);
	arena_reset(&arena);
}

static void a_text_that_cannot_be_shown_fails_each_time(void **state)
{
	struct markdown_cache *cache = markdown_cache_create(MARKDOWN_CACHE_BYTES_MAX);
	struct text            html;

	for (int i = 0; i < 2; i++)
		assert_int_equal(markdown_cache_html(cache, TEXT("\xff"), &arena, &html), STATUS_MALFORMED);
	counts_are(cache, 0, 2);
	markdown_cache_destroy(cache);
	arena_reset(&arena);
}

static void *ask(void *owner)
{
	struct arena own = {0};
	uintptr_t    wrong = 0;

	for (int i = 0; i < TEXTS * ROUNDS; i++) {
		struct text text = number(&own, i % TEXTS), html;
		struct text begin = arena_format(&own, "<p>Text <em>%d</em>", i % TEXTS);

		if (markdown_cache_html(owner, text, &own, &html) != STATUS_OK || html.size < begin.size
		    || memcmp(html.data, begin.data, begin.size) != 0)
			wrong++;
		if (i % TEXTS == 0)
			arena_reset(&own);
	}
	arena_finish(&own);
	return (void *)wrong;
}

static void several_threads_get_what_they_asked_for(void **state)
{
	struct markdown_cache *cache = markdown_cache_create(8192);
	pthread_t              threads[THREADS];
	void                  *wrong;

	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, ask, cache), 0);
	for (int i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_join(threads[i], &wrong), 0);
		assert_null(wrong);
	}
	markdown_cache_destroy(cache);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_page_is_the_same_the_second_time_and_not_made_again),
		cmocka_unit_test(it_keeps_what_is_asked_for_and_no_more_than_it_may),
		cmocka_unit_test(a_text_that_cannot_be_shown_fails_each_time),
		cmocka_unit_test(several_threads_get_what_they_asked_for),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	arena_finish(&arena);
	return failed;
}
