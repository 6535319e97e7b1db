#include "eventstore/base/checkpoint.h"
#include "eventstore/disk/whole_file.h"
#include "eventstore/feed/follower_parts.h"
#include "eventstore/log/notary.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>

/* By any of the keys that are trusted. */
static enum status check_signature(const struct follower *follower, struct text note, struct checkpoint *out)
{
	const struct follower_settings *settings = follower->settings;
	enum status                     status = STATUS_NOT_FOUND;

	for (uint32_t i = 0; i < settings->log_key_count && status == STATUS_NOT_FOUND; i++)
		status = checkpoint_verify(note, &settings->log_keys[i], out);
	return status;
}

static void note_path(const struct follower *follower, char out[PATH_MAX])
{
	snprintf(out, PATH_MAX, "%s/" NOTARY_FILE, follower->settings->directory);
}

/* The one before, which another one now contradicts, shows who said what: both are kept. */
static enum status refuse_fork(struct follower *follower, uint64_t size)
{
	char path[PATH_MAX], beside[PATH_MAX + 16];

	note_path(follower, path);
	snprintf(beside, sizeof(beside), "%s.contradiction", path);
	if (whole_file_write(beside, buffer_bytes(&follower->note), 0644) != STATUS_OK)
		return STATUS_IO;
	return follower_refuse(
		follower,
		"The signed checkpoint of %" PRIu64 " events has another root than the records that came: the "
		"feed's log has forked, or it sends what was not signed. The copy is vouched for up to position "
		"%" PRIu64 "; the checkpoint is kept in %s.",
		size, follower->verified, beside);
}

static enum status compare(struct follower *follower, const struct checkpoint *checkpoint)
{
	char        path[PATH_MAX];
	struct hash root;
	enum status status = copy_root(follower->copy, checkpoint->size, &root);

	if (status == STATUS_NOT_FOUND)
		return follower_refuse(follower,
		                       "The feed sent a checkpoint of %" PRIu64 " events before the events themselves.",
		                       checkpoint->size);
	if (status != STATUS_OK)
		return status;
	if (!hash_equal(&root, &checkpoint->root))
		return refuse_fork(follower, checkpoint->size);
	if (checkpoint->size <= follower->verified)
		return STATUS_OK;
	note_path(follower, path);
	status = whole_file_write(path, buffer_bytes(&follower->note), 0644);
	if (status == STATUS_OK)
		follower->verified = checkpoint->size;
	return status;
}

/* After the records that came with it are on disk. */
enum status follower_settle_note(struct follower *follower)
{
	struct checkpoint checkpoint;
	enum status       status = STATUS_OK;

	if (follower->note.size == 0)
		return STATUS_OK;
	switch (check_signature(follower, (struct text){(const char *)follower->note.data, follower->note.size},
	                        &checkpoint)) {
	case STATUS_OK:
		status = compare(follower, &checkpoint);
		break;
	case STATUS_NOT_FOUND:
		status = follower_refuse(
			follower, "The feed's checkpoint is signed by none of the keys that were given as --log-key. "
				  "After a restore or a promotion the log has new ones: `orrery keys log` prints "
				  "them on its host.");
		break;
	default:
		status = follower_refuse(follower, "The feed sent a checkpoint whose signature is wrong.");
	}
	follower->note.size = 0;
	return status;
}

/* What was verified in an earlier life, if the copy is still that one. */
enum status follower_recall_note(struct follower *follower)
{
	char              path[PATH_MAX];
	struct checkpoint checkpoint;
	struct hash       root;
	struct buffer     note = {0};
	enum status       status;

	note_path(follower, path);
	status = whole_file_read(path, NOTE_SIZE_MAX, &note);
	if (status == STATUS_OK)
		status = check_signature(follower, (struct text){(const char *)note.data, note.size}, &checkpoint);
	if (status == STATUS_OK) {
		status = copy_root(follower->copy, checkpoint.size, &root);
		if (status == STATUS_OK && hash_equal(&root, &checkpoint.root))
			follower->verified = checkpoint.size;
		else
			status = follower_refuse(
				follower,
				"The copy contradicts the checkpoint of %" PRIu64
				" events that it was verified with: its files were changed, or an old copy was "
				"put in their place. Begin anew in an empty folder.",
				checkpoint.size);
		buffer_finish(&note);
		return status;
	}
	buffer_finish(&note);
	/* None, or one by keys of an earlier epoch: the next one counts. */
	return STATUS_OK;
}
