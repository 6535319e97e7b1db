#include "commands/outcome.h"

#include "commands/unreadable.h"
#include "eventstore/base/base64.h"
#include "eventstore/base/require.h"
#include "eventstore/codec/codec_json.h"

static const char *const kinds[] = {"accepted", "refused", "nothing", "invalid", "unknown"};

static bool is_text(const struct field *field)
{
	return field->kind == KIND_TEXT || field->kind == KIND_JSON || field->kind == KIND_BYTES;
}

/* ---------------------------------------------------------------- what was recorded */

struct recollection {
	const struct journal_entry *entry;
	const struct opener        *opener;
	struct arena               *arena;
	struct outcome             *outcome;
	enum status                 status;
};

/* A bit for each text that is forgotten. */
static uint64_t forgotten_fields(const struct shape *shape, const void *event)
{
	uint64_t forgotten = 0;

	for (uint16_t i = 0; i < shape->count; i++)
		if (is_text(&shape->fields[i])
		    && text_is_forgotten(*(const struct text *)field_at(&shape->fields[i], event)))
			forgotten |= UINT64_C(1) << i;
	return forgotten;
}

/* The record's bytes end with the visit, the event does not. */
static bool recollect(void *owner, const struct record *record)
{
	struct recollection  *recollection = owner;
	struct outcome       *outcome = recollection->outcome;
	struct outcome_event *event = &outcome->events[outcome->event_count++];
	struct record         copy = *record;

	copy.payload = arena_bytes(recollection->arena, record->payload);
	recollection->status =
		record_event(&copy, recollection->opener, recollection->arena, &event->type, &event->event);
	if (recollection->status == STATUS_OK && !id_equal(record->command, recollection->entry->command_id))
		recollection->status = STATUS_CORRUPT;
	if (recollection->status == STATUS_OK)
		event->unknown = forgotten_fields(event->type->shape, event->event);
	return recollection->status == STATUS_OK;
}

enum status outcome_recorded(const struct journal_entry *entry, struct reader *reader, const struct opener *opener,
                             struct arena *arena, struct outcome *out)
{
	struct recollection recollection = {.entry = entry, .opener = opener, .arena = arena, .outcome = out};
	enum status         status;

	*out = (struct outcome){.kind = OUTCOME_NOTHING, .refusal = entry->refusal, .retry_at = entry->retry_at};
	if (entry->refusal.data)
		out->kind = OUTCOME_REFUSED;
	if (entry->events == 0)
		return STATUS_OK;
	if (entry->events > DECISION_EVENTS_MAX)
		return STATUS_CORRUPT;
	out->kind = OUTCOME_ACCEPTED;
	status = reader_each(reader, entry->head + 1, entry->events, recollect, &recollection);
	if (status == STATUS_OK)
		status = recollection.status;
	return status == STATUS_OK && out->event_count != entry->events ? STATUS_CORRUPT : status;
}

/* ---------------------------------------------------------------- what is decided now */

static uint64_t unreadable_fields(const struct shape *shape, const void *event)
{
	uint64_t unreadable = 0;

	for (uint16_t i = 0; i < shape->count; i++)
		if (is_text(&shape->fields[i])
		    && unreadable_place(((const struct text *)field_at(&shape->fields[i], event))->data)
		               != UNREADABLE_NONE)
			unreadable |= UINT64_C(1) << i;
	return unreadable;
}

void outcome_decided(const struct decision *decision, struct outcome *out)
{
	*out = (struct outcome){.kind = OUTCOME_NOTHING, .retry_at = decision->retry_at_us};
	if (decision->refusal != REFUSAL_none) {
		out->kind = OUTCOME_REFUSED;
		out->refusal = text_from(refusal_types[decision->refusal].name);
	} else if (decision->event_count > 0) {
		out->kind = OUTCOME_ACCEPTED;
	}
	out->event_count = decision->event_count;
	for (uint32_t i = 0; i < decision->event_count; i++) {
		const struct decided_event *decided = &decision->events[i];

		out->events[i] = (struct outcome_event){
			.type = decided->type,
			.event = decided->event,
			.unknown = unreadable_fields(decided->type->shape, decided->event),
		};
	}
}

/* ---------------------------------------------------------------- comparing */

static bool same_types(const struct outcome *a, const struct outcome *b)
{
	if (a->event_count != b->event_count)
		return false;
	for (uint32_t i = 0; i < a->event_count; i++)
		if (a->events[i].type != b->events[i].type)
			return false;
	return true;
}

/* A bit for each field that is known on both sides and not the same. */
static uint64_t differing_fields(const struct outcome_event *a, const struct outcome_event *b)
{
	const struct shape *shape = a->type->shape;
	uint64_t            unknown = a->unknown | b->unknown, differing = 0;

	for (uint16_t i = 0; i < shape->count; i++)
		if (!(unknown >> i & 1) && !field_equal(&shape->fields[i], a->event, b->event))
			differing |= UINT64_C(1) << i;
	return differing;
}

static bool same_refusal(const struct outcome *a, const struct outcome *b)
{
	return text_equal(a->refusal, b->refusal) && a->retry_at == b->retry_at;
}

bool outcome_agree(struct outcome *outcome, const struct outcome *other)
{
	if (outcome->kind != other->kind || !same_refusal(outcome, other) || !same_types(outcome, other))
		return false;
	for (uint32_t i = 0; i < outcome->event_count; i++)
		outcome->events[i].unknown |= differing_fields(&outcome->events[i], &other->events[i]);
	return true;
}

