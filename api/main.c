/* orrery-api: HTTP in front of the writer and PostgreSQL. Keeps nothing of its own: start as many as you like. */
#include "api/as_of.h"
#include "api/exchange.h"
#include "api/feed.h"
#include "api/media_store.h"
#include "api/plain.h"
#include "eventstore/base/address.h"
#include "eventstore/base/clock.h"
#include "eventstore/base/diag.h"
#include "eventstore/base/password.h"
#include "eventstore/base/require.h"
#include "eventstore/log/await.h"
#include "schema/commands.h"

#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
	LIMITER_KEYS = 1 << 16,
	WORKERS_BY_CORES = 0,
	READERS = 2, /* threads; what they do is mostly waiting */
	/* What one person may have written, by this process. */
	UPLOAD_KIB_PER_HOUR = 256 * 1024,
	UPLOAD_KEYS = 1 << 12,
	/* Over HTTP/2 each of a hundred requests of one connection may bring a body at once. */
	BODY_BYTES_MAX_HTTP2 = 1024 * 1024,
};

/* ---------------------------------------------------------------- loops */

static void *on_loop_start(struct http_loop *loop, void *owner)
{
	return lane_create(owner, loop);
}

static void on_loop_stop(struct http_loop *loop, void *user)
{
	lane_destroy(user);
}

static void on_request(struct http_request *request, void *user)
{
	if (!plain_answer(user, request))
		exchange_begin(user, request);
}

static void on_turn_end(struct http_loop *loop, void *user)
{
	lane_flush(user);
}

/* ---------------------------------------------------------------- signals */

/* Nobody may have told this process of a new key: it looks now and then, and says so if that brought anything. */
static void reload_signing(struct service *service, bool asked)
{
	uint64_t    before = signing_generation(service->signing);
	enum status status = signing_reload(service->signing);

	if (status == STATUS_OK)
		status = issuer_reload(service->issuer);
	if (asked || status != STATUS_OK || signing_generation(service->signing) != before)
		diag(status == STATUS_OK ? DIAG_INFO : DIAG_ERROR, "signing_keys_reloaded", "%s",
		     status_sentence(status));
}

static void reload_certificate(struct service *service)
{
	if (http_server_reload_certificate(service->server) == STATUS_OK)
		diag(DIAG_INFO, "certificate_reloaded", NULL);
	else
		diag(DIAG_ERROR, "certificate_kept", "the one from before still serves");
}

static void *take_signals(void *owner)
{
	const struct timespec patience = {.tv_sec = SIGNING_REREAD_S};
	struct service       *service = owner;
	sigset_t              wanted;
	int                   number;

	sigemptyset(&wanted);
	sigaddset(&wanted, SIGTERM);
	sigaddset(&wanted, SIGINT);
	sigaddset(&wanted, SIGHUP);
	for (;;) {
		number = sigtimedwait(&wanted, NULL, &patience);
		if (number == SIGTERM || number == SIGINT)
			break;
		if (number == SIGHUP)
			reload_certificate(service);
		reload_signing(service, number == SIGHUP);
	}
	diag(DIAG_INFO, "draining", "signal %d", number);
	http_server_drain(service->server);
	return NULL;
}

static void start_signal_thread(struct service *service)
{
	pthread_t thread;

	require(pthread_create(&thread, NULL, take_signals, service) == 0);
	pthread_detach(thread);
}

static void block_signals(void)
{
	sigset_t blocked;

	sigemptyset(&blocked);
	sigaddset(&blocked, SIGTERM);
	sigaddset(&blocked, SIGINT);
	sigaddset(&blocked, SIGHUP);
	pthread_sigmask(SIG_BLOCK, &blocked, NULL);
}

/* ---------------------------------------------------------------- the service */

