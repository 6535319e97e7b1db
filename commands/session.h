/* One logged-in device, and the count of wrong passwords for one e-mail address, as their deciders remember them.
 * Folded from the events that schema/session.schema lists; all zeroes before the first. */
#ifndef ORRERY_SESSION_H
#define ORRERY_SESSION_H

#include "eventstore/base/bytes.h"
#include "eventstore/base/id.h"

/* The first wrong passwords in a row cost nothing; the next one makes everybody wait, and each further one twice as
 * long, up to the longest wait. */
enum { LOGIN_FREE_FAILURES = 2 };
#define LOGIN_FIRST_WAIT_US ((int64_t)1000 * 1000)
#define LOGIN_LONGEST_WAIT_US ((int64_t)15 * 60 * 1000 * 1000)

struct session {
	struct id user; /* whose it is */
	bool      exists;
	bool      over;
	uint32_t  epoch;      /* of its user when it began; over as soon as the user's differs */
	uint32_t  generation; /* of the refresh token that is good now; lower ones were exchanged */
};

struct login {
	uint32_t failures; /* in a row */
	int64_t  locked_until_us;
};

#endif
