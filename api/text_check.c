#include "api/text_check.h"

#include "api/markdown.h"
#include "api/media_store.h"

static enum status check_media(const struct markdown_page *page, const char *data, struct arena *arena,
                               struct text *mistake)
{
	char name[MEDIA_NAME_SIZE + 1];

	for (size_t i = 0; i < page->media_count; i++) {
		if (media_store_has(data, &page->media[i]))
			continue;
		media_store_name(&page->media[i], name);
		*mistake = arena_format(arena, "shows a medium that is not there: %s", name);
		return STATUS_INVALID;
	}
	return STATUS_OK;
}

enum status text_check(struct text body, const char *data, struct arena *arena, struct text *mistake)
{
	struct markdown_page page = {0};
	const char          *sentence = NULL;
	enum status          status = markdown_read(body, arena, &page, &sentence);

	if (status == STATUS_MALFORMED || status == STATUS_TOO_LARGE || status == STATUS_INVALID) {
		*mistake = text_from(sentence);
		return STATUS_INVALID;
	}
	if (status != STATUS_OK)
		return status;
	if (!page.broken.data)
		return check_media(&page, data, arena, mistake);
	*mistake = arena_format(arena, "refers to something by what is no id: %.*s", TEXT_ARG(page.broken));
	return STATUS_INVALID;
}
