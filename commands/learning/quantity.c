#include "commands/learning/quantity.h"

#include "commands/learning/character.h"
#include "commands/learning/quantity_parts.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { RUNS_MAX = 16, NUMBER_ROOM = QUANTITY_DIGITS_MAX + 16 };

/* Runs of digits and the mark before each of them but the first: '.', ',', '\'' or a blank. */
struct numeral {
	size_t      start;
	uint32_t    count;
	struct text runs[RUNS_MAX];
	char        marks[RUNS_MAX];
	uint32_t    whole; /* runs before the decimal mark */
};

bool quantity_wrong(struct quantity_reader *reader, size_t at, struct text sentence)
{
	reader->mistake->sentence = sentence;
	reader->mistake->position = character_position(reader->text, at);
	return false;
}

uint32_t quantity_peek(const struct quantity_reader *reader, size_t *size)
{
	return character_first((struct text){reader->text.data + reader->at, reader->text.size - reader->at}, size);
}

void quantity_skip_blanks(struct quantity_reader *reader)
{
	size_t size;

	while (character_is_blank(quantity_peek(reader, &size)))
		reader->at += size;
}

static bool is_digit(uint32_t character)
{
	return character >= '0' && character <= '9';
}

static bool is_minus(uint32_t character)
{
	return character == '-' || character == CHARACTER_MINUS;
}

/* ---------------------------------------------------------------- exponents */

/* Up to three digits; a fourth stays and will be a mistake of its own. */
static bool take_digits(struct quantity_reader *reader, int (*digit_of)(uint32_t character), int *out)
{
	size_t size;
	int    digits = 0, number = 0;

	while (digits < 3 && digit_of(quantity_peek(reader, &size)) >= 0) {
		number = number * 10 + digit_of(quantity_peek(reader, &size));
		reader->at += size;
		digits++;
	}
	*out = number;
	return digits > 0;
}

static int plain_digit(uint32_t character)
{
	return is_digit(character) ? (int)character - '0' : -1;
}

/* A sign and digits. */
static bool take_whole(struct quantity_reader *reader, uint32_t minus, int (*digit_of)(uint32_t character), int *out)
{
	size_t   size;
	uint32_t character = quantity_peek(reader, &size);
	bool     negative = character == minus || (minus == '-' && is_minus(character));

	if (negative || (minus == '-' && character == '+'))
		reader->at += size;
	if (!take_digits(reader, digit_of, out))
		return false;
	*out = negative ? -*out : *out;
	return true;
}

/* -3 or (-3) */
static bool take_raised(struct quantity_reader *reader, int *out)
{
	size_t size;
	bool   parenthesis = quantity_peek(reader, &size) == '(';

	reader->at += parenthesis;
	if (!take_whole(reader, '-', plain_digit, out))
		return false;
	if (parenthesis && quantity_peek(reader, &size) != ')')
		return false;
	reader->at += parenthesis;
	return true;
}

bool quantity_take_exponent(struct quantity_reader *reader, bool bare, int *exponent)
{
	size_t      size, start = reader->at;
	uint32_t    character = quantity_peek(reader, &size);
	struct text rest = {reader->text.data + start, reader->text.size - start};
	bool        taken = false;

	if (character_superscript(character) >= 0 || character == CHARACTER_SUPERSCRIPT_MINUS) {
		taken = take_whole(reader, CHARACTER_SUPERSCRIPT_MINUS, character_superscript, exponent);
	} else if (character == '^' || text_starts_with(rest, TEXT("**"))) {
		reader->at += character == '^' ? 1 : 2;
		taken = take_raised(reader, exponent);
	} else if (bare && (is_digit(character) || is_minus(character))) {
		taken = take_whole(reader, '-', plain_digit, exponent);
	}
	if (!taken)
		reader->at = start;
	return taken;
}

/* ---------------------------------------------------------------- numbers */

static size_t digits_at(const struct quantity_reader *reader, size_t at)
{
	size_t count = 0;

	while (at + count < reader->text.size && is_digit((uint8_t)reader->text.data[at + count]))
		count++;
	return count;
}

/* The mark here, if it can stand within a number; a blank or an apostrophe does before three digits only: 5 1/s. */
static char mark_at(const struct quantity_reader *reader, size_t *size)
{
	uint32_t character = quantity_peek(reader, size);

	if (character == '.' || character == ',')
		return (char)character;
	if (digits_at(reader, reader->at + *size) != 3)
		return '\0';
	if (character == '\'' || character == 0x2019)
		return '\'';
	return character_is_blank(character) ? ' ' : '\0';
}

