/* One event as the tools show it: decoded, checked against its leaf hash, and written out for programs or for people.
 *
 * What names a person is shown as it was read: opened, or in its sealed form (personal.h), which people see as
 * "(sealed)", or forgotten (null; "(forgotten)"). Fields marked secret are never shown. */
#ifndef ORRERY_EVENT_VIEW_H
#define ORRERY_EVENT_VIEW_H

#include "eventstore/log/reader.h"

/* Views of the record and the arena. */
struct event_view {
	const struct record     *record;
	const struct event_type *type; /* NULL: of a later build */
	const void              *event;
};

/* CORRUPT: the record does not match its leaf hash, or its payload not its shape. */
enum status event_view_read(const struct record *record, const struct opener *opener, struct arena *arena,
                            struct event_view *out) MUST_USE;

/* The noun whose stream streams[place] is; NULL when it cannot be told. */
const char *event_view_noun(const struct event_view *view, uint8_t place);

/* "user:0190…"; terminated. */
enum { EVENT_SUBJECT_SIZE = 64 + 1 + ID_TEXT_SIZE + 1 };
void event_view_subject(const struct event_view *view, uint8_t place, char out[EVENT_SUBJECT_SIZE]);

/* Appends a line of JSON: position, time, event, streams, actor, command, trace, fields. An event of a later build has
 * its number in place of event and fields. */
void event_view_json(const struct event_view *view, struct buffer *out);

/* Appends a line of JSON in the format of CloudEvents 1.0 (github.com/cloudevents/spec, JSON event format). */
void event_view_cloud(const struct event_view *view, struct id store, struct buffer *out);

/* Appends "name=value …" for people, without hashes and the id of its first stream. */
void event_view_fields(const struct event_view *view, struct buffer *out);

/* Appends one value for people. */
void event_view_value(const struct field *field, const void *event, struct buffer *out);

#endif
