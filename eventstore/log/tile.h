/* The log's tree and its records as the files of c2sp.org/tlog-tiles, made when they are asked for. */
#ifndef ORRERY_TILE_H
#define ORRERY_TILE_H

#include "eventstore/log/reader.h"

enum { TILE_WIDTH = 256, TILE_LEVELS = 8, TILE_ENTRY_SIZE_MAX = 65535 };

struct tile {
	bool     entries; /* records instead of hashes */
	uint8_t  level;   /* of hashes: each covers 256^level leaves */
	uint16_t width;   /* 1 to TILE_WIDTH; less is a partial tile */
	uint64_t index;
};

/* The path behind "tile/": "0/x001/234", "1/000.p/7", "entries/000". False when it is none. */
bool tile_parse(struct text path, struct tile *out);
void tile_format(const struct tile *tile, struct buffer *out);

/* Appends the tile: hashes of 32 bytes, or entries each behind its size as 2 bytes, big endian. NOT_FOUND: the log is
 * not that long yet. TOO_LARGE: an entry is longer than the format can say. */
enum status tile_read(struct reader *reader, const struct tile *tile, struct buffer *out) MUST_USE;

/* Every tile that a client needs for the tree of `size` leaves, partial ones included, in order; false stops. */
typedef bool (*tile_visit)(void *owner, const struct tile *tile);
void tile_each(uint64_t size, bool entries, tile_visit visit, void *owner);

#endif
