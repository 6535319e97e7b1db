/* One object of a scene, member by member. physics/scene/scene_member.def says which there are and what they may be. */
#include "physics/scene/scene_parts.h"

#include "eventstore/codec/codec_json_reading.h"
#include "physics/elementary/elementary.h"
#include "physics/vector.h"

#include <float.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>

enum member_type {
	MEMBER_NUMBER,
	MEMBER_AMOUNT,
	MEMBER_SIGNED,
	MEMBER_COUNT,
	MEMBER_POINT,
	MEMBER_FLAG,
	MEMBER_NAME,
	MEMBER_TITLE,
	MEMBER_MODE,
	MEMBER_AXIS,
	MEMBER_BODY,
	MEMBER_BODY_OR_WORLD,
	MEMBER_JOINT,
	MEMBER_MEASURE,
	MEMBER_CODE,
};

enum presence { OPTIONAL, REQUIRED };

struct member {
	enum scene_part  part;
	uint32_t         kinds; /* 1 << kind */
	const char      *name;
	enum member_type type;
	size_t           offset;
	enum presence    presence;
	double           fallback;
	enum limit       least, most;
};

#define EVERY UINT32_MAX
#define BIT(kind) (UINT32_C(1) << (kind))
#define STRUCT_scene struct scene
#define STRUCT_solver struct scene_solver
#define STRUCT_material struct scene_material
#define STRUCT_body struct scene_body
#define STRUCT_outline struct scene_outline
#define STRUCT_joint struct scene_joint
#define STRUCT_field struct scene_field
#define STRUCT_event struct scene_event
#define STRUCT_measure struct scene_measure
#define STRUCT_parameter struct scene_parameter
#define STRUCT_expectation struct scene_expectation
#define STRUCT_polar struct scene_polar

