/* How subscriptions stand, for the page of metrics. */
#ifndef ORRERY_SUBSCRIPTION_METRICS_H
#define ORRERY_SUBSCRIPTION_METRICS_H

#include "eventstore/base/buffer.h"

/* Appends a gauge a line for each subscription that ever ran on the data folder, in Prometheus' text format; nothing
 * when none did. `head` is the log's. */
void subscription_metrics(const char *data, uint64_t head, struct buffer *out);

#endif
