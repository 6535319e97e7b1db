#include "tools/rerun.h"

#include "eventstore/base/buffer.h"
#include "eventstore/base/require.h"
#include "physics/engine.h"
#include "physics/experiment.h"
#include "physics/rigid/rigid_library.h"
#include "physics/scene/canonical.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LIBRARY_BYTES_MAX = 16 << 20, READ_AT_ONCE = 64 << 10 };

/* ---------------------------------------------------------------- the engine */

static bool read_file(const char *path, struct buffer *out)
{
	int     file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	ssize_t size = file < 0 ? -1 : 1;

	while (size > 0 && out->size <= LIBRARY_BYTES_MAX) {
		size = read(file, buffer_reserve(out, READ_AT_ONCE), READ_AT_ONCE);
		out->size += size > 0 ? (size_t)size : 0;
	}
	if (file >= 0)
		close(file);
	return size == 0;
}

static struct hash engine_of(enum solver_mode mode)
{
	struct buffer library = {0};
	struct hash   engine = {0};

	if (mode != SOLVER_RIGID || read_file(rigid_library_path(), &library))
		engine = engine_fingerprint(mode, buffer_bytes(&library));
	buffer_finish(&library);
	return engine;
}

/* ---------------------------------------------------------------- the child */

static void limit(void)
{
	setrlimit(RLIMIT_CPU, &(struct rlimit){RERUN_SECONDS_MAX, RERUN_SECONDS_MAX});
#ifndef __SANITIZE_ADDRESS__ /* whose own maps are larger than any limit */
	setrlimit(RLIMIT_AS, &(struct rlimit){RERUN_BYTES_MAX, RERUN_BYTES_MAX});
#endif
	setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
}

static void keep_result(const struct experiment_result *result, struct rerun *out)
{
	size_t checkpoints = result->checkpoints.size / sizeof(struct hash);

	out->fault = result->fault;
	out->frames = result->frames;
	out->steps = result->steps;
	out->trajectory_hash = result->trajectory_hash;
	out->checkpoint_count = checkpoints < RERUN_CHECKPOINTS_MAX ? (uint32_t)checkpoints : RERUN_CHECKPOINTS_MAX;
	memcpy(out->checkpoints, result->checkpoints.data, out->checkpoint_count * sizeof(struct hash));
	out->measure_count = result->measure_count < RERUN_MEASURES_MAX ? result->measure_count : RERUN_MEASURES_MAX;
	memcpy(out->measures, result->measures, out->measure_count * sizeof(double));
	out->ended = true;
}

/* From the canonical bytes, as a worker has the scene. */
static void run(struct bytes canonical, struct rerun *out)
{
	struct arena             arena = {0};
	const struct scene      *scene;
	struct text              complaint;
	struct experiment       *experiment;
	struct experiment_frame  frame;
	struct experiment_result result;

	limit();
	rigid_library_begin();
	if (scene_decode(canonical, &arena, &scene, &complaint) != STATUS_OK)
		return;
	experiment = experiment_create(scene);
	while (experiment_next(experiment, &frame))
		continue;
	experiment_result(experiment, &result);
	keep_result(&result, out);
}

/* ---------------------------------------------------------------- the parent */

enum status rerun_scene(const struct posed_scene *posed, struct rerun *out)
{
	struct rerun *shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct experiment_plan plan;
	pid_t                  child;

	if (shared == MAP_FAILED)
		return STATUS_FULL;
	child = fork();
	if (child == 0) {
		run(posed->canonical, shared);
		_exit(EXIT_SUCCESS);
	}
	if (child > 0)
		waitpid(child, NULL, 0);
	*out = *shared;
	munmap(shared, sizeof(*shared));
	experiment_plan(posed->scene, &plan);
	out->mode = plan.mode;
	out->engine = engine_of(plan.mode);
	out->run_hash = run_hash(&posed->hash, &out->engine);
	return child < 0 ? STATUS_FULL : STATUS_OK;
}
