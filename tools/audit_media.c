/* orrery audit media: are the files of the media store those that the log tells of? */
#include "api/media_store.h"
#include "eventstore/base/config.h"
#include "eventstore/base/map.h"
#include "eventstore/disk/folder.h"
#include "eventstore/log/reader.h"
#include "schema/events.h"
#include "tools/audit.h"
#include "tools/options.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* What is known of a file, as bits. */
enum { TOLD = 1, THERE = 2 };

struct inspection {
	bool         json;
	struct map   files; /* hash -> bits */
	struct arena arena;
	enum status  status;
	uint64_t     intact, missing, damaged, untold, strange;
};

static void print(const struct inspection *inspection, const char *finding, const char *name)
{
	if (inspection->json)
		printf("{\"finding\":\"%s\",\"file\":\"media/%s\"}\n", finding, name);
	else
		printf("media/%s: %s\n", name, finding);
}

/* ---------------------------------------------------------------- what the log tells */

static bool note_event(void *owner, const struct record *record)
{
	struct inspection       *inspection = owner;
	const struct event_type *type;
	const void              *event;

	inspection->status = record_event(record, NULL, &inspection->arena, &type, &event);
	if (inspection->status == STATUS_OK)
		*map_put(&inspection->files, ((const struct media_uploaded *)event)->hash.bytes, NULL) |= TOLD;
	arena_reset(&inspection->arena);
	return inspection->status == STATUS_OK;
}

static enum status read_log(struct inspection *inspection, struct reader *reader)
{
	static const uint16_t     numbers[] = {EVENT_media_uploaded};
	const struct event_filter filter = {.numbers = numbers, .number_count = 1};
	struct filtered_walk      walk = {0};
	uint64_t                  head;
	enum status               status = reader_head(reader, &head);

	while (status == STATUS_OK && inspection->status == STATUS_OK && walk.reached < head)
		status = reader_filtered(reader, &filter, walk.reached + 1, UINT32_MAX, note_event, inspection, &walk);
	return status == STATUS_OK ? inspection->status : status;
}

static enum status read_events(struct inspection *inspection, const char *data)
{
	struct reader *reader;
	enum status    status = reader_open(data, &reader);

	if (status != STATUS_OK)
		return status;
	status = read_log(inspection, reader);
	reader_close(reader);
	return status;
}

/* ---------------------------------------------------------------- what lies there */

static void note_file(void *owner, const struct media_found *found)
{
	struct inspection *inspection = owner;
	uint64_t          *bits;

	if (!found->named) {
		inspection->strange++;
		print(inspection, "a draft that a crash left, or nothing of ours; it may be removed", found->name);
		return;
	}
	bits = map_put(&inspection->files, found->hash.bytes, NULL);
	*bits |= THERE;
	if (!found->intact) {
		inspection->damaged++;
		print(inspection, "its bytes do not have this hash", found->name);
	} else if (*bits & TOLD) {
		inspection->intact++;
	} else {
		inspection->untold++;
		print(inspection, "no event tells of it; it may be removed while nobody uploads", found->name);
	}
}

static void tell_missing(struct inspection *inspection)
{
	char        name[MEDIA_NAME_SIZE + 1];
	struct hash hash;
	const void *key;
	uint64_t   *bits;
	size_t      at = 0;

	while (map_each(&inspection->files, &at, &key, &bits)) {
		if (*bits & THERE)
			continue;
		memcpy(hash.bytes, key, sizeof(hash.bytes));
		media_store_name(&hash, name);
		inspection->missing++;
		print(inspection, "the log tells of it, and it is not there", name);
	}
}

static void sum_up(const struct inspection *inspection)
{
	const char *shape = inspection->json ? "{\"intact\":%" PRIu64 ",\"missing\":%" PRIu64 ",\"damaged\":%" PRIu64
	                                       ",\"untold\":%" PRIu64 ",\"strange\":%" PRIu64 "}\n"
	                                     : "%" PRIu64 " files are as the log tells, %" PRIu64
	                                       " are missing, %" PRIu64 " damaged, %" PRIu64 " untold, %" PRIu64
	                                       " strange\n";

	printf(shape, inspection->intact, inspection->missing, inspection->damaged, inspection->untold,
	       inspection->strange);
}

/* The log first: a file that is brought meanwhile lies there before its event, and would be missing otherwise. */
static int inspect(struct inspection *inspection, const struct config *config)
{
	char        folder[FOLDER_PATH_SIZE];
	enum status status = folder_path(config_path(config, CONFIG_DATA), MEDIA_FOLDER, folder);

	if (status == STATUS_OK)
		status = read_events(inspection, config_path(config, CONFIG_DATA));
	if (status == STATUS_OK)
		status = media_store_each(folder, true, note_file, inspection);
	if (status != STATUS_OK)
		return audit_failed(audit_media.name, status);
	tell_missing(inspection);
	sum_up(inspection);
	return inspection->missing + inspection->damaged > 0 ? AUDIT_DAMAGED : EXIT_SUCCESS;
}

static int run_media(int argc, char **argv)
{
	struct inspection       inspection = {.files = {.key_size = sizeof(struct hash)}};
	struct option_list      words = {0};
	const struct option_row rows[] = {{"--json", OPTION_FLAG, &inspection.json}, {0}};
	const char             *wrong = options_read(argc, argv, rows, &words);
	struct config           config;
	int                     code;

	if (wrong || words.count > 0)
		return audit_misused(&audit_media, wrong ? wrong : "It takes no argument.");
	config_load_or_exit(&config, "orrery-audit");
	code = inspect(&inspection, &config);
	config_finish(&config);
	map_finish(&inspection.files);
	arena_finish(&inspection.arena);
	return code;
}

const struct verb audit_media = {
	.name = "media",
	.sentence = "Compares the files of lessons with their hashes and with the log.",
	.manual = "Usage: orrery audit media [--json]\n\n"
		  "Reads every file of the media store and every event that tells of one, and names each file that is\n"
		  "missing, that does not have its hash, of which no event tells, or that is none of the store's. The\n"
		  "last two do no harm: a crash or a refused upload leaves them. Missing and damaged ones come back "
		  "from\n"
		  "a backup with `orrery restore --media`; remove the damaged ones first.\n"
		  "--json     a line for each finding, and the sum\n"
		  "Exit codes: 0 nothing is missing or damaged, 1 it could not be done, 2 not understood, 3 something "
		  "is.\n",
	.run = run_media,
};
