#include "api/run_reading.h"

#include "api/reply.h"

enum { PIECE_BYTES = 64 << 10, FRAMES_AT_ONCE = 4 * SIMULATOR_BLOCK_FRAMES, AWAY_RETRY_S = 2 };

/* ---------------------------------------------------------------- refusals */

enum pace run_reading_away(struct exchange *exchange)
{
	struct problem problem = {.http = 503,
	                          .name = "simulator_away",
	                          .title = TEXT("The simulator does not answer; try again in a moment."),
	                          .retry_after_s = AWAY_RETRY_S};

	return exchange_problem(exchange, &problem);
}

static int http_of(struct text code)
{
	static const struct {
		const char *code;
		int         http;
	} rows[] = {
		{"invalid_scene", 422},  {"over_budget", 422}, {"too_many_runs", 429}, {"budget_spent", 429},
		{"simulator_busy", 503}, {"stopping", 503},    {"not_kept", 404},      {"other_engine", 410},
		{"cancelled", 409},      {"crashed", 500},
	};

	for (size_t i = 0; i < array_count(rows); i++)
		if (text_is(code, rows[i].code))
			return rows[i].http;
	return 500;
}

enum pace run_reading_refuse(struct exchange *exchange, const struct run_failed *failed)
{
	struct problem problem = {
		.http = http_of(failed->code),
		.name = arena_format(&exchange->arena, "run_%.*s", TEXT_ARG(failed->code)).data,
		.title = failed->sentence,
		.retry_after_s = failed->retry_after_s,
	};

	return exchange_problem(exchange, &problem);
}

/* ---------------------------------------------------------------- finding the run */

static struct bytes kept(struct run_reading *reading, const struct frame *frame)
{
	return arena_bytes(&reading->exchange->arena, frame->body);
}

static void on_run_word(struct simulator_call *call, enum status status, const struct frame *frame)
{
	struct run_reading *reading = container_of(call, struct run_reading, call);
	struct exchange    *exchange = reading->exchange;
	struct arena       *arena = &exchange->arena;

	exchange->status = status;
	if (status == STATUS_OK && frame->op == SIMULATOR_ACCEPTED)
		exchange->status = message_decode(&run_accepted_shape, kept(reading, frame), arena, &reading->accepted);
	else if (status == STATUS_OK && frame->op == SIMULATOR_FAILED)
		exchange->status = message_decode(&run_failed_shape, kept(reading, frame), arena, &reading->failed);
	else if (status == STATUS_OK && frame->op == SIMULATOR_DONE)
		exchange->status = message_decode(&run_done_shape, kept(reading, frame), arena, &reading->done);
	reading->ended = status == STATUS_OK && frame->op == SIMULATOR_DONE;
	if (call->number == 0)
		exchange_resume(exchange);
}

enum pace run_reading_find(struct exchange *exchange)
{
	struct run_reading *reading = exchange->own;
	struct run_watch    watch = {.run_hash = reading->run_hash, .person = exchange->claims.user};
	enum status         status;

	watch.frames = reading->part != RUN_SCENE;
	reading->exchange = exchange;
	reading->call.on_word = on_run_word;
	status = simulator_ask(exchange->lane->simulator, SIMULATOR_WATCH, &run_watch_shape, &watch, &reading->call);
	if (status == STATUS_UNREACHABLE)
		return run_reading_away(exchange);
	return status == STATUS_OK ? WAIT : exchange_fail(exchange, status);
}

enum pace run_reading_judge(struct exchange *exchange)
{
	struct run_reading *reading = exchange->own;

	if (exchange->status == STATUS_UNREACHABLE)
		return run_reading_away(exchange);
	if (exchange->status != STATUS_OK)
		return exchange_fail(exchange, exchange->status);
	if (!reading->ended)
		return run_reading_refuse(exchange, &reading->failed);
	if (reading->from >= reading->done.frames)
		return exchange_say(exchange, 416, "frames_not_there", TEXT("The run has no frame of that number."));
	if (reading->to >= reading->done.frames)
		reading->to = reading->done.frames - 1;
	if (reading->part == RUN_KEY_FRAMES)
		reading->from +=
			(SIMULATOR_BLOCK_FRAMES - reading->from % SIMULATOR_BLOCK_FRAMES) % SIMULATOR_BLOCK_FRAMES;
	if (reading->from > reading->to)
		return exchange_say(exchange, 416, "frames_not_there", TEXT("There is no key frame in this range."));
	return GO_ON;
}

/* ---------------------------------------------------------------- fetching */

static void on_piece(struct simulator_call *call, enum status status, const struct frame *frame)
{
	struct run_reading *reading = container_of(call, struct run_reading, call);
	struct exchange    *exchange = reading->exchange;

	reading->piece = (struct run_frames){0};
	exchange->status = status == STATUS_OK && frame->op != SIMULATOR_FRAMES ? STATUS_NOT_FOUND : status;
	if (exchange->status == STATUS_OK)
		exchange->status = message_decode(&run_frames_shape, frame->body, &exchange->arena, &reading->piece);
	exchange_resume(exchange);
}

static enum status fetch(struct run_reading *reading, enum run_part part, uint32_t count)
{
	struct run_fetch fetch = {.run_hash = reading->run_hash, .part = part, .from = reading->at, .count = count};

	reading->call.on_word = on_piece;
	return simulator_ask(reading->exchange->lane->simulator, SIMULATOR_FETCH, &run_fetch_shape, &fetch,
	                     &reading->call);
}

