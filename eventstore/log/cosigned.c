#include "eventstore/log/cosigned.h"

#include "eventstore/base/base64.h"
#include "eventstore/disk/folder.h"
#include "eventstore/disk/whole_file.h"
#include "eventstore/log/notary.h"

#include <inttypes.h>

static struct text text_of(const struct buffer *buffer)
{
	return (struct text){.data = (char *)buffer->data, .size = buffer->size};
}

static enum status read_in(const char *data, const char *name, struct buffer *out)
{
	char        path[FOLDER_PATH_SIZE];
	enum status status = folder_path(data, name, path);

	return status == STATUS_OK ? whole_file_read(path, NOTE_SIZE_MAX, out) : status;
}

static enum status write_in(const char *data, const char *name, const struct buffer *text)
{
	char        path[FOLDER_PATH_SIZE];
	enum status status = folder_path(data, name, path);

	return status == STATUS_OK ? whole_file_write(path, buffer_bytes(text), 0644) : status;
}

/* The next line with its line feed. */
static bool take_line(struct text *rest, struct text *line)
{
	const char *end = rest->size > 0 ? memchr(rest->data, '\n', rest->size) : NULL;

	if (!end)
		return false;
	*line = (struct text){.data = rest->data, .size = (size_t)(end + 1 - rest->data)};
	rest->data += line->size;
	rest->size -= line->size;
	return true;
}

/* ---------------------------------------------------------------- witnesses */

static struct text take_word(struct text *rest)
{
	struct text word;

	while (rest->size > 0 && *rest->data == ' ') {
		rest->data++;
		rest->size--;
	}
	word = (struct text){.data = rest->data};
	while (word.size < rest->size && rest->data[word.size] != ' ')
		word.size++;
	rest->data += word.size;
	rest->size -= word.size;
	return word;
}

bool witnesses_parse(struct text list, struct witnesses *out, struct text *wrong)
{
	struct witnesses parsed = {0};
	struct text      word;

	while ((word = take_word(&list)).size > 0) {
		struct note_verifier *witness = &parsed.items[parsed.count];

		*wrong = word;
		if (parsed.count == WITNESSES_MAX || !note_verifier_parse(word, witness)
		    || witness->type != NOTE_COSIGNATURE)
			return false;
		parsed.count++;
	}
	*out = parsed;
	return true;
}

/* ---------------------------------------------------------------- what is served */

/* The lines of `more` that are not in the note yet. */
static void add_lines(struct buffer *note, struct text more)
{
	struct text line;

	while (take_line(&more, &line))
		if (!memmem(note->data, note->size, line.data, line.size))
			buffer_append_text(note, line);
}

static void add_cosignatures(struct buffer *note, struct text kept_text)
{
	struct note note_parts, kept;

	if (note_parse(text_of(note), &note_parts) && note_parse(kept_text, &kept)
	    && text_equal(note_parts.body, kept.body))
		add_lines(note, kept.signatures);
}

enum status cosigned_checkpoint(const char *data, struct buffer *out)
{
	struct buffer note = {0}, kept = {0};
	enum status   status = read_in(data, NOTARY_FILE, &note);

	if (status == STATUS_OK) {
		if (read_in(data, COSIGNED_FILE, &kept) == STATUS_OK)
			add_cosignatures(&note, text_of(&kept));
		buffer_append(out, buffer_bytes(&note));
	}
	buffer_finish(&note);
	buffer_finish(&kept);
	return status;
}

static bool parse(struct text text, struct note *note, struct checkpoint *checkpoint)
{
	return note_parse(text, note) && checkpoint_parse(note->body, checkpoint);
}

enum status cosigned_covering(const char *data, struct text origin, uint64_t size, struct buffer *out)
{
	struct buffer     kept = {0};
	struct note       note;
	struct checkpoint checkpoint;
	enum status       status = read_in(data, COSIGNED_FILE, &kept);

	if (status == STATUS_OK
	    && (!parse(text_of(&kept), &note, &checkpoint) || !text_equal(checkpoint.origin, origin)
	        || checkpoint.size < size))
		status = STATUS_NOT_FOUND;
	if (status == STATUS_OK)
		buffer_append(out, buffer_bytes(&kept));
	buffer_finish(&kept);
	return status;
}

/* ---------------------------------------------------------------- asking */

static void compose_request(uint64_t old, const struct merkle_proof *proof, const struct buffer *note,
                            struct buffer *out)
{
	char text[BASE64_STANDARD_SIZE(sizeof(struct hash))];

	buffer_format(out, "old %" PRIu64 "\n", old);
	for (uint32_t i = 0; i < proof->count; i++) {
		base64_standard_encode(BYTES(proof->hashes[i].bytes, sizeof(proof->hashes[i].bytes)), text);
		buffer_format(out, "%.*s\n", (int)sizeof(text), text);
	}
	buffer_append_text(out, TEXT("\n"));
	buffer_append(out, buffer_bytes(note));
}

enum status cosigned_request(const char *data, const struct merkle_source *tree, uint64_t old, struct buffer *out)
{
	struct buffer       note = {0};
	struct note         parts;
	struct checkpoint   checkpoint;
	struct merkle_proof proof;
	enum status         status = read_in(data, NOTARY_FILE, &note);

