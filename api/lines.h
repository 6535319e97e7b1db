/* Cuts a body into its lines: JSON lines, one value a line, or the elements of one JSON array. Whether a line is a
 * value at all is for its reader to find, so that one bad line leaves the others alone. */
#ifndef ORRERY_LINES_H
#define ORRERY_LINES_H

#include "eventstore/base/bytes.h"
#include "eventstore/base/status.h"

#define JSON_LINES "application/x-ndjson"

enum lines_form { LINES_EACH, LINES_ARRAY };

struct lines {
	struct bytes    rest; /* what was not cut yet: a view of the body */
	enum lines_form form;
	bool            first, over;
};

/* Counts them all. MALFORMED: no array, or one that does not end, or has something behind it; JSON lines never are. */
enum status lines_open(struct bytes body, enum lines_form form, struct lines *out, uint32_t *count) MUST_USE;

/* The next one, without blanks around it; false behind the last. Of JSON lines, empty ones are passed by. */
bool lines_next(struct lines *lines, struct bytes *line);

#endif