static const struct member members[] = {
#define MEMBER(part, kinds, name, type, target, presence, fallback, least, most, sentence)                             \
	{PART_##part, kinds,    name,          MEMBER_##type, offsetof(STRUCT_##part, target),                         \
	 presence,    fallback, LIMIT_##least, LIMIT_##most},
#include "physics/scene/scene_member.def"
#undef MEMBER
};

enum word_list { LIST_mode, LIST_body, LIST_outline, LIST_joint, LIST_field, LIST_event, LIST_measure, LIST_axis };

static const struct {
	enum word_list list;
	const char    *word;
	uint32_t       value;
} words[] = {
#define WORD(list, word, value) {LIST_##list, word, value},
#include "physics/scene/scene_word.def"
#undef WORD
};

/* ---------------------------------------------------------------- complaints */

static void complain(struct scene_reading *reading, struct complaints *complaints, struct text pointer,
                     const char *format, va_list arguments)
{
	char sentence[512];
	int  size = vsnprintf(sentence, sizeof(sentence), format, arguments);

	if (complaints->count == COMPLAINTS_MAX || size < 0)
		return;
	complaints->items[complaints->count++] = (struct complaint){
		.pointer = pointer,
		.sentence = arena_text(reading->arena, text_from(sentence)),
	};
}

void scene_refuse(struct scene_reading *reading, struct text pointer, const char *format, ...)
{
	va_list arguments;

	reading->faults++;
	va_start(arguments, format);
	complain(reading, &reading->report->refusals, pointer, format, arguments);
	va_end(arguments);
}

void scene_warn(struct scene_reading *reading, struct text pointer, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	complain(reading, &reading->report->warnings, pointer, format, arguments);
	va_end(arguments);
}

const char *scene_number(struct scene_reading *reading, double value)
{
	struct buffer digits = {0};
	struct text   text;

	json_append_f64(&digits, value);
	text = arena_text(reading->arena, (struct text){.data = (const char *)digits.data, .size = digits.size});
	buffer_finish(&digits);
	return text.data;
}

struct text scene_below(struct scene_reading *reading, struct text pointer, const char *name)
{
	return arena_format(reading->arena, "%.*s/%s", TEXT_ARG(pointer), name);
}

struct text scene_item(struct scene_reading *reading, struct text pointer, uint32_t index)
{
	return arena_format(reading->arena, "%.*s/%u", TEXT_ARG(pointer), index);
}

double scene_limit(const struct scene_reading *reading, enum limit limit)
{
	return limit_value(limit, reading->options->audience);
}

static void refuse_beyond(struct scene_reading *reading, struct text pointer, double value, enum limit limit,
                          double bound)
{
	const char *unit = limit_unit(limit), *reason = limit_reason(limit);

	scene_refuse(reading, pointer, "%s is %s %s%s%s (%s%s%s)", scene_number(reading, value),
	             value < bound ? "below" : "above", scene_number(reading, bound), *unit ? " " : "", unit,
	             limit_name(limit), *reason ? ": " : "", reason);
}

bool scene_within(struct scene_reading *reading, struct text pointer, double value, enum limit least, enum limit most)
{
	if (least && value < scene_limit(reading, least))
		refuse_beyond(reading, pointer, value, least, scene_limit(reading, least));
	else if (most && value > scene_limit(reading, most))
		refuse_beyond(reading, pointer, value, most, scene_limit(reading, most));
	else
		return true;
	return false;
}

/* ---------------------------------------------------------------- words and names */

const char *scene_word(enum scene_part part, uint32_t kind)
{
	static const enum word_list lists[] = {
		[PART_body] = LIST_body,   [PART_outline] = LIST_outline, [PART_joint] = LIST_joint,
		[PART_field] = LIST_field, [PART_event] = LIST_event,     [PART_measure] = LIST_measure,
	};
	static const char *const nouns[] = {
		[PART_scene] = "scene",         [PART_solver] = "solver",           [PART_material] = "material",
		[PART_parameter] = "parameter", [PART_expectation] = "expectation", [PART_polar] = "point"};

	for (size_t i = 0; kind && i < array_count(words); i++)
		if (words[i].list == lists[part] && words[i].value == kind)
			return words[i].word;
	return nouns[part];
}

static bool read_word(struct scene_reading *reading, const struct json_value *value, struct text pointer,
                      enum word_list list, uint32_t *out)
{
	struct buffer known = {0};

	for (size_t i = 0; i < array_count(words); i++) {
		if (words[i].list != list)
			continue;
		if (value->kind == JSON_VALUE_TEXT && text_is(value->text, words[i].word)) {
			*out = words[i].value;
			buffer_finish(&known);
			return true;
		}
		buffer_format(&known, "%s%s", known.size > 0 ? ", " : "", words[i].word);
	}
	scene_refuse(reading, pointer, "must be one of: %.*s", (int)known.size, (const char *)known.data);
	buffer_finish(&known);
	return false;
}

/* As the schema's texts of the format token, by which runs, sweeps and keys speak of parameters and measures. */
static bool names_well(struct text name)
{
	for (size_t i = 0; i < name.size; i++) {
		char c = name.data[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'
		      || c == '-'))
			return false;
	}
	return name.size >= 1 && name.size <= SCENE_NAME_SIZE_MAX;
}

bool scene_read_name(struct scene_reading *reading, const struct json_value *value, struct text pointer,
                     struct text *out)
{
	if (value->kind != JSON_VALUE_TEXT || !names_well(value->text)) {
		scene_refuse(reading, pointer, "must be a name: 1 to %d letters, digits, \"_\" and \"-\"",
		             SCENE_NAME_SIZE_MAX);
		return false;
	}
	*out = value->text;
	return true;
}

static bool read_title(struct scene_reading *reading, const struct json_value *value, struct text pointer,
                       struct text *out)
{
	size_t points;

	if (value->kind != JSON_VALUE_TEXT || !text_code_points(value->text, &points) || points > SCENE_TITLE_POINTS_MAX
	    || memchr(value->text.data, 0, value->text.size)) {
		scene_refuse(reading, pointer, "must be a text of at most %d characters", SCENE_TITLE_POINTS_MAX);
		return false;
	}
	*out = value->text;
	return true;
}

/* ---------------------------------------------------------------- numbers */

double scene_settle(double value)
{
	return fabs(value) < DBL_MIN ? 0 : value;
}

