#include "eventstore/log/tile.h"

#include <inttypes.h>
#include <string.h>

enum { GROUP_SIZE = 3, GROUPS_MAX = 5, LEVEL_BITS = 8 };

/* ---------------------------------------------------------------- paths */

static bool take_digits(struct text *rest, size_t count, uint64_t *value)
{
	if (rest->size < count)
		return false;
	for (size_t i = 0; i < count; i++) {
		if (rest->data[i] < '0' || rest->data[i] > '9')
			return false;
		*value = *value * 10 + (uint64_t)(rest->data[i] - '0');
	}
	rest->data += count;
	rest->size -= count;
	return true;
}

/* x001/x234/067, without a group of zeroes in front. */
static bool take_index(struct text *rest, uint64_t *index)
{
	int groups = 0;

	*index = 0;
	while (text_take(rest, TEXT("x"))) {
		if (++groups == GROUPS_MAX || !take_digits(rest, GROUP_SIZE, index) || *index == 0
		    || !text_take(rest, TEXT("/")))
			return false;
	}
	return take_digits(rest, GROUP_SIZE, index);
}

static bool take_width(struct text rest, uint16_t *width)
{
	uint64_t value = TILE_WIDTH;

	if (rest.size > 0
	    && (!text_take(&rest, TEXT(".p/")) || !text_parse_u64(rest, &value) || rest.data[0] == '0'
	        || value >= TILE_WIDTH))
		return false;
	*width = (uint16_t)value;
	return true;
}

bool tile_parse(struct text path, struct tile *out)
{
	struct tile tile = {.entries = text_take(&path, TEXT("entries"))};
	uint64_t    level = 0;

	if (!tile.entries && (!take_digits(&path, 1, &level) || level >= TILE_LEVELS))
		return false;
	tile.level = (uint8_t)level;
	if (!text_take(&path, TEXT("/")) || !take_index(&path, &tile.index) || !take_width(path, &tile.width))
		return false;
	*out = tile;
	return true;
}

void tile_format(const struct tile *tile, struct buffer *out)
{
	unsigned groups[GROUPS_MAX + 2];
	size_t   count = 0;
	uint64_t rest = tile->index;

	do {
		groups[count++] = (unsigned)(rest % 1000);
		rest /= 1000;
	} while (rest > 0);
	if (tile->entries)
		buffer_append_text(out, TEXT("entries/"));
	else
		buffer_format(out, "%u/", tile->level);
	while (count-- > 1)
		buffer_format(out, "x%03u/", groups[count]);
	buffer_format(out, "%03u", groups[0]);
	if (tile->width < TILE_WIDTH)
		buffer_format(out, ".p/%u", tile->width);
}

/* ---------------------------------------------------------------- contents */

static enum status read_hashes(struct reader *reader, const struct tile *tile, struct buffer *out)
{
	struct merkle_source tree = reader_tree(reader);
	struct hash          hash;
	enum status          status = STATUS_OK;

	for (uint64_t i = 0; i < tile->width && status == STATUS_OK; i++) {
		status = tree.node(tree.owner, tile->level * LEVEL_BITS, tile->index * TILE_WIDTH + i, &hash);
		if (status == STATUS_OK)
			buffer_append(out, BYTES(hash.bytes, sizeof(hash.bytes)));
	}
	return status;
}

struct bundle {
	struct buffer *out;
	uint16_t       count;
	bool           too_large;
};

static bool append_entry(void *owner, const struct record *record)
{
	struct bundle *bundle = owner;
	uint8_t        size[2];

	bundle->too_large = record->encoded.size > TILE_ENTRY_SIZE_MAX;
	if (bundle->too_large)
		return false;
	size[0] = (uint8_t)(record->encoded.size >> 8);
	size[1] = (uint8_t)record->encoded.size;
	buffer_append(bundle->out, BYTES(size, sizeof(size)));
	buffer_append(bundle->out, record->encoded);
	bundle->count++;
	return true;
}

static enum status read_entries(struct reader *reader, const struct tile *tile, struct buffer *out)
{
	struct bundle bundle = {.out = out};
	enum status   status = reader_each(reader, tile->index * TILE_WIDTH + 1, tile->width, append_entry, &bundle);

	if (status == STATUS_OK && bundle.too_large)
		status = STATUS_TOO_LARGE;
	if (status == STATUS_OK && bundle.count < tile->width)
		status = STATUS_NOT_FOUND;
	return status;
}

enum status tile_read(struct reader *reader, const struct tile *tile, struct buffer *out)
{
	size_t      begin = out->size;
	enum status status = tile->entries ? read_entries(reader, tile, out) : read_hashes(reader, tile, out);

	if (status != STATUS_OK)
		out->size = begin;
	return status;
}

/* `count` hashes or entries of one level. */
static bool each_of_level(struct tile tile, uint64_t count, tile_visit visit, void *owner)
{
	bool more = true;

	for (tile.index = 0; tile.index < count / TILE_WIDTH && more; tile.index++) {
		tile.width = TILE_WIDTH;
		more = visit(owner, &tile);
	}
	tile.width = (uint16_t)(count % TILE_WIDTH);
	return more && (tile.width == 0 || visit(owner, &tile));
}

void tile_each(uint64_t size, bool entries, tile_visit visit, void *owner)
{
	bool more = !entries || each_of_level((struct tile){.entries = true}, size, visit, owner);

	for (uint8_t level = 0; level < TILE_LEVELS && more; level++)
		more = each_of_level((struct tile){.level = level}, size >> (level * LEVEL_BITS), visit, owner);
}
