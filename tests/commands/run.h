/* A run over scenarios, and what the words of a statement mean in it: fields with their values, and names of the
 * catalog. What a word fails to mean is complained about; the rest of its scenario is then skipped. */
#ifndef ORRERY_TESTS_RUN_H
#define ORRERY_TESTS_RUN_H

#include "tests/commands/coverage.h"
#include "tests/commands/stage.h"
#include "tests/commands/value.h"
#include "tests/commands/words.h"

enum { LINE_SIZE_MAX = 4096 };

struct scenario {
	const char  *path;
	uint32_t     line;
	struct text  title;     /* absent before the first scenario */
	struct text  complaint; /* the first thing that was wrong; the rest of the scenario is skipped */
	struct arena arena;
	struct stage stage;

	/* The last wish, until the next statement that is no "then". */
	const struct command_handler *wish;
	struct decision               decision;
	uint32_t                      events_told;
	uint32_t                      releases_told;
	bool                          end_told; /* refused, or nothing */
};

struct run {
	struct scenario scenario;
	struct coverage coverage;
	uint32_t        tests;
	uint32_t        failures;
	uint32_t        decisions;
	uint32_t        impure;
	bool            wrong; /* failing is what is asked for */
};

struct told {
	const struct shape *shape;
	void               *object;
	uint64_t            fields; /* a bit each that was told */
};

/* Only the first complaint of a scenario is kept. */
__attribute__((format(printf, 2, 3))) void run_complain(struct run *run, const char *format, ...);

/* How words are read at this point of the scenario: its time and who calls. */
struct reading run_reading(struct run *run);

/* Reads field=value from the third word on. */
struct told run_tell(struct run *run, const struct shape *shape, const struct words *words);

/* Gives the required fields that were not told a value, and checks the whole. */
void run_fill(struct run *run, const struct told *told);

/* Event and fields, as JSON. */
const char *run_event_said(struct run *run, const struct decided_event *decided);

/* ---- the catalog by name; NULL or 0 when there is none ---- */

const struct event_type      *run_find_event(struct run *run, struct text name);
const struct command_handler *run_find_command(struct run *run, struct text name);
uint32_t                      run_find_refusal(struct run *run, struct text name);
uint32_t                      run_find_claim(struct run *run, struct text name);

/* A claimed value is written as in the events that claim it. */
struct text run_read_claimed(struct run *run, uint32_t claim, struct text word);

#endif
