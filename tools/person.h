/* Whom a word of a command line means. */
#ifndef ORRERY_PERSON_H
#define ORRERY_PERSON_H

#include "eventstore/base/config.h"
#include "eventstore/base/id.h"

/* An id stands for itself. An e-mail address is looked for among the claims, which needs the vault's master key.
 * INVALID: it is neither. NOT_FOUND: nobody has the address. The other statuses are the vault's and the reader's. */
enum status person_find(const struct config *config, const char *who, struct id *person) MUST_USE;

#endif
