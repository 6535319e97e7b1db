#include "tests/identity/key_directory.h"

#include "eventstore/base/require.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void key_directory_choose(char path[KEY_DIRECTORY_PATH_SIZE])
{
	char fresh[] = "/tmp/orrery-keys-XXXXXX";

	require(mkdtemp(fresh) != NULL);
	snprintf(path, KEY_DIRECTORY_PATH_SIZE, "%s/keys", fresh);
}

uint32_t key_directory_files(const char *path, const char *other, char file[2 * KEY_DIRECTORY_PATH_SIZE])
{
	DIR           *directory = opendir(path);
	struct dirent *entry;
	uint32_t       count = 0;

	while (directory && (entry = readdir(directory)) != NULL) {
		char full[2 * KEY_DIRECTORY_PATH_SIZE];

		if (entry->d_name[0] == '.' && (entry->d_name[1] == '\0' || strcmp(entry->d_name, "..") == 0))
			continue;
		count++;
		require(snprintf(full, sizeof(full), "%s/%s", path, entry->d_name) < (int)sizeof(full));
		if (!other || strcmp(full, other) != 0)
			memcpy(file, full, sizeof(full));
	}
	if (directory)
		closedir(directory);
	return count;
}

void key_directory_remove(const char *path)
{
	char file[2 * KEY_DIRECTORY_PATH_SIZE], around[KEY_DIRECTORY_PATH_SIZE];

	while (key_directory_files(path, NULL, file) > 0)
		require(unlink(file) == 0);
	rmdir(path);
	snprintf(around, sizeof(around), "%.*s", (int)(strlen(path) - strlen("/keys")), path);
	require(rmdir(around) == 0);
}
