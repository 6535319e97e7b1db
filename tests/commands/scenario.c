/* Runs scenarios: what a decider says, told in the words of the schema, without a line of C.
 *
 *   scenario TITLE                        a fresh world, at 2026-01-01T00:00:00Z, with nobody calling
 *   at TIME | at +SECONDS                 the clock moves (value.h says how durations are written)
 *   by NAME | by nobody                   who calls from here on
 *   given EVENT field=value …             this happened
 *   given 300*EVENT field=value# …        so many times, with 1, 2, 3 … in the place of each '#'
 *   given releases CLAIM value            and this value is free again
 *   when COMMAND field=value …            somebody wishes; what the scenario leaves out is filled in (value_fill), and
 *                                         ids that the schema derives always are
 *   then EVENT field=value …              the first, the next, … event it leads to, with at least these values
 *   then releases CLAIM value             the first, the next, … claim it gives up
 *   then refused REFUSAL [until +SECONDS] it is refused, for that long
 *   then nothing                          things are already as wished
 *   elsewhere REFUSAL REASON              no decider gives this refusal; once in a file, before the scenarios
 *
 * Values with spaces are quoted: name="Ada Lovelace". An id that is derived from others is written with its noun:
 * enrolment=enrolment(C1,L1). What is said after "when" must be told completely; it is then
 * part of the past. Prints TAP: a line a scenario, then what no scenario tells of.
 *
 *   scenario FILE…               every scenario must come out as told
 *   scenario --wrong FILE…       every scenario must fail, with a complaint that contains its title */
#include "tests/commands/run.h"

#include "eventstore/codec/validate.h"

#include <stdio.h>
#include <stdlib.h>

enum { SCENARIO_START_S = 1767225600 };

/* ---------------------------------------------------------------- saying how it went */

static void report(struct run *run, bool ok, const char *path, struct text title)
{
	run->tests++;
	run->failures += !ok;
	printf("%s %u - %s%s%.*s\n", ok ? "ok" : "not ok", run->tests, path, *path ? ": " : "", TEXT_ARG(title));
}

/* ---------------------------------------------------------------- then */

static void then_refused(struct run *run, const struct words *words)
{
	struct scenario *scenario = &run->scenario;
	uint32_t         refusal = run_find_refusal(run, word_at(words, 2));
	int64_t          wait_us = 0;
	int64_t          retry_at_us = scenario->decision.retry_at_us;

	scenario->end_told = true;
	run->coverage.refusals[refusal] = true;
	if (text_is(word_at(words, 3), "until") && value_duration(word_at(words, 4), &wait_us))
		run_complain(run, "\"until\" takes a duration, as in +60");
	else if (scenario->decision.refusal != refusal)
		run_complain(run, "refused with %s", refusal_types[scenario->decision.refusal].name);
	else if (retry_at_us != (words->count > 3 ? scenario->stage.time_us + wait_us : 0))
		run_complain(run, "refused for %lld us",
		             (long long)(retry_at_us ? retry_at_us - scenario->stage.time_us : 0));
}

/* Events and releases beside it come out when the wish is settled. */
static void then_nothing(struct run *run)
{
	struct scenario *scenario = &run->scenario;

	scenario->end_told = true;
	if (scenario->decision.refusal)
		run_complain(run, "refused with %s", refusal_types[scenario->decision.refusal].name);
}

static void then_releases(struct run *run, const struct words *words)
{
	struct scenario       *scenario = &run->scenario;
	uint32_t               claim = run_find_claim(run, word_at(words, 2));
	struct text            value = run_read_claimed(run, claim, word_at(words, 3));
	const struct decision *decision = &scenario->decision;

	if (scenario->releases_told == decision->release_count) {
		run_complain(run, "nothing more is released");
		return;
	}

	const struct released_claim *released = &decision->releases[scenario->releases_told++];

	if (released->claim != claim || !text_equal(released->value, value))
		run_complain(run, "released %s %.*s", claim_types[released->claim].name, TEXT_ARG(released->value));
}

static void compare(struct run *run, const struct decided_event *decided, const struct told *told)
{
	for (uint16_t i = 0; i < told->shape->count; i++)
		if ((told->fields & UINT64_C(1) << i)
		    && !field_equal(&told->shape->fields[i], told->object, decided->event))
			run_complain(run, "another %s: %s", told->shape->fields[i].name, run_event_said(run, decided));
}

