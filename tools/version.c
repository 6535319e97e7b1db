/* orrery version */
#include "tools/verb.h"

#include <stdio.h>
#include <stdlib.h>

static int print_version(int argc, char **argv)
{
	if (argc > 1)
		return verb_misused(&verb_version, "It takes no argument.");
	printf("orrery %s\n", ORRERY_VERSION);
	return EXIT_SUCCESS;
}

const struct verb verb_version = {
	.name = "version",
	.sentence = "Prints the version.",
	.manual = "Usage: orrery version\n",
	.run = print_version,
};
