/* orrery erase */
#include "eventstore/base/clock.h"
#include "schema/commands.h"
#include "tools/console.h"
#include "tools/verb.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { PROJECTIONS_TIMEOUT_MS = 15 * 1000, REPLY_SIZE_MAX = 16 };

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

static bool erase(struct console *console, const char *who, bool ask)
{
	struct erase_user command = {0};
	struct answer     answer;

	if (!console_find(console, who, &command.user))
		return false;
	if (ask && !confirmed(who, command.user)) {
		console_complain(console, "Nobody was erased.");
		return false;
	}
	if (!console_send(console, "erase_user", &command, &answer))
		return false;
	print_outcome(console, command.user, &answer);
	return true;
}

static int run_erase(int argc, char **argv)
{
	bool           yes = argc == 3 && strcmp(argv[2], "--yes") == 0;
	struct console console;
	bool           done;

	if (argc != 2 && !yes)
		return verb_misused(&verb_erase, "It takes an e-mail address or an id, and perhaps --yes after it.");
	if (!yes && !isatty(STDIN_FILENO))
		return verb_misused(&verb_erase, "Nobody is there to be asked: say --yes.");
	done = console_start(&console, verb_erase.name) && erase(&console, argv[1], !yes);
	console_finish(&console);
	return done ? EXIT_SUCCESS : EXIT_FAILURE;
}

const struct verb verb_erase = {
	.name = "erase",
	.sentence = "Erases a person: destroys the key that seals what names them.",
	.manual =
		"Usage: orrery erase EMAIL|ID [--yes]\n\n"
		"For a person who asks for it and cannot log in; who can does it alone, over HTTP. Asks before it "
		"acts\n"
		"unless --yes is given. The log keeps every event and every hash; what named the person in it can no\n"
		"longer be opened by anybody. Then waits up to 15 s until the read models and subscriptions that the\n"
		"writer has heard of have followed: the person's rows are gone, and so are mails written for them.\n"
		"Backups are not reached: whoever restores the vault from an old one brings the key back.\n"
		"Needs the running writer, and the master key when an e-mail address is given.\n"
		"Exit code 1: refused, nobody of that name, or the writer is away.\n",
	.run = run_erase,
};
