#include "physics/engine.h"

#include "eventstore/base/require.h"
#include "physics/elementary/elementary.h"
#include "physics/golden.h"
#include "physics/rigid/rigid_library.h"

/* To be raised when bits change that no golden scene sees. */
enum { ENGINE_VERSION = 1 };

#if defined(__x86_64__)
#define ARCHITECTURE "x86_64"
#elif defined(__aarch64__)
#define ARCHITECTURE "aarch64" /* contraction and FMA are the rule there: other bits, unless told otherwise */
#else
#define ARCHITECTURE "other"
#endif

static const char *mode_name(enum solver_mode mode)
{
	require(mode == SOLVER_PRECISE || mode == SOLVER_RIGID);
	return mode == SOLVER_RIGID ? "rigid" : "precise";
}

/* With its end, so that no two texts one after the other read as two others. */
static void text_add(struct hash_running *running, const char *text)
{
	hash_add(running, BYTES(text, strlen(text) + 1));
}

struct hash engine_fingerprint(enum solver_mode mode, struct bytes library)
{
	struct hash_running *running = hash_begin();
	struct hash          recorded = golden_recorded(mode), file = hash_sha256(library);
	const uint8_t        versions[] = {ENGINE_VERSION, ELEMENTARY_VERSION};

	text_add(running, "orrery.engine.1");
	text_add(running, mode_name(mode));
	text_add(running, ARCHITECTURE);
	hash_add(running, BYTES(versions, sizeof(versions)));
	hash_add(running, BYTES(recorded.bytes, sizeof(recorded.bytes)));
	if (mode == SOLVER_RIGID)
		hash_add(running, BYTES(file.bytes, sizeof(file.bytes)));
	return hash_end(running);
}

struct text engine_name(struct arena *arena, enum solver_mode mode)
{
	if (mode == SOLVER_RIGID)
		return arena_format(arena, "rigid on " ARCHITECTURE ", Chipmunk2D %s", rigid_library_version());
	return arena_format(arena, "%s on " ARCHITECTURE, mode_name(mode));
}
