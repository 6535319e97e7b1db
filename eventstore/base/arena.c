#include "eventstore/base/arena.h"

#include "eventstore/base/require.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { BLOCK_SIZE_MIN = 4096 - 64, FORMAT_SIZE_USUAL = 128 };

struct arena_block {
	struct arena_block *next;
	size_t              size;
	size_t              used;
	alignas(max_align_t) char data[];
};

static void free_blocks(struct arena_block *block)
{
	while (block) {
		struct arena_block *next = block->next;

		free(block);
		block = next;
	}
}

void arena_finish(struct arena *arena)
{
	free_blocks(arena->block);
	*arena = (struct arena){0};
}

void arena_reset(struct arena *arena)
{
	if (!arena->block)
		return;
	free_blocks(arena->block->next);
	arena->block->next = NULL;
	arena->block->used = 0;
	arena->used = 0;
}

static void add_block(struct arena *arena, size_t size)
{
	size_t              wanted = size > BLOCK_SIZE_MIN ? size : BLOCK_SIZE_MIN;
	struct arena_block *block = malloc(sizeof(*block) + wanted);

	require(block != NULL);
	*block = (struct arena_block){.next = arena->block, .size = wanted};
	arena->block = block;
}

void *arena_alloc(struct arena *arena, size_t size)
{
	size_t rounded = (size + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
	void  *memory;

	require(rounded >= size);
	if (!arena->block || arena->block->size - arena->block->used < rounded)
		add_block(arena, rounded);
	memory = arena->block->data + arena->block->used;
	arena->block->used += rounded;
	arena->used += rounded;
	return memset(memory, 0, rounded);
}

struct text arena_text(struct arena *arena, struct text text)
{
	struct bytes copy;

	if (!text.data)
		return TEXT_NONE;
	copy = arena_bytes(arena, text_bytes(text));
	return (struct text){.data = (const char *)copy.data, .size = copy.size};
}

struct bytes arena_bytes(struct arena *arena, struct bytes bytes)
{
	uint8_t *copy = arena_alloc(arena, bytes.size + 1);

	if (bytes.size > 0)
		memcpy(copy, bytes.data, bytes.size);
	return BYTES(copy, bytes.size);
}

struct text arena_format(struct arena *arena, const char *format, ...)
{
	va_list args, again;
	char    small[FORMAT_SIZE_USUAL], *data;
	int     size;

	require(format != NULL); /* gcc follows the sanitizers' branch for it, and warns */
	va_start(args, format);
	va_copy(again, args);
	size = vsnprintf(small, sizeof(small), format, args);
	va_end(args);
	require(size >= 0);
	data = arena_alloc(arena, (size_t)size + 1);
	if ((size_t)size < sizeof(small))
		memcpy(data, small, (size_t)size);
	else
		vsnprintf(data, (size_t)size + 1, format, again);
	va_end(again);
	return (struct text){.data = data, .size = (size_t)size};
}
