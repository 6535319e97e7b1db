/* How the laboratory has scenes run; who else wants the laboratory takes the constant from subscriber.h. */
#ifndef ORRERY_LABORATORY_H
#define ORRERY_LABORATORY_H

#include "physics/service/client.h"

/* Another way to the simulator than its socket, for tests: as simulator_client_run. */
struct laboratory_way {
	void *owner;
	enum status (*run)(void *owner, const struct run_wish *wish, struct arena *arena, struct run_outcome *out);
};

#endif
