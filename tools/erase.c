/* orrery erase */
#include "eventstore/base/clock.h"
#include "eventstore/disk/whole_file.h"
#include "eventstore/log/log_proof.h"
#include "eventstore/vault/erasure.h"
#include "schema/commands.h"
#include "tools/console.h"
#include "tools/options.h"
#include "tools/verb.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { PROJECTIONS_TIMEOUT_MS = 15 * 1000, PROOF_TIMEOUT_MS = 10 * 1000, PROOF_PAUSE_MS = 50, REPLY_SIZE_MAX = 16 };

struct wish {
	const char *who;
	const char *receipt; /* a file, or NULL */
	bool        yes;
};

/* Asks at the terminal. */
static bool confirmed(const char *who, struct id person)
{
	char id[ID_TEXT_SIZE + 1], reply[REPLY_SIZE_MAX] = "";

	id_format(person, id);
	printf("Erase %s (%s)?\nThe key to everything that names this person is destroyed, now and for good.\n"
	       "Type yes to go on: ",
	       who, id);
	fflush(stdout);
	return fgets(reply, sizeof(reply), stdin) && strcmp(reply, "yes\n") == 0;
}

static bool all_reached(const struct stats *stats, uint64_t position)
{
	for (uint32_t i = 0; i < stats->projections.count; i++)
		if (stats->projections.items[i].position < position)
			return false;
	return true;
}

/* A read model tells a position only once it has purged what was erased up to it, a subscription once it has dealt with
 * the event. False: not in time. */
static bool await_projections(struct console *console, uint64_t position)
{
	int64_t      deadline_us = clock_monotonic_us() + PROJECTIONS_TIMEOUT_MS * INT64_C(1000), left_us;
	struct head  head;
	struct stats stats;
	struct frame frame;
	enum status  status = client_ask(console->client, FRAME_WATCH, &head_shape, &console->arena, &head);

	while (status == STATUS_OK) {
		status = client_ask(console->client, FRAME_STATS, &stats_shape, &console->arena, &stats);
		if (status == STATUS_OK && all_reached(&stats, position))
			return true;
		left_us = deadline_us - clock_monotonic_us();
		if (status == STATUS_OK)
			status = left_us > 0 ? client_receive(console->client, (int)(left_us / 1000), &frame)
			                     : STATUS_TIMED_OUT;
	}
	return false;
}

static void print_outcome(struct console *console, struct id person, const struct answer *answer)
{
	char id[ID_TEXT_SIZE + 1];

	id_format(person, id);
	if (!answer->event.data)
		printf("%s was erased before\n", id);
	else if (await_projections(console, answer->position))
		printf("%s erased at position %" PRIu64 "; read models and mails have followed\n", id,
		       answer->position);
	else
		printf("%s erased at position %" PRIu64
		       ", the key is gone; a read model or the mails have not followed yet, "
		       "see `orrery status`\n",
		       id, answer->position);
}

/* The event that erased the person. */
struct erasure {
	struct id person;
	uint64_t  position;
};

static bool note_erasure(void *owner, const struct record *record)
{
	struct erasure *erasure = owner;
	struct id       person;

	if (erasure_person(record, &person) == STATUS_OK && id_equal(person, erasure->person))
		erasure->position = record->position;
	return erasure->position == 0;
}

/* The writer signs within a second. */
static enum status await_proof(struct reader *reader, const char *data, uint64_t position, struct buffer *out)
{
	const struct timespec pause = {.tv_nsec = PROOF_PAUSE_MS * 1000000L};
	int64_t               deadline_us = clock_monotonic_us() + PROOF_TIMEOUT_MS * INT64_C(1000);
	uint64_t              covered;
	enum status           status;

	while ((status = log_proof(reader, data, position, &covered, out)) == STATUS_BUSY
	       || status == STATUS_NOT_FOUND) {
		if (clock_monotonic_us() > deadline_us)
			return STATUS_TIMED_OUT;
		nanosleep(&pause, NULL);
	}
	return status;
}

