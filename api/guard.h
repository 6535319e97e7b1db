/* The gate every HTTP request passes before any other code of ours looks at it.
 *
 * The engine underneath is laxer than RFC 9112 allows, and what one parser shrugs off another reads differently: that
 * gap is request smuggling. So the head of a request is read a second time here, strictly, from the bytes that came in.
 * Pure functions: no clock, no socket, no memory; any bytes may be given to them.
 */
#ifndef ORRERY_GUARD_H
#define ORRERY_GUARD_H

#include "eventstore/base/bytes.h"

struct guard_limits {
	size_t target_bytes_max;
	size_t header_bytes_max; /* all header lines with their line ends, without the request line */
	size_t header_count_max;
};

struct guard_verdict {
	int status; /* 0: it may pass; else 400, 414, 431 or 505, and the connection must be closed after the reply */
	const char *sentence; /* why not, in words fit for the client; NULL when it may pass; lives for ever */
};

/* An HTTP/1 head: `raw` starts at the first byte of the request and may run on into its body and further requests; only
 * what stands before the first empty line is looked at. Refused are, among others:
 *   two Content-Length, Content-Length beside Transfer-Encoding, any Transfer-Encoding but one plain "chunked",
 *   a line end that is not CR LF, a CR, NUL or other control byte inside a line, a folded header line,
 *   space before the colon, a missing Host in HTTP/1.1, a second Host, Content-Type, Authorization, Cookie, Origin,
 *   Idempotency-Key or Expect, a version other than 1.0 and 1.1 (505), and whatever guard_check_fields refuses.
 * One empty line (CR LF) before the request line is skipped, as RFC 9112 section 2.2 asks. */
void guard_check_head(struct bytes raw, const struct guard_limits *limits, struct guard_verdict *out);

/* What an engine hands over of a request whose framing is binary (HTTP/2). */
struct guard_fields {
	struct text method;
	struct text target; /* path and query */
	struct text authority;
	size_t      header_count;
	size_t      header_bytes; /* names and values */
};

/* A target must be a path in the one spelling it has: it starts with '/', has no empty, "." or ".." segment, no
 * percent sign (no path of ours needs one, and an encoded path is a second name for something), no fragment; the query
 * may be percent-encoded, correctly. So a path can be compared byte by byte with the routes. */
void guard_check_fields(const struct guard_fields *fields, const struct guard_limits *limits,
                        struct guard_verdict *out);

#endif
