/* What people may want: commands with bodies, drawn by chance from few persons, addresses, wallets and sessions, so
 * that they get in one another's way. Each course knows a part of the commands only, which leads deeper into that part.
 */
#ifndef ORRERY_TESTS_SIM_WISHES_H
#define ORRERY_TESTS_SIM_WISHES_H

#include "eventstore/base/bytes.h"
#include "eventstore/base/id.h"

struct wish_form {
	const char  *command;
	struct bytes body; /* lives as long as the course */
	struct id    actor;
	struct id    first_stream; /* that it loads, when that is a person's own; else absent */
	bool         has_expected;
	uint64_t     expected;

	/* Nonsense, which must fail for one of these reasons. */
	bool nonsense, anonymous, half_a_digest;
};

/* Which commands, persons and so on this course has. */
void wishes_start(void);

struct wish_form wishes_draw(void);
struct wish_form wishes_nonsense(void);

#endif
