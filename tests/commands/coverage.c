#include "tests/commands/coverage.h"

#include "eventstore/base/require.h"

#include <stdio.h>
#include <stdlib.h>

static bool *flags(uint32_t count)
{
	bool *made = calloc(count, sizeof(bool));

	require(made);
	return made;
}

void coverage_init(struct coverage *coverage)
{
	*coverage = (struct coverage){
		.commands = flags(command_type_count),
		.events = flags(event_type_count),
		.refusals = flags(refusal_type_count),
		.elsewhere = flags(refusal_type_count),
	};
}

void coverage_finish(struct coverage *coverage)
{
	free(coverage->commands);
	free(coverage->events);
	free(coverage->refusals);
	free(coverage->elsewhere);
	*coverage = (struct coverage){0};
}

static bool is_told(bool told, const char *name)
{
	if (!told)
		printf("# missing: %s\n", name);
	return told;
}

bool coverage_has_all_commands(const struct coverage *coverage)
{
	bool all = true;

	for (uint32_t i = 0; i < command_type_count; i++)
		all &= is_told(coverage->commands[i], command_types[i].name);
	return all;
}

bool coverage_has_all_events(const struct coverage *coverage)
{
	bool all = true;

	for (uint32_t i = 0; i < event_type_count; i++)
		all &= is_told(coverage->events[i], event_types[i].name);
	return all;
}

bool coverage_has_all_refusals(const struct coverage *coverage)
{
	bool all = true;

	for (uint32_t i = 1; i < refusal_type_count; i++)
		all &= is_told(coverage->refusals[i] != coverage->elsewhere[i], refusal_types[i].name);
	return all;
}
