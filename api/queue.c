/* Many commands in one request: what a client kept while it was offline.
 *
 * Each line is an exchange inside the request's own, with the steps that a request of its own would have gone through,
 * and the next one begins when it has its answer. So lines are decided in their order, and each is kept or not under
 * its Idempotency-Key: who hears no answer sends all of it again. What could not be answered for a reason that passes
 * ends the queue, or what stands behind would overtake it. */
#include "api/conditions.h"
#include "api/guard.h"
#include "api/input.h"
#include "api/intake.h"
#include "api/lines.h"
#include "api/preparation.h"
#include "api/reply.h"
#include "api/submit.h"
#include "eventstore/base/clock.h"
#include "schema/commands.h"

#include <inttypes.h>

#define JSON_LINES "application/x-ndjson"

enum { OUTBOX_LINES_MAX = 500, OUTBOX_BYTES_MAX = 2 << 20 };

struct queue {
	struct exchange *exchange; /* the request's own */
	struct lines     lines;
	struct bytes     line;   /* the one at hand */
	uint32_t         number; /* its, from 1 on */
	bool             held;   /* it was not asked yet */
	bool             by_line;
	bool             stops_on_refusal;
	bool             stopped; /* what follows is not tried */
	bool             over;    /* all lines are answered */
	bool             asking, answered;
	bool             awaits_room;
	struct text      authorization, trace; /* as the request has them */
};

/* A line as the one who asks; in the arena of the exchange that answers it. */
struct line {
	struct asker      asker;
	struct queue     *queue;
	struct queue_line said;
	char              at[TIME_TEXT_SIZE + 1];
};

static struct line *line_of(const struct exchange *inside)
{
	return container_of(inside->asker, struct line, asker);
}

/* ---------------------------------------------------------------- a line asks */

static struct text line_header(const struct asker *asker, struct text name)
{
	const struct line *line = container_of(asker, struct line, asker);

	if (text_is(name, "authorization"))
		return line->queue->authorization;
	if (text_is(name, "traceparent"))
		return line->queue->trace;
	if (text_is(name, "x-request-id"))
		return line->queue->exchange->request_id;
	if (text_is(name, "idempotency-key"))
		return line->said.id;
	if (text_is(name, "client-time") && line->said.has_at)
		return text_from(line->at);
	if (text_is(name, "content-type"))
		return TEXT("application/json");
	return TEXT_NONE;
}

static enum pace not_a_line(struct exchange *inside, enum status status, const struct complaints *complaints)
{
	struct problem problem = {.http = 422,
	                          .name = "line_invalid",
	                          .title = TEXT("The line is not as lines are."),
	                          .complaints = complaints};

	if (status == STATUS_MALFORMED)
		problem = (struct problem){.http = 400,
		                           .name = "malformed_json",
		                           .title = TEXT("The line is not a JSON object."),
		                           .detail = complaints->count > 0 ? complaints->items[0].sentence : TEXT_NONE};
	return exchange_problem(inside, &problem);
}

static bool changes_something(struct text method)
{
	return text_is(method, "POST") || text_is(method, "PUT") || text_is(method, "PATCH")
	       || text_is(method, "DELETE");
}

static enum pace refuse_line(struct exchange *inside)
{
	return exchange_say(inside, 403, "not_in_a_queue",
	                    TEXT("This cannot be a line of a queue; send it as a request of its own."));
}

/* Paths are compared byte by byte, so what the guard says of a request's holds for a line's. */
static enum pace set_target(struct exchange *inside, struct line *line)
{
	static const struct guard_limits limits = {.target_bytes_max = SIZE_MAX};
	struct guard_fields              fields = {
			     .method = line->said.method, .target = line->said.path, .authority = TEXT("a.line")};
	struct guard_verdict verdict = {0};
	const char          *mark = memchr(line->said.path.data, '?', line->said.path.size);

	guard_check_fields(&fields, &limits, &verdict);
	if (!changes_something(line->said.method))
		return refuse_line(inside);
	if (verdict.status != 0)
		return exchange_say(inside, verdict.status, "line_malformed", text_from(verdict.sentence));
	line->asker.method = line->said.method;
	line->asker.path = line->said.path;
	line->asker.body = text_bytes(line->said.body);
	if (mark) {
		line->asker.path.size = (size_t)(mark - line->said.path.data);
		line->asker.query =
			(struct text){.data = mark + 1, .size = line->said.path.size - line->asker.path.size - 1};
	}
	return GO_ON;
}

