/* GET /courses/{course}/archive: the draft is read from the log on a worker thread and told as lines; the files that it
 * shows go from disk to the client piece by piece, so that only the lines are held in memory. */
#include "api/archive/draft.h"
#include "api/archive/file.h"
#include "api/archive/local.h"
#include "api/archive/tar.h"
#include "api/course_access.h"
#include "api/media_store.h"
#include "api/preparation.h"
#include "api/reply.h"
#include "eventstore/base/diag.h"
#include "schema/commands.h"

#include <inttypes.h>
#include <unistd.h>

enum { PIECE_BYTES = 64 * 1024 };

/* A file that the archive holds; the store had it, of this size, when the head was made. */
struct packed {
	struct hash hash;
	uint64_t    bytes;
};

/* An archive on its way; lies in the request's arena, and owns the request once the exchange is over. */
struct packing {
	struct http_request *request;
	const char          *data;
	struct buffer        ready; /* what goes out next; not the bytes of files */
	struct packed       *files;
	uint32_t             count, next;
	int                  file; /* the one under way, or -1 */
	uint64_t             at;
	bool                 ended;
};

/* ---------------------------------------------------------------- gathering, on a worker thread */

static enum status size_of(const char *data, struct packed *packed)
{
	int         file;
	enum status status = media_store_open(data, &packed->hash, &file, &packed->bytes);

	if (status == STATUS_OK)
		close(file);
	return status;
}

/* A file that was lost is left out, or there could be no archive of the course any more. */
static enum status find_files(struct packing *packing, const struct wishes *wishes)
{
	struct shown_files shown;
	enum status        status = file_shown(wishes, &shown);

	if (status == STATUS_OK)
		packing->files = arena_array(wishes->arena, struct packed, shown.count + 1);
	for (uint32_t i = 0; i < shown.count && status == STATUS_OK; i++) {
		struct packed *packed = &packing->files[packing->count];

		packed->hash = shown.items[i];
		status = size_of(packing->data, packed);
		packing->count += status == STATUS_OK;
		status = status == STATUS_NOT_FOUND ? STATUS_OK : status;
	}
	return status;
}

static enum status read_draft(struct exchange *exchange, struct wishes *wishes)
{
	const struct course_archive *asked = exchange->input;
	struct reader               *reader;
	uint64_t                     head;
	enum status                  status = reader_open(exchange->lane->service->data, &reader);

	if (status != STATUS_OK)
		return status;
	status = reader_head(reader, &head);
	if (status == STATUS_OK)
		status = draft_read(reader, asked->course, head, wishes);
	reader_close(reader);
	return status;
}

static void pack(struct work *work)
{
	struct exchange             *exchange = container_of(work, struct exchange, work);
	const struct course_archive *asked = exchange->input;
	struct packing              *packing = exchange->own;
	struct wishes                wishes = {.arena = &exchange->arena};
	struct buffer                lines = {0};

	exchange->status = read_draft(exchange, &wishes);
	if (exchange->status == STATUS_OK && !(asked->has_media && !asked->media))
		exchange->status = find_files(packing, &wishes);
	if (exchange->status == STATUS_OK) {
		local_names(&wishes);
		file_write(&wishes, &lines);
		tar_append_head(&packing->ready, TEXT(ARCHIVE_LINES_NAME), lines.size);
		buffer_append(&packing->ready, buffer_bytes(&lines));
		tar_append_padding(&packing->ready, lines.size);
	}
	buffer_finish(&lines);
}

static enum pace judge(struct exchange *exchange)
{
	return course_access_judge(exchange, COURSE_RIGHT_WRITE);
}

static enum pace gather(struct exchange *exchange)
{
	struct packing *packing = arena_new(&exchange->arena, struct packing);

	packing->data = exchange->lane->service->data;
	packing->file = -1;
	exchange->own = packing;
	return exchange_work_on(exchange, exchange->lane->service->packers, pack);
}

/* ---------------------------------------------------------------- sending */

static void on_packing_gone(void *owner)
{
	struct packing *packing = owner;

	if (packing->file >= 0)
		close(packing->file);
	buffer_finish(&packing->ready);
}

/* The head of the next file, or the end of the archive. */
static enum status begin_next(struct packing *packing)
{
	const struct packed *packed = &packing->files[packing->next];
	char                 name[ARCHIVE_MEDIA_NAME_SIZE + 1];
	uint64_t             bytes = 0;
	enum status          status;

