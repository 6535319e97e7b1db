#include "eventstore/backup/restore_parts.h"
#include "eventstore/disk/folder.h"
#include "eventstore/disk/folder_draft.h"
#include "eventstore/vault/erasure.h"
#include "eventstore/vault/keys.h"
#include "eventstore/vault/keys_copy.h"
#include "eventstore/writer/writer_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define RESTORED_FOLDER KEYS_FOLDER ".restored"
#define REPLACED_FOLDER KEYS_FOLDER ".replaced"

struct restoring {
	const struct restore_keys_plan *plan;
	struct restore_keys_outcome    *out;
	char                            backup[PATH_MAX]; /* the vault in it */
	struct map                      forgotten;
	struct hash                     root;      /* which vault it is */
	bool                            up_to_now; /* somebody was asked who knows every erasure */
};

/* ---------------------------------------------------------------- who was erased */

/* A log that was restored since then may have lost erasures, so only one that is still in its epoch knows them all. */
static enum status take_log(struct restoring *restoring, struct log *log)
{
	const struct manifest *manifest = &restoring->out->manifest;
	struct log_identity    identity = log_identity(log);
	uint64_t               head;
	enum status            status = log_head_now(log, &head);

	if (status != STATUS_OK)
		return status;
	if (!id_equal(identity.store, manifest->store))
		return STATUS_CONFLICT;
	if (identity.epoch == manifest->epoch && head >= manifest->head)
		restoring->up_to_now = true;
	return erasure_gather(log, &restoring->forgotten);
}

static enum status ask_log(struct restoring *restoring, const char *data)
{
	char        path[PATH_MAX];
	struct log *log;
	enum status status = folder_path(data, "log", path);

	if (status == STATUS_OK)
		status = log_open(path, KV_READ, &log);
	if (status != STATUS_OK)
		return status == STATUS_NOT_FOUND ? STATUS_OK : status;
	status = take_log(restoring, log);
	log_close(log);
	return status;
}

/* One that is damaged may be the reason why its backup is brought back. */
static void ask_vault(struct restoring *restoring, const char *data)
{
	char        path[PATH_MAX];
	struct hash root;

	if (folder_path(data, KEYS_FOLDER, path) == STATUS_OK
	    && keys_gather_forgotten(path, KV_READ, &restoring->forgotten, &root) == STATUS_OK)
		restoring->up_to_now |= hash_equal(&root, &restoring->root);
}

static enum status ask(struct restoring *restoring, const char *data)
{
	ask_vault(restoring, data);
	return ask_log(restoring, data);
}

static enum status ask_both(struct restoring *restoring)
{
	enum status status = ask(restoring, restoring->plan->to);

	if (status == STATUS_CONFLICT)
		return restore_fault(restoring->out->fault, STATUS_INVALID,
		                     "The keys in the backup are those of another log.");
	if (status != STATUS_OK || !restoring->plan->living)
		return status;
	status = ask(restoring, restoring->plan->living);
	return status == STATUS_CONFLICT ? STATUS_OK : status; /* that one has nothing to do with it */
}

/* The backup's own forgotten are copied with it; here only its root is wanted. */
static enum status know_backup(struct restoring *restoring)
{
	return keys_gather_forgotten(restoring->backup, KV_STILL, &restoring->forgotten, &restoring->root);
}

static enum status gather(struct restoring *restoring)
{
	enum status status = know_backup(restoring);

	if (status == STATUS_OK)
		status = ask_both(restoring);
	if (status != STATUS_OK || restoring->up_to_now || restoring->plan->force)
		return status;
	return restore_fault(restoring->out->fault, STATUS_INVALID,
	                     "Nobody here knows who was erased after the backup was made, at position %" PRIu64
	                     ": neither the vault that it is of, nor a log of the same epoch. Those persons would come "
	                     "back. Let ORRERY_DATA name the folder that has one of the two, or say --force.",
	                     restoring->out->manifest.head);
}

