/* Drawn values put into a prompt. */
#include "commands/learning/decimal.h"
#include "commands/learning/parameters.h"
#include "eventstore/base/buffer.h"

/* Whether what follows such a character is an argument or index of TeX. */
static bool opens_argument(char before)
{
	return (before >= 'a' && before <= 'z') || (before >= 'A' && before <= 'Z') || before == '}' || before == '^'
	       || before == '_' || before == '\\';
}

static bool find_value(const struct parameter_draw *draw, struct text name, uint32_t *out)
{
	for (uint32_t i = 0; i < draw->count; i++)
		if (formula_name_equal(draw->names[i], name)) {
			*out = i;
			return true;
		}
	return false;
}

/* name, or name:digits */
static bool value_of(const struct parameter_draw *draw, struct text inside, struct arena *arena, struct text *out)
{
	const char *colon = inside.size > 0 ? memchr(inside.data, ':', inside.size) : NULL;
	struct text name = inside, digits_text;
	uint64_t    digits = 0;
	uint32_t    found;

	if (colon) {
		name.size = (size_t)(colon - inside.data);
		digits_text = (struct text){.data = colon + 1, .size = inside.size - name.size - 1};
		if (!text_parse_u64(digits_text, &digits) || digits == 0 || digits > DECIMAL_SIGNIFICANT_MAX)
			return false;
	}
	if (!find_value(draw, name, &found))
		return false;
	*out = colon ? decimal_significant(draw->values[found], (uint32_t)digits, arena) : draw->shown[found];
	return true;
}

/* What stands in the braces at the front, without others in it. */
static bool braces_at(struct text rest, struct text *inside)
{
	for (size_t i = 1; i < rest.size && rest.data[i] != '{'; i++)
		if (rest.data[i] == '}') {
			*inside = (struct text){.data = rest.data + 1, .size = i - 1};
			return true;
		}
	return false;
}

enum status parameters_prompt(const struct parameter_draw *draw, struct text prompt, struct arena *arena,
                              struct text *out)
{
	struct buffer filled = {0};
	struct text   inside, value;
	bool          argument = false, fits;

	for (size_t at = 0; at < prompt.size && filled.size <= PARAMETER_PROMPT_SIZE_MAX;) {
		struct text rest = {.data = prompt.data + at, .size = prompt.size - at};

		if (rest.data[0] == '{' && !argument && braces_at(rest, &inside)
		    && value_of(draw, inside, arena, &value)) {
			buffer_append_text(&filled, value);
			at += inside.size + 2;
			argument = false;
		} else {
			buffer_append(&filled, BYTES(rest.data, 1));
			argument = opens_argument(rest.data[0]);
			at++;
		}
	}
	fits = filled.size <= PARAMETER_PROMPT_SIZE_MAX;
	if (fits)
		*out = filled.size > 0 ? arena_text(arena, (struct text){(const char *)filled.data, filled.size})
		                       : TEXT("");
	buffer_finish(&filled);
	return fits ? STATUS_OK : STATUS_TOO_LARGE;
}
