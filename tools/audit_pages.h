/* The part of `orrery audit verify` that looks at the files themselves: the pages of each LMDB environment. */
#ifndef ORRERY_AUDIT_PAGES_H
#define ORRERY_AUDIT_PAGES_H

#include "eventstore/base/config.h"

struct audit_pages_wish {
	bool index; /* the index as well */
	bool json;  /* findings as lines of JSON, and nothing else */
};

/* Prints what it finds, by file, page and offset; how many findings there are. */
uint64_t audit_pages(const struct config *config, const struct audit_pages_wish *wish);

#endif
