#include "tools/event_table.h"

#include "tools/desk.h"
#include "tools/moment.h"

#include <inttypes.h>
#include <stdio.h>

enum {
	WIDE_COLUMNS = 160,   /* from here on ids are whole */
	MIDDLE_COLUMNS = 124, /* below, the actor is left out and seconds are too */
	NARROW_COLUMNS = 100, /* below, the subject's noun is left out */
	SHORT_ID_SIZE = 12,
	POSITION_WIDTH_MIN = 8,
	EVENT_WIDTH_MIN = 8,
	FIELDS_WIDTH = 12, /* for which an event's name is cut */
};

static void append_short(const struct event_table *table, struct buffer *out, struct text subject)
{
	const char *colon = memchr(subject.data, ':', subject.size);
	size_t      noun = colon ? (size_t)(colon - subject.data) + 1 : 0;

	if (table->wide || subject.size < noun + ID_TEXT_SIZE) {
		buffer_append_text(out, subject);
		return;
	}
	if (table->screen->columns >= NARROW_COLUMNS)
		buffer_append_text(out, (struct text){.data = subject.data, .size = noun});
	buffer_append_text(out, TEXT("…"));
	buffer_append_text(out,
	                   (struct text){.data = subject.data + subject.size - SHORT_ID_SIZE, .size = SHORT_ID_SIZE});
}

static void append_actor(const struct event_table *table, struct buffer *out, const struct record *record)
{
	char id[ID_TEXT_SIZE + 1];

	if (!id_present(record->actor)) {
		buffer_append_text(out, TEXT("-"));
	} else if (record->stream_count > 0 && id_equal(record->actor, record->streams[0].id)) {
		buffer_append_text(out, TEXT("self"));
	} else {
		id_format(record->actor, id);
		append_short(table, out, text_from(id));
	}
}

static bool is_narrow(const struct event_table *table)
{
	return !table->wide && table->screen->columns < MIDDLE_COLUMNS;
}

/* What is left of a narrow terminal beside the other columns. */
static unsigned event_width(const struct event_table *table, const struct screen_column columns[SCREEN_COLUMNS_MAX])
{
	unsigned others = columns[0].width + columns[1].width + columns[3].width + 4 * 2 + FIELDS_WIDTH;
	unsigned left = table->screen->columns > others ? table->screen->columns - others : 0,
		 most = desk_event_width();

	return !is_narrow(table) || left > most ? most : left < EVENT_WIDTH_MIN ? EVENT_WIDTH_MIN : left;
}

static uint32_t fill_columns(const struct event_table *table, struct screen_column columns[SCREEN_COLUMNS_MAX])
{
	const char *time = is_narrow(table) ? "2026-01-02 03:04 UTC" : "2026-01-02 03:04:05 UTC";
	unsigned    id = table->wide ? ID_TEXT_SIZE : SHORT_ID_SIZE + 1;
	bool        noun = table->wide || table->screen->columns >= NARROW_COLUMNS;
	uint32_t    count = 0;

	columns[count++] = (struct screen_column){"POSITION", table->position_width, true, PAINT_FAINT};
	columns[count++] = (struct screen_column){"TIME", (unsigned)strlen(time), false, PAINT_PLAIN};
	columns[count++] = (struct screen_column){"EVENT", 0, false, PAINT_NAME};
	columns[count++] =
		(struct screen_column){"SUBJECT", (noun ? (unsigned)strlen("session:") : 0) + id, false, PAINT_PLAIN};
	columns[2].width = event_width(table, columns);
	if (!is_narrow(table))
		columns[count++] = (struct screen_column){"ACTOR", id, false, PAINT_PLAIN};
	columns[count++] = (struct screen_column){"FIELDS", 0, false, PAINT_PLAIN};
	return count;
}

static struct text cell_of(const struct buffer *words, size_t begin, size_t end)
{
	return (struct text){.data = (const char *)words->data + begin, .size = end - begin};
}

void event_table_row(const struct event_table *table, const struct event_view *view, struct buffer *out)
{
	struct screen_column columns[SCREEN_COLUMNS_MAX];
	uint32_t             count = fill_columns(table, columns);
	struct buffer        words = {0};
	size_t               ends[SCREEN_COLUMNS_MAX + 1] = {0};
	struct text          cells[SCREEN_COLUMNS_MAX];
	char                 time[MOMENT_TEXT_SIZE], subject[EVENT_SUBJECT_SIZE] = "-";

	(is_narrow(table) ? moment_format_short : moment_format)(view->record->time_us, time);
	if (view->record->stream_count > 0)
		event_view_subject(view, 0, subject);
	buffer_format(&words, "%" PRIu64, view->record->position);
	ends[1] = words.size;
	buffer_append_text(&words, text_from(time));
	ends[2] = words.size;
	if (view->type)
		buffer_append_text(&words, text_from(view->type->name));
	else
		buffer_format(&words, "number %u", view->record->number);
	ends[3] = words.size;
	append_short(table, &words, text_from(subject));
	ends[4] = words.size;
	if (!is_narrow(table)) {
		append_actor(table, &words, view->record);
		ends[5] = words.size;
	}
	event_view_fields(view, &words);
	ends[count] = words.size;
	for (uint32_t i = 0; i < count; i++)
		cells[i] = cell_of(&words, ends[i], ends[i + 1]);
	screen_row(table->screen, out, columns, count, cells);
	buffer_finish(&words);
}

void event_table_titles(const struct event_table *table, struct buffer *out)
{
	struct screen_column columns[SCREEN_COLUMNS_MAX];
	uint32_t             count = fill_columns(table, columns);

	screen_row(table->screen, out, columns, count, NULL);
}

static unsigned digits_of(uint64_t number)
{
	char text[24];

	return (unsigned)snprintf(text, sizeof(text), "%" PRIu64, number);
}

struct event_table event_table_of(const struct screen *screen, uint64_t head)
{
	unsigned digits = digits_of(head);

	return (struct event_table){
		.screen = screen,
		.wide = screen->columns == 0 || screen->columns >= WIDE_COLUMNS,
		.position_width = digits > POSITION_WIDTH_MIN ? digits : POSITION_WIDTH_MIN,
	};
}
