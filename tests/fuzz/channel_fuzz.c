/* The feed meets arbitrary bytes from whoever finds its port, and from whoever sits between it and a follower. Claims:
 * a stranger's bytes are never answered, and no more of them is kept than a first message; bytes that the other side
 * did not send say nothing to a channel that is ready; whatever is said arrives as it was, in any pieces. */
#include "eventstore/base/channel.h"
#include "eventstore/base/require.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool knows(void *owner, const struct noise_public *peer)
{
	return owner != NULL;
}

static void check_stranger(const struct noise_key *own, struct bytes bytes)
{
	struct channel channel;
	struct buffer  clear = {0}, wire = {0};

	channel_respond(&channel, own, knows, NULL);
	while (bytes.size > 0) {
		size_t size = 1 + bytes.data[0] % bytes.size;

		if (channel_take(&channel, BYTES(bytes.data, size), &clear, &wire) != STATUS_OK)
			break;
		require(channel.in.size < CHANNEL_HEAD_SIZE + NOISE_FIRST_OVERHEAD);
		bytes = BYTES(bytes.data + size, bytes.size - size);
	}
	require(clear.size == 0 && wire.size == 0 && !channel_ready(&channel));
	channel_finish(&channel);
	buffer_finish(&clear);
	buffer_finish(&wire);
}

static void take_all(struct channel *channel, struct buffer *from, struct buffer *clear, struct buffer *wire)
{
	require(channel_take(channel, buffer_bytes(from), clear, wire) == STATUS_OK);
	from->size = 0;
}

static void check_ready(const struct noise_key *own, struct bytes bytes)
{
	struct channel follower, feed;
	struct buffer  to_feed = {0}, to_follower = {0}, clear = {0};

	channel_respond(&feed, own, knows, &feed);
	require(channel_initiate(&follower, own, &own->public, &to_feed) == STATUS_OK);
	take_all(&feed, &to_feed, &clear, &to_follower);
	take_all(&follower, &to_follower, &clear, &to_feed);
	channel_send(&follower, bytes, &to_feed);
	if (bytes.size > 0)
		take_all(&feed, &to_feed, &clear, &to_follower);
	require(bytes_equal(buffer_bytes(&clear), bytes));
	clear.size = 0;
	if (channel_take(&follower, bytes, &clear, &to_feed) == STATUS_OK)
		require(follower.in.size == bytes.size);
	require(clear.size == 0 && to_feed.size == 0);
	channel_finish(&follower);
	channel_finish(&feed);
	buffer_finish(&to_feed);
	buffer_finish(&to_follower);
	buffer_finish(&clear);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t    secret[NOISE_KEY_SIZE] = "a key of exactly thirty-two byte";
	static struct noise_key own;

	if (own.secret[0] == 0)
		noise_key_from_secret(secret, &own);
	check_stranger(&own, BYTES(data, size));
	check_ready(&own, BYTES(data, size));
	return 0;
}
