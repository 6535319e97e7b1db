#include "api/list_lines.h"

#include "api/conditions.h"
#include "api/input.h"
#include "api/lines.h"
#include "api/reply.h"

enum { PIECE_BYTES = 64 << 10 }; /* less than a stream may have waiting */

struct list_lines {
	size_t sent; /* of exchange->out */
	bool   last; /* no page follows */
	bool   awaits_room;
};

bool list_lines_wanted(const struct exchange *exchange)
{
	const struct query_type *query = exchange->route->query;

	return query && query->list && shape_field(query->shape, TEXT("limit"))
	       && conditions_accepts(exchange, JSON_LINES);
}

/* False: the client must read first. */
static bool hand_out(struct exchange *exchange, struct list_lines *list)
{
	while (list->sent < exchange->out.size) {
		size_t left = exchange->out.size - list->sent;
		size_t size = left < PIECE_BYTES ? left : PIECE_BYTES;

		if (http_stream_write(exchange->request, BYTES(exchange->out.data + list->sent, size)) != STATUS_OK)
			return false;
		list->sent += size;
	}
	exchange->out.size = list->sent = 0;
	return true;
}

static void take_page(struct exchange *exchange, struct list_lines *list)
{
	uint32_t rows = pg_answer_rows(exchange->rows);
	uint32_t count = rows > exchange->page ? exchange->page : rows;

	list->last = count == rows || !exchange->all_pages;
	if (!list->last)
		input_go_on_behind(exchange, pg_answer_text(exchange->rows, count - 1, 1));
	reply_append_lines(exchange, count);
}

static enum pace send_page(struct exchange *exchange);
static enum pace receive_page(struct exchange *exchange);

static enum pace go_on(struct exchange *exchange)
{
	static exchange_step *const sending[] = {send_page, NULL}, *const receiving[] = {receive_page, NULL};

	struct list_lines *list = exchange->own;

	exchange->steps = sending;
	list->awaits_room = !hand_out(exchange, list);
	if (list->awaits_room)
		return LISTEN;
	if (list->last) {
		http_stream_end(exchange->request);
		return DONE;
	}
	exchange->steps = receiving;
	exchange->status = exchange_try_to_ask(exchange, exchange->route->query->name);
	return exchange->status == STATUS_OK ? WAIT : GO_ON;
}

static enum pace send_page(struct exchange *exchange)
{
	return exchange->asker ? go_on(exchange) : DONE;
}

static enum pace receive_page(struct exchange *exchange)
{
	if (exchange->status != STATUS_OK) {
		http_stream_abort(exchange->request);
		return DONE;
	}
	take_page(exchange, exchange->own);
	return go_on(exchange);
}

static void on_room(void *owner)
{
	struct exchange   *exchange = owner;
	struct list_lines *list = exchange->own;

	if (list->awaits_room)
		exchange_run(exchange);
}

enum pace list_lines(struct exchange *exchange)
{
	struct list_lines *list = arena_new(&exchange->arena, struct list_lines);

	if (!exchange->asker)
		return DONE;
	exchange->own = list;
	take_page(exchange, list);
	reply_begin(exchange, TEXT(JSON_LINES), on_room);
	return go_on(exchange);
}
