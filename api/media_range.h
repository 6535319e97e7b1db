/* Which part of a file a client wants: the fields Range and If-Range (RFC 9110 §14.2, §13.1.5). */
#ifndef ORRERY_MEDIA_RANGE_H
#define ORRERY_MEDIA_RANGE_H

#include "eventstore/base/bytes.h"

enum media_range_verdict {
	RANGE_WHOLE, /* none was asked for, or nothing that we understand: then all of it is the answer */
	RANGE_PART,
	RANGE_NEVER, /* none of it is there: 416 */
};

struct media_range {
	uint64_t first, last; /* both are sent */
};

/* `range` and `if_range` are the fields' values, absent when there are none; `etag` is the file's, `size` at least 1.
 * Several ranges in one request are answered with the whole, as §14.2 permits. */
enum media_range_verdict media_range(struct text range, struct text if_range, struct text etag, uint64_t size,
                                     struct media_range *out);

#endif
