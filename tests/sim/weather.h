/* What goes wrong in a course. A fault is armed by the course and strikes when the code under test comes by: the
 * linker puts the functions of weather.c between the store and what it calls. So are the mutants: the same code with
 * one promise left out, to see that the simulator finds out. */
#ifndef ORRERY_TESTS_SIM_WEATHER_H
#define ORRERY_TESTS_SIM_WEATHER_H

#include "eventstore/base/bytes.h"

/* Each ends the process that meets it, as the real one would end. */
enum fault {
	FAULT_NONE,
	FAULT_COMMIT_BEFORE_KEYS,
	FAULT_COMMIT_AFTER_KEYS,
	FAULT_COMMIT_AFTER_LOG, /* everything is on disk, and nobody learns of it */
	FAULT_COMMIT_BEFORE_FORGETTING,
	FAULT_COMMIT_WITHIN_FORGETTING, /* the key is gone, the mark that says so is not there */
	FAULT_INDEX_BEFORE,
	FAULT_INDEX_AFTER,
	FAULT_MEMORY_BEFORE, /* what the subscription remembers */
	FAULT_MEMORY_AFTER,
	FAULT_COUNT
};

enum mutant {
#define MUTANT(name, sentence) MUTANT_##name,
#include "tests/sim/mutant.def"
#undef MUTANT
	MUTANT_COUNT
};

/* At most one waits at a time; FAULT_NONE calls it off. */
void       weather_arm(enum fault fault);
enum fault weather_armed(void);

/* The disk has no room for anything new, or has again. */
void weather_fill_disk(bool full);

void weather_mutate(enum mutant mutant);
bool weather_is(enum mutant mutant);

/* The store is being opened: what it forgets now, an earlier process had left undone. */
void weather_open_store(bool opening);

/* The virtual clocks, in µs; both go on together. */
void    weather_start(void);
void    weather_pass(int64_t us);
int64_t weather_now_us(void);

#endif
