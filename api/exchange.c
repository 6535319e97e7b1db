#include "api/exchange.h"

#include "api/as_of.h"
#include "api/conditions.h"
#include "api/input.h"
#include "api/intake.h"
#include "api/list_lines.h"
#include "api/preparation.h"
#include "api/reply.h"
#include "api/submit.h"
#include "eventstore/base/clock.h"
#include "eventstore/base/require.h"

#include <inttypes.h>

const struct preparation preparation_plain = {.decides_alone = true};

/* ---------------------------------------------------------------- its own life */

static void exchange_free(struct exchange *exchange)
{
	struct arena arena = exchange->arena;

	http_timer_stop(&exchange->timer);
	list_remove(&exchange->waiting);
	pg_answer_release(exchange->rows);
	buffer_finish(&exchange->out);
	arena_finish(&arena);
}

static void on_request_gone(void *owner)
{
	struct exchange *exchange = owner;

	exchange->request = NULL;
	exchange->asker = NULL;
	if (!exchange->pending && !exchange->running)
		exchange_free(exchange);
}

void exchange_resume(struct exchange *exchange)
{
	exchange->pending = false;
	if (exchange->asker)
		exchange_run(exchange);
	else
		exchange_free(exchange);
}

void exchange_run(struct exchange *exchange)
{
	enum pace pace;

	exchange->running = true;
	do {
		if (!*exchange->steps) {
			exchange->steps = exchange->steps_after;
			exchange->steps_after = NULL;
		}
		pace = (*exchange->steps++)(exchange);
	} while (pace == GO_ON);
	exchange->running = false;
	exchange->pending = pace == WAIT;
	/* The answer may have left, and the request with it, before its step returned. */
	if (pace != WAIT && !exchange->asker)
		exchange_free(exchange);
	else if (pace == DONE && exchange->inside)
		exchange_free(exchange);
}

struct text exchange_header(const struct exchange *exchange, const char *name)
{
	return exchange->asker->header(exchange->asker, text_from(name));
}

bool exchange_word(struct text text)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.:";

	for (size_t i = 0; i < text.size; i++)
		if (!memchr(allowed, text.data[i], sizeof(allowed) - 1))
			return false;
	return text.size > 0;
}

/* ---------------------------------------------------------------- refusing */

enum pace exchange_problem(struct exchange *exchange, const struct problem *problem)
{
	reply_problem(exchange, problem);
	return DONE;
}

enum pace exchange_say(struct exchange *exchange, int http, const char *name, struct text title)
{
	struct problem problem = {.http = http, .name = name, .title = title};

	return exchange_problem(exchange, &problem);
}

enum pace exchange_fail(struct exchange *exchange, enum status status)
{
	struct problem problem = problem_of(status);

	return exchange_problem(exchange, &problem);
}

enum pace exchange_refuse(struct exchange *exchange, enum refusal refusal, uint32_t retry_after_s)
{
	struct problem problem = {
		.http = refusal_types[refusal].http,
		.name = refusal_types[refusal].name,
		.title = text_from(refusal_types[refusal].sentence),
		.retry_after_s = retry_after_s,
	};

	return exchange_problem(exchange, &problem);
}

enum pace exchange_invalid(struct exchange *exchange, const struct complaints *complaints)
{
	struct problem problem = {.http = 422,
	                          .name = "invalid",
	                          .title = TEXT("Some of what was sent is not allowed."),
	                          .complaints = complaints};

	return exchange_problem(exchange, &problem);
}

enum pace exchange_reply_json(struct exchange *exchange, int http, struct bytes json, struct text etag)
{
	reply_json(exchange, http, json, etag);
	return DONE;
}

/* ---------------------------------------------------------------- waiting for the world */

static void on_rows(void *owner, enum status status, struct pg_answer *rows)
{
	struct exchange *exchange = owner;

	pg_answer_release(exchange->rows);
	exchange->status = status;
	exchange->rows = rows;
	exchange_resume(exchange);
}

struct text exchange_id_text(struct exchange *exchange, struct id id)
{
	char text[ID_TEXT_SIZE + 1];

	id_format(id, text);
	return arena_text(&exchange->arena, text_from(text));
}

enum pace exchange_look_up(struct exchange *exchange, const char *lookup, const struct text *values)
{
	const struct lookup_statement *statement = lookup_find(text_from(lookup));
	enum status                    status;

	require(statement != NULL);
	status = lookup_run(exchange->lane->queries, statement, values, on_rows, exchange);
	return status == STATUS_OK ? WAIT : exchange_fail(exchange, status);
}

