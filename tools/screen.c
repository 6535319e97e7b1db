#include "tools/screen.h"

#include "eventstore/base/require.h"

#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { COLUMNS_USUAL = 80 };

static unsigned width_of(int terminal)
{
	struct winsize size;

	return ioctl(terminal, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : COLUMNS_USUAL;
}

static bool may_colour(void)
{
	const char *no = getenv("NO_COLOR"), *kind = getenv("TERM");

	return (!no || !*no) && kind && strcmp(kind, "dumb") != 0;
}

/* NULL: none is wanted, or there is none. */
static FILE *open_pager(void)
{
	const char *pager = getenv("PAGER");

	if (pager && (!*pager || strcmp(pager, "cat") == 0))
		return NULL;
	if (!pager && access("/usr/bin/less", X_OK) != 0 && access("/bin/less", X_OK) != 0)
		return NULL;
	setenv("LESS", "FRX", 0); /* not for what fits a page; colours; and leave it on the screen */
	fflush(stdout);
	return popen(pager ? pager : "less", "w");
}

void screen_open(struct screen *screen, bool page)
{
	FILE *pager;

	*screen = (struct screen){.out = stdout};
	if (!isatty(STDOUT_FILENO))
		return;
	screen->colour = may_colour();
	screen->columns = width_of(STDOUT_FILENO);
	pager = page ? open_pager() : NULL;
	if (pager) {
		screen->out = pager;
		screen->paged = true;
	}
}

enum status screen_print(struct screen *screen, struct buffer *text)
{
	size_t size = text->size;

	text->size = 0;
	if (fwrite(text->data, 1, size, screen->out) != size || fflush(screen->out))
		return STATUS_IO;
	return STATUS_OK;
}

enum status screen_close(struct screen *screen)
{
	FILE *out = screen->out;
	bool  paged = screen->paged;

	*screen = (struct screen){.out = stdout};
	if (paged)
		return pclose(out) == 0 ? STATUS_OK : STATUS_IO;
	return fflush(out) ? STATUS_IO : STATUS_OK;
}

void screen_paint(const struct screen *screen, struct buffer *out, enum paint paint, struct text words)
{
	static const char *const codes[] = {
		[PAINT_HEAD] = "1", [PAINT_NAME] = "36", [PAINT_FAINT] = "2", [PAINT_GOOD] = "32", [PAINT_BAD] = "1;31",
	};

	if (!screen->colour || paint == PAINT_PLAIN) {
		buffer_append_text(out, words);
		return;
	}
	buffer_format(out, "\033[%sm", codes[paint]);
	buffer_append_text(out, words);
	buffer_append_text(out, TEXT("\033[0m"));
}

/* How many bytes of the text fill that many columns at most, and how many they fill. */
static size_t fit(struct text text, unsigned columns, unsigned *filled)
{
	size_t i = 0;

	*filled = 0;
	while (i < text.size) {
		size_t next = i + 1;

		while (next < text.size && ((unsigned char)text.data[next] & 0xc0) == 0x80)
			next++;
		if (*filled == columns)
			break;
		++*filled;
		i = next;
	}
	return i;
}

static void append_spaces(struct buffer *out, unsigned count)
{
	buffer_format(out, "%*s", (int)count, "");
}

/* The cell, or what of it fits the room; how many columns it fills. */
static unsigned append_cell(const struct screen *screen, struct buffer *out, unsigned room, enum paint paint,
                            struct text cell)
{
	unsigned filled;
	size_t   size = fit(cell, room, &filled);

	if (size == cell.size) {
		screen_paint(screen, out, paint, cell);
	} else if (room > 0) {
		size = fit(cell, room - 1, &filled);
		screen_paint(screen, out, paint, (struct text){.data = cell.data, .size = size});
		buffer_append_text(out, TEXT("…"));
		filled++;
	}
	return filled;
}

static unsigned columns_of(struct text cell)
{
	unsigned filled;

	(void)fit(cell, UINT32_MAX, &filled);
	return filled;
}

/* How much room there is for a cell, when `used` columns are taken already. */
static unsigned room_for(const struct screen *screen, const struct screen_column *column, unsigned used, bool last)
{
	unsigned left = screen->columns > used ? screen->columns - used : 0;

	if (screen->columns == 0)
		return UINT32_MAX;
	return last || left < column->width ? left : column->width;
}

void screen_row(const struct screen *screen, struct buffer *out, const struct screen_column *columns, uint32_t count,
                const struct text *cells)
{
	unsigned used = 0;

	require(count > 0 && count <= SCREEN_COLUMNS_MAX);
	for (uint32_t i = 0; i < count; i++) {
		const struct screen_column *column = &columns[i];
		struct text                 cell = cells ? cells[i] : text_from(column->title);
		unsigned                    room = room_for(screen, column, used, i + 1 == count);
		unsigned                    filled = columns_of(cell);

		if (column->right && filled < column->width)
			append_spaces(out, column->width - filled);
		filled = append_cell(screen, out, room, cells ? column->paint : PAINT_HEAD, cell);
		if (!column->right && filled < column->width)
			append_spaces(out, column->width - filled);
		append_spaces(out, 2);
		used += (filled > column->width ? filled : column->width) + 2;
	}
	while (out->size > 0 && out->data[out->size - 1] == ' ')
		out->size--;
	buffer_append_text(out, TEXT("\n"));
}

/* Control characters of C0, DEL, and of C1 (0xc2 0x80 to 0xc2 0x9f in UTF-8). */
void screen_tame(struct buffer *out, struct text words)
{
	for (size_t i = 0; i < words.size; i++) {
		unsigned char c = (unsigned char)words.data[i];
		bool          c1 = c == 0xc2 && i + 1 < words.size && (unsigned char)words.data[i + 1] < 0xa0;

		if (c1)
			i++;
		if (c1 || c < 0x20 || c == 0x7f)
			buffer_append_text(out, TEXT(" "));
		else
			buffer_append(out, BYTES(&words.data[i], 1));
	}
}
