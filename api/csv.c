#include "api/csv.h"

#include <string.h>

static bool looks_like_a_formula(struct text text)
{
	return text.size > 0 && memchr("=+-@\t\r", text.data[0], 6);
}

static bool needs_quotes(struct text text)
{
	for (size_t i = 0; i < text.size; i++)
		if (memchr(",\"\r\n", text.data[i], 4))
			return true;
	return false;
}

void csv_text(struct buffer *out, struct text text)
{
	bool quoted = needs_quotes(text);

	if (quoted)
		buffer_append_text(out, TEXT("\""));
	if (looks_like_a_formula(text))
		buffer_append_text(out, TEXT("'"));
	for (size_t i = 0; i < text.size; i++) {
		if (text.data[i] == '"')
			buffer_append_text(out, TEXT("\""));
		buffer_append(out, BYTES(&text.data[i], 1));
	}
	if (quoted)
		buffer_append_text(out, TEXT("\""));
}

void csv_end_line(struct buffer *out)
{
	buffer_append_text(out, TEXT("\r\n"));
}
