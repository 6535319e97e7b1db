#include "eventstore/base/channel.h"

#include "eventstore/base/hash.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static uint64_t chance;

static size_t below(size_t limit)
{
	chance = chance * 6364136223846793005u + 1442695040888963407u;
	return (size_t)(chance >> 33) % limit;
}

/* Two ends, what is on its way between them, and what came out. */
struct line {
	struct noise_key follower_key, feed_key;
	struct channel   follower, feed;
	struct buffer    to_feed, to_follower; /* on the wire */
	struct buffer    at_feed, at_follower; /* in clear */
	bool             known;
};

static bool knows(void *owner, const struct noise_public *peer)
{
	struct line *line = owner;

	return line->known && memcmp(peer->bytes, line->follower_key.public.bytes, NOISE_KEY_SIZE) == 0;
}

static struct line *line_create(void)
{
	struct line *line = calloc(1, sizeof(*line));

	assert_non_null(line);
	line->known = true;
	noise_key_fresh(&line->follower_key);
	noise_key_fresh(&line->feed_key);
	channel_respond(&line->feed, &line->feed_key, knows, line);
	assert_int_equal(channel_initiate(&line->follower, &line->follower_key, &line->feed_key.public, &line->to_feed),
	                 STATUS_OK);
	return line;
}

static void line_destroy(struct line *line)
{
	channel_finish(&line->follower);
	channel_finish(&line->feed);
	buffer_finish(&line->to_feed);
	buffer_finish(&line->to_follower);
	buffer_finish(&line->at_feed);
	buffer_finish(&line->at_follower);
	free(line);
}

static enum status feed_takes(struct line *line)
{
	enum status status =
		channel_take(&line->feed, buffer_bytes(&line->to_feed), &line->at_feed, &line->to_follower);

	line->to_feed.size = 0;
	return status;
}

static enum status follower_takes(struct line *line)
{
	enum status status =
		channel_take(&line->follower, buffer_bytes(&line->to_follower), &line->at_follower, &line->to_feed);

	line->to_follower.size = 0;
	return status;
}

/* Up to the follower's proof, a word. */
static struct line *line_ready(void)
{
	struct line *line = line_create();

	assert_int_equal(feed_takes(line), STATUS_OK);
	assert_false(channel_ready(&line->feed));
	assert_int_equal(follower_takes(line), STATUS_OK);
	channel_send(&line->follower, BYTES("hello", 5), &line->to_feed);
	assert_int_equal(feed_takes(line), STATUS_OK);
	assert_true(channel_ready(&line->feed));
	assert_true(bytes_equal(buffer_bytes(&line->at_feed), BYTES("hello", 5)));
	line->at_feed.size = 0;
	return line;
}

static void both_sides_know_each_other_and_hear_what_was_said(void **state)
{
	struct line *line = line_ready();

	assert_memory_equal(channel_peer(&line->feed)->bytes, line->follower_key.public.bytes, NOISE_KEY_SIZE);
	channel_send(&line->feed, BYTES("welcome", 7), &line->to_follower);
	channel_send(&line->feed, BYTES("!", 1), &line->to_follower);
	assert_int_equal(follower_takes(line), STATUS_OK);
	assert_true(bytes_equal(buffer_bytes(&line->at_follower), BYTES("welcome!", 8)));
	line_destroy(line);
}

/* Whatever pieces a socket makes of it, and over several changes of the keys. */
static void a_long_stream_arrives_whole_in_whatever_pieces(void **state)
{
	enum { WORDS = 3 * CHANNEL_REKEY_EVERY, LONG = 3 * CHANNEL_PIECE_MAX + 7 };
	struct line *line = line_ready();
	uint8_t     *long_word = calloc(1, LONG);
	uint64_t     sent = 0, taken = 0;

	for (int i = 0; i < WORDS; i++)
		channel_send(&line->feed, BYTES(&sent, sizeof(sent)), &line->to_follower), sent++;
	channel_send(&line->feed, BYTES(long_word, LONG), &line->to_follower);
	for (size_t at = 0; at < line->to_follower.size;) {
		size_t size = 1 + below(5000);

		if (size > line->to_follower.size - at)
			size = line->to_follower.size - at;
		assert_int_equal(channel_take(&line->follower, BYTES(line->to_follower.data + at, size),
		                              &line->at_follower, &line->to_feed),
		                 STATUS_OK);
		at += size;
	}
	assert_int_equal(line->at_follower.size, WORDS * sizeof(sent) + LONG);
	for (; taken < WORDS; taken++)
		assert_memory_equal(line->at_follower.data + taken * sizeof(taken), &taken, sizeof(taken));
	assert_memory_equal(line->at_follower.data + WORDS * sizeof(taken), long_word, LONG);
	free(long_word);
	line_destroy(line);
}

