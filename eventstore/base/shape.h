/* A shape tells where the fields of a generated struct lie. One walk over it serves msgpack, JSON, validation,
 * printing and SQL parameters. schema/schemac.py writes the tables; nobody writes one by hand for an event or a
 * command.
 *
 * How a kind stands in C, and how "absent" looks in an optional field:
 *   id    struct id        all zeroes          bool  bool      has_NAME == false
 *   hash  struct hash      all zeroes          u32   uint32_t  has_NAME == false
 *   text  struct text      data == NULL        u64   uint64_t  has_NAME == false
 *   json  struct text      data == NULL        i64   int64_t   has_NAME == false
 *   bytes struct bytes     data == NULL        f64   double    has_NAME == false
 *   choice enum NAME       0                   time  int64_t µs since 1970, UTC; has_NAME == false
 *   list  struct list      items == NULL (an empty list has items != NULL) */
#ifndef ORRERY_SHAPE_H
#define ORRERY_SHAPE_H

#include "eventstore/base/hash.h"
#include "eventstore/base/id.h"

enum kind {
	KIND_ID,
	KIND_TEXT,
	KIND_BYTES,
	KIND_HASH,
	KIND_BOOL,
	KIND_U32,
	KIND_U64,
	KIND_I64,
	KIND_F64,
	KIND_TIME,
	KIND_JSON,
	KIND_CHOICE,
	KIND_LIST,
};

enum field_mark {
	FIELD_OPTIONAL = 1 << 0, /* may be absent */
	FIELD_STREAM = 1 << 1,   /* event: the id of a stream this event belongs to */
	FIELD_PERSONAL = 1 << 2, /* text: of the person in field `person`, under whose key events and journal seal it */
	FIELD_INPUT = 1 << 3,    /* command: from the request's body, used by the API, never sent on */
	FIELD_SERVER = 1 << 4,   /* command: filled in by the API, never from the body */
	FIELD_PATH = 1 << 5,     /* command: from the route's {name} */
	FIELD_CALLER = 1 << 6,   /* command: the id of whoever calls */
	FIELD_SECRET = 1 << 7,   /* kept out of request digests, logs and prints */
	FIELD_CLAIM = 1 << 8,    /* event: emitting it takes claim number `claim` on the value */
	FIELD_ERASES = 1 << 9,   /* event: the id of the person whose key is destroyed once the event is durable */
	FIELD_FRESH = 1 << 10,   /* command: an id of what is made; from the body, or else from the command's id */
	FIELD_CLIENT_TIME = 1 << 11, /* command, beside FIELD_SERVER: when the caller did it, by the caller's clock */
	FIELD_DERIVED = 1 << 12, /* command, query: an id that follows from those in `sources`, never from the body */
};

/* What the characters of a text may be, beyond their number. Unless told otherwise: one line, no control characters. */
enum text_format {
	FORMAT_LINE,      /* no control characters (C0, DEL, C1) */
	FORMAT_MULTILINE, /* line feeds and tabs too */
	FORMAT_EMAIL,     /* RFC 5321 mailbox in its everyday form: local@domain, no quotes, no spaces */
	FORMAT_URL,       /* absolute https URL; an empty text is allowed where min is 0 */
	FORMAT_LANGUAGE,  /* BCP 47: letters, digits and hyphens, subtags of 1 to 8 */
	FORMAT_REGION,    /* ISO 3166-1 alpha-2: two capitals */
	FORMAT_TIME_ZONE, /* IANA name: letters, digits, + - _ and / */
	FORMAT_BASE58,    /* Bitcoin alphabet */
	FORMAT_TOKEN,     /* base64url alphabet */
	FORMAT_PLACE,     /* in the log: a position from 1 on, or a moment as RFC 3339 writes it */
};

/* A closed list of words; in C the word's number, 1-based; on disk and in JSON the word. */
struct choice {
	const char        *name;
	const char *const *words;
	uint32_t           count;
};

struct shape;

/* In a command that finds the person by what is personal: no field holds the id. */
enum { PERSON_UNNAMED = UINT16_MAX };

enum { FIELD_SOURCES_MAX = 2 };

struct field {
	const char          *name;
	enum kind            kind;
	uint16_t             marks;  /* enum field_mark */
	uint16_t             person; /* FIELD_PERSONAL: index of the id field, or in a command PERSON_UNNAMED */
	uint16_t             claim;  /* FIELD_CLAIM: enum claim */
	const char          *noun;   /* KIND_ID: what it is the id of; NULL when the schema does not say */
	uint16_t             sources[FIELD_SOURCES_MAX]; /* FIELD_DERIVED: indexes of earlier id fields */
	uint16_t             source_count;
	enum text_format     format;     /* KIND_TEXT */
	uint32_t             offset;     /* of the value in the struct */
	uint32_t             has_offset; /* of has_NAME; 0 when there is none */
	int64_t              min, max;   /* text: code points; bytes and json: bytes; list: items; numbers: values */
	const struct choice *choice;     /* KIND_CHOICE */
	const struct shape  *record;     /* KIND_LIST: the shape of an item */
};

struct shape {
	const char         *name;
	const struct field *fields;
	uint16_t            count;
	uint32_t            size; /* sizeof the struct */
};

/* Every generated list type has this layout. */
struct list {
	const void *items;
	uint32_t    count;
};

enum { SHAPE_DEPTH_MAX = 4, SHAPE_FIELDS_MAX = 64 };

/* Has the struct a value in this field? Required kinds answer by the same rule. */
bool field_present(const struct field *field, const void *object);

/* The bytes of a value that points nowhere: of every kind but texts, bytes, json and lists. */
size_t kind_size(enum kind kind);

/* Do both hold the same in this field, or both nothing? Lists are compared item by item. */
bool field_equal(const struct field *field, const void *a, const void *b);
bool shape_equal(const struct shape *shape, const void *a, const void *b);

/* Takes over what `from` has in fields of the same name and kind: a wish's as an event's, or the other way round. Texts
 * and lists are shared, not copied. */
void shape_take(const struct shape *shape, void *object, const struct shape *from_shape, const void *from);

/* Fills in the ids that are derived from others (id_derived). Where one of those is absent, so is what follows from it.
 */
void shape_derive(const struct shape *shape, void *object);

/* NULL when there is none of that name. */
const struct field *shape_field(const struct shape *shape, struct text name);

/* The word's 1-based number, 0 when the list has no such word. */
uint32_t choice_number(const struct choice *choice, struct text word);

static inline const void *field_at(const struct field *field, const void *object)
{
	return (const char *)object + field->offset;
}

static inline void *field_in(const struct field *field, void *object)
{
	return (char *)object + field->offset;
}

#endif
