/* How the simulator is doing, for `orrery status`. */
#ifndef ORRERY_SIMULATOR_VIEW_H
#define ORRERY_SIMULATOR_VIEW_H

#include "eventstore/base/buffer.h"
#include "eventstore/base/config.h"

/* Append its answer, or that there is none: lines whose labels are so wide, or a JSON value. */
void simulator_view_lines(const struct config *config, int label_width, struct buffer *out);
void simulator_view_json(const struct config *config, struct buffer *out);

#endif
