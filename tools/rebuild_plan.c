/* orrery rebuild plan: what a rebuild would do, and how long it would take. */
#include "eventstore/base/require.h"
#include "eventstore/log/reader.h"
#include "tools/options.h"
#include "tools/rebuild.h"
#include "tools/workshop.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { PROBE_EVENTS = 20000 };

struct plan {
	struct workshop         *workshop;
	struct pg_session       *session;
	struct reader           *reader;
	uint64_t                 head;
	bool                     json;
	const struct projection *projection;

	/* Of the projection. */
	struct checkpoint living, half;
	bool              is_living, is_half;
	uint64_t          concerned; /* events that it has statements for */
	uint64_t          events;    /* that the log passed, when the rate was measured, */
	uint64_t          us;        /* in so long */
	uint64_t          workers;
	bool              probed;
};

/* ---------------------------------------------------------------- how many events */

static enum status count_events(struct plan *plan)
{
	const struct projection *projection = plan->projection;
	uint16_t                 last = 0;
	enum status              status = STATUS_OK;

	plan->concerned = 0;
	for (uint16_t i = 0; i < projection->statement_count && status == STATUS_OK; i++) {
		uint16_t event = projection->statements[i].event;
		uint64_t count = 0;

		if (event != last)
			status = reader_count_type(plan->reader, event, &count);
		plan->concerned += count;
		last = event;
	}
	return status;
}

/* ---------------------------------------------------------------- how fast */

static bool take_number(const struct pg_answer *answer, uint32_t column, uint64_t *out)
{
	struct text text = pg_answer_text(answer, 0, column);

	return text.data && text_parse_u64(text, out);
}

/* Of the last build of what is read. */
static enum status read_last_rate(struct plan *plan, bool *known)
{
	char              sql[256];
	struct pg_answer *answer;
	enum status       status;

	snprintf(sql, sizeof(sql),
	         "SELECT built_events, built_us, built_workers FROM orrery.checkpoint WHERE schema = '%s'",
	         plan->projection->name);
	status = pg_session_script(plan->session, sql, &answer);
	if (status)
		return status;
	*known = pg_answer_rows(answer) == 1 && take_number(answer, 0, &plan->events)
	         && take_number(answer, 1, &plan->us) && take_number(answer, 2, &plan->workers) && plan->us > 0;
	pg_answer_release(answer);
	return STATUS_OK;
}

static void probe(struct plan *plan)
{
	struct rebuild_settings settings = workshop_settings(plan->workshop, plan->projection);
	struct rebuild_report  *report = calloc(1, sizeof(*report));
	enum rebuild_end        end;

	require(report != NULL);
	settings.on_phase = NULL;
	end = rebuild_probe(&settings, plan->head < PROBE_EVENTS ? plan->head : PROBE_EVENTS, report);
	plan->us = 0;
	if (end == REBUILD_DONE) {
		plan->events = report->events;
		plan->us = (uint64_t)report->folding_us;
		plan->workers = settings.bulk.workers;
		plan->probed = true;
	}
	free(report);
}

/* ---------------------------------------------------------------- saying it */

static uint64_t left(const struct plan *plan)
{
	return plan->head - (plan->is_half ? plan->half.position : 0);
}

static double seconds_left(const struct plan *plan)
{
	return plan->events > 0 ? (double)left(plan) * (double)plan->us / (double)plan->events / 1e6 : 0;
}

static bool is_comparable(const struct plan *plan)
{
	return plan->is_living && strcmp(plan->living.fold, plan->projection->fingerprint) == 0;
}

static const char *reason(const struct plan *plan)
{
	if (!plan->is_living)
		return "its projector has not made it yet, and will";
	if (!is_comparable(plan))
		return plan->living.held ? "it was rolled back to another fold" : "its file has changed";
	return "its file is the same: rows that differ would stop the swap";
}

static void print_json(const struct plan *plan)
{
	const char *name = plan->projection->name;

	printf("{\"model\":\"%s\",\"reason\":\"%s\",\"events\":%" PRIu64 ",\"concerned\":%" PRIu64
	       ",\"parallel_by\":%s%s%s",
	       name, reason(plan), left(plan), plan->concerned, plan->projection->parallel_by ? "\"" : "",
	       plan->projection->parallel_by ? plan->projection->parallel_by : "null",
	       plan->projection->parallel_by ? "\"" : "");
	if (plan->us > 0)
		printf(",\"seconds\":%.1f,\"measured_by\":\"%s\"", seconds_left(plan),
		       plan->probed ? "probe" : "last rebuild");
	printf("}\n");
}

static void print_time(const struct plan *plan)
{
	char rate[PROGRESS_NUMBER_SIZE];

	if (plan->us == 0) {
		printf("  takes         not known: no rebuild was measured, and a probe could not be made\n");
		return;
	}
	printf("  takes         about %.0f s at %s events of the log a second, as %s with %" PRIu64 " workers\n",
	       seconds_left(plan), progress_number((uint64_t)((double)plan->events * 1e6 / (double)plan->us), rate),
	       plan->probed ? "a probe found just now" : "the last rebuild did", plan->workers);
}

