#include "eventstore/backup/backup.h"

#include "eventstore/base/checkpoint.h"
#include "eventstore/base/clock.h"
#include "eventstore/disk/folder.h"
#include "eventstore/disk/folder_draft.h"
#include "eventstore/disk/whole_file.h"
#include "eventstore/log/log_copy.h"
#include "eventstore/log/notary.h"
#include "eventstore/vault/keys.h"
#include "eventstore/vault/keys_copy.h"

#include <limits.h>
#include <stdio.h>
#include <unistd.h>

/* What is backed up while it lives on. */
struct subject {
	const struct backup_plan *plan;
	struct backup_outcome    *out;
	struct log               *log;
	struct buffer             note; /* the checkpoint's */
	struct checkpoint         checkpoint;
	bool                      has_checkpoint;
	struct folder_draft       draft;
};

/* ---------------------------------------------------------------- what there is */

static struct text note_text(const struct subject *subject)
{
	return (struct text){.data = (char *)subject->note.data, .size = subject->note.size};
}

static void read_public_keys(const struct subject *subject, struct manifest *manifest)
{
	struct arena    arena = {0};
	struct log_keys keys;
	const char     *folder = log_keys_folder(subject->plan->log_keys, manifest->epoch, &arena);

	if (log_keys_read(folder, &keys) == STATUS_OK) {
		for (uint32_t i = 0; i < keys.count; i++)
			manifest->keys[manifest->key_count++] = note_signer_verifier(&keys.signers[i]);
		secret_wipe(&keys, sizeof(keys));
	}
	arena_finish(&arena);
}

/* One of an earlier epoch, before the writer has signed the first of this one, is left out. */
static bool is_ours(const struct subject *subject)
{
	const struct manifest *manifest = &subject->out->manifest;
	struct checkpoint      checkpoint;
	bool                   ours = manifest->key_count == 0;

	for (uint32_t i = 0; i < manifest->key_count && !ours; i++)
		ours = checkpoint_verify(note_text(subject), &manifest->keys[i], &checkpoint) == STATUS_OK;
	return ours;
}

/* Before the log's head is read, so that it does not go beyond it. */
static enum status read_checkpoint(struct subject *subject)
{
	char        path[PATH_MAX];
	struct note note;
	enum status status = folder_path(subject->plan->data, NOTARY_FILE, path);

	if (status == STATUS_OK)
		status = whole_file_read(path, NOTE_SIZE_MAX, &subject->note);
	if (status == STATUS_NOT_FOUND)
		return STATUS_OK;
	subject->has_checkpoint = status == STATUS_OK && note_parse(note_text(subject), &note)
	                          && checkpoint_parse(note.body, &subject->checkpoint) && is_ours(subject);
	return status;
}

static void describe(struct subject *subject, enum manifest_kind kind)
{
	struct manifest    *manifest = &subject->out->manifest;
	struct log_identity identity = log_identity(subject->log);

	*manifest = (struct manifest){
		.kind = kind, .store = identity.store, .epoch = identity.epoch, .time_us = clock_wall_us()};
	snprintf(manifest->build, sizeof(manifest->build), "%s", ORRERY_VERSION);
}

/* ---------------------------------------------------------------- the log */

static enum status copy_into(struct subject *subject, struct log *to)
{
	struct backup_outcome  *out = subject->out;
	struct log_copy_outcome copied = {0};
	struct log_copy_plan    plan = {.from = subject->log,
	                                .last = out->manifest.head,
	                                .to = to,
	                                .to_last = out->manifest.head,
	                                .mark = subject->has_checkpoint ? subject->checkpoint.size : 0,
	                                .done = subject->plan->done};
	enum status             status = plan.mark > plan.last ? STATUS_CORRUPT : log_copy(&plan, &copied);

	out->damaged = copied.damaged;
	out->snapshot_us_max = copied.snapshot_us_max;
	out->manifest.root = copied.root;
	if (status == STATUS_OK && subject->has_checkpoint && !hash_equal(&copied.mark_root, &subject->checkpoint.root))
		status = STATUS_CORRUPT;
	return status == STATUS_OK ? kv_trim(log_kv(to)) : status;
}

/* LMDB's lock file is nothing that one would keep. */
static enum status drop_lock_file(const char *folder)
{
	char        path[PATH_MAX];
	enum status status = folder_path(folder, "lock.mdb", path);

	return status == STATUS_OK && unlink(path) != 0 ? STATUS_IO : status;
}