static void then_event(struct run *run, const struct words *words)
{
	struct scenario         *scenario = &run->scenario;
	const struct event_type *type = run_find_event(run, word_at(words, 1));

	if (!type)
		return;
	run->coverage.events[type - event_types] = true;
	if (scenario->decision.refusal) {
		run_complain(run, "refused with %s", refusal_types[scenario->decision.refusal].name);
	} else if (scenario->events_told == scenario->decision.event_count) {
		run_complain(run, "nothing more is said");
	} else {
		const struct decided_event *decided = &scenario->decision.events[scenario->events_told++];
		struct told                 told = run_tell(run, type->shape, words);

		if (decided->type != type)
			run_complain(run, "said %s", run_event_said(run, decided));
		else
			compare(run, decided, &told);
	}
}

static void take_then(struct run *run, const struct words *words)
{
	struct text what = word_at(words, 1);

	if (!run->scenario.wish)
		run_complain(run, "\"then\" without \"when\"");
	else if (text_is(what, "refused"))
		then_refused(run, words);
	else if (text_is(what, "releases"))
		then_releases(run, words);
	else if (text_is(what, "nothing"))
		then_nothing(run);
	else
		then_event(run, words);
}

/* Everything that was said must have been told; then it is the past. */
static void settle(struct run *run)
{
	struct scenario       *scenario = &run->scenario;
	const struct decision *decision = &scenario->decision;

	if (!scenario->wish || scenario->complaint.data)
		return;
	if (scenario->events_told < decision->event_count)
		run_complain(run, "also said %s", run_event_said(run, &decision->events[scenario->events_told]));
	else if (scenario->releases_told < decision->release_count)
		run_complain(run, "also released %s",
		             claim_types[decision->releases[scenario->releases_told].claim].name);
	else if (decision->refusal && !scenario->end_told)
		run_complain(run, "refused with %s", refusal_types[decision->refusal].name);
	else if (decision->event_count + decision->release_count + scenario->end_told == 0)
		run_complain(run, "\"when\" without \"then\"");
	for (uint32_t i = 0; i < decision->event_count; i++)
		stage_happened(&scenario->stage, decision->events[i].type, decision->events[i].event);
	for (uint32_t i = 0; i < decision->release_count; i++)
		stage_released(&scenario->stage, decision->releases[i].claim, decision->releases[i].value);
	scenario->wish = NULL;
}

/* ---------------------------------------------------------------- the other statements */

static void take_at(struct run *run, const struct words *words)
{
	struct field   field = {.name = "time", .kind = KIND_TIME, .min = INT64_MIN, .max = INT64_MAX};
	struct reading now = run_reading(run);
	struct text    sentence = TEXT_NONE;

	if (words->count != 2 || value_read(&now, &field, words->items[1], &run->scenario.stage.time_us, &sentence))
		run_complain(run, "\"at\" takes a time or a duration");
}

static void take_by(struct run *run, const struct words *words)
{
	struct text name = word_at(words, 1);

	run->scenario.stage.actor = text_is(name, "nobody") ? ID_NONE : value_id(name);
}

/* It happened; when it did several times, this is the so-manieth. */
static void happen(struct run *run, struct text name, const struct words *words, uint32_t number)
{
	const struct event_type *type = run_find_event(run, name);
	struct words             numbered = *words;

	if (!type)
		return;
	for (uint32_t i = 2; i < words->count; i++)
		numbered.items[i] = value_numbered(run->scenario.stage.arena, words->items[i], number);

	struct told told = run_tell(run, type->shape, &numbered);

	run_fill(run, &told);
	stage_happened(&run->scenario.stage, type, told.object);
}

static void take_given(struct run *run, const struct words *words)
{
	struct stage *stage = &run->scenario.stage;

	if (text_is(word_at(words, 1), "releases")) {
		uint32_t claim = run_find_claim(run, word_at(words, 2));

		stage_released(stage, claim, run_read_claimed(run, claim, word_at(words, 3)));
		return;
	}

	struct text name = word_at(words, 1);
	uint32_t    times = value_times(&name);

	for (uint32_t i = 1; i <= times && !run->scenario.complaint.data; i++)
		happen(run, name, words, times > 1 ? i : 0);
}

static void check_events(struct run *run)
{
	const struct decision *decision = &run->scenario.decision;
	struct text            sentence = TEXT_NONE;

	for (uint32_t i = 0; i < decision->event_count; i++)
		if (shape_validate(decision->events[i].type->shape, decision->events[i].event, 0, decision->arena,
		                   &sentence))
			run_complain(run, "no lawful event, %.*s: %s", TEXT_ARG(sentence),
			             run_event_said(run, &decision->events[i]));
}

