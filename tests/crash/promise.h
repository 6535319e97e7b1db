/* What the writer promised the load, as the load writes it down for the check: one after the other in a file. */
#ifndef ORRERY_TESTS_PROMISE_H
#define ORRERY_TESTS_PROMISE_H

#include "eventstore/base/id.h"

enum wish_kind { WISH_REGISTER, WISH_REGISTER_AGAIN, WISH_PRIVACY, WISH_PASSWORD, WISH_ERASE, WISH_KINDS };

/* The command is kept: its last event stands at this position. */
struct promise {
	struct id command;
	struct id person;
	uint64_t  position;
	uint64_t  version;
	uint32_t  kind;
	uint32_t  reserved;
};

#endif
