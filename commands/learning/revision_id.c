#include "commands/learning/revision_id.h"

struct id revision_id(const char *noun, struct id thing, uint32_t revision)
{
	struct id parts[2] = {thing};

	for (int i = 0; i < 4; i++)
		parts[1].bytes[i] = (uint8_t)(revision >> (24 - 8 * i));
	return id_derived(noun, parts, array_count(parts));
}
