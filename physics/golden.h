/* Golden scenes: small ones whose every bit is known. A process that gets other bits, on whatever processor, with
 * whatever library, may not say that it can repeat a run. */
#ifndef ORRERY_PHYSICS_GOLDEN_H
#define ORRERY_PHYSICS_GOLDEN_H

#include "eventstore/base/hash.h"
#include "physics/solver.h"

/* All states of a run's first frames, bit for bit: SHA-256. A run that ends early ends the digest. */
struct hash golden_digest(const struct solver_kind *kind, const struct scene *scene, uint32_t frames);

/* Runs them all, in about 0.1 s, and compares with what is recorded for this architecture; where nothing is, each has
 * to come out the same twice. False tells the first that did not. */
bool golden_check(const char **failed);

/* Over what is recorded for the solvers of this mode: part of the engine's fingerprint. */
struct hash golden_recorded(enum solver_mode mode);

/* What a golden scene gives here; for whoever has to record it anew. */
uint32_t    golden_count(void);
const char *golden_name(uint32_t index);
struct hash golden_run(uint32_t index);

#endif
