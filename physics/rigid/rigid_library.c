#include "physics/rigid/rigid_library.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>

#include "physics/rigid/rigid.h"

const char *rigid_library_version(void)
{
	return cpVersionString;
}

const char *rigid_library_path(void)
{
	void   *function = dlsym(RTLD_DEFAULT, "cpSpaceInit");
	Dl_info info;

	return function && dladdr(function, &info) ? info.dli_fname : NULL;
}

static void first_space(void)
{
	FILE *output = stdout;
	char  said[256];
	FILE *sink = fmemopen(said, sizeof(said), "w");

	if (sink)
		stdout = sink;
	cpSpaceFree(cpSpaceNew());
	stdout = output;
	if (sink)
		fclose(sink);
}

void rigid_library_begin(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, first_space);
}
