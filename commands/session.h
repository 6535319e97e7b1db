/* One logged-in device, and the count of wrong passwords for one e-mail address: the rules' figures. What is remembered
 * of them stands in schema/session.schema. */
#ifndef ORRERY_SESSION_H
#define ORRERY_SESSION_H

#include "schema/states.h"

/* The first wrong passwords in a row cost nothing; the next one makes everybody wait, and each further one twice as
 * long, up to the longest wait. */
enum { LOGIN_FREE_FAILURES = 2 };
#define LOGIN_FIRST_WAIT_US ((int64_t)1000 * 1000)
#define LOGIN_LONGEST_WAIT_US ((int64_t)15 * 60 * 1000 * 1000)

#endif
