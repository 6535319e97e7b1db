#include "eventstore/codec/validate.h"

#include "eventstore/base/clock.h"
#include "eventstore/base/require.h"

#include <inttypes.h>
#include <math.h>

/* ---------------------------------------------------------------- characters */

enum {
	EMAIL_LOCAL_MAX = 64, /* RFC 5321 §4.5.3.1.1 */
	DOMAIN_MAX = 253,     /* RFC 1035 §2.3.4, without the root's dot */
	DOMAIN_LABEL_MAX = 63,
	LANGUAGE_SUBTAG_MAX = 8, /* RFC 5646 §2.1 */
	PORT_MAX = 65535,
};

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_alphanumeric(char c)
{
	return is_letter(c) || (c >= '0' && c <= '9');
}

static bool is_one_of(char c, const char *characters)
{
	return c != '\0' && strchr(characters, c) != NULL;
}

/* Letters, digits and the further characters, nothing else. */
static bool consists_of(struct text text, const char *further)
{
	for (size_t i = 0; i < text.size; i++)
		if (!is_alphanumeric(text.data[i]) && !is_one_of(text.data[i], further))
			return false;
	return true;
}

/* C0, DEL and C1 controls, except those in `allowed`. */
static bool has_control(struct text text, const char *allowed)
{
	const unsigned char *data = (const unsigned char *)text.data;

	for (size_t i = 0; i < text.size; i++) {
		if ((data[i] < 0x20 || data[i] == 0x7f) && !is_one_of((char)data[i], allowed))
			return true;
		if (data[i] == 0xc2 && i + 1 < text.size && data[i + 1] < 0xa0)
			return true;
	}
	return false;
}

/* ---------------------------------------------------------------- formats */

/* Cuts the part before the first `separator` off *rest; false when *rest is used up. */
static bool next_part(struct text *rest, char separator, struct text *part)
{
	const char *end;

	if (!rest->data)
		return false;
	end = memchr(rest->data, separator, rest->size);
	*part = (struct text){.data = rest->data, .size = end ? (size_t)(end - rest->data) : rest->size};
	*rest = end ? (struct text){.data = end + 1, .size = rest->size - part->size - 1} : TEXT_NONE;
	return true;
}

static bool is_domain_label(struct text label)
{
	return label.size >= 1 && label.size <= DOMAIN_LABEL_MAX && consists_of(label, "-") && label.data[0] != '-'
	       && label.data[label.size - 1] != '-';
}

/* Two labels at least; the last begins with a letter, which tells a name from an address. */
static bool is_domain(struct text domain)
{
	struct text rest = domain, label;
	size_t      labels = 0;

	if (domain.size > DOMAIN_MAX)
		return false;
	for (; next_part(&rest, '.', &label); labels++)
		if (!is_domain_label(label))
			return false;
	return labels >= 2 && is_letter(label.data[0]);
}

static bool is_email(struct text text)
{
	struct text domain = text, local, rest, atom;

	next_part(&domain, '@', &local);
	if (!domain.data || local.size == 0 || local.size > EMAIL_LOCAL_MAX)
		return false;
	rest = local;
	while (next_part(&rest, '.', &atom))
		if (atom.size == 0 || !consists_of(atom, "!#$%&'*+-/=?^_`{|}~"))
			return false;
	return is_domain(domain);
}

static bool is_port(struct text text)
{
	uint64_t port;

	return text_parse_u64(text, &port) && port >= 1 && port <= PORT_MAX;
}

/* host, or host:port; whoever a user name would name has no place here. */
static bool is_authority(struct text authority)
{
	struct text port = authority, host;

	next_part(&port, ':', &host);
	return host.size > 0 && host.size <= DOMAIN_MAX && consists_of(host, "-.") && is_alphanumeric(host.data[0])
	       && (!port.data || is_port(port));
}

static bool is_url(struct text text)
{
	struct text scheme = TEXT("https://");
	struct text rest = {.data = text.data + scheme.size, .size = text.size - scheme.size};
	size_t      size = 0;

	if (!text_starts_with(text, scheme))
		return false;
	for (size_t i = 0; i < rest.size; i++)
		if (rest.data[i] <= 0x20 || rest.data[i] >= 0x7f || is_one_of(rest.data[i], "\"<>\\^`{|}"))
			return false;
	while (size < rest.size && !is_one_of(rest.data[size], "/?#"))
		size++;
	return is_authority((struct text){.data = rest.data, .size = size});
}

static bool is_language(struct text text)
{
	struct text rest = text, subtag;

	while (next_part(&rest, '-', &subtag))
		if (subtag.size == 0 || subtag.size > LANGUAGE_SUBTAG_MAX || !consists_of(subtag, ""))
			return false;
	return true;
}

