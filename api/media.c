/* POST /media and GET /media/{media}: files of lessons. The bytes go to disk first, on a worker thread, and then the
 * command that tells of them; what a client that goes away in between leaves is a file that nobody mentions. */
#include "api/input.h"
#include "api/media_range.h"
#include "api/media_store.h"
#include "api/media_type.h"
#include "api/preparation.h"
#include "api/reply.h"
#include "eventstore/base/base64.h"
#include "eventstore/base/clock.h"
#include "eventstore/base/diag.h"

#include <inttypes.h>
#include <unistd.h>

enum { NAME_POINTS_MAX = 200, PIECE_BYTES = 64 * 1024 };

/* ---------------------------------------------------------------- bringing one */

/* A limit of this process on what is written at all: the writer's limit by day is asked only when the file lies there.
 */
static enum pace limit_bytes(struct exchange *exchange)
{
	struct service        *service = exchange->lane->service;
	struct limiter_key     key = limiter_key_id(exchange->claims.user);
	struct limiter_verdict verdict;
	struct problem         problem = {.http = 429,
	                                  .name = "too_many_bytes",
	                                  .title = TEXT("More bytes than one person may bring in an hour; wait.")};

	limiter_take(service->by_upload, &key, (uint32_t)(exchange->out.size / 1024) + 1, clock_monotonic_us(),
	             &verdict);
	problem.retry_after_s = verdict.retry_after_s;
	return verdict.allowed ? GO_ON : exchange_problem(exchange, &problem);
}

static enum pace wrong_type(struct exchange *exchange, struct text detail)
{
	struct problem problem = {.http = 415,
	                          .name = "media_type_refused",
	                          .title = TEXT("This is no file of a kind that lessons may have."),
	                          .detail = detail};

	return exchange_problem(exchange, &problem);
}

static enum pace unknown_type(struct exchange *exchange)
{
	struct buffer names = {0};
	struct text   detail;

	buffer_append_text(&names, TEXT("Content-Type must be one of"));
	for (const struct media_type *type = media_types(); type->name; type++)
		buffer_format(&names, "%s %s", type == media_types() ? "" : ",", type->name);
	detail = arena_format(&exchange->arena, "%.*s.", (int)names.size, (const char *)names.data);
	buffer_finish(&names);
	return wrong_type(exchange, detail);
}

static enum pace too_large(struct exchange *exchange, const struct media_type *type)
{
	struct problem problem = problem_of(STATUS_TOO_LARGE);

	problem.detail = arena_format(&exchange->arena, "A file of type %s may have %u KiB.", type->name,
	                              type->bytes_max / 1024);
	return exchange_problem(exchange, &problem);
}

static enum pace check_bytes(struct exchange *exchange, const struct media_type *type)
{
	struct bytes             body = exchange->asker->body;
	struct bytes             head = {body.data, body.size < MEDIA_HEAD_BYTES ? body.size : MEDIA_HEAD_BYTES};
	const struct media_type *found;

	if (body.size == 0)
		return exchange_say(exchange, 400, "no_bytes", TEXT("The body must be the file."));
	if (body.size > type->bytes_max)
		return too_large(exchange, type);
	if (media_type_fits(type, body))
		return GO_ON;
	found = media_type_of(head);
	return wrong_type(exchange, arena_format(&exchange->arena, "The bytes are not %s%s%s.", type->name,
	                                         found ? ", but look like " : "", found ? found->name : ""));
}

/* RFC 5023 §9.7: Slug, percent-encoded UTF-8. It is a hint; what could stand in no name is left out of it. */
static enum pace take_name(struct exchange *exchange)
{
	struct text  given = exchange_header(exchange, "slug");
	struct text *name = exchange_field(exchange, "name");
	struct text  clear;
	size_t       points;

	if (!given.data || given.size == 0)
		return GO_ON;
	if (!input_percent_decode(&exchange->arena, given, &clear) || !text_code_points(clear, &points)
	    || points > NAME_POINTS_MAX || points == 0)
		return exchange_say(exchange, 400, "slug_malformed",
		                    TEXT("Slug must be a file name of at most 200 characters, percent-encoded UTF-8."));
	for (size_t i = 0; i < clear.size; i++)
		if ((unsigned char)clear.data[i] < 0x20 || clear.data[i] == 0x7f)
			return exchange_say(exchange, 400, "slug_malformed",
			                    TEXT("Slug must be a file name without control characters."));
	*name = clear;
	return GO_ON;
}