static enum pace read_line(struct exchange *inside)
{
	struct line       *line = line_of(inside);
	struct complaints *complaints = arena_new(&inside->arena, struct complaints);
	enum status        status;

	status = json_decode_shape(&queue_line_shape, line->queue->line, 0, &inside->arena, &line->said, complaints);
	if (status != STATUS_OK)
		return not_a_line(inside, status, complaints);
	if (line->queue->stopped)
		return exchange_say(inside, 424, "not_tried",
		                    TEXT("A line before it was not carried out, and this one must not overtake it."));
	if (line->said.has_at)
		time_format(line->said.at, line->at);
	return set_target(inside, line);
}

/* Who comes without a token, and what costs more than a decision, comes alone. */
static enum pace admit_line(struct exchange *inside)
{
	const struct route *route = inside->route;

	if (route->command && route->access != ACCESS_ANYONE && route->preparation->decides_alone)
		return GO_ON;
	return refuse_line(inside);
}

static exchange_step *const line_steps[] = {
	read_line,      intake_route,  admit_line,      intake_identify,  intake_permit, conditions_idempotency_key,
	input_read,     submit_recall, submit_recalled, exchange_prepare, submit_send,   submit_judge,
	submit_respond, NULL,
};

/* ---------------------------------------------------------------- and hears its answer */

static struct text header_in(const struct http_head *head, const char *name)
{
	for (size_t i = 0; i < head->header_count; i++)
		if (text_is(head->headers[i].name, name))
			return head->headers[i].value;
	return TEXT_NONE;
}

static void append_answer(const struct exchange *inside, const struct http_head *head, struct bytes body)
{
	const struct line *line = line_of(inside);
	struct buffer     *out = &line->queue->exchange->out;
	struct text        retry_after = header_in(head, "retry-after");
	bool               fine = head->status < 300;

	if (!line->queue->by_line && line->queue->number > 1)
		buffer_append_text(out, TEXT(","));
	buffer_format(out, "{\"line\":%" PRIu32, line->queue->number);
	if (line->said.id.data) {
		buffer_append_text(out, TEXT(",\"id\":"));
		json_append_string(out, line->said.id);
	}
	buffer_format(out, ",\"status\":%d", head->status);
	if (fine)
		buffer_format(out, ",\"position\":%" PRIu64 ",\"replayed\":%s", inside->answer.position,
		              inside->answer.repeated ? "true" : "false");
	if (retry_after.data)
		buffer_format(out, ",\"retry_after\":%.*s", TEXT_ARG(retry_after));
	buffer_append_text(out, fine ? TEXT(",\"body\":") : TEXT(",\"problem\":"));
	buffer_append(out, body);
	buffer_append_text(out, line->queue->by_line ? TEXT("}\n") : TEXT("}"));
}

/* Goes away by itself: another try may bring another answer. */
static bool passes(int http)
{
	return http == 401 || http == 429 || http >= 500;
}

static void hear_for_line(struct exchange *inside, const struct http_head *head, struct bytes body)
{
	struct queue *queue = line_of(inside)->queue;

	append_answer(inside, head, body);
	queue->stopped |= passes(head->status) || (queue->stops_on_refusal && head->status >= 400);
	queue->answered = true;
	if (!queue->asking)
		exchange_resume(queue->exchange);
}

/* False: the answer comes later, and the request's exchange goes on with it. */
static bool ask(struct queue *queue)
{
	struct exchange *inside = exchange_inside(queue->exchange->lane, line_steps);
	struct line     *line = arena_new(&inside->arena, struct line);

	line->queue = queue;
	line->asker =
		(struct asker){.peer = queue->exchange->asker->peer, .header = line_header, .hear = hear_for_line};
	inside->asker = &line->asker;
	inside->request_id = queue->exchange->request_id;
	queue->held = false;
	queue->asking = true;
	queue->answered = false;
	exchange_run(inside);
	queue->asking = false;
	return queue->answered;
}

/* ---------------------------------------------------------------- one after the other */

static void on_room(void *owner)
{
	struct exchange *exchange = owner;
	struct queue    *queue = exchange->own;

	if (!queue->awaits_room)
		return;
	queue->awaits_room = false;
	exchange_run(exchange);
}

static void on_due(struct http_timer *timer)
{
	exchange_resume(container_of(timer, struct exchange, timer));
}

