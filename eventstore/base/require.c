#include "eventstore/base/require.h"

#include <stdio.h>
#include <stdlib.h>

void require_failed(const char *claim, const char *file, int line)
{
	fprintf(stderr, "{\"level\":\"panic\",\"what\":\"require_failed\",\"at\":\"%s:%d\",\"claim\":\"%s\"}\n", file,
	        line, claim);
	fflush(stderr);
	abort();
}
