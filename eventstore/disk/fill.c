#include "eventstore/disk/fill.h"

#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>

void fill_ahead(int fd, size_t needed)
{
	static const uint8_t zeroes[FILL_STEP];

	struct stat file;
	ssize_t     written;

	if (fstat(fd, &file) != 0)
		return;
	for (; (size_t)file.st_size < needed + FILL_SLACK; file.st_size += written)
		if ((written = pwrite(fd, zeroes, sizeof(zeroes), file.st_size)) <= 0)
			return;
}
