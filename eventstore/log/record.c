#include "eventstore/log/record.h"

#include "eventstore/base/require.h"
#include "eventstore/codec/codec_msgpack.h"

#include <endian.h>

enum {
	AT_FORMAT = 0,
	AT_STREAM_COUNT = 1,
	AT_CLAIM_COUNT = 2,
	AT_COMMAND_INDEX = 3,
	AT_COMMAND_COUNT = 4,
	AT_SHAPE_VERSION = 5,
	AT_NUMBER = 6,
	AT_POSITION = 8,
	AT_TIME = 16,
	AT_ACTOR = 24,
	AT_COMMAND = 40,
	AT_TRACE = 56,
	AT_DIGEST = 72,
};

enum { SHAPE_VERSION = 1 };

_Static_assert(AT_DIGEST + sizeof(struct digest) == RECORD_HEADER_SIZE, "the stored layout is fixed");
_Static_assert(sizeof(struct id) + 8 == RECORD_STREAM_SIZE, "the stored layout is fixed");
_Static_assert(2 + sizeof(struct hash) == RECORD_CLAIM_SIZE, "the stored layout is fixed");

static void put_little(uint8_t *at, uint64_t value, int size)
{
	for (int i = 0; i < size; i++)
		at[i] = (uint8_t)(value >> (8 * i));
}

static uint64_t get_little(const uint8_t *at, size_t size)
{
	uint64_t value = 0;

	memcpy(&value, at, size);
	return le64toh(value);
}

/* What every record must be, before it is written as after it was read. */
static bool header_holds(const struct record *record)
{
	return record->stream_count <= RECORD_STREAMS_MAX && record->claim_count <= RECORD_CLAIMS_MAX
	       && record->command_index < record->command_count && record->shape_version == SHAPE_VERSION
	       && record->number > 0 && record->position > 0;
}

/* ---------------------------------------------------------------- encoding */

static void put_header(uint8_t *at, const struct record *record)
{
	at[AT_FORMAT] = RECORD_FORMAT;
	at[AT_STREAM_COUNT] = record->stream_count;
	at[AT_CLAIM_COUNT] = record->claim_count;
	at[AT_COMMAND_INDEX] = record->command_index;
	at[AT_COMMAND_COUNT] = record->command_count;
	at[AT_SHAPE_VERSION] = record->shape_version;
	put_little(at + AT_NUMBER, record->number, 2);
	put_little(at + AT_POSITION, record->position, 8);
	put_little(at + AT_TIME, (uint64_t)record->time_us, 8);
	memcpy(at + AT_ACTOR, record->actor.bytes, sizeof(record->actor));
	memcpy(at + AT_COMMAND, record->command.bytes, sizeof(record->command));
	memcpy(at + AT_TRACE, record->trace.bytes, sizeof(record->trace));
	memcpy(at + AT_DIGEST, record->digest.bytes, sizeof(record->digest));
}

static uint8_t *put_stream(uint8_t *at, const struct record_stream *stream)
{
	require(id_present(stream->id) && stream->version > 0);
	memcpy(at, stream->id.bytes, sizeof(stream->id));
	put_little(at + sizeof(stream->id), stream->version, 8);
	return at + RECORD_STREAM_SIZE;
}

static uint8_t *put_claim(uint8_t *at, const struct record_claim *claim)
{
	require(claim->claim > 0);
	at[0] = claim->claim;
	at[1] = claim->taken;
	memcpy(at + 2, claim->value.bytes, sizeof(claim->value));
	return at + RECORD_CLAIM_SIZE;
}

static size_t payload_offset(const struct record *record)
{
	return RECORD_HEADER_SIZE + (size_t)record->stream_count * RECORD_STREAM_SIZE
	       + (size_t)record->claim_count * RECORD_CLAIM_SIZE;
}

void record_encode(const struct record *record, struct buffer *out)
{
	size_t   offset = payload_offset(record);
	uint8_t *begin, *at;

	require(header_holds(record));
	begin = buffer_reserve(out, offset + record->payload.size);
	put_header(begin, record);
	at = begin + RECORD_HEADER_SIZE;
	for (int i = 0; i < record->stream_count; i++)
		at = put_stream(at, &record->streams[i]);
	for (int i = 0; i < record->claim_count; i++)
		at = put_claim(at, &record->claims[i]);
	require(at == begin + offset);
	out->size += offset;
	buffer_append(out, record->payload);
}

