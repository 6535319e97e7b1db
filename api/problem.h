/* Every "no" as application/problem+json (RFC 9457). */
#ifndef ORRERY_PROBLEM_H
#define ORRERY_PROBLEM_H

#include "eventstore/base/status.h"
#include "eventstore/codec/codec_json.h"

/* Making room takes somebody a while. */
enum { PROBLEM_FULL_RETRY_S = 10 };

struct problem {
	int                      http;
	const char              *name;          /* snake_case; the type is "urn:orrery:problem:NAME" */
	struct text              title;         /* the same sentence for every problem of this name */
	struct text              detail;        /* what about this one; may be absent */
	const struct complaints *complaints;    /* may be NULL */
	uint32_t                 retry_after_s; /* 0: none */
	struct text              content_range; /* absent, but with 416 */
	struct text              more;          /* further members as JSON: ,"name":value …; may be absent */
};

/* The document; `request_id` becomes the instance, "urn:uuid:…" or as the client gave it. */
void problem_append(struct buffer *out, const struct problem *problem, struct text request_id);

/* A failure as a problem: its own name, sentence and HTTP status. */
struct problem problem_of(enum status status);

#endif
