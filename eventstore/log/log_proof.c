#include "eventstore/log/log_proof.h"

#include "eventstore/log/cosigned.h"

static struct text text_of(const struct buffer *buffer)
{
	return (struct text){.data = (char *)buffer->data, .size = buffer->size};
}

static bool parse(const struct buffer *text, struct checkpoint *checkpoint)
{
	struct note note;

	return note_parse(text_of(text), &note) && checkpoint_parse(note.body, checkpoint);
}

/* The cosigned one takes the place of the last; *checkpoint is a view of the note. */
static enum status choose(const char *data, uint64_t position, struct buffer *note, struct checkpoint *checkpoint)
{
	struct buffer cosigned = {0};
	enum status   status = cosigned_checkpoint(data, note);

	if (status == STATUS_OK && !parse(note, checkpoint))
		status = STATUS_CORRUPT;
	if (status != STATUS_OK)
		return status;
	if (cosigned_covering(data, checkpoint->origin, position, &cosigned) == STATUS_OK
	    && parse(&cosigned, checkpoint)) {
		buffer_finish(note);
		*note = cosigned;
		return STATUS_OK;
	}
	buffer_finish(&cosigned);
	return STATUS_OK;
}

static bool copy_entry(void *owner, const struct record *record)
{
	buffer_append(owner, record->encoded);
	return true;
}

static enum status compose(struct reader *reader, uint64_t position, const struct checkpoint *checkpoint,
                           struct text note, struct buffer *out)
{
	struct merkle_source tree = reader_tree(reader);
	struct merkle_proof  path;
	struct buffer        entry = {0};
	enum status          status = reader_each(reader, position, 1, copy_entry, &entry);

	if (status == STATUS_OK && entry.size == 0)
		status = STATUS_NOT_FOUND;
	if (status == STATUS_OK)
		status = merkle_prove_inclusion(&tree, position - 1, checkpoint->size, &path);
	if (status == STATUS_OK)
		proof_format(buffer_bytes(&entry), position - 1, &path, note, out);
	buffer_finish(&entry);
	return status;
}

enum status log_proof(struct reader *reader, const char *data, uint64_t position, uint64_t *covered, struct buffer *out)
{
	struct buffer     note = {0};
	struct checkpoint checkpoint;
	uint64_t          head;
	enum status       status = reader_head(reader, &head);

	if (status == STATUS_OK && (position == 0 || position > head))
		status = STATUS_NOT_FOUND;
	if (status == STATUS_OK)
		status = choose(data, position, &note, &checkpoint);
	if (status == STATUS_OK)
		*covered = checkpoint.size;
	if (status == STATUS_OK && checkpoint.size < position)
		status = STATUS_BUSY;
	if (status == STATUS_OK)
		status = compose(reader, position, &checkpoint, text_of(&note), out);
	buffer_finish(&note);
	return status;
}
