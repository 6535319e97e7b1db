#include "eventstore/backup/restore.h"

#include "eventstore/backup/restore_parts.h"
#include "eventstore/base/checkpoint.h"
#include "eventstore/disk/folder.h"
#include "eventstore/disk/folder_draft.h"
#include "eventstore/disk/whole_file.h"
#include "eventstore/log/log_copy.h"

#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

struct restoring {
	const struct restore_plan *plan;
	struct restore_outcome    *out;
	struct log                *from;
	struct buffer              note;
	struct checkpoint          checkpoint;
	struct folder_draft        draft;
};

enum status restore_fault(char *fault, enum status status, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(fault, RESTORE_FAULT_SIZE, format, arguments);
	va_end(arguments);
	return status;
}

/* ---------------------------------------------------------------- what the manifest can tell */

enum status restore_open(const char *from, struct manifest *manifest, char *fault)
{
	const struct manifest_file *which;
	enum status                 status = manifest_read(from, manifest);

	if (status == STATUS_NOT_FOUND)
		return restore_fault(fault, status,
		                     "%s holds no " MANIFEST_FILE ": it is no backup, or an unfinished one.", from);
	if (status == STATUS_CORRUPT)
		return restore_fault(fault, status, "The file " MANIFEST_FILE " is damaged, or of another version.");
	if (status != STATUS_OK)
		return restore_fault(fault, status, "%s/" MANIFEST_FILE ": %s", from, status_sentence(status));
	status = manifest_check_files(manifest, from, &which);
	if (status == STATUS_CORRUPT)
		return restore_fault(fault, status, "The file %s is not the one that was backed up: its hash differs.",
		                     which->name);
	if (status != STATUS_OK)
		return restore_fault(fault, status == STATUS_NOT_FOUND ? STATUS_CORRUPT : status, "The file %s: %s",
		                     which->name, status_sentence(status));
	return STATUS_OK;
}

/* ---------------------------------------------------------------- who signed it */

static enum status verify_with(struct restoring *restoring, const struct note_verifier *verifier)
{
	struct text note = {.data = (char *)restoring->note.data, .size = restoring->note.size};

	return checkpoint_verify(note, verifier, &restoring->checkpoint);
}

static enum status verify_with_given(struct restoring *restoring)
{
	struct restore_outcome *out = restoring->out;
	enum status             status = verify_with(restoring, restoring->plan->log_key);

	out->trust = TRUST_LOG_KEY;
	if (status != STATUS_OK)
		return restore_fault(out->fault, STATUS_DENIED, "The checkpoint in it is not signed by the key %s.",
		                     restoring->plan->log_key->name);
	return STATUS_OK;
}

static enum status verify_with_own(struct restoring *restoring)
{
	const struct manifest *manifest = &restoring->out->manifest;
	enum status            status = STATUS_NOT_FOUND;

	for (uint32_t i = 0; i < manifest->key_count && status == STATUS_NOT_FOUND; i++)
		status = verify_with(restoring, &manifest->keys[i]);
	if (status == STATUS_OK)
		restoring->out->trust = TRUST_OWN_KEY;
	else if (manifest->key_count > 0)
		return restore_fault(restoring->out->fault, STATUS_CORRUPT,
		                     "The checkpoint in it is signed by none of the keys that it names.");
	return STATUS_OK;
}

static enum status check_signature(struct restoring *restoring)
{
	char                    path[PATH_MAX];
	struct restore_outcome *out = restoring->out;
	bool                    given = restoring->plan->log_key != NULL;
	enum status             status;

	if (!manifest_names(&out->manifest, BACKUP_CHECKPOINT_FILE))
		return given ? restore_fault(out->fault, STATUS_DENIED,
		                             "There is no checkpoint in it that the key could have signed.")
		             : STATUS_OK;
	status = folder_path(restoring->plan->from, BACKUP_CHECKPOINT_FILE, path);
	if (status == STATUS_OK)
		status = whole_file_read(path, NOTE_SIZE_MAX, &restoring->note);
	if (status != STATUS_OK)
		return status;
	status = given ? verify_with_given(restoring) : verify_with_own(restoring);
	if (status == STATUS_OK)
		out->checkpoint_size = restoring->checkpoint.size;
	return status;
}

/* ---------------------------------------------------------------- every record */

static enum status read_through(struct restoring *restoring, struct log *to)
{
	struct restore_outcome *out = restoring->out;
	uint64_t                head = out->manifest.head;
	struct log_copy_outcome read;
	struct log_copy_plan    plan = {.from = restoring->from,
	                                .last = head,
	                                .to = to,
	                                .to_last = out->head,
	                                .mark = out->checkpoint_size,
	                                .done = restoring->plan->done};
	enum status             status;

