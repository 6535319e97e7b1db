#include "api/input.h"

#include "api/list_lines.h"
#include "eventstore/base/base64.h"
#include "eventstore/base/require.h"
#include "eventstore/codec/codec_msgpack.h"

enum { PAGE_DEFAULT = 50, QUERY_PARAMETERS_MAX = 32, CURSOR_DIGITS_MAX = 18 };

enum { NOT_FROM_BODY = FIELD_PATH | FIELD_CALLER | FIELD_SERVER | FIELD_DERIVED };

bool input_type_is(struct text type, const char *wanted)
{
	const char *end = type.data ? memchr(type.data, ';', type.size) : NULL;
	size_t      size = end ? (size_t)(end - type.data) : type.size;

	while (size > 0 && type.data[size - 1] == ' ')
		size--;
	type.size = size;
	return text_is(type, wanted);
}

static bool is_json_type(struct text type)
{
	return input_type_is(type, "application/json") || input_type_is(type, "application/merge-patch+json");
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Percent-decoding (RFC 3986 §2.1), and '+' as a blank where it is a form's. False: malformed. */
static bool percent_decode(struct arena *arena, struct text coded, bool form, struct text *out)
{
	char  *clear = arena_alloc(arena, coded.size + 1);
	size_t size = 0;

	for (size_t i = 0; i < coded.size; i++) {
		char c = coded.data[i];

		if (c == '%') {
			int high = i + 2 < coded.size ? hex_digit(coded.data[i + 1]) : -1;
			int low = i + 2 < coded.size ? hex_digit(coded.data[i + 2]) : -1;

			if (high < 0 || low < 0)
				return false;
			c = (char)(high << 4 | low);
			i += 2;
		} else if (c == '+' && form) {
			c = ' ';
		}
		clear[size++] = c;
	}
	*out = (struct text){.data = clear, .size = size};
	return true;
}

bool input_percent_decode(struct arena *arena, struct text coded, struct text *out)
{
	return percent_decode(arena, coded, false, out);
}

static void complain(struct exchange *exchange, struct complaints *complaints, struct text name, struct text sentence)
{
	if (complaints->count == COMPLAINTS_MAX)
		return;
	complaints->items[complaints->count++] = (struct complaint){
		.pointer = arena_format(&exchange->arena, "/%.*s", TEXT_ARG(name)), .sentence = sentence};
}

static void set_field(struct exchange *exchange, const struct field *field, struct text coded, bool form,
                      struct complaints *complaints)
{
	struct text clear;

	if (!percent_decode(&exchange->arena, coded, form, &clear))
		complain(exchange, complaints, text_from(field->name), TEXT("is not well percent-encoded"));
	else if (field_from_text(field, clear, &exchange->arena, exchange->input, complaints) != STATUS_OK)
		return; /* the complaint was noted */
}

static const struct shape *input_shape(const struct exchange *exchange)
{
	return exchange->route->command ? exchange->route->command->shape : exchange->route->query->shape;
}

static void read_path(struct exchange *exchange, struct complaints *complaints)
{
	for (uint32_t i = 0; i < exchange->match.count; i++) {
		const struct field *field = shape_field(input_shape(exchange), exchange->match.names[i]);

		require(field != NULL);
		set_field(exchange, field, exchange->match.values[i], false, complaints);
	}
}

/* One name=value; a parameter that the query does not have, or has twice, is refused. */
static void read_parameter(struct exchange *exchange, struct text part, uint64_t *seen, struct complaints *complaints)
{
	const struct shape *shape = input_shape(exchange);
	const char         *equals = memchr(part.data, '=', part.size);
	struct text         name = {.data = part.data, .size = equals ? (size_t)(equals - part.data) : part.size};
	struct text         value = {.data = part.data + part.size, .size = 0};
	const struct field *field = exchange->route->query ? shape_field(shape, name) : NULL;

	if (equals)
		value = (struct text){.data = equals + 1, .size = part.size - name.size - 1};
	name = arena_text(&exchange->arena, name);
	if (!field || (field->marks & NOT_FROM_BODY) || field->kind == KIND_LIST || field->kind == KIND_JSON)
		complain(exchange, complaints, name, TEXT("is not a parameter of this request"));
	else if (*seen & 1ull << (field - shape->fields))
		complain(exchange, complaints, name, TEXT("is given twice"));
	else {
		*seen |= 1ull << (field - shape->fields);
		set_field(exchange, field, value, true, complaints);
	}
}

static void read_query(struct exchange *exchange, struct complaints *complaints)
{
	struct text rest = exchange->asker->query;
	uint64_t    seen = 0;

	for (int i = 0; rest.size > 0 && i < QUERY_PARAMETERS_MAX; i++) {
		const char *and = memchr(rest.data, '&', rest.size);
		struct text part = {.data = rest.data, .size = and? (size_t)(and-rest.data) : rest.size};

		if (part.size > 0)
			read_parameter(exchange, part, &seen, complaints);
		rest.data += part.size + (and != NULL);
		rest.size -= part.size + (and != NULL);
	}
}

static bool has_body_fields(const struct shape *shape)
{
	for (uint16_t i = 0; i < shape->count; i++)
		if (!(shape->fields[i].marks & NOT_FROM_BODY))
			return true;
	return false;
}

static bool method_has_body(const struct exchange *exchange)
{
	const char *method = exchange->route->method;

	return strcmp(method, "GET") != 0 && strcmp(method, "DELETE") != 0;
}

static enum pace read_body(struct exchange *exchange, struct complaints *complaints)
{
	struct bytes        body = exchange->asker->body;
	const struct shape *shape = input_shape(exchange);
	enum status         status;

	if (exchange->route->preparation->reads_body)
		return GO_ON;
	if (body.size > 0 && !is_json_type(exchange_header(exchange, "content-type")))
		return exchange_say(exchange, 415, "not_json", TEXT("The body must be application/json."));
	if (!method_has_body(exchange) || !has_body_fields(shape))
		return body.size == 0 || !method_has_body(exchange) || bytes_equal(body, BYTES("{}", 2))
		               ? GO_ON
		               : exchange_say(exchange, 400, "no_body_expected", TEXT("This request takes no body."));
	status = json_decode_shape(shape, body, NOT_FROM_BODY, &exchange->arena, exchange->input, complaints);
	if (status == STATUS_MALFORMED)
		return exchange_say(exchange, 400, "malformed_json",
		                    complaints->count > 0 ? complaints->items[0].sentence
		                                          : TEXT("The body is not a JSON object."));
	return GO_ON;
}

/* What a cursor says: a row's id, or what the rows are ordered by, a number, and the id behind a colon. */
static bool is_place_in_list(struct text clear)
{
	size_t    digits = 0;
	struct id id;

	while (digits < clear.size && digits < CURSOR_DIGITS_MAX && clear.data[digits] >= '0'
	       && clear.data[digits] <= '9')
		digits++;
	if (digits > 0 && digits < clear.size && clear.data[digits] == ':')
		clear = (struct text){.data = clear.data + digits + 1, .size = clear.size - digits - 1};
	return clear.size == ID_TEXT_SIZE && id_parse(clear, &id);
}

/* Whoever made up a cursor learns it here. */
static void open_cursor(struct exchange *exchange, struct complaints *complaints)
{
	const struct field *field = exchange->route->query && exchange->route->query->list
	                                    ? shape_field(input_shape(exchange), TEXT("cursor"))
	                                    : NULL;
	struct text        *cursor = field ? field_in(field, exchange->input) : NULL;
	uint8_t             clear[BASE64_SIZE(CURSOR_DIGITS_MAX + 1 + ID_TEXT_SIZE)];
	struct text         place = {.data = (const char *)clear};

	if (!cursor || !cursor->data)
		return;
	if (cursor->size <= sizeof(clear) && base64_decode(*cursor, clear, &place.size) && is_place_in_list(place))
		*cursor = arena_text(&exchange->arena, place);
	else
		complain(exchange, complaints, TEXT("cursor"), TEXT("is not the `next` of a page"));
}

void input_go_on_behind(struct exchange *exchange, struct text place)
{
	*(struct text *)exchange_field(exchange, "cursor") = arena_text(&exchange->arena, place);
}

static void set_caller(struct exchange *exchange)
{
	const struct shape *shape = input_shape(exchange);

	for (uint16_t i = 0; i < shape->count; i++)
		if (shape->fields[i].marks & FIELD_CALLER)
			*(struct id *)field_in(&shape->fields[i], exchange->input) = exchange->claims.user;
}

/* A repeated command must make the same ids. */
static void set_fresh(struct exchange *exchange)
{
	const struct shape *shape = input_shape(exchange);

	for (uint16_t i = 0; i < shape->count; i++) {
		const struct field *field = &shape->fields[i];

		if ((field->marks & FIELD_FRESH) && !field_present(field, exchange->input))
			*(struct id *)field_in(field, exchange->input) =
				id_derived(field->name, &exchange->command_id, 1);
	}
}

/* What was done before it could be sent has a time of its own. It is no part of the request's digest: who sends again
 * under the same key may say another time, and gets the first answer. */
static enum pace read_client_time(struct exchange *exchange)
{
	struct text         given = exchange_header(exchange, "client-time");
	const struct shape *shape = input_shape(exchange);
	struct complaints  *unsaid = arena_new(&exchange->arena, struct complaints);

	for (uint16_t i = 0; given.data && i < shape->count; i++) {
		const struct field *field = &shape->fields[i];

		if ((field->marks & FIELD_CLIENT_TIME)
		    && field_from_text(field, given, &exchange->arena, exchange->input, unsaid) != STATUS_OK)
			return exchange_say(exchange, 400, "client_time_malformed",
			                    TEXT("Client-Time must be a time such as 2026-01-02T03:04:05Z."));
	}
	return GO_ON;
}

static bool missing(const struct exchange *exchange, const struct field *field)
{
	bool in_query = exchange->route->query && !method_has_body(exchange);

	return in_query && !(field->marks & (FIELD_OPTIONAL | NOT_FROM_BODY)) && !field_present(field, exchange->input);
}

static enum pace invalid(struct exchange *exchange, const struct complaints *complaints, uint32_t about_path)
{
	struct problem nowhere = {.http = 404,
	                          .name = "no_such_path",
	                          .title = TEXT("There is nothing at this path."),
	                          .complaints = complaints};

	/* What does not exist cannot be named by a path. */
	if (about_path == 1 && complaints->count == 1 && exchange->asker->body.size == 0
	    && exchange->asker->query.size == 0)
		return exchange_problem(exchange, &nowhere);
	return exchange_invalid(exchange, complaints);
}

enum pace input_read(struct exchange *exchange)
{
	struct complaints  *complaints = arena_new(&exchange->arena, struct complaints);
	const struct shape *shape = input_shape(exchange);
	uint32_t            about_path;

	exchange->command = exchange->route->command;
	exchange->input = arena_alloc(&exchange->arena, shape->size);
	set_caller(exchange);
	if (read_client_time(exchange) == DONE)
		return DONE;
	read_path(exchange, complaints);
	about_path = complaints->count;
	read_query(exchange, complaints);
	open_cursor(exchange, complaints);
	if (read_body(exchange, complaints) == DONE)
		return DONE;
	for (uint16_t i = 0; i < shape->count; i++)
		if (missing(exchange, &shape->fields[i]))
			complain(exchange, complaints, text_from(shape->fields[i].name), TEXT("is required"));
	set_fresh(exchange);
	shape_derive(shape, exchange->input);
	return complaints->count > 0 ? invalid(exchange, complaints, about_path) : GO_ON;
}

/* ---------------------------------------------------------------- what is sent on */

static bool is_strong_secret(const struct field *field)
{
	return field->kind == KIND_TEXT && field->format == FORMAT_TOKEN;
}

void input_digest(const struct exchange *exchange, struct digest *digest)
{
	const struct shape *shape = exchange->command->shape;
	struct buffer       bytes = {0};
	struct hash         hash;

	buffer_append_text(&bytes, text_from(exchange->route->method));
	buffer_append_text(&bytes, text_from(exchange->route->path));
	buffer_append(&bytes, BYTES(exchange->claims.user.bytes, 16));
	/* Without passwords: a fast hash of one must not lie in the log for ever. Tokens are long enough to bear it. */
	require(msgpack_encode_shape(shape, exchange->input, FIELD_SERVER | FIELD_DERIVED | FIELD_SECRET, NULL, &bytes)
	        == STATUS_OK);
	for (uint16_t i = 0; i < shape->count; i++)
		if ((shape->fields[i].marks & FIELD_INPUT) && is_strong_secret(&shape->fields[i]))
			buffer_append_text(&bytes, *(const struct text *)field_at(&shape->fields[i], exchange->input));
	if (exchange->route->preparation->reads_body && shape_field(shape, TEXT("hash")))
		buffer_append(&bytes, BYTES(exchange_field(exchange, "hash"), sizeof(struct hash)));
	hash = hash_keyed(&exchange->lane->service->command_secret, TEXT("digest"), buffer_bytes(&bytes));
	buffer_finish(&bytes);
	memcpy(digest->bytes, hash.bytes, sizeof(digest->bytes));
}

void input_page(struct exchange *exchange)
{
	const struct shape *shape = exchange->route->query->shape;
	const struct field *limit = shape_field(shape, TEXT("limit"));

	if (!exchange->route->query->list || !limit)
		return;
	exchange->all_pages = list_lines_wanted(exchange) && !field_present(limit, exchange->input);
	if (exchange->all_pages)
		exchange->page = (uint32_t)limit->max;
	else if (field_present(limit, exchange->input))
		exchange->page = *(const uint32_t *)field_at(limit, exchange->input);
	else
		exchange->page = PAGE_DEFAULT;
	*(uint32_t *)field_in(limit, exchange->input) = exchange->page + 1;
	*((bool *)exchange->input + limit->has_offset) = true;
}
