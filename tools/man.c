/* orrery man */
#include "tools/man.h"

#include "eventstore/base/config.h"
#include "tools/audit.h"

#include <stdio.h>
#include <stdlib.h>

enum { TERM_SIZE_MAX = 44 };

/* ---------------------------------------------------------------- characters */

/* The code point that begins here, and its length. The texts are our own: well-formed UTF-8. */
static uint32_t code_point(const unsigned char *at, size_t *length)
{
	*length = at[0] < 0x80 ? 1 : at[0] < 0xe0 ? 2 : at[0] < 0xf0 ? 3 : 4;
	switch (*length) {
	case 1:
		return at[0];
	case 2:
		return (uint32_t)(at[0] & 0x1f) << 6 | (at[1] & 0x3f);
	case 3:
		return (uint32_t)(at[0] & 0x0f) << 12 | (uint32_t)(at[1] & 0x3f) << 6 | (at[2] & 0x3f);
	default:
		return (uint32_t)(at[0] & 0x07) << 18 | (uint32_t)(at[1] & 0x3f) << 12 | (uint32_t)(at[2] & 0x3f) << 6
		       | (at[3] & 0x3f);
	}
}

/* What troff would take as its own is spelt out; what stands in backquotes becomes bold. */
static void append_words(struct text words, struct buffer *out)
{
	bool bold = false;

	for (size_t i = 0, length; i < words.size; i += length) {
		uint32_t c = code_point((const unsigned char *)words.data + i, &length);

		if (c == '`') {
			bold = !bold;
			buffer_append_text(out, bold ? TEXT("\\fB") : TEXT("\\fR"));
		} else if (c == '\\') {
			buffer_append_text(out, TEXT("\\e"));
		} else if (c == '-' || c == '\'' || c == '^' || c == '~') {
			buffer_append_text(out, c == '-'    ? TEXT("\\-")
			                        : c == '\'' ? TEXT("\\(aq")
			                        : c == '^'  ? TEXT("\\(ha")
			                                    : TEXT("\\(ti"));
		} else if (c >= 0x80) {
			buffer_format(out, "\\[u%04X]", c);
		} else {
			buffer_append(out, BYTES(&words.data[i], 1));
		}
	}
}

/* A line of text; one that begins with a dot would be a request. */
static void append_line(struct text words, struct buffer *out)
{
	if (words.size > 0 && words.data[0] == '.')
		buffer_append_text(out, TEXT("\\&"));
	append_words(words, out);
	buffer_append_text(out, TEXT("\n"));
}

/* ---------------------------------------------------------------- a manual */

static bool next_line(struct text *rest, struct text *line)
{
	const char *end = rest->size > 0 ? memchr(rest->data, '\n', rest->size) : NULL;

	if (!end)
		return false;
	*line = (struct text){.data = rest->data, .size = (size_t)(end - rest->data)};
	rest->size -= line->size + 1;
	rest->data = end + 1;
	return true;
}

static struct text without_indent(struct text line)
{
	while (line.size > 0 && line.data[0] == ' ') {
		line.data++;
		line.size--;
	}
	return line;
}

/* A line "TERM  what it means", two spaces or more between. */
static bool is_term(struct text line, struct text *term, struct text *meaning)
{
	for (size_t i = 1; i + 1 < line.size && i <= TERM_SIZE_MAX; i++)
		if (line.data[i] == ' ' && line.data[i + 1] == ' ') {
			*term = (struct text){.data = line.data, .size = i};
			*meaning = without_indent((struct text){.data = line.data + i, .size = line.size - i});
			return line.data[0] != ' ' && meaning->size > 0;
		}
	return false;
}

static void append_term(struct text term, struct text meaning, struct buffer *out)
{
	buffer_append_text(out, TEXT(".TP\n\\fB"));
	append_words(term, out);
	buffer_append_text(out, TEXT("\\fR\n"));
	append_line(meaning, out);
}

/* "Usage: …" and the indented lines below it, which keep their breaks. */
static void append_usage(struct text *rest, struct buffer *out)
{
	struct text line;

	buffer_append_text(out, TEXT(".PP\n.nf\n"));
	while (next_line(rest, &line) && line.size > 0) {
		(void)text_take(&line, TEXT("Usage: "));
		buffer_append_text(out, TEXT("\\fB"));
		append_words(line, out);
		buffer_append_text(out, TEXT("\\fR\n"));
	}
	buffer_append_text(out, TEXT(".fi\n"));
}

