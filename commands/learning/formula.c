#include "commands/learning/formula.h"

#include "commands/learning/character.h"
#include "commands/learning/formula_parts.h"
#include "eventstore/base/require.h"

#include <math.h>
#include <stdlib.h>

enum { NUMBER_SIZE_MAX = 40 };

/* What an operand ended with: it decides whether a product sign may be left out behind it. */
enum ending { ENDS_WITH_NUMBER, ENDS_WITH_NAME, ENDS_WITH_PARENTHESIS, ENDS_WITH_SUPERSCRIPT };

struct parser {
	struct text         text;
	size_t              at;
	const struct text  *names;
	uint32_t            name_count;
	struct arena       *arena;
	struct mistake     *mistake;
	uint32_t            depth;
	enum ending         ending;
	bool                after_pi;     /* the operand ended with the letter π */
	bool                raised;       /* the operand ended with an exponent behind ^ */
	size_t              after_blanks; /* where the last blanks ended */
	uint32_t            count;
	struct formula_node nodes[FORMULA_NODES_MAX];
};

static bool parse_sum(struct parser *parser);
static bool parse_signed(struct parser *parser);

static bool wrong_at(struct parser *parser, size_t at, struct text sentence)
{
	parser->mistake->sentence = sentence;
	parser->mistake->position = character_position(parser->text, at);
	return false;
}

static bool wrong(struct parser *parser, const char *sentence)
{
	return wrong_at(parser, parser->at, text_from(sentence));
}

/* ---------------------------------------------------------------- characters and nodes */

static uint32_t peek(const struct parser *parser, size_t *size)
{
	struct text rest = {.data = parser->text.data + parser->at, .size = parser->text.size - parser->at};

	return character_first(rest, size);
}

static void skip_blanks(struct parser *parser)
{
	size_t size;

	while (character_is_blank(peek(parser, &size))) {
		parser->at += size;
		parser->after_blanks = parser->at;
	}
}

/* The character that comes after blanks; 0 at the end. */
static uint32_t next(struct parser *parser)
{
	size_t size;

	skip_blanks(parser);
	return peek(parser, &size);
}

static void take(struct parser *parser)
{
	size_t size;

	peek(parser, &size);
	parser->at += size;
}

static bool emit(struct parser *parser, struct formula_node node)
{
	if (parser->count == FORMULA_NODES_MAX)
		return wrong(parser, "The formula has too many parts.");
	parser->nodes[parser->count++] = node;
	return true;
}

static bool emit_operation(struct parser *parser, enum formula_operation operation)
{
	return emit(parser, (struct formula_node){.operation = operation});
}

static bool emit_number(struct parser *parser, double number)
{
	return emit(parser, (struct formula_node){.operation = FORMULA_NUMBER, .number = number});
}

static bool descend(struct parser *parser)
{
	if (++parser->depth > FORMULA_DEPTH_MAX)
		return wrong(parser, "Too many parentheses, signs or exponents lie in one another here.");
	return true;
}

/* ---------------------------------------------------------------- numbers */

static bool is_digit(uint32_t character)
{
	return character >= '0' && character <= '9';
}

static size_t digits_at(const struct parser *parser, size_t at)
{
	size_t count = 0;

	while (at + count < parser->text.size && is_digit((uint8_t)parser->text.data[at + count]))
		count++;
	return count;
}

/* e3, e-3: only where digits follow, since 2e is twice e. */
static size_t exponent_at(const struct parser *parser, size_t at)
{
	const struct text *text = &parser->text;
	size_t             sign, digits;

	if (at >= text->size || (text->data[at] != 'e' && text->data[at] != 'E'))
		return 0;
	sign = at + 1 < text->size && (text->data[at + 1] == '+' || text->data[at + 1] == '-');
	digits = digits_at(parser, at + 1 + sign);
	return digits > 0 ? 1 + sign + digits : 0;
}

