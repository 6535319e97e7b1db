#include "eventstore/backup/manifest.h"

#include "eventstore/base/base64.h"
#include "eventstore/base/clock.h"
#include "eventstore/base/require.h"
#include "eventstore/disk/folder.h"
#include "eventstore/disk/whole_file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { READ_AT_ONCE = 1 << 20, HASH_TEXT_SIZE = BASE64_STANDARD_SIZE(sizeof(struct hash)) };

#define HEAD "orrery backup 1\n"

static const char *const kinds[] = {[MANIFEST_LOG] = "log", [MANIFEST_KEYS] = "keys"};

/* ---------------------------------------------------------------- files */

static enum status hash_file(int fd, uint64_t *size, struct hash *out)
{
	uint8_t             *piece = malloc(READ_AT_ONCE);
	struct hash_running *running = hash_begin();
	ssize_t              got;

	require(piece != NULL);
	*size = 0;
	while ((got = read(fd, piece, READ_AT_ONCE)) > 0) {
		hash_add(running, BYTES(piece, (size_t)got));
		*size += (uint64_t)got;
	}
	*out = hash_end(running);
	free(piece);
	return got == 0 ? STATUS_OK : STATUS_IO;
}

static enum status look_at(const char *folder, const char *name, bool sync, uint64_t *size, struct hash *sha256)
{
	char        path[PATH_MAX];
	int         fd;
	enum status status;

	if (folder_path(folder, name, path) != STATUS_OK)
		return STATUS_INVALID;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? STATUS_NOT_FOUND : errno == EACCES ? STATUS_DENIED : STATUS_IO;
	status = hash_file(fd, size, sha256);
	if (status == STATUS_OK && sync && fsync(fd) != 0)
		status = STATUS_IO;
	close(fd);
	return status;
}

enum status manifest_add_file(struct manifest *manifest, const char *folder, const char *name)
{
	struct manifest_file *file = &manifest->files[manifest->file_count];
	enum status           status;

	require(manifest->file_count < MANIFEST_FILES_MAX && strlen(name) < sizeof(file->name));
	strcpy(file->name, name);
	status = look_at(folder, name, true, &file->size, &file->sha256);
	if (status == STATUS_OK)
		manifest->file_count++;
	return status;
}

enum status manifest_check_files(const struct manifest *manifest, const char *folder,
                                 const struct manifest_file **which)
{
	struct hash sha256;
	uint64_t    size;
	enum status status;

	for (uint32_t i = 0; i < manifest->file_count; i++) {
		*which = &manifest->files[i];
		status = look_at(folder, (*which)->name, false, &size, &sha256);
		if (status == STATUS_OK && (size != (*which)->size || !hash_equal(&sha256, &(*which)->sha256)))
			status = STATUS_CORRUPT;
		if (status != STATUS_OK)
			return status;
	}
	return STATUS_OK;
}

bool manifest_names(const struct manifest *manifest, const char *name)
{
	for (uint32_t i = 0; i < manifest->file_count; i++)
		if (strcmp(manifest->files[i].name, name) == 0)
			return true;
	return false;
}

/* ---------------------------------------------------------------- writing */

static void append_hash(struct buffer *out, const char *word, const struct hash *hash, const char *end)
{
	char text[HASH_TEXT_SIZE];

	base64_standard_encode(BYTES(hash->bytes, sizeof(hash->bytes)), text);
	buffer_format(out, "%s%.*s%s", word, HASH_TEXT_SIZE, text, end);
}

static void format(const struct manifest *manifest, struct buffer *out)
{
	char        store[ID_TEXT_SIZE + 1], time[TIME_TEXT_SIZE + 1];
	struct hash sum;

	id_format(manifest->store, store);
	time_format(manifest->time_us, time);
	buffer_format(out, HEAD "kind %s\nstore %s\nepoch %" PRIu64 "\nhead %" PRIu64 "\n", kinds[manifest->kind],
	              store, manifest->epoch, manifest->head);
	append_hash(out, "root ", &manifest->root, "\n");
	buffer_format(out, "time %s\nbuild %s\n", time, manifest->build);
	for (uint32_t i = 0; i < manifest->key_count; i++) {
		buffer_format(out, "key ");
		note_verifier_format(&manifest->keys[i], out);
		buffer_format(out, "\n");
	}
	for (uint32_t i = 0; i < manifest->file_count; i++) {
		buffer_format(out, "file %" PRIu64, manifest->files[i].size);
		append_hash(out, " ", &manifest->files[i].sha256, " ");
		buffer_format(out, "%s\n", manifest->files[i].name);
	}
	sum = hash_sha256(buffer_bytes(out));
	append_hash(out, "sum ", &sum, "\n");
}

enum status manifest_write(const struct manifest *manifest, const char *folder)
{
	char          path[PATH_MAX];
	struct buffer text = {0};
	enum status   status = folder_path(folder, MANIFEST_FILE, path);