enum status exchange_try_to_ask(struct exchange *exchange, const char *query)
{
	const struct query_statement *statement = query_find(text_from(query));

	require(statement != NULL);
	exchange->lane->counters.queries++;
	return query_run(exchange->lane->queries, statement, exchange->input, on_rows, exchange);
}

enum pace exchange_ask(struct exchange *exchange, const char *query)
{
	enum status status = exchange_try_to_ask(exchange, query);

	return status == STATUS_OK ? WAIT : exchange_fail(exchange, status);
}

static void on_work_arrived(struct http_message *message)
{
	struct exchange *exchange = container_of(message, struct exchange, message);

	exchange->work.done(&exchange->work);
}

/* On a worker thread. A loop that has ended takes nothing any more: then nobody waits for the result either. */
static void deliver_work(void *owner, struct work *work)
{
	struct lane     *lane = owner;
	struct exchange *exchange = container_of(work, struct exchange, work);

	exchange->message.on_arrive = on_work_arrived;
	pthread_mutex_lock(&lane->work_lock);
	if (lane->stopping)
		exchange_free(exchange);
	else
		http_loop_post(lane->loop, &exchange->message);
	lane->work_out--;
	pthread_cond_signal(&lane->work_ended);
	pthread_mutex_unlock(&lane->work_lock);
}

static void on_work_done(struct work *work)
{
	struct exchange *exchange = container_of(work, struct exchange, work);

	if (work->abandoned)
		exchange->status = STATUS_UNREACHABLE;
	exchange_resume(exchange);
}

enum pace exchange_work(struct exchange *exchange, void (*run)(struct work *work))
{
	return exchange_work_on(exchange, exchange->lane->service->workers, run);
}

enum pace exchange_work_on(struct exchange *exchange, struct workers *workers, void (*run)(struct work *work))
{
	struct lane *lane = exchange->lane;
	enum status  status;

	exchange->work = (struct work){.run = run, .done = on_work_done};
	pthread_mutex_lock(&lane->work_lock);
	status = workers_submit(workers, &exchange->work, lane, deliver_work);
	lane->work_out += status == STATUS_OK;
	pthread_mutex_unlock(&lane->work_lock);
	return status == STATUS_OK ? WAIT : exchange_fail(exchange, status);
}

/* ---------------------------------------------------------------- waiting for a projection */

static const struct projection *consulted_projection(const struct exchange *exchange)
{
	const char                   *consults = exchange->route->preparation->consults;
	const struct query_statement *query;

	if (!exchange->route->query)
		return lookup_projection(lookup_find(TEXT("credential_by_user")));
	query = query_find(text_from(consults ? consults : exchange->route->query->name));
	return query ? query_projection(query) : lookup_projection(lookup_find(TEXT("credential_by_user")));
}

static enum pace position_late(struct exchange *exchange)
{
	struct problem problem = problem_of(STATUS_TIMED_OUT);

	problem.detail = TEXT("The read model has not reached X-Min-Position yet.");
	exchange->lane->counters.waits_timed_out++;
	return exchange_problem(exchange, &problem);
}

static void on_wait_over(struct http_timer *timer)
{
	struct exchange *exchange = container_of(timer, struct exchange, timer);

	list_remove(&exchange->waiting);
	exchange_resume(exchange);
}

/* Read your writes: a client that knows a position waits here until the read model shows it. */
enum pace exchange_await(struct exchange *exchange, const struct projection *projection)
{
	if (exchange->min_position == 0)
		return GO_ON;
	exchange->awaited = projection;
	if (lane_reached(exchange->lane, exchange->awaited, exchange->min_position))
		return GO_ON;
	exchange->lane->counters.waits++;
	list_append(&exchange->lane->waiting, &exchange->waiting);
	exchange->timer.on_due = on_wait_over;
	http_timer_start(&exchange->timer, exchange->lane->loop, POSITION_WAIT_MS);
	return WAIT;
}

static enum pace await_position(struct exchange *exchange)
{
	return exchange_await(exchange, consulted_projection(exchange));
}

enum pace exchange_check_position(struct exchange *exchange)
{
	if (exchange->min_position > 0 && !lane_reached(exchange->lane, exchange->awaited, exchange->min_position))
		return position_late(exchange);
	return GO_ON;
}