static bool parse_number(struct parser *parser)
{
	char   copy[NUMBER_SIZE_MAX + 1];
	size_t whole = digits_at(parser, parser->at), size = whole, broken = 0;
	double number;

	if (parser->at + size < parser->text.size && parser->text.data[parser->at + size] == '.') {
		broken = digits_at(parser, parser->at + size + 1);
		size += 1 + broken;
	}
	if (whole + broken == 0)
		return wrong(parser, "A point without digits is no number.");
	size += exponent_at(parser, parser->at + size);
	if (size > NUMBER_SIZE_MAX)
		return wrong(parser, "The number has too many digits.");
	memcpy(copy, parser->text.data + parser->at, size);
	copy[size] = '\0';
	number = strtod(copy, NULL);
	if (isinf(number))
		return wrong(parser, "The number is too large.");
	parser->at += size;
	parser->ending = ENDS_WITH_NUMBER;
	return emit_number(parser, number);
}

/* ---------------------------------------------------------------- names */

static bool parse_arguments(struct parser *parser, uint32_t arguments)
{
	size_t opened = parser->at;

	take(parser);
	for (uint32_t i = 0; i < arguments; i++) {
		if (!parse_sum(parser))
			return false;
		if (i + 1 < arguments && next(parser) != ',')
			return wrong(parser, "This function takes two arguments, parted by a comma.");
		if (i + 1 < arguments)
			take(parser);
	}
	if (next(parser) == 0)
		return wrong_at(parser, opened, TEXT("This parenthesis is not closed."));
	if (next(parser) != ')')
		return wrong(parser, next(parser) == ',' ? "This function takes fewer arguments."
		                                         : "Here a closing parenthesis is missing.");
	take(parser);
	parser->ending = ENDS_WITH_PARENTHESIS;
	return true;
}

static bool parse_call(struct parser *parser, struct text name, enum formula_operation function)
{
	uint32_t character = next(parser);

	if (character == '^')
		return wrong_at(
			parser, parser->at,
			arena_format(parser->arena, "A power goes behind the parenthesis: %.*s(x)^2.", TEXT_ARG(name)));
	if (character != '(')
		return wrong_at(
			parser, parser->at,
			arena_format(parser->arena, "%.*s needs parentheses around what it is of.", TEXT_ARG(name)));
	return parse_arguments(parser, formula_arguments(function)) && emit_operation(parser, function);
}

static bool emit_variable(struct parser *parser, struct text name, bool *found)
{
	for (uint32_t i = 0; i < parser->name_count; i++)
		if (formula_name_equal(parser->names[i], name)) {
			*found = true;
			return emit(parser, (struct formula_node){.operation = FORMULA_VARIABLE, .variable = i});
		}
	*found = text_is(name, "pi") || text_is(name, "e");
	return *found && emit_number(parser, text_is(name, "pi") ? 3.14159265358979323846 : 2.71828182845904523536);
}

static bool parse_name(struct parser *parser)
{
	char                   room[FORMULA_NAME_ROOM];
	struct text            rest = {.data = parser->text.data + parser->at, .size = parser->text.size - parser->at};
	size_t                 start = parser->at, taken, size = formula_name_take(rest, room, &taken);
	struct text            name = {.data = room, .size = size};
	enum formula_operation function;
	bool                   found, emitted;

	if (size > FORMULA_NAME_SIZE_MAX)
		return wrong(parser, "The name is too long.");
	parser->at += taken;
	function = formula_function(name);
	if (function != FORMULA_NUMBER)
		return parse_call(parser, name, function);
	parser->ending = ENDS_WITH_NAME;
	parser->after_pi = text_is((struct text){.data = rest.data, .size = taken}, "π");
	emitted = emit_variable(parser, name, &found);
	if (!found && text_is(name, "log"))
		return wrong_at(parser, start, TEXT("log has two meanings: write ln or log10."));
	if (!found)
		return wrong_at(parser, start,
		                arena_format(parser->arena,
		                             "There is no variable called \"%.*s\". Between factors write *.",
		                             TEXT_ARG(name)));
	return emitted;
}

/* ---------------------------------------------------------------- operands */

