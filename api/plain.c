#include "api/plain.h"

#include "api/reply.h"
#include "api/subscription_metrics.h"
#include "eventstore/base/clock.h"
#include "schema/openapi.h"

#include <inttypes.h>
#include <stdio.h>

typedef int plain_page(struct lane *lane, struct buffer *out);

struct plain_route {
	const char *path;
	const char *type;
	plain_page *page; /* writes the body, returns the status */
};

/* ---------------------------------------------------------------- health */

static int page_health(struct lane *lane, struct buffer *out)
{
	buffer_append_text(out, TEXT("{\"status\":\"alive\"}"));
	return 200;
}

static uint64_t lag(const struct service *service, uint32_t projection)
{
	uint64_t head = service->head, shown = service->progress[projection];

	return head > shown ? head - shown : 0;
}

/* The next request may meet any loop, so all of them must be ready. A writer without room still lets everybody read, so
 * that is no reason to send requests elsewhere. */
static int page_ready(struct lane *lane, struct buffer *out)
{
	const struct service *service = lane->service;
	bool                  writer = hop_ready(lane->hop), postgres = queries_ready(lane->queries);
	uint32_t              lanes_ready = service->lanes_ready;
	bool                  full = hop_full(lane->hop);
	bool                  ready = writer && postgres && lanes_ready == service->lanes;

	buffer_format(out, "{\"status\":\"%s\",\"takes_commands\":%s,",
	              !ready ? "not_ready"
	              : full ? "read_only"
	                     : "ready",
	              writer && !full ? "true" : "false");
	buffer_format(out, "\"writer\":%s,\"postgresql\":%s,\"loops\":%u,\"loops_ready\":%u,",
	              writer ? "true" : "false", postgres ? "true" : "false", service->lanes, lanes_ready);
	buffer_format(out, "\"simulator\":%s,", simulator_ready(lane->simulator) ? "true" : "false");
	buffer_format(out, "\"head\":%" PRIu64 ",\"projections\":{", (uint64_t)service->head);
	for (uint32_t i = 0; i < projection_count; i++)
		buffer_format(out, "%s\"%s\":{\"position\":%" PRIu64 ",\"lag\":%" PRIu64 "}", i > 0 ? "," : "",
		              projections[i].name, (uint64_t)service->progress[i], lag(service, i));
	buffer_append_text(out, TEXT("}}"));
	return ready ? 200 : 503;
}

/* ---------------------------------------------------------------- metrics: Prometheus text format 0.0.4 */

static void metric(struct buffer *out, const char *name, const char *kind, const char *sentence, uint64_t value)
{
	buffer_format(out, "# HELP orrery_%s %s\n# TYPE orrery_%s %s\norrery_%s %" PRIu64 "\n", name, sentence, name,
	              kind, name, value);
}

/* As the simulator told this loop within the last seconds. */
static void simulator_metrics(struct lane *lane, struct buffer *out)
{
	const struct simulator_status *status = simulator_last_status(lane->simulator);

	metric(out, "simulator_up", "gauge", "1 while the simulator answers.", simulator_ready(lane->simulator));
	metric(out, "simulator_workers", "gauge", "Worker processes that may be given work.", status->workers_fit);
	metric(out, "simulator_running", "gauge", "Runs under way.", status->running);
	metric(out, "simulator_queued", "gauge", "Runs that wait for a worker.", status->queued);
	metric(out, "simulator_runs_total", "counter", "Runs that were begun.", status->runs);
	metric(out, "simulator_cached_total", "counter", "Wishes that were answered from what is kept.",
	       status->cached);
	metric(out, "simulator_shared_total", "counter", "Wishes that joined a run under way.", status->shared);
	metric(out, "simulator_failed_total", "counter", "Runs without a result.", status->failed);
	metric(out, "simulator_crashed_total", "counter", "Worker processes that were lost.", status->crashed);
	metric(out, "simulator_refused_total", "counter", "Wishes that were refused.", status->refused);
	metric(out, "simulator_cpu_us_total", "counter", "CPU that runs took, µs.", status->cpu_us);
	metric(out, "simulator_frames_total", "counter", "Frames that were computed.", status->frames);
	metric(out, "simulator_memory_bytes", "gauge", "What is kept of runs in memory.", status->memory_used);
	metric(out, "simulator_disk_bytes", "gauge", "What is kept of runs on disk.", status->disk_used);
}

