/* Units: symbols with prefixes and exponents, multiplied and divided. */
#include "commands/learning/character.h"
#include "commands/learning/quantity_parts.h"

#include <math.h>
#include <stdlib.h>

/* So that the sum over all factors stays far from the end of 16 bits. */
enum { DIMENSION_MAX = 100 };

struct unit {
	const char       *symbol;
	bool              prefixes;
	double            factor;
	double            offset;
	struct dimensions dimensions;
};

static const struct unit units[] = {
#define UNIT(symbol, prefixes, factor, offset, ...) {symbol, prefixes, factor, offset, {{__VA_ARGS__}}},
#include "commands/learning/quantity_unit.def"
#undef UNIT
};

/* SI Brochure, 9th edition with the prefixes of 2022; μ is the letter, the micro sign, or u. */
static const struct {
	const char *symbol;
	double      factor;
} prefixes[] = {
	{"da", 1e1},  {"h", 1e2},   {"k", 1e3},   {"M", 1e6},   {"G", 1e9},   {"T", 1e12},  {"P", 1e15},
	{"E", 1e18},  {"Z", 1e21},  {"Y", 1e24},  {"R", 1e27},  {"Q", 1e30},  {"d", 1e-1},  {"c", 1e-2},
	{"m", 1e-3},  {"μ", 1e-6},  {"µ", 1e-6},  {"u", 1e-6},  {"n", 1e-9},  {"p", 1e-12}, {"f", 1e-15},
	{"a", 1e-18}, {"z", 1e-21}, {"y", 1e-24}, {"r", 1e-27}, {"q", 1e-30},
};

/* A product of units so far. */
struct product {
	double            factor;
	double            offset; /* of a single symbol that stands alone */
	struct dimensions dimensions;
	uint32_t          count; /* of symbols */
};

static bool read_product(struct quantity_reader *reader, uint32_t depth, struct product *out);

double quantity_power(double x, int exponent)
{
	double result = 1;

	for (int i = abs(exponent); i > 0; i--)
		result *= x;
	return exponent < 0 ? 1 / result : result;
}

/* ---------------------------------------------------------------- symbols */

static const struct unit *unit_by_symbol(struct text symbol)
{
	for (size_t i = 0; i < array_count(units); i++)
		if (text_is(symbol, units[i].symbol))
			return &units[i];
	return NULL;
}

static bool find_unit(struct text symbol, struct product *out)
{
	const struct unit *unit = unit_by_symbol(symbol);

	if (unit) {
		*out = (struct product){unit->factor, unit->offset, unit->dimensions, 1};
		return true;
	}
	for (size_t i = 0; i < array_count(prefixes); i++) {
		struct text rest = symbol;

		if (!text_take(&rest, text_from(prefixes[i].symbol)))
			continue;
		unit = unit_by_symbol(rest);
		if (unit && unit->prefixes) {
			*out = (struct product){prefixes[i].factor * unit->factor, 0, unit->dimensions, 1};
			return true;
		}
	}
	return false;
}

static bool is_symbol_character(uint32_t character)
{
	if (character < 0x80)
		return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z')
		       || character == '%' || character == '\'' || character == '"';
	return !character_is_blank(character) && character_superscript(character) < 0 && character != 0xb7
	       && character != 0xd7 && character != 0x22c5 && character != CHARACTER_MINUS
	       && character != CHARACTER_SUPERSCRIPT_MINUS;
}

static struct text take_symbol(struct quantity_reader *reader)
{
	size_t size, start = reader->at;

	while (is_symbol_character(quantity_peek(reader, &size)))
		reader->at += size;
	return (struct text){.data = reader->text.data + start, .size = reader->at - start};
}

static bool is_digit_at(const struct quantity_reader *reader, size_t at)
{
	return at < reader->text.size && reader->text.data[at] >= '0' && reader->text.data[at] <= '9';
}

