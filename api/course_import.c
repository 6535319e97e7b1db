#include "api/course_import.h"

#include "api/archive/local.h"
#include "api/course_trial.h"
#include "api/media_store.h"
#include "api/media_type.h"
#include "api/reply.h"
#include "api/submit.h"
#include "eventstore/base/base64.h"
#include "eventstore/base/clock.h"
#include "eventstore/base/require.h"
#include "schema/commands.h"

#include <inttypes.h>
#include <unistd.h>

enum { CODE_BYTES = 24 };

/* ---------------------------------------------------------------- ids */

static struct id numbered(uint32_t number)
{
	struct id id = {.bytes = {[15] = 1}};

	for (int i = 0; i < 4; i++)
		id.bytes[i] = (uint8_t)(number >> (24 - 8 * i));
	return id;
}

struct id course_import_command(struct id import, uint32_t wish)
{
	const struct id parts[] = {import, numbered(wish)};

	return id_derived("wish", parts, array_count(parts));
}

static struct id file_command(struct id import, const struct hash *hash)
{
	const struct id parts[] = {import, media_store_id(hash)};

	return id_derived("file", parts, array_count(parts));
}

/* ---------------------------------------------------------------- settling */

/* As for a request that does not name what it makes (input.c). */
static void set_fresh(const struct wish *wish, struct id command)
{
	const struct shape *shape = wish->command->shape;

	for (uint16_t i = 0; i < shape->count; i++) {
		const struct field *field = &shape->fields[i];

		if ((field->marks & FIELD_FRESH) && !field_present(field, wish->input))
			*(struct id *)field_in(field, wish->input) = id_derived(field->name, &command, 1);
	}
}

/* Archives hold no codes. Where one opens the course there is one that nobody knows, until staff says another. */
static void set_code(struct exchange *exchange, const struct wish *wish, struct id command)
{
	struct change_enrolment_policy *policy = wish->input;
	struct hash                     hash;

	if (wish->command != wish_command(TEXT("change_enrolment_policy")) || policy->admission != ADMISSION_code)
		return;
	hash = hash_keyed(&exchange->lane->service->command_secret, TEXT("admission"),
	                  BYTES(command.bytes, sizeof(command.bytes)));
	policy->code = arena_base64(&exchange->arena, BYTES(hash.bytes, CODE_BYTES));
}

void course_import_settle(struct exchange *exchange, struct course_import *import)
{
	local_settle(&import->wishes, import->id, &import->complaints);
	for (uint32_t i = 0; i < import->wishes.count; i++) {
		struct id command = course_import_command(import->id, i);

		set_fresh(&import->wishes.items[i], command);
		set_code(exchange, &import->wishes.items[i], command);
	}
}

/* ---------------------------------------------------------------- looking at all of it */

static bool has_medium(void *owner, const struct hash *hash)
{
	struct exchange            *exchange = owner;
	const struct course_import *import = exchange->own;
	uint64_t                    size;
	int                         file;

	for (uint32_t i = 0; i < import->file_count; i++)
		if (hash_equal(&import->files[i].hash, hash))
			return true;
	if (media_store_open(exchange->lane->service->data, hash, &file, &size) != STATUS_OK)
		return false;
	close(file);
	return true;
}

static void run_trial(struct work *work)
{
	struct exchange      *exchange = container_of(work, struct exchange, work);
	struct course_import *import = exchange->own;
	struct reader        *reader;

	exchange->status = reader_open(exchange->lane->service->data, &reader);
	if (exchange->status != STATUS_OK)
		return;
	exchange->status =
		course_trial(&(struct course_trial){.rules = {.reader = reader,
	                                                      .opener = keys_opener(exchange->lane->service->keys),
	                                                      .actor = exchange->claims.user,
	                                                      .time_us = clock_wall_us()},
	                                            .owner = exchange,
	                                            .has_medium = has_medium},
	                     &import->wishes, &import->complaints, &exchange->out);
	reader_close(reader);
}

enum pace course_import_try(struct exchange *exchange)
{
	const struct course_import *import = exchange->own;

	exchange->out.size = 0;
	if (exchange->status != STATUS_OK || import->complaints.count > 0)
		return GO_ON;
	return exchange_work_on(exchange, exchange->lane->service->packers, run_trial);
}

static enum pace not_fit(struct exchange *exchange, const struct complaints *complaints)
{
	struct problem problem = {.http = 422,
	                          .name = "archive_unfit",
	                          .title = TEXT("No course can be made of this; nothing was made."),
	                          .complaints = complaints};

	return exchange_problem(exchange, &problem);
}

static enum pace tell_trial(struct exchange *exchange)
{
	struct buffer answer = {0};

	buffer_append_text(&answer, TEXT("{\"dry_run\":true,\"events\":["));
	buffer_append(&answer, buffer_bytes(&exchange->out));
	buffer_append_text(&answer, TEXT("]}"));
	reply_dry_run(exchange, buffer_bytes(&answer));
	buffer_finish(&answer);
	return DONE;
}

enum pace course_import_judge(struct exchange *exchange)
{
	const struct course_import *import = exchange->own;

	if (import->complaints.count > 0)
		return not_fit(exchange, &import->complaints);
	if (exchange->status != STATUS_OK)
		return exchange_fail(exchange, exchange->status);
	if (exchange->dry)
		return tell_trial(exchange);
	exchange->out.size = 0;
	return GO_ON;
}

