#include "projections/projector_log.h"

#include "eventstore/base/require.h"
#include "eventstore/wire/doorbell.h"

#include <poll.h>
#include <stdlib.h>

struct line {
	struct projector_log log; /* what is handed out; first, so that it is the line's own address */
	struct reader       *reader;
	struct doorbell     *doorbell; /* NULL: nobody rings */
};

static struct log_identity line_identity(void *owner)
{
	struct line *line = owner;

	return reader_identity(line->reader);
}

static enum status line_head(void *owner, uint64_t *head)
{
	struct line *line = owner;

	return reader_head(line->reader, head);
}

static enum status line_each(void *owner, uint64_t from, uint32_t limit, reader_visit visit, void *visitor)
{
	struct line *line = owner;

	return reader_each(line->reader, from, limit, visit, visitor);
}

static enum status line_leaf(void *owner, uint64_t position, struct hash *leaf)
{
	struct line *line = owner;

	return reader_leaf(line->reader, position, leaf);
}

static void line_wait(void *owner, uint64_t position, int timeout_ms)
{
	struct line *line = owner;

	if (line->doorbell)
		doorbell_wait(line->doorbell, position, timeout_ms);
	else
		poll(NULL, 0, timeout_ms);
}

static void line_progress(void *owner, const char *name, uint64_t position)
{
	struct line *line = owner;

	if (line->doorbell)
		doorbell_progress(line->doorbell, name, position);
}

enum status projector_log_open(const char *data, const char *socket, struct projector_log **out)
{
	struct reader *reader;
	struct line   *line;
	enum status    status = reader_open(data, &reader);

	if (status)
		return status;
	line = calloc(1, sizeof(*line));
	require(line != NULL);
	line->reader = reader;
	line->doorbell = socket ? doorbell_create(socket, "projector") : NULL;
	line->log = (struct projector_log){.owner = line,
	                                   .identity = line_identity,
	                                   .head = line_head,
	                                   .each = line_each,
	                                   .leaf = line_leaf,
	                                   .wait = line_wait,
	                                   .progress = line_progress};
	*out = &line->log;
	return STATUS_OK;
}

void projector_log_close(struct projector_log *log)
{
	struct line *line = log ? log->owner : NULL;

	if (!line)
		return;
	doorbell_destroy(line->doorbell);
	reader_close(line->reader);
	free(line);
}

void projector_log_interrupt(struct projector_log *log)
{
	struct line *line = log->owner;

	if (line->doorbell)
		doorbell_interrupt(line->doorbell);
}
