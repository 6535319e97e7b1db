#include "commands/unreadable.h"

#include "eventstore/base/require.h"

#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>

enum { REGION_SIZE = SHAPE_FIELDS_MAX * UNREADABLE_SIZE_MAX };

static const uint8_t *region; /* SHAPE_FIELDS_MAX places, one behind the other */
static sigjmp_buf     way_out;
static int            looked_at;

static const uint8_t *reserve_region(void)
{
	if (!region) {
		region = mmap(NULL, REGION_SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
		require(region != MAP_FAILED);
	}
	return region;
}

struct bytes unreadable_bytes(int place, size_t size)
{
	require(place >= 0 && place < SHAPE_FIELDS_MAX && size <= UNREADABLE_SIZE_MAX);
	return BYTES(reserve_region() + (size_t)place * UNREADABLE_SIZE_MAX, size);
}

int unreadable_place(const void *data)
{
	uintptr_t at = (uintptr_t)data, begin = (uintptr_t)region;

	if (!region || at < begin || at >= begin + REGION_SIZE)
		return UNREADABLE_NONE;
	return (int)((at - begin) / UNREADABLE_SIZE_MAX);
}

/* Any other fault is a bug, and ends the process when it happens again on return. */
static void on_fault(int number, siginfo_t *fault, void *context)
{
	looked_at = unreadable_place(fault->si_addr);
	if (looked_at == UNREADABLE_NONE)
		signal(number, SIG_DFL);
	else
		siglongjmp(way_out, 1);
}

int unreadable_guard(void (*run)(void *owner), void *owner)
{
	struct sigaction catching = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO}, before;

	looked_at = UNREADABLE_NONE;
	require(sigaction(SIGSEGV, &catching, &before) == 0);
	if (sigsetjmp(way_out, 1) == 0)
		run(owner);
	require(sigaction(SIGSEGV, &before, NULL) == 0);
	return looked_at;
}
