/* Who may see a simulation: its owner, whoever works on or takes the course that it is shown to, everybody once it is
 * public, and administrators. To everybody else it is unknown (404).
 *
 * What others than its owner may change of it deciders know (commands/simulation.c); these are steps for reads, and for
 * wishes about what one may see: runs, forks, sweeps. */
#ifndef ORRERY_SIMULATION_ACCESS_H
#define ORRERY_SIMULATION_ACCESS_H

#include "api/exchange.h"

/* Steps, in this order. */
exchange_step simulation_access_await, simulation_access_check;
exchange_step simulation_access_ask; /* by the field `simulation` */
exchange_step simulation_access_judge;

/* The second for whoever names it otherwise. */
enum pace simulation_access_ask_about(struct exchange *exchange, struct id simulation);

/* May the caller see it? For a step that decides by itself; exchange->rows is what _ask brought. */
bool simulation_access_sees(const struct exchange *exchange);

#endif
