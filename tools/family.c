#include "tools/family.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct verb *find(const struct verb *const *members, const char *name)
{
	for (size_t i = 0; members[i]; i++)
		if (strcmp(members[i]->name, name) == 0)
			return members[i];
	return NULL;
}

static int print_list(const struct verb *parent, const struct verb *const *members)
{
	printf("Usage: orrery %s VERB [ARGUMENT…]\n\nVerbs:\n", parent->name);
	for (size_t i = 0; members[i]; i++)
		printf("  %-13s %s\n", members[i]->name, members[i]->sentence);
	printf("\n`orrery %s help VERB` tells more.\n", parent->name);
	return EXIT_SUCCESS;
}

static int print_help(const struct verb *parent, const struct verb *member)
{
	if (!member)
		return verb_misused(parent, "There is no such verb.");
	printf("%s\n\n%s", member->sentence, member->manual);
	return EXIT_SUCCESS;
}

int family_run(const struct verb *parent, const struct verb *const *members, int argc, char **argv)
{
	const struct verb *member;

	if (argc == 1 || (argc == 2 && strcmp(argv[1], "help") == 0))
		return print_list(parent, members);
	if (argc == 3 && strcmp(argv[1], "help") == 0)
		return print_help(parent, find(members, argv[2]));
	member = find(members, argv[1]);
	if (argc > 2 && strcmp(argv[2], "--help") == 0)
		return print_help(parent, member);
	return member ? member->run(argc - 1, argv + 1) : verb_misused(parent, "There is no such verb.");
}

int family_misused(const struct verb *parent, const struct verb *member, const char *sentence)
{
	fprintf(stderr, "orrery %s %s: %s See `orrery %s help %s`.\n", parent->name, member->name, sentence,
	        parent->name, member->name);
	return EXIT_USAGE;
}
