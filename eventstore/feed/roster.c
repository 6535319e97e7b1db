#include "eventstore/feed/roster.h"

#include "eventstore/base/diag.h"
#include "eventstore/disk/folder.h"
#include "eventstore/disk/whole_file.h"

#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>

static const char keys_word[] = " keys";

enum { FILE_SIZE_MAX = ROSTER_MAX * (ROSTER_NAME_SIZE_MAX + 1 + IDENTITY_KEY_TEXT_SIZE + sizeof(keys_word)) };

static void path_of(const char *folder, const char *name, char out[PATH_MAX])
{
	snprintf(out, PATH_MAX, "%s/%s", folder, name);
}

static enum status make_folder(const char *folder)
{
	enum status status = folder_make(folder);

	if (status == STATUS_OK && chmod(folder, 0700) != 0)
		status = STATUS_IO;
	return status;
}

enum status roster_own_key(const char *folder, struct noise_key *out)
{
	char        path[PATH_MAX];
	enum status status = make_folder(folder);

	path_of(folder, "feed.key", path);
	return status == STATUS_OK ? identity_key_find(path, out) : status;
}

/* ---------------------------------------------------------------- the file's lines */

static bool name_valid(struct text name)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";

	for (size_t i = 0; i < name.size; i++)
		if (name.data[i] == '\0' || !strchr(allowed, name.data[i]))
			return false;
	return name.size > 0 && name.size <= ROSTER_NAME_SIZE_MAX;
}

static bool make_entry(struct text name, struct text key, bool keys, struct roster_entry *out)
{
	struct roster_entry entry = {.keys = keys};

	if (!name_valid(name) || !identity_key_parse(key, &entry.key))
		return false;
	memcpy(entry.name, name.data, name.size);
	*out = entry;
	return true;
}

/* Cuts the word off the end. */
static bool take_keys_word(struct text *line)
{
	size_t size = sizeof(keys_word) - 1;

	if (line->size < size || memcmp(line->data + line->size - size, keys_word, size) != 0)
		return false;
	line->size -= size;
	return true;
}

static bool parse_line(struct text line, struct roster_entry *out)
{
	bool        keys = take_keys_word(&line);
	const char *space = memchr(line.data, ' ', line.size);
	size_t      size = space ? (size_t)(space - line.data) : 0;

	return space
	       && make_entry((struct text){line.data, size}, (struct text){space + 1, line.size - size - 1}, keys, out);
}

static enum status parse(struct text rest, struct roster *roster)
{
	while (rest.size > 0) {
		const char *end = memchr(rest.data, '\n', rest.size);
		struct text line = {rest.data, end ? (size_t)(end - rest.data) : 0};

		if (!end || roster->count == ROSTER_MAX || !parse_line(line, &roster->entries[roster->count]))
			return STATUS_CORRUPT;
		roster->count++;
		rest = (struct text){end + 1, rest.size - line.size - 1};
	}
	return STATUS_OK;
}

enum status roster_read(const char *folder, struct roster *out)
{
	char          path[PATH_MAX];
	struct roster roster = {0};
	struct buffer file = {0};
	enum status   status;

	path_of(folder, "followers", path);
	status = whole_file_read(path, FILE_SIZE_MAX, &file);
	if (status == STATUS_OK)
		status = parse((struct text){.data = (const char *)file.data, .size = file.size}, &roster);
	buffer_finish(&file);
	if (status == STATUS_CORRUPT || status == STATUS_TOO_LARGE)
		diag(DIAG_ERROR, "followers_damaged", "%s: each line is NAME KEY, for %d at most", path, ROSTER_MAX);
	if (status != STATUS_OK && status != STATUS_NOT_FOUND)
		return status;
	*out = roster;
	return STATUS_OK;
}

static enum status write_roster(const char *folder, const struct roster *roster)
{
	char          path[PATH_MAX], key[IDENTITY_KEY_TEXT_SIZE + 1];
	struct buffer file = {0};
	enum status   status;

	path_of(folder, "followers", path);
	for (uint32_t i = 0; i < roster->count; i++) {
		identity_key_format(&roster->entries[i].key, key);
		buffer_format(&file, "%s %s%s\n", roster->entries[i].name, key,
		              roster->entries[i].keys ? keys_word : "");
	}
	status = whole_file_write(path, buffer_bytes(&file), 0600);
	buffer_finish(&file);
	return status;
}

/* ---------------------------------------------------------------- who is in it */

const struct roster_entry *roster_find(const struct roster *roster, const struct noise_public *key)
{
	for (uint32_t i = 0; i < roster->count; i++)
		if (memcmp(roster->entries[i].key.bytes, key->bytes, sizeof(key->bytes)) == 0)
			return &roster->entries[i];
	return NULL;
}

static struct roster_entry *find_name(struct roster *roster, struct text name)
{
	for (uint32_t i = 0; i < roster->count; i++)
		if (text_is(name, roster->entries[i].name))
			return &roster->entries[i];
	return NULL;
}

static enum status put(struct roster *roster, const struct roster_entry *entry)
{
	if (find_name(roster, text_from(entry->name)) || roster_find(roster, &entry->key))
		return STATUS_CONFLICT;
	if (roster->count == ROSTER_MAX)
		return STATUS_FULL;
	roster->entries[roster->count++] = *entry;
	return STATUS_OK;
}

enum status roster_add(const char *folder, struct text name, struct text key, bool keys)
{
	struct roster       roster;
	struct roster_entry entry;
	enum status         status = make_entry(name, key, keys, &entry) ? make_folder(folder) : STATUS_INVALID;

	if (status == STATUS_OK)
		status = roster_read(folder, &roster);
	if (status == STATUS_OK)
		status = put(&roster, &entry);
	return status == STATUS_OK ? write_roster(folder, &roster) : status;
}

enum status roster_remove(const char *folder, struct text name)
{
	struct roster        roster;
	struct roster_entry *entry;
	enum status          status = roster_read(folder, &roster);

	if (status != STATUS_OK)
		return status;
	entry = find_name(&roster, name);
	if (!entry)
		return STATUS_NOT_FOUND;
	*entry = roster.entries[--roster.count];
	return write_roster(folder, &roster);
}
