#include "api/log_files.h"

#include "api/intake.h"
#include "api/reply.h"
#include "eventstore/cosigned.h"
#include "eventstore/tile.h"

#define CHECKPOINT_PATH "/log/checkpoint"
#define TILE_PATH "/log/tile/"

static bool parse_path(struct text path, struct tile *tile)
{
	return text_take(&path, TEXT(TILE_PATH)) && tile_parse(path, tile) && !tile->entries;
}

bool log_files_know(struct text path)
{
	struct tile tile;

	return text_is(path, CHECKPOINT_PATH) || parse_path(path, &tile);
}

/* ---------------------------------------------------------------- contents */

static enum status read_tile(struct lane *lane, const struct tile *tile, struct buffer *out)
{
	struct reader *reader = lane_reader(lane);

	return reader ? tile_read(reader, tile, out) : STATUS_NOT_FOUND;
}

static enum pace reply_file(struct exchange *exchange)
{
	struct tile tile;
	bool        tiled = parse_path(exchange->request->path, &tile);
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

exchange_step *const log_files_steps[] = {intake_admit, reply_file, NULL};