/* ---------------------------------------------------------------- in its place */

/* What was there goes aside in the same moment, so that there always is a vault. */
static enum status change_places(const char *restored, const char *place, const char *replaced)
{
	if (renameat2(AT_FDCWD, restored, AT_FDCWD, place, RENAME_EXCHANGE) != 0 || rename(restored, replaced) != 0)
		return STATUS_IO;
	return folder_sync_around(place);
}

static enum status put_in_place(struct restoring *restoring, const char *restored)
{
	char                         place[PATH_MAX], replaced[PATH_MAX];
	struct restore_keys_outcome *out = restoring->out;
	enum status                  status = folder_path(restoring->plan->to, KEYS_FOLDER, place);

	if (status == STATUS_OK)
		status = folder_path(restoring->plan->to, REPLACED_FOLDER, replaced);
	if (status != STATUS_OK)
		return status;
	if (folder_vacant(place))
		return rename(restored, place) == 0 ? folder_sync_around(place) : STATUS_IO;
	out->replaced = true;
	return change_places(restored, place, replaced);
}

static enum status write_vault(struct restoring *restoring, const char *restored)
{
	struct folder_draft    draft;
	struct keys_copy_count count;
	enum status            status = folder_remove(restored); /* of an attempt that was cut short */

	if (status == STATUS_OK)
		status = folder_draft_begin(restored, &draft);
	if (status != STATUS_OK)
		return status;
	status = keys_copy(restoring->backup, KV_STILL, draft.path, &restoring->forgotten, &count);
	if (status != STATUS_OK) {
		folder_draft_drop(&draft);
		return status;
	}
	restoring->out->persons = count.persons;
	restoring->out->forgotten = count.forgotten;
	return folder_draft_end(&draft);
}

static enum status check_replaced(struct restoring *restoring)
{
	char        replaced[PATH_MAX];
	enum status status = folder_path(restoring->plan->to, REPLACED_FOLDER, replaced);

	if (status == STATUS_OK && !folder_vacant(replaced))
		return restore_fault(
			restoring->out->fault, STATUS_CONFLICT,
			"%s is there from an earlier time. It holds keys that no erasure reaches: see that "
			"nothing of it is needed, and delete it.",
			replaced);
	return status;
}

static enum status work(struct restoring *restoring)
{
	char        restored[PATH_MAX];
	enum status status = check_replaced(restoring);

	if (status == STATUS_OK)
		status = folder_path(restoring->plan->to, RESTORED_FOLDER, restored);
	if (status == STATUS_OK)
		status = gather(restoring);
	if (status == STATUS_OK)
		status = write_vault(restoring, restored);
	return status == STATUS_OK ? put_in_place(restoring, restored) : status;
}

static enum status open_from(struct restoring *restoring)
{
	struct restore_keys_outcome *out = restoring->out;
	enum status                  status = restore_open(restoring->plan->from, &out->manifest, out->fault);

	if (status != STATUS_OK)
		return status;
	if (out->manifest.kind != MANIFEST_KEYS)
		return restore_fault(out->fault, STATUS_INVALID, "It is a backup of the log, not of the keys.");
	return folder_path(restoring->plan->from, KEYS_FOLDER, restoring->backup);
}

enum status restore_keys(const struct restore_keys_plan *plan, struct restore_keys_outcome *out)
{
	struct restoring restoring = {.plan = plan, .out = out, .forgotten = {.key_size = sizeof(struct id)}};
	int              lock = -1;
	enum status      status;

	*out = (struct restore_keys_outcome){0};
	status = open_from(&restoring);
	if (status == STATUS_OK)
		status = writer_lock_take(plan->to, &lock);
	if (status == STATUS_BUSY)
		return restore_fault(out->fault, status, "A writer runs on %s; stop it first.", plan->to);
	if (status == STATUS_OK)
		status = work(&restoring);
	writer_lock_release(lock);
	map_finish(&restoring.forgotten);
	return status;
}
