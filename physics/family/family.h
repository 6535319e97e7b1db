/* Closed families: scenes in which every body that moves does so for itself, by gravity, fields, and at most a rod or a
 * spring from its centre to the world. Pendulums, oscillators, projectiles, orbits. The points of a sweep over such a
 * scene go side by side, a lane each, as many at a time as the processor has room for, by Runge and Kutta's method with
 * fps * substeps steps a second. The same bits at every width.
 *
 * It is for looking ahead at a whole sweep, at some 10^8 steps of a body in a second and core. What is kept of a run
 * comes from a solver. */
#ifndef ORRERY_PHYSICS_FAMILY_H
#define ORRERY_PHYSICS_FAMILY_H

#include "physics/scene/scene.h"

enum { FAMILY_SCENES_MAX = 1024 };

/* Whether the scenes, one at least, are of families and have the same frames and steps. */
bool family_fits(const struct scene *const *scenes, uint32_t count);

/* What one scene of a sweep came to. */
struct family_result {
	double *values;           /* of each measure of the scene, as measures_values; the caller's room */
	double  energy_drift;     /* measures_energy_drift */
	double  error_estimate_m; /* at the end, by another run with longer steps; NaN where there are none */
	bool    diverged;         /* a body left the world, or a number grew beyond all bounds: values are up to then */
};

/* Runs scenes that fit. */
void family_sweep(const struct scene *const *scenes, uint32_t count, struct family_result *results);

#endif