static enum status copy_log(struct subject *subject)
{
	char                folder[PATH_MAX];
	struct log_identity identity = log_identity(subject->log);
	struct log         *to;
	enum status         status = folder_path(subject->draft.path, BACKUP_LOG_FOLDER, folder);

	if (status == STATUS_OK)
		status = log_create(folder, &identity, &to);
	if (status != STATUS_OK)
		return status;
	status = copy_into(subject, to);
	log_close(to);
	return status == STATUS_OK ? drop_lock_file(folder) : status;
}

static enum status write_checkpoint(struct subject *subject)
{
	char        path[PATH_MAX];
	enum status status = folder_path(subject->draft.path, BACKUP_CHECKPOINT_FILE, path);

	if (!subject->has_checkpoint)
		return STATUS_OK;
	subject->out->checkpoint_size = subject->checkpoint.size;
	if (status == STATUS_OK)
		status = whole_file_write(path, buffer_bytes(&subject->note), 0640);
	return status == STATUS_OK
	               ? manifest_add_file(&subject->out->manifest, subject->draft.path, BACKUP_CHECKPOINT_FILE)
	               : status;
}

static enum status fill_with_log(struct subject *subject)
{
	struct manifest *manifest = &subject->out->manifest;
	enum status      status = copy_log(subject);

	if (status == STATUS_OK)
		status = manifest_add_file(manifest, subject->draft.path, BACKUP_LOG_FILE);
	return status == STATUS_OK ? write_checkpoint(subject) : status;
}

/* ---------------------------------------------------------------- the vault */

static enum status fill_with_keys(struct subject *subject)
{
	char                   from[PATH_MAX], to[PATH_MAX];
	struct manifest       *manifest = &subject->out->manifest;
	struct keys_copy_count count;
	enum status            status = folder_path(subject->plan->data, KEYS_FOLDER, from);

	if (status == STATUS_OK)
		status = folder_path(subject->draft.path, KEYS_FOLDER, to);
	if (status == STATUS_OK)
		status = keys_copy(from, KV_READ, to, NULL, &count);
	if (status != STATUS_OK)
		return status;
	subject->out->persons = count.persons;
	subject->out->forgotten = count.forgotten;
	status = drop_lock_file(to);
	if (status == STATUS_OK)
		status = manifest_add_file(manifest, subject->draft.path, BACKUP_KEYS_FILE);
	return status == STATUS_OK ? manifest_add_file(manifest, subject->draft.path, BACKUP_WRAPPED_FILE) : status;
}

/* ---------------------------------------------------------------- either */

static enum status write_draft(struct subject *subject, enum status (*fill)(struct subject *subject))
{
	enum status status = folder_draft_begin(subject->plan->to, &subject->draft);

	if (status != STATUS_OK)
		return status;
	status = fill(subject);
	if (status == STATUS_OK)
		status = manifest_write(&subject->out->manifest, subject->draft.path);
	if (status == STATUS_OK)
		return folder_draft_end(&subject->draft);
	folder_draft_drop(&subject->draft);
	return status;
}

static enum status open_log(struct subject *subject)
{
	char        path[PATH_MAX];
	enum status status = folder_path(subject->plan->data, "log", path);

	return status == STATUS_OK ? log_open(path, KV_READ, &subject->log) : status;
}

enum status backup_log(const struct backup_plan *plan, struct backup_outcome *out)
{
	struct subject subject = {.plan = plan, .out = out};
	enum status    status = open_log(&subject);

	*out = (struct backup_outcome){0};
	if (status != STATUS_OK)
		return status;
	describe(&subject, MANIFEST_LOG);
	read_public_keys(&subject, &out->manifest);
	status = read_checkpoint(&subject);
	if (status == STATUS_OK)
		status = log_head_now(subject.log, &out->manifest.head);
	if (status == STATUS_OK)
		status = write_draft(&subject, fill_with_log);
	buffer_finish(&subject.note);
	log_close(subject.log);
	return status;
}

/* The head is read first: whoever was erased after it may be in the copy, and who was before it is not. */
enum status backup_keys(const struct backup_plan *plan, struct backup_outcome *out)
{
	struct subject subject = {.plan = plan, .out = out};
	enum status    status = open_log(&subject);

	*out = (struct backup_outcome){0};
	if (status != STATUS_OK)
		return status;
	describe(&subject, MANIFEST_KEYS);
	status = log_head_now(subject.log, &out->manifest.head);
	if (status == STATUS_OK)
		status = write_draft(&subject, fill_with_keys);
	log_close(subject.log);
	return status;
}
