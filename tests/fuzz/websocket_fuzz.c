/* What a client sends over a WebSocket: arbitrary bytes. Claims: what is taken is there; a message is no longer than it
 * may be, and a text is UTF-8; and it makes no difference in how many pieces the bytes arrive. */
#include "api/websocket.h"
#include "eventstore/base/require.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MOST = 1000, EVENTS_MAX = 10000 };

static void check(const struct websocket_came *came, size_t left)
{
	size_t points;

	require(came->taken <= left);
	if (came->event == WEBSOCKET_TEXT)
		require(text_code_points((struct text){(const char *)came->bytes.data, came->bytes.size}, &points));
	if (came->event == WEBSOCKET_TEXT || came->event == WEBSOCKET_BINARY)
		require(came->bytes.size <= MOST);
	if (came->event == WEBSOCKET_PING || came->event == WEBSOCKET_PONG || came->event == WEBSOCKET_CLOSE)
		require(came->bytes.size <= WEBSOCKET_CONTROL_BYTES_MAX);
	if (came->event == WEBSOCKET_BROKEN)
		require(came->code == WEBSOCKET_BROKEN_RULE || came->code == WEBSOCKET_BAD_TEXT
		        || came->code == WEBSOCKET_TOO_LARGE);
}

/* What came of the bytes, so many at a time, as text. */
static void tell(struct bytes bytes, size_t step, struct buffer *out)
{
	struct websocket      websocket = {.message_bytes_max = MOST};
	struct websocket_came came = {.event = WEBSOCKET_MORE};
	struct buffer         in = {0};

	for (size_t at = 0; at < bytes.size && came.event != WEBSOCKET_BROKEN; at += step) {
		buffer_append(&in, BYTES(bytes.data + at, bytes.size - at < step ? bytes.size - at : step));
		do {
			websocket_take(&websocket, &in, 0, &came);
			check(&came, in.size);
			if (came.event != WEBSOCKET_MORE) {
				buffer_format(out, "%d %u ", came.event, came.code);
				buffer_append(out, came.bytes);
			}
			buffer_consume(&in, came.taken);
		} while (came.event != WEBSOCKET_MORE && came.event != WEBSOCKET_BROKEN);
	}
	websocket_finish(&websocket);
	buffer_finish(&in);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buffer at_once = {0}, in_pieces = {0};

	tell(BYTES(data, size), size > 0 ? size : 1, &at_once);
	tell(BYTES(data, size), 3, &in_pieces);
	require(bytes_equal(buffer_bytes(&at_once), buffer_bytes(&in_pieces)));
	buffer_finish(&at_once);
	buffer_finish(&in_pieces);
	return 0;
}
