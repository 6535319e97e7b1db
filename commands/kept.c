#include "commands/kept.h"

#include "eventstore/base/require.h"

#include <stdio.h>

struct walk {
	bool       all; /* also what does not differ */
	kept_visit visit;
	void      *owner;
};

/* Every TEXT_BUFFER begins like this. */
struct kept_buffer {
	uint16_t size;
	char     data[];
};

struct text kept_text(const void *at)
{
	const struct kept_buffer *buffer = at;

	return (struct text){.data = buffer->data, .size = buffer->size};
}

static bool differ(const struct kept_field *field, const void *before, const void *after)
{
	if (!before || !after)
		return true;
	if (field->how == KEPT_VALUE && field->kind == KIND_TEXT)
		return !text_equal(kept_text(before), kept_text(after));
	return memcmp(before, after, kind_size(field->how == KEPT_SET ? KIND_U32 : field->kind)) != 0;
}

static void visit_leaf(const struct walk *walk, const struct kept_leaf *leaf)
{
	require(leaf->field->how == KEPT_VALUE || leaf->field->how == KEPT_SET);
	if (walk->all || differ(leaf->field, leaf->before, leaf->after))
		walk->visit(walk->owner, leaf);
}

static const void *at(const void *object, uint32_t offset)
{
	return object ? (const char *)object + offset : NULL;
}

static void walk_part(const struct walk *walk, const char *prefix, const struct kept_shape *part, const void *before,
                      const void *after)
{
	char path[KEPT_PATH_SIZE_MAX];

	for (uint32_t i = 0; i < part->count; i++) {
		const struct kept_field *field = &part->fields[i];

		snprintf(path, sizeof(path), "%s.%s", prefix, field->name);
		visit_leaf(walk, &(struct kept_leaf){path, field, at(before, field->offset), at(after, field->offset)});
	}
}

static uint32_t items_of(const struct kept_field *field, const void *object)
{
	return object ? *(const uint32_t *)at(object, field->count_offset) : 0;
}

static void walk_list(const struct walk *walk, const struct kept_field *field, const void *before, const void *after)
{
	uint32_t old = items_of(field, before), new = items_of(field, after);
	char     prefix[KEPT_PATH_SIZE_MAX / 2];

	for (uint32_t i = 0; i < (old > new ? old : new); i++) {
		uint32_t offset = field->offset + i * field->part->size;

		snprintf(prefix, sizeof(prefix), "%s.%u", field->name, i);
		walk_part(walk, prefix, field->part, i < old ? at(before, offset) : NULL,
		          i < new ? at(after, offset) : NULL);
	}
}

static void walk_state(const struct walk *walk, const struct kept_shape *shape, const void *before, const void *after)
{
	for (uint32_t i = 0; i < shape->count; i++) {
		const struct kept_field *field = &shape->fields[i];
		const void              *old = at(before, field->offset), *new = at(after, field->offset);

		if (field->how == KEPT_PART)
			walk_part(walk, field->name, field->part, old, new);
		else if (field->how == KEPT_LIST)
			walk_list(walk, field, before, after);
		else
			visit_leaf(walk, &(struct kept_leaf){field->name, field, old, new});
	}
}

void kept_compare(const struct kept_shape *shape, const void *before, const void *after, kept_visit visit, void *owner)
{
	walk_state(&(struct walk){.visit = visit, .owner = owner}, shape, before, after);
}

void kept_each(const struct kept_shape *shape, const void *state, kept_visit visit, void *owner)
{
	walk_state(&(struct walk){.all = true, .visit = visit, .owner = owner}, shape, NULL, state);
}
