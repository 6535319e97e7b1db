/* The API's ear on the log: a thread that follows it and feeds the revocation set, so that a session that ended
 * anywhere is over here within a moment, whoever ended it. */
#ifndef ORRERY_FEED_H
#define ORRERY_FEED_H

#include "api/service.h"

struct feed;

struct feed *feed_create(struct service *service);

/* Reads what was revoked within the last token lifetime before it returns, so that nobody is served with a token that
 * died before this process began. NOT_FOUND: there is no log yet; it may be tried again, see eventstore/log/await.h. */
enum status feed_start(void *feed) MUST_USE;

/* Stops it if it was started. NULL is fine. */
void feed_destroy(struct feed *feed);

#endif