	if (packing->next == packing->count) {
		tar_append_end(&packing->ready);
		packing->ended = true;
		return STATUS_OK;
	}
	status = media_store_open(packing->data, &packed->hash, &packing->file, &bytes);
	if (status != STATUS_OK)
		return status;
	file_media_name(&packed->hash, name);
	tar_append_head(&packing->ready, text_from(name), packed->bytes);
	packing->at = 0;
	return bytes == packed->bytes ? STATUS_OK : STATUS_CORRUPT;
}

static enum status read_piece(struct packing *packing)
{
	const struct packed *packed = &packing->files[packing->next];
	uint8_t             *room = buffer_reserve(&packing->ready, PIECE_BYTES);
	ssize_t              size = pread(packing->file, room, PIECE_BYTES, (off_t)packing->at);

	if (size <= 0 || (uint64_t)size > packed->bytes - packing->at)
		return STATUS_IO;
	packing->ready.size += (size_t)size;
	packing->at += (uint64_t)size;
	if (packing->at < packed->bytes)
		return STATUS_OK;
	tar_append_padding(&packing->ready, packed->bytes);
	close(packing->file);
	packing->file = -1;
	packing->next++;
	return STATUS_OK;
}

/* Makes sure that there is something to send, or that everything is sent. */
static enum status fill(struct packing *packing)
{
	enum status status = STATUS_OK;

	if (packing->ready.size > 0 || packing->ended)
		return STATUS_OK;
	if (packing->file < 0)
		status = begin_next(packing);
	if (status == STATUS_OK && packing->file >= 0)
		status = read_piece(packing);
	return status;
}

/* Ending a reply may end the request, and this with it. */
static void give_more(void *owner)
{
	struct packing *packing = owner;
	enum status     status = fill(packing);
	struct bytes    piece = buffer_bytes(&packing->ready);

	if (piece.size > PIECE_BYTES)
		piece.size = PIECE_BYTES;
	if (status == STATUS_OK && piece.size > 0)
		status = http_stream_write(packing->request, piece);
	if (status != STATUS_OK) {
		diag(DIAG_ERROR, "archive_broken_off", "%s", status_sentence(status));
		http_stream_abort(packing->request);
		return;
	}
	buffer_consume(&packing->ready, piece.size);
	if (packing->ended && packing->ready.size == 0)
		http_stream_end(packing->request);
}

static uint64_t size_of_all(const struct packing *packing)
{
	uint64_t size = packing->ready.size + TAR_END_BYTES;

	for (uint32_t i = 0; i < packing->count; i++)
		size += tar_size(packing->files[i].bytes);
	return size;
}

/* What lay in the exchange's arena moves to the request's, which stays. */
static void hand_over(struct exchange *exchange, struct packing *from)
{
	struct http_request *request = exchange->request;
	struct packing      *packing = arena_new(&request->arena, struct packing);

	*packing = *from;
	packing->request = request;
	packing->files = arena_array(&request->arena, struct packed, from->count + 1);
	if (from->count > 0)
		memcpy(packing->files, from->files, from->count * sizeof(*from->files));
	exchange->request = NULL;
	exchange->asker = NULL;
	request->owner = packing;
	request->on_gone = on_packing_gone;
}

static enum pace send_off(struct exchange *exchange)
{
	const struct reply_kind kind = {
		.type = TEXT("application/x-tar"), .caching = TEXT("no-store"), .policy = TEXT(STANDING_POLICY)};
	const struct http_header name = {TEXT("content-disposition"), TEXT("attachment; filename=\"course.tar\"")};
	struct packing          *packing = exchange->own;
	struct http_request     *request = exchange->request;
	bool                     silent = text_is(exchange->asker->method, "HEAD");
	struct http_head         head;

	if (exchange->status != STATUS_OK) {
		buffer_finish(&packing->ready);
		return exchange_fail(exchange, exchange->status);
	}
	reply_head(exchange, 200, &kind, &name, 1, &head);
	head.sized = true;
	head.size = size_of_all(packing);
	hand_over(exchange, packing);
	http_stream_begin(request, &head, give_more);
	if (!silent)
		give_more(request->owner);
	return DONE;
}

static exchange_step *const archive_steps[] = {
	course_access_await, course_access_check, course_access_ask, judge, gather, send_off, NULL,
};
const struct preparation preparation_course_archive = {.steps = archive_steps, .gives_bytes = true};
