#include "api/archive/tar.h"

#include "eventstore/base/require.h"

#include <stdio.h>

/* Where the fields of a head lie, and how long they are. */
enum {
	MODE_AT = 100,
	UID_AT = 108,
	GID_AT = 116,
	SIZE_AT = 124,
	TIME_AT = 136,
	CHECKSUM_AT = 148,
	KIND_AT = 156,
	MAGIC_AT = 257,
	PREFIX_AT = 345,
	SIZE_BYTES = 12,
	CHECKSUM_BYTES = 8,
	PREFIX_BYTES = 155,
	FILE_BYTES_MAX_BITS = 33,
};

/* ---------------------------------------------------------------- writing */

size_t tar_padding(uint64_t bytes)
{
	return (size_t)(-bytes & (TAR_BLOCK_BYTES - 1));
}

uint64_t tar_size(uint64_t bytes)
{
	return TAR_BLOCK_BYTES + bytes + tar_padding(bytes);
}

/* The sum of all bytes of the head, its own field taken for blanks. */
static uint32_t checksum(const uint8_t head[TAR_BLOCK_BYTES])
{
	uint32_t sum = 0;

	for (int i = 0; i < TAR_BLOCK_BYTES; i++)
		sum += i >= CHECKSUM_AT && i < CHECKSUM_AT + CHECKSUM_BYTES ? ' ' : head[i];
	return sum;
}

static void put(uint8_t *head, int at, const char *text)
{
	memcpy(head + at, text, strlen(text));
}

void tar_append_head(struct buffer *out, struct text name, uint64_t bytes)
{
	uint8_t *head = buffer_reserve(out, TAR_BLOCK_BYTES);
	char     number[SIZE_BYTES];

	require(name.size <= TAR_NAME_BYTES_MAX && bytes >> FILE_BYTES_MAX_BITS == 0);
	memset(head, 0, TAR_BLOCK_BYTES);
	memcpy(head, name.data, name.size);
	put(head, MODE_AT, "0000644");
	put(head, UID_AT, "0000000");
	put(head, GID_AT, "0000000");
	snprintf(number, sizeof(number), "%011llo", (unsigned long long)bytes);
	put(head, SIZE_AT, number);
	put(head, TIME_AT, "00000000000");
	head[KIND_AT] = '0';
	memcpy(head + MAGIC_AT, "ustar\00000", 8);
	snprintf(number, sizeof(number), "%06o", (unsigned)checksum(head));
	put(head, CHECKSUM_AT, number);
	head[CHECKSUM_AT + CHECKSUM_BYTES - 1] = ' ';
	out->size += TAR_BLOCK_BYTES;
}

static void append_zeros(struct buffer *out, size_t count)
{
	memset(buffer_reserve(out, count), 0, count);
	out->size += count;
}

void tar_append_padding(struct buffer *out, uint64_t bytes)
{
	append_zeros(out, tar_padding(bytes));
}

void tar_append_end(struct buffer *out)
{
	append_zeros(out, TAR_END_BYTES);
}

/* ---------------------------------------------------------------- reading */

static enum status malformed(const char **mistake, const char *sentence)
{
	*mistake = sentence;
	return STATUS_MALFORMED;
}

static bool all_zeros(struct bytes bytes)
{
	for (size_t i = 0; i < bytes.size; i++)
		if (bytes.data[i] != 0)
			return false;
	return true;
}

/* Octal digits, which NULs or blanks may follow; a field of blanks is none. */
static bool read_number(const uint8_t *field, size_t size, uint64_t *out)
{
	uint64_t number = 0;
	size_t   i = 0;

	while (i < size && field[i] == ' ')
		i++;
	if (i == size || field[i] < '0' || field[i] > '7')
		return false;
	for (; i < size && field[i] >= '0' && field[i] <= '7'; i++)
		number = number << 3 | (uint64_t)(field[i] - '0');
	for (; i < size; i++)
		if (field[i] != 0 && field[i] != ' ')
			return false;
	*out = number;
	return true;
}

/* Of POSIX, or as GNU's tar writes it. */
static bool has_magic(const uint8_t *head)
{
	return memcmp(head + MAGIC_AT, "ustar\00000", 8) == 0 || memcmp(head + MAGIC_AT, "ustar  ", 8) == 0;
}

static const char *packed_otherwise(struct bytes bytes)
{
	if (bytes.size >= 2 && bytes.data[0] == 0x1f && bytes.data[1] == 0x8b)
		return "is compressed by gzip; send the tar inside";
	if (bytes.size >= 4 && memcmp(bytes.data, "PK\003\004", 4) == 0)
		return "is a ZIP; send a tar";
	return "is no tar, or its beginning is damaged";
}

static const char *check_head(struct bytes rest)
{
	const uint8_t *head = rest.data;
	uint64_t       sum;

	if (rest.size < TAR_BLOCK_BYTES)
		return "ends in the middle of a file's head";
	if (!has_magic(head))
		return packed_otherwise(rest);
	if (!read_number(head + CHECKSUM_AT, CHECKSUM_BYTES, &sum) || sum != checksum(head))
		return "has a file's head with a wrong checksum";
	if (!all_zeros(BYTES(head + PREFIX_AT, PREFIX_BYTES)))
		return "has a file with a longer name than files of courses have";
	return NULL;
}

static struct text name_of(const uint8_t *head)
{
	struct text name = {.data = (const char *)head, .size = strnlen((const char *)head, TAR_NAME_BYTES_MAX)};

	text_take(&name, TEXT("./"));
	return name;
}

/* Two blocks of zeros, or more, and nothing behind them. */
static enum status check_end(struct bytes rest, const char **mistake)
{
	if (!all_zeros(rest))
		return malformed(mistake, "has something behind its end");
	return rest.size < TAR_END_BYTES ? malformed(mistake, "was cut off: its end is missing") : STATUS_NOT_FOUND;
}

/* Takes what the head tells of off the front. */
static enum status take(struct tar *tar, struct tar_file *file, const char **mistake)
{
	const uint8_t *head = tar->rest.data;
	uint64_t       bytes;

	if (!read_number(head + SIZE_AT, SIZE_BYTES, &bytes))
		return malformed(mistake, "has a file whose size is no number");
	if (bytes > tar->rest.size || tar_size(bytes) > tar->rest.size)
		return malformed(mistake, "ends in the middle of a file");
	*file = (struct tar_file){.name = name_of(head), .bytes = BYTES(head + TAR_BLOCK_BYTES, (size_t)bytes)};
	tar->rest = BYTES(head + tar_size(bytes), tar->rest.size - (size_t)tar_size(bytes));
	return STATUS_OK;
}

enum status tar_next(struct tar *tar, struct tar_file *file, const char **mistake)
{
	for (;;) {
		const char *wrong;
		uint8_t     kind;
		enum status status;

		if (tar->rest.size == 0
		    || (tar->rest.data[0] == 0 && tar->rest.size >= TAR_BLOCK_BYTES
		        && all_zeros(BYTES(tar->rest.data, TAR_BLOCK_BYTES))))
			return check_end(tar->rest, mistake);
		wrong = check_head(tar->rest);
		if (wrong)
			return malformed(mistake, wrong);
		kind = tar->rest.data[KIND_AT];
		if (kind != '0' && kind != 0 && kind != '5')
			return malformed(mistake, "has something that is neither a file nor a folder");
		status = take(tar, file, mistake);
		if (status != STATUS_OK || kind != '5')
			return status;
	}
}
