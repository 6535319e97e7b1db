#include "eventstore/feed/follower.h"

#include "eventstore/base/clock.h"
#include "eventstore/base/hash.h"
#include "eventstore/base/require.h"
#include "eventstore/feed/follower_parts.h"
#include "eventstore/feed/identity_key.h"

#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* ---------------------------------------------------------------- telling */

void follower_tell(struct follower *follower, enum follower_event event, const char *sentence)
{
	struct follower_news news = {.event = event,
	                             .position = copy_head(follower->copy),
	                             .head = follower->head,
	                             .verified = follower->verified,
	                             .epoch = copy_identity(follower->copy).epoch,
	                             .sentence = sentence};

	follower->told_us = clock_monotonic_us();
	follower->told_position = news.position;
	follower->told_verified = news.verified;
	follower->settings->tell(follower->settings->owner, &news);
}

static void tell_if_due(struct follower *follower)
{
	bool moved =
		follower->told_position != copy_head(follower->copy) || follower->told_verified != follower->verified;

	if (moved && clock_monotonic_us() - follower->told_us >= FOLLOWER_TOLD_MS * 1000)
		follower_tell(follower, FOLLOWER_GOES_ON, NULL);
}

enum status follower_refuse(struct follower *follower, const char *format, ...)
{
	va_list values;

	va_start(values, format);
	vsnprintf(follower->sentence, sizeof(follower->sentence), format, values);
	va_end(values);
	follower_tell(follower, FOLLOWER_REFUSED, follower->sentence);
	return STATUS_CONFLICT;
}

enum status follower_lost(struct follower *follower, const char *sentence)
{
	snprintf(follower->sentence, sizeof(follower->sentence), "%s", sentence);
	return STATUS_UNREACHABLE;
}

enum status follower_lost_line(struct follower *follower, enum status why)
{
	return follower_lost(follower, why == STATUS_DENIED
	                                       ? "What came is not what the feed said: it was changed on its way."
	                                       : "The connection was lost.");
}

/* ---------------------------------------------------------------- the line */

bool follower_stops(struct follower *follower, int timeout_ms)
{
	struct pollfd waiter = {.fd = follower->settings->stop, .events = POLLIN};

	if (!follower->stopping && poll(&waiter, 1, timeout_ms) > 0)
		follower->stopping = true;
	return follower->stopping;
}

/* The feed's sentence, without what a terminal might take for more than words. */
enum status follower_take_refusal(struct follower *follower, struct bytes body)
{
	char   sentence[FOLLOWER_SENTENCE_MAX];
	size_t size = body.size < sizeof(sentence) ? body.size : sizeof(sentence) - 1;

	for (size_t i = 0; i < size; i++)
		sentence[i] = body.data[i] < ' ' || body.data[i] == 0x7f ? ' ' : (char)body.data[i];
	sentence[size] = '\0';
	return follower_refuse(follower, "The feed refuses: %s", sentence);
}

/* One turn of the line. NOT_FOUND: nothing came yet. */
enum status follower_step(struct follower *follower, int timeout_ms)
{
	enum status status = line_flush(&follower->line);

	if (status == STATUS_OK) {
		line_wait(&follower->line, follower->settings->stop, timeout_ms);
		status = line_receive(&follower->line);
	}
	return status;
}

static enum status shake_hands(struct follower *follower)
{
	int64_t     deadline_us = clock_monotonic_us() + FEED_GREETING_MS * 1000;
	enum status status = STATUS_OK;

	while (!channel_ready(&follower->line.channel) && (status == STATUS_OK || status == STATUS_NOT_FOUND)
	       && clock_monotonic_us() < deadline_us && !follower_stops(follower, 0))
		status = follower_step(follower, 100);
	if (channel_ready(&follower->line.channel))
		return STATUS_OK;
	return follower_lost(follower,
	                     "Whoever answers there hangs up. Is this follower's key among the feed's (`orrery keys "
	                     "feed` on its host), and is --key the feed's?");
}

static enum status call(struct follower *follower)
{
	enum status status = line_call(&follower->line, follower->settings->from, FEED_GREETING_MS, &follower->key,
	                               &follower->settings->feed);

