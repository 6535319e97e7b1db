#include "tools/event_view.h"

#include "eventstore/base/clock.h"
#include "eventstore/codec/codec_json.h"
#include "tools/screen.h"

#include <inttypes.h>
#include <stdio.h>

enum status event_view_read(const struct record *record, const struct opener *opener, struct arena *arena,
                            struct event_view *out)
{
	struct event_view view = {.record = record};
	struct hash       leaf = hash_leaf(record->encoded);
	enum status       status = STATUS_CORRUPT;

	if (hash_equal(&leaf, &record->leaf))
		status = record_event(record, opener, arena, &view.type, &view.event);
	if (status == STATUS_CORRUPT)
		return status;
	*out = view;
	return STATUS_OK;
}

/* ---------------------------------------------------------------- streams */

const char *event_view_noun(const struct event_view *view, uint8_t place)
{
	const struct shape *shape = view->type ? view->type->shape : NULL;

	for (uint16_t i = 0; shape && i < shape->count; i++) {
		const struct field *field = &shape->fields[i];

		if ((field->marks & FIELD_STREAM)
		    && id_equal(*(const struct id *)field_at(field, view->event), view->record->streams[place].id))
			return field->noun;
	}
	return NULL;
}

void event_view_subject(const struct event_view *view, uint8_t place, char out[EVENT_SUBJECT_SIZE])
{
	const char *noun = event_view_noun(view, place);
	char        id[ID_TEXT_SIZE + 1];

	id_format(view->record->streams[place].id, id);
	snprintf(out, EVENT_SUBJECT_SIZE, "%s%s%s", noun ? noun : "", noun ? ":" : "", id);
}

/* ---------------------------------------------------------------- for programs */

static void append_id(struct buffer *out, const char *name, struct id id)
{
	if (!id_present(id))
		return;
	buffer_format(out, ",\"%s\":", name);
	json_append_id(out, id);
}

static void append_streams(const struct event_view *view, struct buffer *out)
{
	buffer_append_text(out, TEXT(",\"streams\":["));
	for (uint8_t i = 0; i < view->record->stream_count; i++) {
		const struct record_stream *stream = &view->record->streams[i];
		const char                 *noun = event_view_noun(view, i);
		char                        text[ID_TEXT_SIZE + 1];

		id_format(stream->id, text);
		buffer_append_text(out, i ? TEXT(",{") : TEXT("{"));
		if (noun)
			buffer_format(out, "\"noun\":\"%s\",", noun);
		buffer_format(out, "\"id\":\"%s\",\"version\":%" PRIu64 "}", text, stream->version);
	}
	buffer_append_text(out, TEXT("]"));
}

void event_view_json(const struct event_view *view, struct buffer *out)
{
	const struct record *record = view->record;
	char                 time[TIME_TEXT_SIZE + 1];

	time_format(record->time_us, time);
	buffer_format(out, "{\"position\":%" PRIu64 ",\"time\":\"%s\"", record->position, time);
	if (view->type)
		buffer_format(out, ",\"event\":\"%s\"", view->type->name);
	else
		buffer_format(out, ",\"number\":%u", record->number);
	append_streams(view, out);
	append_id(out, "actor", record->actor);
	append_id(out, "command", record->command);
	append_id(out, "trace", record->trace);
	if (view->type) {
		buffer_append_text(out, TEXT(",\"fields\":"));
		json_encode_shape(view->type->shape, view->event, FIELD_SECRET, out);
	}
	buffer_append_text(out, TEXT("}\n"));
}

static void append_hex(struct buffer *out, const uint8_t *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		buffer_format(out, "%02x", bytes[i]);
}

/* W3C Trace Context wants a parent's id, which the log does not keep; part of the command's id serves. */
static void append_traceparent(const struct record *record, struct buffer *out)
{
	if (!id_present(record->trace))
		return;
	buffer_append_text(out, TEXT(",\"traceparent\":\"00-"));
	append_hex(out, record->trace.bytes, sizeof(record->trace.bytes));
	buffer_append_text(out, TEXT("-"));
	append_hex(out, record->command.bytes + 8, 8);
	buffer_append_text(out, TEXT("-01\""));
}