static bool read_number(struct scene_reading *reading, const struct json_value *value, struct text pointer,
                        const struct member *member, double *out)
{
	double number = scene_settle(value->number);

	if (value->kind != JSON_VALUE_NUMBER) {
		scene_refuse(reading, pointer, "must be a number");
		return false;
	}
	if (member->type == MEMBER_AMOUNT && number < 0) {
		scene_refuse(reading, pointer, "%s is below 0", scene_number(reading, number));
		return false;
	}
	if (member->type == MEMBER_COUNT && floor(number) != number) {
		scene_refuse(reading, pointer, "%s is not a whole number", scene_number(reading, number));
		return false;
	}
	if (member->type == MEMBER_SIGNED && number < 0) {
		*out = number;
		return scene_within(reading, pointer, -number, LIMIT_NONE, member->most);
	}
	*out = number;
	return scene_within(reading, pointer, number, member->least, member->most);
}

static bool read_count(struct scene_reading *reading, const struct json_value *value, struct text pointer,
                       const struct member *member, uint32_t *out)
{
	double number;

	if (!read_number(reading, value, pointer, member, &number))
		return false;
	if (number < 0) {
		scene_refuse(reading, pointer, "%s is below 0", scene_number(reading, number));
		return false;
	}
	*out = (uint32_t)number;
	return true;
}

static bool read_polar(struct scene_reading *reading, const struct json_value *value, struct text pointer,
                       struct vector *out)
{
	struct scene_polar polar;
	struct vector      direction;

	if (!scene_members(reading, value, pointer, PART_polar, &polar))
		return false;
	elementary_sincos(polar.axis + polar.angle, &direction.y, &direction.x);
	*out = vector_add(polar.from, vector_scale(direction, polar.radius));
	return true;
}

/* [x, y], or by a distance and an angle, so that these can be parameters. Calls itself through `from` only, as deep as
 * JSON may be. */
bool scene_read_point(struct scene_reading *reading, const struct json_value *value, struct text pointer,
                      enum limit most, struct vector *out)
{
	const struct json_value *items = value->items;
	struct vector            point;

	if (value->kind == JSON_VALUE_OBJECT) {
		if (!read_polar(reading, value, pointer, &point))
			return false;
	} else if (value->kind == JSON_VALUE_LIST && value->count == 2 && items[0].kind == JSON_VALUE_NUMBER
	           && items[1].kind == JSON_VALUE_NUMBER) {
		point = (struct vector){items[0].number, items[1].number};
	} else {
		scene_refuse(reading, pointer, "must be two numbers, [x, y], or {\"r\", \"angle\"}");
		return false;
	}
	if (!scene_within(reading, pointer, fabs(point.x), LIMIT_NONE, most)
	    || !scene_within(reading, pointer, fabs(point.y), LIMIT_NONE, most))
		return false;
	*out = (struct vector){scene_settle(point.x), scene_settle(point.y)};
	return true;
}

/* ---------------------------------------------------------------- references */

static bool read_reference(struct scene_reading *reading, const struct json_value *value, struct text pointer,
                           const struct member *member, uint32_t *out)
{
	const struct scene_names *names = member->type == MEMBER_JOINT     ? &reading->joints
	                                  : member->type == MEMBER_MEASURE ? &reading->measures
	                                                                   : &reading->bodies;

	if (value->kind != JSON_VALUE_TEXT || !names_well(value->text)) {
		scene_refuse(reading, pointer, "must be the id of a %s", names->noun);
		return false;
	}
	if (text_is(value->text, "world") && member->type == MEMBER_BODY_OR_WORLD) {
		*out = SCENE_WORLD;
		return true;
	}
	return scene_name_find(reading, names, value->text, pointer, out);
}

/* ---------------------------------------------------------------- members */

static void fall_back(const struct member *member, void *field)
{
	switch (member->type) {
	case MEMBER_NUMBER:
	case MEMBER_AMOUNT:
	case MEMBER_SIGNED:
		*(double *)field = member->fallback;
		break;
	case MEMBER_POINT:
		*(struct vector *)field = (struct vector){0, member->fallback};
		break;
	case MEMBER_COUNT:
	case MEMBER_MODE:
	case MEMBER_AXIS:
		*(uint32_t *)field = (uint32_t)member->fallback;
		break;
	case MEMBER_FLAG:
		*(bool *)field = member->fallback != 0;
		break;
	case MEMBER_NAME:
	case MEMBER_TITLE:
		*(struct text *)field = TEXT_NONE;
		break;
	case MEMBER_CODE:
		break;
	default:
		*(uint32_t *)field = SCENE_WORLD;
		break;
	}
}

