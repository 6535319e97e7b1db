#include "api/engine_private.h"

#include "eventstore/base/require.h"

/* What a client sends while its HTTP/1.1 request is being answered.
 *
 * libh2o does not read meanwhile, since that might move the bytes the request is made of; for the kernel to know costs
 * two system calls a request, which is more than the answer's own. So the request's bytes are laid aside, and the
 * socket goes on reading into an empty buffer. Nearly always nothing comes before the answer has gone. What does come
 * is kept for libh2o, and reading stops until then, as it would have.
 *
 * Only for a head with nothing behind it. Thereby either nothing was read ahead, or the socket is not polled any more;
 * libh2o would not survive to stop reading itself, over a next request that is malformed, between the two. */

/* An error is found again by whoever reads next. */
static void ahead_on_readable(h2o_socket_t *socket, const char *error)
{
	h2o_socket_read_stop(socket);
}

/* A head ends with an empty line behind its last value. A field that libh2o keeps elsewhere may stand last: then it
 * counts as more. */
static bool is_head_alone(const h2o_req_t *raw, const h2o_buffer_t *input)
{
	const char *end = raw->input.authority.base + raw->input.authority.len;

	for (size_t i = 0; i < raw->headers.size; i++) {
		h2o_iovec_t value = raw->headers.entries[i].value;

		if (value.base + value.len > end)
			end = value.base + value.len;
	}
	return !raw->entity.base && end + 4 == input->bytes + input->size;
}

void ahead_begin(struct connection *connection, const h2o_req_t *raw)
{
	h2o_socket_t *socket = connection->socket;

	require(connection->aside == NULL);
	if (connection->http2 || socket->ssl || !is_head_alone(raw, socket->input))
		return;
	connection->aside = socket->input;
	h2o_buffer_init(&socket->input, &h2o_socket_buffer_prototype);
	h2o_socket_read_start(socket, ahead_on_readable);
}

/* libh2o takes the old request off the front of its input after this, then looks at what follows. */
void ahead_end(struct connection *connection)
{
	h2o_buffer_t *ahead = connection->socket->input;

	if (!connection->aside)
		return;
	if (ahead->size > 0) {
		h2o_iovec_t room = h2o_buffer_reserve(&connection->aside, ahead->size);

		require(room.base != NULL);
		memcpy(room.base, ahead->bytes, ahead->size);
		connection->aside->size += ahead->size;
	}
	h2o_buffer_dispose(&connection->socket->input);
	connection->socket->input = connection->aside;
	connection->aside = NULL;
}
