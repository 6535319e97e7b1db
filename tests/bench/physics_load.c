/* Load for `tools/dev bench physics`, and the scenes that all engines get.
 *
 * physics_load draw SCENE                       prints the scene in lines of words, for engines that are not ours
 * physics_load run SCENE SECONDS MODE SUBSTEPS ITERATIONS
 *                                               prints one line of JSON: steps of a body, and the seconds
 *                                               that one thread took for them: whole runs, with their beginning and end
 * physics_load swing MODE SUBSTEPS              a pendulum let go at 90 degrees: its energy / mgL, ten times a second,
 *                                               over a minute */
#include "eventstore/base/clock.h"
#include "eventstore/base/require.h"
#include "physics/field.h"
#include "physics/scene/sketch.h"
#include "physics/solver.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

enum { WORLDS = 1000, STEPS = 300, SWING_SECONDS = 60, SWING_SAMPLE_FRAMES = 6 };

static struct sketch *pendulum(struct arena *arena, uint32_t size)
{
	struct sketch *sketch = sketch_begin(arena, 1);
	uint32_t       bob = sketch_body(sketch, BODY_DYNAMIC, 1, 1, 0);

	sketch_joint(sketch, JOINT_PIN, SCENE_WORLD, bob);
	sketch_circle(sketch, bob, 0.05)->touches = false;
	return sketch;
}

static const struct load {
	const char *name;
	struct sketch *(*draw)(struct arena *arena, uint32_t size);
	uint32_t size, worlds;
} loads[] = {
	{"pyramid", sketch_pyramid, 30, 1},
	{"circles", sketch_circles, 1000, 1},
	{"chain", sketch_chain, 200, 1},
	{"pendulums", pendulum, 1, WORLDS},
};

static const struct load *load_named(const char *name)
{
	for (uint32_t i = 0; i < array_count(loads); i++)
		if (strcmp(loads[i].name, name) == 0)
			return &loads[i];
	fprintf(stderr, "physics_load: there is no scene %s\n", name);
	exit(2);
}

/* Drawing --------------------------------------------------------------------------------------------------------- */

static void print_shape(const struct scene *scene, const struct scene_shape *shape)
{
	const struct vector *points = scene->points + shape->first_point;

	switch (shape->kind) {
	case SHAPE_CIRCLE:
		printf("circle %.17g", shape->radius);
		break;
	case SHAPE_SEGMENT:
		printf("segment %.17g %.17g %.17g %.17g %.17g", shape->a.x, shape->a.y, shape->b.x, shape->b.y,
		       shape->radius);
		break;
	case SHAPE_POLYGON: /* sketches have boxes only */
		printf("box %.17g %.17g", points[1].x - points[0].x, points[2].y - points[1].y);
		break;
	}
	printf(" %.17g %.17g\n", shape->friction, shape->elasticity);
}

/* worlds N; body static|dynamic mass x y angle; then its shape, ending in friction and elasticity; joint pin|pivot a b
 * and both anchors, with -1 for the world. */
static void draw(const struct load *load)
{
	struct arena        arena = {0};
	const struct scene *scene = &load->draw(&arena, load->size)->scene;

	printf("worlds %" PRIu32 "\n", load->worlds);
	for (uint32_t i = 0; i < scene->body_count; i++) {
		const struct scene_body *body = &scene->bodies[i];

		printf("body %s %.17g %.17g %.17g %.17g\n", body->type == BODY_STATIC ? "static" : "dynamic",
		       body->mass_kg, body->position.x, body->position.y, body->angle);
		for (uint32_t k = 0; k < body->shape_count; k++)
			print_shape(scene, &scene->shapes[body->first_shape + k]);
	}
	for (uint32_t i = 0; i < scene->joint_count; i++) {
		const struct scene_joint *joint = &scene->joints[i];

		printf("joint %s %d %d %.17g %.17g %.17g %.17g\n", joint->kind == JOINT_PIN ? "pin" : "pivot",
		       (int)joint->a, (int)joint->b, joint->anchor_a.x, joint->anchor_a.y, joint->anchor_b.x,
		       joint->anchor_b.y);
	}
	arena_finish(&arena);
}

/* Running --------------------------------------------------------------------------------------------------------- */

static const struct solver_kind *kind_named(const char *mode)
{
	return strcmp(mode, "precise") == 0 ? &solver_precise : &solver_rigid;
}

static uint32_t moving(const struct scene *scene)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < scene->body_count; i++)
		count += scene->bodies[i].type == BODY_DYNAMIC;
	return count;
}

/* A whole run; its creation and end count. */
static void go_through(const struct solver_kind *kind, const struct scene *scene)
{
	struct solver *solver = kind->create(scene);

	for (int i = 0; i < STEPS; i++)
		require(kind->advance(solver) == SOLVER_FINE);
	kind->destroy(solver);
}

static double cpu_seconds(void)
{
	struct rusage usage;

	require(getrusage(RUSAGE_SELF, &usage) == 0);
	return usage.ru_utime.tv_sec + usage.ru_stime.tv_sec + (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static void run(const struct load *load, double seconds, const struct solver_kind *kind, uint32_t substeps,
                uint32_t iterations)
{
	struct arena   arena = {0};
	struct sketch *sketch = load->draw(&arena, load->size);
	double         steps = 0, cpu_before;
	int64_t        start_us, used_us = 0;

	sketch->scene.solver.substeps = substeps;
	sketch->scene.solver.iterations = iterations;
	go_through(kind, &sketch->scene);
	cpu_before = cpu_seconds();
	start_us = clock_monotonic_us();
	for (; used_us < seconds * 1e6; used_us = clock_monotonic_us() - start_us) {
		for (uint32_t i = 0; i < load->worlds; i++)
			go_through(kind, &sketch->scene);
		steps += (double)STEPS * substeps * load->worlds * moving(&sketch->scene);
	}
	printf("{\"body_steps\": %.0f, \"seconds\": %.6f, \"cpu_seconds\": %.6f}\n", steps, used_us / 1e6,
	       cpu_seconds() - cpu_before);
	arena_finish(&arena);
}

static void swing(const struct solver_kind *kind, uint32_t substeps)
{
	struct arena        arena = {0};
	struct sketch      *sketch = pendulum(&arena, 1);
	struct solver      *solver;
	struct solver_frame frame;

	sketch->scene.solver.substeps = substeps;
	solver = kind->create(&sketch->scene);
	for (uint32_t i = 1; i <= SWING_SECONDS * sketch->scene.solver.fps; i++) {
		require(kind->advance(solver) == SOLVER_FINE);
		kind->frame(solver, &frame);
		if (i % SWING_SAMPLE_FRAMES == 0)
			printf("%.1f %.10e\n", frame.time_s,
			       (body_kinetic(&sketch->scene.bodies[0], &frame.bodies[0]) + frame.potential_j) / 9.81);
	}
	kind->destroy(solver);
	arena_finish(&arena);
}

int main(int count, char **words)
{
	if (count == 3 && strcmp(words[1], "draw") == 0)
		draw(load_named(words[2]));
	else if (count == 7 && strcmp(words[1], "run") == 0)
		run(load_named(words[2]), atof(words[3]), kind_named(words[4]), (uint32_t)atoi(words[5]),
		    (uint32_t)atoi(words[6]));
	else if (count == 4 && strcmp(words[1], "swing") == 0)
		swing(kind_named(words[2]), (uint32_t)atoi(words[3]));
	else
		return fprintf(stderr, "Usage: physics_load draw|run|swing …\n"), 2;
	return 0;
}
