/* GET /simulations/stream: turns the request into a WebSocket, for whoever may. */
#include "api/preparation.h"
#include "api/reply.h"
#include "api/run_reading.h"
#include "api/stream/viewer.h"
#include "api/stream/words.h"

static enum pace refuse(struct exchange *exchange, enum http_channel_verdict verdict)
{
	struct text title = TEXT("This path speaks WebSocket: ask for an upgrade.");

	if (verdict == HTTP_CHANNEL_NOT_HERE)
		title = TEXT("WebSocket is spoken over HTTP/1.1 here.");
	else if (verdict == HTTP_CHANNEL_OTHER_VERSION)
		title = TEXT("Sec-WebSocket-Version must be 13.");
	else if (verdict == HTTP_CHANNEL_MALFORMED)
		return exchange_say(exchange, 400, "upgrade_malformed",
		                    TEXT("Sec-WebSocket-Key must be 24 characters, and there must be no body."));
	return exchange_say(exchange, 426, "upgrade_required", title);
}

/* A page of somebody else's must not speak in its visitor's name; what is no browser names no origin. */
static bool origin_allowed(const struct exchange *exchange)
{
	struct text origin = exchange_header(exchange, "origin");

	return !origin.data || text_equal(origin, exchange->lane->service->origin) || exchange->origin.data;
}

static enum pace check(struct exchange *exchange)
{
	enum http_channel_verdict verdict =
		exchange->request ? http_channel_check(exchange->request) : HTTP_CHANNEL_NOT_ASKED;

	if (verdict != HTTP_CHANNEL_FINE)
		return refuse(exchange, verdict);
	if (!origin_allowed(exchange))
		return exchange_say(exchange, 403, "origin_refused", TEXT("Pages of this origin may not come here."));
	if (!http_channel_offers(exchange->request, STREAM_PROTOCOL))
		return exchange_say(exchange, 400, "protocol_missing",
		                    TEXT("Sec-WebSocket-Protocol must offer " STREAM_PROTOCOL "."));
	return simulator_ready(exchange->lane->simulator) ? GO_ON : run_reading_away(exchange);
}

static enum pace open_channel(struct exchange *exchange)
{
	struct reply_kind            kind = {.policy = TEXT(STANDING_POLICY)};
	struct http_header           protocol = {TEXT("sec-websocket-protocol"), TEXT(STREAM_PROTOCOL)};
	struct viewer               *viewer = viewer_create(exchange->lane, &exchange->claims);
	struct http_channel_listener listener = viewer_listener(viewer);
	struct http_request         *request = exchange->request;
	struct http_channel         *channel;
	struct http_head             head;

	reply_head(exchange, 101, &kind, &protocol, 1, &head);
	channel = http_channel_open(request, &head, &listener);
	if (channel)
		viewer_begin(viewer, channel);
	else
		viewer_drop(viewer);
	return DONE;
}

static exchange_step *const stream_steps[] = {check, open_channel, NULL};
const struct preparation    preparation_simulation_stream = {.steps = stream_steps, .opens_channel = true};