static void append_manual(const char *manual, struct buffer *out)
{
	struct text rest = text_from(manual), line, term, meaning;
	bool        listing = false, apart = true;

	append_usage(&rest, out);
	while (next_line(&rest, &line)) {
		bool indented = line.size > 0 && line.data[0] == ' ';

		if (line.size == 0) {
			apart = true;
		} else if (is_term(line, &term, &meaning)) {
			append_term(term, meaning, out);
			listing = true;
			apart = false;
		} else {
			if (apart || (listing && !indented) || text_starts_with(line, TEXT("Exit code")))
				buffer_append_text(out, TEXT(".PP\n"));
			listing = listing && indented && !apart;
			apart = false;
			append_line(without_indent(line), out);
		}
	}
}

/* ---------------------------------------------------------------- a page */

static void append_environment(struct buffer *out)
{
	buffer_append_text(out, TEXT(".SH ENVIRONMENT\n"));
	for (uint32_t i = 0; i < CONFIG_COUNT; i++)
		append_term(text_from(config_variables[i].name), text_from(config_variables[i].sentence), out);
	append_term(TEXT("NO_COLOR"), TEXT("When set, nothing is coloured."), out);
	append_term(TEXT("PAGER"), TEXT("What long answers go through on a terminal, less by default; empty: nothing."),
	            out);
	append_term(TEXT("TZ"), TEXT("The time zone of times for people."), out);
}

void man_append(const struct man_page *page, struct buffer *out)
{
	struct text sentence = text_from(page->sentence);

	sentence.size--;
	buffer_append_text(out, TEXT(".\\\" Written by `orrery man`; change the manuals of the verbs instead.\n"));
	buffer_format(out, ".TH \"%s\" 1 \"\" \"Orrery %s\" \"\"\n.ad l\n.nh\n.SH NAME\n%s \\- ", page->name,
	              ORRERY_VERSION, page->name);
	append_line(sentence, out);
	buffer_format(out, ".SH SYNOPSIS\n\\fB%s\\fR \\fIVERB\\fR [\\fIARGUMENT\\fR]...\n.SH DESCRIPTION\n",
	              page->command);
	append_line(text_from(page->about), out);
	buffer_append_text(out, TEXT(".SH VERBS\n"));
	for (size_t i = 0; page->verbs[i]; i++) {
		buffer_append_text(out, TEXT(".SS "));
		append_line(text_from(page->verbs[i]->name), out);
		append_line(text_from(page->verbs[i]->sentence), out);
		append_manual(page->verbs[i]->manual, out);
	}
	append_environment(out);
	buffer_format(out, ".SH \"SEE ALSO\"\n.BR %s\n", page->others);
}

/* ---------------------------------------------------------------- the verb */

static const struct man_page pages[] = {
	{.name = "orrery",
         .command = "orrery",
         .sentence = "the event-sourced core of a platform for learning physics.",
         .about = "Starts, watches and looks after an Orrery. `orrery help VERB` prints what stands here about a verb.",
         .verbs = verb_list,
         .others = "orrery\\-audit (1)"},
	{.name = "orrery-audit",
         .command = "orrery audit",
         .sentence = "look into the past of an Orrery's log, and check it.",
         .about =
                 "The log holds every event that ever happened. These verbs read it as it lies on disk, while the "
                 "writer "
                 "goes on, and never change it, but for the note that `--unseal` leaves. What names a person is sealed "
                 "and shows as \"(sealed)\". Exit codes are the same in all of them: 0 done, 1 could not be done or is "
                 "not there, 2 the words were not understood, 3 what was read is damaged; each verb tells more.",
         .verbs = audit_list,
         .others = "orrery (1)"},
};

static int run_man(int argc, char **argv)
{
	const struct man_page *page = &pages[argc == 2 && strcmp(argv[1], "audit") == 0];
	struct buffer          out = {0};
	bool                   written;

	if (argc > 2 || (argc == 2 && page == pages))
		return verb_misused(&verb_man, "It takes nothing, or the word audit.");
	man_append(page, &out);
	written = fwrite(out.data, 1, out.size, stdout) == out.size && fflush(stdout) == 0;
	buffer_finish(&out);
	return written ? EXIT_SUCCESS : EXIT_FAILURE;
}

const struct verb verb_man = {
	.name = "man",
	.sentence = "Prints all manuals as one page for man.",
	.manual = "Usage: orrery man [audit]\n\n"
		  "orrery(1), or orrery-audit(1), made of what `orrery help VERB` and `orrery audit help VERB` print:\n"
		  "`orrery man audit > orrery-audit.1; man -l orrery-audit.1`. The build installs both.\n",
	.run = run_man,
};
