/* The scene of a simulation's version, as the log has it. */
#ifndef ORRERY_SCENE_LOG_H
#define ORRERY_SCENE_LOG_H

#include "eventstore/log/reader.h"

/* Packed (physics/scene/packed.h), in the arena. NOT_FOUND: there is no such version. */
enum status scene_log_find(struct reader *reader, struct id simulation, uint32_t version, struct arena *arena,
                           struct bytes *out) MUST_USE;

#endif