static bool read_flag(struct scene_reading *reading, const struct json_value *value, struct text pointer, bool *out)
{
	if (value->kind != JSON_VALUE_BOOL) {
		scene_refuse(reading, pointer, "must be true or false");
		return false;
	}
	*out = value->boolean;
	return true;
}

static bool read_member(struct scene_reading *reading, const struct json_value *value, struct text pointer,
                        const struct member *member, void *field)
{
	switch (member->type) {
	case MEMBER_NUMBER:
	case MEMBER_AMOUNT:
	case MEMBER_SIGNED:
		return read_number(reading, value, pointer, member, field);
	case MEMBER_COUNT:
		return read_count(reading, value, pointer, member, field);
	case MEMBER_POINT:
		return scene_read_point(reading, value, pointer, member->most, field);
	case MEMBER_FLAG:
		return read_flag(reading, value, pointer, field);
	case MEMBER_NAME:
		return scene_read_name(reading, value, pointer, field);
	case MEMBER_TITLE:
		return read_title(reading, value, pointer, field);
	case MEMBER_MODE:
		return read_word(reading, value, pointer, LIST_mode, field);
	case MEMBER_AXIS:
		return read_word(reading, value, pointer, LIST_axis, field);
	case MEMBER_CODE:
		return true;
	default:
		return read_reference(reading, value, pointer, member, field);
	}
}

static const struct member *find_member(enum scene_part part, uint32_t kind, struct text name)
{
	for (size_t i = 0; i < array_count(members); i++)
		if (members[i].part == part && (members[i].kinds & BIT(kind)) && text_is(name, members[i].name))
			return &members[i];
	return NULL;
}

static void refuse_strangers(struct scene_reading *reading, const struct json_value *object, struct text pointer,
                             enum scene_part part, uint32_t kind)
{
	for (uint32_t i = 0; i < object->count; i++)
		if (!find_member(part, kind, object->names[i]))
			scene_refuse(reading, reading_pointer(reading->arena, pointer, object->names[i]),
			             "is not a member of a %s", scene_word(part, kind));
}

static bool read_members(struct scene_reading *reading, const struct json_value *object, struct text pointer,
                         enum scene_part part, uint32_t kind, void *target)
{
	uint32_t faults = reading->faults;

	for (size_t i = 0; i < array_count(members); i++) {
		const struct member     *member = &members[i];
		const struct json_value *value;
		void                    *field = (char *)target + member->offset;

		if (member->part != part || !(member->kinds & BIT(kind)))
			continue;
		fall_back(member, field);
		value = json_value_member(object, text_from(member->name));
		if (value)
			read_member(reading, value, scene_below(reading, pointer, member->name), member, field);
		else if (member->presence == REQUIRED)
			scene_refuse(reading, scene_below(reading, pointer, member->name), "is required");
	}
	refuse_strangers(reading, object, pointer, part, kind);
	return reading->faults == faults;
}

static bool is_object(struct scene_reading *reading, const struct json_value *value, struct text pointer)
{
	if (value->kind != JSON_VALUE_OBJECT)
		scene_refuse(reading, pointer, "must be an object");
	return value->kind == JSON_VALUE_OBJECT;
}

bool scene_members(struct scene_reading *reading, const struct json_value *object, struct text pointer,
                   enum scene_part part, void *target)
{
	return is_object(reading, object, pointer) && read_members(reading, object, pointer, part, 0, target);
}

bool scene_kinds(struct scene_reading *reading, const struct json_value *object, struct text pointer,
                 const struct scene_kind *kind, uint32_t *out, void *target)
{
	static const enum word_list lists[] = {
		[PART_body] = LIST_body,   [PART_outline] = LIST_outline, [PART_joint] = LIST_joint,
		[PART_field] = LIST_field, [PART_event] = LIST_event,     [PART_measure] = LIST_measure,
	};
	const struct json_value *word;

	*out = 0;
	if (!is_object(reading, object, pointer))
		return false;
	word = json_value_member(object, text_from(kind->name));
	if (!word && !kind->usual) {
		scene_refuse(reading, scene_below(reading, pointer, kind->name), "is required");
		return false;
	}
	if (!word)
		*out = kind->usual;
	else if (!read_word(reading, word, scene_below(reading, pointer, kind->name), lists[kind->part], out))
		return false;
	return read_members(reading, object, pointer, kind->part, *out, target);
}
