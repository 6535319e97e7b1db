#include "eventstore/subscription/subscription_world.h"

#include "eventstore/base/catalog.h"
#include "eventstore/base/clock.h"
#include "eventstore/base/require.h"
#include "eventstore/wire/courier.h"
#include "eventstore/wire/doorbell.h"

#include <stdio.h>
#include <stdlib.h>

struct real_world {
	struct subscription_world world;
	struct reader            *reader;
	struct doorbell          *doorbell;
	struct courier           *courier;
};

static struct log_identity world_identity(void *owner)
{
	struct real_world *world = owner;

	return reader_identity(world->reader);
}

static enum status world_head(void *owner, uint64_t *head)
{
	struct real_world *world = owner;

	return reader_head(world->reader, head);
}

static enum status world_filtered(void *owner, const struct event_filter *filter, uint64_t from, uint32_t limit,
                                  reader_visit visit, void *visitor, struct filtered_walk *walk)
{
	struct real_world *world = owner;

	return reader_filtered(world->reader, filter, from, limit, visit, visitor, walk);
}

static enum status world_leaf(void *owner, uint64_t position, struct hash *leaf)
{
	struct real_world *world = owner;

	return reader_leaf(world->reader, position, leaf);
}

static void world_wait(void *owner, uint64_t position, int timeout_ms)
{
	struct real_world *world = owner;

	doorbell_wait(world->doorbell, position, timeout_ms);
}

/* Subscriptions and read models tell the writer of their progress under names of one kind. */
static void world_progress(void *owner, const char *name, uint64_t position)
{
	struct real_world *world = owner;
	char               told[SUBSCRIPTION_PROGRESS_SIZE];

	snprintf(told, sizeof(told), SUBSCRIPTION_PROGRESS_PREFIX "%s", name);
	doorbell_progress(world->doorbell, told, position);
}

static enum status judge(const struct answer *answer)
{
	enum status status = status_by_name(answer->status);

	return status == STATUS_OK && answer->refusal.data ? STATUS_INVALID : status;
}

static enum status world_submit(void *owner, const char *command, struct id command_id, const void *fields)
{
	struct real_world *world = owner;
	struct arena       arena = {0};
	struct answer      answer = {0};
	enum status        status = courier_command(world->courier, command, command_id, fields, &arena, &answer);

	if (status == STATUS_OK)
		status = judge(&answer);
	arena_finish(&arena);
	return status;
}

static int64_t world_now_us(void *owner)
{
	return clock_wall_us();
}

enum status real_world_create(const char *data, const char *socket_path, const char *who, struct real_world **out)
{
	struct reader     *reader;
	struct real_world *world;
	enum status        status = reader_open(data, &reader);

	if (status != STATUS_OK)
		return status;
	world = calloc(1, sizeof(*world));
	require(world != NULL);
	*world = (struct real_world){
		.world = {.owner = world,
	                  .identity = world_identity,
	                  .head = world_head,
	                  .filtered = world_filtered,
	                  .leaf = world_leaf,
	                  .wait = world_wait,
	                  .progress = world_progress,
	                  .submit = world_submit,
	                  .now_us = world_now_us},
		.reader = reader,
		.doorbell = doorbell_create(socket_path, who),
		.courier = courier_create(socket_path, who),
	};
	*out = world;
	return STATUS_OK;
}

void real_world_destroy(struct real_world *world)
{
	if (!world)
		return;
	courier_destroy(world->courier);
	doorbell_destroy(world->doorbell);
	reader_close(world->reader);
	free(world);
}

const struct subscription_world *real_world_of(struct real_world *world)
{
	return &world->world;
}

void real_world_interrupt(struct real_world *world)
{
	doorbell_interrupt(world->doorbell);
}