	if (status == STATUS_OK && !parse(text_of(&note), &parts, &checkpoint))
		status = STATUS_CORRUPT;
	if (status == STATUS_OK && old > checkpoint.size)
		status = STATUS_INVALID;
	if (status == STATUS_OK)
		status = merkle_prove_consistency(tree, old, checkpoint.size, &proof);
	if (status == STATUS_OK)
		status = write_in(data, COSIGNING_FILE, &note);
	if (status == STATUS_OK)
		compose_request(old, &proof, &note, out);
	buffer_finish(&note);
	return status;
}

/* ---------------------------------------------------------------- taking */

/* What came, as a whole note: lines alone are those of what was asked for last. */
static enum status whole_note(const char *data, struct text text, struct buffer *out)
{
	struct note note;
	enum status status;

	if (!note_parse(text, &note)) {
		status = read_in(data, COSIGNING_FILE, out);
		if (status != STATUS_OK)
			return status == STATUS_NOT_FOUND ? STATUS_INVALID : status;
	}
	buffer_append_text(out, text);
	return note_parse(text_of(out), &note) ? STATUS_OK : STATUS_INVALID;
}

/* Appends the lines of the log's own keys. INVALID: it has none. */
static enum status check_ours(const struct cosigned_check *check, struct text text, struct checkpoint *checkpoint,
                              struct buffer *lines)
{
	struct note note;
	struct text line;
	uint64_t    time_s;
	struct hash root;
	enum status status;

	if (!parse(text, &note, checkpoint))
		return STATUS_INVALID;
	for (uint32_t i = 0; i < check->log_key_count; i++)
		if (text_is(checkpoint->origin, check->log_keys[i].name)
		    && note_find(&note, &check->log_keys[i], &line, &time_s) == STATUS_OK)
			buffer_append_text(lines, line);
	if (lines->size == 0)
		return STATUS_INVALID;
	status = merkle_root(check->tree, checkpoint->size, &root);
	if (status == STATUS_NOT_FOUND || (status == STATUS_OK && !hash_equal(&root, &checkpoint->root)))
		return STATUS_CORRUPT;
	return status;
}

/* Each witness's line: what came, else what was kept for the same checkpoint. */
static enum status gather(const struct cosigned_check *check, const struct note *came, const struct note *kept,
                          struct buffer *lines, struct cosigned_outcome *out)
{
	bool fresh = false;

	for (uint32_t i = 0; i < check->witnesses->count; i++) {
		struct text line;
		uint64_t    time_s;
		enum status status = note_find(came, &check->witnesses->items[i], &line, &time_s);

		fresh |= status == STATUS_OK;
		if (status == STATUS_NOT_FOUND && kept)
			status = note_find(kept, &check->witnesses->items[i], &line, &time_s);
		if (status == STATUS_NOT_FOUND)
			continue;
		if (status != STATUS_OK)
			return status;
		buffer_append_text(lines, line);
		out->witness[out->count] = i;
		out->time_s[out->count++] = time_s;
	}
	return fresh ? STATUS_OK : STATUS_NOT_FOUND;
}

static enum status keep(const struct cosigned_check *check, const struct note *came, struct buffer *lines,
                        struct cosigned_outcome *out)
{
	struct buffer     kept = {0}, whole = {0};
	struct note       kept_note;
	struct checkpoint checkpoint, kept_checkpoint = {0};
	bool              same = false;
	enum status       status = read_in(check->data, COSIGNED_FILE, &kept);

	if (status == STATUS_OK && checkpoint_parse(came->body, &checkpoint)
	    && parse(text_of(&kept), &kept_note, &kept_checkpoint)) {
		same = text_equal(kept_note.body, came->body);
		if (text_equal(kept_checkpoint.origin, checkpoint.origin) && kept_checkpoint.size > checkpoint.size)
			status = STATUS_CONFLICT;
	}
	if (status == STATUS_OK || status == STATUS_NOT_FOUND)
		status = gather(check, came, same ? &kept_note : NULL, lines, out);
	if (status == STATUS_OK) {
		buffer_append_text(&whole, came->body);
		buffer_append_text(&whole, TEXT("\n"));
		buffer_append(&whole, buffer_bytes(lines));
		status = write_in(check->data, COSIGNED_FILE, &whole);
	}
	buffer_finish(&kept);
	buffer_finish(&whole);
	return status;
}

enum status cosigned_take(const struct cosigned_check *check, struct text text, struct cosigned_outcome *out)
{
	struct cosigned_outcome outcome = {0};
	struct buffer           whole = {0}, lines = {0};
	struct checkpoint       checkpoint;
	struct note             note;
	enum status             status = whole_note(check->data, text, &whole);

	if (status == STATUS_OK)
		status = check_ours(check, text_of(&whole), &checkpoint, &lines);
	if (status == STATUS_OK && note_parse(text_of(&whole), &note)) {
		outcome.size = checkpoint.size;
		status = keep(check, &note, &lines, &outcome);
	}
	buffer_finish(&whole);
	buffer_finish(&lines);
	if (status == STATUS_OK)
		*out = outcome;
	return status;
}