static struct text take_run(struct quantity_reader *reader)
{
	struct text run = {.data = reader->text.data + reader->at, .size = digits_at(reader, reader->at)};

	reader->at += run.size;
	return run;
}

static bool split_runs(struct quantity_reader *reader, struct numeral *numeral)
{
	size_t size;
	char   mark;

	numeral->start = reader->at;
	numeral->runs[numeral->count++] = take_run(reader);
	while ((mark = mark_at(reader, &size)) != '\0') {
		if (numeral->count == RUNS_MAX)
			return quantity_wrong(reader, numeral->start, TEXT("The number has too many digits."));
		reader->at += size;
		numeral->marks[numeral->count] = mark;
		numeral->runs[numeral->count++] = take_run(reader);
	}
	return true;
}

static bool is_decimal_mark(char mark)
{
	return mark == '.' || mark == ',';
}

/* All marks before the last are equal. */
static bool find_decimal_mark(struct numeral *numeral)
{
	uint32_t last = numeral->count - 1;

	for (uint32_t i = 2; i < last; i++)
		if (numeral->marks[i] != numeral->marks[1])
			return false;
	numeral->whole = numeral->count;
	if (last == 0)
		return true;
	if (is_decimal_mark(numeral->marks[last]) && (last == 1 || numeral->marks[last] != numeral->marks[1]))
		numeral->whole = last;
	else if (last > 1 && numeral->marks[last] != numeral->marks[1])
		return false;
	return true;
}

static bool groups_are_of_three(const struct numeral *numeral)
{
	if (numeral->whole > 1 && (numeral->runs[0].size == 0 || numeral->runs[0].size > 3))
		return false;
	for (uint32_t i = 1; i < numeral->whole; i++)
		if (numeral->runs[i].size != 3)
			return false;
	return true;
}

static bool read_numeral(struct quantity_reader *reader, struct numeral *numeral)
{
	size_t digits = 0;

	if (!split_runs(reader, numeral))
		return false;
	for (uint32_t i = 0; i < numeral->count; i++)
		digits += numeral->runs[i].size;
	if (digits == 0)
		return quantity_wrong(reader, numeral->start, TEXT("Here a number is expected."));
	if (digits > QUANTITY_DIGITS_MAX)
		return quantity_wrong(reader, numeral->start, TEXT("The number has too many digits."));
	if (!find_decimal_mark(numeral) || !groups_are_of_three(numeral))
		return quantity_wrong(
			reader, numeral->start,
			TEXT("These marks cannot be read: one decimal mark, and groups of three digits."));
	if (numeral->whole < numeral->count && numeral->runs[numeral->whole].size == 0)
		return quantity_wrong(reader, reader->at, TEXT("Behind the decimal mark digits are missing."));
	return true;
}

/* e-3; nothing is taken unless digits follow, since 3 eV has an e too. */
static bool take_short_power(struct quantity_reader *reader, int *power)
{
	size_t   size, start = reader->at;
	uint32_t character = quantity_peek(reader, &size);

	if (character != 'e' && character != 'E')
		return false;
	reader->at += size;
	if (take_whole(reader, '-', plain_digit, power))
		return true;
	reader->at = start;
	return false;
}

static bool is_times(uint32_t character)
{
	return character == 'x' || character == '*' || character == 0xd7 || character == 0xb7 || character == 0x22c5;
}

/* ×10^-3 */
static bool take_long_power(struct quantity_reader *reader, int *power)
{
	size_t      size, start = reader->at;
	struct text rest;

	quantity_skip_blanks(reader);
	if (is_times(quantity_peek(reader, &size))) {
		reader->at += size;
		quantity_skip_blanks(reader);
		rest = (struct text){reader->text.data + reader->at, reader->text.size - reader->at};
		if (text_starts_with(rest, TEXT("10"))) {
			reader->at += 2;
			if (quantity_take_exponent(reader, false, power))
				return true;
		}
	}
	reader->at = start;
	return false;
}

static bool is_ten(const struct numeral *numeral)
{
	return numeral->count == 1 && text_is(numeral->runs[0], "10");
}

/* Zeros before the first other digit do not count; of nothing but zeros one does. */
static uint32_t significant_digits(const char *digits)
{
	uint32_t count = 0;

	for (; *digits; digits++)
		if (is_digit((uint8_t)*digits) && (count > 0 || *digits != '0'))
			count++;
	return count > 0 ? count : 1;
}

