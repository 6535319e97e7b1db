/* Read models as tables: each SQL file under projections/, checked and turned into this by schema/schemac.py. */
#ifndef ORRERY_FOLD_H
#define ORRERY_FOLD_H

#include "eventstore/base/catalog.h"

/* What stands behind a :name in a statement. */
enum parameter_source {
	PARAMETER_FIELD,    /* the event's field; a personal text in its sealed form */
	PARAMETER_CLEAR,    /* :name.clear, a personal text opened; NULL once forgotten */
	PARAMETER_CLAIM,    /* :name.claim, base64url: the keyed hash that the event's record carries for the field's
	                     * claim; of a field that takes none, the hash of the one claim that the event gave back */
	PARAMETER_VERSION,  /* :name.version, of an id field marked stream: the version the event gave to that stream */
	PARAMETER_POSITION, /* :position of the event */
	PARAMETER_TIME,     /* :recorded_at of the event */
	PARAMETER_ACTOR,    /* :actor of the event, NULL when none */
	PARAMETER_TRACE,    /* :trace that the command bore, NULL when none */
};

struct parameter {
	enum parameter_source source;
	uint16_t              field; /* index into the event's shape, or the query's */
	const char           *name;
};

/* One statement of "-- on EVENT"; parameters are $1, $2, … in the SQL. */
struct fold_statement {
	uint16_t                event;
	const char             *sql;
	const struct parameter *parameters;
	uint16_t                parameter_count;
};

/* "-- query NAME": the schema's query of that name; :field are its fields.
 * Columns: 1 the ready JSON document; 2 for a list the row's cursor (:cursor of the next page), else the version. */
struct query_statement {
	const char              *name;
	const struct query_type *type;
	const char              *sql;
	const struct parameter  *parameters;
	uint16_t                 parameter_count;
};

/* "-- lookup NAME (a, b)": a question of our own C code; parameters and columns are texts. */
struct lookup_statement {
	const char *name;
	const char *sql;
	uint16_t    parameter_count;
};

struct projection {
	const char                    *name;         /* the file's name, and the PostgreSQL schema's */
	const char                    *fingerprint;  /* of the file, 16 hex digits: the fold version */
	const char                    *tables_sql;   /* what stands before the first "-- on" */
	const char *const             *clear_tables; /* tables with personal columns in clear, NULL-terminated */
	const char                    *parallel_by; /* the events' id field of "-- parallel by FIELD"; NULL: in order */
	const struct fold_statement   *statements;  /* by event number, ascending */
	uint16_t                       statement_count;
	const struct query_statement  *queries;
	uint16_t                       query_count;
	const struct lookup_statement *lookups;
	uint16_t                       lookup_count;
};

extern const struct projection projections[];
extern const uint32_t          projection_count;

#endif
