#include "tests/physics/service/obedient.h"

#include "physics/service/broker.h"

#include <stdio.h>
#include <stdlib.h>

enum { SCENE_SIZE_MAX = 256 };

bool obedient_parse(struct bytes bytes, struct obedient *out)
{
	struct obedient scene = {.series = 1, .act = "fine"};
	char            words[SCENE_SIZE_MAX], *rest = words, *word;

	if (bytes.size >= sizeof(words))
		return false;
	memcpy(words, bytes.data, bytes.size);
	words[bytes.size] = '\0';
	while ((word = strsep(&rest, " ")) != NULL)
		if (sscanf(word, "frames=%u", &scene.frames) != 1 && sscanf(word, "series=%u", &scene.series) != 1
		    && sscanf(word, "at=%u", &scene.at) != 1 && sscanf(word, "salt=%u", &scene.salt) != 1
		    && sscanf(word, "act=%15s", scene.act) != 1)
			return false;
	*out = scene;
	return scene.frames > 0;
}

size_t obedient_frame(const struct obedient *scene, unsigned step, char out[OBEDIENT_FRAME_MAX])
{
	return (size_t)snprintf(out, OBEDIENT_FRAME_MAX, "<frame %u of scene %u>", step, scene->salt);
}

enum status scene_brief(struct bytes canonical, struct arena *arena, struct scene_brief *out, struct text *complaint)
{
	struct obedient scene;

	(void)arena;
	if (!obedient_parse(canonical, &scene)) {
		*complaint = TEXT("This is no scene.");
		return STATUS_INVALID;
	}
	*out = (struct scene_brief){
		.scene_hash = hash_sha256(canonical),
		.engine = hash_sha256(text_bytes(TEXT("obedient"))),
		.mode = TEXT("precise"),
		.reason = TEXT("It is obedient."),
		.frames = scene.frames,
		.fps = 60,
		.bodies = 1,
		.series = scene.series,
		.quantum = 1e-4,
		.cost_us = scene.frames,
	};
	out->run_hash = hash_sha256(BYTES(out->scene_hash.bytes, sizeof(out->scene_hash.bytes)));
	return STATUS_OK;
}
