/* The writer over a real socket. */
#include "eventstore/writer/writer.h"

#include "eventstore/log/reader.h"
#include "tests/eventstore/ground.h"
#include "tests/eventstore/obedient.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

enum { TIMEOUT_MS = 20000, QUEUE_MAX = 4096, PIPELINED = 2000, STATS_REQUESTS_MAX = 1 << 20 };

static pid_t          writer;
static struct client *client;
static struct arena   arena;
static struct buffer  out;

static uint64_t reader_head_now(void)
{
	struct reader *reader;
	uint64_t       head;

	assert_int_equal(reader_open(ground_folder(), &reader), STATUS_OK);
	assert_int_equal(reader_head(reader, &head), STATUS_OK);
	reader_close(reader);
	return head;
}

static struct answer submit(struct client *with, const char *command)
{
	struct submission submission = obedient_submission(command, ground_id(1));
	struct answer     answer = {0};

	assert_int_equal(client_submit(with, &submission, TIMEOUT_MS, &arena, &answer), STATUS_OK);
	return answer;
}

/* Sends what is in `out` and empties it. */
static void send_out(struct client *with)
{
	assert_int_equal(client_send(with, buffer_bytes(&out)), STATUS_OK);
	out.size = 0;
}

static struct answer receive_answer(struct client *with, uint64_t *request)
{
	struct answer answer = {0};
	struct frame  frame;

	assert_int_equal(client_receive(with, TIMEOUT_MS, &frame), STATUS_OK);
	assert_int_equal(frame.op, FRAME_SUBMIT | FRAME_ANSWER);
	assert_int_equal(message_decode(&answer_shape, arena_bytes(&arena, frame.body), &arena, &answer), STATUS_OK);
	*request = frame.request;
	return answer;
}

static void assert_hung_up(struct client *with)
{
	struct frame frame;

	assert_int_equal(client_receive(with, TIMEOUT_MS, &frame), STATUS_UNREACHABLE);
}

/* ---------------------------------------------------------------- manners */

