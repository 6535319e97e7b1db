/* POST /courses/import: an archive is opened, and every file of it looked at, on a worker thread; the rest is
 * course_import.c's. */
#include "api/archive/tar.h"
#include "api/course_import.h"
#include "api/input.h"
#include "api/media_type.h"
#include "api/preparation.h"
#include "eventstore/base/clock.h"
#include "eventstore/base/map.h"

#include <stdlib.h>

enum { ARCHIVE_BYTES_MAX = HTTP_BODY_BYTES_CEILING };

struct unpacking {
	struct exchange      *exchange;
	struct course_import *import;
	struct bytes          lines; /* of course.jsonl */
	struct map            seen;  /* hashes of files; the value says that a line shows it */
};

/* ---------------------------------------------------------------- complaining */

/* A name may be any bytes; what is no text is not repeated. */
static void complain(struct unpacking *unpacking, struct text name, struct text sentence)
{
	struct complaints *complaints = &unpacking->import->complaints;
	size_t             points;
	bool               clear = text_code_points(name, &points);

	if (complaints->count < COMPLAINTS_MAX)
		complaints->items[complaints->count++] =
			(struct complaint){.pointer = clear && name.size > 0 ? arena_format(&unpacking->exchange->arena,
		                                                                            "/%.*s", TEXT_ARG(name))
		                                                             : TEXT(""),
		                           .sentence = sentence};
}

/* ---------------------------------------------------------------- each file */

static const char *check_bytes(struct bytes bytes)
{
	struct bytes             head = {bytes.data, bytes.size < MEDIA_HEAD_BYTES ? bytes.size : MEDIA_HEAD_BYTES};
	const struct media_type *type = bytes.size > 0 ? media_type_of(head) : NULL;

	if (!type || !media_type_fits(type, bytes))
		return "is no file of a kind that lessons may have";
	return bytes.size > type->bytes_max ? "is larger than files of its type may be" : NULL;
}

static void take_medium(struct unpacking *unpacking, const struct tar_file *file, const struct hash *hash)
{
	struct course_import *import = unpacking->import;
	struct hash           found = hash_sha256(file->bytes);
	const char           *mistake = check_bytes(file->bytes);
	bool                  fresh = false;

	map_put(&unpacking->seen, hash->bytes, &fresh);
	if (!hash_equal(&found, hash))
		mistake = "is not what its name says: its bytes have another SHA-256";
	if (!fresh)
		mistake = "stands in the archive twice";
	if (import->file_count == ARCHIVE_MEDIA_MAX)
		mistake = "is one file more than an archive may have";
	if (mistake)
		complain(unpacking, file->name, text_from(mistake));
	else
		import->files[import->file_count++] = (struct brought_file){.hash = *hash, .bytes = file->bytes};
}

static void take_file(struct unpacking *unpacking, const struct tar_file *file)
{
	struct hash hash;

	if (file_media_hash(file->name, &hash))
		take_medium(unpacking, file, &hash);
	else if (!text_is(file->name, ARCHIVE_LINES_NAME))
		complain(unpacking, file->name, TEXT("is no file of a course's archive"));
	else if (unpacking->lines.data)
		complain(unpacking, file->name, TEXT("stands in the archive twice"));
	else
		unpacking->lines = file->bytes;
}

static void open_archive(struct unpacking *unpacking, struct bytes archive)
{
	struct tar      tar = {.rest = archive};
	struct tar_file file;
	const char     *mistake = NULL;
	enum status     status = STATUS_OK;

	while (status == STATUS_OK && unpacking->import->complaints.count < COMPLAINTS_MAX) {
		status = tar_next(&tar, &file, &mistake);
		if (status == STATUS_OK)
			take_file(unpacking, &file);
	}
	if (mistake)
		complain(unpacking, TEXT(""), text_from(mistake));
	else if (!unpacking->lines.data)
		complain(unpacking, TEXT(ARCHIVE_LINES_NAME), TEXT("is missing"));
}

/* ---------------------------------------------------------------- all of them */