/* ---------------------------------------------------------------- decoding */

static void get_header(const uint8_t *at, struct record *record)
{
	record->stream_count = at[AT_STREAM_COUNT];
	record->claim_count = at[AT_CLAIM_COUNT];
	record->command_index = at[AT_COMMAND_INDEX];
	record->command_count = at[AT_COMMAND_COUNT];
	record->shape_version = at[AT_SHAPE_VERSION];
	record->number = (uint16_t)get_little(at + AT_NUMBER, 2);
	record->position = get_little(at + AT_POSITION, 8);
	record->time_us = (int64_t)get_little(at + AT_TIME, 8);
	memcpy(record->actor.bytes, at + AT_ACTOR, sizeof(record->actor));
	memcpy(record->command.bytes, at + AT_COMMAND, sizeof(record->command));
	memcpy(record->trace.bytes, at + AT_TRACE, sizeof(record->trace));
	memcpy(record->digest.bytes, at + AT_DIGEST, sizeof(record->digest));
}

static bool get_stream(const uint8_t *at, struct record_stream *stream)
{
	memcpy(stream->id.bytes, at, sizeof(stream->id));
	stream->version = get_little(at + sizeof(stream->id), 8);
	return id_present(stream->id) && stream->version > 0;
}

static bool get_claim(const uint8_t *at, struct record_claim *claim)
{
	claim->claim = at[0];
	claim->taken = at[1] == 1;
	memcpy(claim->value.bytes, at + 2, sizeof(claim->value));
	return claim->claim > 0 && at[1] <= 1;
}

static bool lists_hold(const uint8_t *at, const struct record *header)
{
	struct record_stream stream;
	struct record_claim  claim;
	bool                 hold = true;

	for (int i = 0; i < header->stream_count; i++, at += RECORD_STREAM_SIZE)
		hold = get_stream(at, &stream) && hold;
	for (int i = 0; i < header->claim_count; i++, at += RECORD_CLAIM_SIZE)
		hold = get_claim(at, &claim) && hold;
	return hold;
}

static bool bytes_hold(struct bytes bytes)
{
	struct record header; /* and nothing else of it */

	if (bytes.size < RECORD_HEADER_SIZE || bytes.size > RECORD_SIZE_MAX || bytes.data[AT_FORMAT] != RECORD_FORMAT)
		return false;
	get_header(bytes.data, &header);
	return header_holds(&header) && payload_offset(&header) <= bytes.size
	       && lists_hold(bytes.data + RECORD_HEADER_SIZE, &header);
}

/* Looks first and then writes into the caller's memory, most of which it leaves alone: a record has room for many
 * streams and claims, and copying all of it took longer than the rest. */
enum status record_decode(struct bytes bytes, struct record *record)
{
	const uint8_t *at;

	if (!bytes_hold(bytes))
		return STATUS_CORRUPT;
	at = bytes.data + RECORD_HEADER_SIZE;
	get_header(bytes.data, record);
	for (int i = 0; i < record->stream_count; i++, at += RECORD_STREAM_SIZE)
		(void)get_stream(at, &record->streams[i]);
	for (int i = 0; i < record->claim_count; i++, at += RECORD_CLAIM_SIZE)
		(void)get_claim(at, &record->claims[i]);
	record->payload = BYTES(at, bytes.size - payload_offset(record));
	record->encoded = bytes;
	record->leaf = (struct hash){0};
	record->nodes = NULL;
	return STATUS_OK;
}

uint64_t record_position(struct bytes bytes)
{
	require(bytes.size >= RECORD_HEADER_SIZE);
	return get_little(bytes.data + AT_POSITION, 8);
}

enum status record_event(const struct record *record, const struct opener *opener, struct arena *arena,
                         const struct event_type **type, const void **event)
{
	const struct event_type *found = event_type_by_number(record->number);
	void                    *object;

	if (!found)
		return STATUS_UNSUPPORTED;
	object = arena_alloc(arena, found->shape->size);
	if (msgpack_decode_shape(found->shape, record->payload, opener, arena, object) != STATUS_OK)
		return STATUS_CORRUPT;
	*type = found;
	*event = object;
	return STATUS_OK;
}

uint64_t record_version_in(const struct record *record, struct id stream)
{
	for (int i = 0; i < record->stream_count; i++)
		if (id_equal(record->streams[i].id, stream))
			return record->streams[i].version;
	return 0;
}
