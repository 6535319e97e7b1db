#include "tools/options.h"

#include <stdarg.h>
#include <stdio.h>

enum { SENTENCE_SIZE = 256 };

static const char *complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

static const char *complain(const char *format, ...)
{
	static char sentence[SENTENCE_SIZE];
	va_list     values;

	va_start(values, format);
	vsnprintf(sentence, sizeof(sentence), format, values);
	va_end(values);
	return sentence;
}

static const struct option_row *find(const struct option_row *rows, const char *word)
{
	for (; rows->name; rows++)
		if (strcmp(rows->name, word) == 0)
			return rows;
	return NULL;
}

static bool is_option(const char *word)
{
	return strncmp(word, "--", 2) == 0;
}

static const char *add_word(struct option_list *list, const char *word)
{
	if (!list)
		return complain("\"%.80s\" has no meaning here.", word);
	if (list->count == OPTION_LIST_MAX)
		return complain("More than %d words are too many.", OPTION_LIST_MAX);
	list->items[list->count++] = word;
	return NULL;
}

/* One word for the option. */
static const char *take(const struct option_row *row, const char *word)
{
	switch (row->kind) {
	case OPTION_TEXT:
		*(const char **)row->value = word;
		return NULL;
	case OPTION_NUMBER:
		if (text_parse_u64(text_from(word), row->value) && *(uint64_t *)row->value > 0)
			return NULL;
		return complain("%s takes a number from 1 on, not \"%.80s\".", row->name, word);
	case OPTION_ID:
		if (id_parse(text_from(word), row->value) && id_present(*(struct id *)row->value))
			return NULL;
		return complain("%s takes an id, not \"%.80s\".", row->name, word);
	default:
		return add_word(row->value, word);
	}
}

const char *options_read(int argc, char **argv, const struct option_row *rows, struct option_list *words)
{
	const char *wrong = NULL;

	for (int i = 1; i < argc && !wrong; i++) {
		const struct option_row *row = find(rows, argv[i]);

		if (!row && is_option(argv[i]))
			wrong = complain("There is no option %.80s.", argv[i]);
		else if (!row)
			wrong = add_word(words, argv[i]);
		else if (row->kind == OPTION_FLAG)
			*(bool *)row->value = true;
		else if (i + 1 == argc || is_option(argv[i + 1]))
			wrong = complain("%s lacks the word after it.", row->name);
		else
			wrong = take(row, argv[++i]);
		while (!wrong && row && row->kind == OPTION_LIST && i + 1 < argc && !is_option(argv[i + 1]))
			wrong = take(row, argv[++i]);
	}
	return wrong;
}
