#include "api/archive/file.h"

#include "api/archive/local.h"
#include "api/lines.h"
#include "api/markdown.h"
#include "eventstore/base/base64.h"
#include "eventstore/base/map.h"
#include "schema/commands.h"

#include <stdlib.h>

#define FORMAT "orrery-course"

/* ---------------------------------------------------------------- writing */

void file_write(const struct wishes *wishes, struct buffer *out)
{
	buffer_format(out, "{\"format\":\"" FORMAT "\",\"version\":%u}\n", ARCHIVE_VERSION);
	for (uint32_t i = 0; i < wishes->count; i++) {
		const struct wish *wish = &wishes->items[i];

		buffer_format(out, "{\"command\":\"%s\",\"body\":", wish->command->name);
		json_encode_shape(wish->command->shape, wish->input, wish_skip_marks, out);
		buffer_append_text(out, TEXT("}\n"));
	}
}

/* ---------------------------------------------------------------- reading */

struct line_reading {
	struct wishes     *wishes;
	struct complaints *complaints;
	uint32_t           number; /* of the line, from 1 on */
};

static void complain(struct line_reading *reading, struct text below, struct text sentence)
{
	struct complaints *complaints = reading->complaints;
	const struct wish  place = {.line = reading->number};

	if (complaints->count < COMPLAINTS_MAX)
		complaints->items[complaints->count++] = (struct complaint){
			.pointer = local_pointer(&place, below, reading->wishes->arena), .sentence = sentence};
}

static void pass_on(struct line_reading *reading, const char *above, const struct complaints *found)
{
	struct arena *arena = reading->wishes->arena;

	for (uint32_t i = 0; i < found->count; i++)
		complain(reading, arena_format(arena, "%s%.*s", above, TEXT_ARG(found->items[i].pointer)),
		         found->items[i].sentence);
}

static bool decode(struct line_reading *reading, const struct shape *shape, struct bytes json, void *object)
{
	struct arena      *arena = reading->wishes->arena;
	struct complaints *found = arena_new(arena, struct complaints);
	bool               body = shape != &archive_line_shape && shape != &archive_heading_shape;
	bool fine = json_decode_shape(shape, json, body ? wish_skip_marks : 0, arena, object, found) == STATUS_OK;

	if (!fine)
		pass_on(reading, body ? "/body" : "", found);
	return fine;
}

static void read_heading(struct line_reading *reading, struct bytes line)
{
	struct archive_heading heading = {0};

	if (!decode(reading, &archive_heading_shape, line, &heading))
		return;
	if (!text_is(heading.format, FORMAT))
		complain(reading, TEXT("/format"), TEXT("must be " FORMAT));
	else if (heading.version != ARCHIVE_VERSION)
		complain(reading, TEXT("/version"),
		         arena_format(reading->wishes->arena, "must be %u, which is all that is known here",
		                      ARCHIVE_VERSION));
}

static void read_line(struct line_reading *reading, struct bytes bytes)
{
	struct archive_line        line = {0};
	const struct command_type *command;
	void                      *input;

	if (!decode(reading, &archive_line_shape, bytes, &line))
		return;
	command = wish_command(line.command);
	if (!command) {
		complain(reading, TEXT("/command"), TEXT("is no command that makes a course"));
		return;
	}
	input = wishes_add(reading->wishes, command->name);
	reading->wishes->items[reading->wishes->count - 1].line = reading->number;
	decode(reading, command->shape, text_bytes(line.body), input);
}

static void read_one(struct line_reading *reading, struct bytes line)
{
	if (line.size > ARCHIVE_LINE_BYTES_MAX)
		complain(reading, TEXT(""),
		         arena_format(reading->wishes->arena, "is longer than %u bytes", ARCHIVE_LINE_BYTES_MAX));
	else if (reading->number == 1)
		read_heading(reading, line);
	else
		read_line(reading, line);
}

enum status file_read(struct bytes bytes, struct wishes *wishes, struct complaints *complaints)
{
	struct line_reading reading = {.wishes = wishes, .complaints = complaints};
	struct lines        lines;
	struct bytes        line;
	uint32_t            count;
	enum status         status = lines_open(bytes, LINES_EACH, &lines, &count);

