/* What answers beside the API proper: health, metrics, the API's own description, the key set, and the page at "/". */
#ifndef ORRERY_PLAIN_H
#define ORRERY_PLAIN_H

#include "api/service.h"

/* Answers the request and returns true when its path is one of these. */
bool plain_answer(struct lane *lane, struct http_request *request);

#endif
