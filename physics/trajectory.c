#include "physics/trajectory.h"

#include "eventstore/base/require.h"

#include <endian.h>
#include <math.h>
#include <stdlib.h>

enum { FRAME = 1, FLAG_KEY = 1, FLAG_SLEEP = 2, HEAD_BYTES = 6, VARINT_BYTES_MAX = 10 };

/* A body that went astray in the last step is still told of. */
#define COUNT_MAX 4e18

static bool moves(const struct scene_body *body)
{
	return body->type != BODY_STATIC;
}

uint32_t trajectory_bodies(const struct scene *scene)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < scene->body_count; i++)
		count += moves(&scene->bodies[i]);
	return count;
}

double trajectory_quantum(const struct scene *scene, enum solver_mode mode)
{
	return mode == SOLVER_PRECISE && trajectory_bodies(scene) < TRAJECTORY_FINE_BODIES ? TRAJECTORY_QUANTUM_FINE
	                                                                                   : TRAJECTORY_QUANTUM;
}

/* What both ends remember: the counts of the two frames before, 3 a body: x of all, y of all, angles. */
struct history {
	uint32_t  count;
	uint64_t *before, *earlier; /* modulo 2^64, so that no difference overflows */
};

static void history_init(struct history *history, uint32_t bodies)
{
	history->count = 3 * bodies;
	history->before = calloc(history->count + 1U, sizeof(uint64_t));
	history->earlier = calloc(history->count + 1U, sizeof(uint64_t));
	require(history->before != NULL && history->earlier != NULL);
}

static void history_finish(struct history *history)
{
	free(history->before);
	free(history->earlier);
}

static uint64_t history_guess(const struct history *history, uint32_t i, bool key)
{
	return key ? 0 : 2 * history->before[i] - history->earlier[i];
}

/* Behind a key frame the line through two frames is level. */
static void history_note(struct history *history, uint32_t i, bool key, uint64_t count)
{
	history->earlier[i] = key ? count : history->before[i];
	history->before[i] = count;
}

/* ---------------------------------------------------------------- writing */

struct trajectory_writer {
	const struct scene *scene;
	double              quantum;
	uint32_t            bodies;
	struct history      history;
};

struct trajectory_writer *trajectory_writer_create(const struct scene *scene, double quantum)
{
	struct trajectory_writer *writer = calloc(1, sizeof(*writer));

	require(writer != NULL && quantum > 0);
	writer->scene = scene;
	writer->quantum = quantum;
	writer->bodies = trajectory_bodies(scene);
	history_init(&writer->history, writer->bodies);
	return writer;
}

void trajectory_writer_destroy(struct trajectory_writer *writer)
{
	if (!writer)
		return;
	history_finish(&writer->history);
	free(writer);
}

static uint64_t count_of(double value, double quantum)
{
	double count = floor(value / quantum + 0.5);

	return (uint64_t)(int64_t)fmax(-COUNT_MAX, fmin(COUNT_MAX, count));
}

static uint64_t fold(uint64_t value)
{
	return (value << 1) ^ (0 - (value >> 63));
}

static uint8_t *put_varint(uint8_t *at, uint64_t value)
{
	while (value >= 0x80) {
		*at++ = (uint8_t)(value | 0x80);
		value >>= 7;
	}
	*at++ = (uint8_t)value;
	return at;
}

static double member(const struct body_state *body, uint32_t column)
{
	return column == 0 ? body->position.x : column == 1 ? body->position.y : body->angle;
}

static uint8_t *put_columns(struct trajectory_writer *writer, const struct solver_frame *frame, bool key, uint8_t *at)
{
	struct history *history = &writer->history;
	uint32_t        place = 0;

	for (uint32_t column = 0; column < 3; column++) {
		for (uint32_t i = 0; i < writer->scene->body_count; i++) {
			uint64_t count;

			if (!moves(&writer->scene->bodies[i]))
				continue;
			count = count_of(member(&frame->bodies[i], column), writer->quantum);
			at = put_varint(at, fold(count - history_guess(history, place, key)));
			history_note(history, place++, key, count);
		}
	}
	return at;
}