enum pace run_reading_fetch_scene(struct exchange *exchange)
{
	enum status status = fetch(exchange->own, RUN_SCENE, 1);

	return status == STATUS_OK ? WAIT : exchange_fail(exchange, status);
}

/* The piece is a view of what came; whoever wants the scene longer decodes or copies it in this step's turn. */
enum pace run_reading_take_scene(struct exchange *exchange)
{
	return exchange->status == STATUS_OK ? GO_ON : exchange_fail(exchange, exchange->status);
}

/* ---------------------------------------------------------------- sending */

static enum pace take_piece(struct exchange *exchange);
static enum pace pass_on(struct exchange *exchange);

/* False: the client must read first. */
static bool hand_out(struct exchange *exchange, struct run_reading *reading)
{
	while (reading->sent < exchange->out.size) {
		size_t left = exchange->out.size - reading->sent;
		size_t size = left < PIECE_BYTES ? left : PIECE_BYTES;

		if (http_stream_write(exchange->request, BYTES(exchange->out.data + reading->sent, size)) != STATUS_OK)
			return false;
		reading->sent += size;
	}
	exchange->out.size = reading->sent = 0;
	return true;
}

static enum pace break_off(struct exchange *exchange)
{
	http_stream_abort(exchange->request);
	return DONE;
}

static uint32_t stride_of(const struct run_reading *reading)
{
	return reading->part == RUN_KEY_FRAMES ? SIMULATOR_BLOCK_FRAMES : 1;
}

/* How many are to come, as far as one fetch may go. */
static uint32_t left_of(const struct run_reading *reading)
{
	uint32_t left = (reading->to - reading->at) / stride_of(reading) + 1;

	return left < FRAMES_AT_ONCE ? left : FRAMES_AT_ONCE;
}

static enum pace go_on(struct exchange *exchange)
{
	static exchange_step *const sending[] = {pass_on, NULL}, *const receiving[] = {take_piece, NULL};

	struct run_reading *reading = exchange->own;

	exchange->steps = sending;
	reading->awaits_room = !hand_out(exchange, reading);
	if (reading->awaits_room)
		return LISTEN;
	if (reading->at > reading->to) {
		http_stream_end(exchange->request);
		return DONE;
	}
	exchange->steps = receiving;
	if (fetch(reading, reading->part, left_of(reading)) != STATUS_OK)
		return break_off(exchange);
	return WAIT;
}

static enum pace pass_on(struct exchange *exchange)
{
	return exchange->asker ? go_on(exchange) : DONE;
}

static enum pace take_piece(struct exchange *exchange)
{
	struct run_reading *reading = exchange->own;

	if (exchange->status != STATUS_OK || reading->piece.count == 0)
		return break_off(exchange);
	if (reading->append)
		reading->append(reading, &reading->piece, &exchange->out);
	else
		buffer_append(&exchange->out, reading->piece.bytes);
	reading->at = reading->piece.first + reading->piece.count * stride_of(reading);
	if (reading->at > reading->to && reading->end)
		reading->end(reading, &exchange->out);
	return go_on(exchange);
}

static void on_room(void *owner)
{
	struct exchange    *exchange = owner;
	struct run_reading *reading = exchange->own;

	if (reading->awaits_room)
		exchange_run(exchange);
}

/* One run, one answer, for ever: the hash is over all that it depends on. */
static struct text etag_of(struct run_reading *reading)
{
	struct buffer text = {0};
	struct text   etag;

	for (size_t i = 0; i < sizeof(reading->run_hash.bytes); i++)
		buffer_format(&text, "%02x", reading->run_hash.bytes[i]);
	etag = arena_format(&reading->exchange->arena, "\"%.*s-%u-%u-%u\"", (int)text.size, (const char *)text.data,
	                    (unsigned)reading->part, reading->from, reading->to);
	buffer_finish(&text);
	return etag;
}

enum pace run_reading_send(struct exchange *exchange)
{
	struct run_reading *reading = exchange->own;
	struct reply_kind   kind = {.type = reading->type,
	                            .caching = reading->immutable ? TEXT("private, max-age=31536000, immutable")
	                                                          : TEXT("no-store"),
	                            .policy = TEXT(STANDING_POLICY)};
	struct text         etag = etag_of(reading);
	struct http_header  more[] = {
		 {TEXT("etag"), etag},
		 {TEXT("x-frames"), arena_format(&exchange->arena, "%u", reading->done.frames)},
		 {TEXT("x-frame-quantum"), arena_format(&exchange->arena, "%g", reading->accepted.quantum)},
		 {TEXT("x-frame-bodies"), arena_format(&exchange->arena, "%u", reading->accepted.bodies)},
		 {TEXT("x-frames-per-second"), arena_format(&exchange->arena, "%u", reading->accepted.fps)},
        };
	struct http_head head;

	if (!exchange->asker)
		return DONE;
	if (reply_client_has(exchange, etag)) {
		reply_head(exchange, 304, &kind, more, 1, &head);
		exchange->asker->hear(exchange, &head, BYTES("", 0));
		return DONE;
	}
	reply_head(exchange, 200, &kind, more, array_count(more), &head);
	reading->at = reading->from;
	http_stream_begin(exchange->request, &head, on_room);
	if (!exchange->asker || text_is(exchange->asker->method, "HEAD"))
		return DONE;
	if (reading->begin)
		reading->begin(reading, &exchange->out);
	return go_on(exchange);
}
