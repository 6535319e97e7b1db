#include "api/standing.h"

size_t standing_headers(struct http_header out[STANDING_HEADERS_MAX], struct text policy, bool tls)
{
	size_t count = 0;

	out[count++] = (struct http_header){TEXT("x-content-type-options"), TEXT("nosniff")};
	out[count++] = (struct http_header){TEXT("referrer-policy"), TEXT("no-referrer")};
	out[count++] = (struct http_header){TEXT("content-security-policy"), policy};
	if (tls)
		out[count++] = (struct http_header){TEXT("strict-transport-security"), TEXT("max-age=31536000")};
	return count;
}