static bool any_sleeps(const struct scene *scene, const struct solver_frame *frame)
{
	for (uint32_t i = 0; i < scene->body_count; i++) {
		if (frame->sleeping[i] && moves(&scene->bodies[i]))
			return true;
	}
	return false;
}

static uint8_t *put_sleepers(const struct scene *scene, const struct solver_frame *frame, uint8_t *at)
{
	uint32_t place = 0;

	for (uint32_t i = 0; i < scene->body_count; i++) {
		if (!moves(&scene->bodies[i]))
			continue;
		at[place / 8] = (uint8_t)((place % 8 == 0 ? 0 : at[place / 8]) | frame->sleeping[i] << place % 8);
		place++;
	}
	return at + (place + 7) / 8;
}

void trajectory_write(struct trajectory_writer *writer, const struct solver_frame *frame, struct buffer *out)
{
	size_t   most = HEAD_BYTES + writer->bodies / 8 + 1 + 3UL * writer->bodies * VARINT_BYTES_MAX;
	uint8_t *start = buffer_reserve(out, most), *at = start;
	uint32_t step = htole32(frame->step);
	bool     key = frame->step % TRAJECTORY_KEY_FRAMES == 0, sleep = any_sleeps(writer->scene, frame);

	*at++ = FRAME;
	memcpy(at, &step, sizeof(step));
	at += sizeof(step);
	*at++ = (uint8_t)((key ? FLAG_KEY : 0) | (sleep ? FLAG_SLEEP : 0));
	if (sleep)
		at = put_sleepers(writer->scene, frame, at);
	at = put_columns(writer, frame, key, at);
	out->size += (size_t)(at - start);
}

/* ---------------------------------------------------------------- reading */

struct trajectory_reader {
	double         quantum;
	uint32_t       bodies;
	struct history history;
	double        *values;
	bool          *sleeping;
	bool           begun;
	uint32_t       step;
};

struct trajectory_reader *trajectory_reader_create(uint32_t body_count, double quantum)
{
	struct trajectory_reader *reader = calloc(1, sizeof(*reader));

	require(reader != NULL);
	reader->quantum = quantum;
	reader->bodies = body_count;
	history_init(&reader->history, body_count);
	reader->values = calloc(3UL * body_count + 1, sizeof(double));
	reader->sleeping = calloc(body_count + 1UL, sizeof(bool));
	require(reader->values != NULL && reader->sleeping != NULL);
	return reader;
}

void trajectory_reader_destroy(struct trajectory_reader *reader)
{
	if (!reader)
		return;
	history_finish(&reader->history);
	free(reader->values);
	free(reader->sleeping);
	free(reader);
}

static bool take_bytes(struct bytes *rest, void *into, size_t size)
{
	if (rest->size < size)
		return false;
	memcpy(into, rest->data, size);
	*rest = BYTES(rest->data + size, rest->size - size);
	return true;
}

static bool take_varint(struct bytes *rest, uint64_t *out)
{
	uint64_t value = 0;

	for (size_t i = 0; i < VARINT_BYTES_MAX && i < rest->size; i++) {
		value |= (uint64_t)(rest->data[i] & 0x7f) << (7 * i);
		if (rest->data[i] < 0x80) {
			*out = value;
			*rest = BYTES(rest->data + i + 1, rest->size - i - 1);
			return true;
		}
	}
	return false;
}

static bool take_sleepers(struct trajectory_reader *reader, bool some, struct bytes *rest)
{
	size_t size = some ? (reader->bodies + 7) / 8 : 0;

	if (rest->size < size)
		return false;
	for (uint32_t i = 0; i < reader->bodies; i++)
		reader->sleeping[i] = some && (rest->data[i / 8] >> i % 8 & 1);
	*rest = BYTES(rest->data + size, rest->size - size);
	return true;
}

