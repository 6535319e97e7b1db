/* What the process says about itself: one JSON object a line on stderr.
 * Never a name, an e-mail, an address or a token: ids only. */
#ifndef ORRERY_DIAG_H
#define ORRERY_DIAG_H

#include "eventstore/base/bytes.h"

enum diag_level { DIAG_DEBUG, DIAG_INFO, DIAG_WARN, DIAG_ERROR };

/* Lines below this level are dropped; default DIAG_INFO. */
void diag_set_level(enum diag_level level);

/* The name of this process in every line; kept by reference. */
void diag_set_process(const char *process);

/* `what` is a snake_case word; `format` fills the member "detail" (escaped); NULL leaves it out. */
void diag(enum diag_level level, const char *what, const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif
