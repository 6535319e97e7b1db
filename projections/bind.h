/* Fields as the texts that PostgreSQL reads: one walk over a shape binds any statement. */
#ifndef ORRERY_BIND_H
#define ORRERY_BIND_H

#include "eventstore/log/record.h"
#include "projections/fold.h"

/* A field's value as text: ids as UUIDs, hashes and bytes in base64url, times in RFC 3339, choices as their word, lists
 * of records as a JSON array. TEXT_NONE when absent, or forgotten. Points into the object or the arena. */
struct text bind_field(const struct field *field, const void *object, struct arena *arena);

/* What stands behind the parameters of a fold statement. `event` was decoded without an opener, so that its personal
 * texts are in their sealed form; the opener opens those that are asked for in clear. Fills values[parameter_count]. */
struct fold_source {
	const struct record     *record;
	const struct event_type *type;
	const void              *event;
	const struct opener     *opener;
};

void bind_statement(const struct fold_statement *statement, const struct fold_source *source, struct arena *arena,
                    struct text *values);

/* The same for a question: `object` is a struct of the query's shape. */
void bind_query(const struct query_statement *statement, const void *object, struct arena *arena, struct text *values);

#endif
