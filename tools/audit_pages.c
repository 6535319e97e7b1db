#include "tools/audit_pages.h"

#include "eventstore/disk/pages.h"
#include "tools/progress.h"

#include <inttypes.h>
#include <stdio.h>

enum { PAGES_SHOWN_MAX = 20 };

/* Below the data folder, in the order of how much is lost with each. */
static const struct {
	const char *name;
	bool        derived; /* can be deleted and made again */
} files[] = {
	{"log/data.mdb", false},     {"keys/data.mdb", false}, {"subscriptions/data.mdb", false},
	{"journal/data.mdb", false}, {"index/data.mdb", true},
};

struct look {
	const struct audit_pages_wish *wish;
	const char                    *name; /* of the file */
	uint64_t                       shown;
};

static void print_finding(void *owner, const struct pages_finding *finding)
{
	struct look *look = owner;

	if (look->shown++ >= PAGES_SHOWN_MAX)
		return;
	if (look->wish->json)
		printf("{\"finding\":\"%s\",\"file\":\"%s\",\"page\":%" PRIu64 ",\"offset\":%" PRIu64 "}\n",
		       finding->sentence, look->name, finding->page, finding->offset);
	else
		printf("%s: page %" PRIu64 ", at byte %" PRIu64 ": %s\n", look->name, finding->page, finding->offset,
		       finding->sentence);
}

static void print_summary(const struct look *look, enum status status, const struct pages_result *result)
{
	char pages[PROGRESS_NUMBER_SIZE];

	if (look->wish->json)
		return;
	if (status == STATUS_BUSY)
		printf("%s: it was written all the time; its pages could not be told from one another\n", look->name);
	else if (status != STATUS_OK)
		printf("%s: %s\n", look->name, status_sentence(status));
	else if (result->findings > PAGES_SHOWN_MAX)
		printf("%s: … and %" PRIu64 " more of %s pages\n", look->name, result->findings - PAGES_SHOWN_MAX,
		       progress_number(result->pages, pages));
}

static uint64_t look_at(const struct config *config, struct look *look)
{
	struct arena          arena = {0};
	struct pages_settings settings = {
		.path = config_in_data(config, look->name, &arena), .on_finding = print_finding, .owner = look};
	struct pages_result result = {0};
	enum status         status = pages_check(&settings, &result);

	if (status != STATUS_NOT_FOUND)
		print_summary(look, status, &result);
	arena_finish(&arena);
	return status == STATUS_OK ? result.findings : 0;
}

uint64_t audit_pages(const struct config *config, const struct audit_pages_wish *wish)
{
	uint64_t findings = 0;

	for (size_t i = 0; i < array_count(files); i++) {
		struct look look = {.wish = wish, .name = files[i].name};

		if (!files[i].derived || wish->index)
			findings += look_at(config, &look);
	}
	return findings;
}
