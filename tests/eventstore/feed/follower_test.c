/* A follower alone, against a feed that was made up and says what no honest one would. */
#include "eventstore/feed/follower.h"

#include "eventstore/base/checkpoint.h"
#include "eventstore/base/hash.h"
#include "eventstore/feed/copy.h"
#include "eventstore/feed/line.h"
#include "eventstore/feed/tcp.h"
#include "eventstore/log/reader.h"
#include "eventstore/wire/message.h"
#include "tests/eventstore/ground.h"

#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

enum { EVENTS = 20, COPIED = 10, PATIENCE_MS = 5000 };

/* What the feed says, and what came of it. The log that it has is the ground's. */
struct play {
	struct log_identity log; /* as it welcomes with */
	void (*after_start)(struct play *play);
	struct noise_key   key;
	struct note_signer signer;
	struct reader     *source;
	int                listener, stop;
	struct line        line;
	char               sentence[FOLLOWER_SENTENCE_MAX];
};

static char folder[4096];

static bool let_in(void *owner, const struct noise_public *peer)
{
	return true;
}

/* ---------------------------------------------------------------- the feed */

static void welcome(struct play *play)
{
	struct feed_welcome said = {.protocol = FEED_PROTOCOL,
	                            .store = play->log.store,
	                            .epochs = {play->log.epochs, play->log.epoch_count},
	                            .head = EVENTS};
	struct buffer       frame = {0};

	message_append(&frame, FEED_WELCOME, 0, &feed_welcome_shape, &said);
	line_say(&play->line, buffer_bytes(&frame));
	buffer_finish(&frame);
}

static void answer_root(struct play *play, uint64_t size)
{
	struct merkle_source tree = reader_tree(play->source);
	struct hash          root;

	if (merkle_root(&tree, size, &root) == STATUS_OK)
		line_say_word(&play->line, FEED_ROOT, size, BYTES(root.bytes, sizeof(root.bytes)));
}

static void answer(struct play *play, const struct frame *frame)
{
	if (frame->op == FEED_HELLO)
		welcome(play);
	else if (frame->op == FEED_ASK_ROOT)
		answer_root(play, frame->request);
	else if (frame->op == FEED_START && play->after_start)
		play->after_start(play);
}

static void *run_feed(void *owner)
{
	struct play  *play = owner;
	struct pollfd waiter = {.fd = play->listener, .events = POLLIN};
	struct frame  frame;
	enum status   status = STATUS_OK;

	if (poll(&waiter, 1, PATIENCE_MS) != 1)
		return NULL;
	line_answer(&play->line, accept(play->listener, NULL, NULL), &play->key, let_in, NULL);
	while (status == STATUS_OK || status == STATUS_NOT_FOUND) {
		line_wait(&play->line, -1, PATIENCE_MS);
		status = line_receive(&play->line);
		while (status == STATUS_OK && line_next(&play->line, &frame) == STATUS_OK)
			answer(play, &frame);
		if (line_flush(&play->line) != STATUS_OK)
			break;
	}
	line_close(&play->line);
	return NULL;
}

static bool say_record(void *owner, const struct record *record)
{
	struct play *play = owner;

	line_say_word(&play->line, FEED_RECORD, record->position, record->encoded);
	return true;
}

static void say_records(struct play *play, uint64_t from, uint32_t count)
{
	if (reader_each(play->source, from, count, say_record, play) != STATUS_OK)
		abort();
}

/* A checkpoint of that size that the log's own key has signed. */
static void say_checkpoint(struct play *play, uint64_t size)
{
	struct checkpoint checkpoint = {.origin = text_from(play->signer.name), .size = size};
	struct buffer     note = {0};
	struct text       body;

	checkpoint_format(&checkpoint, &note);
	body = (struct text){(const char *)note.data, note.size};
	struct buffer whole = {0};

	buffer_append_text(&whole, body);
	buffer_append_text(&whole, TEXT("\n"));
	note_sign(&play->signer, body, &whole);
	line_say_word(&play->line, FEED_CHECKPOINT, 0, buffer_bytes(&whole));
	buffer_finish(&whole);
	buffer_finish(&note);
}

/* ---------------------------------------------------------------- the stage */

static void keep_sentence(void *owner, const struct follower_news *news)
{
	struct play *play = owner;

	if (news->event == FOLLOWER_REFUSED)
		snprintf(play->sentence, sizeof(play->sentence), "%s", news->sentence);
}

static bool copy_record(void *owner, const struct record *record)
{
	return copy_take(owner, record->encoded) == STATUS_OK;
}

