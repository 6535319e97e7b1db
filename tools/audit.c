/* orrery audit VERB */
#include "tools/audit.h"

#include "tools/family.h"

#include <stdio.h>
#include <stdlib.h>

const struct verb *const audit_list[] = {
	&audit_log,   &audit_show,         &audit_stream, &audit_state, &audit_diff,   &audit_who,
	&audit_stats, &audit_export,       &audit_verify, &audit_views, &audit_media,  &audit_prove,
	&audit_check, &audit_export_tiles, &audit_replay, &audit_rerun, &audit_cosign, NULL,
};

int audit_failed(const char *verb, enum status status)
{
	fprintf(stderr, "orrery audit %s: %s\n", verb, status_sentence(status));
	return status == STATUS_CORRUPT ? AUDIT_DAMAGED : EXIT_FAILURE;
}

int audit_misused(const struct verb *verb, const char *sentence)
{
	return family_misused(&verb_audit, verb, sentence);
}

static int run_audit(int argc, char **argv)
{
	return family_run(&verb_audit, audit_list, argc, argv);
}

const struct verb verb_audit = {
	.name = "audit",
	.sentence = "Looks into the log's past, and checks it.",
	.manual = "Usage: orrery audit VERB [ARGUMENT…]\n\n"
		  "`orrery audit` lists the verbs, and `orrery audit help VERB` tells what each does.\n",
	.run = run_audit,
};
