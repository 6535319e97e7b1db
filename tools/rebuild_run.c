/* orrery rebuild run, verify: copies that take the place of what is read, that are compared with it, or that show the
 * past. */
#include "eventstore/base/require.h"
#include "tools/options.h"
#include "tools/rebuild.h"
#include "tools/workshop.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

struct wish {
	uint64_t workers, rate, at;
	bool     all, accept, json;
};

/* ---------------------------------------------------------------- saying it */

static uint64_t rate_of(const struct rebuild_report *report)
{
	return report->folding_us > 0 ? (uint64_t)((double)report->events * 1e6 / (double)report->folding_us) : 0;
}

static void print_json(const struct workshop *workshop, const struct rebuild_report *report)
{
	char digest[DIGEST_TEXT_SIZE + 1];

	digest_format(&report->built, digest);
	printf("{\"model\":\"%s\",\"position\":%" PRIu64 ",\"events\":%" PRIu64 ",\"seconds\":%.3f,\"rate\":%" PRIu64
	       ",\"beginnings\":%u,\"compared\":%s",
	       workshop->model, report->position, report->events, (double)report->folding_us / 1e6, rate_of(report),
	       report->beginnings, report->compared ? "true" : "false");
	if (report->compared)
		printf(",\"digest\":\"%s\",\"digest_position\":%" PRIu64 ",\"rows\":%" PRIu64, digest,
		       report->built.checkpoint.position, report->built.rows);
	printf("}\n");
}

static void print_comparison(const struct rebuild_report *report)
{
	char digest[DIGEST_TEXT_SIZE + 1], rows[PROGRESS_NUMBER_SIZE];

	if (!report->compared) {
		printf("  not compared with what was read: %s\n",
		       report->not_compared ? report->not_compared : "nothing was asked for");
		return;
	}
	digest_format(&report->built, digest);
	printf("  at position %" PRIu64 " %s rows were %s (%s)\n", report->built.checkpoint.position,
	       progress_number(report->built.rows, rows),
	       hash_equal(&report->living.hash, &report->built.hash) ? "the same" : "not the same", digest);
}

static void print_report(const struct workshop *workshop, const struct wish *wish, const struct rebuild_report *report)
{
	char events[PROGRESS_NUMBER_SIZE], rate[PROGRESS_NUMBER_SIZE];

	if (wish->json) {
		print_json(workshop, report);
		return;
	}
	printf("%s: folded %s events in %.1f s (%s a second)%s\n", workshop->model,
	       progress_number(report->events, events), (double)report->folding_us / 1e6,
	       progress_number(rate_of(report), rate), report->resumed ? ", going on with what was there" : "");
	if (report->beginnings > 1)
		printf("  begun %u times, because people were erased meanwhile\n", report->beginnings);
	if (wish->at > 0) {
		printf("  %s__at_%" PRIu64 " shows position %" PRIu64 " until `orrery rebuild drop %s__at_%" PRIu64
		       "`\n",
		       workshop->model, wish->at, report->position, workshop->model, wish->at);
		return;
	}
	print_comparison(report);
	if (report->position > 0)
		printf("  it is read now, at position %" PRIu64 "; what was before is %s__previous\n", report->position,
		       workshop->model);
}

/* ---------------------------------------------------------------- the work */

typedef enum rebuild_end build(const struct rebuild_settings *settings, const struct wish *wish,
                               struct rebuild_report *report);

static enum rebuild_end build_run(const struct rebuild_settings *settings, const struct wish *wish,
                                  struct rebuild_report *report)
{
	return wish->at > 0 ? rebuild_at(settings, wish->at, report) : rebuild_run(settings, report);
}

static enum rebuild_end build_verify(const struct rebuild_settings *settings, const struct wish *wish,
                                     struct rebuild_report *report)
{
	return rebuild_verify(settings, report);
}

static int build_one(struct workshop *workshop, const struct projection *projection, const struct wish *wish,
                     build *how)
{
	struct rebuild_settings settings = workshop_settings(workshop, projection);
	struct rebuild_report  *report = calloc(1, sizeof(*report));
	enum rebuild_end        end;
	int                     code;

	require(report != NULL);
	settings.accept_difference = wish->accept;
	settings.bulk.rate = wish->rate;
	if (wish->workers > 0)
		settings.bulk.workers = (uint32_t)wish->workers;
	end = how(&settings, wish, report);
	code = workshop_ended(workshop, end, report);
	if (end == REBUILD_DONE)
		print_report(workshop, wish, report);
	fflush(stdout);
	free(report);
	return code;
}

/* One after the other; the first that fails ends it. */
static int build_all(struct workshop *workshop, const struct wish *wish, build *how)
{
	int code = EXIT_SUCCESS;

	for (uint32_t i = 0; i < projection_count && code == EXIT_SUCCESS; i++)
		code = build_one(workshop, &projections[i], wish, how);
	return code;
}

