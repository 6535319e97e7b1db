#include "eventstore/base/clock.h"
#include "eventstore/feed/follower_parts.h"
#include "eventstore/wire/message.h"

#include <inttypes.h>

/* Waits for the one word that may come now. */
static enum status await_word(struct follower *follower, enum feed_word word, struct frame *frame)
{
	int64_t deadline_us = clock_monotonic_us() + FEED_GREETING_MS * 1000;

	while (clock_monotonic_us() < deadline_us && !follower_stops(follower, 0)) {
		enum status status = line_next(&follower->line, frame);

		if (status == STATUS_OK && frame->op == FEED_REFUSED)
			return follower_take_refusal(follower, frame->body);
		if (status == STATUS_OK)
			return frame->op == word ? STATUS_OK
			                         : follower_lost(follower, "The feed said something unexpected.");
		if (status != STATUS_NOT_FOUND)
			return follower_lost(follower, "The feed sent a malformed frame.");
		status = follower_step(follower, 100);
		if (status != STATUS_OK && status != STATUS_NOT_FOUND)
			return follower_lost_line(follower, status);
	}
	return follower_lost(follower, "The feed did not answer in time.");
}

static enum status greet(struct follower *follower, struct log_identity *feed)
{
	struct log_identity own = copy_identity(follower->copy);
	struct feed_hello   hello = {.protocol = FEED_PROTOCOL, .epoch = own.epoch};
	struct feed_welcome welcome = {0};
	struct buffer       out = {0};
	struct frame        frame;
	enum status         status;

	if (copy_head(follower->copy) > 0)
		hello.store = own.store;
	hello.keys = follower->settings->keys;
	hello.has_keys = hello.keys && copy_has_keys(follower->copy);
	message_append(&out, FEED_HELLO, 0, &feed_hello_shape, &hello);
	line_say(&follower->line, buffer_bytes(&out));
	buffer_finish(&out);
	status = await_word(follower, FEED_WELCOME, &frame);
	if (status != STATUS_OK)
		return status;
	if (message_decode(&feed_welcome_shape, frame.body, &follower->arena, &welcome) != STATUS_OK
	    || feed_identity(&welcome, feed) != STATUS_OK)
		return follower_lost(follower, "The feed's welcome is malformed.");
	follower->head = welcome.head;
	return STATUS_OK;
}

/* *same: the trees of that size have one root. */
static enum status ask_root(struct follower *follower, uint64_t size, bool *same)
{
	struct hash  own;
	struct frame frame;
	enum status  status = copy_root(follower->copy, size, &own);

	if (status != STATUS_OK)
		return status;
	line_say_word(&follower->line, FEED_ASK_ROOT, size, BYTES("", 0));
	status = await_word(follower, FEED_ROOT, &frame);
	if (status != STATUS_OK)
		return status;
	if (frame.request != size || frame.body.size != sizeof(own.bytes))
		return follower_lost(follower, "The feed's answer is malformed.");
	*same = memcmp(own.bytes, frame.body.data, sizeof(own.bytes)) == 0;
	return STATUS_OK;
}

/* Trees that differ at one size differ at all larger ones. *agreed: as far as the two are the same. */
static enum status find_parting(struct follower *follower, uint64_t differs, uint64_t *agreed)
{
	enum status status = STATUS_OK;
	bool        same;

	*agreed = 0;
	while (status == STATUS_OK && differs - *agreed > 1) {
		uint64_t middle = *agreed + (differs - *agreed) / 2;

		status = ask_root(follower, middle, &same);
		if (status == STATUS_OK && same)
			*agreed = middle;
		else
			differs = middle;
	}
	return status;
}

static enum status refuse_parting(struct follower *follower, uint64_t size)
{
	uint64_t    agreed;
	enum status status = find_parting(follower, size, &agreed);

	if (status != STATUS_OK)
		return status;
	return follower_refuse(
		follower,
		"The two logs part: they are the same up to position %" PRIu64 " and differ from %" PRIu64
		" on. What the copy holds from there on is not on the feed's log; if it was the writer once, "
		"restore a backup from before that position into an empty folder, or begin with an empty one.",
		agreed, agreed + 1);
}

static enum status refuse_shorter(struct follower *follower)
{
	return follower_refuse(follower,
	                       "The feed's log ends at position %" PRIu64 " and the copy has %" PRIu64
	                       " events: the feed lost some, or the copy holds what was written under an older epoch.",
	                       follower->head, copy_head(follower->copy));
}

static enum status compare_logs(struct follower *follower, const struct log_identity *feed)
{
	struct log_identity own = copy_identity(follower->copy);
	uint64_t            head = copy_head(follower->copy), common = head < follower->head ? head : follower->head;
	bool                same = true;
	enum status         status = STATUS_OK;

	if (head > 0 && !id_equal(own.store, feed->store))
		return follower_refuse(follower, "The feed's log is not the one that was copied here.");
	if (head > 0 && feed->epoch < own.epoch)
		return follower_refuse(follower,
		                       "The feed's log is in epoch %" PRIu64 " and the copy has seen epoch %" PRIu64
		                       ": another writer has taken over from it.",
		                       feed->epoch, own.epoch);
	if (common > 0)
		status = ask_root(follower, common, &same);
	if (status != STATUS_OK)
		return status;
	if (!same)
		return refuse_parting(follower, common);
	return head > follower->head ? refuse_shorter(follower) : STATUS_OK;
}

enum status follower_compare(struct follower *follower, struct log_identity *feed)
{
	enum status status = greet(follower, feed);

	return status == STATUS_OK ? compare_logs(follower, feed) : status;
}
