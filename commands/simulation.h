/* Simulations and their runs: the rules' figures. What is remembered of them stands in schema/simulation.schema. */
#ifndef ORRERY_COMMANDS_SIMULATION_H
#define ORRERY_COMMANDS_SIMULATION_H

/* More than anybody writes by hand; a client that writes at every keystroke is stopped. */
#define SIMULATION_VERSIONS_MAX 512

/* Of one person between two midnights, UTC; each point of a sweep is one. What the processors have to do with them is
 * the simulator's to bound, this bounds what the log has to tell of them. */
#define RUNS_PERSON_DAY_MAX 4000

#endif
