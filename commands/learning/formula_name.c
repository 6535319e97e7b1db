#include "commands/learning/character.h"
#include "commands/learning/formula_parts.h"

enum { GREEK_PI = 0x3c0 };

static const char *const greek[24] = {
	"alpha", "beta", "gamma",   "delta", "epsilon", "zeta",  "eta", "theta",   "iota", "kappa", "lambda", "mu",
	"nu",    "xi",   "omicron", "pi",    "rho",     "sigma", "tau", "upsilon", "phi",  "chi",   "psi",    "omega",
};

/* Which letter of the 24; −1 when it is none. Unicode keeps a place for the final sigma, and variants elsewhere. */
static int greek_letter(uint32_t character)
{
	static const struct {
		uint32_t character;
		int      letter;
	} variants[] = {{0xb5, 11}, {0x3c2, 17}, {0x3d1, 7}, {0x3d5, 20},  {0x3d6, 15},
	                {0x3f0, 9}, {0x3f1, 16}, {0x3f5, 4}, {0x2126, 23}, {0x2206, 3}};

	for (size_t i = 0; i < array_count(variants); i++)
		if (variants[i].character == character)
			return variants[i].letter;
	if (character >= 0x3b1 && character <= 0x3c9)
		return (int)(character - 0x3b1) - (character > 0x3c2);
	if (character >= 0x391 && character <= 0x3a9 && character != 0x3a2)
		return (int)(character - 0x391) - (character > 0x3a2);
	return -1;
}

/* The ohm and increment signs are capitals too. */
static bool greek_is_capital(uint32_t character)
{
	return (character >= 0x391 && character <= 0x3a9) || character == 0x2126 || character == 0x2206;
}

static bool is_latin(uint32_t character)
{
	return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z');
}

struct spelling {
	char  *out;
	size_t size; /* goes on counting behind the end */
	bool   low;  /* a subscript came last */
};

static void spell(struct spelling *spelling, struct text letters)
{
	for (size_t i = 0; i < letters.size; i++, spelling->size++)
		if (spelling->size < FORMULA_NAME_ROOM)
			spelling->out[spelling->size] = letters.data[i];
}

static void spell_greek(struct spelling *spelling, uint32_t character)
{
	size_t start = spelling->size;

	spell(spelling, text_from(greek[greek_letter(character)]));
	if (greek_is_capital(character) && start < FORMULA_NAME_ROOM)
		spelling->out[start] = (char)(spelling->out[start] - 'a' + 'A');
}

/* False when the character cannot stand in a name. x₁₂ is x_12. */
static bool spell_character(struct spelling *spelling, uint32_t character)
{
	bool after_low = spelling->low;
	int  digit = character_subscript(character);
	char ascii;

	spelling->low = digit >= 0;
	if (greek_letter(character) >= 0) {
		spell_greek(spelling, character);
		return true;
	}
	if (digit >= 0 && spelling->size > 0) {
		if (!after_low && spelling->size <= FORMULA_NAME_ROOM && spelling->out[spelling->size - 1] != '_')
			spell(spelling, TEXT("_"));
		character = (uint32_t)digit + '0';
	}
	ascii = (char)character;
	if (!is_latin(character) && (spelling->size == 0 || (character != '_' && (character < '0' || character > '9'))))
		return false;
	spell(spelling, (struct text){.data = &ascii, .size = 1});
	return true;
}

/* 2πr means what it says: the letter π is a name by itself, unless it has an index. */
static bool stands_alone(uint32_t first, struct text text, struct text rest)
{
	size_t   size;
	uint32_t next = character_first(rest, &size);

	return first == GREEK_PI && text.size - rest.size == sizeof("π") - 1 && next != '_'
	       && character_subscript(next) < 0;
}

size_t formula_name_take(struct text text, char out[FORMULA_NAME_ROOM], size_t *taken)
{
	struct spelling spelling = {.out = out};
	struct text     rest = text;
	uint32_t        first = text.size > 0 ? character_first(text, taken) : 0;
	size_t          size;

	while (!stands_alone(first, text, rest) && spell_character(&spelling, character_first(rest, &size))) {
		rest.data += size;
		rest.size -= size;
	}
	*taken = text.size - rest.size;
	return spelling.size;
}

/* ---------------------------------------------------------------- functions */

static const struct {
	const char            *name;
	enum formula_operation operation;
} functions[] = {
#define FUNCTION(name, arguments, value, error) {#name, FORMULA_##name},
#include "commands/learning/formula_function.def"
#undef FUNCTION
	{"arcsin", FORMULA_asin},
	{"arccos", FORMULA_acos},
	{"arctan", FORMULA_atan},
};

enum formula_operation formula_function(struct text name)
{
	for (size_t i = 0; i < array_count(functions); i++)
		if (text_is(name, functions[i].name))
			return functions[i].operation;
	return FORMULA_NUMBER;
}

uint32_t formula_arguments(enum formula_operation operation)
{
	static const uint8_t arguments[FORMULA_OPERATION_COUNT] = {
#define FUNCTION(name, count, value, error) [FORMULA_##name] = count,
#include "commands/learning/formula_function.def"
#undef FUNCTION
	};

	return arguments[operation];
}

/* ---------------------------------------------------------------- names */

static bool spell_whole(struct text name, char out[FORMULA_NAME_ROOM], struct text *spelt)
{
	size_t points, taken, size;

	if (name.size == 0 || name.size > FORMULA_TEXT_SIZE_MAX || !text_code_points(name, &points))
		return false;
	size = formula_name_take(name, out, &taken);
	if (taken != name.size || size > FORMULA_NAME_SIZE_MAX)
		return false;
	*spelt = (struct text){.data = out, .size = size};
	return true;
}

bool formula_name_valid(struct text name)
{
	char        room[FORMULA_NAME_ROOM];
	struct text spelt;

	return spell_whole(name, room, &spelt) && formula_function(spelt) == FORMULA_NUMBER;
}

bool formula_name_equal(struct text a, struct text b)
{
	char        room_a[FORMULA_NAME_ROOM], room_b[FORMULA_NAME_ROOM];
	struct text spelt_a, spelt_b;

	return spell_whole(a, room_a, &spelt_a) && spell_whole(b, room_b, &spelt_b) && text_equal(spelt_a, spelt_b);
}
