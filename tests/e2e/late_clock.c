/* A clock that runs ahead: preloaded into a process under test, so that what expires can be seen to expire. */
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int clock_gettime(clockid_t which, struct timespec *now)
{
	const char *ahead_s = getenv("LATE_CLOCK_SECONDS");
	int         result = (int)syscall(SYS_clock_gettime, which, now);

	if (result == 0 && which == CLOCK_REALTIME && ahead_s)
		now->tv_sec += atol(ahead_s);
	return result;
}