static bool same_events(const struct outcome *a, const struct outcome *b)
{
	if (!same_types(a, b))
		return false;
	for (uint32_t i = 0; i < a->event_count; i++)
		if (differing_fields(&a->events[i], &b->events[i]))
			return false;
	return true;
}

struct text outcome_change(const struct outcome *recorded, const struct outcome *decided, struct arena *arena)
{
	if (decided->kind == OUTCOME_UNKNOWN)
		return TEXT("unknown");
	if (recorded->kind != decided->kind)
		return arena_format(arena, "%s_to_%s", kinds[recorded->kind], kinds[decided->kind]);
	if (!same_refusal(recorded, decided))
		return TEXT("other_refusal");
	return same_events(recorded, decided) ? TEXT("same") : TEXT("other_events");
}

/* ---------------------------------------------------------------- printing */

/* The same text under the same field name has the same digest, in every run over this store. */
static struct text digest_of(const struct keys *keys, const struct field *field, struct text clear, struct arena *arena)
{
	struct hash secret = keys_secret(keys, TEXT("replay"));
	struct hash hash = hash_keyed(&secret, text_from(field->name), text_bytes(clear));
	char        digest[BASE64_SIZE(12)];

	return arena_format(arena, "digest:%.*s", (int)base64_encode(BYTES(hash.bytes, 12), digest), digest);
}

static void disguise(const struct outcome_event *event, uint16_t place, void *copy, const struct keys *keys,
                     struct arena *arena)
{
	const struct field *field = &event->type->shape->fields[place];
	struct text        *text = field_in(field, copy);

	if (!is_text(field) || !text->data)
		return;
	if (event->unknown >> place & 1)
		*text = TEXT_FORGOTTEN;
	else if ((field->marks & (FIELD_PERSONAL | FIELD_SECRET)) && !text_is_forgotten(*text))
		*text = digest_of(keys, field, *text, arena);
}

/* A copy of the event that may be shown to anybody. */
static void *disguised(const struct outcome_event *event, const struct keys *keys, struct arena *arena)
{
	const struct shape *shape = event->type->shape;
	void               *copy = memcpy(arena_alloc(arena, shape->size), event->event, shape->size);

	for (uint16_t i = 0; i < shape->count; i++)
		disguise(event, i, copy, keys, arena);
	return copy;
}

static void print_events(const struct outcome *outcome, const struct keys *keys, struct buffer *out)
{
	struct arena arena = {0};

	for (uint32_t i = 0; i < outcome->event_count; i++) {
		const struct outcome_event *event = &outcome->events[i];

		buffer_format(out, "%s{\"event\":\"%s\",\"fields\":", i > 0 ? "," : "", event->type->name);
		json_encode_shape(event->type->shape, disguised(event, keys, &arena), 0, out);
		buffer_append_text(out, TEXT("}"));
	}
	arena_finish(&arena);
}

void outcome_print(const struct outcome *outcome, const char *name, const struct keys *keys, struct buffer *out)
{
	buffer_format(out, "\"%s\":\"%s\"", name, kinds[outcome->kind]);
	if (outcome->refusal.data)
		buffer_format(out, ",\"%s_refusal\":\"%.*s\"", name, TEXT_ARG(outcome->refusal));
	if (outcome->retry_at != 0) {
		buffer_format(out, ",\"%s_retry_at\":", name);
		json_append_time(out, outcome->retry_at);
	}
	if (outcome->sentence.data) {
		buffer_format(out, ",\"%s_sentence\":", name);
		json_append_string(out, outcome->sentence);
	}
	buffer_format(out, ",\"%s_events\":[", name);
	print_events(outcome, keys, out);
	buffer_append_text(out, TEXT("]"));
}

/* One field as an object of its own, by a shape that has no other. */
static void print_field(const struct outcome_event *event, uint16_t place, const struct keys *keys, struct buffer *out)
{
	struct arena arena = {0};
	struct shape alone = *event->type->shape;

	alone.fields += place;
	alone.count = 1;
	json_encode_shape(&alone, disguised(event, keys, &arena), 0, out);
	arena_finish(&arena);
}

static void print_difference(const struct outcome_event *was, const struct outcome_event *now, uint16_t place,
                             const struct keys *keys, struct buffer *out)
{
	bool first = out->data[out->size - 1] == '[';

	buffer_format(out, "%s{\"event\":\"%s\",\"was\":", first ? "" : ",", was->type->name);
	print_field(was, place, keys, out);
	buffer_append_text(out, TEXT(",\"now\":"));
	print_field(now, place, keys, out);
	buffer_append_text(out, TEXT("}"));
}

void outcome_print_differences(const struct outcome *recorded, const struct outcome *decided, const struct keys *keys,
                               struct buffer *out)
{
	buffer_append_text(out, TEXT("["));
	for (uint32_t i = 0; same_types(recorded, decided) && i < recorded->event_count; i++) {
		uint64_t differing = differing_fields(&recorded->events[i], &decided->events[i]);

		for (uint16_t place = 0; differing >> place; place++)
			if (differing >> place & 1)
				print_difference(&recorded->events[i], &decided->events[i], place, keys, out);
	}
	buffer_append_text(out, TEXT("]"));
}
