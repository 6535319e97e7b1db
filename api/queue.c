/* Many commands in one request: what a client kept while it was offline, or what staff bring from elsewhere.
 *
 * Each line is an exchange inside the request's own, with the steps that a request of its own would have gone through,
 * and the next one begins when it has its answer. So lines are decided in their order, and each is kept or not under
 * its Idempotency-Key: who hears no answer sends all of it again. What could not be answered for a reason that passes
 * ends the queue, or what stands behind would overtake it.
 *
 * A refusal is not kept. When a queue comes again, what was refused might now be allowed, and would happen after lines
 * that stand behind it. So the lines are looked for in the log first, all of them: one that is not there, though one
 * behind it is, was refused. It is told why once more, and not carried out any more. */
#include "api/conditions.h"
#include "api/input.h"
#include "api/intake.h"
#include "api/lines.h"
#include "api/preparation.h"
#include "api/queue_line.h"
#include "api/reply.h"
#include "api/submit.h"

#include <inttypes.h>

enum {
	OUTBOX_LINES_MAX = 500,
	OUTBOX_BYTES_MAX = 2 << 20,
	BULK_LINES_MAX = 10000,
	BULK_BYTES_MAX = HTTP_BODY_BYTES_CEILING,
	LOOKS_AT_ONCE = 64, /* lines that are looked for in the log together */
};

struct queue {
	struct exchange *exchange; /* the request's own */
	struct lines     all;      /* none of them taken */
	struct lines     lines;
	struct bytes     line;   /* the one at hand */
	uint32_t         number; /* its, from 1 on */
	bool             held;   /* it was not asked yet */
	bool             paced;  /* lines count against the caller's limit */
	bool             dry;    /* nothing is kept */
	bool             by_line;
	bool             stops_on_refusal;
	bool             stopped; /* what follows is not tried */
	bool             over;    /* all lines are answered */
	bool             asking, answered;
	bool             awaits_room;

	/* The look into the log. */
	uint32_t looks;      /* under way */
	uint32_t kept_until; /* the last line that is there; 0: none */
	bool     unseen;     /* some could not be looked for */
};

/* Goes away by itself: another try may bring another answer. */
static bool passes(int http)
{
	return http == 401 || http == 429 || http >= 500;
}

static bool take_line(struct queue *queue)
{
	queue->held = lines_next(&queue->lines, &queue->line);
	queue->number += queue->held;
	return queue->held;
}

static struct exchange *make_line(struct queue *queue, exchange_step *const *steps, struct line **out)
{
	struct exchange *inside = queue_line_make(queue->exchange, steps, out);

	(*out)->queue = queue;
	(*out)->number = queue->number;
	(*out)->bytes = queue->line;
	queue->held = false;
	return inside;
}

/* ---------------------------------------------------------------- what of it is in the log */

/* All that were asked together are awaited together: the request's exchange must not go before them. */
static void looked(struct queue *queue)
{
	queue->looks--;
	if (queue->looks == 0 && !queue->asking)
		exchange_resume(queue->exchange);
}

static enum pace note_look(struct exchange *inside)
{
	struct line  *line = queue_line_of(inside);
	struct queue *queue = line->queue;
	enum status   status = inside->status;

	if (status == STATUS_OK)
		status = status_by_name(inside->answer.status);
	if (status == STATUS_OK && !inside->answer.refusal.data && line->number > queue->kept_until)
		queue->kept_until = line->number;
	queue->unseen |= status != STATUS_OK && status != STATUS_NOT_FOUND;
	looked(queue);
	return DONE;
}

/* It got no further than to be told why not, so it is not there. */
static void hear_for_look(struct exchange *inside, const struct http_head *head, struct bytes body)
{
	struct queue *queue = queue_line_of(inside)->queue;

	queue->unseen |= head->status >= 500;
	looked(queue);
}

static exchange_step *const look_steps[] = {
	queue_line_read,  intake_route,
	queue_line_admit, intake_identify,
	intake_permit,    conditions_idempotency_key,
	input_read,       submit_look,
	note_look,        NULL,
};

static enum pace            look_back(struct exchange *exchange);
static enum pace            begin(struct exchange *exchange);
static enum pace            carry_out(struct exchange *exchange);
static exchange_step *const look_back_steps[] = {look_back, begin, carry_out, NULL};

static enum pace look_back(struct exchange *exchange)
{
	struct queue    *queue = exchange->own;
	struct exchange *inside;
	struct line     *line;

	if (queue->dry)
		return GO_ON;
	queue->asking = true;
	while (queue->looks < LOOKS_AT_ONCE && take_line(queue)) {
		queue->looks++;
		inside = make_line(queue, look_steps, &line);
		line->asker.hear = hear_for_look;
		exchange_run(inside);
	}
	queue->asking = false;
	if (queue->looks > 0) {
		exchange->steps = look_back_steps;
		return WAIT;
	}
	return queue->unseen ? exchange_fail(exchange, STATUS_UNREACHABLE) : GO_ON;
}

/* ---------------------------------------------------------------- a line asks, and hears its answer */

/* It was decided without being kept. Nothing would have come of it: then that is its answer. */
static enum pace judge_late(struct exchange *inside)
{
	struct problem overtaken = {
		.http = 409,
		.name = "overtaken",
		.title = TEXT("It was refused before, and what stands behind it was carried out."),
		.detail = TEXT("It would be allowed now. If it is still wanted, send it behind them."),
	};

	if (!queue_line_of(inside)->late || !inside->answer.dry)
		return GO_ON;
	if (inside->answer.events.size > 0)
		return exchange_problem(inside, &overtaken);
	inside->answer.dry = false;
	return GO_ON;
}

