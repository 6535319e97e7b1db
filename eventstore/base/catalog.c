#include "eventstore/base/catalog.h"

#include <stdlib.h>

static int compare_number(const void *key, const void *row)
{
	return (int)*(const uint16_t *)key - (int)((const struct event_type *)row)->number;
}

const struct event_type *event_type_by_number(uint16_t number)
{
	return bsearch(&number, event_types, event_type_count, sizeof(event_types[0]), compare_number);
}

const struct event_type *event_type_by_name(struct text name)
{
	for (uint32_t i = 0; i < event_type_count; i++)
		if (text_is(name, event_types[i].name))
			return &event_types[i];
	return NULL;
}

/* Every row sorted by name begins with it. */
static int compare_name(const void *key, const void *row)
{
	const struct text *name = key;
	const char        *other = *(const char *const *)row;
	size_t             other_size = strlen(other);
	int                order = memcmp(name->data, other, name->size < other_size ? name->size : other_size);

	return order ? order : (name->size > other_size) - (name->size < other_size);
}

const struct command_type *command_type_by_name(struct text name)
{
	return bsearch(&name, command_types, command_type_count, sizeof(command_types[0]), compare_name);
}

const struct query_type *query_type_by_name(struct text name)
{
	return bsearch(&name, query_types, query_type_count, sizeof(query_types[0]), compare_name);
}

uint32_t refusal_by_name(struct text name)
{
	for (uint32_t i = 1; i < refusal_type_count; i++)
		if (text_is(name, refusal_types[i].name))
			return i;
	return 0;
}
