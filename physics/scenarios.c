#include "physics/scenarios.h"

const struct scenario *scenario_find(uint32_t number)
{
	for (uint32_t i = 0; i < scenario_count; i++) {
		if (scenarios[i].number == number)
			return &scenarios[i];
	}
	return NULL;
}
