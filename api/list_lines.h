/* A list as JSON lines: all of it, where a page is too little. Page after page is asked for and sent on as fast as the
 * client reads, so neither it nor we hold the whole. What stands in the list all the time is told once; what comes or
 * goes meanwhile may be told or not. A list that cannot be told to its end is broken off, and never ends well. */
#ifndef ORRERY_LIST_LINES_H
#define ORRERY_LIST_LINES_H

#include "api/exchange.h"

/* The caller asks for a list that has pages, and accepts JSON lines. */
bool list_lines_wanted(const struct exchange *exchange);

/* Answers; exchange->rows is the first page. */
enum pace list_lines(struct exchange *exchange);

#endif