/* A changed length may make the receiver wait for more; what comes then ends it. Nothing wrong is ever handed on. */
static void assert_ends(struct line *line, enum status status)
{
	uint8_t more[CHANNEL_PIECE_MAX + NOISE_TAG_SIZE];

	memset(more, 0, sizeof(more));
	if (status == STATUS_OK)
		status = channel_take(&line->follower, BYTES(more, sizeof(more)), &line->at_follower, &line->to_feed);
	assert_int_equal(status, STATUS_DENIED);
	assert_true(line->at_follower.size == 0 || bytes_equal(buffer_bytes(&line->at_follower), BYTES("first", 5)));
	assert_int_equal(channel_take(&line->follower, BYTES("more", 4), &line->at_follower, &line->to_feed),
	                 STATUS_DENIED);
}

static void any_flipped_bit_ends_the_channel(void **state)
{
	size_t bits = 2 * 8 * (CHANNEL_HEAD_SIZE + 5 + NOISE_TAG_SIZE) + 8;

	for (size_t bit = 0; bit < bits; bit++) {
		struct line *line = line_ready();

		channel_send(&line->feed, BYTES("first", 5), &line->to_follower);
		channel_send(&line->feed, BYTES("second", 6), &line->to_follower);
		assert_int_equal(line->to_follower.size * 8, bits);
		line->to_follower.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
		assert_ends(line, follower_takes(line));
		line_destroy(line);
	}
}

static void any_flipped_bit_ends_the_handshake(void **state)
{
	for (size_t bit = 0; bit < 8 * (CHANNEL_HEAD_SIZE + NOISE_FIRST_OVERHEAD); bit++) {
		struct line *line = line_create();

		line->to_feed.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
		/* X25519 passes over the highest bit of a key (RFC 7748 §5); the hash of the handshake does not. */
		assert_int_equal(feed_takes(line), STATUS_DENIED);
		assert_int_equal(line->to_follower.size, 0);
		line_destroy(line);
	}
	for (size_t bit = 0; bit < 8 * (CHANNEL_HEAD_SIZE + NOISE_SECOND_OVERHEAD); bit++) {
		struct line *line = line_create();

		assert_int_equal(feed_takes(line), STATUS_OK);
		line->to_follower.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
		assert_int_equal(follower_takes(line), STATUS_DENIED);
		assert_false(channel_ready(&line->follower));
		line_destroy(line);
	}
}

static void a_message_left_out_repeated_or_too_early_ends_the_channel(void **state)
{
	enum { SIZE = CHANNEL_HEAD_SIZE + 1 + NOISE_TAG_SIZE };
	static const char orders[][4] = {"bc", "aab", "ba", "acb"};

	for (size_t i = 0; i < array_count(orders); i++) {
		struct line  *line = line_ready();
		struct buffer mixed = {0};

		channel_send(&line->feed, BYTES("a", 1), &line->to_follower);
		channel_send(&line->feed, BYTES("b", 1), &line->to_follower);
		channel_send(&line->feed, BYTES("c", 1), &line->to_follower);
		for (const char *letter = orders[i]; *letter; letter++)
			buffer_append(&mixed, BYTES(line->to_follower.data + (size_t)(*letter - 'a') * SIZE, SIZE));
		assert_int_equal(
			channel_take(&line->follower, buffer_bytes(&mixed), &line->at_follower, &line->to_feed),
			STATUS_DENIED);
		assert_true(line->at_follower.size <= 1);
		buffer_finish(&mixed);
		line_destroy(line);
	}
}

