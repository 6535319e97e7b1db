/* Events as rows for people: position, time, event, subject, actor, fields. On a narrow terminal ids are cut to their
 * last digits, which differ most. */
#ifndef ORRERY_EVENT_TABLE_H
#define ORRERY_EVENT_TABLE_H

#include "tools/event_view.h"
#include "tools/screen.h"

/* The caller's memory; the screen must outlive it. */
struct event_table {
	const struct screen *screen;
	bool                 wide;
	unsigned             position_width;
};

/* `head` is the largest position there will be. */
struct event_table event_table_of(const struct screen *screen, uint64_t head);

void event_table_titles(const struct event_table *table, struct buffer *out);
void event_table_row(const struct event_table *table, const struct event_view *view, struct buffer *out);

#endif