	if (status != STATUS_OK)
		return status;
	format(manifest, &text);
	status = whole_file_write(path, buffer_bytes(&text), 0640);
	buffer_finish(&text);
	return status;
}

/* ---------------------------------------------------------------- reading */

/* "WORD VALUE" and a line feed; false, and nothing taken, when the next line is another one. */
static bool take_line(struct text *rest, const char *word, struct text *value)
{
	struct text line = *rest;
	const char *end;

	if (!text_take(&line, text_from(word)) || !text_take(&line, TEXT(" ")))
		return false;
	end = memchr(line.data, '\n', line.size);
	if (!end)
		return false;
	*value = (struct text){.data = line.data, .size = (size_t)(end - line.data)};
	rest->size -= (size_t)(end + 1 - rest->data);
	rest->data = end + 1;
	return true;
}

static bool take_number(struct text *rest, const char *word, uint64_t *number)
{
	struct text value;

	return take_line(rest, word, &value) && text_parse_u64(value, number);
}

static bool parse_hash(struct text text, struct hash *hash)
{
	uint8_t bytes[HASH_TEXT_SIZE];
	size_t  size;

	if (text.size != HASH_TEXT_SIZE || !base64_standard_decode(text, bytes, &size) || size != sizeof(hash->bytes))
		return false;
	memcpy(hash->bytes, bytes, sizeof(hash->bytes));
	return true;
}

static bool take_hash(struct text *rest, const char *word, struct hash *hash)
{
	struct text value;

	return take_line(rest, word, &value) && parse_hash(value, hash);
}

static bool take_kind(struct text *rest, enum manifest_kind *kind)
{
	struct text value;

	if (!take_line(rest, "kind", &value))
		return false;
	*kind = text_is(value, kinds[MANIFEST_KEYS]) ? MANIFEST_KEYS : MANIFEST_LOG;
	return text_is(value, kinds[*kind]);
}

static struct text take_word(struct text *rest)
{
	const char *end = memchr(rest->data, ' ', rest->size);
	struct text word = {.data = rest->data, .size = end ? (size_t)(end - rest->data) : rest->size};

	rest->data += word.size + (end ? 1 : 0);
	rest->size -= word.size + (end ? 1 : 0);
	return word;
}

/* A name that leads out of the folder is nobody's file. */
static bool parse_file(struct text line, struct manifest_file *file)
{
	struct text size = take_word(&line), sha256 = take_word(&line);

	if (!text_parse_u64(size, &file->size) || !parse_hash(sha256, &file->sha256))
		return false;
	if (!line.data || line.size == 0 || line.size >= sizeof(file->name) || line.data[0] == '/'
	    || memmem(line.data, line.size, "..", 2))
		return false;
	memcpy(file->name, line.data, line.size);
	return true;
}

static bool take_heads(struct text *rest, struct manifest *out)
{
	struct text store, time, build;

	if (!text_take(rest, TEXT(HEAD)) || !take_kind(rest, &out->kind) || !take_line(rest, "store", &store)
	    || !take_number(rest, "epoch", &out->epoch) || !take_number(rest, "head", &out->head)
	    || !take_hash(rest, "root", &out->root) || !take_line(rest, "time", &time)
	    || !take_line(rest, "build", &build))
		return false;
	if (!id_parse(store, &out->store) || !time_parse(time, &out->time_us) || build.size >= sizeof(out->build))
		return false;
	memcpy(out->build, build.data, build.size);
	return true;
}

static bool take_lists(struct text *rest, struct manifest *out)
{
	struct text value;

	for (; take_line(rest, "key", &value); out->key_count++)
		if (out->key_count == LOG_KEYS_MAX || !note_verifier_parse(value, &out->keys[out->key_count]))
			return false;
	for (; take_line(rest, "file", &value); out->file_count++)
		if (out->file_count == MANIFEST_FILES_MAX || !parse_file(value, &out->files[out->file_count]))
			return false;
	return out->file_count > 0;
}

static bool parse(struct text text, struct manifest *out)
{
	struct text rest = text;
	struct hash expected, sum;

	if (!take_heads(&rest, out) || !take_lists(&rest, out))
		return false;
	sum = hash_sha256(BYTES(text.data, text.size - rest.size));
	return take_hash(&rest, "sum", &expected) && rest.size == 0 && hash_equal(&sum, &expected);
}

enum status manifest_read(const char *folder, struct manifest *out)
{
	char            path[PATH_MAX];
	struct buffer   text = {0};
	struct manifest parsed = {0};
	enum status     status = folder_path(folder, MANIFEST_FILE, path);

	if (status == STATUS_OK)
		status = whole_file_read(path, MANIFEST_SIZE_MAX, &text);
	if (status == STATUS_TOO_LARGE)
		status = STATUS_CORRUPT;
	if (status == STATUS_OK && !parse((struct text){.data = (char *)text.data, .size = text.size}, &parsed))
		status = STATUS_CORRUPT;
	buffer_finish(&text);
	if (status == STATUS_OK)
		*out = parsed;
	return status;
}