/* Lines count as requests do. Who has no more of them waits, or all of it would have to be sent again for the rest. */
static uint32_t seconds_to_wait(const struct exchange *exchange)
{
	const struct service  *service = exchange->lane->service;
	struct limiter_key     address = limiter_key_address(exchange->asker->peer);
	struct limiter_key     account = limiter_key_id(exchange->claims.user);
	struct limiter_verdict verdict = {.allowed = true};

	if (service->by_address)
		limiter_take(service->by_address, &address, 1, clock_monotonic_us(), &verdict);
	if (service->by_account && verdict.allowed)
		limiter_take(service->by_account, &account, 1, clock_monotonic_us(), &verdict);
	return verdict.allowed ? 0 : verdict.retry_after_s;
}

static enum pace wait(struct exchange *exchange, uint32_t seconds)
{
	exchange->timer.on_due = on_due;
	http_timer_start(&exchange->timer, exchange->lane->loop, seconds * 1000);
	return WAIT;
}

/* Whatever was written, or false: the client must read first. */
static bool hand_out(struct exchange *exchange)
{
	if (http_stream_write(exchange->request, buffer_bytes(&exchange->out)) != STATUS_OK)
		return false;
	exchange->out.size = 0;
	return true;
}

static void take_line(struct queue *queue)
{
	queue->held = lines_next(&queue->lines, &queue->line);
	queue->number += queue->held;
	queue->over = !queue->held;
	if (queue->over && !queue->by_line)
		buffer_append_text(&queue->exchange->out, TEXT("]}"));
}

static enum pace            carry_out(struct exchange *exchange);
static exchange_step *const carry_out_steps[] = {carry_out, NULL};

static enum pace carry_out(struct exchange *exchange)
{
	struct queue *queue = exchange->own;
	uint32_t      wait_s;

	exchange->steps = carry_out_steps;
	for (;;) {
		queue->awaits_room = !hand_out(exchange);
		if (queue->awaits_room)
			return LISTEN;
		if (!exchange->asker)
			return DONE;
		if (queue->over)
			break;
		if (!queue->held)
			take_line(queue);
		wait_s = queue->held && !queue->stopped ? seconds_to_wait(exchange) : 0;
		if (wait_s > 0)
			return wait(exchange, wait_s);
		if (queue->held && !ask(queue))
			return WAIT;
	}
	http_stream_end(exchange->request);
	return DONE;
}

/* ---------------------------------------------------------------- it comes in */

static enum pace too_many(struct exchange *exchange, uint32_t lines_max)
{
	struct problem problem = {.http = 413, .name = "too_many_lines", .title = TEXT("There are too many lines.")};

	problem.detail = arena_format(&exchange->arena, "At most %" PRIu32 " are taken at once.", lines_max);
	return exchange_problem(exchange, &problem);
}

static enum pace begin(struct exchange *exchange, struct queue *queue)
{
	queue->exchange = exchange;
	queue->authorization = arena_text(&exchange->arena, exchange_header(exchange, "authorization"));
	queue->trace = exchange_header(exchange, "traceparent");
	queue->by_line = conditions_accepts(exchange, JSON_LINES);
	exchange->own = queue;
	reply_begin(exchange, queue->by_line ? TEXT(JSON_LINES) : TEXT("application/json"), on_room);
	if (!queue->by_line)
		buffer_append_text(&exchange->out, TEXT("{\"data\":["));
	return GO_ON;
}

static enum pace open_queue(struct exchange *exchange, struct queue *queue, uint32_t lines_max)
{
	struct text     type = exchange_header(exchange, "content-type");
	enum lines_form form = input_type_is(type, JSON_LINES) ? LINES_EACH : LINES_ARRAY;
	uint32_t        count;

	if (form == LINES_ARRAY && !input_type_is(type, "application/json"))
		return exchange_say(exchange, 415, "not_lines",
		                    TEXT("The body must be " JSON_LINES ", or an array in application/json."));
	if (lines_open(exchange->asker->body, form, &queue->lines, &count) != STATUS_OK)
		return exchange_say(exchange, 400, "malformed_json", TEXT("The body is not a JSON array."));
	return count > lines_max ? too_many(exchange, lines_max) : begin(exchange, queue);
}

static enum pace open_outbox(struct exchange *exchange)
{
	const struct send_outbox *asked = exchange->input;
	struct queue             *queue = arena_new(&exchange->arena, struct queue);

	queue->stops_on_refusal = asked->has_stop && asked->stop;
	return open_queue(exchange, queue, OUTBOX_LINES_MAX);
}

static exchange_step *const outbox_steps[] = {open_outbox, carry_out, NULL};
const struct preparation    preparation_outbox = {
	   .steps = outbox_steps, .body_bytes_max = OUTBOX_BYTES_MAX, .reads_body = true, .also_answers = JSON_LINES};