static size_t write_digits(const struct numeral *numeral, char *out)
{
	size_t size = 0;

	for (uint32_t i = 0; i < numeral->count; i++) {
		if (i == numeral->whole)
			out[size++] = '.';
		memcpy(out + size, numeral->runs[i].data, numeral->runs[i].size);
		size += numeral->runs[i].size;
	}
	out[size] = '\0';
	return size;
}

/* Decimal digits are read to the nearest double, whatever their power. */
static bool compute(struct quantity_reader *reader, const struct numeral *numeral, int power, struct quantity *out)
{
	char   digits[NUMBER_ROOM];
	size_t size = write_digits(numeral, digits);
	bool   is_zero = !strpbrk(digits, "123456789");

	out->significant_digits = significant_digits(digits);
	out->ambiguous = numeral->count == 2 && numeral->marks[1] == ',' && numeral->runs[1].size == 3
	                 && numeral->runs[0].size >= 1 && numeral->runs[0].size <= 3 && numeral->runs[0].data[0] != '0';
	snprintf(digits + size, sizeof(digits) - size, "e%d", power);
	out->number = strtod(digits, NULL);
	if (isinf(out->number))
		return quantity_wrong(reader, numeral->start, TEXT("The number is too large."));
	if (out->number == 0 && !is_zero)
		return quantity_wrong(reader, numeral->start, TEXT("The number is too small."));
	return true;
}

static bool read_number(struct quantity_reader *reader, struct quantity *out)
{
	struct numeral numeral = {0};
	size_t         size;
	uint32_t       sign;
	int            power = 0;

	quantity_skip_blanks(reader);
	sign = quantity_peek(reader, &size);
	if (is_minus(sign) || sign == '+')
		reader->at += size;
	quantity_skip_blanks(reader);
	if (!read_numeral(reader, &numeral))
		return false;
	if (is_ten(&numeral) && quantity_take_exponent(reader, false, &power))
		numeral.runs[0].size = 1;
	else if (!take_short_power(reader, &power))
		take_long_power(reader, &power);
	if (abs(power) > QUANTITY_POWER_MAX)
		return quantity_wrong(reader, numeral.start, TEXT("The power of ten is too far from zero."));
	if (!compute(reader, &numeral, power, out))
		return false;
	out->number = is_minus(sign) ? -out->number : out->number;
	return true;
}

/* ---------------------------------------------------------------- both */

static struct text trimmed_end(struct text text)
{
	while (text.size > 0 && character_is_blank((unsigned char)text.data[text.size - 1])
	       && (unsigned char)text.data[text.size - 1] < 0x80)
		text.size--;
	return text;
}

static bool is_readable(struct quantity_reader *reader)
{
	size_t points;

	if (reader->text.size <= QUANTITY_TEXT_SIZE_MAX && text_code_points(reader->text, &points))
		return true;
	*reader->mistake = (struct mistake){.sentence = TEXT("The answer is too long, or no text.")};
	return false;
}

/* The text's rest is the unit. */
static bool add_unit(struct quantity_reader *reader, struct quantity *out)
{
	quantity_skip_blanks(reader);
	out->unit = (struct text){.data = reader->text.data + reader->at, .size = reader->text.size - reader->at};
	if (!quantity_read_unit(reader, out))
		return false;
	out->value = out->number * out->factor + out->offset;
	if (!isfinite(out->value))
		return quantity_wrong(reader, 0, TEXT("The quantity is too large."));
	return true;
}

static struct quantity_reader reader_of(struct text text, struct arena *arena, struct mistake *mistake)
{
	return (struct quantity_reader){
		.text = text.data ? trimmed_end(text) : TEXT(""),
		.arena = arena,
		.mistake = mistake,
	};
}

enum status quantity_parse(struct text text, struct arena *arena, struct quantity *out, struct mistake *mistake)
{
	struct quantity_reader reader = reader_of(text, arena, mistake);
	struct quantity        quantity = {0};

	if (!is_readable(&reader) || !read_number(&reader, &quantity) || !add_unit(&reader, &quantity))
		return STATUS_INVALID;
	*out = quantity;
	return STATUS_OK;
}

enum status quantity_of(double number, struct text unit, struct arena *arena, struct quantity *out,
                        struct mistake *mistake)
{
	struct quantity_reader reader = reader_of(unit, arena, mistake);
	struct quantity        quantity = {.number = number};

	if (!is_readable(&reader) || !add_unit(&reader, &quantity))
		return STATUS_INVALID;
	*out = quantity;
	return STATUS_OK;
}
