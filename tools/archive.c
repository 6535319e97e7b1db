#include "tools/archive.h"

#include <spawn.h>
#include <stddef.h>
#include <sys/wait.h>

extern char **environ;

static enum status run(const char *const *words)
{
	pid_t pid;
	int   result;

	if (posix_spawnp(&pid, words[0], NULL, NULL, (char *const *)words, environ) != 0)
		return STATUS_IO;
	if (waitpid(pid, &result, 0) != pid)
		return STATUS_IO;
	return WIFEXITED(result) && WEXITSTATUS(result) == 0 ? STATUS_OK : STATUS_IO;
}

enum status archive_write(const char *folder)
{
	const char *const words[] = {"tar", "--create", "--file", "-", "--directory", folder, ".", NULL};

	return run(words);
}

enum status archive_read(const char *folder)
{
	const char *const words[] = {"tar",  "--extract",       "--file",           "-", "--directory",
	                             folder, "--no-same-owner", "--keep-old-files", NULL};

	return run(words);
}
