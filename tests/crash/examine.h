/* What must hold of a data folder of failing_load's after the power or the disk has failed. */
#ifndef ORRERY_TESTS_EXAMINE_H
#define ORRERY_TESTS_EXAMINE_H

#include "eventstore/base/hash.h"

enum { EXAMINE_COMPLAINT_MAX = 256 };

struct expectation {
	uint64_t           told;   /* the last position that somebody was told of */
	uint64_t           events; /* that were written at most */
	const struct hash *leaves; /* of the events as they were written, the first one's at 1; NULL: not known */
};

/* Opens it as the writer would, in a process of its own, since LMDB may end it, and reads everything: the log, its
 * tree, its index and its vault. Leaves a further event in it. NULL when everything holds, else a sentence that is
 * valid until the next call. */
const char *examine_apart(const char *folder, const struct expectation *expected);

#endif