static bool parse_parenthesis(struct parser *parser)
{
	size_t opened = parser->at;

	take(parser);
	if (!parse_sum(parser))
		return false;
	if (next(parser) == 0)
		return wrong_at(parser, opened, TEXT("This parenthesis is not closed."));
	if (next(parser) == ',')
		return wrong(parser, "Decimals have a point; a comma parts the arguments of min and max only.");
	if (next(parser) != ')')
		return wrong(parser, "Here a closing parenthesis is missing.");
	take(parser);
	parser->ending = ENDS_WITH_PARENTHESIS;
	return true;
}

static const char *sentence_about(uint32_t character)
{
	switch (character) {
	case 0:
		return "Here the formula ends, but a number, a name or a parenthesis is missing.";
	case ')':
		return "Before this parenthesis something is missing, or none is open.";
	case ',':
		return "Decimals have a point; a comma parts the arguments of min and max only.";
	case '=':
		return "A formula has no equals sign: write only what stands on its right.";
	case '|':
		return "Write abs(x) for an absolute value.";
	case '[':
	case ']':
	case '{':
	case '}':
		return "Only round parentheses are read.";
	default:
		return "Here a number, a name or a parenthesis is expected.";
	}
}

static bool starts_name(const struct parser *parser)
{
	char        room[FORMULA_NAME_ROOM];
	size_t      taken;
	struct text rest = {.data = parser->text.data + parser->at, .size = parser->text.size - parser->at};

	return formula_name_take(rest, room, &taken) > 0;
}

static bool parse_operand(struct parser *parser)
{
	uint32_t character = next(parser);

	parser->after_pi = parser->raised = false;
	if (is_digit(character) || character == '.')
		return parse_number(parser);
	if (character == '(')
		return parse_parenthesis(parser);
	if (starts_name(parser))
		return parse_name(parser);
	return wrong(parser, sentence_about(character));
}

/* x², x⁻¹ */
static bool parse_superscript(struct parser *parser)
{
	size_t   size;
	bool     negative = peek(parser, &size) == CHARACTER_SUPERSCRIPT_MINUS;
	uint32_t exponent = 0, digits = 0;

	if (negative)
		parser->at += size;
	while (character_superscript(peek(parser, &size)) >= 0 && digits++ < 3) {
		exponent = exponent * 10 + (uint32_t)character_superscript(peek(parser, &size));
		parser->at += size;
	}
	if (digits == 0 || digits > 3)
		return wrong(parser, "A raised number has one to three digits.");
	parser->ending = ENDS_WITH_SUPERSCRIPT;
	parser->after_pi = false;
	return emit_number(parser, negative ? -(double)exponent : exponent) && emit_operation(parser, FORMULA_POWER);
}

/* ^ or **; false when there is none, and nothing is taken. */
static bool take_power_sign(struct parser *parser)
{
	uint32_t character = next(parser);
	bool twice = character == '*' && parser->at + 1 < parser->text.size && parser->text.data[parser->at + 1] == '*';

	if (character == '^' || twice)
		parser->at += twice ? 2 : 1;
	return character == '^' || twice;
}

static bool parse_power(struct parser *parser)
{
	size_t   size;
	uint32_t character;

	if (!parse_operand(parser))
		return false;
	character = peek(parser, &size);
	if (character_superscript(character) >= 0 || character == CHARACTER_SUPERSCRIPT_MINUS)
		return parse_superscript(parser);
	if (!take_power_sign(parser))
		return true;
	if (!parse_signed(parser) || !emit_operation(parser, FORMULA_POWER))
		return false;
	parser->raised = parser->ending != ENDS_WITH_PARENTHESIS;
	return true;
}

/* An exponent is read here too: it has its own sign and its own exponent. */
static bool parse_signed(struct parser *parser)
{
	uint32_t character = next(parser);
	bool     negative = character == '-' || character == CHARACTER_MINUS;

	if (!descend(parser))
		return false;
	if (negative || character == '+') {
		take(parser);
		if (!parse_signed(parser) || (negative && !emit_operation(parser, FORMULA_NEGATE)))
			return false;
	} else if (!parse_power(parser)) {
		return false;
	}
	parser->depth--;
	return true;
}

