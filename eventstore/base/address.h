/* HOST:PORT, as settings and arguments have it; a host with colons in it stands in brackets, [HOST]:PORT. */
#ifndef ORRERY_ADDRESS_H
#define ORRERY_ADDRESS_H

#include "eventstore/base/bytes.h"

enum { ADDRESS_SIZE_MAX = 4096 };

/* The caller's memory. */
struct address {
	char        copy[ADDRESS_SIZE_MAX];
	const char *host, *port; /* terminated, inside the copy; the host may be empty */
};

/* Cuts the text in two. False: there is no colon, or it is too long. */
bool address_split(const char *text, struct address *out);

#endif