void exchange_progress(struct lane *lane)
{
	struct exchange *exchange, *next;
	struct list_link ready;

	/* Detached first, then run: whoever runs may wait anew. */
	list_init(&ready);
	list_each_safe (exchange, next, &lane->waiting, waiting) {
		if (!lane_reached(lane, exchange->awaited, exchange->min_position))
			continue;
		list_remove(&exchange->waiting);
		list_append(&ready, &exchange->waiting);
	}
	while (!list_empty(&ready)) {
		exchange = container_of(ready.next, struct exchange, waiting);
		list_remove(&exchange->waiting);
		http_timer_stop(&exchange->timer);
		exchange_resume(exchange);
	}
}

/* ---------------------------------------------------------------- the route's own steps */

enum pace exchange_prepare(struct exchange *exchange)
{
	if (!exchange->route->preparation->steps)
		return GO_ON;
	exchange->steps_after = exchange->steps;
	exchange->steps = exchange->route->preparation->steps;
	return GO_ON;
}

void *exchange_field(const struct exchange *exchange, const char *name)
{
	const struct shape *shape = exchange->command ? exchange->command->shape : exchange->route->query->shape;
	const struct field *field = shape_field(shape, text_from(name));

	require(field != NULL);
	return field_in(field, exchange->input);
}

void exchange_send_instead(struct exchange *exchange, const char *command, void *input)
{
	exchange->command = command_type_by_name(text_from(command));
	require(exchange->command != NULL);
	exchange->input = input;
}

/* ---------------------------------------------------------------- queries */

static enum pace ask(struct exchange *exchange)
{
	input_page(exchange);
	if (as_of_asked(exchange))
		return as_of_ask(exchange);
	return exchange_ask(exchange, exchange->route->query->name);
}

static enum pace present(struct exchange *exchange)
{
	if (exchange->status != STATUS_OK)
		return exchange_fail(exchange, exchange->status);
	if (exchange->asker && list_lines_wanted(exchange))
		return list_lines(exchange);
	if (exchange->route->query->list)
		return reply_rows(exchange);
	if (pg_answer_rows(exchange->rows) == 0)
		return exchange_fail(exchange, STATUS_NOT_FOUND);
	return reply_row(exchange);
}

/* ---------------------------------------------------------------- the list */

static exchange_step *const steps[] = {
	intake_route,    /* method and path */
	intake_admit,    /* how often this address may ask */
	intake_identify, /* the access token, if any */
	intake_permit,   /* who may, and how often this account may */
	conditions_accept,
	conditions_idempotency_key,
	conditions_min_position,
	conditions_if_match,
	conditions_prefer,
	input_read,     /* body, path and query into the input */
	await_position, /* X-Min-Position */
	exchange_check_position,
	submit_recall, /* commands: was this one kept before? */
	submit_recalled,
	exchange_prepare, /* the route's own steps */
	submit_send,      /* commands: to the writer and back */
	submit_judge,
	submit_respond, /* commands end here */
	ask,            /* queries: to PostgreSQL and back, or into the past */
	as_of_judge,
	present,
};

/* ---------------------------------------------------------------- who asks */

static struct text header_of_request(const struct asker *asker, struct text name)
{
	return http_request_header(container_of(asker, struct exchange, outside)->request, name);
}

static void hear_for_request(struct exchange *exchange, const struct http_head *head, struct bytes body)
{
	http_reply(exchange->request, head, HTTP_COPY(body));
}

/* It lies in its own arena. */
static struct exchange *make(struct lane *lane, exchange_step *const *its_steps)
{
	struct arena     arena = {0};
	struct exchange *exchange = arena_alloc(&arena, sizeof(*exchange));

	exchange->arena = arena;
	exchange->lane = lane;
	exchange->steps = its_steps;
	list_init(&exchange->waiting);
	return exchange;
}

struct exchange *exchange_inside(struct lane *lane, exchange_step *const *its_steps)
{
	struct exchange *exchange = make(lane, its_steps);

	exchange->inside = true;
	return exchange;
}

void exchange_begin(struct lane *lane, struct http_request *request)
{
	struct exchange *exchange = make(lane, steps);

	exchange->request = request;
	exchange->outside = (struct asker){
		.method = request->method,
		.path = request->path,
		.query = request->query,
		.body = request->body,
		.peer = request->peer,
		.tls = request->tls,
		.header = header_of_request,
		.hear = hear_for_request,
	};
	exchange->asker = &exchange->outside;
	request->owner = exchange;
	request->on_gone = on_request_gone;
	exchange_run(exchange);
}