/* A symbol, a 1 before a slash, or a product in parentheses; without its exponent. */
static bool read_base(struct quantity_reader *reader, uint32_t depth, struct product *out)
{
	size_t      size, start = reader->at;
	uint32_t    character = quantity_peek(reader, &size);
	struct text symbol;

	if (character == '(') {
		reader->at++;
		if (depth == QUANTITY_DEPTH_MAX)
			return quantity_wrong(reader, start, TEXT("Too many parentheses lie in one another here."));
		if (!read_product(reader, depth + 1, out))
			return false;
		if (quantity_peek(reader, &size) != ')')
			return quantity_wrong(reader, start, TEXT("This parenthesis is not closed."));
		reader->at++;
		out->offset = 0;
		return true;
	}
	if (character == '1' && !is_digit_at(reader, start + 1)) {
		reader->at++;
		*out = (struct product){.factor = 1};
		return true;
	}
	symbol = take_symbol(reader);
	if (symbol.size == 0)
		return quantity_wrong(reader, start, TEXT("Here a unit is expected."));
	if (symbol.size <= QUANTITY_UNIT_SIZE_MAX && find_unit(symbol, out))
		return true;
	return quantity_wrong(reader, start,
	                      symbol.size > QUANTITY_UNIT_SIZE_MAX
	                              ? TEXT("This is no unit.")
	                              : arena_format(reader->arena, "There is no unit \"%.*s\".", TEXT_ARG(symbol)));
}

/* ---------------------------------------------------------------- products */

static bool read_factor(struct quantity_reader *reader, uint32_t depth, struct product *out)
{
	size_t start = reader->at;
	int    exponent;

	if (!read_base(reader, depth, out))
		return false;
	if (!quantity_take_exponent(reader, true, &exponent))
		return true;
	if (abs(exponent) > QUANTITY_EXPONENT_MAX)
		return quantity_wrong(reader, start, TEXT("The exponent of this unit is too large."));
	out->factor = quantity_power(out->factor, exponent);
	out->offset = exponent == 1 ? out->offset : 0;
	for (int i = 0; i < QUANTITY_DIMENSIONS; i++) {
		int raised = out->dimensions.exponents[i] * exponent;

		if (abs(raised) > DIMENSION_MAX)
			return quantity_wrong(reader, start, TEXT("The exponent of this unit is too large."));
		out->dimensions.exponents[i] = (int16_t)raised;
	}
	return true;
}

static void multiply(struct product *product, const struct product *factor, bool divide)
{
	product->factor = divide ? product->factor / factor->factor : product->factor * factor->factor;
	product->offset = product->count == 0 && !divide ? factor->offset : 0;
	product->count += factor->count;
	for (int i = 0; i < QUANTITY_DIMENSIONS; i++)
		product->dimensions.exponents[i] +=
			(int16_t)(divide ? -factor->dimensions.exponents[i] : factor->dimensions.exponents[i]);
}

/* What parts factors: '*' for all products, '/' for a division; 0 at the end of a product. */
static char take_sign(struct quantity_reader *reader)
{
	size_t   size, start = reader->at;
	uint32_t character;
	bool     blanks;

	quantity_skip_blanks(reader);
	blanks = reader->at > start;
	character = quantity_peek(reader, &size);
	if (character == '/' || character == '*' || character == '.' || character == 0xb7 || character == 0xd7
	    || character == 0x22c5) {
		reader->at += size;
		quantity_skip_blanks(reader);
		return character == '/' ? '/' : '*';
	}
	return (blanks && is_symbol_character(character)) || character == '(' ? '*' : '\0';
}

static bool read_product(struct quantity_reader *reader, uint32_t depth, struct product *out)
{
	struct product product = {.factor = 1}, factor;
	char           sign = '*';
	bool           divided = false;

	quantity_skip_blanks(reader);
	while (sign != '\0') {
		size_t start = reader->at;

		if (divided && sign != '/')
			return quantity_wrong(reader, start, TEXT("Behind a slash, put several units in parentheses."));
		if (!read_factor(reader, depth, &factor))
			return false;
		multiply(&product, &factor, sign == '/');
		if (product.count > QUANTITY_FACTORS_MAX)
			return quantity_wrong(reader, start, TEXT("The unit has too many factors."));
		divided = sign == '/';
		sign = take_sign(reader);
	}
	*out = product;
	return true;
}

bool quantity_read_unit(struct quantity_reader *reader, struct quantity *out)
{
	struct product product = {.factor = 1};

	if (reader->at < reader->text.size && !read_product(reader, 0, &product))
		return false;
	if (reader->at < reader->text.size)
		return quantity_wrong(reader, reader->at, TEXT("Here the unit ends, but more is written."));
	if (!isnormal(product.factor))
		return quantity_wrong(reader, reader->at, TEXT("The unit is too large or too small."));
	out->factor = product.factor;
	out->offset = product.count == 1 ? product.offset : 0;
	out->dimensions = product.dimensions;
	return true;
}
