#include "tools/media_copies.h"

#include "api/media_store.h"
#include "tools/progress.h"
#include "tools/restored.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static void print(const struct media_copied *copied, const char *to, bool json)
{
	char files[PROGRESS_NUMBER_SIZE], there[PROGRESS_NUMBER_SIZE];

	if (json)
		printf("{\"kind\":\"media\",\"copied\":%" PRIu64 ",\"bytes\":%" PRIu64 ",\"there\":%" PRIu64
		       ",\"damaged\":%" PRIu64 "}\n",
		       copied->copied, copied->bytes, copied->there, copied->damaged);
	else
		printf("%s files copied to %s, %s were there\n", progress_number(copied->copied, files), to,
		       progress_number(copied->there, there));
}

int media_copies_run(const char *verb, const char *from, const char *to, bool json)
{
	struct media_copied copied;
	enum status         status = media_store_copy(from, to, &copied);

	if (status != STATUS_OK) {
		fprintf(stderr, "orrery %s: %s What was copied stays; run it again to go on.\n", verb,
		        status_sentence(status));
		return EXIT_FAILURE;
	}
	print(&copied, to, json);
	if (copied.damaged == 0)
		return EXIT_SUCCESS;
	fprintf(stderr,
	        "orrery %s: %" PRIu64 " files are not what their names say, and were not copied; `orrery audit media` "
	        "names those of the data folder.\n",
	        verb, copied.damaged);
	return RESTORED_DAMAGED;
}
