/* Manuals as pages for man(1), made of the same words as `orrery help`: a fact stands once. */
#ifndef ORRERY_MAN_H
#define ORRERY_MAN_H

#include "eventstore/base/buffer.h"
#include "tools/verb.h"

/* What a page is about: `orrery`, or `orrery audit`. */
struct man_page {
	const char               *name;     /* "orrery-audit" */
	const char               *command;  /* "orrery audit" */
	const char               *sentence; /* what it is, ends with a full stop */
	const char               *about;    /* a paragraph */
	const struct verb *const *verbs;    /* ends with NULL */
	const char               *others;   /* for SEE ALSO: "orrery (1)" */
};

/* Appends the page in the macros of man(7), in ASCII. */
void man_append(const struct man_page *page, struct buffer *out);

#endif
