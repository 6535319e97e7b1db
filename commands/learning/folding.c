#include "commands/learning/folding.h"

#include "commands/learning/character.h"

#include <stdlib.h>
#include <utf8proc.h>

/* The rule of Unicode chapter 3.13 for caseless comparison: fold, then normalise. */
static utf8proc_option_t options_of(struct folding folding)
{
	int options = UTF8PROC_STABLE | UTF8PROC_IGNORE;

	if (!folding.case_matters)
		options |= UTF8PROC_CASEFOLD;
	options |= folding.diacritics_matter ? UTF8PROC_COMPOSE : UTF8PROC_DECOMPOSE | UTF8PROC_STRIPMARK;
	return (utf8proc_option_t)options;
}

static struct text with_single_blanks(struct text text, struct arena *arena)
{
	char       *out = arena_alloc(arena, text.size + 1);
	struct text rest = text;
	size_t      size = 0;
	bool        owed = false;

	while (rest.size > 0) {
		const char *start = rest.data;

		if (character_is_blank(character_take(&rest))) {
			owed = size > 0;
			continue;
		}
		if (owed)
			out[size++] = ' ';
		owed = false;
		memcpy(out + size, start, (size_t)(rest.data - start));
		size += (size_t)(rest.data - start);
	}
	return (struct text){.data = out, .size = size};
}

enum status folding_apply(struct folding folding, struct text text, struct arena *arena, struct text *out)
{
	utf8proc_uint8_t *mapped = NULL;
	utf8proc_ssize_t  size;
	size_t            points;

	if (text.size > FOLDING_SIZE_MAX)
		return STATUS_TOO_LARGE;
	if (!text_code_points(text, &points))
		return STATUS_INVALID;
	size = utf8proc_map((const utf8proc_uint8_t *)text.data, (utf8proc_ssize_t)text.size, &mapped,
	                    options_of(folding));
	if (size < 0)
		return STATUS_INVALID;
	*out = arena_text(arena, (struct text){.data = (const char *)mapped, .size = (size_t)size});
	free(mapped);
	if (!folding.blanks_matter)
		*out = with_single_blanks(*out, arena);
	return STATUS_OK;
}