	if (status != STATUS_OK)
		return status;
	if (count < 2 || count > WISHES_MAX + 1) {
		complain(&reading, TEXT(""),
		         arena_format(wishes->arena, "must be followed by 1 to %u lines", WISHES_MAX));
		return STATUS_INVALID;
	}
	while (complaints->count < COMPLAINTS_MAX && lines_next(&lines, &line)) {
		reading.number++;
		read_one(&reading, line);
	}
	return complaints->count > 0 ? STATUS_INVALID : STATUS_OK;
}

/* ---------------------------------------------------------------- names of files */

void file_media_name(const struct hash *hash, char out[ARCHIVE_MEDIA_NAME_SIZE + 1])
{
	static const char digits[] = "0123456789abcdef";
	char             *hex = out + strlen(ARCHIVE_MEDIA_FOLDER);

	memcpy(out, ARCHIVE_MEDIA_FOLDER, strlen(ARCHIVE_MEDIA_FOLDER));
	for (size_t i = 0; i < sizeof(hash->bytes); i++) {
		hex[2 * i] = digits[hash->bytes[i] >> 4];
		hex[2 * i + 1] = digits[hash->bytes[i] & 15];
	}
	out[ARCHIVE_MEDIA_NAME_SIZE] = '\0';
}

static int digit_of(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool file_media_hash(struct text name, struct hash *hash)
{
	if (name.size != ARCHIVE_MEDIA_NAME_SIZE || !text_take(&name, TEXT(ARCHIVE_MEDIA_FOLDER)))
		return false;
	for (size_t i = 0; i < sizeof(hash->bytes); i++) {
		int high = digit_of(name.data[2 * i]), low = digit_of(name.data[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		hash->bytes[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

/* ---------------------------------------------------------------- what texts show */

struct looking {
	const struct shown_visitor *visitor;
	struct arena                scratch;
};

/* Words without which no text shows a file of ours. */
static bool may_show(struct text text)
{
	return memmem(text.data, text.size, "media:", 6) || memmem(text.data, text.size, "video ", 6)
	       || memmem(text.data, text.size, "audio ", 6);
}

static void look_at_image(struct looking *looking, struct text image, const struct wish_place *place)
{
	uint8_t     data[BASE64_SIZE(sizeof(struct hash))];
	size_t      size;
	struct hash hash;

	if (image.size != sizeof(data) || !base64_decode(image, data, &size) || size != sizeof(hash))
		return;
	memcpy(hash.bytes, data, sizeof(hash.bytes));
	looking->visitor->shown(looking->visitor->owner, &hash, place);
}

static void look_at_text(void *owner, struct text text, const struct wish_place *place)
{
	struct looking      *looking = owner;
	struct markdown_page page;
	const char          *mistake;

	if (!place->above && strcmp(place->member, "image") == 0)
		look_at_image(looking, text, place);
	if (!may_show(text) || markdown_read(text, &looking->scratch, &page, &mistake) != STATUS_OK)
		return;
	for (size_t i = 0; i < page.media_count; i++)
		looking->visitor->shown(looking->visitor->owner, &page.media[i], place);
	arena_reset(&looking->scratch);
}

void file_walk_shown(const struct wish *wish, const struct shown_visitor *visitor)
{
	struct looking            looking = {.visitor = visitor};
	const struct wish_visitor walk = {.owner = &looking, .text = look_at_text};

	wish_walk(wish, &walk);
	arena_finish(&looking.scratch);
}

static void note_shown(void *owner, const struct hash *hash, const struct wish_place *place)
{
	map_put(owner, hash->bytes, NULL);
}

static int compare_hashes(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct hash));
}

enum status file_shown(const struct wishes *wishes, struct shown_files *out)
{
	struct map                 seen = {.key_size = sizeof(struct hash)};
	const struct shown_visitor visitor = {.owner = &seen, .shown = note_shown};
	const void                *key;
	uint64_t                  *value;
	size_t                     at = 0;
	enum status                status;

	for (uint32_t i = 0; i < wishes->count; i++)
		file_walk_shown(&wishes->items[i], &visitor);
	status = seen.count > ARCHIVE_MEDIA_MAX ? STATUS_FULL : STATUS_OK;
	*out = (struct shown_files){.items = arena_array(wishes->arena, struct hash, seen.count + 1)};
	while (status == STATUS_OK && map_each(&seen, &at, &key, &value))
		memcpy(&out->items[out->count++], key, sizeof(struct hash));
	qsort(out->items, out->count, sizeof(struct hash), compare_hashes);
	map_finish(&seen);
	return status;
}
