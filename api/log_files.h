/* The log's checkpoint and tree as files of c2sp.org/tlog-tiles under /log/, for everybody: hashes that tell how many
 * events there are and nothing of what they say, since each record has 16 bytes of chance in it. The records themselves
 * are not served here; `orrery audit export-tiles --entries` writes them.
 *
 * One record is: that of an erasure, with its proof (c2sp.org/tlog-proof), for whoever has the token (ticket.h) that
 * the answer to the erasure bore. The person has no other access left. For everybody it would be a list of who was
 * erased, and by whom. */
#ifndef ORRERY_LOG_FILES_H
#define ORRERY_LOG_FILES_H

#include "api/exchange.h"

#define LOG_RECEIPT_PATH "/log/receipt/"

/* Is the path one of theirs, whether or not there is such a file yet? */
bool log_files_know(struct text path);

/* What an exchange with such a path does instead of the common steps. */
extern exchange_step *const log_files_steps[];

#endif
