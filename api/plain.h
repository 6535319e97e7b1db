/* What answers beside the API proper: health, metrics, the API's own description, the key set, and the page at "/". */
#ifndef ORRERY_PLAIN_H
#define ORRERY_PLAIN_H

#include "api/service.h"

/* Answers the request and returns true when its path is one of these. */
bool plain_answer(struct lane *lane, struct http_request *request);

/* Is it the path of one of these? They know GET and HEAD, whatever else is asked of them. */
bool plain_knows(struct text path);

#endif