/* A connection that has said nothing yet. */
static int raw_connect(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int                fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	strcpy(address.sun_path, obedient_socket());
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

/* Sends what is in `out`, empties it, and takes what comes until the writer hangs up. */
static struct buffer raw_exchange(void)
{
	int           fd = raw_connect();
	struct buffer in = {0};
	ssize_t       size;

	assert_int_equal(send(fd, out.data, out.size, MSG_NOSIGNAL), (ssize_t)out.size);
	out.size = 0;
	while ((size = read(fd, buffer_reserve(&in, 4096), 4096)) > 0)
		in.size += (size_t)size;
	close(fd);
	return in;
}

static void another_protocol_version_is_refused_with_a_sentence_and_hung_up_on(void **state)
{
	struct hello   hello = {.protocol = PROTOCOL_VERSION + 1, .who = TEXT("stranger")};
	struct welcome welcome = {0};
	struct buffer  in;
	struct frame   frame;
	size_t         size;

	message_append(&out, FRAME_HELLO, 7, &hello_shape, &hello);
	/* What comes behind it is not looked at. */
	obedient_append(&out, 8, "keep", ground_id(1));
	in = raw_exchange();
	assert_int_equal(frame_parse(buffer_bytes(&in), &frame, &size), STATUS_OK);
	assert_int_equal(frame.op, FRAME_HELLO | FRAME_ANSWER);
	assert_int_equal(frame.request, 7);
	assert_int_equal(size, in.size);
	assert_int_equal(message_decode(&welcome_shape, frame.body, &arena, &welcome), STATUS_OK);
	assert_false(welcome.accepted);
	assert_true(text_is(welcome.sentence, "This writer speaks protocol 4, not 5."));
	assert_int_equal(reader_head_now(), 0);
	buffer_finish(&in);
}

static void assert_dropped_without_a_word(void)
{
	struct buffer in = raw_exchange();

	assert_int_equal(in.size, 0);
	buffer_finish(&in);
}

static void who_does_not_say_hello_first_is_dropped(void **state)
{
	obedient_append(&out, 1, "keep", ground_id(1));
	assert_dropped_without_a_word();
	frame_end(&out, frame_begin(&out, FRAME_STATS, 1));
	assert_dropped_without_a_word();
	assert_int_equal(reader_head_now(), 0);
}

static void a_malformed_hello_is_dropped(void **state)
{
	size_t began = frame_begin(&out, FRAME_HELLO, 0);

	buffer_append(&out, BYTES("\xc1?", 2));
	frame_end(&out, began);
	assert_dropped_without_a_word();
}

static void unknown_frames_are_dropped(void **state)
{
	static const uint8_t unknown[] = {0, FRAME_HEAD, 7, 77, FRAME_SUBMIT | FRAME_ANSWER, 255};

	for (size_t i = 0; i < array_count(unknown); i++) {
		struct client *stranger = obedient_client("stranger");

		frame_end(&out, frame_begin(&out, unknown[i], 1));
		send_out(stranger);
		assert_hung_up(stranger);
		client_close(stranger);
	}
}

static void an_oversized_frame_is_dropped(void **state)
{
	struct client *stranger = obedient_client("stranger");
	uint32_t       size = FRAME_BODY_MAX + 1;

	frame_end(&out, frame_begin(&out, FRAME_SUBMIT, 1));
	memcpy(out.data, &size, sizeof(size));
	send_out(stranger);
	assert_hung_up(stranger);
	client_close(stranger);
}

static void a_frame_with_reserved_bytes_set_is_dropped(void **state)
{
	struct client *stranger = obedient_client("stranger");

	frame_end(&out, frame_begin(&out, FRAME_STATS, 1));
	out.data[6] = 1;
	send_out(stranger);
	assert_hung_up(stranger);
	client_close(stranger);
}

static void a_malformed_submission_is_answered_and_the_next_one_kept(void **state)
{
	size_t        began = frame_begin(&out, FRAME_SUBMIT, 1);
	struct answer answer;
	uint64_t      request;

	buffer_append(&out, BYTES("\x81\xa1?", 3));
	frame_end(&out, began);
	obedient_append(&out, 2, "keep", ground_id(1));
	send_out(client);
	answer = receive_answer(client, &request);
	assert_int_equal(request, 1);
	assert_true(text_is(answer.status, "malformed"));
	answer = receive_answer(client, &request);
	assert_int_equal(request, 2);
	assert_true(text_is(answer.status, "ok"));
}

static void a_frame_may_come_in_pieces(void **state)
{
	struct answer answer;
	uint64_t      request;

	obedient_append(&out, 5, "keep", ground_id(1));
	for (size_t i = 0; i < out.size; i++)
		assert_int_equal(client_send(client, BYTES(out.data + i, 1)), STATUS_OK);
	out.size = 0;
	answer = receive_answer(client, &request);
	assert_int_equal(request, 5);
	assert_int_equal(answer.position, 1);
}

static void the_socket_is_for_its_owner_and_group(void **state)
{
	struct stat stats;

	assert_int_equal(stat(obedient_socket(), &stats), 0);
	assert_int_equal(stats.st_mode & 0777, 0660);
}

/* ---------------------------------------------------------------- answers */

static void done_is_said_only_when_the_event_is_durable(void **state)
{
	for (uint64_t i = 1; i <= 20; i++) {
		struct answer answer = submit(client, "keep");

		assert_int_equal(answer.position, i);
		assert_int_equal(answer.version, i);
		assert_true(reader_head_now() >= answer.position);
	}
}

static void pipelined_submissions_are_all_answered_in_batches(void **state)
{
	bool         answered[PIPELINED] = {0};
	struct stats stats;
	uint64_t     request;

	for (uint64_t i = 0; i < PIPELINED; i++)
		obedient_append(&out, i, "keep", ground_id((uint32_t)i % 10));
	send_out(client);
	for (int i = 0; i < PIPELINED; i++) {
		struct answer answer = receive_answer(client, &request);

		assert_true(request < PIPELINED && !answered[request]);
		assert_int_equal(answer.position, request + 1);
		answered[request] = true;
	}
	assert_int_equal(reader_head_now(), PIPELINED);
	assert_int_equal(client_ask(client, FRAME_STATS, &stats_shape, &arena, &stats), STATUS_OK);
	assert_int_equal(stats.submitted, PIPELINED);
	assert_int_equal(stats.waiting, 0);
	assert_true(stats.commits < PIPELINED / 2);
}

static void a_refused_neighbour_fails_nobody(void **state)
{
	static const char *const turns[] = {"keep", "refuse", "keep_two", "nonsense", "nothing", "repeat"};
	uint64_t                 request, kept = 0;
	struct stats             stats;

	for (uint64_t i = 0; i < 600; i++)
		obedient_append(&out, i, turns[i % 6], ground_id(1));
	send_out(client);
	for (int i = 0; i < 600; i++) {
		struct answer answer = receive_answer(client, &request);

		assert_true(text_is(answer.status, request % 6 == 3 ? "unsupported" : "ok"));
		assert_int_equal(answer.refusal.data != NULL, request % 6 == 1);
		assert_int_equal(answer.repeated, request % 6 == 5);
		kept += request % 6 == 0 ? 1 : request % 6 == 2 ? 2 : 0;
		if (request % 6 == 0 || request % 6 == 2)
			assert_int_equal(answer.position, kept);
	}
	assert_int_equal(reader_head_now(), 300);
	assert_int_equal(client_ask(client, FRAME_STATS, &stats_shape, &arena, &stats), STATUS_OK);
	assert_int_equal(stats.refused, 100);
	assert_int_equal(stats.repeated, 100);
}

static void beyond_the_queue_the_answer_is_busy_and_the_others_are_kept(void **state)
{
	int          kept = 0, busy = 0;
	uint64_t     request;
	struct stats stats;

	/* One write, so that the writer meets them in one turn; the queue holds eight. */
	assert_int_equal(obedient_stop(writer, SIGTERM), 0);
	writer = obedient_start(8);
	client_close(client);
	client = obedient_client("test");
	for (uint64_t i = 0; i < 100; i++)
		obedient_append(&out, i, "keep", ground_id(1));
	send_out(client);
	for (int i = 0; i < 100; i++) {
		struct answer answer = receive_answer(client, &request);

		kept += text_is(answer.status, "ok");
		busy += text_is(answer.status, "busy");
	}
	assert_int_equal(kept + busy, 100);
	assert_true(kept >= 8 && busy > 0);
	assert_int_equal(reader_head_now(), kept);
	assert_int_equal(client_ask(client, FRAME_STATS, &stats_shape, &arena, &stats), STATUS_OK);
	assert_int_equal(stats.busy, busy);
	assert_true(text_is(submit(client, "keep").status, "ok"));
}

static void term_answers_everybody_whose_submission_was_taken(void **state)
{
	enum { CLIENTS = 4, EACH = 500 };
	struct client *clients[CLIENTS];
	struct frame   frame;
	int            answered = 0;

	for (int i = 0; i < CLIENTS; i++) {
		clients[i] = obedient_client("drained");
		for (uint64_t request = 0; request < EACH; request++)
			obedient_append(&out, request, "keep", ground_id((uint32_t)i));
		send_out(clients[i]);
	}
	/* It is in the middle of them. */
	assert_int_equal(client_receive(clients[0], TIMEOUT_MS, &frame), STATUS_OK);
	answered++;
	assert_int_equal(obedient_stop(writer, SIGTERM), 0);
	for (int i = 0; i < CLIENTS; i++) {
		while (client_receive(clients[i], TIMEOUT_MS, &frame) == STATUS_OK)
			answered++;
		client_close(clients[i]);
	}
	assert_int_equal(reader_head_now(), answered);
	assert_int_equal(access(obedient_socket(), F_OK), -1);
	writer = obedient_start(QUEUE_MAX);
}

static void a_client_that_takes_nothing_cannot_hold_up_the_end(void **state)
{
	struct client *silent = obedient_client("silent");

	for (uint64_t request = 0; request < 20000; request++)
		frame_end(&out, frame_begin(&out, FRAME_STATS, request));
	send_out(silent);
	submit(client, "keep");
	assert_int_equal(obedient_stop(writer, SIGTERM), 0);
	client_close(silent);
	writer = obedient_start(QUEUE_MAX);
}

static void a_client_that_never_reads_is_dropped_and_nobody_else_notices(void **state)
{
	struct client *silent = obedient_client("silent");
	int            sent = 0;
	struct stats   stats;

	for (int i = 0; i < 1024; i++)
		frame_end(&out, frame_begin(&out, FRAME_STATS, (uint64_t)i));
	while (sent < STATS_REQUESTS_MAX && client_send(silent, buffer_bytes(&out)) == STATUS_OK) {
		sent += 1024;
		assert_true(text_is(submit(client, "keep").status, "ok"));
	}
	out.size = 0;
	assert_true(sent < STATS_REQUESTS_MAX);
	client_close(silent);
	assert_int_equal(client_ask(client, FRAME_STATS, &stats_shape, &arena, &stats), STATUS_OK);
	assert_int_equal(stats.clients, 1);
}

static void a_client_that_leaves_before_its_answer_harms_nobody(void **state)
{
	for (int round = 0; round < 50; round++) {
		struct client *leaver = obedient_client("leaver");

		for (uint64_t request = 0; request < 20; request++)
			obedient_append(&out, request, "keep", ground_id(1));
		send_out(leaver);
		client_close(leaver);
	}
	assert_true(text_is(submit(client, "keep").status, "ok"));
}

/* ---------------------------------------------------------------- watching */

static struct frame receive_op(struct client *with, uint8_t op)
{
	struct frame frame;

	do
		assert_int_equal(client_receive(with, TIMEOUT_MS, &frame), STATUS_OK);
	while (frame.op != op);
	return frame;
}

static uint64_t receive_head(struct client *with, uint8_t op)
{
	struct frame frame = receive_op(with, op);
	struct head  head;

	assert_int_equal(message_decode(&head_shape, frame.body, &arena, &head), STATUS_OK);
	return head.position;
}

static struct progress receive_progress(struct client *with)
{
	struct frame    frame = receive_op(with, FRAME_PROGRESS);
	struct progress progress;

	assert_int_equal(message_decode(&progress_shape, arena_bytes(&arena, frame.body), &arena, &progress),
	                 STATUS_OK);
	return progress;
}

static struct client *watcher(void)
{
	struct client *watching = obedient_client("watcher");

	frame_end(&out, frame_begin(&out, FRAME_WATCH, 3));
	send_out(watching);
	return watching;
}

static void a_watcher_hears_of_every_head(void **state)
{
	struct client *watching = watcher();
	uint64_t       heard = 0, last;

	assert_int_equal(receive_head(watching, FRAME_WATCH | FRAME_ANSWER), 0);
	for (uint64_t i = 0; i < 200; i++)
		obedient_append(&out, i, "keep", ground_id(1));
	send_out(client);
	/* Rings may be merged, but they never go back and the last one is told. */
	while (heard < 200) {
		last = heard;
		heard = receive_head(watching, FRAME_HEAD);
		assert_true(heard > last);
	}
	client_close(watching);
}

static void progress_is_passed_on_and_told_to_who_comes_later(void **state)
{
	struct client  *early = watcher(), *late;
	struct progress told = {.name = TEXT("account"), .position = 41}, heard;

	receive_head(early, FRAME_WATCH | FRAME_ANSWER);
	message_append(&out, FRAME_PROGRESS, 0, &progress_shape, &told);
	send_out(client);
	heard = receive_progress(early);
	assert_true(text_is(heard.name, "account") && heard.position == 41);
	told.position = 42;
	message_append(&out, FRAME_PROGRESS, 0, &progress_shape, &told);
	send_out(client);
	assert_int_equal(receive_progress(early).position, 42);
	late = watcher();
	receive_head(late, FRAME_WATCH | FRAME_ANSWER);
	heard = receive_progress(late);
	assert_true(text_is(heard.name, "account") && heard.position == 42);
	client_close(early);
	client_close(late);
}

static int start(void **state)
{
	ground_fresh();
	writer = obedient_start(QUEUE_MAX);
	client = obedient_client("test");
	return 0;
}

static int stop(void **state)
{
	client_close(client);
	client = NULL;
	out.size = 0;
	arena_finish(&arena);
	if (obedient_stop(writer, SIGTERM) != 0)
		return -1;
	ground_clear();
	buffer_finish(&out);
	return 0;
}

#define claim(test) cmocka_unit_test_setup_teardown(test, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		claim(another_protocol_version_is_refused_with_a_sentence_and_hung_up_on),
		claim(who_does_not_say_hello_first_is_dropped),
		claim(a_malformed_hello_is_dropped),
		claim(unknown_frames_are_dropped),
		claim(an_oversized_frame_is_dropped),
		claim(a_frame_with_reserved_bytes_set_is_dropped),
		claim(a_malformed_submission_is_answered_and_the_next_one_kept),
		claim(a_frame_may_come_in_pieces),
		claim(the_socket_is_for_its_owner_and_group),
		claim(done_is_said_only_when_the_event_is_durable),
		claim(pipelined_submissions_are_all_answered_in_batches),
		claim(a_refused_neighbour_fails_nobody),
		claim(beyond_the_queue_the_answer_is_busy_and_the_others_are_kept),
		claim(term_answers_everybody_whose_submission_was_taken),
		claim(a_client_that_takes_nothing_cannot_hold_up_the_end),
		claim(a_client_that_never_reads_is_dropped_and_nobody_else_notices),
		claim(a_client_that_leaves_before_its_answer_harms_nobody),
		claim(a_watcher_hears_of_every_head),
		claim(progress_is_passed_on_and_told_to_who_comes_later),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
