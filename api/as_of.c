#include "api/as_of.h"

#include "eventstore/base/clock.h"
#include "eventstore/base/require.h"
#include "eventstore/log/reader.h"
#include "projections/past.h"

#include <stdlib.h>

struct as_of {
	struct workers *workers; /* one thread */
	struct past    *past;    /* used by that thread alone, as is the reader */
	const char     *data;
	struct reader  *reader; /* NULL until somebody asks */
};

static enum status read_stream(void *owner, struct id stream, uint64_t from, uint32_t limit, reader_visit visit,
                               void *visitor)
{
	struct as_of *as_of = owner;
	enum status   status = as_of->reader ? STATUS_OK : reader_open(as_of->data, &as_of->reader);

	return status ? status : reader_stream(as_of->reader, stream, from, limit, visit, visitor);
}

struct as_of *as_of_create(struct service *service)
{
	struct as_of *as_of = calloc(1, sizeof(*as_of));
	const char   *own = config_text(service->config, CONFIG_PG_PAST);

	require(as_of != NULL);
	if (workers_create(1, &as_of->workers) != STATUS_OK) {
		free(as_of);
		return NULL;
	}
	as_of->data = service->data;
	as_of->past = past_create(*own ? own : service->pg, &(struct past_log){.owner = as_of, .stream = read_stream});
	return as_of;
}

void as_of_destroy(struct as_of *as_of)
{
	if (!as_of)
		return;
	workers_destroy(as_of->workers);
	past_destroy(as_of->past);
	reader_close(as_of->reader);
	free(as_of);
}

/* ---------------------------------------------------------------- one question */

static const struct field *place_field(const struct exchange *exchange)
{
	return exchange->route->query ? shape_field(exchange->route->query->shape, TEXT("as_of")) : NULL;
}

bool as_of_asked(const struct exchange *exchange)
{
	const struct field *field = place_field(exchange);

	return field && field_present(field, exchange->input);
}

/* schema/folds.py has seen to it that there is one. */
static struct id stream_of(const struct exchange *exchange)
{
	const struct shape *shape = exchange->route->query->shape;

	for (uint16_t i = 0; i < shape->count; i++)
		if (shape->fields[i].kind == KIND_ID)
			return *(const struct id *)field_at(&shape->fields[i], exchange->input);
	require(!"a query about the past has an id");
	return ID_NONE;
}

static void run(struct work *work)
{
	struct exchange     *exchange = container_of(work, struct exchange, work);
	struct text          place = *(const struct text *)field_at(place_field(exchange), exchange->input);
	struct past_question question = {.statement = query_find(text_from(exchange->route->query->name)),
	                                 .object = exchange->input,
	                                 .stream = stream_of(exchange)};

	require(text_parse_u64(place, &question.position) || time_parse(place, &question.time_us));
	exchange->status = past_ask(exchange->lane->service->as_of->past, &question, &exchange->rows);
}

/* A position that no event has yet is no place in the past. The log itself is asked: what the lane heard of its head
 * may be older than the answer that told the caller of the position. */
static bool is_to_come(const struct exchange *exchange)
{
	struct text    place = *(const struct text *)field_at(place_field(exchange), exchange->input);
	struct reader *reader = lane_reader(exchange->lane);
	uint64_t       position, head;

	return text_parse_u64(place, &position) && reader && reader_head(reader, &head) == STATUS_OK && position > head;
}

enum pace as_of_ask(struct exchange *exchange)
{
	struct problem problem = problem_of(STATUS_INVALID);

	if (is_to_come(exchange)) {
		problem.detail = TEXT("The log does not reach the position in as_of yet.");
		return exchange_problem(exchange, &problem);
	}
	exchange->lane->counters.queries++;
	return exchange_work_on(exchange, exchange->lane->service->as_of->workers, run);
}

enum pace as_of_judge(struct exchange *exchange)
{
	struct problem problem = {.http = 422,
	                          .name = "past_too_long",
	                          .title = TEXT("There are too many events to look that far back.")};

	if (exchange->status != STATUS_TOO_LARGE || !as_of_asked(exchange))
		return GO_ON;
	problem.detail = arena_format(&exchange->arena, "At most %d events of one history are folded for a question.",
	                              PAST_EVENTS_MAX);
	return exchange_problem(exchange, &problem);
}
