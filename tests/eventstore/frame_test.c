#include "eventstore/wire/frame.h"

#include "eventstore/base/arena.h"
#include "eventstore/wire/message.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static struct buffer out;

static void append_frame(uint8_t op, uint64_t request, const char *body)
{
	size_t began = frame_begin(&out, op, request);

	buffer_append(&out, text_bytes(text_from(body)));
	frame_end(&out, began);
}

static void frames_come_out_one_by_one_as_they_went_in(void **state)
{
	struct frame frame;
	size_t       size;

	append_frame(FRAME_SUBMIT, 0x1122334455667788, "body");
	append_frame(FRAME_STATS, UINT64_MAX, "");
	assert_int_equal(frame_parse(buffer_bytes(&out), &frame, &size), STATUS_OK);
	assert_int_equal(size, FRAME_HEADER_SIZE + 4);
	assert_int_equal(frame.op, FRAME_SUBMIT);
	assert_true(frame.request == 0x1122334455667788);
	assert_true(bytes_equal(frame.body, BYTES("body", 4)));
	assert_int_equal(frame_parse(BYTES(out.data + size, out.size - size), &frame, &size), STATUS_OK);
	assert_int_equal(size, FRAME_HEADER_SIZE);
	assert_int_equal(frame.op, FRAME_STATS);
	assert_true(frame.request == UINT64_MAX);
	assert_int_equal(frame.body.size, 0);
}

static void the_layout_is_the_one_in_the_header(void **state)
{
	static const uint8_t layout[] = {4,    0,    0,    0,    2,    0,    0,   0,   0x88, 0x77,
	                                 0x66, 0x55, 0x44, 0x33, 0x22, 0x11, 'b', 'o', 'd',  'y'};

	append_frame(FRAME_SUBMIT, 0x1122334455667788, "body");
	assert_true(bytes_equal(buffer_bytes(&out), BYTES(layout, sizeof(layout))));
}

static void a_part_of_a_frame_asks_for_more(void **state)
{
	struct frame frame;
	size_t       size = 42;

	append_frame(FRAME_SUBMIT, 1, "body");
	for (size_t part = 0; part < out.size; part++)
		assert_int_equal(frame_parse(BYTES(out.data, part), &frame, &size), STATUS_NOT_FOUND);
	assert_int_equal(size, 42);
}

static void reserved_bytes_must_be_zero(void **state)
{
	struct frame frame;
	size_t       size;

	append_frame(FRAME_SUBMIT, 1, "body");
	for (size_t at = 5; at < 8; at++) {
		out.data[at] = 1;
		assert_int_equal(frame_parse(buffer_bytes(&out), &frame, &size), STATUS_MALFORMED);
		out.data[at] = 0;
	}
	assert_int_equal(frame_parse(buffer_bytes(&out), &frame, &size), STATUS_OK);
}

static void a_body_beyond_the_maximum_is_refused_before_it_comes(void **state)
{
	uint32_t     body_size = FRAME_BODY_MAX;
	struct frame frame;
	size_t       size;

	append_frame(FRAME_SUBMIT, 1, "");
	memcpy(out.data, &body_size, sizeof(body_size));
	assert_int_equal(frame_parse(buffer_bytes(&out), &frame, &size), STATUS_NOT_FOUND);
	body_size++;
	memcpy(out.data, &body_size, sizeof(body_size));
	assert_int_equal(frame_parse(buffer_bytes(&out), &frame, &size), STATUS_TOO_LARGE);
	body_size = UINT32_MAX;
	memcpy(out.data, &body_size, sizeof(body_size));
	assert_int_equal(frame_parse(buffer_bytes(&out), &frame, &size), STATUS_TOO_LARGE);
}

/* ---------------------------------------------------------------- messages */

static struct frame only_frame(void)
{
	struct frame frame;
	size_t       size;

	assert_int_equal(frame_parse(buffer_bytes(&out), &frame, &size), STATUS_OK);
	assert_int_equal(size, out.size);
	return frame;
}

