/* The layout of a file on the shelf (shelf.h). */
#include "eventstore/base/require.h"
#include "eventstore/disk/whole_file.h"
#include "physics/service/shelf_parts.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

enum { BLOCK_ENTRY_SIZE = 28, FILE_PATH_SIZE = 4096 };

static const char magic[8] = {'O', 'R', 'R', 'Y', 'R', 'U', 'N', '1'};

void hash_hex(const struct hash *hash, char out[HASH_HEX_SIZE])
{
	for (size_t i = 0; i < sizeof(hash->bytes); i++)
		snprintf(out + 2 * i, 3, "%02x", hash->bytes[i]);
}

static int nibble(char letter)
{
	if (letter >= '0' && letter <= '9')
		return letter - '0';
	return letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
}

bool hash_from_hex(const char *hex, struct hash *out)
{
	struct hash hash;

	if (strlen(hex) != HASH_HEX_SIZE - 1)
		return false;
	for (size_t i = 0; i < sizeof(hash.bytes); i++) {
		int high = nibble(hex[2 * i]), low = nibble(hex[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		hash.bytes[i] = (uint8_t)(high << 4 | low);
	}
	*out = hash;
	return true;
}

/* ---------------------------------------------------------------- composing */

static void append_u32(struct buffer *out, uint32_t value)
{
	value = htole32(value);
	buffer_append(out, BYTES(&value, sizeof(value)));
}

static void append_u64(struct buffer *out, uint64_t value)
{
	value = htole64(value);
	buffer_append(out, BYTES(&value, sizeof(value)));
}

static void append_sized(struct buffer *out, struct bytes bytes)
{
	append_u32(out, (uint32_t)bytes.size);
	buffer_append(out, bytes);
}

static void append_index(struct buffer *out, const struct track *track, uint32_t count, uint64_t offset)
{
	append_u32(out, count);
	for (uint32_t i = 0; i < count; i++) {
		const struct track_block *block = &track->blocks[i];

		append_u32(out, block->first);
		append_u32(out, block->count);
		append_u32(out, block->raw_size);
		append_u32(out, block->packed_size);
		append_u32(out, block->crc);
		append_u64(out, offset);
		offset += block->packed_size;
	}
}

void shelf_compose(const struct shelf_run *run, bool frames, struct buffer *out)
{
	uint32_t count = frames ? run->track.block_count : 0;
	size_t   head = 16 + run->scene.size + run->accepted.size + run->done.size + (size_t)count * BLOCK_ENTRY_SIZE;
	size_t   began = out->size;
	struct hash sum;

	buffer_append(out, BYTES(magic, sizeof(magic)));
	append_u32(out, run->cpu_ms);
	append_u32(out, (uint32_t)head);
	append_sized(out, run->scene);
	append_sized(out, run->accepted);
	append_sized(out, run->done);
	append_index(out, &run->track, count, SHELF_START_SIZE + head + sizeof(sum.bytes));
	require(out->size - began == SHELF_START_SIZE + head);
	sum = hash_sha256(BYTES(out->data + began, out->size - began));
	buffer_append(out, BYTES(sum.bytes, sizeof(sum.bytes)));
	for (uint32_t i = 0; i < count; i++)
		buffer_append(out, BYTES(run->track.blocks[i].packed, run->track.blocks[i].packed_size));
}

static bool write_all(int file, struct bytes bytes)
{
	size_t written = 0;

	while (written < bytes.size) {
		ssize_t size = write(file, bytes.data + written, bytes.size - written);

		if (size < 0 && errno != EINTR)
			return false;
		written += size > 0 ? (size_t)size : 0;
	}
	return true;
}

enum status shelf_replace(const char *path, struct bytes bytes)
{
	char draft[FILE_PATH_SIZE + 8];
	int  file;
	bool whole;

	snprintf(draft, sizeof(draft), "%s.draft", path);
	file = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (file < 0)
		return STATUS_IO;
	whole = write_all(file, bytes);
	close(file);
	if (whole && rename(draft, path) == 0)
		return STATUS_OK;
	unlink(draft);
	return errno == ENOSPC ? STATUS_FULL : STATUS_IO;
}

enum status shelf_write(const char *folder, const struct hash *hash, struct bytes file, uint32_t cpu_ms)
{
	char path[FILE_PATH_SIZE], name[HASH_HEX_SIZE];

	hash_hex(hash, name);
	if ((size_t)snprintf(path, sizeof(path), "%s/%s", folder, name) >= sizeof(path))
		return STATUS_TOO_LARGE;
	return cpu_ms < SHELF_QUICK_CPU_MS ? shelf_replace(path, file) : whole_file_write(path, file, 0600);
}

/* ---------------------------------------------------------------- reading */

struct cursor {
	const uint8_t *at, *end;
	bool           short_of;
};

static uint64_t take_number(struct cursor *cursor, size_t size)
{
	uint64_t value = 0;

	if ((size_t)(cursor->end - cursor->at) < size) {
		cursor->short_of = true;
		return 0;
	}
	memcpy(&value, cursor->at, size);
	cursor->at += size;
	return le64toh(value);
}

static struct bytes take_sized(struct cursor *cursor)
{
	size_t       size = (size_t)take_number(cursor, 4);
	struct bytes bytes = BYTES(cursor->at, size);

	if ((size_t)(cursor->end - cursor->at) < size)
		cursor->short_of = true;
	else
		cursor->at += size;
	return cursor->short_of ? BYTES("", 0) : bytes;
}

static enum status take_index(struct cursor *cursor, struct track *track)
{
	uint32_t    count = (uint32_t)take_number(cursor, 4);
	enum status status = STATUS_OK;

	for (uint32_t i = 0; i < count && status == STATUS_OK && !cursor->short_of; i++) {
		struct track_block block = {
			.first = (uint32_t)take_number(cursor, 4),
			.count = (uint32_t)take_number(cursor, 4),
			.raw_size = (uint32_t)take_number(cursor, 4),
			.packed_size = (uint32_t)take_number(cursor, 4),
			.crc = (uint32_t)take_number(cursor, 4),
			.offset = take_number(cursor, 8),
		};

		status = cursor->short_of ? STATUS_CORRUPT : track_know(track, &block);
	}
	return status;
}

enum status shelf_start_read(struct bytes start, struct shelf_start *out)
{
	struct cursor cursor;

	if (start.size < SHELF_START_SIZE || memcmp(start.data, magic, sizeof(magic)) != 0)
		return STATUS_CORRUPT;
	cursor = (struct cursor){start.data + sizeof(magic), start.data + start.size, false};
	out->cpu_ms = (uint32_t)take_number(&cursor, 4);
	out->head_size = (uint32_t)take_number(&cursor, 4);
	return out->head_size <= SHELF_HEAD_BYTES_MAX ? STATUS_OK : STATUS_CORRUPT;
}

/* run->head holds the file up to the end of the check sum. */
enum status shelf_head_read(struct shelf_run *run)
{
	struct bytes       all = buffer_bytes(&run->head);
	struct shelf_start start;
	struct cursor      cursor;
	struct hash        sum;
	enum status        status = shelf_start_read(all, &start);

	if (status != STATUS_OK || all.size != SHELF_START_SIZE + start.head_size + sizeof(sum.bytes))
		return STATUS_CORRUPT;
	sum = hash_sha256(BYTES(all.data, all.size - sizeof(sum.bytes)));
	if (memcmp(sum.bytes, all.data + all.size - sizeof(sum.bytes), sizeof(sum.bytes)) != 0)
		return STATUS_CORRUPT;
	cursor = (struct cursor){all.data + SHELF_START_SIZE, all.data + all.size - sizeof(sum.bytes), false};
	run->cpu_ms = start.cpu_ms;
	run->scene = take_sized(&cursor);
	run->accepted = take_sized(&cursor);
	run->done = take_sized(&cursor);
	status = take_index(&cursor, &run->track);
	return cursor.short_of || cursor.at != cursor.end ? STATUS_CORRUPT : status;
}

void shelf_run_finish(struct shelf_run *run)
{
	buffer_finish(&run->head);
	track_finish(&run->track);
}
