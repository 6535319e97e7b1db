/* What authors write, and what a page shows of it. Texts are CommonMark with the tables, strikethrough, task lists and
 * bare links of GitHub's dialect (cmark-gfm reads them), and with three things of ours:
 *
 * - Formulas are TeX between $ and $, or between $$ and $$ for one that stands alone; which dollars open and close one
 * is pandoc's rule (its manual, "tex_math_dollars"). They are not touched, and become <span class="math"
 * data-display="inline">…</span>, with "block" where they stand alone. Not so inside code. Inside tables a vertical bar
 * is written \|, as in code there.
 * - A fenced block whose first line is "simulation ID", "question ID", "video HASH" or "audio HASH" embeds one; its
 * text is the caption. It becomes <figure data-embed="simulation" data-id="…">. Other fenced blocks are code.
 * - media:HASH, in links and images, is a file of our media store.
 *
 * The HTML is safe to put into a page, by its making: every tag and attribute in it is one that markdown_render.c
 * writes out, all else is escaped. HTML in the text is shown as text. Links lead to http, https and mailto addresses,
 * to paths and headings; images show our own media only, and another's image becomes a link to it, since a page of ours
 * calls nobody without being asked. */
#ifndef ORRERY_MARKDOWN_H
#define ORRERY_MARKDOWN_H

#include "eventstore/base/arena.h"
#include "eventstore/base/buffer.h"
#include "eventstore/base/hash.h"
#include "eventstore/base/id.h"
#include "eventstore/base/status.h"

enum {
	MARKDOWN_BYTES_MAX = 64 * 1024,
	MARKDOWN_HTML_BYTES_MAX = 1024 * 1024,
	MARKDOWN_DEPTH_MAX = 32, /* blocks and inlines within one another; a list is two */
	MARKDOWN_HEADINGS_MAX = 200,
	MARKDOWN_HEADING_BYTES_MAX = 200, /* of its text in the list of headings; the rest is cut off there */
	MARKDOWN_REFERENCES_MAX = 256,    /* of each kind */
	MARKDOWN_CAPTION_BYTES_MAX = 500,
	MARKDOWN_FORMULA_BYTES_MAX = 4096, /* more is not a formula, but text with dollars in it */
};

struct markdown_heading {
	struct text id; /* of its element: unique in the page; begins with "h-", so that it names nothing of the page's
	                   own */
	struct text text; /* without its marks */
	uint32_t    level;
};

/* Everything there is to know of a text. Lists hold each thing once, in the order of the text. */
struct markdown_page {
	struct text                    html;
	struct text                    plain; /* its words, for a search */
	const struct markdown_heading *headings;
	const struct hash             *media;
	const struct id               *simulations;
	const struct id               *questions;
	size_t                         heading_count, media_count, simulation_count, question_count;
	struct text broken; /* the first embed or medium that does not name one; absent when all do */
};

/* The page lives in the arena. A failure says its reason in *mistake, one sentence for the author, and leaves *out
 * alone: MALFORMED is not UTF-8, TOO_LARGE and INVALID break a limit. May be called by several threads; they parse one
 * after the other, since cmark-gfm keeps a table in static memory. A usual text takes well under a millisecond, the
 * worst that passes the limits some tens. */
enum status markdown_read(struct text text, struct arena *arena, struct markdown_page *out,
                          const char **mistake) MUST_USE;

/* A text that is no Markdown, shown as it stands. */
void markdown_append_escaped(struct buffer *out, struct text text);

#endif
