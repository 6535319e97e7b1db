#include "tests/commands/words.h"

#include "eventstore/base/require.h"

static bool is_blank(char character)
{
	return character == ' ' || character == '\t';
}

/* One word from *at on, without its quotes; *at goes behind it. */
static struct text next_word(struct arena *arena, const char **at)
{
	char  *word = arena_alloc(arena, strlen(*at) + 1);
	size_t size = 0;
	bool   quoted = false;

	for (; **at && (quoted || !is_blank(**at)); (*at)++) {
		if (**at == '"')
			quoted = !quoted;
		else
			word[size++] = **at;
	}
	return (struct text){.data = word, .size = size};
}

struct words words_split(struct arena *arena, const char *line)
{
	struct words words = {0};

	for (;;) {
		line += strspn(line, " \t");
		if (!*line || *line == '#')
			return words;
		require(words.count < WORDS_MAX);
		words.items[words.count++] = next_word(arena, &line);
	}
}

struct text word_at(const struct words *words, uint32_t place)
{
	return place < words->count ? words->items[place] : TEXT_NONE;
}
