/* orrery audit VERB */
#include "tools/audit.h"

#include "eventstore/base/bytes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct verb *const audits[] = {&audit_verify, &audit_prove, &audit_check, &audit_export_tiles};

int audit_failed(const char *verb, enum status status)
{
	fprintf(stderr, "orrery audit %s: %s\n", verb, status_sentence(status));
	return status == STATUS_CORRUPT ? AUDIT_DAMAGED : EXIT_FAILURE;
}

static const struct verb *find(const char *name)
{
	for (size_t i = 0; i < array_count(audits); i++)
		if (strcmp(audits[i]->name, name) == 0)
			return audits[i];
	return NULL;
}

static int print_list(FILE *out)
{
	fprintf(out, "Usage: orrery audit VERB [ARGUMENT…]\n\nVerbs:\n");
	for (size_t i = 0; i < array_count(audits); i++)
		fprintf(out, "  %-13s %s\n", audits[i]->name, audits[i]->sentence);
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
	verb = find(argv[1]);
	return verb ? verb->run(argc - 1, argv + 1) : verb_misused(&verb_audit, "There is no such verb.");
}

const struct verb verb_audit = {
	.name = "audit",
	.sentence = "Looks into the log's past: verify, prove, check, export-tiles.",
	.manual = "Usage: orrery audit VERB [ARGUMENT…]\n\n"
		  "verify        reads the log again and compares every record, hash and index entry\n"
		  "prove         writes a proof that an event is in the log\n"
		  "check         checks such a proof with nothing but the log's public key\n"
		  "export-tiles  writes the log's tree into a folder\n\n"
		  "`orrery audit help VERB` tells more.\n",
	.run = run_audit,
};
