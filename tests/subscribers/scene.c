#include "tests/subscribers/scene.h"

#include "eventstore/codec/codec_msgpack.h"
#include "schema/events.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

struct scene scene;

static struct config             config;
static struct real_world        *real;
static struct subscription_world world;
static const struct subscriber  *played;

static int64_t told_time(void *unused)
{
	return scene.now_us;
}

static enum status accept_command(void *unused, const char *command, struct id id, const void *fields)
{
	return STATUS_OK;
}

void scene_set_up(const struct sender_way *way)
{
	ground_fresh();
	setenv("ORRERY_DATA", ground_folder(), 1);
	scene = (struct scene){.store = ground_open(), .now_us = SCENE_BEGIN_US};
	scene.ground = (struct subscriber_ground){.config = &config,
	                                          .opener = keys_opener(store_keys(scene.store)),
	                                          .way = way,
	                                          .stopping = &scene.stopping};
	assert_null(config_load(&config));
	assert_int_equal(subscription_state_open(ground_folder(), KV_WRITE, &scene.state), STATUS_OK);
}

void scene_start(const struct subscriber *subscriber, scene_open *open)
{
	played = subscriber;
	assert_int_equal(open(&scene.ground, &scene.owner), STATUS_OK);
	assert_int_equal(real_world_create(ground_folder(), ground_path("writer.sock"), "test", &real), STATUS_OK);
	world = *real_world_of(real);
	world.now_us = told_time;
	world.submit = accept_command;
	scene.subscription = subscription_create(&(struct subscription_settings){
		.name = subscriber->name,
		.filter = subscriber->filter(scene.owner),
		.handler = &subscriber->handler,
		.owner = scene.owner,
		.world = &world,
		.state = scene.state,
		.stopping = &scene.stopping,
	});
}

void scene_stop(void)
{
	subscription_destroy(scene.subscription);
	real_world_destroy(real);
	played->close(scene.owner);
}

void scene_tear_down(void)
{
	subscription_state_close(scene.state);
	config_finish(&config);
	store_close(scene.store);
	ground_clear();
}

void scene_run(void)
{
	enum subscription_turn turn;

	ground_commit(scene.store);
	do
		turn = subscription_turn(scene.subscription);
	while (turn == SUBSCRIPTION_AGAIN);
	assert_int_equal(turn, SUBSCRIPTION_IDLE);
}

uint32_t scene_held(void)
{
	struct subscription_standing standing;

	if (subscription_state_standing(scene.state, subscription_id(text_from(played->name)), &standing) != STATUS_OK)
		return 0;
	return standing.counts[HELD_RETRYING] + standing.counts[HELD_WAITING] + standing.counts[HELD_PARKED];
}

void scene_append(uint16_t number, const void *event)
{
	const struct event_type *type = event_type_by_number(number);
	struct record            record = ground_record(ground_id(0));
	struct buffer            payload = {0};

	record.number = number;
	record.stream_count = 0;
	for (uint16_t i = 0; i < type->shape->count; i++)
		if (type->shape->fields[i].marks & FIELD_STREAM)
			record.streams[record.stream_count++].id =
				*(const struct id *)field_at(&type->shape->fields[i], event);
	assert_int_equal(msgpack_encode_shape(type->shape, event, 0, keys_sealer(store_keys(scene.store)), &payload),
	                 STATUS_OK);
	record.payload = buffer_bytes(&payload);
	ground_append(scene.store, &record);
	buffer_finish(&payload);
}

uint64_t scene_register(struct id person)
{
	uint64_t position =
		GROUND_EVENT(scene.store, person, user_registered, .user = person, .email = TEXT("ada@example.org"),
	                     .password_hash = TEXT("hash"), .name = TEXT("Ada"), .locale = TEXT("en"),
	                     .region = TEXT("GB"), .token = TEXT("0123456789012345678901234567890123456789012"));

	ground_commit(scene.store);
	return position;
}