static enum status write_receipt(const char *data, struct id person, const char *file)
{
	struct erasure erasure = {.person = person};
	struct reader *reader;
	struct buffer  proof = {0};
	enum status    status = reader_open(data, &reader);

	if (status != STATUS_OK)
		return status;
	status = reader_stream(reader, person, 1, UINT32_MAX, note_erasure, &erasure);
	if (status == STATUS_OK && erasure.position == 0)
		status = STATUS_NOT_FOUND;
	if (status == STATUS_OK)
		status = await_proof(reader, data, erasure.position, &proof);
	if (status == STATUS_OK)
		status = whole_file_write(file, buffer_bytes(&proof), 0644);
	buffer_finish(&proof);
	reader_close(reader);
	return status;
}

static bool hand_out_receipt(struct console *console, struct id person, const char *file)
{
	enum status status = write_receipt(config_path(&console->config, CONFIG_DATA), person, file);

	if (status == STATUS_OK)
		printf("The receipt is in %s; `orrery audit check` checks it anywhere.\n", file);
	else
		console_complain(console, "The receipt could not be written: %s Ask for it again with --receipt.",
		                 status_sentence(status));
	return status == STATUS_OK;
}

static bool erase(struct console *console, const struct wish *wish)
{
	struct erase_user command = {0};
	struct answer     answer;

	if (!console_find(console, wish->who, &command.user))
		return false;
	if (!wish->yes && !confirmed(wish->who, command.user)) {
		console_complain(console, "Nobody was erased.");
		return false;
	}
	if (!console_send(console, "erase_user", &command, &answer))
		return false;
	print_outcome(console, command.user, &answer);
	return !wish->receipt || hand_out_receipt(console, command.user, wish->receipt);
}

/* NULL, or what is wrong. */
static const char *read_wish(int argc, char **argv, struct wish *wish)
{
	struct option_list      words = {0};
	const struct option_row rows[] = {
		{"--yes", OPTION_FLAG, &wish->yes}, {"--receipt", OPTION_TEXT, &wish->receipt}, {0}};
	const char *wrong = options_read(argc, argv, rows, &words);

	if (wrong)
		return wrong;
	if (words.count != 1)
		return "It takes an e-mail address or an id, and perhaps --yes and --receipt FILE.";
	wish->who = words.items[0];
	return wish->yes || isatty(STDIN_FILENO) ? NULL : "Nobody is there to be asked: say --yes.";
}

static int run_erase(int argc, char **argv)
{
	struct wish    wish = {0};
	struct console console;
	const char    *wrong = read_wish(argc, argv, &wish);
	bool           done;

	if (wrong)
		return verb_misused(&verb_erase, wrong);
	done = console_start(&console, verb_erase.name) && erase(&console, &wish);
	console_finish(&console);
	return done ? EXIT_SUCCESS : EXIT_FAILURE;
}

const struct verb verb_erase = {
	.name = "erase",
	.sentence = "Erases a person: destroys the key that seals what names them.",
	.manual =
		"Usage: orrery erase EMAIL|ID [--yes] [--receipt FILE]\n\n"
		"For a person who asks for it and cannot log in; who can does it alone, over HTTP. Asks before it "
		"acts\n"
		"unless --yes is given. The log keeps every event and every hash; what named the person in it can no\n"
		"longer be opened by anybody. Then waits up to 15 s until the read models and subscriptions that the\n"
		"writer has heard of have followed: the person's rows are gone, and so are mails written for them.\n"
		"--receipt  writes the event that says so with its place in the log and a signed checkpoint into a "
		"file,\n"
		"           c2sp.org/tlog-proof, to be handed to the person: `orrery audit check` checks it with the "
		"log's\n"
		"           public key and nothing else. Works for somebody who was erased before, too, by id.\n"
		"A backup of the keys (`orrery backup --keys`) is not reached: until it is destroyed, it can bring "
		"the\n"
		"person back. Backups of the log cannot.\n"
		"Needs the running writer, and the master key when an e-mail address is given.\n"
		"Exit code 1: refused, nobody of that name, or the writer is away.\n",
	.run = run_erase,
};