static bool take_columns(struct trajectory_reader *reader, bool key, struct bytes *rest)
{
	struct history *history = &reader->history;

	for (uint32_t i = 0; i < history->count; i++) {
		uint64_t folded, count;

		if (!take_varint(rest, &folded))
			return false;
		count = ((folded >> 1) ^ (0 - (folded & 1))) + history_guess(history, i, key);
		history_note(history, i, key, count);
		reader->values[i] = (double)(int64_t)count * reader->quantum;
	}
	return true;
}

enum status trajectory_read(struct trajectory_reader *reader, struct bytes *rest, struct trajectory_frame *out)
{
	uint8_t  type, flags;
	uint32_t step;
	bool     key;

	if (rest->size == 0)
		return STATUS_NOT_FOUND;
	if (!take_bytes(rest, &type, 1) || !take_bytes(rest, &step, sizeof(step)) || !take_bytes(rest, &flags, 1))
		return STATUS_CORRUPT;
	step = le32toh(step);
	key = flags & FLAG_KEY;
	if (type != FRAME || flags > (FLAG_KEY | FLAG_SLEEP) || (!key && (!reader->begun || step != reader->step + 1)))
		return STATUS_CORRUPT;
	reader->begun = take_sleepers(reader, flags & FLAG_SLEEP, rest) && take_columns(reader, key, rest);
	if (!reader->begun)
		return STATUS_CORRUPT;
	reader->step = step;
	*out = (struct trajectory_frame){
		.step = step,
		.key = key,
		.body_count = reader->bodies,
		.x = reader->values,
		.y = reader->values + reader->bodies,
		.angle = reader->values + 2UL * reader->bodies,
		.sleeping = reader->sleeping,
	};
	return STATUS_OK;
}

/* ---------------------------------------------------------------- the chain */

void trajectory_chain_finish(struct trajectory_chain *chain)
{
	buffer_finish(&chain->checkpoints);
	buffer_finish(&chain->state);
	*chain = (struct trajectory_chain){0};
}

static void put_u32(struct buffer *out, uint32_t value)
{
	uint32_t bytes = htole32(value);

	buffer_append(out, BYTES(&bytes, sizeof(bytes)));
}

static void put_double(struct buffer *out, double value)
{
	uint64_t bytes;

	memcpy(&bytes, &value, sizeof(bytes));
	bytes = htole64(bytes);
	buffer_append(out, BYTES(&bytes, sizeof(bytes)));
}

static void put_body(struct buffer *out, const struct body_state *body)
{
	put_double(out, body->position.x);
	put_double(out, body->position.y);
	put_double(out, body->velocity.x);
	put_double(out, body->velocity.y);
	put_double(out, body->angle);
	put_double(out, body->angular_velocity);
}

void trajectory_chain_add(struct trajectory_chain *chain, const struct scene *scene, const struct solver_frame *frame)
{
	struct buffer *state = &chain->state;
	struct hash    before = chain->link;

	state->size = 0;
	for (uint32_t i = 0; i < scene->body_count; i++)
		put_body(state, &frame->bodies[i]);
	put_u32(state, frame->collision_count);
	for (uint32_t i = 0; i < frame->collision_count; i++) {
		put_double(state, frame->collisions[i].time_s);
		put_u32(state, frame->collisions[i].first);
		put_u32(state, frame->collisions[i].second);
		put_double(state, frame->collisions[i].impulse_ns);
	}
	chain->link = hash_keyed(&before, TEXT("orrery.frame.1"), buffer_bytes(state));
	if (++chain->frames % TRAJECTORY_KEY_FRAMES == 0)
		buffer_append(&chain->checkpoints, BYTES(chain->link.bytes, sizeof(chain->link.bytes)));
}

void trajectory_chain_checkpoints(const struct trajectory_chain *chain, struct buffer *out)
{
	buffer_append(out, buffer_bytes(&chain->checkpoints));
	if (chain->frames % TRAJECTORY_KEY_FRAMES != 0)
		buffer_append(out, BYTES(chain->link.bytes, sizeof(chain->link.bytes)));
}
