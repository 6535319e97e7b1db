/* Where a verb's words for people go: a terminal, through a pager if they may be many, or a file. On a terminal they
 * are coloured, unless NO_COLOR is set (no-color.org) or TERM is "dumb", and cut to its width. */
#ifndef ORRERY_SCREEN_H
#define ORRERY_SCREEN_H

#include "eventstore/base/buffer.h"
#include "eventstore/base/status.h"

#include <stdio.h>

/* The caller's memory. */
struct screen {
	FILE    *out;
	bool     paged;
	bool     colour;
	unsigned columns; /* 0: as wide as it takes */
};

/* `page`: if this is a terminal, print through PAGER, or less when it is not set; an empty PAGER, or "cat", is none. */
void screen_open(struct screen *screen, bool page);

/* Prints the text and empties the buffer. */
enum status screen_print(struct screen *screen, struct buffer *text) MUST_USE;

/* Waits until the reader has left the pager. */
enum status screen_close(struct screen *screen) MUST_USE;

enum paint { PAINT_PLAIN, PAINT_HEAD, PAINT_NAME, PAINT_FAINT, PAINT_GOOD, PAINT_BAD };

/* Appends the words in that colour. */
void screen_paint(const struct screen *screen, struct buffer *out, enum paint paint, struct text words);

/* A table whose last column takes what room there is. */
struct screen_column {
	const char *title;
	unsigned    width; /* 0 for the last one */
	bool        right; /* numbers */
	enum paint  paint;
};

enum { SCREEN_COLUMNS_MAX = 8 };

/* One row; with cells NULL the titles. On a terminal a cell that is longer than its column is cut, and "…" stands for
 * the rest; elsewhere it pushes what follows to the right. */
void screen_row(const struct screen *screen, struct buffer *out, const struct screen_column *columns, uint32_t count,
                const struct text *cells);

/* Appends words from outside: what would steer a terminal becomes a space. */
void screen_tame(struct buffer *out, struct text words);

#endif