/* The same first message again, and all that the follower said after it. */
static void a_replayed_conversation_gets_nothing(void **state)
{
	struct line   *line = line_create();
	struct buffer  recorded = {0}, clear = {0}, wire = {0};
	struct channel again;

	buffer_append(&recorded, buffer_bytes(&line->to_feed));
	assert_int_equal(feed_takes(line), STATUS_OK);
	assert_int_equal(follower_takes(line), STATUS_OK);
	channel_send(&line->follower, BYTES("hello", 5), &line->to_feed);
	buffer_append(&recorded, buffer_bytes(&line->to_feed));
	channel_respond(&again, &line->feed_key, knows, line);
	assert_int_equal(channel_take(&again, buffer_bytes(&recorded), &clear, &wire), STATUS_DENIED);
	assert_false(channel_ready(&again));
	assert_int_equal(clear.size, 0);
	assert_true(wire.size <= CHANNEL_HEAD_SIZE + NOISE_SECOND_OVERHEAD);
	buffer_finish(&recorded);
	buffer_finish(&wire);
	buffer_finish(&clear);
	line_destroy(line);
}

static void an_unknown_key_hears_nothing_not_even_no(void **state)
{
	struct line *line = line_create();

	line->known = false;
	assert_int_equal(feed_takes(line), STATUS_DENIED);
	assert_int_equal(line->to_follower.size, 0);
	line_destroy(line);
}

/* Somebody else at the feed's address has another key, and cannot even read who calls. */
static void another_feed_is_not_talked_to(void **state)
{
	struct line     *line = line_create();
	struct noise_key other;
	struct channel   feed;

	noise_key_fresh(&other);
	channel_respond(&feed, &other, knows, line);
	assert_int_equal(channel_take(&feed, buffer_bytes(&line->to_feed), &line->at_feed, &line->to_follower),
	                 STATUS_DENIED);
	assert_int_equal(line->to_follower.size, 0);
	line_destroy(line);
}

static void a_stranger_makes_nothing_be_kept(void **state)
{
	struct line *line = line_create();

	line->to_feed.size = 0;
	buffer_append(&line->to_feed, BYTES("\xff\xff", 2));
	assert_int_equal(feed_takes(line), STATUS_DENIED);
	assert_int_equal(line->feed.in.capacity, 0);
	line_destroy(line);
}

/* Between the two ends nothing of what is said can be seen, nor who says it. */
static void the_wire_shows_neither_words_nor_keys(void **state)
{
	struct line  *line = line_create();
	struct buffer wire = {0};

	buffer_append(&wire, buffer_bytes(&line->to_feed));
	assert_int_equal(feed_takes(line), STATUS_OK);
	buffer_append(&wire, buffer_bytes(&line->to_follower));
	assert_int_equal(follower_takes(line), STATUS_OK);
	channel_send(&line->follower, BYTES("Ada Lovelace", 12), &line->to_feed);
	buffer_append(&wire, buffer_bytes(&line->to_feed));
	assert_null(memmem(wire.data, wire.size, "Ada", 3));
	assert_null(memmem(wire.data, wire.size, line->follower_key.public.bytes, NOISE_KEY_SIZE));
	assert_null(memmem(wire.data, wire.size, line->feed_key.public.bytes, NOISE_KEY_SIZE));
	buffer_finish(&wire);
	line_destroy(line);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_sides_know_each_other_and_hear_what_was_said),
		cmocka_unit_test(a_long_stream_arrives_whole_in_whatever_pieces),
		cmocka_unit_test(any_flipped_bit_ends_the_channel),
		cmocka_unit_test(any_flipped_bit_ends_the_handshake),
		cmocka_unit_test(a_message_left_out_repeated_or_too_early_ends_the_channel),
		cmocka_unit_test(a_replayed_conversation_gets_nothing),
		cmocka_unit_test(an_unknown_key_hears_nothing_not_even_no),
		cmocka_unit_test(another_feed_is_not_talked_to),
		cmocka_unit_test(a_stranger_makes_nothing_be_kept),
		cmocka_unit_test(the_wire_shows_neither_words_nor_keys),
	};
	const char *seed = getenv("CHANNEL_SEED");

	random_fill(&chance, sizeof(chance));
	if (seed)
		chance = strtoull(seed, NULL, 10);
	printf("# CHANNEL_SEED=%" PRIu64 "\n", chance);
	fflush(stdout);
	return cmocka_run_group_tests_name("channel", tests, NULL, NULL);
}
