/* orrery grant, orrery revoke */
#include "schema/commands.h"
#include "tools/console.h"
#include "tools/verb.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* The role's number, or 0 after telling which roles there are. */
static uint32_t find_role(const struct console *console, const char *word)
{
	const struct choice *roles = shape_field(&grant_role_shape, TEXT("role"))->choice;
	uint32_t             number = choice_number(roles, text_from(word));

	if (number > 0)
		return number;
	fprintf(stderr, "orrery %s: There is no role \"%s\"; the roles are", console->verb, word);
	for (uint32_t i = 0; i < roles->count; i++)
		fprintf(stderr, "%s %s", i > 0 ? "," : "", roles->words[i]);
	fprintf(stderr, ".\n");
	return 0;
}

static void print_outcome(struct id person, const char *role, const struct answer *answer)
{
	char id[ID_TEXT_SIZE + 1];

	id_format(person, id);
	if (answer->event.data)
		printf("%s %.*s %s at position %" PRIu64 "\n", id, TEXT_ARG(answer->event), role, answer->position);
	else
		printf("%s: nothing to change about %s\n", id, role);
}

static bool grant(struct console *console, const struct grant_role *command, struct answer *answer)
{
	return console_send(console, "grant_role", command, answer);
}

static bool revoke(struct console *console, const struct grant_role *command, struct answer *answer)
{
	struct revoke_role other = {.user = command->user, .role = command->role};

	return console_send(console, "revoke_role", &other, answer);
}

typedef bool change_role(struct console *console, const struct grant_role *command, struct answer *answer);

static int change(const struct verb *verb, char **argv, change_role *send)
{
	struct console    console;
	struct grant_role command = {0};
	struct answer     answer;
	bool              done = console_start(&console, verb->name);

	if (done)
		done = (command.role = find_role(&console, argv[1])) > 0;
	if (done)
		done = console_find(&console, argv[2], &command.user);
	if (done)
		done = send(&console, &command, &answer);
	if (done)
		print_outcome(command.user, argv[1], &answer);
	console_finish(&console);
	return done ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int run_grant(int argc, char **argv)
{
	if (argc != 3)
		return verb_misused(&verb_grant, "It takes a role, and an e-mail address or an id.");
	return change(&verb_grant, argv, grant);
}

static int run_revoke(int argc, char **argv)
{
	if (argc != 3)
		return verb_misused(&verb_revoke, "It takes a role, and an e-mail address or an id.");
	return change(&verb_revoke, argv, revoke);
}

const struct verb verb_grant = {
	.name = "grant",
	.sentence = "Gives a person a role.",
	.manual =
		"Usage: orrery grant ROLE EMAIL|ID\n\n"
		"The roles are learner, instructor and admin. This is how the first administrator comes to be; later\n"
		"ones can be made over HTTP too. The event in the log bears no actor: it was somebody on this "
		"machine.\n"
		"Access tokens that the person holds end with it; the next log-in or refresh brings the role.\n"
		"Needs the running writer, and the master key when an e-mail address is given.\n"
		"Exit code 1: refused, nobody of that name, or the writer is away.\n",
	.run = run_grant,
};

const struct verb verb_revoke = {
	.name = "revoke",
	.sentence = "Takes a role from a person.",
	.manual = "Usage: orrery revoke ROLE EMAIL|ID\n\n"
		  "Everybody stays a learner. Unlike over HTTP, the last administrator can be taken away here.\n"
		  "For the rest see `orrery help grant`.\n",
	.run = run_revoke,
};
