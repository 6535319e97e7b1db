/* Prints what the four scenes of trouble give, a line each, in several ways of running them one after the other: once
 * and again, the last first, and two threads at a time. Usage: rigid_digest once|all */
#include "physics/golden.h"
#include "physics/scene/sketch.h"

#include <pthread.h>
#include <stdio.h>

static const struct {
	const char *name;
	struct sketch *(*draw)(struct arena *arena, uint32_t size);
	uint32_t size, frames;
} scenes[] = {
	{"pyramid of 465 boxes", sketch_pyramid, 30, 40},
	{"1000 circles", sketch_circles, 1000, 40},
	{"chain of 200 links", sketch_chain, 200, 100},
	{"200 mixed shapes", sketch_mixed, 200, 80},
};

enum { SCENES = array_count(scenes) };

/* At 60 Hz and with 10 iterations, as engines are mostly run. */
static struct hash scene_run(int index)
{
	struct arena   arena = {0};
	struct sketch *sketch = scenes[index].draw(&arena, scenes[index].size);
	struct hash    digest;

	sketch->scene.solver.substeps = 1;
	sketch->scene.solver.iterations = 10;
	digest = golden_digest(&solver_rigid, &sketch->scene, scenes[index].frames);
	arena_finish(&arena);
	return digest;
}

static void tell(const char *way, int index, const struct hash *digest)
{
	printf("%s\t%s\t", scenes[index].name, way);
	for (int i = 0; i < 16; i++)
		printf("%02x", digest->bytes[i]);
	printf("\n");
}

static void run_all(const char *way, bool reversed)
{
	for (int i = 0; i < SCENES; i++) {
		int         index = reversed ? SCENES - 1 - i : i;
		struct hash digest = scene_run(index);

		tell(way, index, &digest);
	}
}

static void *run_thread(void *digests)
{
	for (int i = 0; i < SCENES; i++)
		((struct hash *)digests)[i] = scene_run(i);
	return NULL;
}

static void run_threads(void)
{
	pthread_t   threads[2];
	struct hash digests[2][SCENES];

	for (int i = 0; i < 2; i++)
		if (pthread_create(&threads[i], NULL, run_thread, digests[i]) != 0)
			return;
	for (int i = 0; i < 2; i++) {
		pthread_join(threads[i], NULL);
		for (int index = 0; index < SCENES; index++)
			tell("beside another thread", index, &digests[i][index]);
	}
}

int main(int count, char **words)
{
	run_all("first", false);
	if (count > 1 && strcmp(words[1], "all") == 0) {
		run_all("again", false);
		run_all("last scene first", true);
		run_threads();
	}
	return 0;
}
