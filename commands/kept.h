/* What deciders remember, as tables: where the values of a state lie, so that one walk prints and compares it. States
 * keep everything by value. schema/schemac.py writes the structs (schema/states.h) and the tables. */
#ifndef ORRERY_KEPT_H
#define ORRERY_KEPT_H

#include "eventstore/base/shape.h"

enum keeping {
	KEPT_VALUE, /* of `kind`, as shape.h says how it stands in C; a KIND_TEXT is a TEXT_BUFFER */
	KEPT_SET,   /* uint32_t: 1 << number for each word of `choice` that is in it */
	KEPT_PART,  /* a struct of its own, described by `part` */
	KEPT_LIST,  /* an array of such structs; how many of them mean something is the uint32_t at count_offset */
};

struct kept_shape;

struct kept_field {
	const char              *name;
	enum keeping             how;
	enum kind                kind;
	uint32_t                 offset;
	uint32_t                 count_offset;
	const struct choice     *choice; /* KEPT_SET and KIND_CHOICE, where 0 is none */
	const struct kept_shape *part;   /* has neither parts nor lists itself */
};

struct kept_shape {
	const char              *name;
	const struct kept_field *fields;
	uint32_t                 count;
	uint32_t                 size; /* sizeof the struct */
};

/* One value: a KEPT_VALUE or KEPT_SET, under its path: "verified", "reset.expires_at", "wallets.0.address". Where a
 * list is shorter than in the other state, `before` or `after` is NULL. */
struct kept_leaf {
	const char              *path;
	const struct kept_field *field;
	const void              *before, *after;
};

enum { KEPT_PATH_SIZE_MAX = 192 };

/* Every kept text has room for this many bytes, so that something short can stand for one that stays sealed. */
enum { KEPT_TEXT_SIZE_MIN = 24 };

typedef void (*kept_visit)(void *owner, const struct kept_leaf *leaf);

/* Calls `visit` for each value that differs between two states, in the order of the schema. */
void kept_compare(const struct kept_shape *shape, const void *before, const void *after, kept_visit visit, void *owner);

/* Calls `visit` for each value of a state, with `before` NULL. */
void kept_each(const struct kept_shape *shape, const void *state, kept_visit visit, void *owner);

/* The text that a KIND_TEXT keeps: a view of the state. */
struct text kept_text(const void *at);

#endif