/* Whoever brings a file for lessons does so by a route of its own. */
static void check_shown(struct unpacking *unpacking, const struct shown_files *shown)
{
	const struct course_import *import = unpacking->import;

	for (uint32_t i = 0; i < shown->count; i++)
		*map_put(&unpacking->seen, shown->items[i].bytes, NULL) = 1;
	for (uint32_t i = 0; i < import->file_count; i++) {
		char name[ARCHIVE_MEDIA_NAME_SIZE + 1];

		file_media_name(&import->files[i].hash, name);
		if (!*map_get(&unpacking->seen, import->files[i].hash.bytes))
			complain(unpacking, text_from(name), TEXT("is shown by no line"));
	}
}

static void check_first(struct unpacking *unpacking)
{
	const struct wishes *wishes = &unpacking->import->wishes;

	if (wishes->items[0].command != wish_command(TEXT("create_course")))
		complain(unpacking, TEXT(ARCHIVE_LINES_NAME "/2/command"), TEXT("must be create_course"));
	for (uint32_t i = 1; i < wishes->count; i++)
		if (wishes->items[i].command == wishes->items[0].command)
			complain(unpacking,
			         arena_format(&unpacking->exchange->arena, ARCHIVE_LINES_NAME "/%u/command",
			                      wishes->items[i].line),
			         TEXT("begins a second course"));
}

static enum status read_lines(struct unpacking *unpacking)
{
	struct course_import *import = unpacking->import;
	struct shown_files    shown;
	enum status           status = file_read(unpacking->lines, &import->wishes, &import->complaints);

	if (status == STATUS_INVALID)
		return STATUS_OK;
	if (status == STATUS_OK)
		status = file_shown(&import->wishes, &shown);
	if (status != STATUS_OK)
		return status;
	check_first(unpacking);
	check_shown(unpacking, &shown);
	if (import->complaints.count == 0)
		course_import_settle(unpacking->exchange, import);
	return STATUS_OK;
}

static void unpack(struct work *work)
{
	struct exchange *exchange = container_of(work, struct exchange, work);
	struct unpacking unpacking = {
		.exchange = exchange, .import = exchange->own, .seen = {.key_size = sizeof(struct hash)}};

	exchange->status = STATUS_OK;
	unpacking.import->files = arena_array(&exchange->arena, struct brought_file, ARCHIVE_MEDIA_MAX);
	open_archive(&unpacking, unpacking.import->archive);
	if (unpacking.import->complaints.count == 0)
		exchange->status = read_lines(&unpacking);
	map_finish(&unpacking.seen);
}

/* ---------------------------------------------------------------- it comes in */

/* The same limit of this process as for single files (media.c). */
static enum pace limit_bytes(struct exchange *exchange)
{
	struct limiter_key     key = limiter_key_id(exchange->claims.user);
	struct limiter_verdict verdict;
	struct problem         problem = {.http = 429,
	                                  .name = "too_many_bytes",
	                                  .title = TEXT("More bytes than one person may bring in an hour; wait.")};

	limiter_take(exchange->lane->service->by_upload, &key, (uint32_t)(exchange->asker->body.size / 1024) + 1,
	             clock_monotonic_us(), &verdict);
	problem.retry_after_s = verdict.retry_after_s;
	return verdict.allowed ? GO_ON : exchange_problem(exchange, &problem);
}

/* The body goes when the client does, and workers may be slower; so it is copied. */
static enum pace take_in(struct exchange *exchange)
{
	struct course_import *import = arena_new(&exchange->arena, struct course_import);

	if (!input_type_is(exchange_header(exchange, "content-type"), "application/x-tar"))
		return exchange_say(exchange, 415, "not_an_archive", TEXT("The body must be application/x-tar."));
	if (limit_bytes(exchange) == DONE)
		return DONE;
	import->id = exchange->command_id;
	import->wishes.arena = &exchange->arena;
	import->archive = arena_bytes(&exchange->arena, exchange->asker->body);
	exchange->own = import;
	return exchange_work_on(exchange, exchange->lane->service->packers, unpack);
}

static exchange_step *const import_steps[] = {
	take_in, course_import_try, course_import_judge, course_import_carry_out, NULL,
};
const struct preparation preparation_course_import = {
	.steps = import_steps, .body_bytes_max = ARCHIVE_BYTES_MAX, .reads_body = true, .decides_alone = true};
