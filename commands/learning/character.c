#include "commands/learning/character.h"

uint32_t character_first(struct text text, size_t *size)
{
	static const uint8_t lengths[16] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 3, 4};
	uint8_t              lead;
	uint32_t             character;

	*size = 0;
	if (text.size == 0)
		return 0;
	lead = (uint8_t)text.data[0];
	*size = lengths[lead >> 4];
	if (*size > text.size)
		*size = text.size;
	character = *size == 1 ? lead : lead & (0x7fu >> *size);
	for (size_t i = 1; i < *size; i++)
		character = character << 6 | ((uint8_t)text.data[i] & 0x3fu);
	return character;
}

uint32_t character_take(struct text *rest)
{
	size_t   size;
	uint32_t character = character_first(*rest, &size);

	rest->data += size;
	rest->size -= size;
	return character;
}

uint32_t character_position(struct text text, size_t offset)
{
	uint32_t position = 1;

	for (size_t i = 0; i < offset && i < text.size; i++)
		position += ((uint8_t)text.data[i] & 0xc0) != 0x80;
	return position;
}

bool character_is_blank(uint32_t character)
{
	return character == ' ' || (character >= '\t' && character <= '\r') || character == 0xa0
	       || (character >= 0x2000 && character <= 0x200a) || character == 0x202f || character == 0x205f;
}

int character_superscript(uint32_t character)
{
	if (character == 0xb2 || character == 0xb3)
		return (int)character - 0xb0;
	if (character == 0xb9)
		return 1;
	if (character == 0x2070 || (character >= 0x2074 && character <= 0x2079))
		return (int)character - 0x2070;
	return -1;
}

int character_subscript(uint32_t character)
{
	return character >= 0x2080 && character <= 0x2089 ? (int)character - 0x2080 : -1;
}
