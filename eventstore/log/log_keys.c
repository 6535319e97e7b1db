#include "eventstore/log/log_keys.h"

#include "eventstore/base/diag.h"
#include "eventstore/base/hash.h"
#include "eventstore/disk/folder.h"
#include "eventstore/disk/whole_file.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static const char suffix[] = ".key";

const char *log_keys_folder(const char *all, uint64_t epoch, struct arena *arena)
{
	return arena_format(arena, "%s/%" PRIu64, all, epoch).data;
}

uint64_t log_keys_next_epoch(const char *all)
{
	DIR           *folder = opendir(all);
	struct dirent *entry;
	uint64_t       last = 0, number;

	while (folder && (entry = readdir(folder)))
		if (text_parse_u64(text_from(entry->d_name), &number) && number > last)
			last = number;
	if (folder)
		closedir(folder);
	return last + 1;
}

static bool names_key(const char *name)
{
	size_t size = strlen(name);

	return size > sizeof(suffix) - 1 && strcmp(name + size - (sizeof(suffix) - 1), suffix) == 0;
}

static enum status parse_key(struct buffer *text, struct note_signer *signer)
{
	struct text key = {.data = (char *)text->data, .size = text->size};

	if (key.size > 0 && key.data[key.size - 1] == '\n')
		key.size--;
	return note_signer_parse(key, signer) ? STATUS_OK : STATUS_CORRUPT;
}

static enum status read_key(const char *path, struct note_signer *signer)
{
	struct buffer text = {0};
	enum status   status = whole_file_read_secret(path, NOTE_KEY_SIZE_MAX, &text);

	if (status == STATUS_OK)
		status = parse_key(&text, signer);
	if (text.data)
		secret_wipe(text.data, text.capacity);
	buffer_finish(&text);
	if (status != STATUS_OK)
		diag(DIAG_ERROR, "log_key_unusable", "%s: %s", path, status_sentence(status));
	return status;
}

static enum status take_key(const char *directory, const char *file, struct log_keys *keys)
{
	char        path[PATH_MAX];
	enum status status;

	if (keys->count == LOG_KEYS_MAX)
		return STATUS_FULL;
	if ((size_t)snprintf(path, sizeof(path), "%s/%s", directory, file) >= sizeof(path))
		return STATUS_INVALID;
	status = read_key(path, &keys->signers[keys->count]);
	if (status != STATUS_OK)
		return status;
	if (strcmp(keys->signers[0].name, keys->signers[keys->count].name) != 0) {
		diag(DIAG_ERROR, "log_keys_differ", "%s: the keys bear the names of several logs", directory);
		return STATUS_CORRUPT;
	}
	keys->count++;
	return STATUS_OK;
}

/* In the order of their names, so that a note's signatures always come in one order. */
enum status log_keys_read(const char *directory, struct log_keys *out)
{
	struct log_keys keys = {0};
	struct dirent **files;
	int             count = scandir(directory, &files, NULL, alphasort);
	enum status     status = STATUS_OK;

	if (count < 0)
		return errno == ENOENT ? STATUS_NOT_FOUND : STATUS_DENIED;
	for (int i = 0; i < count; i++) {
		if (status == STATUS_OK && names_key(files[i]->d_name))
			status = take_key(directory, files[i]->d_name, &keys);
		free(files[i]);
	}
	free(files);
	if (status == STATUS_OK && keys.count == 0)
		status = STATUS_NOT_FOUND;
	if (status == STATUS_OK)
		*out = keys;
	secret_wipe(&keys, sizeof(keys));
	return status;
}

static enum status make_folder(const char *directory)
{
	enum status status = folder_make(directory);

	if (status == STATUS_OK && chmod(directory, 0700) != 0)
		status = STATUS_IO;
	return status;
}

static void key_path(const char *directory, uint32_t id, char out[PATH_MAX])
{
	snprintf(out, PATH_MAX, "%s/%08" PRIx32 "%s", directory, id, suffix);
}

static enum status write_key(const char *directory, const struct note_signer *signer, struct note_verifier *out)
{
	struct buffer text = {0};
	char          path[PATH_MAX];
	enum status   status;

	*out = note_signer_verifier(signer);
	key_path(directory, out->id, path);
	buffer_reserve(&text, NOTE_KEY_SIZE_MAX);
	note_signer_format(signer, &text);
	buffer_append_text(&text, TEXT("\n"));
	status = whole_file_write(path, buffer_bytes(&text), 0600);
	secret_wipe(text.data, text.capacity);
	buffer_finish(&text);
	return status;
}

enum status log_keys_add(const char *directory, struct text name, struct note_verifier *out)
{
	struct log_keys    keys = {0};
	struct note_signer signer = {0};
	enum status        status = log_keys_read(directory, &keys);

	if (status == STATUS_OK && keys.count == LOG_KEYS_MAX)
		status = STATUS_FULL;
	if (status == STATUS_OK)
		name = text_from(keys.signers[0].name);
	if (status == STATUS_NOT_FOUND)
		status = note_name_valid(name) ? make_folder(directory) : STATUS_INVALID;
	if (status == STATUS_OK) {
		memcpy(signer.name, name.data, name.size);
		sign_key_fresh(&signer.key);
		status = write_key(directory, &signer, out);
	}
	secret_wipe(&signer, sizeof(signer));
	secret_wipe(&keys, sizeof(keys));
	return status;
}

enum status log_keys_remove(const char *directory, uint32_t id)
{
	struct log_keys keys;
	char            path[PATH_MAX];
	enum status     status = log_keys_read(directory, &keys);

	if (status != STATUS_OK)
		return status;
	key_path(directory, id, path);
	if (access(path, F_OK) != 0)
		status = STATUS_NOT_FOUND;
	else if (keys.count == 1)
		status = STATUS_CONFLICT;
	else if (unlink(path) != 0)
		status = STATUS_IO;
	secret_wipe(&keys, sizeof(keys));
	return status == STATUS_OK ? folder_sync(directory) : status;
}
