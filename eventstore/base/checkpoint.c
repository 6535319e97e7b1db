#include "eventstore/base/checkpoint.h"

#include "eventstore/base/base64.h"

#include <inttypes.h>

enum { HASH_TEXT_SIZE = BASE64_STANDARD_SIZE(sizeof(struct hash)) };

static const char proof_head[] = "c2sp.org/tlog-proof@v1\n";

/* ---------------------------------------------------------------- lines */

static void format_hash(const struct hash *hash, struct buffer *out)
{
	char text[HASH_TEXT_SIZE];

	base64_standard_encode(BYTES(hash->bytes, sizeof(hash->bytes)), text);
	buffer_format(out, "%.*s\n", (int)sizeof(text), text);
}

static bool parse_hash(struct text line, struct hash *out)
{
	uint8_t bytes[HASH_TEXT_SIZE];
	size_t  size;

	if (line.size != HASH_TEXT_SIZE || !base64_standard_decode(line, bytes, &size) || size != sizeof(*out))
		return false;
	memcpy(out->bytes, bytes, sizeof(*out));
	return true;
}

static bool parse_number(struct text line, uint64_t *out)
{
	return text_parse_u64(line, out) && (line.size == 1 || line.data[0] != '0');
}

static bool take_line(struct text *rest, struct text *line)
{
	const char *end = rest->size > 0 ? memchr(rest->data, '\n', rest->size) : NULL;

	if (!end)
		return false;
	*line = (struct text){.data = rest->data, .size = (size_t)(end - rest->data)};
	rest->data += line->size + 1;
	rest->size -= line->size + 1;
	return true;
}

/* ---------------------------------------------------------------- checkpoints */

void checkpoint_format(const struct checkpoint *checkpoint, struct buffer *out)
{
	buffer_format(out, "%.*s\n%" PRIu64 "\n", TEXT_ARG(checkpoint->origin), checkpoint->size);
	format_hash(&checkpoint->root, out);
}

bool checkpoint_parse(struct text body, struct checkpoint *out)
{
	struct checkpoint checkpoint;
	struct text       size, root;

	if (!take_line(&body, &checkpoint.origin) || checkpoint.origin.size == 0 || !take_line(&body, &size)
	    || !parse_number(size, &checkpoint.size) || !take_line(&body, &root) || !parse_hash(root, &checkpoint.root))
		return false;
	*out = checkpoint;
	return true;
}

enum status checkpoint_verify(struct text text, const struct note_verifier *verifier, struct checkpoint *out)
{
	struct checkpoint checkpoint;
	struct note       note;
	uint64_t          time_s;
	enum status       status;

	if (!note_parse(text, &note) || !checkpoint_parse(note.body, &checkpoint))
		return STATUS_CORRUPT;
	status = note_verify(&note, verifier, &time_s);
	if (status == STATUS_OK && !text_is(checkpoint.origin, verifier->name))
		status = STATUS_NOT_FOUND;
	if (status == STATUS_OK)
		*out = checkpoint;
	return status;
}

/* ---------------------------------------------------------------- proofs */

void proof_format(struct bytes entry, uint64_t index, const struct merkle_proof *path, struct text checkpoint,
                  struct buffer *out)
{
	buffer_format(out, "%sextra ", proof_head);
	out->size += base64_standard_encode(entry, (char *)buffer_reserve(out, BASE64_STANDARD_SIZE(entry.size)));
	buffer_format(out, "\nindex %" PRIu64 "\n", index);
	for (uint32_t i = 0; i < path->count; i++)
		format_hash(&path->hashes[i], out);
	buffer_append_text(out, TEXT("\n"));
	buffer_append_text(out, checkpoint);
}

static bool parse_path(struct text *rest, struct merkle_proof *path)
{
	struct text line;

	path->count = 0;
	while (take_line(rest, &line) && line.size > 0)
		if (path->count == MERKLE_PROOF_MAX || !parse_hash(line, &path->hashes[path->count++]))
			return false;
	return rest->size > 0 && rest->data[-1] == '\n' && rest->data[-2] == '\n';
}

bool proof_parse(struct text text, struct proof *out)
{
	struct proof proof = {0};
	struct text  line;

	if (text.size > PROOF_TEXT_SIZE_MAX || !text_take(&text, text_from(proof_head)) || !take_line(&text, &line))
		return false;
	if (text_take(&line, TEXT("extra "))) {
		proof.entry = line;
		if (!take_line(&text, &line))
			return false;
	}
	if (!text_take(&line, TEXT("index ")) || !parse_number(line, &proof.index) || !parse_path(&text, &proof.path))
		return false;
	proof.checkpoint = text;
	*out = proof;
	return true;
}

static enum status decode_entry(struct text entry, struct buffer *out)
{
	size_t size;

	if (!entry.data || !base64_standard_decode(entry, buffer_reserve(out, entry.size), &size))
		return STATUS_CORRUPT;
	out->size += size;
	return STATUS_OK;
}

enum status proof_verify(const struct proof *proof, const struct note_verifier *verifier, struct checkpoint *checkpoint,
                         struct buffer *entry)
{
	size_t      begin = entry->size;
	struct hash leaf;
	enum status status = checkpoint_verify(proof->checkpoint, verifier, checkpoint);

	if (status == STATUS_OK)
		status = decode_entry(proof->entry, entry);
	if (status != STATUS_OK)
		return status;
	leaf = hash_leaf(BYTES(entry->data + begin, entry->size - begin));
	return merkle_check_inclusion(&leaf, proof->index, checkpoint->size, &proof->path, &checkpoint->root)
	               ? STATUS_OK
	               : STATUS_CONFLICT;
}