/* The body goes when the client does, and the worker may be slower; so it gets a copy. */
static enum pace examine(struct exchange *exchange)
{
	const struct media_type *type = media_type_named(exchange_header(exchange, "content-type"));

	if (!type)
		return unknown_type(exchange);
	if (check_bytes(exchange, type) == DONE || take_name(exchange) == DONE)
		return DONE;
	*(struct text *)exchange_field(exchange, "type") = text_from(type->name);
	*(uint32_t *)exchange_field(exchange, "bytes") = (uint32_t)exchange->asker->body.size;
	buffer_append(&exchange->out, exchange->asker->body);
	return limit_bytes(exchange);
}

/* On a worker thread. */
static void keep_file(struct work *work)
{
	struct exchange *exchange = container_of(work, struct exchange, work);
	struct hash     *hash = exchange_field(exchange, "hash");

	*hash = hash_sha256(buffer_bytes(&exchange->out));
	exchange->status = media_store_keep(exchange->lane->service->data, hash, buffer_bytes(&exchange->out));
}

static enum pace keep(struct exchange *exchange)
{
	return exchange_work(exchange, keep_file);
}

/* The ids follow from the hash and the person, so that whoever brings the same file again meets what they did before.
 */
static enum pace name_streams(struct exchange *exchange)
{
	buffer_finish(&exchange->out);
	if (exchange->status != STATUS_OK)
		return exchange_fail(exchange, exchange->status);
	*(struct id *)exchange_field(exchange, "media") = media_store_id(exchange_field(exchange, "hash"));
	return GO_ON;
}

static enum pace tell_receipt(struct exchange *exchange, struct buffer *out)
{
	const struct hash *hash = exchange_field(exchange, "hash");
	struct text        name = arena_base64(&exchange->arena, BYTES(hash->bytes, sizeof(hash->bytes)));

	buffer_format(out, "{\"media\":\"%.*s\",\"type\":\"%.*s\",\"bytes\":%u,\"position\":%" PRIu64 "}",
	              TEXT_ARG(name), TEXT_ARG(*(const struct text *)exchange_field(exchange, "type")),
	              *(const uint32_t *)exchange_field(exchange, "bytes"), exchange->answer.position);
	return GO_ON;
}

static exchange_step *const upload_steps[] = {examine, keep, name_streams, NULL};
const struct preparation    preparation_media_upload = {
	   .steps = upload_steps, .respond = tell_receipt, .reads_body = true, .body_bytes_max = MEDIA_BYTES_MAX};

/* ---------------------------------------------------------------- giving one */

/* A file on its way; lies in the request's arena and owns the request once the exchange is over. */
struct sending {
	struct http_request *request;
	int                  file;
	uint64_t             at, end;
};

static void on_sending_gone(void *owner)
{
	close(((struct sending *)owner)->file);
}

/* Ending a reply may end the request, and this with it. */
static void give_more(void *owner)
{
	struct sending *sending = owner;
	uint8_t         piece[PIECE_BYTES];
	uint64_t        left = sending->end - sending->at;
	ssize_t         size;

	if (left == 0)
		return;
	size = pread(sending->file, piece, left < sizeof(piece) ? left : sizeof(piece), (off_t)sending->at);
	if (size > 0)
		sending->at += (uint64_t)size;
	if (size <= 0 || http_stream_write(sending->request, BYTES(piece, (size_t)size)) != STATUS_OK) {
		diag(DIAG_ERROR, "media_broken_off", "a file could not be read or sent to its end");
		http_stream_abort(sending->request);
	} else if ((uint64_t)size == left) {
		http_stream_end(sending->request);
	}
}

static enum pace send_off(struct exchange *exchange, int file, struct media_range range, const struct http_head *head)
{
	struct http_request *request = exchange->request;
	struct sending      *sending = arena_new(&request->arena, struct sending);
	bool                 silent = text_is(request->method, "HEAD");

	*sending = (struct sending){.request = request, .file = file, .at = range.first, .end = range.last + 1};
	exchange->request = NULL;
	exchange->asker = NULL;
	request->owner = sending;
	request->on_gone = on_sending_gone;
	http_stream_begin(request, head, give_more);
	if (!silent)
		give_more(sending);
	return DONE;
}

/* Scripts in an SVG do not run, and nothing that it names is loaded. */
#define MEDIA_POLICY "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox"

