/* orrery audit VERB */
#include "tools/audit.h"

#include "eventstore/base/bytes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct verb *const audit_list[] = {
	&audit_log,   &audit_show,         &audit_stream, &audit_state,  &audit_diff,
	&audit_who,   &audit_stats,        &audit_export, &audit_verify, &audit_prove,
	&audit_check, &audit_export_tiles, &audit_replay, &audit_cosign, NULL,
};

int audit_failed(const char *verb, enum status status)
{
	fprintf(stderr, "orrery audit %s: %s\n", verb, status_sentence(status));
	return status == STATUS_CORRUPT ? AUDIT_DAMAGED : EXIT_FAILURE;
}

int audit_misused(const struct verb *verb, const char *sentence)
{
	fprintf(stderr, "orrery audit %s: %s See `orrery audit help %s`.\n", verb->name, sentence, verb->name);
	return EXIT_USAGE;
}

static const struct verb *find(const char *name)
{
	for (size_t i = 0; audit_list[i]; i++)
		if (strcmp(audit_list[i]->name, name) == 0)
			return audit_list[i];
	return NULL;
}

static int print_list(FILE *out)
{
	fprintf(out, "Usage: orrery audit VERB [ARGUMENT…]\n\nVerbs:\n");
	for (size_t i = 0; audit_list[i]; i++)
		fprintf(out, "  %-13s %s\n", audit_list[i]->name, audit_list[i]->sentence);
	fprintf(out, "\n`orrery audit help VERB` tells more.\n");
	return EXIT_SUCCESS;
}

static int print_help(const char *name)
{
	const struct verb *verb = find(name);

	if (!verb)
		return verb_misused(&verb_audit, "There is no such verb.");
	printf("%s\n\n%s", verb->sentence, verb->manual);
	return EXIT_SUCCESS;
}

static int run_audit(int argc, char **argv)
{
	const struct verb *verb;

	if (argc == 1 || (argc == 2 && strcmp(argv[1], "help") == 0))
		return print_list(stdout);
	if (argc == 3 && strcmp(argv[1], "help") == 0)
		return print_help(argv[2]);
	if (argc > 2 && strcmp(argv[2], "--help") == 0)
		return print_help(argv[1]);
	verb = find(argv[1]);
	return verb ? verb->run(argc - 1, argv + 1) : verb_misused(&verb_audit, "There is no such verb.");
}

const struct verb verb_audit = {
	.name = "audit",
	.sentence = "Looks into the log's past, and checks it.",
	.manual = "Usage: orrery audit VERB [ARGUMENT…]\n\n"
		  "`orrery audit` lists the verbs, and `orrery audit help VERB` tells what each does.\n",
	.run = run_audit,
};
