#include "eventstore/feed/session_keys.h"

#include "eventstore/feed/protocol.h"

enum status session_keys_open(struct session_keys *keys, const char *directory, bool walked)
{
	keys->walked = walked;
	return keys_box_open(directory, KV_READ, &keys->box);
}

void session_keys_close(struct session_keys *keys)
{
	keys_box_close(keys->box);
}

bool session_keys_due(const struct session_keys *keys)
{
	return keys->box && !keys->walked;
}

/* Who is forgotten, or has no key, has none to be told. */
static enum status append_key(struct session_keys *keys, struct id person, struct buffer *frames)
{
	struct {
		struct id          person;
		struct wrapped_key key;
	} body = {.person = person};
	enum status status = keys_box_read(keys->box, person, &body.key);

	_Static_assert(sizeof(body) == sizeof(struct id) + KEYS_WRAPPED_SIZE, "no padding on the wire");
	if (status == STATUS_OK)
		feed_append(frames, FEED_KEY, 0, BYTES(&body, sizeof(body)));
	return status == STATUS_FORGOTTEN || status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

enum status session_keys_walk(struct session_keys *keys, size_t size_max, struct buffer *frames)
{
	enum status status = id_present(keys->walked_to) ? STATUS_OK : append_key(keys, ID_NONE, frames);

	while (status == STATUS_OK && frames->size < size_max) {
		status = keys_box_next(keys->box, &keys->walked_to);
		if (status == STATUS_OK)
			status = append_key(keys, keys->walked_to, frames);
	}
	if (status != STATUS_NOT_FOUND)
		return status;
	feed_append(frames, FEED_KEYS_DONE, 0, BYTES("", 0));
	keys->walked = true;
	return STATUS_OK;
}

static bool has_sealed(const struct shape *shape)
{
	for (uint16_t i = 0; i < shape->count; i++)
		if (shape->fields[i].marks & FIELD_PERSONAL)
			return true;
	return false;
}

static enum status append_keys_of_event(struct session_keys *keys, const struct shape *shape, const void *event,
                                        struct buffer *frames)
{
	struct id   told = ID_NONE; /* mostly all of them are one person's */
	enum status status = STATUS_OK;

	for (uint16_t i = 0; i < shape->count && status == STATUS_OK; i++) {
		const struct field *field = &shape->fields[i];
		struct id           person;

		if (!(field->marks & FIELD_PERSONAL) || !field_present(field, event))
			continue;
		person = *(const struct id *)field_at(&shape->fields[field->person], event);
		if (!id_equal(person, told))
			status = append_key(keys, person, frames);
		told = person;
	}
	return status;
}

enum status session_keys_of(struct session_keys *keys, const struct record *record, struct buffer *frames)
{
	const struct event_type *type = event_type_by_number(record->number);
	struct arena             arena = {0};
	const void              *event;
	enum status              status;

	if (!keys->box || !type || !has_sealed(type->shape))
		return STATUS_OK;
	status = record_event(record, NULL, &arena, &type, &event);
	if (status == STATUS_OK)
		status = append_keys_of_event(keys, type->shape, event, frames);
	arena_finish(&arena);
	return status;
}