static void print_plan(const struct plan *plan)
{
	const char *name = plan->projection->name;
	char        events[PROGRESS_NUMBER_SIZE], concerned[PROGRESS_NUMBER_SIZE];

	if (plan->json) {
		print_json(plan);
		return;
	}
	printf("%s: %s\n", name, reason(plan));
	printf("  would %s %s__next, %sswap it in, keep %s as %s__previous and drop the one before\n",
	       plan->is_half ? "go on with" : "make", name, is_comparable(plan) ? "compare it with what is read, " : "",
	       name, name);
	printf("  would pass    %s events, of which %s concern it\n", progress_number(left(plan), events),
	       progress_number(plan->concerned, concerned));
	printf("  workers       %s\n", plan->projection->parallel_by ? "as many as told: it is parallel"
	                                                             : "one: its rows depend on events of several ids");
	print_time(plan);
}

/* ---------------------------------------------------------------- the work */

static enum status look(struct plan *plan)
{
	char        half[SCHEMA_NAME_SIZE];
	enum status status = checkpoint_load(plan->session, plan->projection->name, &plan->living);

	plan->is_living = status == STATUS_OK;
	plan->probed = false;
	snprintf(half, sizeof(half), "%s__next", plan->projection->name);
	if (status == STATUS_OK || status == STATUS_NOT_FOUND)
		status = checkpoint_load(plan->session, half, &plan->half);
	plan->is_half = status == STATUS_OK && strcmp(plan->half.fold, plan->projection->fingerprint) == 0;
	return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

static enum status plan_one(struct plan *plan, const struct projection *projection)
{
	bool        known = false;
	enum status status;

	plan->projection = projection;
	status = look(plan);
	if (status == STATUS_OK)
		status = count_events(plan);
	if (status == STATUS_OK)
		status = read_last_rate(plan, &known);
	if (status)
		return status;
	if (!known)
		probe(plan);
	print_plan(plan);
	return STATUS_OK;
}

static enum status plan_named(struct plan *plan, const char *name)
{
	const struct projection *projection = name ? workshop_find(plan->workshop, name) : NULL;
	enum status              status = STATUS_OK;

	if (name)
		return projection ? plan_one(plan, projection) : STATUS_NOT_FOUND;
	for (uint32_t i = 0; i < projection_count && status == STATUS_OK; i++)
		status = plan_one(plan, &projections[i]);
	return status;
}

static enum status open_and_plan(struct plan *plan, const char *name)
{
	enum status status = reader_open(config_path(&plan->workshop->config, CONFIG_DATA), &plan->reader);

	if (status == STATUS_OK)
		status = reader_head(plan->reader, &plan->head);
	if (status)
		workshop_complain(plan->workshop, "The log: %s", status_sentence(status));
	if (status == STATUS_OK)
		plan->session = workshop_session(plan->workshop);
	if (status == STATUS_OK)
		status = plan->session ? plan_named(plan, name) : STATUS_UNREACHABLE;
	if (status && plan->session && *pg_session_problem(plan->session))
		workshop_complain(plan->workshop, "PostgreSQL: %s", pg_session_problem(plan->session));
	pg_session_destroy(plan->session);
	reader_close(plan->reader);
	return status;
}

static int run_plan(int argc, char **argv)
{
	struct workshop         workshop;
	struct plan             plan = {.workshop = &workshop};
	struct option_list      words = {0};
	bool                    all = false;
	const struct option_row rows[] = {{"--all", OPTION_FLAG, &all}, {"--json", OPTION_FLAG, &plan.json}, {0}};
	const char             *wrong = options_read(argc, argv, rows, &words);
	int                     code = EXIT_FAILURE;

	if (!wrong && (words.count > 1 || (all && words.count > 0)))
		wrong = "It takes the name of a read model, or none for all of them.";
	if (wrong)
		return rebuild_misused(&rebuild_verb_plan, wrong);
	if (workshop_open(&workshop, "rebuild plan"))
		code = open_and_plan(&plan, words.count ? words.items[0] : NULL) ? EXIT_FAILURE : EXIT_SUCCESS;
	workshop_close(&workshop);
	return code;
}

const struct verb rebuild_verb_plan = {
	.name = "plan",
	.sentence = "Tells what a rebuild would do and how long it would take.",
	.manual =
		"Usage: orrery rebuild plan [NAME|--all] [--json]\n\n"
		"Tells which copies would be made, swapped and dropped, how many events there are and how many of "
		"them\n"
		"concern the read model (counted in the index), and about how long it would take. The rate is that of "
		"the\n"
		"last rebuild; when there was none, the first 20,000 events are folded into a copy that is dropped "
		"again.\n"
		"--json  a line of JSON for each read model\n"
		"Exit codes: 0 told, 1 could not be done, 2 not understood.\n",
	.run = run_plan,
};