static void append_cloud_streams(const struct event_view *view, struct buffer *out)
{
	char subject[EVENT_SUBJECT_SIZE];

	if (view->record->stream_count == 0)
		return;
	event_view_subject(view, 0, subject);
	buffer_format(out, ",\"subject\":\"%s\",\"streams\":\"", subject);
	for (uint8_t i = 0; i < view->record->stream_count; i++) {
		event_view_subject(view, i, subject);
		buffer_format(out, "%s%s@%" PRIu64, i ? " " : "", subject, view->record->streams[i].version);
	}
	buffer_append_text(out, TEXT("\""));
}

/* The id is the command's with the event's place in it, and not the position: a log that was restored from a backup has
 * other events at the same positions. */
void event_view_cloud(const struct event_view *view, struct id store, struct buffer *out)
{
	const struct record *record = view->record;
	char                 source[ID_TEXT_SIZE + 1], command[ID_TEXT_SIZE + 1], time[TIME_TEXT_SIZE + 1];

	id_format(store, source);
	id_format(record->command, command);
	time_format(record->time_us, time);
	buffer_format(out, "{\"specversion\":\"1.0\",\"id\":\"%s-%u\",\"source\":\"urn:uuid:%s\"", command,
	              record->command_index, source);
	if (view->type)
		buffer_format(out, ",\"type\":\"orrery.%s\"", view->type->name);
	else
		buffer_format(out, ",\"type\":\"orrery.%u\"", record->number);
	append_cloud_streams(view, out);
	buffer_format(out, ",\"time\":\"%s\",\"sequence\":\"%020" PRIu64 "\"", time, record->position);
	append_id(out, "actor", record->actor);
	append_traceparent(record, out);
	if (view->type) {
		buffer_append_text(out, TEXT(",\"datacontenttype\":\"application/json\",\"data\":"));
		json_encode_shape(view->type->shape, view->event, FIELD_SECRET, out);
	}
	buffer_append_text(out, TEXT("}\n"));
}

/* ---------------------------------------------------------------- for people */

static void append_text(struct text text, struct buffer *out)
{
	if (text_is_forgotten(text))
		buffer_append_text(out, TEXT("(forgotten)"));
	else if (text.size > 0 && text.data[0] == PERSONAL_MARK)
		buffer_append_text(out, TEXT("(sealed)"));
	else {
		buffer_append_text(out, TEXT("\""));
		screen_tame(out, text);
		buffer_append_text(out, TEXT("\""));
	}
}

/* All but texts as in JSON, where it is without quotes. */
static void append_json_value(const struct field *field, const void *event, struct buffer *out)
{
	struct buffer      json = {0};
	struct field       alone = *field;
	const struct shape shape = {.name = "", .fields = &alone, .count = 1, .size = 0};
	struct text        value;

	alone.marks &= (uint16_t)~FIELD_SECRET;
	json_encode_shape(&shape, event, 0, &json);
	value = (struct text){.data = (char *)json.data, .size = json.size};
	if (value.size > strlen(field->name) + 5) { /* {"name":value} */
		value.data += strlen(field->name) + 4;
		value.size -= strlen(field->name) + 5;
	}
	if (value.size > 1 && value.data[0] == '"') {
		value.data++;
		value.size -= 2;
	}
	screen_tame(out, value);
	buffer_finish(&json);
}

void event_view_value(const struct field *field, const void *event, struct buffer *out)
{
	if (field->marks & FIELD_SECRET)
		buffer_append_text(out, TEXT("(secret)"));
	else if (field->kind == KIND_TEXT)
		append_text(*(const struct text *)field_at(field, event), out);
	else
		append_json_value(field, event, out);
}

static bool is_subject(const struct event_view *view, const struct field *field)
{
	return field->kind == KIND_ID && view->record->stream_count > 0
	       && id_equal(*(const struct id *)field_at(field, view->event), view->record->streams[0].id);
}

void event_view_fields(const struct event_view *view, struct buffer *out)
{
	const struct shape *shape = view->type ? view->type->shape : NULL;
	const char         *between = "";

	for (uint16_t i = 0; shape && i < shape->count; i++) {
		const struct field *field = &shape->fields[i];

		if ((field->marks & FIELD_SECRET) || field->kind == KIND_HASH || is_subject(view, field)
		    || !field_present(field, view->event))
			continue;
		buffer_format(out, "%s%s=", between, field->name);
		event_view_value(field, view->event, out);
		between = " ";
	}
}
