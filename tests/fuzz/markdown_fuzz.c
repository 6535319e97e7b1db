/* Authors' texts: whatever they are, the page holds nothing but what pages may hold, and a refusal has a reason. */
#include "api/markdown.h"
#include "eventstore/base/require.h"
#include "tests/api/markdown_judge.h"

#include <stdio.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct markdown_page *page)
{
	size_t      at, points;
	const char *wrong = markdown_judge(page->html, &at);

	if (wrong)
		fprintf(stderr, "%s at byte %zu of: %.*s\n", wrong, at, TEXT_ARG(page->html));
	require(!wrong);
	require(text_code_points(page->html, &points) && text_code_points(page->plain, &points));
	require(page->html.size <= MARKDOWN_HTML_BYTES_MAX + MARKDOWN_BYTES_MAX * 8);
	for (size_t i = 0; i < page->heading_count; i++)
		require(text_starts_with(page->headings[i].id, TEXT("h-"))
		        && text_code_points(page->headings[i].text, &points)
		        && text_code_points(page->headings[i].id, &points));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena         arena = {0};
	struct markdown_page page;
	const char          *mistake = NULL;

	if (markdown_read((struct text){(const char *)data, size}, &arena, &page, &mistake) == STATUS_OK)
		check(&page);
	else
		require(mistake != NULL);
	arena_finish(&arena);
	return 0;
}