	if (out->checkpoint_size > head)
		return restore_fault(out->fault, STATUS_CORRUPT, "Its checkpoint goes beyond its end.");
	status = log_copy(&plan, &read);
	if (status == STATUS_CORRUPT)
		return restore_fault(out->fault, status, "Position %" PRIu64 " does not hold what was written there.",
		                     read.damaged);
	if (status != STATUS_OK)
		return status;
	if (!hash_equal(&read.root, &out->manifest.root))
		return restore_fault(out->fault, STATUS_CORRUPT, "Its tree has another root than its manifest says.");
	if (out->trust != TRUST_NONE && !hash_equal(&read.mark_root, &restoring->checkpoint.root))
		return restore_fault(out->fault, STATUS_CORRUPT, "Its tree contradicts its signed checkpoint.");
	return STATUS_OK;
}

static enum status begin_epoch(struct restoring *restoring, struct log *to)
{
	enum status status = log_raise_epoch(to, restoring->plan->epoch);

	if (status == STATUS_OK)
		restoring->out->identity = log_identity(to);
	return status == STATUS_OK ? kv_trim(log_kv(to)) : status;
}

/* Until it is complete the log lies under a name that no writer opens. */
static enum status fill(struct restoring *restoring)
{
	char                unfinished[PATH_MAX], log[PATH_MAX];
	struct log_identity identity = log_identity(restoring->from);
	struct log         *to;
	enum status         status;

	status = folder_path(restoring->draft.path, "unfinished", unfinished);
	if (status == STATUS_OK)
		status = folder_path(restoring->draft.path, "log", log);
	if (status == STATUS_OK)
		status = log_create(unfinished, &identity, &to);
	if (status != STATUS_OK)
		return status;
	status = read_through(restoring, to);
	if (status == STATUS_OK)
		status = begin_epoch(restoring, to);
	log_close(to);
	return status == STATUS_OK && rename(unfinished, log) != 0 ? STATUS_IO : status;
}

static enum status write_restored(struct restoring *restoring)
{
	struct restore_outcome *out = restoring->out;
	enum status             status = folder_draft_begin(restoring->plan->to, &restoring->draft);

	if (status == STATUS_CONFLICT)
		return restore_fault(out->fault, status, "%s is not empty.", restoring->plan->to);
	if (status == STATUS_BUSY)
		return restore_fault(out->fault, status, "Another process restores to %s.", restoring->plan->to);
	if (status != STATUS_OK)
		return restore_fault(out->fault, status, "%s: %s", restoring->plan->to, status_sentence(status));
	status = fill(restoring);
	if (status == STATUS_OK)
		return folder_draft_end(&restoring->draft);
	folder_draft_drop(&restoring->draft);
	return status;
}

/* ---------------------------------------------------------------- all of it */

static enum status check_identity(struct restoring *restoring)
{
	struct restore_outcome *out = restoring->out;
	uint64_t                at = restoring->plan->at;

	out->identity = log_identity(restoring->from);
	out->head = at < out->manifest.head ? at : out->manifest.head;
	if (!id_equal(out->identity.store, out->manifest.store) || out->identity.epoch != out->manifest.epoch)
		return restore_fault(out->fault, STATUS_CORRUPT, "Its log is another one than its manifest says.");
	if (at != UINT64_MAX && at > out->manifest.head)
		return restore_fault(out->fault, STATUS_INVALID, "It ends at position %" PRIu64 ".",
		                     out->manifest.head);
	return STATUS_OK;
}

static enum status work(struct restoring *restoring)
{
	enum status status = check_identity(restoring);

	if (status == STATUS_OK)
		status = check_signature(restoring);
	if (status != STATUS_OK)
		return status;
	return restoring->plan->to ? write_restored(restoring) : read_through(restoring, NULL);
}

static enum status open_from(struct restoring *restoring)
{
	char        path[PATH_MAX];
	enum status status = restore_open(restoring->plan->from, &restoring->out->manifest, restoring->out->fault);

	if (status != STATUS_OK)
		return status;
	if (restoring->out->manifest.kind != MANIFEST_LOG
	    || !manifest_names(&restoring->out->manifest, BACKUP_LOG_FILE))
		return restore_fault(restoring->out->fault, STATUS_INVALID,
		                     "It is a backup of the keys: `orrery restore --keys` brings it back.");
	status = folder_path(restoring->plan->from, BACKUP_LOG_FOLDER, path);
	return status == STATUS_OK ? log_open(path, KV_STILL, &restoring->from) : status;
}

enum status restore_log(const struct restore_plan *plan, struct restore_outcome *out)
{
	struct restoring restoring = {.plan = plan, .out = out};
	enum status      status;

	*out = (struct restore_outcome){0};
	status = open_from(&restoring);
	if (status == STATUS_OK)
		status = work(&restoring);
	buffer_finish(&restoring.note);
	log_close(restoring.from);
	return status;
}

enum status restore_check(const struct restore_plan *plan, struct restore_outcome *out)
{
	enum status status;

	*out = (struct restore_outcome){0};
	status = manifest_read(plan->from, &out->manifest);
	if (status == STATUS_OK && out->manifest.kind == MANIFEST_KEYS)
		return restore_open(plan->from, &out->manifest, out->fault);
	return restore_log(plan, out);
}
