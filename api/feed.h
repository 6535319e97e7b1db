/* The API's ear on the log: a thread that follows it and feeds the revocation set, so that a session that ended
 * anywhere is over here within a moment, whoever ended it. */
#ifndef ORRERY_FEED_H
#define ORRERY_FEED_H

#include "api/service.h"

struct feed;

/* Reads what was revoked within the last token lifetime before it returns, so that nobody is served with a token that
 * died before this process began. UNREACHABLE: there is no log yet. */
enum status feed_start(struct service *service, struct feed **out) MUST_USE;
void        feed_stop(struct feed *feed);

#endif
