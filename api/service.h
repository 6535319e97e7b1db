/* What the API's requests stand on: one `service` per process, read-only while loops run; one `lane` per loop. */
#ifndef ORRERY_SERVICE_H
#define ORRERY_SERVICE_H

#include "api/credentials/issuer.h"
#include "api/hop.h"
#include "api/http.h"
#include "api/limiter.h"
#include "api/markdown_cache.h"
#include "api/revocation.h"
#include "api/signing.h"
#include "api/simulator.h"
#include "api/token_cache.h"
#include "api/workers.h"
#include "eventstore/base/config.h"
#include "eventstore/base/list.h"
#include "eventstore/log/reader.h"
#include "eventstore/vault/keys.h"
#include "projections/query.h"

#include <pthread.h>
#include <stdatomic.h>

enum {
	ACCESS_TOKEN_LIFETIME_S = 15 * 60,
	ACCESS_TOKEN_MARGIN_S = 60, /* for clocks that differ */
	MAIL_TOKEN_LIFETIME_S = 24 * 60 * 60,
	SERVICE_ORIGINS_MAX = 16,
};

struct service {
	const struct config *config;
	struct http_server  *server;
	struct keys         *keys;
	struct signing      *signing;
	struct issuer       *issuer;
	struct token_rules   rules;
	struct workers      *workers;
	struct workers      *packers; /* read whole courses: these take longer than what logging in waits for */
	struct workers      *readers; /* read what runs came to, and may wait for the simulator to compute it again */
	struct as_of        *as_of;
	struct revocation   *revocation;
	struct limiter      *by_address; /* NULL: no limit, as with the next two */
	struct limiter      *by_account;
	struct limiter      *by_login;
	struct limiter      *by_upload; /* KiB; always there */
	const char          *data;      /* holds log/, index/, keys/ */
	const char          *socket;    /* the writer's */
	const char          *simulator; /* its socket */
	const char          *pg;
	struct text          origin; /* https://example.edu */
	struct text          domain; /* example.edu, with the port if any */
	struct hash          refresh_secret;
	struct hash          mail_secret;
	struct hash          challenge_secret;
	struct hash          command_secret;
	struct hash          receipt_secret;
	struct text          cors[SERVICE_ORIGINS_MAX]; /* other origins that may call from a browser */
	uint32_t             cors_count;
	int64_t              started_us; /* monotonic */
	uint32_t             lanes;
	_Atomic uint32_t     lanes_ready; /* with a writer and a PostgreSQL */
	_Atomic uint64_t     head;        /* of the log, as it rang last on any lane */
	_Atomic uint64_t    *progress;    /* of each projection, in the order of projections[] */

	struct markdown_cache *pages; /* of questions */
};

/* Counters of one loop, summed by /metrics. */
struct lane_counters {
	_Atomic uint64_t commands, queries, unauthorized, limited, waits, waits_timed_out;
};

struct lane {
	struct service      *service;
	struct http_loop    *loop;
	struct queries      *queries;
	struct hop          *hop;
	struct simulator    *simulator;
	struct token_cache  *tokens;
	struct http_timer    tick;
	struct reader       *reader;  /* of the log; NULL until lane_reader is asked for it */
	struct list_link     waiting; /* exchanges that wait for a projection */
	struct lane_counters counters;
	bool                 ready;

	/* Jobs of this lane that worker threads still hold; the lane outlives them. */
	pthread_mutex_t work_lock;
	pthread_cond_t  work_ended;
	uint32_t        work_out;
	bool            stopping;
};

/* NULL when the service cannot run on this loop. */
struct lane *lane_create(struct service *service, struct http_loop *loop);
void         lane_destroy(struct lane *lane);
void         lane_flush(struct lane *lane);

/* The lane's own reader of the log, opened when it is first asked for. NULL: there is no log to open yet. */
struct reader *lane_reader(struct lane *lane);

/* Has the projection shown everything up to the position? */
bool lane_reached(const struct lane *lane, const struct projection *projection, uint64_t position);

#endif
