#include "eventstore/log/await.h"

#include <unistd.h>

enum status await_store(enum status (*try_open)(void *owner), void *owner)
{
	for (int i = 0; i < AWAIT_SECONDS_MAX * 1000 / AWAIT_RETRY_MS; i++) {
		enum status status = try_open(owner);

		if (status != STATUS_NOT_FOUND)
			return status;
		usleep(AWAIT_RETRY_MS * 1000);
	}
	return STATUS_UNREACHABLE;
}
