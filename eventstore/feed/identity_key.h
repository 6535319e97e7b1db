/* The key by which a host shows who it is on a line: one in a file, mode 0600, as 44 characters of Base64 (RFC 4648 §4)
 * and a line feed; others know its public half in the same characters, as WireGuard has them. */
#ifndef ORRERY_FEED_IDENTITY_KEY_H
#define ORRERY_FEED_IDENTITY_KEY_H

#include "eventstore/base/noise.h"
#include "eventstore/base/status.h"

enum { IDENTITY_KEY_TEXT_SIZE = 44 };

/* Makes the file when there is none; its folder exists. Secret: the caller wipes it. DENIED: others may read the file.
 * CORRUPT: it holds no key. What is wrong is logged. */
enum status identity_key_find(const char *path, struct noise_key *out) MUST_USE;

/* Terminated. */
void identity_key_format(const struct noise_public *key, char out[IDENTITY_KEY_TEXT_SIZE + 1]);
bool identity_key_parse(struct text text, struct noise_public *out);

#endif
