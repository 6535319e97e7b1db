#include "api/log_files.h"

#include "api/intake.h"
#include "api/reply.h"
#include "api/ticket.h"
#include "eventstore/log/cosigned.h"
#include "eventstore/log/log_proof.h"
#include "eventstore/log/tile.h"
#include "eventstore/vault/erasure.h"

#define CHECKPOINT_PATH "/log/checkpoint"
#define TILE_PATH "/log/tile/"

static bool parse_path(struct text path, struct tile *tile)
{
	return text_take(&path, TEXT(TILE_PATH)) && tile_parse(path, tile) && !tile->entries;
}

bool log_files_know(struct text path)
{
	struct tile tile;

	return text_is(path, CHECKPOINT_PATH) || parse_path(path, &tile)
	       || text_starts_with(path, TEXT(LOG_RECEIPT_PATH));
}

/* ---------------------------------------------------------------- contents */

static enum status read_tile(struct lane *lane, const struct tile *tile, struct buffer *out)
{
	struct reader *reader = lane_reader(lane);

	return reader ? tile_read(reader, tile, out) : STATUS_NOT_FOUND;
}

struct erasure {
	struct id person;
	bool      found;
};

static bool note_erasure(void *owner, const struct record *record)
{
	struct erasure *erasure = owner;
	struct id       person;

	erasure->found = erasure_person(record, &person) == STATUS_OK && id_equal(person, erasure->person);
	return false;
}

/* A log that was restored may hold another event at the position by now, or none. */
static enum status read_receipt(struct lane *lane, struct text token, struct buffer *out)
{
	struct receipt_ticket ticket;
	struct erasure        erasure = {0};
	struct reader        *reader = lane_reader(lane);
	uint64_t              covered;
	enum status           status;

	if (!reader || !receipt_token_open(&lane->service->receipt_secret, token, &ticket))
		return STATUS_NOT_FOUND;
	erasure.person = ticket.user;
	status = reader_each(reader, ticket.position, 1, note_erasure, &erasure);
	if (status == STATUS_OK && !erasure.found)
		status = STATUS_NOT_FOUND;
	return status == STATUS_OK ? log_proof(reader, lane->service->data, ticket.position, &covered, out) : status;
}

static enum pace reply_receipt(struct exchange *exchange, struct text token)
{
	struct problem not_signed = {
		.http = 503,
		.name = "not_signed_yet",
		.title = TEXT("The log's next checkpoint will cover it; it is signed within a second."),
		.retry_after_s = 1,
	};
	enum status status = read_receipt(exchange->lane, token, &exchange->out);

	if (status == STATUS_NOT_FOUND)
		return exchange_say(exchange, 404, "no_such_receipt", TEXT("There is no receipt under this path."));
	if (status == STATUS_BUSY)
		return exchange_problem(exchange, &not_signed);
	if (status != STATUS_OK)
		return exchange_fail(exchange, status);
	reply_content(exchange, TEXT("text/plain; charset=utf-8"), TEXT("private, no-store"));
	return DONE;
}

static enum pace reply_file(struct exchange *exchange)
{
	struct tile tile;
	bool        tiled = parse_path(exchange->asker->path, &tile);
	enum status status = tiled ? read_tile(exchange->lane, &tile, &exchange->out)
	                           : cosigned_checkpoint(exchange->lane->service->data, &exchange->out);

	if (status == STATUS_NOT_FOUND)
		return exchange_say(exchange, 404, "not_there_yet", TEXT("The log is not that long yet."));
	if (status != STATUS_OK)
		return exchange_fail(exchange, status);
	if (tiled)
		reply_content(exchange, TEXT("application/octet-stream"), TEXT("public, max-age=31536000, immutable"));
	else
		reply_content(exchange, TEXT("text/plain; charset=utf-8"), TEXT("public, max-age=1"));
	return DONE;
}

static enum pace reply_any(struct exchange *exchange)
{
	struct text rest = exchange->asker->path;

	return text_take(&rest, TEXT(LOG_RECEIPT_PATH)) ? reply_receipt(exchange, rest) : reply_file(exchange);
}

exchange_step *const log_files_steps[] = {intake_admit, reply_any, NULL};