struct answering {
	struct exchange         *exchange;
	const struct media_type *type; /* NULL: of none of our kinds */
	struct text              name; /* the hash in Base64 */
	struct text              etag;
	int                      file;
	uint64_t                 size;
	bool                     part;
	struct media_range       range;
};

static struct text disposition(const struct answering *answering)
{
	if (answering->type && answering->type->shown)
		return TEXT("inline");
	return arena_format(&answering->exchange->arena, "attachment; filename=\"%.*s.%s\"", 8, answering->name.data,
	                    answering->type ? answering->type->ending : "bin");
}

static enum pace answer_file(struct answering *answering)
{
	struct exchange  *exchange = answering->exchange;
	struct http_head  head;
	struct reply_kind kind = {
		.type = text_from(answering->type ? answering->type->served : "application/octet-stream"),
		.caching = TEXT("public, max-age=31536000, immutable"),
		.policy = TEXT(MEDIA_POLICY)};
	struct http_header more[] = {
		{TEXT("etag"), answering->etag},
		{TEXT("accept-ranges"), TEXT("bytes")},
		{TEXT("content-disposition"), disposition(answering)},
		{TEXT("content-range"),
	         answering->part ? arena_format(&exchange->arena, "bytes %" PRIu64 "-%" PRIu64 "/%" PRIu64,
	                                        answering->range.first, answering->range.last, answering->size)
	                         : TEXT_NONE},
	};

	reply_head(exchange, answering->part ? 206 : 200, &kind, more, array_count(more), &head);
	head.sized = true;
	head.size = answering->range.last - answering->range.first + 1;
	return send_off(exchange, answering->file, answering->range, &head);
}

static enum pace answer_unchanged(struct answering *answering)
{
	struct exchange  *exchange = answering->exchange;
	struct http_head  head;
	struct reply_kind kind = {.caching = TEXT("public, max-age=31536000, immutable"), .policy = TEXT(MEDIA_POLICY)};
	struct http_header etag = {TEXT("etag"), answering->etag};

	close(answering->file);
	reply_head(exchange, 304, &kind, &etag, 1, &head);
	exchange->asker->hear(exchange, &head, BYTES("", 0));
	return DONE;
}

static enum pace answer_never(struct answering *answering)
{
	struct problem problem = {
		.http = 416,
		.name = "range_not_there",
		.title = TEXT("The file has no bytes in this range."),
		.content_range = arena_format(&answering->exchange->arena, "bytes */%" PRIu64, answering->size)};

	close(answering->file);
	return exchange_problem(answering->exchange, &problem);
}

static enum media_range_verdict read_range(struct answering *answering)
{
	struct exchange         *exchange = answering->exchange;
	bool                     whole = text_is(exchange->asker->method, "HEAD");
	enum media_range_verdict verdict = RANGE_WHOLE;

	answering->range = (struct media_range){.last = answering->size - 1};
	if (!whole)
		verdict = media_range(exchange_header(exchange, "range"), exchange_header(exchange, "if-range"),
		                      answering->etag, answering->size, &answering->range);
	answering->part = verdict == RANGE_PART;
	return verdict;
}

static enum pace answer_open_file(struct answering *answering)
{
	uint8_t head[MEDIA_HEAD_BYTES];
	ssize_t size = pread(answering->file, head, sizeof(head), 0);

	if (size <= 0) {
		close(answering->file);
		return exchange_fail(answering->exchange, STATUS_IO);
	}
	answering->type = media_type_of(BYTES(head, (size_t)size));
	if (reply_client_has(answering->exchange, answering->etag))
		return answer_unchanged(answering);
	return read_range(answering) == RANGE_NEVER ? answer_never(answering) : answer_file(answering);
}

static enum pace give_file(struct exchange *exchange)
{
	const struct hash *hash = exchange_field(exchange, "media");
	struct answering   answering = {.exchange = exchange};
	enum status status = media_store_open(exchange->lane->service->data, hash, &answering.file, &answering.size);

	if (status == STATUS_NOT_FOUND)
		return exchange_say(exchange, 404, "no_such_file", TEXT("There is no such file."));
	if (status != STATUS_OK)
		return exchange_fail(exchange, status);
	answering.name = arena_base64(&exchange->arena, BYTES(hash->bytes, sizeof(hash->bytes)));
	answering.etag = arena_format(&exchange->arena, "\"%.*s\"", TEXT_ARG(answering.name));
	return answer_open_file(&answering);
}

static exchange_step *const file_steps[] = {give_file, NULL};
const struct preparation    preparation_media_file = {.steps = file_steps, .gives_bytes = true};