static void take_when(struct run *run, const struct words *words)
{
	struct scenario              *scenario = &run->scenario;
	const struct command_handler *wish = run_find_command(run, word_at(words, 1));

	if (!wish)
		return;

	struct told told = run_tell(run, wish->type->shape, words);

	run_fill(run, &told);
	if (scenario->complaint.data)
		return;
	run->coverage.commands[wish->type - command_types] = true;
	run->decisions++;
	run->impure += !stage_decide(&scenario->stage, wish, told.object, &scenario->decision);
	scenario->wish = wish;
	scenario->events_told = scenario->releases_told = 0;
	scenario->end_told = false;
	check_events(run);
}

static void take_elsewhere(struct run *run, const struct words *words)
{
	if (words->count < 3)
		run_complain(run, "\"elsewhere\" takes a refusal and a reason");
	run->coverage.elsewhere[run_find_refusal(run, word_at(words, 1))] = true;
}

/* ---------------------------------------------------------------- a file */

static void finish_scenario(struct run *run)
{
	struct scenario *scenario = &run->scenario;
	struct text      complaint;

	settle(run);
	complaint = scenario->complaint;
	if (scenario->title.data && run->wrong)
		report(run, complaint.data && strstr(complaint.data, scenario->title.data), scenario->path,
		       scenario->title);
	else if (scenario->title.data || complaint.data)
		report(run, !complaint.data, scenario->path, scenario->title);
	if (complaint.data)
		printf("# %.*s\n", TEXT_ARG(complaint));
	arena_finish(&scenario->arena);
	*scenario = (struct scenario){.path = scenario->path, .line = scenario->line};
}

static void begin_scenario(struct run *run, const char *title)
{
	struct scenario *scenario = &run->scenario;

	finish_scenario(run);
	scenario->title = arena_text(&scenario->arena, text_from(title + strspn(title, " \t")));
	scenario->stage.arena = &scenario->arena;
	scenario->stage.time_us = (int64_t)SCENARIO_START_S * 1000000;
}

static const struct statement {
	const char *word;
	bool        settles; /* what the last wish led to is told completely */
	bool        in_scenario;
	void (*take)(struct run *run, const struct words *words);
} statements[] = {
	{"elsewhere", false, false, take_elsewhere}, {"at", true, true, take_at},     {"by", true, true, take_by},
	{"given", true, true, take_given},           {"when", true, true, take_when}, {"then", false, true, take_then},
};

static void take_line(struct run *run, const char *line)
{
	struct scenario *scenario = &run->scenario;

	scenario->line++;
	if (strncmp(line, "scenario ", 9) == 0) {
		begin_scenario(run, line + 9);
		return;
	}

	struct words words = words_split(&scenario->arena, line);

	if (words.count == 0 || scenario->complaint.data)
		return;
	for (size_t i = 0; i < array_count(statements); i++) {
		const struct statement *statement = &statements[i];

		if (!text_is(words.items[0], statement->word))
			continue;
		if (statement->in_scenario != (scenario->title.data != NULL)) {
			run_complain(run, "\"%s\" does not stand here", statement->word);
			return;
		}
		if (statement->settles)
			settle(run);
		if (!scenario->complaint.data)
			statement->take(run, &words);
		return;
	}
	run_complain(run, "no statement begins with \"%.*s\"", TEXT_ARG(words.items[0]));
}

/* Tests are named by the file's last part. */
static bool run_file(struct run *run, const char *path)
{
	const char *slash = strrchr(path, '/');
	FILE       *file = fopen(path, "r");
	char        line[LINE_SIZE_MAX];

	if (!file) {
		fprintf(stderr, "%s: cannot be read\n", path);
		return false;
	}
	run->scenario = (struct scenario){.path = slash ? slash + 1 : path};
	while (fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\r\n")] = '\0';
		take_line(run, line);
	}
	fclose(file);
	finish_scenario(run);
	return true;
}

/* ---------------------------------------------------------------- what no scenario told of */

static void report_coverage(struct run *run)
{
	const struct coverage *coverage = &run->coverage;

	report(run, coverage_has_all_commands(coverage), "", TEXT("every command is wished for in a scenario"));
	report(run, coverage_has_all_events(coverage), "", TEXT("every event follows in a scenario"));
	report(run, coverage_has_all_refusals(coverage), "", TEXT("every refusal is given in a scenario or elsewhere"));
	printf("# %u decisions\n", run->decisions);
	report(run, run->impure == 0, "", TEXT("every decision is the same when it is made again"));
}

int main(int argc, char **argv)
{
	static struct run run;
	bool              read = argc > 1;

	coverage_init(&run.coverage);
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--wrong") == 0)
			run.wrong = true;
		else
			read = run_file(&run, argv[i]) && read;
	}
	if (!run.wrong)
		report_coverage(&run);
	printf("1..%u\n", run.tests);
	coverage_finish(&run.coverage);
	return read && run.tests > 0 && run.failures == 0 ? 0 : 1;
}
