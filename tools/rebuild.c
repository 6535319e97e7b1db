/* orrery rebuild VERB */
#include "tools/rebuild.h"

#include "tools/family.h"

#include <stddef.h>

static const struct verb *const rebuilds[] = {
	&rebuild_verb_list,     &rebuild_verb_plan,   &rebuild_verb_run,  &rebuild_verb_verify,
	&rebuild_verb_rollback, &rebuild_verb_cancel, &rebuild_verb_drop, NULL,
};

int rebuild_misused(const struct verb *verb, const char *sentence)
{
	return family_misused(&verb_rebuild, verb, sentence);
}

static int run_rebuild(int argc, char **argv)
{
	return family_run(&verb_rebuild, rebuilds, argc, argv);
}

const struct verb verb_rebuild = {
	.name = "rebuild",
	.sentence = "Builds read models anew from the log while they are read.",
	.manual =
		"Usage: orrery rebuild VERB [ARGUMENT…]\n\n"
		"A read model is a fold of the log. It is built beside what is read, compared, and swapped in by one\n"
		"transaction; until then, and whatever ends in between, what is read stays as it is.\n"
		"`orrery rebuild` lists the verbs, and `orrery rebuild help VERB` tells what each does.\n",
	.run = run_rebuild,
};
