#include "eventstore/log/notary.h"

#include "eventstore/base/arena.h"
#include "eventstore/base/checkpoint.h"
#include "eventstore/base/diag.h"
#include "eventstore/base/require.h"
#include "eventstore/base/ticker.h"
#include "eventstore/disk/whole_file.h"
#include "eventstore/log/log_keys.h"

#include <inttypes.h>
#include <stdlib.h>

struct notary {
	struct arena           arena; /* of the settings */
	struct notary_settings settings;
	struct reader         *reader; /* the thread's, once it runs */
	uint64_t               signed_size;
	bool                   complained;
	struct ticker         *ticker;
};

/* ---------------------------------------------------------------- signing */

static enum status tree_at(struct notary *notary, uint64_t size, struct hash *root)
{
	struct merkle_source tree = reader_tree(notary->reader);

	return merkle_root(&tree, size, root);
}

static void compose(const struct log_keys *keys, uint64_t size, const struct hash *root, struct buffer *note)
{
	struct checkpoint checkpoint = {.origin = text_from(keys->signers[0].name), .size = size, .root = *root};
	struct buffer     body = {0};
	struct text       text;

	checkpoint_format(&checkpoint, &body);
	text = (struct text){.data = (char *)body.data, .size = body.size};
	buffer_append_text(note, text);
	buffer_append_text(note, TEXT("\n"));
	for (uint32_t i = 0; i < keys->count; i++)
		note_sign(&keys->signers[i], text, note);
	buffer_finish(&body);
}

/* The keys are read each time, so that a new one signs without a restart and none stays in memory. */
static enum status sign(struct notary *notary, uint64_t size)
{
	struct log_keys keys;
	struct buffer   note = {0};
	struct hash     root;
	enum status     status = log_keys_read(notary->settings.keys, &keys);

	if (status != STATUS_OK)
		return status;
	status = tree_at(notary, size, &root);
	if (status == STATUS_OK) {
		compose(&keys, size, &root, &note);
		status = whole_file_write(notary->settings.file, buffer_bytes(&note), 0644);
	}
	secret_wipe(&keys, sizeof(keys));
	buffer_finish(&note);
	return status;
}

static enum status sign_if_grown(struct notary *notary)
{
	uint64_t    head;
	enum status status = reader_head(notary->reader, &head);

	if (status == STATUS_OK && head != notary->signed_size) {
		status = sign(notary, head);
		if (status == STATUS_OK)
			notary->signed_size = head;
	}
	/* Said once: a full disk lasts. */
	if (status != STATUS_OK && !notary->complained)
		diag(DIAG_ERROR, "checkpoint_not_signed", "%s: %s", notary->settings.file, status_sentence(status));
	notary->complained = status != STATUS_OK;
	return status;
}

/* ---------------------------------------------------------------- the past */

static enum status contradiction(const struct notary *notary, uint64_t size)
{
	diag(DIAG_ERROR, "log_contradicts_checkpoint",
	     "%s says that the log had %" PRIu64
	     " events with another content than it has now; somebody changed it, or put "
	     "an old copy in its place. A backup is brought back with `orrery restore`, which gives it a new epoch.",
	     notary->settings.file, size);
	return STATUS_CORRUPT;
}

static enum status compare(struct notary *notary, const struct checkpoint *checkpoint)
{
	struct hash root;
	enum status status = tree_at(notary, checkpoint->size, &root);

	if (status == STATUS_NOT_FOUND || (status == STATUS_OK && !hash_equal(&root, &checkpoint->root)))
		return contradiction(notary, checkpoint->size);
	return status;
}

/* A checkpoint that none of our keys signed is another log's, or of an earlier epoch, and says nothing of this one. */
static enum status check_signed(struct notary *notary, struct text note, const struct log_keys *keys)
{
	struct checkpoint checkpoint;
	enum status       status = STATUS_NOT_FOUND;

	for (uint32_t i = 0; i < keys->count && status == STATUS_NOT_FOUND; i++) {
		struct note_verifier verifier = note_signer_verifier(&keys->signers[i]);

		status = checkpoint_verify(note, &verifier, &checkpoint);
	}
	if (status == STATUS_OK)
		return compare(notary, &checkpoint);
	if (status != STATUS_NOT_FOUND)
		diag(DIAG_WARN, "checkpoint_damaged", "%s is no checkpoint; a new one is signed",
		     notary->settings.file);
	return STATUS_OK;
}

static enum status check_last(struct notary *notary, const struct log_keys *keys)
{
	struct buffer note = {0};
	enum status   status = whole_file_read(notary->settings.file, NOTE_SIZE_MAX, &note);

	if (status == STATUS_OK)
		status = check_signed(notary, (struct text){.data = (char *)note.data, .size = note.size}, keys);
	else if (status == STATUS_NOT_FOUND)
		status = STATUS_OK;
	buffer_finish(&note);
	return status;
}

static enum status read_or_make_keys(const struct notary_settings *settings, struct log_keys *keys)
{
	struct note_verifier made;
	enum status          status = log_keys_read(settings->keys, keys);

	if (status != STATUS_NOT_FOUND)
		return status;
	status = log_keys_add(settings->keys, settings->name, &made);
	if (status == STATUS_INVALID)
		diag(DIAG_ERROR, "log_name_invalid", "\"%.*s\" cannot be the name of a log's key",
		     TEXT_ARG(settings->name));
	return status == STATUS_OK ? log_keys_read(settings->keys, keys) : status;
}

static enum status take_up(struct notary *notary)
{
	struct log_keys keys;
	enum status     status = read_or_make_keys(&notary->settings, &keys);

	if (status == STATUS_OK) {
		status = check_last(notary, &keys);
		secret_wipe(&keys, sizeof(keys));
	}
	if (status == STATUS_OK)
		status = sign_if_grown(notary);
	/* Said already. With a full disk the log can still be read, and it is signed once there is room. */
	return status == STATUS_FULL ? STATUS_OK : status;
}

/* ---------------------------------------------------------------- starting and stopping */

static void tick(void *owner)
{
	sign_if_grown(owner);
}

static void keep(struct notary *notary, const struct notary_settings *settings)
{
	notary->settings = (struct notary_settings){
		.data = arena_text(&notary->arena, text_from(settings->data)).data,
		.keys = arena_text(&notary->arena, text_from(settings->keys)).data,
		.name = arena_text(&notary->arena, settings->name),
		.file = arena_text(&notary->arena, text_from(settings->file)).data,
	};
}

static void finish(struct notary *notary)
{
	reader_close(notary->reader);
	arena_finish(&notary->arena);
	free(notary);
}

enum status notary_start(const struct notary_settings *settings, struct notary **out)
{
	struct notary *notary = calloc(1, sizeof(*notary));
	enum status    status;

	require(notary != NULL);
	keep(notary, settings);
	status = reader_open(settings->data, &notary->reader);
	if (status == STATUS_OK)
		status = take_up(notary);
	if (status != STATUS_OK) {
		finish(notary);
		return status;
	}
	notary->ticker = ticker_start(NOTARY_EVERY_MS, false, tick, notary);
	*out = notary;
	return STATUS_OK;
}

void notary_stop(struct notary *notary)
{
	if (!notary)
		return;
	ticker_stop(notary->ticker);
	sign_if_grown(notary);
	finish(notary);
}