static int page_metrics(struct lane *lane, struct buffer *out)
{
	const struct service *service = lane->service;
	struct http_counters  http;
	uint64_t              hits, misses, page_hits, page_misses;

	http_server_counters(service->server, &http);
	token_cache_counts(lane->tokens, &hits, &misses);
#define COUNTER(name, sentence) metric(out, "http_" #name "_total", "counter", sentence, http.name);
	HTTP_COUNTERS(COUNTER)
#undef COUNTER
	metric(out, "log_head", "gauge", "Last durable position, as the writer rang it.", service->head);
	metric(out, "writer_full", "gauge", "1 while the writer refuses commands for want of room on its disk.",
	       hop_full(lane->hop));
	buffer_append_text(out, TEXT("# HELP orrery_projection_lag Events a read model has not shown yet.\n# TYPE "
	                             "orrery_projection_lag gauge\n"));
	for (uint32_t i = 0; i < projection_count; i++)
		buffer_format(out, "orrery_projection_lag{projection=\"%s\"} %" PRIu64 "\n", projections[i].name,
		              lag(service, i));
	subscription_metrics(config_path(service->config, CONFIG_DATA), service->head, out);
	simulator_metrics(lane, out);
	metric(out, "revocations", "gauge", "Sessions and people whose tokens are dead before they expire.",
	       revocation_count(service->revocation));
	metric(out, "workers_waiting", "gauge", "Password hashes and exports that wait for a thread.",
	       workers_waiting(service->workers));
	markdown_cache_counts(service->pages, &page_hits, &page_misses);
	metric(out, "pages_kept_total", "counter", "Texts of questions whose HTML was there.", page_hits);
	metric(out, "pages_made_total", "counter", "Texts of questions that were made into HTML.", page_misses);
	/* What follows is kept by each loop; the one that answers tells its own. */
	metric(out, "loop_queries_pending", "gauge", "Questions to PostgreSQL without an answer yet, this loop.",
	       queries_pending(lane->queries));
	metric(out, "loop_commands_total", "counter", "Commands sent to the writer, this loop.",
	       lane->counters.commands);
	metric(out, "loop_queries_total", "counter", "Questions to PostgreSQL, this loop.", lane->counters.queries);
	metric(out, "loop_unauthorized_total", "counter", "Requests answered with 401, this loop.",
	       lane->counters.unauthorized);
	metric(out, "loop_limited_total", "counter", "Requests answered with 429 by a rate limit, this loop.",
	       lane->counters.limited);
	metric(out, "loop_position_waits_total", "counter", "Requests that waited for a read model, this loop.",
	       lane->counters.waits);
	metric(out, "loop_position_waits_timed_out_total", "counter",
	       "Of those, the ones that waited in vain, this loop.", lane->counters.waits_timed_out);
	metric(out, "loop_token_cache_hits_total", "counter", "Access tokens known from a moment ago, this loop.",
	       hits);
	metric(out, "loop_token_cache_misses_total", "counter", "Access tokens whose signature was checked, this loop.",
	       misses);
	return 200;
}

/* ---------------------------------------------------------------- documents */

static int page_openapi(struct lane *lane, struct buffer *out)
{
	buffer_append(out, BYTES(schema_openapi_json, schema_openapi_json_size));
	return 200;
}

static int page_keys(struct lane *lane, struct buffer *out)
{
	signing_jwks(lane->service->signing, clock_wall_us(), out);
	return 200;
}

static int page_did(struct lane *lane, struct buffer *out)
{
	issuer_document(lane->service->issuer, out);
	return 200;
}

static void append_row(struct buffer *out, const char *name, const char *state)
{
	buffer_format(out, "<tr><th scope=\"row\">%s</th><td>%s</td></tr>\n", name, state);
}

