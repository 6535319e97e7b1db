/* orrery rebuild rollback, cancel, drop: copies that are there already. */
#include "eventstore/base/require.h"
#include "tools/options.h"
#include "tools/rebuild.h"
#include "tools/workshop.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

struct wish {
	bool        stay;
	const char *suffix; /* of a copy to drop */
};

typedef enum rebuild_end change(const struct rebuild_settings *settings, const struct wish *wish,
                                struct rebuild_report *report);

static enum rebuild_end roll_back(const struct rebuild_settings *settings, const struct wish *wish,
                                  struct rebuild_report *report)
{
	enum rebuild_end end = rebuild_roll_back(settings, wish->stay, report);

	if (end == REBUILD_UNCERTAIN)
		report->not_compared = "what was read before was folded in another way, which this build "
				       "cannot go on with. "
				       "With --stay it is read again as it is and stays so";
	if (end == REBUILD_DONE)
		printf("%s shows what was read before, at position %" PRIu64 "%s\n", settings->bulk.projection->name,
		       report->position,
		       report->stays ? ", and stays there until its own build folds it on or `orrery rebuild run`"
		                     : "");
	return end;
}

static enum rebuild_end cancel(const struct rebuild_settings *settings, const struct wish *wish,
                               struct rebuild_report *report)
{
	enum rebuild_end end = rebuild_cancel(settings, report);

	if (end == REBUILD_DONE)
		printf("%s__next is dropped, or will be by whoever builds it\n", settings->bulk.projection->name);
	return end;
}

static enum rebuild_end drop(const struct rebuild_settings *settings, const struct wish *wish,
                             struct rebuild_report *report)
{
	enum rebuild_end end = rebuild_drop(settings, wish->suffix, report);

	if (end == REBUILD_DONE)
		printf("%s%s is dropped\n", settings->bulk.projection->name, wish->suffix);
	return end;
}

static int change_one(const char *verb, const char *name, const struct wish *wish, change *how)
{
	struct workshop          workshop;
	const struct projection *projection = NULL;
	struct rebuild_settings  settings;
	struct rebuild_report   *report = calloc(1, sizeof(*report));
	int                      code = EXIT_FAILURE;

	require(report != NULL);
	if (workshop_open(&workshop, verb))
		projection = workshop_find(&workshop, name);
	if (projection) {
		settings = workshop_settings(&workshop, projection);
		code = workshop_ended(&workshop, how(&settings, wish, report), report);
	}
	workshop_close(&workshop);
	free(report);
	return code;
}

/* ---------------------------------------------------------------- the verbs */

static int run_rollback(int argc, char **argv)
{
	struct wish             wish = {0};
	struct option_list      words = {0};
	const struct option_row rows[] = {{"--stay", OPTION_FLAG, &wish.stay}, {0}};
	const char             *wrong = options_read(argc, argv, rows, &words);

	if (!wrong && words.count != 1)
		wrong = "It takes the name of a read model.";
	return wrong ? rebuild_misused(&rebuild_verb_rollback, wrong)
	             : change_one("rebuild rollback", words.items[0], &wish, roll_back);
}

const struct verb rebuild_verb_rollback = {
	.name = "rollback",
	.sentence = "Reads again what was read before the last swap.",
	.manual = "Usage: orrery rebuild rollback NAME [--stay]\n\n"
		  "NAME and NAME__previous change places. When NAME__previous was folded by this build's statements, "
		  "it is "
		  "first\n"
		  "folded to the head, so that nobody sees anything older than before.\n"
		  "Otherwise only the build that made it can fold it on. Go back to that build: its projector takes it "
		  "up "
		  "by\n"
		  "itself. With --stay it is read again at once all the same: readers see what it showed when it was "
		  "swapped\n"
		  "out, requests with a later X-Min-Position are answered 503, and queries of this build may not fit "
		  "its\n"
		  "tables. The projector of this build lets it be until `orrery rebuild run NAME`.\n"
		  "Exit codes: 0 done, 1 could not be done, 2 not understood.\n",
	.run = run_rollback,
};

static int run_cancel(int argc, char **argv)
{
	struct option_list      words = {0};
	const struct option_row rows[] = {{0}};
	const char             *wrong = options_read(argc, argv, rows, &words);

	if (!wrong && words.count != 1)
		wrong = "It takes the name of a read model.";
	return wrong ? rebuild_misused(&rebuild_verb_cancel, wrong)
	             : change_one("rebuild cancel", words.items[0], &(struct wish){0}, cancel);
}

const struct verb rebuild_verb_cancel = {
	.name = "cancel",
	.sentence = "Drops what is being built, or was left half built.",
	.manual = "Usage: orrery rebuild cancel NAME\n\n"
		  "Drops NAME__next. If somebody is building it, that ends; what is read stays as it is.\n"
		  "Exit codes: 0 done, 1 could not be done or there was none, 2 not understood.\n",
	.run = run_cancel,
};

/* NAME and suffix of "NAME__at_17"; false when it names no copy beside. */
static bool cut(const char *word, char name[SCHEMA_NAME_SIZE], const char **suffix)
{
	*suffix = strstr(word, "__");
	if (!*suffix || *suffix - word >= SCHEMA_NAME_SIZE || strcmp(*suffix, "__next") == 0)
		return false;
	snprintf(name, SCHEMA_NAME_SIZE, "%.*s", (int)(*suffix - word), word);
	return true;
}

static int run_drop(int argc, char **argv)
{
	struct wish             wish = {0};
	struct option_list      words = {0};
	const struct option_row rows[] = {{0}};
	const char             *wrong = options_read(argc, argv, rows, &words);
	char                    name[SCHEMA_NAME_SIZE];

	if (!wrong && (words.count != 1 || !cut(words.items[0], name, &wish.suffix)))
		wrong = "It takes the name of a copy, as NAME__previous or NAME__at_17 (of NAME__next: cancel).";
	return wrong ? rebuild_misused(&rebuild_verb_drop, wrong) : change_one("rebuild drop", name, &wish, drop);
}

const struct verb rebuild_verb_drop = {
	.name = "drop",
	.sentence = "Drops a copy beside what is read.",
	.manual = "Usage: orrery rebuild drop COPY\n\n"
		  "COPY is NAME__previous, NAME__at_POSITION or NAME__verify, as `orrery rebuild list` shows them.\n"
		  "Exit codes: 0 done, 1 could not be done or there was none, 2 not understood.\n",
	.run = run_drop,
};