/* ---------------------------------------------------------------- products and sums */

static enum formula_operation product_sign(uint32_t character)
{
	switch (character) {
	case '*':
	case 0xd7:   /* × */
	case 0xb7:   /* · */
	case 0x22c5: /* ⋅ */
		return FORMULA_MULTIPLY;
	case '/':
	case 0xf7:   /* ÷ */
	case 0x2215: /* ∕ */
		return FORMULA_DIVIDE;
	default:
		return FORMULA_NUMBER;
	}
}

/* Whether what comes can only be a factor without its sign, or why it cannot. */
static bool may_multiply(struct parser *parser, bool divided)
{
	uint32_t character = next(parser);

	if (is_digit(character) || character == '.')
		return wrong(parser, "Before this number a sign is missing.");
	if (divided)
		return wrong(parser, "Behind a division write the product sign: 1/(2*x) or 1/2*x.");
	if (parser->raised && parser->after_blanks != parser->at)
		return wrong(parser, "Behind an exponent write the product sign, or parentheses around the exponent.");
	if (character == '(' && parser->ending == ENDS_WITH_NAME && !parser->after_pi)
		return wrong(parser, "A name before a parenthesis could be a function: write the product sign.");
	return true;
}

static bool parse_product(struct parser *parser)
{
	bool divided = false;

	if (!parse_signed(parser))
		return false;
	for (;;) {
		uint32_t               character = next(parser);
		enum formula_operation sign = product_sign(character);

		if (sign != FORMULA_NUMBER)
			take(parser);
		else if (!is_digit(character) && character != '.' && character != '(' && !starts_name(parser))
			return true;
		else if (!may_multiply(parser, divided))
			return false;
		if (!parse_signed(parser) || !emit_operation(parser, sign == FORMULA_DIVIDE ? sign : FORMULA_MULTIPLY))
			return false;
		divided = sign == FORMULA_DIVIDE;
	}
}

static bool parse_sum(struct parser *parser)
{
	if (!parse_product(parser))
		return false;
	for (;;) {
		uint32_t character = next(parser);
		bool     minus = character == '-' || character == CHARACTER_MINUS;

		if (!minus && character != '+')
			return true;
		take(parser);
		if (!parse_product(parser) || !emit_operation(parser, minus ? FORMULA_SUBTRACT : FORMULA_ADD))
			return false;
	}
}

static bool parse_all(struct parser *parser)
{
	size_t points;

	if (parser->text.size > FORMULA_TEXT_SIZE_MAX || !text_code_points(parser->text, &points)) {
		*parser->mistake = (struct mistake){.sentence = TEXT("The formula is too long, or no text.")};
		return false;
	}
	if (!parse_sum(parser))
		return false;
	if (next(parser) == 0 && parser->at == parser->text.size)
		return true;
	return wrong(parser,
	             next(parser) == ')' ? "There is no parenthesis to close here." : sentence_about(next(parser)));
}

enum status formula_parse(struct text text, const struct text *names, uint32_t name_count, struct arena *arena,
                          const struct formula **out, struct mistake *mistake)
{
	struct parser   parser;
	struct formula *formula;
	size_t          size;

	require(name_count <= FORMULA_VARIABLES_MAX);
	memset(&parser, 0, offsetof(struct parser, nodes));
	parser.text = text.data ? text : TEXT("");
	parser.names = names;
	parser.name_count = name_count;
	parser.arena = arena;
	parser.mistake = mistake;
	if (!parse_all(&parser))
		return STATUS_INVALID;
	size = parser.count * sizeof(struct formula_node);
	formula = arena_alloc(arena, sizeof(*formula) + size);
	formula->count = parser.count;
	memcpy(formula->nodes, parser.nodes, size);
	*out = formula;
	return STATUS_OK;
}

bool formula_uses(const struct formula *formula, uint32_t variable)
{
	for (uint32_t i = 0; i < formula->count; i++)
		if (formula->nodes[i].operation == FORMULA_VARIABLE && formula->nodes[i].variable == variable)
			return true;
	return false;
}
