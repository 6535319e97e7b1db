/* orrery audit views: is what is read a fold of the log? */
#include "eventstore/base/require.h"
#include "tools/audit.h"
#include "tools/options.h"
#include "tools/workshop.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

struct wish {
	uint64_t workers;
	bool     json;
};

static void print_finding(const struct wish *wish, const char *model, const struct rebuild_report *report)
{
	const char *table = digest_difference(&report->living, &report->built);
	char        living[DIGEST_TEXT_SIZE + 1], built[DIGEST_TEXT_SIZE + 1], rows[PROGRESS_NUMBER_SIZE];

	digest_format(&report->living, living);
	digest_format(&report->built, built);
	if (wish->json) {
		printf("{\"model\":\"%s\",\"position\":%" PRIu64 ",\"rows\":%" PRIu64
		       ",\"same\":%s,\"read\":\"%s\",\"folded\":\"%s\"",
		       model, report->built.checkpoint.position, report->living.rows, table ? "false" : "true", living,
		       built);
		printf(table ? ",\"table\":\"%s\"}\n" : "}\n", table);
		return;
	}
	printf("%-12s position %" PRIu64 ", %s rows: ", model, report->built.checkpoint.position,
	       progress_number(report->living.rows, rows));
	if (table)
		printf("NOT what the log says, first in table %s\n  read    %s\n  folded  %s\n", table, living, built);
	else
		printf("as the log says (%s)\n", living);
}

static int audit_model(struct workshop *workshop, const struct projection *projection, const struct wish *wish)
{
	struct rebuild_settings settings = workshop_settings(workshop, projection);
	struct rebuild_report  *report = calloc(1, sizeof(*report));
	enum rebuild_end        end;
	int                     code;

	require(report != NULL);
	if (wish->workers > 0)
		settings.bulk.workers = (uint32_t)wish->workers;
	end = rebuild_verify(&settings, report);
	workshop_rest(workshop);
	if (report->compared)
		print_finding(wish, projection->name, report);
	code = end == REBUILD_DIFFERS ? AUDIT_DAMAGED : workshop_ended(workshop, end, report);
	fflush(stdout);
	free(report);
	return code;
}

/* What differs weighs more than what could not be looked at. */
static int worse(int a, int b)
{
	return a == AUDIT_DAMAGED || b == AUDIT_DAMAGED ? AUDIT_DAMAGED : a > b ? a : b;
}

static int audit_models(struct workshop *workshop, const struct option_list *names, const struct wish *wish)
{
	int code = EXIT_SUCCESS;

	for (uint32_t i = 0; i < names->count; i++) {
		const struct projection *projection = workshop_find(workshop, names->items[i]);

		code = worse(code, projection ? audit_model(workshop, projection, wish) : EXIT_FAILURE);
	}
	for (uint32_t i = 0; i < projection_count && names->count == 0 && !workshop_stopping(); i++)
		code = worse(code, audit_model(workshop, &projections[i], wish));
	return code;
}

static int run_views(int argc, char **argv)
{
	struct wish             wish = {0};
	struct option_list      names = {0};
	const struct option_row rows[] = {
		{"--workers", OPTION_NUMBER, &wish.workers}, {"--json", OPTION_FLAG, &wish.json}, {0}};
	const char     *wrong = options_read(argc, argv, rows, &names);
	struct workshop workshop;
	int             code = EXIT_FAILURE;

	if (!wrong && wish.workers > BULK_WORKERS_MAX)
		wrong = "There are at most 16 workers.";
	if (wrong)
		return audit_misused(&audit_views, wrong);
	if (workshop_open(&workshop, "audit views"))
		code = audit_models(&workshop, &names, &wish);
	workshop_close(&workshop);
	return code;
}

const struct verb audit_views = {
	.name = "views",
	.sentence = "Folds the read models again and compares every row.",
	.manual =
		"Usage: orrery audit views [NAME…] [--workers N] [--json]\n\n"
		"Folds the log into a copy of each read model, compares its digest with that of what is read, at one\n"
		"position and under one snapshot each, and drops the copy. Readers and the projector go on meanwhile.\n"
		"A digest is a hash of all rows of all tables, and of the position and leaf hash they belong to.\n"
		"--workers N  at most 16; as many as there are cores unless told\n"
		"--json       a line of JSON for each read model\n"
		"Exit codes: 0 all are as the log says, 1 some could not be looked at, 2 not understood, 3 some are "
		"not as\n"
		"the log says.\n",
	.run = run_views,
};
