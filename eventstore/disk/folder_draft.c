#include "eventstore/disk/folder_draft.h"

#include "eventstore/base/diag.h"
#include "eventstore/disk/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

_Static_assert(FOLDER_DRAFT_PATH_SIZE == PATH_MAX, "a path of any length");

enum { DRAFT_MODE = 0750 };

static enum status name_both(const char *place, struct folder_draft *draft)
{
	size_t size = strlen(place);

	while (size > 1 && place[size - 1] == '/')
		size--;
	if (snprintf(draft->place, PATH_MAX, "%.*s", (int)size, place) >= PATH_MAX
	    || snprintf(draft->path, PATH_MAX, "%.*s.part", (int)size, place) >= PATH_MAX)
		return STATUS_INVALID;
	return STATUS_OK;
}

static enum status status_of(int error)
{
	switch (error) {
	case ENOENT:
		return STATUS_NOT_FOUND;
	case EACCES:
	case EPERM:
	case EROFS:
		return STATUS_DENIED;
	case ENOSPC:
	case EDQUOT:
		return STATUS_FULL;
	default:
		return STATUS_IO;
	}
}

static enum status make(struct folder_draft *draft)
{
	return mkdir(draft->path, DRAFT_MODE) == 0 || errno == EEXIST ? STATUS_OK : status_of(errno);
}

/* The folder itself is locked, so that nothing of the lock is left in it. */
static enum status lock(struct folder_draft *draft)
{
	draft->lock = open(draft->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (draft->lock < 0)
		return status_of(errno);
	if (flock(draft->lock, LOCK_EX | LOCK_NB) == 0)
		return STATUS_OK;
	close(draft->lock);
	return STATUS_BUSY;
}

/* Once more after what was there is gone, since the lock went with it. */
static enum status begin_empty(struct folder_draft *draft)
{
	enum status status = make(draft);

	if (status == STATUS_OK)
		status = lock(draft);
	if (status != STATUS_OK || folder_vacant(draft->path))
		return status;
	status = folder_remove(draft->path);
	close(draft->lock);
	if (status == STATUS_OK)
		status = make(draft);
	return status == STATUS_OK ? lock(draft) : status;
}

enum status folder_draft_begin(const char *place, struct folder_draft *out)
{
	enum status status = name_both(place, out);

	if (status != STATUS_OK)
		return status;
	return folder_vacant(out->place) ? begin_empty(out) : STATUS_CONFLICT;
}

static enum status put_in_place(const struct folder_draft *draft)
{
	enum status status = folder_sync_all(draft->path);

	if (status == STATUS_OK && rename(draft->path, draft->place) != 0)
		status = errno == ENOTEMPTY || errno == EEXIST || errno == ENOTDIR ? STATUS_CONFLICT : status_of(errno);
	return status == STATUS_OK ? folder_sync_around(draft->place) : status;
}

enum status folder_draft_end(struct folder_draft *draft)
{
	enum status status = put_in_place(draft);

	if (status != STATUS_OK)
		folder_draft_drop(draft);
	else
		close(draft->lock);
	return status;
}

void folder_draft_drop(struct folder_draft *draft)
{
	if (folder_remove(draft->path) != STATUS_OK)
		diag(DIAG_WARN, "draft_left", "%s could not be removed", draft->path);
	close(draft->lock);
}
