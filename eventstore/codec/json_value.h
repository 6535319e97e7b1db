/* Foreign JSON as a tree, for what is no shape: objects whose members depend on one of them, numbers that a pointer
 * names. Read by codec_json.c; this file walks it.
 *
 * All of it lives in the arena that it was read into. Members and items keep their order. */
#ifndef ORRERY_JSON_VALUE_H
#define ORRERY_JSON_VALUE_H

#include "eventstore/codec/codec_json.h"
#include "eventstore/codec/json_pointer.h"

enum json_value_kind {
	JSON_VALUE_NULL,
	JSON_VALUE_BOOL,
	JSON_VALUE_NUMBER,
	JSON_VALUE_TEXT,
	JSON_VALUE_LIST,
	JSON_VALUE_OBJECT,
};

struct json_value {
	enum json_value_kind kind;
	bool                 boolean;
	uint32_t             count;  /* of items */
	double               number; /* as the nearest double, also where JSON has a whole number */
	struct text          text;
	struct json_value   *items; /* of a list, and the values of an object's members */
	struct text         *names; /* of an object's members */
};

struct json_bounds {
	size_t size_max;
	int    depth_max; /* JSON_DEPTH_MAX at most */
};

/* Any value may stand at the top. What is refused draws one complaint, whose pointer is empty and whose sentence tells
 * line and column. TOO_LARGE: more bytes than allowed. MALFORMED: not JSON, or nested too deep. INVALID: a member
 * twice, a number beyond the largest double. */
enum status json_value_read(struct bytes json, const struct json_bounds *bounds, struct arena *arena,
                            struct json_value **out, struct complaints *complaints) MUST_USE;

/* NULL where there is none, or where the value is no object. */
struct json_value *json_value_member(const struct json_value *object, struct text name);

/* What a pointer names; NULL where there is nothing. */
struct json_value *json_value_at(struct json_value *root, const struct json_pointer *pointer);

#endif