static exchange_step *const line_steps[] = {
	queue_line_read,   intake_route,
	queue_line_admit,  intake_identify,
	intake_permit,     conditions_idempotency_key,
	conditions_prefer, input_read,
	submit_recall,     submit_recalled,
	exchange_prepare,  submit_send,
	submit_judge,      judge_late,
	submit_respond,    NULL,
};

static void hear_for_line(struct exchange *inside, const struct http_head *head, struct bytes body)
{
	struct queue  *queue = queue_line_of(inside)->queue;
	struct buffer *out = &queue->exchange->out;

	if (!queue->by_line && queue->number > 1)
		buffer_append_text(out, TEXT(","));
	queue_line_append(inside, head, body, out);
	if (queue->by_line)
		buffer_append_text(out, TEXT("\n"));
	queue->stopped |= passes(head->status) || (queue->stops_on_refusal && head->status >= 400);
	queue->answered = true;
	if (!queue->asking)
		exchange_resume(queue->exchange);
}

/* False: the answer comes later, and the request's exchange goes on with it. */
static bool ask(struct queue *queue)
{
	struct line     *line;
	struct exchange *inside = make_line(queue, line_steps, &line);

	line->asker.hear = hear_for_line;
	line->stopped = queue->stopped;
	line->late = queue->number < queue->kept_until;
	line->dry = queue->dry || line->late;
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

static void end(struct queue *queue)
{
	queue->over = true;
	if (!queue->by_line)
		buffer_append_text(&queue->exchange->out, TEXT("]}"));
}

static enum pace carry_out(struct exchange *exchange)
{
	static exchange_step *const again[] = {carry_out, NULL};

	struct queue *queue = exchange->own;
	uint32_t      wait_s;

	exchange->steps = again;
	for (;;) {
		queue->awaits_room = !hand_out(exchange);
		if (queue->awaits_room)
			return LISTEN;
		if (!exchange->asker)
			return DONE;
		if (queue->over)
			break;
		if (!queue->held && !take_line(queue)) {
			end(queue);
			continue;
		}
		wait_s = queue->paced && !queue->stopped ? seconds_to_wait(exchange) : 0;
		if (wait_s > 0)
			return wait(exchange, wait_s);
		if (!ask(queue))
			return WAIT;
	}
	http_stream_end(exchange->request);
	return DONE;
}

/* ---------------------------------------------------------------- it comes in */

static enum pace begin(struct exchange *exchange)
{
	struct queue *queue = exchange->own;

	queue->lines = queue->all;
	queue->number = 0;
	queue->by_line = conditions_accepts(exchange, JSON_LINES);
	reply_begin(exchange, queue->by_line ? TEXT(JSON_LINES) : TEXT("application/json"), on_room);
	if (!queue->by_line)
		buffer_append_text(&exchange->out, TEXT("{\"data\":["));
	return GO_ON;
}

static enum pace too_many(struct exchange *exchange, uint32_t lines_max)
{
	struct problem problem = {.http = 413, .name = "too_many_lines", .title = TEXT("There are too many lines.")};

	problem.detail = arena_format(&exchange->arena, "At most %" PRIu32 " are taken at once.", lines_max);
	return exchange_problem(exchange, &problem);
}

static enum pace open_queue(struct exchange *exchange, struct queue *queue, uint32_t lines_max)
{
	struct text     type = exchange_header(exchange, "content-type");
	enum lines_form form = input_type_is(type, JSON_LINES) ? LINES_EACH : LINES_ARRAY;
	uint32_t        count;

	if (form == LINES_ARRAY && !input_type_is(type, "application/json"))
		return exchange_say(exchange, 415, "not_lines",
		                    TEXT("The body must be " JSON_LINES ", or an array in application/json."));
	if (lines_open(exchange->asker->body, form, &queue->all, &count) != STATUS_OK)
		return exchange_say(exchange, 400, "malformed_json", TEXT("The body is not a JSON array."));
	queue->exchange = exchange;
	queue->lines = queue->all;
	exchange->own = queue;
	return count > lines_max ? too_many(exchange, lines_max) : GO_ON;
}

static enum pace open_outbox(struct exchange *exchange)
{
	const struct send_outbox *asked = exchange->input;
	struct queue             *queue = arena_new(&exchange->arena, struct queue);

	queue->paced = true;
	queue->stops_on_refusal = asked->has_stop && asked->stop;
	return open_queue(exchange, queue, OUTBOX_LINES_MAX);
}

/* Staff are not held to the pace of a person at a page: it is one line at a time all the same. */
static enum pace open_bulk(struct exchange *exchange)
{
	const struct send_bulk *asked = exchange->input;
	struct queue           *queue = arena_new(&exchange->arena, struct queue);

	queue->dry = asked->has_dry_run && asked->dry_run;
	queue->stops_on_refusal = asked->has_stop && asked->stop;
	return open_queue(exchange, queue, BULK_LINES_MAX);
}

static exchange_step *const outbox_steps[] = {open_outbox, look_back, begin, carry_out, NULL};
const struct preparation    preparation_outbox = {
	   .steps = outbox_steps, .body_bytes_max = OUTBOX_BYTES_MAX, .reads_body = true, .also_answers = JSON_LINES};

static exchange_step *const bulk_steps[] = {open_bulk, look_back, begin, carry_out, NULL};
const struct preparation    preparation_bulk = {
	   .steps = bulk_steps, .body_bytes_max = BULK_BYTES_MAX, .reads_body = true, .also_answers = JSON_LINES};
