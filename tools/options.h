/* A verb's words as a table of what it takes: options, each read into its place, and the words between them. */
#ifndef ORRERY_OPTIONS_H
#define ORRERY_OPTIONS_H

#include "eventstore/base/id.h"

enum option_kind {
	OPTION_FLAG,   /* bool: true when it is given */
	OPTION_TEXT,   /* const char *: the word after it */
	OPTION_NUMBER, /* uint64_t, from 1 on */
	OPTION_ID,     /* struct id */
	OPTION_LIST,   /* struct option_list: the words after it, up to the next option */
};

enum { OPTION_LIST_MAX = 64 };

struct option_list {
	const char *items[OPTION_LIST_MAX];
	uint32_t    count;
};

/* Tables end with a row of zeroes. */
struct option_row {
	const char      *name; /* with its dashes */
	enum option_kind kind;
	void            *value; /* left alone when the option is not given */
};

/* Reads argv[1] and what follows; words that belong to no option go into `words`, which may be NULL when there are to
 * be none. Returns NULL, or a sentence that says what is wrong, valid until the next call. */
const char *options_read(int argc, char **argv, const struct option_row *rows, struct option_list *words);

#endif