static bool is_region(struct text text)
{
	return text.size == 2 && text.data[0] >= 'A' && text.data[0] <= 'Z' && text.data[1] >= 'A'
	       && text.data[1] <= 'Z';
}

static bool is_time_zone(struct text text)
{
	return consists_of(text, "+-_/");
}

static bool is_base58(struct text text)
{
	for (size_t i = 0; i < text.size; i++)
		if (is_one_of(text.data[i], "0OIl"))
			return false;
	return consists_of(text, "");
}

static bool is_token(struct text text)
{
	return consists_of(text, "-_");
}

static bool is_line(struct text text)
{
	return !has_control(text, "");
}

static bool is_multiline(struct text text)
{
	return !has_control(text, "\n\t");
}

static bool is_place(struct text text)
{
	uint64_t position;
	int64_t  time_us;

	return (text_parse_u64(text, &position) && position > 0 && position <= INT64_MAX) || time_parse(text, &time_us);
}

struct format_rule {
	bool (*holds)(struct text text);
	const char *sentence;
};

static const struct format_rule format_rules[] = {
	[FORMAT_LINE] = {is_line, "must be one line without control characters"},
	[FORMAT_MULTILINE] = {is_multiline, "must not hold control characters other than line feeds and tabs"},
	[FORMAT_EMAIL] = {is_email, "is not an e-mail address"},
	[FORMAT_URL] = {is_url, "is not an https address"},
	[FORMAT_LANGUAGE] = {is_language, "is not a language tag such as en or pt-BR"},
	[FORMAT_REGION] = {is_region, "is not a country code of two capitals, such as BR"},
	[FORMAT_TIME_ZONE] = {is_time_zone, "is not a time zone's name such as Europe/Lisbon"},
	[FORMAT_BASE58] = {is_base58, "must hold only characters of base58"},
	[FORMAT_TOKEN] = {is_token, "must hold only letters, digits, - and _"},
	[FORMAT_PLACE] = {is_place, "is neither a position of the log nor a time such as 2026-01-02T03:04:05Z"},
};

/* ---------------------------------------------------------------- kinds */

/* Each check returns the sentence, or TEXT_NONE when nothing is wrong. */

/* "is longer than 120 characters", in whatever the size is counted. */
static struct text check_size(const struct field *field, uint64_t size, const char *unit, struct arena *arena)
{
	if (field->min == field->max && size != (uint64_t)field->min)
		return arena_format(arena, "must have exactly %" PRId64 " %s%s", field->min, unit,
		                    field->min == 1 ? "" : "s");
	if (size < (uint64_t)field->min && size == 0)
		return TEXT("must not be empty");
	if (size < (uint64_t)field->min)
		return arena_format(arena, "is shorter than %" PRId64 " %ss", field->min, unit);
	if (size > (uint64_t)field->max)
		return arena_format(arena, "is longer than %" PRId64 " %s%s", field->max, unit,
		                    field->max == 1 ? "" : "s");
	return TEXT_NONE;
}

static struct text check_text(const struct field *field, struct text text, struct arena *arena)
{
	const struct format_rule *rule = &format_rules[field->format];
	struct text               sentence;
	size_t                    points;

	if (!text_code_points(text, &points))
		return TEXT("is not well-formed UTF-8");
	sentence = check_size(field, points, "character", arena);
	if (sentence.data)
		return sentence;
	if (text.size > 0 && memchr(text.data, '\0', text.size))
		return TEXT("must not hold the character U+0000");
	if ((text.size == 0 && field->min == 0) || rule->holds(text))
		return TEXT_NONE;
	return text_from(rule->sentence);
}

/* PostgreSQL refuses U+0000, and U+0001 is the mark of sealed texts (personal.h); neither may hide behind an escape. */
static bool has_forbidden_character(struct text json)
{
	for (size_t i = 0; i < json.size; i++) {
		struct text escape = {.data = json.data + i, .size = json.size - i};

		if ((unsigned char)json.data[i] < 0x20 && !is_one_of(json.data[i], "\n\t\r"))
			return true;
		if (json.data[i] != '\\')
			continue;
		if (text_starts_with(escape, TEXT("\\u0000")) || text_starts_with(escape, TEXT("\\u0001")))
			return true;
		i++; /* over what is escaped, which may be a backslash */
	}
	return false;
}

static struct text check_json(const struct field *field, struct text json, struct arena *arena)
{
	size_t points;