static int build_wished(const char *verb, const char *name, const struct wish *wish, build *how)
{
	struct workshop          workshop;
	const struct projection *projection;
	int                      code = EXIT_FAILURE;

	if (workshop_open(&workshop, verb)) {
		projection = name ? workshop_find(&workshop, name) : NULL;
		if (projection || !name)
			code = projection ? build_one(&workshop, projection, wish, how)
			                  : build_all(&workshop, wish, how);
	}
	workshop_close(&workshop);
	return code;
}

/* ---------------------------------------------------------------- the verbs */

static const char *check(const struct wish *wish, const struct option_list *words)
{
	if (words->count != (wish->all ? 0 : 1))
		return "It takes the name of a read model, or --all.";
	if (wish->workers > BULK_WORKERS_MAX)
		return "There are at most 16 workers.";
	return NULL;
}

static_assert(BULK_WORKERS_MAX == 16, "as the sentence above and the manuals say");

static int run_run(int argc, char **argv)
{
	struct wish             wish = {0};
	struct option_list      words = {0};
	const struct option_row rows[] = {{"--all", OPTION_FLAG, &wish.all},
	                                  {"--workers", OPTION_NUMBER, &wish.workers},
	                                  {"--limit-rate", OPTION_NUMBER, &wish.rate},
	                                  {"--at", OPTION_NUMBER, &wish.at},
	                                  {"--accept-difference", OPTION_FLAG, &wish.accept},
	                                  {"--json", OPTION_FLAG, &wish.json},
	                                  {0}};
	const char             *wrong = options_read(argc, argv, rows, &words);

	if (!wrong)
		wrong = check(&wish, &words);
	return wrong ? rebuild_misused(&rebuild_verb_run, wrong)
	             : build_wished("rebuild run", wish.all ? NULL : words.items[0], &wish, build_run);
}

const struct verb rebuild_verb_run = {
	.name = "run",
	.sentence = "Builds a read model beside what is read, compares, and swaps.",
	.manual =
		"Usage: orrery rebuild run NAME|--all [--workers N] [--limit-rate N] [--at POSITION]\n"
		"                          [--accept-difference] [--json]\n\n"
		"Folds the log from its first event into NAME__next by the statements that the projector uses, catches "
		"up\n"
		"and swaps. When what is read was folded by the same statements, both must have the same digest at "
		"one\n"
		"position: if not, nothing is swapped. What was read before stays as NAME__previous.\n"
		"Readers and the projector go on meanwhile. INT, TERM and a kill leave what is read as it was; run it "
		"again\n"
		"and it goes on where it was, or `orrery rebuild cancel` drops what was built.\n"
		"--all                every read model, one after the other\n"
		"--workers N          at most 16; as many as there are cores unless told. More than one only where "
		"the\n"
		"                     read model says \"-- parallel by\"\n"
		"--limit-rate N       passes at most N events of the log a second\n"
		"--at POSITION        a copy as it was then, in NAME__at_POSITION, to be asked with psql; nothing is "
		"swapped\n"
		"--accept-difference  swaps although the digests differ or cannot be compared\n"
		"--json               a line of JSON for each read model\n"
		"Exit codes: 0 done, 1 could not be done, 2 not understood, 3 what is read differs from the log.\n",
	.run = run_run,
};

static int run_verify(int argc, char **argv)
{
	struct wish             wish = {0};
	struct option_list      words = {0};
	const struct option_row rows[] = {{"--all", OPTION_FLAG, &wish.all},
	                                  {"--workers", OPTION_NUMBER, &wish.workers},
	                                  {"--limit-rate", OPTION_NUMBER, &wish.rate},
	                                  {"--json", OPTION_FLAG, &wish.json},
	                                  {0}};
	const char             *wrong = options_read(argc, argv, rows, &words);

	if (!wrong)
		wrong = check(&wish, &words);
	return wrong ? rebuild_misused(&rebuild_verb_verify, wrong)
	             : build_wished("rebuild verify", wish.all ? NULL : words.items[0], &wish, build_verify);
}

const struct verb rebuild_verb_verify = {
	.name = "verify",
	.sentence = "Folds a read model again and compares it with what is read.",
	.manual = "Usage: orrery rebuild verify NAME|--all [--workers N] [--limit-rate N] [--json]\n\n"
		  "Folds the log into NAME__verify, compares the digests at one position, and drops it again. The "
		  "options\n"
		  "are those of `orrery rebuild run`; `orrery audit views` does the same and reports for auditors.\n"
		  "Exit codes: 0 the same, 1 could not be done, 2 not understood, 3 they differ.\n",
	.run = run_verify,
};