/* ---------------------------------------------------------------- files */

/* On a worker thread. */
static void keep_file(struct work *work)
{
	struct exchange            *exchange = container_of(work, struct exchange, work);
	const struct course_import *import = exchange->own;
	const struct brought_file  *file = &import->files[import->file];

	exchange->status = media_store_keep(exchange->lane->service->data, &file->hash, file->bytes);
}

static enum pace next_file(struct exchange *exchange)
{
	return exchange_work(exchange, keep_file);
}

/* As a request of its own would have told of it (media.c). */
static enum pace tell_file(struct exchange *exchange)
{
	struct course_import      *import = exchange->own;
	const struct brought_file *file = &import->files[import->file++];
	struct record_media       *wish = arena_new(&exchange->arena, struct record_media);

	if (exchange->status != STATUS_OK)
		return exchange_fail(exchange, exchange->status);
	*wish = (struct record_media){.media = media_store_id(&file->hash),
	                              .uploader = exchange->claims.user,
	                              .hash = file->hash,
	                              .type = text_from(media_type_of(file->bytes)->name),
	                              .bytes = (uint32_t)file->bytes.size};
	exchange_send_instead(exchange, "record_media", wish);
	exchange->command_id = file_command(import->id, &file->hash);
	return submit_send(exchange);
}

/* ---------------------------------------------------------------- wishes */

static uint32_t count_of(const struct course_import *import, const char *command)
{
	const struct command_type *type = wish_command(text_from(command));
	uint32_t                   count = 0;

	for (uint32_t i = 0; i < import->wishes.count; i++)
		count += import->wishes.items[i].command == type;
	return count;
}

static enum pace tell_course(struct exchange *exchange)
{
	const struct course_import *import = exchange->own;
	const struct create_course *first = import->wishes.items[0].input;
	struct buffer              *out = &exchange->out;

	buffer_append_text(out, TEXT("{\"course\":"));
	json_append_id(out, first->course);
	buffer_format(out, ",\"position\":%" PRIu64 ",\"lines\":%u,\"lessons\":%u,\"questions\":%u", import->position,
	              import->wishes.count, count_of(import, "write_lesson"), count_of(import, "write_question"));
	buffer_format(out, ",\"assessments\":%u,\"achievements\":%u,\"files\":%u}",
	              count_of(import, "write_assessment"), count_of(import, "define_achievement"), import->file_count);
	exchange->answer.position = import->position;
	reply_command(exchange, exchange->route->http, buffer_bytes(out));
	return DONE;
}

static enum pace next_wish(struct exchange *exchange)
{
	const struct course_import *import = exchange->own;
	const struct wish          *wish = &import->wishes.items[import->next];

	if (import->next == import->wishes.count)
		return tell_course(exchange);
	exchange_send_instead(exchange, wish->command->name, wish->input);
	exchange->command_id = course_import_command(import->id, import->next);
	return submit_send(exchange);
}

/* It was rehearsed, so something has changed since: who asks may do less than before, or a person has their day's
 * bytes.
 */
static enum pace was_refused(struct exchange *exchange)
{
	const struct course_import *import = exchange->own;
	enum refusal                refusal = refusal_by_name(exchange->answer.refusal);
	struct complaints          *complaints = arena_new(&exchange->arena, struct complaints);
	const struct wish          *wish = &import->wishes.items[import->next];
	struct problem              problem = {.http = refusal_types[refusal].http,
	                                       .name = refusal_types[refusal].name,
	                                       .title = text_from(refusal_types[refusal].sentence),
	                                       .detail = TEXT("What stands before it was carried out; send the import "
	                                                                   "again under its Idempotency-Key to go on."),
	                                       .complaints = complaints};
	bool                        file = exchange->command == command_type_by_name(TEXT("record_media"));

	if (refusal == REFUSAL_media_day_spent)
		return submit_judge(exchange);
	complaints->count = 1;
	complaints->items[0] =
		(struct complaint){.pointer = file ? TEXT("/media") : local_pointer(wish, TEXT(""), &exchange->arena),
	                           .sentence = problem.title};
	return exchange_problem(exchange, &problem);
}

static bool refused(const struct exchange *exchange)
{
	return exchange->status == STATUS_OK && status_by_name(exchange->answer.status) == STATUS_OK
	       && exchange->answer.refusal.data;
}

static enum pace go_on(struct exchange *exchange)
{
	struct course_import *import = exchange->own;
	enum pace             pace = refused(exchange) ? was_refused(exchange) : submit_judge(exchange);

	if (pace != GO_ON)
		return pace;
	if (exchange->command == command_type_by_name(TEXT("record_media")))
		return course_import_carry_out(exchange);
	import->position = exchange->answer.position;
	import->next++;
	return course_import_carry_out(exchange);
}

/* Until everything is answered. */
enum pace course_import_carry_out(struct exchange *exchange)
{
	static exchange_step *const file_steps[] = {next_file, tell_file, go_on, NULL};
	static exchange_step *const wish_steps[] = {next_wish, go_on, NULL};

	const struct course_import *import = exchange->own;

	exchange->steps = import->file < import->file_count ? file_steps : wish_steps;
	return GO_ON;
}
