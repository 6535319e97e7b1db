#include "commands/learning/decimal.h"

#include "eventstore/base/require.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum {
	SIDE_MAX = 9,
	NUMBER_SIZE_MAX = 40,
	FORMAT_ROOM = 64,
	/* Numbers with these powers of ten are written out: 0.0012 and 150000. */
	PLAIN_POWER_MIN = -4,
	PLAIN_POWER_MAX = 5,
};

_Static_assert((int)DECIMAL_WHOLE_MAX == (int)SIDE_MAX && (int)DECIMAL_PLACES_MAX == (int)SIDE_MAX, "18 digits fit");

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Adds them to the number behind those it has, unless that is NULL or they are too many for either side of a point. */
static uint32_t take_digits(struct text *rest, int64_t *number)
{
	uint32_t count = 0;

	while (rest->size > 0 && is_digit(rest->data[0])) {
		if (number && count < SIDE_MAX)
			*number = *number * 10 + (rest->data[0] - '0');
		count++;
		rest->data++;
		rest->size--;
	}
	return count;
}

bool decimal_parse(struct text text, struct decimal *out)
{
	struct text rest = text;
	bool        negative = text_take(&rest, TEXT("-"));
	int64_t     units = 0;
	uint32_t    whole = take_digits(&rest, &units), places = 0;

	if (whole == 0 || whole > DECIMAL_WHOLE_MAX)
		return false;
	if (text_take(&rest, TEXT("."))) {
		places = take_digits(&rest, &units);
		if (places == 0 || places > DECIMAL_PLACES_MAX)
			return false;
	}
	if (rest.size > 0)
		return false;
	*out = (struct decimal){.units = negative ? -units : units, .places = places};
	return true;
}

struct decimal decimal_with_places(struct decimal decimal, uint32_t places)
{
	require(places >= decimal.places && places <= DECIMAL_PLACES_MAX);
	for (; decimal.places < places; decimal.places++)
		decimal.units *= 10;
	return decimal;
}

struct text decimal_text(struct decimal decimal, struct arena *arena)
{
	int64_t scale = 1, size = llabs(decimal.units);

	for (uint32_t i = 0; i < decimal.places; i++)
		scale *= 10;
	if (decimal.places == 0)
		return arena_format(arena, "%" PRId64, decimal.units);
	return arena_format(arena, "%s%" PRId64 ".%0*" PRId64, decimal.units < 0 ? "-" : "", size / scale,
	                    (int)decimal.places, size % scale);
}

/* digits[.digits][e[±]digits] */
static bool is_number(struct text rest)
{
	uint32_t digits;

	text_take(&rest, TEXT("-"));
	digits = take_digits(&rest, NULL);
	if (text_take(&rest, TEXT(".")))
		digits = digits > 0 && take_digits(&rest, NULL) > 0;
	if (digits == 0)
		return false;
	if (text_take(&rest, TEXT("e")) || text_take(&rest, TEXT("E"))) {
		if (!text_take(&rest, TEXT("-")))
			text_take(&rest, TEXT("+"));
		if (take_digits(&rest, NULL) == 0)
			return false;
	}
	return rest.size == 0;
}

bool decimal_read(struct text text, double *out)
{
	char   copy[NUMBER_SIZE_MAX + 1];
	double number;

	if (text.size > NUMBER_SIZE_MAX || !is_number(text))
		return false;
	memcpy(copy, text.data, text.size);
	copy[text.size] = '\0';
	number = strtod(copy, NULL);
	if (!isfinite(number))
		return false;
	*out = number;
	return true;
}

double decimal_rounded(double number, uint32_t digits)
{
	char copy[FORMAT_ROOM];

	require(digits >= 1 && digits <= DECIMAL_SIGNIFICANT_MAX);
	if (!isfinite(number) || number == 0)
		return number + 0.0; /* no negative zero */
	snprintf(copy, sizeof(copy), "%.*e", (int)digits - 1, number);
	return strtod(copy, NULL);
}

/* ×10⁻³⁴ */
static struct text raised_power(int power, struct arena *arena)
{
	static const char *const digits[] = {"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"};
	char                     plain[8], raised[FORMAT_ROOM] = "×10";

	snprintf(plain, sizeof(plain), "%d", power);
	for (const char *c = plain; *c; c++)
		strcat(raised, *c == '-' ? "⁻" : digits[*c - '0']);
	return arena_text(arena, text_from(raised));
}

struct text decimal_significant(double number, uint32_t digits, struct arena *arena)
{
	char  copy[FORMAT_ROOM];
	char *exponent;
	int   power, places;

	require(digits >= 1 && digits <= DECIMAL_SIGNIFICANT_MAX);
	snprintf(copy, sizeof(copy), "%.*e", (int)digits - 1, number + 0.0);
	exponent = strchr(copy, 'e');
	if (!exponent)
		return arena_text(arena, text_from(copy)); /* inf, nan */
	power = atoi(exponent + 1);
	if (power < PLAIN_POWER_MIN || power > PLAIN_POWER_MAX) {
		struct text raised = raised_power(power, arena);

		return arena_format(arena, "%.*s%.*s", (int)(exponent - copy), copy, TEXT_ARG(raised));
	}
	places = (int)digits - 1 - power;
	return arena_format(arena, "%.*f", places > 0 ? places : 0, strtod(copy, NULL));
}