static void take_cors(struct service *service, const char *list)
{
	struct text rest = text_from(list);

	while (rest.size > 0 && service->cors_count < SERVICE_ORIGINS_MAX) {
		const char *comma = memchr(rest.data, ',', rest.size);
		struct text origin = {.data = rest.data, .size = comma ? (size_t)(comma - rest.data) : rest.size};

		rest.data += origin.size + (comma != NULL);
		rest.size -= origin.size + (comma != NULL);
		while (origin.size > 0 && *origin.data == ' ') {
			origin.data++;
			origin.size--;
		}
		if (origin.size > 0)
			service->cors[service->cors_count++] = origin;
	}
}

static enum status open_vault(void *owner)
{
	struct service *service = owner;
	char            path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/" KEYS_FOLDER, service->data);
	return keys_open(path, config_path(service->config, CONFIG_MASTER_KEY_FILE), KEYS_READ, &service->keys);
}

static const struct choice *role_words(void)
{
	return shape_field(&grant_role_shape, TEXT("role"))->choice;
}

static enum status open_signing(struct service *service, const struct config *config)
{
	int64_t     overlap_us = (int64_t)(ACCESS_TOKEN_LIFETIME_S + ACCESS_TOKEN_MARGIN_S) * 1000000;
	enum status status =
		signing_open(config_path(config, CONFIG_SIGNING_KEYS), overlap_us, clock_wall_us(), &service->signing);

	if (status != STATUS_OK)
		return status;
	status = issuer_open(config_path(config, CONFIG_ISSUER_KEYS), service->origin, clock_wall_us(),
	                     &service->issuer);
	if (status != STATUS_OK)
		return status;
	service->rules = (struct token_rules){.signing = service->signing,
	                                      .issuer = service->origin,
	                                      .audience = service->origin,
	                                      .roles = role_words()};
	service->revocation = revocation_create(overlap_us);
	return token_rules_check(&service->rules);
}

static struct limiter *make_limiter(uint32_t limit, uint32_t window_s)
{
	return limit > 0 ? limiter_create(LIMITER_KEYS, limit, window_s) : NULL;
}

static void open_limiters(struct service *service)
{
	enum { BURST_S = 2, MINUTE_S = 60, HOUR_S = 60 * 60 };

	const struct config *config = service->config;

	service->by_address = make_limiter(config_u32(config, CONFIG_RATE_PER_ADDRESS) * BURST_S, BURST_S);
	service->by_account = make_limiter(config_u32(config, CONFIG_RATE_PER_ACCOUNT) * BURST_S, BURST_S);
	service->by_upload = limiter_create(UPLOAD_KEYS, UPLOAD_KIB_PER_HOUR, HOUR_S);
	service->by_login = make_limiter(config_u32(config, CONFIG_RATE_LOGIN), MINUTE_S);
}

static enum status open_service(struct service *service, const struct config *config)
{
	enum status status;

	service->config = config;
	service->data = config_path(config, CONFIG_DATA);
	service->socket = config_path(config, CONFIG_SOCKET);
	service->simulator = config_in_data(config, SIMULATOR_SOCKET, (struct arena *)&config->arena);
	service->pg = config_text(config, CONFIG_PG);
	service->origin = text_from(config_text(config, CONFIG_ORIGIN));
	service->domain = config_authority(config);
	service->started_us = clock_monotonic_us();
	service->progress = calloc(projection_count, sizeof(*service->progress));
	require(service->progress != NULL);
	take_cors(service, config_text(config, CONFIG_CORS));
	open_limiters(service);
	service->pages = markdown_cache_create(MARKDOWN_CACHE_BYTES_MAX);
	status = await_store(open_vault, service);
	if (status != STATUS_OK)
		return status;
	service->refresh_secret = keys_secret(service->keys, TEXT("refresh_token"));
	service->mail_secret = keys_secret(service->keys, TEXT("mail_token"));
	service->challenge_secret = keys_secret(service->keys, TEXT("wallet_challenge"));
	service->command_secret = keys_secret(service->keys, TEXT("command"));
	service->receipt_secret = keys_secret(service->keys, TEXT("erasure_receipt"));
	status = open_signing(service, config);
	if (status == STATUS_OK)
		status = workers_create(WORKERS_BY_CORES, &service->workers);
	if (status == STATUS_OK)
		status = workers_create(1, &service->packers);
	if (status == STATUS_OK)
		status = workers_create(READERS, &service->readers);
	if (status == STATUS_OK) {
		service->as_of = as_of_create(service);
		status = service->as_of ? STATUS_OK : STATUS_IO;
	}
	return status == STATUS_OK ? password_start() : status;
}