static void a_submission_comes_back_as_it_was(void **state)
{
	struct submission sent = {.command = TEXT("change_preferences"),
	                          .command_id = {.bytes = "command"},
	                          .actor = {.bytes = "actor"},
	                          .trace = {.bytes = "trace"},
	                          .digest = BYTES("0123456789abcdef", 16),
	                          .has_expected = true,
	                          .expected = 7,
	                          .body = BYTES("\x80", 1)},
			  back = {0};
	struct arena arena = {0};

	message_append(&out, FRAME_SUBMIT, 1, &submission_shape, &sent);
	assert_int_equal(message_decode(&submission_shape, only_frame().body, &arena, &back), STATUS_OK);
	assert_true(text_equal(back.command, sent.command) && id_equal(back.command_id, sent.command_id));
	assert_true(id_equal(back.actor, sent.actor) && id_equal(back.trace, sent.trace));
	assert_true(bytes_equal(back.digest, sent.digest) && bytes_equal(back.body, sent.body));
	assert_true(back.has_expected && back.expected == 7);
	arena_finish(&arena);
}

static void what_is_optional_may_be_left_out(void **state)
{
	struct submission sent = {.command = TEXT("c"), .command_id = {.bytes = "id"}, .body = BYTES("\x80", 1)}, back;
	struct arena      arena = {0};

	memset(&back, 0, sizeof(back));
	message_append(&out, FRAME_SUBMIT, 1, &submission_shape, &sent);
	assert_int_equal(message_decode(&submission_shape, only_frame().body, &arena, &back), STATUS_OK);
	assert_false(id_present(back.actor) || id_present(back.trace) || back.has_expected);
	assert_int_equal(back.digest.size, 0);
	arena_finish(&arena);
}

static void a_list_of_projections_comes_back(void **state)
{
	struct progress list[] = {{.name = TEXT("account"), .position = 1}, {.name = TEXT("session"), .position = 2}};
	struct stats    sent = {.head = 5, .version = TEXT("1"), .projections = {.items = list, .count = 2}}, back;
	struct arena    arena = {0};

	memset(&back, 0, sizeof(back));
	message_append(&out, FRAME_STATS | FRAME_ANSWER, 1, &stats_shape, &sent);
	assert_int_equal(message_decode(&stats_shape, only_frame().body, &arena, &back), STATUS_OK);
	assert_int_equal(back.projections.count, 2);
	assert_true(text_is(back.projections.items[1].name, "session") && back.projections.items[1].position == 2);
	arena_finish(&arena);
}

static void a_body_cut_short_or_with_more_behind_it_is_malformed(void **state)
{
	struct head  head = {.position = 1234567}, back;
	struct arena arena = {0};
	struct bytes body;

	message_append(&out, FRAME_HEAD, 0, &head_shape, &head);
	buffer_append(&out, BYTES("\xc0", 1));
	body = BYTES(out.data + FRAME_HEADER_SIZE, out.size - FRAME_HEADER_SIZE);
	assert_int_equal(message_decode(&head_shape, body, &arena, &back), STATUS_MALFORMED);
	for (body.size -= 2; body.size > 0; body.size--)
		assert_int_equal(message_decode(&head_shape, body, &arena, &back), STATUS_MALFORMED);
	assert_int_equal(message_decode(&head_shape, BYTES("", 0), &arena, &back), STATUS_MALFORMED);
	arena_finish(&arena);
}

static int forget_memory(void **state)
{
	buffer_finish(&out);
	return 0;
}

#define claim(test) cmocka_unit_test_teardown(test, forget_memory)

int main(void)
{
	const struct CMUnitTest tests[] = {
		claim(frames_come_out_one_by_one_as_they_went_in),
		claim(the_layout_is_the_one_in_the_header),
		claim(a_part_of_a_frame_asks_for_more),
		claim(reserved_bytes_must_be_zero),
		claim(a_body_beyond_the_maximum_is_refused_before_it_comes),
		claim(a_submission_comes_back_as_it_was),
		claim(what_is_optional_may_be_left_out),
		claim(a_list_of_projections_comes_back),
		claim(a_body_cut_short_or_with_more_behind_it_is_malformed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
