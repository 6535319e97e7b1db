#include "api/consult.h"

#include "eventstore/base/require.h"

static uint32_t model_index(const char *name)
{
	uint32_t i = 0;

	while (i < projection_count && strcmp(projections[i].name, name) != 0)
		i++;
	require(i < projection_count);
	return i;
}

#define CONSULT(name)                                                                                                  \
	enum pace consult_##name(struct exchange *exchange)                                                            \
	{                                                                                                              \
		return exchange_await(exchange, &projections[model_index(#name)]);                                     \
	}

CONSULT(assessment)
CONSULT(attempt)
CONSULT(course)
CONSULT(enrolment)
CONSULT(mastery)
CONSULT(practice)
CONSULT(question)

uint64_t consult_position(const struct exchange *exchange, const char *const *names, uint32_t count)
{
	uint64_t position = UINT64_MAX;

	for (uint32_t i = 0; i < count; i++) {
		uint64_t reached = exchange->lane->service->progress[model_index(names[i])];

		if (reached < position)
			position = reached;
	}
	return position;
}