static int page_home(struct lane *lane, struct buffer *out)
{
	const struct service *service = lane->service;
	char                  state[96];

	buffer_append_text(
		out,
		TEXT("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Orrery</title>"
	             "<meta name=\"viewport\" content=\"width=device-width\">"
	             "<style>body{font:1.1rem/1.5 system-ui,sans-serif;max-width:42rem;margin:3rem auto;padding:0 1rem;"
	             "color:#1b1f24;background:#fff}th{text-align:left;font-weight:500;padding-right:2rem}"
	             "a{color:#0b57d0}@media(prefers-color-scheme:dark){body{color:#e6e9ee;background:#14171b}"
	             "a{color:#8ab4f8}}</style></head>\n<body><h1>Orrery</h1>"
	             "<p>The core of a physics-learning platform. This is its API; the page for learners comes "
	             "later.</p>\n"
	             "<h2>What is running</h2>\n<table>\n"));
	append_row(out, "Version", ORRERY_VERSION);
	append_row(out, "Writer",
	           hop_full(lane->hop)    ? "answers, and takes no commands: its disk is full"
	           : hop_ready(lane->hop) ? "answers"
	                                  : "cannot be reached");
	append_row(out, "PostgreSQL", queries_ready(lane->queries) ? "answers" : "cannot be reached");
	snprintf(state, sizeof(state), "%" PRIu64 " events", (uint64_t)service->head);
	append_row(out, "Log", state);
	for (uint32_t i = 0; i < projection_count; i++) {
		snprintf(state, sizeof(state), "read model, at %" PRIu64 ", %" PRIu64 " behind",
		         (uint64_t)service->progress[i], lag(service, i));
		append_row(out, projections[i].name, state);
	}
	snprintf(state, sizeof(state), "%" PRId64 " s", (clock_monotonic_us() - service->started_us) / 1000000);
	append_row(out, "Up for", state);
	buffer_append_text(out,
	                   TEXT("</table>\n<h2>Where to go</h2>\n<ul><li><a href=\"/api/v1/openapi.json\">The API's "
	                        "description (OpenAPI 3.1)</a></li>"
	                        "<li><a href=\"/readyz\">Readiness</a></li><li><a href=\"/metrics\">Metrics</a></li>"
	                        "<li><a href=\"/.well-known/jwks.json\">Keys that sign access "
	                        "tokens</a></li><li><a href=\"/log/checkpoint\">The log's signed checkpoint</a></li>"
	                        "</ul>\n</body></html>\n"));
	return 200;
}

/* ---------------------------------------------------------------- the table */

static const struct plain_route plain_routes[] = {
	{"/", "text/html; charset=utf-8", page_home},
	{"/healthz", "application/json", page_health},
	{"/readyz", "application/json", page_ready},
	{"/metrics", "text/plain; version=0.0.4; charset=utf-8", page_metrics},
	{"/api/v1/openapi.json", "application/json", page_openapi},
	{"/.well-known/jwks.json", "application/jwk-set+json", page_keys},
	{"/.well-known/did.json", "application/did+json", page_did},
};

static void answer(struct lane *lane, struct http_request *request, const struct plain_route *route)
{
	struct http_header headers[REPLY_PLAIN_HEADERS];
	struct buffer      body = {0};
	struct http_head   head = {.headers = headers};

	head.header_count = reply_plain_headers(headers, text_from(route->type), request->tls);
	head.status = route->page(lane, &body);
	http_reply(request, &head, HTTP_COPY(buffer_bytes(&body)));
	buffer_finish(&body);
}

static const struct plain_route *find_route(struct text path)
{
	for (size_t i = 0; i < array_count(plain_routes); i++)
		if (text_is(path, plain_routes[i].path))
			return &plain_routes[i];
	return NULL;
}

bool plain_knows(struct text path)
{
	return find_route(path) != NULL;
}

bool plain_answer(struct lane *lane, struct http_request *request)
{
	const struct plain_route *route = find_route(request->path);

	if (!route || (!text_is(request->method, "GET") && !text_is(request->method, "HEAD")))
		return false;
	answer(lane, request, route);
	return true;
}
