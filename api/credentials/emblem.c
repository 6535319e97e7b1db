#include "api/credentials/emblem.h"

#include "api/credentials/png.h"
#include "eventstore/base/deflate.h"
#include "eventstore/base/hash.h"

#include <math.h>

enum { CENTRE = EMBLEM_SIZE / 2, ROW_SIZE = 1 + EMBLEM_SIZE, PLANETS = 3 };

/* Indices into the palette; 0 is transparent. */
enum colour { NOTHING, SKY, ORBIT, PLANET, SUN, RIM, COLOUR_COUNT };

/* In pixels. */
static const double sky_radius = 122, rim_width = 6, sun_radius = 22, orbit_width = 2;
static const double orbits[PLANETS] = {46, 72, 98}, planets[PLANETS] = {7, 10, 8};

struct planet {
	double x, y, radius;
};

static void place_planets(const struct hash *hash, struct planet out[PLANETS])
{
	for (int i = 0; i < PLANETS; i++) {
		double angle = hash->bytes[i + 1] * 2 * M_PI / 256;

		out[i] = (struct planet){orbits[i] * cos(angle), orbits[i] * sin(angle), planets[i]};
	}
}

static enum colour colour_at(double x, double y, const struct planet all[PLANETS])
{
	double distance = hypot(x, y);

	if (distance > sky_radius)
		return NOTHING;
	if (distance > sky_radius - rim_width)
		return RIM;
	if (distance < sun_radius)
		return SUN;
	for (int i = 0; i < PLANETS; i++)
		if (hypot(x - all[i].x, y - all[i].y) < all[i].radius)
			return PLANET;
	for (int i = 0; i < PLANETS; i++)
		if (fabs(distance - orbits[i]) < orbit_width / 2)
			return ORBIT;
	return SKY;
}

/* Rows of palette indices, each behind a zero: not filtered (W3C PNG §9). */
static void draw_rows(const struct hash *hash, uint8_t rows[EMBLEM_SIZE][ROW_SIZE])
{
	struct planet all[PLANETS];

	place_planets(hash, all);
	for (int y = 0; y < EMBLEM_SIZE; y++) {
		rows[y][0] = 0;
		for (int x = 0; x < EMBLEM_SIZE; x++)
			rows[y][1 + x] = (uint8_t)colour_at(x - CENTRE + 0.5, y - CENTRE + 0.5, all);
	}
}

/* A part of a hue, at full saturation: 0 red, 1 green, 2 blue. */
static uint8_t hue_part(uint8_t hue, int part, double brightness)
{
	double angle = hue * 2 * M_PI / 256 - part * 2 * M_PI / 3;

	return (uint8_t)(brightness * 255 * (0.5 + 0.5 * cos(angle)));
}

static void choose_palette(const struct hash *hash, uint8_t palette[COLOUR_COUNT][3])
{
	static const uint8_t fixed[COLOUR_COUNT][3] = {
		[ORBIT] = {130, 140, 170}, [PLANET] = {235, 235, 245}, [SUN] = {255, 200, 60}};

	memcpy(palette, fixed, sizeof(fixed));
	for (int part = 0; part < 3; part++) {
		palette[SKY][part] = hue_part(hash->bytes[0], part, 0.3);
		palette[RIM][part] = hue_part(hash->bytes[0], part, 0.8);
	}
}

void emblem_draw(struct text seed, struct buffer *out)
{
	/* Width and height, eight bits a pixel, by palette, the only ways to pack and filter, not interlaced. */
	static const uint8_t header[] = {
		0, 0, EMBLEM_SIZE >> 8, EMBLEM_SIZE & 0xff, 0, 0, EMBLEM_SIZE >> 8, EMBLEM_SIZE & 0xff, 8, 3, 0, 0, 0};
	static const uint8_t transparent[] = {0};
	struct hash          hash = hash_sha256(text_bytes(seed));
	uint8_t              palette[COLOUR_COUNT][3], rows[EMBLEM_SIZE][ROW_SIZE];
	struct buffer        packed = {0};

	choose_palette(&hash, palette);
	draw_rows(&hash, rows);
	zlib_append(BYTES(rows, sizeof(rows)), &packed);
	png_append_signature(out);
	png_append_chunk(out, "IHDR", BYTES(header, sizeof(header)));
	png_append_chunk(out, "PLTE", BYTES(palette, sizeof(palette)));
	png_append_chunk(out, "tRNS", BYTES(transparent, sizeof(transparent)));
	png_append_chunk(out, "IDAT", buffer_bytes(&packed));
	png_append_chunk(out, "IEND", BYTES(NULL, 0));
	buffer_finish(&packed);
}
