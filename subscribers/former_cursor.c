#include "subscribers/former_cursor.h"

#include "eventstore/base/diag.h"
#include "eventstore/disk/folder.h"
#include "eventstore/disk/whole_file.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

enum { CURSOR_SIZE_MAX = 128 };

/* Whether that lies on this log is the subscription's to judge, once it opens. */
static enum status parse(struct buffer *line, struct log_identity *log, uint64_t *position)
{
	char      store_text[ID_TEXT_SIZE + 1];
	struct id store;

	buffer_append(line, BYTES("", 1));
	if (sscanf((const char *)line->data, "%36s %" SCNu64 " %" SCNu64, store_text, &log->epoch, position) != 3
	    || !id_parse(text_from(store_text), &store))
		return STATUS_CORRUPT;
	return id_equal(store, log->store) ? STATUS_OK : STATUS_CONFLICT;
}

static enum status begin_there(struct buffer *line, struct reader *reader, struct subscription_state *state,
                               const char *name)
{
	struct log_identity log = reader_identity(reader);
	struct hash         leaf = {0};
	uint64_t            position;
	enum status         status = parse(line, &log, &position);

	if (status == STATUS_OK && position > 0)
		status = reader_leaf(reader, position, &leaf);
	if (status != STATUS_OK && status != STATUS_NOT_FOUND)
		return status;
	status = subscription_begin_behind(state, name, log, position, &leaf);
	if (status == STATUS_OK)
		diag(DIAG_INFO, "cursor_taken_over", "%s goes on behind position %" PRIu64, name, position);
	return status == STATUS_CONFLICT ? STATUS_OK : status;
}

enum status former_cursor_take_over(const char *data, struct reader *reader, struct subscription_state *state,
                                    const char *name)
{
	char          path[PATH_MAX];
	struct buffer line = {0};
	enum status   status;

	snprintf(path, sizeof(path), "%s/mail.cursor", data);
	status = whole_file_read(path, CURSOR_SIZE_MAX, &line);
	if (status == STATUS_OK)
		status = begin_there(&line, reader, state, name);
	else if (status == STATUS_NOT_FOUND)
		return STATUS_OK;
	buffer_finish(&line);
	if (status != STATUS_OK) {
		diag(DIAG_ERROR, "cursor_not_taken_over", "%s: %s", path, status_sentence(status));
		return status;
	}
	return unlink(path) == 0 ? folder_sync_around(path) : STATUS_IO;
}
