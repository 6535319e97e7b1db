/* Walks the pages of an LMDB file without LMDB and trusts nothing in them. LMDB's pages bear no hashes, and a damaged
 * one may lead it anywhere; this names the page. It follows the newest intact one of the two first pages through every
 * tree: each page must be the one that it says, of the kind that its place asks for, with its nodes inside and its keys
 * in order; be used once; and what is used or free, and how much of it, must add up. What keys and values mean is not
 * looked at, nor what lies behind the last page. The format is that of LMDB 0.9 on a 64-bit machine, little endian:
 * mdb.c, "MDB_page", "MDB_meta", "MDB_node". */
#ifndef ORRERY_PAGES_H
#define ORRERY_PAGES_H

#include "eventstore/base/status.h"

enum { PAGES_DEPTH_MAX = 32, PAGES_TABLES_MAX = 16 };

struct pages_finding {
	uint64_t    page, offset; /* of the page, in bytes */
	const char *sentence;
};

struct pages_settings {
	const char *path;
	void (*on_finding)(void *owner, const struct pages_finding *finding);
	void *owner;
};

struct pages_result {
	uint64_t pages;    /* up to the last one in use */
	uint64_t free;     /* of those */
	uint64_t findings; /* one a page at most, and those of the first two */
};

/* OK: it was walked; see the findings. NOT_FOUND: there is no such file. BUSY: it was written all the time, so that
 * what was found may be but the traces of that, and nothing was told. */
enum status pages_check(const struct pages_settings *settings, struct pages_result *out) MUST_USE;

#endif
