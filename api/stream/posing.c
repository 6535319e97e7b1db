#include "api/stream/posing.h"

#include "eventstore/base/require.h"

#include <stdlib.h>

void posing_destroy(struct posing *posing)
{
	if (!posing)
		return;
	arena_finish(&posing->arena);
	free(posing);
}

const struct scene *posing_scene(const struct posing *posing)
{
	return posing->posed.scene;
}

/* On a worker thread. */
static void run(struct work *work)
{
	struct posing      *posing = container_of(work, struct posing, work);
	struct scene_value *values = arena_array(&posing->arena, struct scene_value, posing->word.settings.count + 1);
	struct pose pose = {.audience = posing->audience, .values = values, .value_count = posing->word.settings.count};

	for (uint32_t i = 0; i < pose.value_count; i++)
		values[i] = (struct scene_value){.name = posing->word.settings.items[i].name,
		                                 .value = posing->word.settings.items[i].value};
	posing->status = scene_pose(posing->word.scene, &pose, &posing->arena, &posing->posed, &posing->report);
}

static void done(struct work *work)
{
	struct posing *posing = container_of(work, struct posing, work);

	if (work->abandoned)
		posing->status = STATUS_BUSY;
	if (posing->abandoned)
		posing_destroy(posing);
	else
		posing->on_posed(posing);
}

static void on_arrive(struct http_message *message)
{
	struct posing *posing = container_of(message, struct posing, message);

	posing->work.done(&posing->work);
}

/* On a worker thread. A loop that has ended takes nothing any more, and its viewers are gone. */
static void deliver(void *owner, struct work *work)
{
	struct lane   *lane = owner;
	struct posing *posing = container_of(work, struct posing, work);

	posing->message.on_arrive = on_arrive;
	pthread_mutex_lock(&lane->work_lock);
	if (lane->stopping)
		posing_destroy(posing);
	else
		http_loop_post(lane->loop, &posing->message);
	lane->work_out--;
	pthread_cond_signal(&lane->work_ended);
	pthread_mutex_unlock(&lane->work_lock);
}

struct posing *posing_begin(struct lane *lane, struct bytes message, const struct token_claims *claims,
                            void (*on_posed)(struct posing *posing), void *owner)
{
	struct posing    *posing = calloc(1, sizeof(*posing));
	struct complaints complaints = {0};
	uint32_t          teachers = TOKEN_ROLE(ROLE_instructor) | TOKEN_ROLE(ROLE_admin);
	enum status       status;

	require(posing != NULL);
	posing->lane = lane;
	posing->on_posed = on_posed;
	posing->owner = owner;
	posing->audience = claims->roles & teachers ? SCENE_TEACHER : SCENE_LEARNER;
	posing->work = (struct work){.run = run, .done = done};
	require(stream_word_read(arena_bytes(&posing->arena, message), &posing->arena, &posing->word, &complaints)
	        == STATUS_OK);
	if (!posing->word.scene.data)
		posing->word.scene = TEXT("null");
	pthread_mutex_lock(&lane->work_lock);
	status = workers_submit(lane->service->workers, &posing->work, lane, deliver);
	lane->work_out += status == STATUS_OK;
	pthread_mutex_unlock(&lane->work_lock);
	if (status == STATUS_OK)
		return posing;
	posing_destroy(posing);
	return NULL;
}

void posing_abandon(struct posing *posing)
{
	posing->abandoned = true;
}
