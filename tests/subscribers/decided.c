#include "tests/subscribers/decided.h"

#include "commands/bus.h"
#include "eventstore/codec/codec_msgpack.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

struct decided decided;

static struct bus *bus;

static int64_t bus_time(void)
{
	return scene.now_us;
}

static struct answer decide(const char *command, struct id command_id, struct id actor, const void *fields,
                            struct arena *arena)
{
	const struct command_type *type = command_type_by_name(text_from(command));
	struct writer_decider      decider = bus_decider(bus);
	struct submission submission = {.command = text_from(command), .command_id = command_id, .actor = actor};
	struct answer     answer = {0};
	struct buffer     body = {0};

	assert_int_equal(msgpack_encode_shape(type->shape, fields, FIELD_INPUT, NULL, &body), STATUS_OK);
	submission.body = arena_bytes(arena, buffer_bytes(&body));
	buffer_finish(&body);
	decider.decide(decider.owner, &submission, arena, &answer);
	ground_commit(scene.store);
	return answer;
}

static enum status carry(void *unused, const char *command, struct id command_id, const void *fields,
                         struct arena *arena, struct answer *answer)
{
	if (decided.answers_left == 0)
		return STATUS_UNREACHABLE;
	decided.answers_left--;
	decided.sent++;
	*answer = decide(command, command_id, ID_NONE, fields, arena);
	return decided.answers_lost ? STATUS_TIMED_OUT : STATUS_OK;
}

void decided_wish(const char *command, struct id actor, const void *fields)
{
	struct arena  arena = {0};
	struct answer answer = decide(command, id_fresh(), actor, fields, &arena);

	if (!text_is(answer.status, "ok") || answer.refusal.data)
		fail_msg("%s: %.*s %.*s %.*s", command, TEXT_ARG(answer.status), TEXT_ARG(answer.refusal),
		         TEXT_ARG(answer.sentence));
	arena_finish(&arena);
}

void decided_set_up(void)
{
	static const struct sender_way way = {.carry = carry};

	scene_set_up(&way);
	bus = bus_create(scene.store, bus_time);
	decided = (struct decided){.answers_left = UINT32_MAX};
}

void decided_tear_down(void)
{
	scene_stop();
	bus_destroy(bus);
	scene_tear_down();
}
