/* Failures as values: 0 is success, everything else must be looked at. */
#ifndef ORRERY_STATUS_H
#define ORRERY_STATUS_H

#include "eventstore/base/bytes.h"

enum status {
#define STATUS(NAME, name, http, sentence) STATUS_##NAME,
#include "eventstore/base/status.def"
#undef STATUS
	STATUS_COUNT
};

#define MUST_USE __attribute__((warn_unused_result))

/* Lower-case name, for logs and replies; never NULL. */
const char *status_name(enum status status);

/* CORRUPT for a name that is none. */
enum status status_by_name(struct text name);

/* One English sentence; never NULL. */
const char *status_sentence(enum status status);

/* The HTTP status code that says the same. */
int status_http(enum status status);

#endif
