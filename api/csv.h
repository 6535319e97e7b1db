/* Tables as text: RFC 4180, and harmless in spreadsheets. */
#ifndef ORRERY_CSV_H
#define ORRERY_CSV_H

#include "eventstore/base/buffer.h"

/* A cell that somebody wrote. What a spreadsheet would take for a formula (=, +, -, @, a tab or a carriage return
 * first) gets an apostrophe in front; what holds a comma, a quote or an end of line is quoted. */
void csv_text(struct buffer *out, struct text text);

/* CRLF. */
void csv_end_line(struct buffer *out);

#endif