	if (!text_code_points(json, &points))
		return TEXT("is not well-formed UTF-8");
	if (has_forbidden_character(json))
		return TEXT("must not hold the characters U+0000 or U+0001");
	return check_size(field, json.size, "byte", arena);
}

/* Bounds of 0 and 0 are none; the ends of int64_t stand for "as far as the kind reaches". */
static struct text check_integer(const struct field *field, bool below, bool above, struct arena *arena)
{
	if (field->min == 0 && field->max == 0)
		return TEXT_NONE;
	if (below)
		return arena_format(arena, "must not be less than %" PRId64, field->min);
	if (above && field->max != INT64_MAX)
		return arena_format(arena, "must not be more than %" PRId64, field->max);
	return TEXT_NONE;
}

static struct text check_unsigned(const struct field *field, uint64_t value, struct arena *arena)
{
	uint64_t min = field->min > 0 ? (uint64_t)field->min : 0;
	uint64_t max = field->max > 0 ? (uint64_t)field->max : 0;

	return check_integer(field, value<min, value> max, arena);
}

static struct text check_f64(const struct field *field, double value, struct arena *arena)
{
	if (!isfinite(value))
		return TEXT("must be a finite number");
	return check_integer(field, field->min != INT64_MIN && value<(double)field->min, value>(double) field->max,
	                     arena);
}

static struct text check_choice(const struct choice *choice, uint32_t number, struct arena *arena)
{
	struct text words = TEXT("");

	if (number >= 1 && number <= choice->count)
		return TEXT_NONE;
	for (uint32_t i = 0; i < choice->count; i++)
		words = arena_format(arena, "%.*s%s%s", TEXT_ARG(words), i > 0 ? ", " : "", choice->words[i]);
	return arena_format(arena, "must be one of: %.*s", TEXT_ARG(words));
}

static struct text check_list(const struct field *field, const struct list *list, struct arena *arena)
{
	struct text sentence = check_size(field, list->count, "item", arena);

	for (uint32_t i = 0; i < list->count && !sentence.data; i++) {
		const void *item = (const char *)list->items + (size_t)i * field->record->size;
		struct text fault;

		if (shape_validate(field->record, item, 0, arena, &fault) != STATUS_OK)
			sentence = arena_format(arena, "item %" PRIu32 ": %.*s", i + 1, TEXT_ARG(fault));
	}
	return sentence;
}

static struct text check_bytes(const struct field *field, const struct bytes *bytes, struct arena *arena)
{
	return check_size(field, bytes->size, "byte", arena);
}

static struct text check_signed(const struct field *field, int64_t value, struct arena *arena)
{
	return check_integer(field, value<field->min, value> field->max, arena);
}

static struct text check_value(const struct field *field, const void *value, struct arena *arena)
{
	switch (field->kind) {
	case KIND_TEXT:
		return check_text(field, *(const struct text *)value, arena);
	case KIND_JSON:
		return check_json(field, *(const struct text *)value, arena);
	case KIND_BYTES:
		return check_bytes(field, value, arena);
	case KIND_U32:
		return check_unsigned(field, *(const uint32_t *)value, arena);
	case KIND_U64:
		return check_unsigned(field, *(const uint64_t *)value, arena);
	case KIND_I64:
	case KIND_TIME:
		return check_signed(field, *(const int64_t *)value, arena);
	case KIND_F64:
		return check_f64(field, *(const double *)value, arena);
	case KIND_CHOICE:
		return check_choice(field->choice, *(const uint32_t *)value, arena);
	case KIND_LIST:
		return check_list(field, value, arena);
	default:
		return TEXT_NONE;
	}
}

/* ---------------------------------------------------------------- fields and shapes */

enum status field_validate(const struct field *field, const void *object, struct arena *arena, struct text *sentence)
{
	struct text fault = TEXT_NONE;

	if (field_present(field, object))
		fault = check_value(field, field_at(field, object), arena);
	else if (!(field->marks & FIELD_OPTIONAL))
		fault = TEXT("is required");
	if (!fault.data)
		return STATUS_OK;
	*sentence = fault;
	return STATUS_INVALID;
}

/* Calls itself through lists only, as deep as the schema lets records lie in one another. */
enum status shape_validate(const struct shape *shape, const void *object, uint16_t skip_marks, struct arena *arena,
                           struct text *sentence)
{
	for (uint16_t i = 0; i < shape->count; i++) {
		const struct field *field = &shape->fields[i];
		struct text         fault;

		if ((field->marks & skip_marks) || field_validate(field, object, arena, &fault) == STATUS_OK)
			continue;
		*sentence = arena_format(arena, "%s %.*s", field->name, TEXT_ARG(fault));
		return STATUS_INVALID;
	}
	return STATUS_OK;
}
