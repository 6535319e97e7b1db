/* Reads the whole log again and compares all that can be compared: each record with its leaf hash, each node of the
 * tree with the two below it, and, if asked for, each record with what the index says of it. On several threads; the
 * log may be written meanwhile. */
#ifndef ORRERY_VERIFY_H
#define ORRERY_VERIFY_H

#include "eventstore/log/reader.h"

#include <stdatomic.h>

enum { VERIFY_THREADS_MAX = 64 };

enum verify_part {
	VERIFY_RECORD, /* is missing or no record */
	VERIFY_LEAF,   /* the record does not match its leaf hash */
	VERIFY_NODE,   /* a node that came into being with the record does not match those below it */
	VERIFY_INDEX,  /* the index does not name the record, or names another one */
	VERIFY_CLAIM,  /* the index holds a claim that the event at this position did not take; 0: one that is none */
};

struct verify_finding {
	uint64_t         position;
	enum verify_part part;
	unsigned         level;  /* of a node */
	struct id        stream; /* the record's first one, when it could be read */
};

/* "the record does not match its leaf hash" */
const char *verify_part_sentence(enum verify_part part);

struct verify_settings {
	const char *data;    /* the data folder */
	unsigned    threads; /* 1 to VERIFY_THREADS_MAX */
	bool        index;
	uint64_t    trusted; /* leaves that were verified before; their nodes are taken as they are. 0: everything */

	/* One at a time, from any of the threads, in no order. */
	void (*on_finding)(void *owner, const struct verify_finding *finding);
	void *owner;

	_Atomic uint64_t *checked; /* counts records, for a progress bar; NULL is fine */
	atomic_bool      *cancel;  /* NULL is fine */
};

struct verify_result {
	uint64_t    size; /* leaves: the head when it began */
	struct hash root; /* over them, from the records themselves where there was no finding */
	uint64_t    findings;
};

/* OK: it was read to the end; see the findings. The other statuses are the reader's; BUSY: cancelled. */
enum status verify_log(const struct verify_settings *settings, struct verify_result *out) MUST_USE;

#endif