/* A log with events, and a copy of the first of them that has seen epoch 3. */
static void prepare(struct play *play)
{
	struct store *store = ground_open();
	struct copy  *copy;

	for (int i = 0; i < EVENTS; i++)
		ground_happen(store, ground_id(1));
	ground_commit(store);
	store_close(store);
	assert_int_equal(reader_open(ground_folder(), &play->source), STATUS_OK);
	play->log = reader_identity(play->source);
	identity_raise(&play->log, 3, COPIED + 1);
	assert_int_equal(copy_open(folder, false, &copy), STATUS_OK);
	assert_int_equal(copy_adopt(copy, &play->log), STATUS_OK);
	assert_int_equal(reader_each(play->source, 1, COPIED, copy_record, copy), STATUS_OK);
	assert_int_equal(copy_commit(copy), STATUS_OK);
	copy_close(copy);
	noise_key_fresh(&play->key);
	strcpy(play->signer.name, "school.example/log");
	sign_key_fresh(&play->signer.key);
	play->stop = eventfd(0, EFD_CLOEXEC);
	assert_int_equal(tcp_listen("127.0.0.1:0", &play->listener), STATUS_OK);
}

/* The sentence with which the follower refuses the feed for good. */
static const char *refusal(struct play *play)
{
	struct sockaddr_in       at;
	socklen_t                size = sizeof(at);
	char                     address[32];
	pthread_t                feed;
	struct follower_settings settings = {.directory = folder,
	                                     .from = address,
	                                     .feed = play->key.public,
	                                     .log_keys = {note_signer_verifier(&play->signer)},
	                                     .log_key_count = 1,
	                                     .stop = play->stop,
	                                     .tell = keep_sentence,
	                                     .owner = play};

	assert_int_equal(getsockname(play->listener, (struct sockaddr *)&at, &size), 0);
	snprintf(address, sizeof(address), "127.0.0.1:%d", ntohs(at.sin_port));
	assert_int_equal(pthread_create(&feed, NULL, run_feed, play), 0);
	assert_int_equal(follower_run(&settings), STATUS_CONFLICT);
	pthread_join(feed, NULL);
	close(play->listener);
	close(play->stop);
	reader_close(play->source);
	return play->sentence;
}

static uint64_t copied(void)
{
	struct reader *reader;
	uint64_t       head;

	assert_int_equal(reader_open(folder, &reader), STATUS_OK);
	assert_int_equal(reader_head(reader, &head), STATUS_OK);
	reader_close(reader);
	return head;
}

/* ---------------------------------------------------------------- claims */

static void an_earlier_epoch_is_refused_whatever_the_feed_thinks_of_it(void **state)
{
	struct play play = {0};

	prepare(&play);
	play.log = reader_identity(play.source);
	assert_non_null(strstr(refusal(&play), "in epoch 1 and the copy has seen epoch 3"));
	assert_int_equal(copied(), COPIED);
}

static void another_store_is_refused(void **state)
{
	struct play play = {0};

	prepare(&play);
	play.log.store = ground_id(99);
	assert_non_null(strstr(refusal(&play), "not the one that was copied here"));
}

static void skip_one(struct play *play)
{
	say_records(play, COPIED + 1, 2);
	say_records(play, COPIED + 4, 1);
}

static void a_record_left_out_is_refused(void **state)
{
	struct play play = {.after_start = skip_one};

	prepare(&play);
	assert_non_null(strstr(refusal(&play), "something else than the record at position 14"));
	assert_true(copied() <= COPIED + 2);
}

static void sign_the_future(struct play *play)
{
	say_records(play, COPIED + 1, 2);
	say_checkpoint(play, COPIED + 3);
}

static void a_checkpoint_before_its_records_is_refused(void **state)
{
	struct play play = {.after_start = sign_the_future};

	prepare(&play);
	assert_non_null(strstr(refusal(&play), "checkpoint of 13 events before the events"));
}

static void say_ill(struct play *play)
{
	line_say_word(&play->line, FEED_REFUSED, 0, BYTES("\x1b[2Jno\nmore", 11));
}

static void a_feeds_sentence_reaches_no_terminal_as_anything_but_words(void **state)
{
	struct play play = {.after_start = say_ill};

	prepare(&play);
	assert_string_equal(refusal(&play), "The feed refuses:  [2Jno more");
}

static int fresh_ground(void **state)
{
	ground_fresh();
	snprintf(folder, sizeof(folder), "%s", ground_path("copy"));
	return 0;
}

static int clear_ground(void **state)
{
	ground_clear();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(an_earlier_epoch_is_refused_whatever_the_feed_thinks_of_it, fresh_ground),
		cmocka_unit_test_setup(another_store_is_refused, fresh_ground),
		cmocka_unit_test_setup(a_record_left_out_is_refused, fresh_ground),
		cmocka_unit_test_setup(a_checkpoint_before_its_records_is_refused, fresh_ground),
		cmocka_unit_test_setup(a_feeds_sentence_reaches_no_terminal_as_anything_but_words, fresh_ground),
	};

	return cmocka_run_group_tests_name("follower", tests, NULL, clear_ground);
}
