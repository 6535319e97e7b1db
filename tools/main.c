/* orrery VERB: runs a verb of its own, or the program orrery-VERB that lies beside it. */
#include "eventstore/base/diag.h"
#include "tools/child.h"
#include "tools/verb.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

const struct verb *const verb_list[] = {
	&verb_up,     &verb_status, &verb_subscriptions, &verb_grant,   &verb_revoke,  &verb_erase,  &verb_keys,
	&verb_events, &verb_audit,  &verb_rebuild,       &verb_follow,  &verb_promote, &verb_backup, &verb_restore,
	&verb_config, &verb_man,    &verb_openapi,       &verb_version, NULL,
};

/* The programs that are worth running by hand; any other orrery-NAME beside this one is found just as well. */
static const struct {
	const char *name;
	const char *sentence;
} programs[] = {
	{"writer", "Appends to the log and answers commands."},       {"projector", "Folds the log into PostgreSQL."},
	{"subscriber", "Turns events into mails and other effects."}, {"api", "Speaks HTTP."},
	{"feed", "Hands the log on to followers on other hosts."},
};

static const struct verb *find_verb(const char *name)
{
	for (size_t i = 0; verb_list[i]; i++)
		if (strcmp(verb_list[i]->name, name) == 0)
			return verb_list[i];
	return NULL;
}

static void print_list(FILE *out)
{
	fprintf(out, "Usage: orrery VERB [ARGUMENT…]\n\nVerbs:\n");
	fprintf(out, "  %-13s %s\n", "help", "Prints this list, or with a verb, what it does.");
	for (size_t i = 0; verb_list[i]; i++)
		fprintf(out, "  %-13s %s\n", verb_list[i]->name, verb_list[i]->sentence);
	fprintf(out, "\nPrograms that `orrery up` runs, and that can be run alone:\n");
	for (size_t i = 0; i < array_count(programs); i++)
		fprintf(out, "  %-13s %s\n", programs[i].name, programs[i].sentence);
	fprintf(out, "\nSettings are ORRERY_* variables: see `orrery config`.\n");
}

static int print_help(const char *name)
{
	const struct verb *verb = find_verb(name);

	if (verb) {
		printf("%s\n\n%s", verb->sentence, verb->manual);
		return EXIT_SUCCESS;
	}
	for (size_t i = 0; i < array_count(programs); i++) {
		if (strcmp(programs[i].name, name) == 0) {
			printf("%s\n\nUsage: orrery %s\nIt takes its settings from ORRERY_* variables: see `orrery "
			       "config`.\n",
			       programs[i].sentence, name);
			return EXIT_SUCCESS;
		}
	}
	fprintf(stderr, "orrery: there is no verb \"%s\"; `orrery help` lists them.\n", name);
	return EXIT_USAGE;
}

/* Becomes the program orrery-VERB; returns only when there is none. */
static int become_program(char **argv)
{
	char name[NAME_MAX], path[PATH_MAX];

	if (snprintf(name, sizeof(name), "orrery-%s", argv[0]) >= (int)sizeof(name) || strchr(name, '/')
	    || !program_find(name, path)) {
		fprintf(stderr, "orrery: there is no verb \"%s\"; `orrery help` lists them.\n", argv[0]);
		return EXIT_USAGE;
	}
	argv[0] = path;
	execv(path, argv);
	fprintf(stderr, "orrery: %s cannot be run: %s.\n", path, strerror(errno));
	return EXIT_FAILURE;
}

int verb_misused(const struct verb *verb, const char *sentence)
{
	fprintf(stderr, "orrery %s: %s See `orrery help %s`.\n", verb->name, sentence, verb->name);
	return EXIT_USAGE;
}

int main(int argc, char **argv)
{
	const struct verb *verb;

	diag_set_process("orrery");
	if (argc < 2) {
		print_list(stderr);
		return EXIT_USAGE;
	}
	if (strcmp(argv[1], "help") == 0 || strcmp(argv[1], "--help") == 0) {
		if (argc > 2)
			return print_help(argv[2]);
		print_list(stdout);
		return EXIT_SUCCESS;
	}
	if (argc > 2 && strcmp(argv[2], "--help") == 0)
		return print_help(argv[1]);
	verb = find_verb(strcmp(argv[1], "--version") == 0 ? "version" : argv[1]);
	return verb ? verb->run(argc - 1, argv + 1) : become_program(argv + 1);
}
