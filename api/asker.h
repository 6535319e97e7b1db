/* Whoever asks an exchange something and hears its answer: an HTTP request, or somebody inside who makes many such
 * wishes of one request. */
#ifndef ORRERY_ASKER_H
#define ORRERY_ASKER_H

#include "api/http.h"

struct exchange;

/* As in struct http_request; views that stay valid as long as the asker. */
struct asker {
	struct text    method;
	struct text    path;
	struct text    query;
	struct bytes   body;
	const uint8_t *peer; /* HTTP_ADDRESS_SIZE bytes */
	bool           tls;
	/* The value of the header of this name (lower case); TEXT_NONE without one. */
	struct text (*header)(const struct asker *asker, struct text name);
	/* Called once. Head and body are valid during the call. */
	void (*hear)(struct exchange *exchange, const struct http_head *head, struct bytes body);
};

#endif