	if (status == STATUS_INVALID)
		return follower_refuse(follower, "%s is no address.", follower->settings->from);
	if (status == STATUS_DENIED)
		return follower_refuse(follower, "What was given as --key is no key.");
	return status == STATUS_OK ? shake_hands(follower) : follower_lost(follower, "Nobody answers there.");
}

static enum status start(struct follower *follower, const struct log_identity *feed)
{
	uint64_t    head = copy_head(follower->copy);
	struct hash root;
	enum status status = copy_adopt(follower->copy, feed);

	if (status == STATUS_CONFLICT)
		return follower_refuse(follower, "The index in %s is of another log; delete it.",
		                       follower->settings->directory);
	if (status == STATUS_OK)
		status = copy_root(follower->copy, head, &root);
	if (status != STATUS_OK)
		return status;
	follower->owed = 0;
	follower->live = false;
	follower->pause_ms = FOLLOWER_PAUSE_MIN_MS;
	line_say_word(&follower->line, FEED_START, head, BYTES(root.bytes, sizeof(root.bytes)));
	line_say_word(&follower->line, FEED_CREDIT, FEED_WINDOW, BYTES("", 0));
	follower_tell(follower, FOLLOWER_FOUND, NULL);
	return STATUS_OK;
}

/* ---------------------------------------------------------------- records */

static enum status take_record(struct follower *follower, const struct frame *frame)
{
	follower->owed += frame->body.size;
	if (copy_take(follower->copy, frame->body) != STATUS_OK)
		return follower_refuse(follower,
		                       "The feed sent something else than the record at position %" PRIu64 ".",
		                       frame->request);
	return STATUS_OK;
}

static enum status take_key(struct follower *follower, struct bytes body)
{
	struct id          person;
	struct wrapped_key key;

	if (!follower->settings->keys || body.size != sizeof(person) + sizeof(key))
		return follower_lost(follower, "The feed sent a key that is none.");
	memcpy(&person, body.data, sizeof(person));
	memcpy(&key, body.data + sizeof(person), sizeof(key));
	if (copy_take_key(follower->copy, person, &key) == STATUS_OK)
		return STATUS_OK;
	return follower_refuse(follower, "The feed's keys are of another vault than the one in %s, or that is damaged.",
	                       follower->settings->directory);
}

static enum status take_note(struct follower *follower, const struct frame *frame)
{
	if (frame->body.size > NOTE_SIZE_MAX)
		return follower_lost(follower, "The feed sent a checkpoint that is none.");
	follower->note.size = 0;
	buffer_append(&follower->note, frame->body);
	return STATUS_OK;
}

static enum status take(struct follower *follower, const struct frame *frame)
{
	switch (frame->op) {
	case FEED_RECORD:
		return take_record(follower, frame);
	case FEED_CHECKPOINT:
		return take_note(follower, frame);
	case FEED_KEY:
		return take_key(follower, frame->body);
	case FEED_KEYS_DONE:
		if (follower->settings->keys)
			copy_note_keys(follower->copy);
		return STATUS_OK;
	case FEED_HEAD:
		follower->head = frame->request;
		return STATUS_OK;
	case FEED_REFUSED:
		return follower_take_refusal(follower, frame->body);
	default:
		return follower_lost(follower, "The feed said something unexpected.");
	}
}

static enum status take_all(struct follower *follower)
{
	struct frame frame;
	enum status  status = STATUS_OK, next = STATUS_OK;

	while (status == STATUS_OK && (next = line_next(&follower->line, &frame)) == STATUS_OK)
		status = take(follower, &frame);
	if (status == STATUS_OK && next != STATUS_NOT_FOUND)
		status = follower_lost(follower, "The feed sent a malformed frame.");
	return status;
}

/* Whatever has come by now goes into one transaction. */
static enum status gather(struct follower *follower)
{
	enum status status = STATUS_OK;

	while (status == STATUS_OK && copy_waiting(follower->copy) < FOLLOWER_GROUP_MAX) {
		enum status came = line_receive(&follower->line);

		if (came == STATUS_NOT_FOUND)
			break;
		status = came == STATUS_OK ? take_all(follower) : follower_lost_line(follower, came);
	}
	return status;
}

/* What is on disk makes room for more. */
static void give_credit(struct follower *follower)
{
	bool due = follower->owed > 0 || line_mute_ms(&follower->line) >= FEED_ALIVE_MS;

	if (due)
		line_say_word(&follower->line, FEED_STORED, copy_head(follower->copy), BYTES("", 0));
	if (follower->owed > 0)
		line_say_word(&follower->line, FEED_CREDIT, follower->owed, BYTES("", 0));
	follower->owed = 0;
}

