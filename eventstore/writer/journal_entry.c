#include "eventstore/writer/journal_entry.h"

#include "eventstore/base/catalog.h"
#include "eventstore/base/require.h"
#include "eventstore/codec/codec_msgpack.h"
#include "eventstore/log/record.h"

#define FIELD(member, field_kind, ...)                                                                                 \
	{                                                                                                              \
		.name = #member, .kind = (field_kind), .offset = offsetof(struct journal_entry, member),               \
		.max = RECORD_SIZE_MAX, __VA_ARGS__                                                                    \
	}

static const struct field fields[] = {
	FIELD(command, KIND_TEXT),
	FIELD(command_id, KIND_ID),
	FIELD(actor, KIND_ID, .marks = FIELD_OPTIONAL),
	FIELD(trace, KIND_ID, .marks = FIELD_OPTIONAL),
	FIELD(time, KIND_TIME),
	FIELD(head, KIND_U64),
	FIELD(events, KIND_U32),
	FIELD(refusal, KIND_TEXT, .marks = FIELD_OPTIONAL),
	FIELD(retry_at, KIND_TIME),
	FIELD(claims, KIND_BYTES),
	FIELD(withheld, KIND_TEXT, .marks = FIELD_OPTIONAL),
	FIELD(body, KIND_BYTES),
};

const struct shape journal_entry_shape = {
	.name = "journal_entry", .fields = fields, .count = array_count(fields), .size = sizeof(struct journal_entry)};

/* ---------------------------------------------------------------- what may not lie on disk */

/* A token's hash is kept out of digests as the token is, but its event shows it to everybody who reads the log. */
static bool event_shows(const struct field *field)
{
	for (uint32_t i = 0; i < event_type_count; i++) {
		const struct field *shown = shape_field(event_types[i].shape, text_from(field->name));

		if (shown && shown->kind == field->kind && !(shown->marks & (FIELD_SECRET | FIELD_PERSONAL)))
			return true;
	}
	return false;
}

/* False when nobody's key is there to seal it under. */
static bool seal_in_place(const struct shape *shape, const struct field *field, void *command,
                          const struct sealer *sealer, struct arena *arena)
{
	struct text     *text = field_in(field, command);
	const struct id *person;
	struct bytes     sealed;

	if (field->person == PERSON_UNNAMED)
		return false;
	person = field_at(&shape->fields[field->person], command);
	if (!id_present(*person)
	    || sealer->seal(sealer->owner, *person, text_from(field->name), *text, arena, &sealed) != STATUS_OK)
		return false;
	*text = personal_form(arena, *person, text_from(field->name), sealed);
	return true;
}

static void blot_out(const struct field *field, void *command, struct arena *arena)
{
	struct bytes *bytes = field_in(field, command);
	uint8_t      *blots;

	if (field->kind == KIND_HASH) {
		memset(bytes, 0, sizeof(struct hash));
		return;
	}
	require(field->kind == KIND_TEXT || field->kind == KIND_BYTES);
	blots = arena_alloc(arena, bytes->size + 1);
	memset(blots, '*', bytes->size);
	bytes->data = blots;
}

static void withhold(struct journal_entry *entry, const struct field *field, void *command, struct arena *arena)
{
	blot_out(field, command, arena);
	entry->withheld = arena_format(arena, "%.*s%s%s", TEXT_ARG(entry->withheld), entry->withheld.data ? " " : "",
	                               field->name);
}

static void protect_fields(struct journal_entry *entry, const struct shape *shape, void *command,
                           const struct sealer *sealer, struct arena *arena)
{
	for (uint16_t i = 0; i < shape->count; i++) {
		const struct field *field = &shape->fields[i];
		bool                personal = field->marks & FIELD_PERSONAL, secret = field->marks & FIELD_SECRET;

		if ((field->marks & FIELD_INPUT) || !field_present(field, command))
			continue;
		if (secret ? !event_shows(field) : personal && !seal_in_place(shape, field, command, sealer, arena))
			withhold(entry, field, command, arena);
	}
}

/* Nothing in it to protect, and nothing that was never to be sent on. */
static bool lies_as_it_came(const struct shape *shape)
{
	for (uint16_t i = 0; i < shape->count; i++)
		if (shape->fields[i].marks & (FIELD_INPUT | FIELD_PERSONAL | FIELD_SECRET))
			return false;
	return true;
}

enum status journal_entry_protect(struct journal_entry *entry, const struct sealer *sealer, struct arena *arena)
{
	const struct command_type *type = command_type_by_name(entry->command);
	struct buffer              body = {0};
	void                      *command;

	if (!type)
		return STATUS_MALFORMED;
	if (lies_as_it_came(type->shape))
		return STATUS_OK;
	command = arena_alloc(arena, type->shape->size);
	if (msgpack_decode_shape(type->shape, entry->body, NULL, arena, command) != STATUS_OK)
		return STATUS_MALFORMED;
	protect_fields(entry, type->shape, command, sealer, arena);
	/* Without a sealer nothing can fail: what had to be sealed is. */
	require(msgpack_encode_shape(type->shape, command, FIELD_INPUT, NULL, &body) == STATUS_OK);
	entry->body = arena_bytes(arena, buffer_bytes(&body));
	buffer_finish(&body);
	return STATUS_OK;
}

bool journal_entry_withholds(const struct journal_entry *entry, struct text name)
{
	const char *at = entry->withheld.data, *end = at ? at + entry->withheld.size : NULL;

	while (at) {
		const char *blank = memchr(at, ' ', (size_t)(end - at));
		struct text word = {.data = at, .size = (size_t)((blank ? blank : end) - at)};

		if (text_equal(word, name))
			return true;
		at = blank ? blank + 1 : NULL;
	}
	return false;
}