static void close_service(struct service *service)
{
	workers_destroy(service->workers);
	workers_destroy(service->packers);
	workers_destroy(service->readers);
	as_of_destroy(service->as_of);
	markdown_cache_destroy(service->pages);
	limiter_destroy(service->by_address);
	limiter_destroy(service->by_account);
	limiter_destroy(service->by_login);
	limiter_destroy(service->by_upload);
	revocation_destroy(service->revocation);
	signing_close(service->signing);
	issuer_close(service->issuer);
	keys_close(service->keys);
	free(service->progress);
}

/* ---------------------------------------------------------------- serving */

static const char *text_or_null(const char *text)
{
	return *text ? text : NULL;
}

static enum status create_server(struct service *service)
{
	const struct config *config = service->config;
	struct address       address;
	bool     whole = address_split(config_text(config, CONFIG_LISTEN), &address); /* config has checked */
	uint32_t loops = config_u32(config, CONFIG_LOOPS);
	struct http_settings settings = {
		.port = (uint16_t)strtoul(address.port, NULL, 10),
		.address = address.host,
		.loops = (uint16_t)(loops > 0 ? loops : (uint32_t)sysconf(_SC_NPROCESSORS_ONLN)),
		.tls_certificate_path = text_or_null(config_path(config, CONFIG_TLS_CERT)),
		.tls_key_path = text_or_null(config_path(config, CONFIG_TLS_KEY)),
		.http2 = config_bool(config, CONFIG_HTTP2),
		.limits =
			{
				/* Each route has its own, below. */
				.body_bytes_max = config_bool(config, CONFIG_HTTP2) ? BODY_BYTES_MAX_HTTP2
	                                                                            : HTTP_BODY_BYTES_CEILING,
				.connections_max = config_u32(config, CONFIG_CONNECTIONS_MAX),
				.connections_per_address_max = config_u32(config, CONFIG_CONNECTIONS_PER_ADDRESS),
				.drain_timeout_ms = config_u32(config, CONFIG_DRAIN_SECONDS) * 1000,
			},
		.on_loop_start = on_loop_start,
		.on_loop_stop = on_loop_stop,
		.on_request = on_request,
		.on_turn_end = on_turn_end,
		.owner = service,
	};

	require(whole);
	if (settings.loops > HTTP_LOOPS_MAX)
		settings.loops = HTTP_LOOPS_MAX;
	service->lanes = settings.loops;
	return http_server_create(&settings, &service->server);
}

static enum status serve(struct service *service)
{
	struct feed *feed;
	enum status  status = create_server(service);

	if (status != STATUS_OK)
		return status;
	start_signal_thread(service);
	feed = feed_create(service);
	status = await_store(feed_start, feed);
	if (status == STATUS_OK) {
		diag(DIAG_INFO, "api_ready", "port %u", http_server_port(service->server));
		status = http_server_run(service->server);
	}
	feed_destroy(feed);
	http_server_destroy(service->server);
	return status;
}

int main(int argument_count, char **arguments)
{
	struct config  config;
	struct service service = {0};
	enum status    status;

	block_signals();
	config_refuse_arguments(argument_count, arguments);
	config_load_or_exit(&config, "orrery-api");
	router_start();
	status = open_service(&service, &config);
	if (status == STATUS_OK)
		status = serve(&service);
	if (status != STATUS_OK)
		diag(DIAG_ERROR, "api_ended", "%s", status_sentence(status));
	close_service(&service);
	config_finish(&config);
	return status == STATUS_OK                                   ? EXIT_SUCCESS
	       : status == STATUS_INVALID || status == STATUS_DENIED ? EXIT_HOPELESS
	                                                             : EXIT_FAILURE;
}