static enum status settle(struct follower *follower)
{
	enum status status = copy_commit(follower->copy);

	if (status == STATUS_OK)
		status = follower_settle_note(follower);
	if (copy_head(follower->copy) > follower->head)
		follower->head = copy_head(follower->copy);
	return status;
}

static void keep_in_touch(struct follower *follower)
{
	bool live = copy_head(follower->copy) == follower->head;

	give_credit(follower);
	if (live && !follower->live)
		follower_tell(follower, FOLLOWER_LIVE, NULL);
	follower->live = follower->live || live;
	tell_if_due(follower);
}

static enum status turn(struct follower *follower)
{
	enum status status = gather(follower);

	if (status == STATUS_OK)
		status = settle(follower);
	if (status != STATUS_OK)
		return status;
	if (line_silent_ms(&follower->line) > FEED_SILENCE_MS)
		return follower_lost(follower, "The feed was silent for too long.");
	keep_in_touch(follower);
	if (line_flush(&follower->line) != STATUS_OK)
		return follower_lost_line(follower, STATUS_UNREACHABLE);
	line_wait(&follower->line, follower->settings->stop, FOLLOWER_TOLD_MS);
	return STATUS_OK;
}

/* What came before the line was lost is kept too: it need not come again. */
static enum status follow(struct follower *follower)
{
	/* What came right behind the answers before is in the line already. */
	enum status status = take_all(follower), settled;

	while (status == STATUS_OK && !follower_stops(follower, 0))
		status = turn(follower);
	if (status != STATUS_OK && status != STATUS_UNREACHABLE)
		return status;
	settled = settle(follower);
	return settled == STATUS_OK ? status : settled;
}

/* ---------------------------------------------------------------- one connection after the other */

static enum status attend(struct follower *follower)
{
	struct log_identity feed;
	enum status         status = call(follower);

	if (status == STATUS_OK)
		status = follower_compare(follower, &feed);
	if (status == STATUS_OK)
		status = start(follower, &feed);
	if (status == STATUS_OK)
		status = follow(follower);
	line_close(&follower->line);
	arena_reset(&follower->arena);
	follower->note.size = 0;
	return status;
}

/* Half of the pause is chance, so that followers whose feed was away do not all come at once. */
static void rest(struct follower *follower)
{
	uint32_t chance;

	random_fill(&chance, sizeof(chance));
	follower_stops(follower, (int)(follower->pause_ms / 2 + chance % (follower->pause_ms / 2 + 1)));
	follower->pause_ms *= 2;
	if (follower->pause_ms > FOLLOWER_PAUSE_MAX_MS)
		follower->pause_ms = FOLLOWER_PAUSE_MAX_MS;
}

static enum status run(struct follower *follower)
{
	enum status status = follower_recall_note(follower);

	follower->pause_ms = FOLLOWER_PAUSE_MIN_MS;
	while (status == STATUS_OK && !follower_stops(follower, 0)) {
		status = attend(follower);
		if (status != STATUS_UNREACHABLE)
			continue;
		status = STATUS_OK;
		if (follower_stops(follower, 0))
			continue;
		follower_tell(follower, FOLLOWER_LOST, follower->sentence);
		rest(follower);
	}
	return status;
}

static enum status open_parts(struct follower *follower)
{
	char        path[PATH_MAX];
	enum status status = copy_open(follower->settings->directory, follower->settings->keys, &follower->copy);

	if (status != STATUS_OK)
		return status;
	snprintf(path, sizeof(path), "%s/" FOLLOWER_KEY_FILE, follower->settings->directory);
	return identity_key_find(path, &follower->key);
}

enum status follower_run(const struct follower_settings *settings)
{
	struct follower *follower = calloc(1, sizeof(*follower));
	enum status      status;

	require(follower != NULL);
	follower->settings = settings;
	status = open_parts(follower);
	if (status == STATUS_OK)
		status = run(follower);
	copy_close(follower->copy);
	buffer_finish(&follower->note);
	arena_finish(&follower->arena);
	secret_wipe(&follower->key, sizeof(follower->key));
	free(follower);
	return status;
}
