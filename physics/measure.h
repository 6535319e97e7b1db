/* What is measured in a run, from full doubles: a series has a value at each frame, what is summed up (a period, an
 * extreme, a value at a time) one at the end. NaN means that there is none.
 *
 * Between frames values are found by the cubic through values and rates (Hermite) where nothing struck meanwhile, so
 * that a frame's distance does not show in a period. */
#ifndef ORRERY_PHYSICS_MEASURE_H
#define ORRERY_PHYSICS_MEASURE_H

#include "eventstore/base/buffer.h"
#include "physics/solver.h"

struct measures;

/* The scene must outlive it. */
struct measures *measures_create(const struct scene *scene);
void             measures_destroy(struct measures *measures);

/* The frames in their order, from step 0 on. */
void measures_take(struct measures *measures, const struct solver_frame *frame);

/* The series at the frame taken last, in the scene's order; valid until the next. */
const double *measures_series(const struct measures *measures);

/* Every measure of the scene, as far as the frames went: of a series the value taken last. `out` has room for
 * scene.measure_count. */
void measures_values(const struct measures *measures, double *out);

/* How much the energy changed at most, as a share of the largest kinetic energy of the run: where heights count from is
 * up to whoever wrote the scene, how much moved is not. NaN in scenes where it need not stay the same
 * (scene_conserves_energy) and where nothing moved. */
double measures_energy_drift(const struct measures *measures);

/* ---- what a measure is ---- */

bool        measure_is_series(const struct scene_measure *measure);
uint32_t    measure_series_count(const struct scene *scene);
const char *measure_unit(const struct scene *scene, const struct scene_measure *measure);

/* ---- series as text; `rows` are measure_series_count doubles for each frame from `first` on ---- */

/* RFC 4180, with a line of names and units; frame, time and the series. Absent values are empty. */
void measures_csv_head(const struct scene *scene, struct buffer *out);
void measures_csv(const struct scene *scene, uint32_t first, uint32_t count, const double *rows, struct buffer *out);

/* {"first":0,"fps":60,"series":[{"id":"E","unit":"J","values":[1,null,…]},…]} */
void measures_json(const struct scene *scene, uint32_t first, uint32_t count, const double *rows, struct buffer *out);

#endif
