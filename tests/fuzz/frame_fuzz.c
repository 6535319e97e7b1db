/* The writer meets arbitrary bytes on its socket, as do feed and follower within their channel. Claims: a frame lies
 * within the bytes and can be written again as it was; what a message's decoder takes can be sent and reads the same.
 */
#include "eventstore/base/require.h"
#include "eventstore/feed/protocol.h"
#include "eventstore/wire/message.h"
#include "tests/eventstore/sample.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_message(const struct shape *shape, struct bytes body)
{
	struct arena  arena = {0};
	struct buffer again = {0};
	void         *message = arena_alloc(&arena, shape->size), *back = arena_alloc(&arena, shape->size);
	struct frame  frame;
	size_t        size;

	if (message_decode(shape, body, &arena, message) == STATUS_OK) {
		message_append(&again, FRAME_SUBMIT, 1, shape, message);
		require(frame_parse(buffer_bytes(&again), &frame, &size) == STATUS_OK && size == again.size);
		require(message_decode(shape, frame.body, &arena, back) == STATUS_OK);
		require(sample_equal(shape, message, back));
	}
	buffer_finish(&again);
	arena_finish(&arena);
}

static void check_messages(struct bytes body)
{
	static const struct shape *const shapes[] = {&hello_shape,  &welcome_shape,    &submission_shape,
	                                             &answer_shape, &head_shape,       &progress_shape,
	                                             &stats_shape,  &feed_hello_shape, &feed_welcome_shape};

	for (size_t i = 0; i < array_count(shapes); i++)
		check_message(shapes[i], body);
}

static void check_frame(const struct frame *frame, const uint8_t *at, size_t size)
{
	struct buffer again = {0};
	size_t        began = frame_begin(&again, frame->op, frame->request);

	require(size == FRAME_HEADER_SIZE + frame->body.size && frame->body.data == at + FRAME_HEADER_SIZE);
	buffer_append(&again, frame->body);
	frame_end(&again, began);
	require(bytes_equal(buffer_bytes(&again), BYTES(at, size)));
	buffer_finish(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t       taken = 0, frame_size;
	struct frame frame;

	while (frame_parse(BYTES(data + taken, size - taken), &frame, &frame_size) == STATUS_OK) {
		require(frame_size <= size - taken);
		check_frame(&frame, data + taken, frame_size);
		check_messages(frame.body);
		taken += frame_size;
	}
	/* Most inputs are no frames; their bytes may be a body all the same. */
	check_messages(BYTES(data, size));
	return 0;
}
