/* Bodies of many lines are cut before anything else has read them. Claims: every line lies in the body, behind the one
 * before; none holds a line feed where each line is one; an array that JSON's own reader takes is cut into as many
 * values as it has, each of which the reader takes too; and what is cut into such values is an array that it takes. */
#include "api/lines.h"
#include "eventstore/base/require.h"
#include "eventstore/codec/codec_json.h"
#include "tests/eventstore/sample.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { DEPTH_COMPARED = JSON_DEPTH_MAX / 2 };

/* As one member, of a shape that requires more: what can be read to its end draws complaints about members, what cannot
 * draws one about the whole, whose pointer is empty. */
static bool readable(struct text before, struct bytes json, struct text behind)
{
	struct arena      arena = {0};
	struct buffer     wrapped = {0};
	struct complaints complaints = {0};
	struct sample     sample = {0};
	bool              read;

	buffer_append_text(&wrapped, before);
	buffer_append(&wrapped, json);
	buffer_append_text(&wrapped, behind);
	read = json_decode_shape(&sample_shape, buffer_bytes(&wrapped), 0, &arena, &sample, &complaints) == STATUS_OK
	       || complaints.items[0].pointer.size > 0;
	buffer_finish(&wrapped);
	arena_finish(&arena);
	return read;
}

/* As a member and as an element: what is more than one value is not both. */
static bool well_formed(struct bytes json)
{
	return readable(TEXT("{\"json\":"), json, TEXT("}")) && readable(TEXT("{\"json\":[0,"), json, TEXT("]}"));
}

/* Deeper than its reader goes, an element may be readable and the array not. */
static bool is_deep(struct bytes json)
{
	size_t depth = 0, most = 0;

	for (size_t i = 0; i < json.size; i++) {
		depth += json.data[i] == '[' || json.data[i] == '{';
		most = depth > most ? depth : most;
		depth -= depth > 0 && (json.data[i] == ']' || json.data[i] == '}');
	}
	return most > DEPTH_COMPARED;
}

static bool cut(struct bytes body, enum lines_form form, bool *all_well_formed)
{
	struct lines   lines;
	struct bytes   line;
	const uint8_t *behind = body.data;
	uint32_t       count, seen = 0;

	if (lines_open(body, form, &lines, &count) != STATUS_OK)
		return false;
	*all_well_formed = true;
	for (; lines_next(&lines, &line); seen++) {
		require(line.size == 0 || (line.data >= behind && line.data + line.size <= body.data + body.size));
		require(form == LINES_ARRAY || (line.size > 0 && !memchr(line.data, '\n', line.size)));
		behind = line.size > 0 ? line.data + line.size : behind;
		*all_well_formed = *all_well_formed && well_formed(line);
	}
	require(seen == count);
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes body = BYTES(data, size);
	bool         good = false, taken = cut(body, LINES_ARRAY, &good);
	size_t       first = 0;

	while (first < size && memchr(" \t\r\n", data[first], 4))
		first++;
	if (!is_deep(body) && first < size && data[first] == '[')
		require((taken && good) == well_formed(body));
	require(cut(body, LINES_EACH, &good));
	return 0;
}
