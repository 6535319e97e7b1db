#include "eventstore/writer/epoch.h"

#include "eventstore/log/log.h"
#include "eventstore/writer/writer_lock.h"

#include <limits.h>
#include <stdio.h>

/* What nobody has made yet is not made here. */
static enum status find_log(const char *data, char path[PATH_MAX])
{
	struct log *log;
	enum status status;

	snprintf(path, PATH_MAX, "%s/log", data);
	status = log_open(path, KV_READ, &log);
	if (status == STATUS_OK)
		log_close(log);
	return status;
}

static enum status raise_in(const char *path, uint64_t least, struct log_identity *out)
{
	struct log *log;
	enum status status = log_open(path, KV_WRITE, &log);

	if (status != STATUS_OK)
		return status;
	status = log_raise_epoch(log, least);
	if (status == STATUS_OK)
		*out = log_identity(log);
	log_close(log);
	return status;
}

enum status epoch_raise(const char *data, uint64_t least, struct log_identity *out)
{
	char        path[PATH_MAX];
	int         lock;
	enum status status = find_log(data, path);

	if (status == STATUS_OK)
		status = writer_lock_take(data, &lock);
	if (status != STATUS_OK)
		return status;
	status = raise_in(path, least, out);
	writer_lock_release(lock);
	return status;
}
