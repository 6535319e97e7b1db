/* The headers that stand in every reply, whoever makes it: the application, the engine, or the gate before both. */
#ifndef ORRERY_STANDING_H
#define ORRERY_STANDING_H

#include "api/http.h"

enum { STANDING_HEADERS_MAX = 4 };

/* For what is no page: nothing may be loaded from it, and it may stand in no frame. */
#define STANDING_POLICY "default-src 'none'; frame-ancestors 'none'"

/* `policy`: the Content-Security-Policy. Returns how many were written; their texts live as long as it does. */
size_t standing_headers(struct http_header out[STANDING_HEADERS_MAX], struct text policy, bool tls);

#endif
