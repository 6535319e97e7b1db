/* The words of `orrery keys` about the feed: its own key and those of its followers. Each returns the exit code. */
#ifndef ORRERY_KEYS_FEED_H
#define ORRERY_KEYS_FEED_H

#include "eventstore/base/config.h"

/* Prints the feed's key, making it if there is none, and who may follow. */
int keys_feed_print(const struct config *config, char **arguments);

/* arguments: NAME KEY */
int keys_feed_grow(const struct config *config, char **arguments);

/* The same for one that may have the wrapped keys of persons too. */
int keys_feed_grow_with_keys(const struct config *config, char **arguments);

/* arguments: NAME */
int keys_feed_drop(const struct config *config, char **arguments);

#endif
