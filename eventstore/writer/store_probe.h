/* Tries whether the store opens, in a process of its own: LMDB's pages bear no hashes, and one that is damaged may lead
 * its reader anywhere. What falls then is not the writer, which can say so and stay down. */
#ifndef ORRERY_STORE_PROBE_H
#define ORRERY_STORE_PROBE_H

#include "eventstore/writer/store.h"

/* Opens everything as store_open does, brings the index up, and closes it again. To be called before any thread is
 * started. OK: the store can be opened. CORRUPT: the process fell over a damaged file. Otherwise what store_open said.
 * It has been logged in each case. */
enum status store_probe(const struct store_settings *settings) MUST_USE;

#endif
