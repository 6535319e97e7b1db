/* A course told as the commands that make it, in an order in which they can be carried out: what is exported, imported
 * and cloned. Which commands these may be is a closed list (wish.c). */
#ifndef ORRERY_WISH_H
#define ORRERY_WISH_H

#include "eventstore/base/arena.h"
#include "eventstore/base/catalog.h"

enum { WISHES_MAX = 10000 };

struct wish {
	const struct command_type *command;
	void                      *input; /* of the command's shape */
	uint32_t                   line;  /* where it stands in the archive's course.jsonl; 0: nowhere */
};

/* Zeroes but for the arena are an empty list; everything in it lives in the arena. */
struct wishes {
	struct arena *arena;
	struct wish  *items;
	uint32_t      count, capacity;
};

/* NULL when no course is made by a command of that name. */
const struct command_type *wish_command(struct text name);

/* Adds one, with an empty input, which the caller fills in. The name is one of the list. */
void *wishes_add(struct wishes *wishes, const char *command);

/* Marks of the fields that are not part of a wish: who wishes it, what follows from other fields, and secrets. */
extern const uint16_t wish_skip_marks;

/* ---- the ids in it ---- */

enum wish_mention {
	WISH_MAKES,  /* this is what comes into being by it */
	WISH_NAMES,  /* it needs what has come into being by another */
	WISH_EMBEDS, /* a text shows it, whether or not it is there */
};

/* Where in a wish: a member, and its place if the member is a list. */
struct wish_place {
	const struct wish_place *above; /* NULL: the wish itself */
	const char              *member;
	uint32_t                 index; /* in the list, if anything is below */
};

/* As an RFC 6901 pointer. */
struct text wish_pointer(const struct wish_place *place, struct arena *arena);

struct wish_visitor {
	void *owner;
	/* May put another id in its place. */
	void (*id)(void *owner, enum wish_mention mention, struct id *id, const struct wish_place *place);
	/* Every text. NULL: it does not matter. */
	void (*text)(void *owner, struct text text, const struct wish_place *place);
};

/* In the order of the fields. */
void wish_walk(const struct wish *wish, const struct wish_visitor *visitor);

#endif
