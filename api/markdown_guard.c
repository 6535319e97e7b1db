/* Some texts take cmark-gfm 0.29.0.gfm.6, which is Debian 12's, time that grows with the square of their
 * length. Nobody writes such texts for a reader; they are refused before they are parsed, by looking at each line once.
 */
#include "api/markdown_parts.h"

enum {
	/* In one line. Each cell is appended by walking over those before it. */
	BARS_MAX = 256,
	/* A line that could part a table's head from its body makes the parser read again what stands above it in the
	 * same paragraph. So many bytes may be read again in all. */
	REREAD_BYTES_MAX = 256 * 1024,
	/* Each link walks over the images that were begun before it and not ended. */
	IMAGES_MAX = 1000,
};

static size_t count_bars(struct text line)
{
	size_t bars = 0;

	for (size_t i = 0; i < line.size; i++)
		bars += line.data[i] == '|';
	return bars;
}

static size_t count_images(struct text text)
{
	const char *end = text.data + text.size, *at = text.data;
	size_t      images = 0;

	while ((at = memmem(at, (size_t)(end - at), "![", 2))) {
		at += 2;
		images++;
	}
	return images;
}

static bool consists_of(struct text line, const char *set)
{
	for (size_t i = 0; i < line.size; i++) {
		if (!strchr(set, line.data[i]))
			return false;
	}
	return true;
}

const char *markdown_guard(struct text text)
{
	size_t above = 0, reread = 0;

	if (count_images(text) > IMAGES_MAX)
		return "The text has more than 1000 images.";
	while (text.size > 0) {
		const char *end = memchr(text.data, '\n', text.size);
		struct text line = {text.data, end ? (size_t)(end - text.data) : text.size};

		if (count_bars(line) > BARS_MAX)
			return "A line has more than 256 vertical bars.";
		if (consists_of(line, " \t>|-:*+.)0123456789"))
			reread += above;
		if (reread > REREAD_BYTES_MAX)
			return "Too many lines look as if a table began there; put blank lines between paragraphs.";
		above = consists_of(line, " \t") ? 0 : above + line.size + 1;
		text.data += line.size + (end ? 1 : 0);
		text.size -= line.size + (end ? 1 : 0);
	}
	return NULL;
}
