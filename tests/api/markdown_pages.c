/* Makes pages for tests in other languages. Reads texts, each as "SIZE\n" and its bytes, and answers each with
 * "ok HTML-SIZE PLAIN-SIZE\n", the HTML and the plain text, or with "no SIZE\n" and the sentence. */
#include "api/markdown.h"
#include "eventstore/base/require.h"

#include <stdio.h>

enum { TEXT_SIZE_MAX = 1 << 20 };

static void answer(struct text text)
{
	struct arena         arena = {0};
	struct markdown_page page;
	const char          *mistake;

	if (markdown_read(text, &arena, &page, &mistake) == STATUS_OK) {
		printf("ok %zu %zu\n", page.html.size, page.plain.size);
		fwrite(page.html.data, 1, page.html.size, stdout);
		fwrite(page.plain.data, 1, page.plain.size, stdout);
	} else {
		printf("no %zu\n%s", strlen(mistake), mistake);
	}
	arena_finish(&arena);
}

int main(void)
{
	static char data[TEXT_SIZE_MAX];
	size_t      size;

	while (scanf("%zu", &size) == 1) {
		require(size <= sizeof(data) && getchar() == '\n' && fread(data, 1, size, stdin) == size);
		answer((struct text){data, size});
	}
	return 0;
}
