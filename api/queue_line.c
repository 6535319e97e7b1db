#include "api/queue_line.h"

#include "api/guard.h"

#include <inttypes.h>

/* ---------------------------------------------------------------- what it is taken to say */

/* The request's own are asked for before the line waits for anything, while it has an asker. */
static struct text line_header(const struct asker *asker, struct text name)
{
	const struct line *line = container_of(asker, struct line, asker);

	if (text_is(name, "authorization") || text_is(name, "traceparent"))
		return line->whole->asker->header(line->whole->asker, name);
	if (text_is(name, "x-request-id"))
		return line->whole->request_id;
	if (text_is(name, "idempotency-key"))
		return line->said.id;
	if (text_is(name, "client-time") && line->said.has_at)
		return text_from(line->at);
	if (text_is(name, "prefer") && line->dry)
		return TEXT("dry-run");
	if (text_is(name, "content-type"))
		return TEXT("application/json");
	return TEXT_NONE;
}

struct exchange *queue_line_make(struct exchange *whole, exchange_step *const *steps, struct line **out)
{
	struct exchange *inside = exchange_inside(whole->lane, steps);
	struct line     *line = arena_new(&inside->arena, struct line);

	line->whole = whole;
	line->asker = (struct asker){.peer = whole->asker->peer, .header = line_header};
	inside->asker = &line->asker;
	inside->request_id = whole->request_id;
	*out = line;
	return inside;
}

struct line *queue_line_of(const struct exchange *inside)
{
	return container_of(inside->asker, struct line, asker);
}

/* ---------------------------------------------------------------- reading it */

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

enum pace queue_line_read(struct exchange *inside)
{
	struct line       *line = queue_line_of(inside);
	struct complaints *complaints = arena_new(&inside->arena, struct complaints);
	enum status        status;

	status = json_decode_shape(&queue_line_shape, line->bytes, 0, &inside->arena, &line->said, complaints);
	if (status != STATUS_OK)
		return not_a_line(inside, status, complaints);
	if (line->stopped)
		return exchange_say(inside, 424, "not_tried",
		                    TEXT("A line before it was not carried out, and this one must not overtake it."));
	if (line->said.has_at)
		time_format(line->said.at, line->at);
	return set_target(inside, line);
}

/* Who comes without a token, and what costs more than a decision, comes alone. */
enum pace queue_line_admit(struct exchange *inside)
{
	const struct route *route = inside->route;

	if (route->command && route->access != ACCESS_ANYONE && route->preparation->decides_alone)
		return GO_ON;
	return refuse_line(inside);
}

/* ---------------------------------------------------------------- what became of it */

static struct text header_in(const struct http_head *head, const char *name)
{
	for (size_t i = 0; i < head->header_count; i++)
		if (text_is(head->headers[i].name, name))
			return head->headers[i].value;
	return TEXT_NONE;
}

void queue_line_append(const struct exchange *inside, const struct http_head *head, struct bytes body,
                       struct buffer *out)
{
	const struct line *line = queue_line_of(inside);
	struct text        retry_after = header_in(head, "retry-after");
	bool               fine = head->status < 300;

	buffer_format(out, "{\"line\":%" PRIu32, line->number);
	if (line->said.id.data) {
		buffer_append_text(out, TEXT(",\"id\":"));
		json_append_string(out, line->said.id);
	}
	buffer_format(out, ",\"status\":%d", head->status);
	if (fine && !inside->answer.dry)
		buffer_format(out, ",\"position\":%" PRIu64 ",\"replayed\":%s", inside->answer.position,
		              inside->answer.repeated ? "true" : "false");
	if (retry_after.data)
		buffer_format(out, ",\"retry_after\":%.*s", TEXT_ARG(retry_after));
	buffer_append_text(out, fine ? TEXT(",\"body\":") : TEXT(",\"problem\":"));
	buffer_append(out, body);
	buffer_append_text(out, TEXT("}"));
}
