/* What the files of markdown share. */
#ifndef ORRERY_MARKDOWN_PARTS_H
#define ORRERY_MARKDOWN_PARTS_H

#include "api/markdown.h"
#include "eventstore/base/buffer.h"

#include <cmark-gfm-extension_api.h>
#include <cmark-gfm.h>

/* markdown.c: the memory of the parse that goes on in this thread. */
extern struct cmark_mem markdown_memory;

/* markdown_math.c: formulas, as an extension of the parser. A formula is a CODE or CODE_BLOCK node of this extension,
 * whose literal still has its dollars. */
struct cmark_syntax_extension *markdown_math(void);

/* The text that this thread parses now, and NULL when it is done; lines end with \n. */
void markdown_math_of(const struct text *text);

struct markdown_formula {
	struct text tex;
	bool        block;
};

/* False: the node is no formula. A block that turned out not to end is none either. */
bool markdown_formula(struct cmark_node *node, struct markdown_formula *out);

/* markdown_guard.c: what of a text could make the parser slow. NULL when nothing does, else a sentence. */
const char *markdown_guard(struct text text);

/* markdown_render.c: a page is written by walking the tree once. Zeroes are a valid beginning, but for the arena. */
struct markdown_writing {
	struct arena            *arena;
	struct buffer            html, plain;
	struct markdown_heading *headings;
	struct hash             *media;
	struct id               *simulations, *questions;
	size_t                   heading_count, media_count, simulation_count, question_count;
	struct text              broken;
	const char              *mistake; /* nothing more is written once there is one */
	int                      depth;
	int                      links;  /* how many <a> are open */
	int                      images; /* within how many images this is; their text goes into an attribute */
};

void markdown_write(struct markdown_writing *writing, struct cmark_node *root);
void markdown_writing_finish(struct markdown_writing *writing);

/* markdown_embed.c: embeds and media. True: the block was one, and is written. */
bool markdown_embed(struct markdown_writing *writing, struct cmark_node *block);
void markdown_uses_media(struct markdown_writing *writing, struct hash hash);
void markdown_is_broken(struct markdown_writing *writing, struct text what);

/* markdown_link.c: addresses. */
enum markdown_target { TARGET_NONE, TARGET_WEB, TARGET_MAIL, TARGET_PATH, TARGET_HEADING, TARGET_MEDIA };

enum { MARKDOWN_ADDRESS_BYTES_MAX = 2048 };

/* What an address is, judged as browsers read it; TARGET_NONE must not be linked to. `media` is set for a medium. */
enum markdown_target markdown_target(struct text address, struct hash *media);

/* Begins with "media:", whatever follows. */
bool markdown_means_media(struct text address);

void markdown_append_address(struct buffer *out, enum markdown_target target, struct text address);

/* Text in which bare addresses are links, unless it stands in a link already. */
void markdown_append_linked(struct buffer *out, struct text text);

#endif
