/* The life of one request, as a list of steps that one function runs. A step goes on, waits for the world, or has
 * answered. Callbacks only note their result and run the exchange again.
 *
 * The exchange lives on the heap and may outlive its request: when the client goes away, what is under way ends first.
 */
#ifndef ORRERY_EXCHANGE_H
#define ORRERY_EXCHANGE_H

#include "api/asker.h"
#include "api/problem.h"
#include "api/router.h"
#include "api/service.h"
#include "schema/refusals.h"

/* WAIT: something will run the exchange again. LISTEN: nothing may; its request is, at last, gone. */
enum pace { GO_ON, WAIT, LISTEN, DONE };

struct exchange;
typedef enum pace exchange_step(struct exchange *exchange);

enum {
	IDEMPOTENCY_KEY_SIZE_MIN = 8,
	IDEMPOTENCY_KEY_SIZE_MAX = 128,
	POSITION_WAIT_MS = 3000,
	BODY_BYTES_MAX = 64 * 1024, /* of a request, unless its route's preparation says otherwise */
};

struct exchange {
	struct lane         *lane;
	const struct asker  *asker;   /* NULL once it is gone */
	struct http_request *request; /* the asker's, if it is one; for answers that leave piece by piece */
	struct asker         outside; /* the asker, when there is a request */
	bool                 inside;  /* somebody inside asks: the exchange is over with its answer */
	struct arena         arena;   /* lives as long as the exchange */
	struct route_match   match;
	const struct route  *route;

	exchange_step *const *steps;       /* the common list, or a preparation's */
	exchange_step *const *steps_after; /* where to go on after a preparation */
	bool                  pending;     /* something will run the exchange again */
	bool                  running;

	/* What is known of the caller and the request. */
	bool                   authenticated;
	bool                   revoked; /* its token is: it may learn what it did, and do nothing */
	struct token_claims    claims;
	struct text            request_id;
	struct id              trace;
	struct text            origin; /* an allowed Origin; absent otherwise */
	struct limiter_verdict limit;
	bool                   limited; /* `limit` was asked */

	/* What is asked: a struct of the command's or the query's shape. */
	const struct command_type *command;
	void                      *input;
	struct id                  command_id;
	bool                       keyed;     /* the client named the command: Idempotency-Key */
	bool                       dry;       /* Prefer: dry-run */
	bool                       recalling; /* submit_recall asked */
	bool                       answered;  /* before the writer did */
	uint64_t                   min_position;
	uint32_t                   page;      /* lists: how many rows the client wants at once */
	bool                       all_pages; /* lists: and the others behind them */

	/* What came back. */
	enum status       status;
	struct pg_answer *rows;
	struct answer     answer; /* texts in the arena */
	struct work       work;
	int64_t           issued_s; /* of a wallet's challenge */
	struct text       secret;   /* a password hash to check against, for the worker */
	struct text       password; /* what the client says it is */
	struct text       hash;     /* what the worker made of a new password */
	struct text       new_password;
	uint32_t          roles;    /* TOKEN_ROLE bits, as the credential says */
	bool              verified; /* its e-mail is */
	struct buffer     out;      /* a large answer */
	void             *kept;     /* what a preparation's steps hand on to the next, in the arena */
	void             *own;      /* of the route's own steps; in the arena */

	struct hop_call          call;
	struct http_timer        timer;
	struct list_link         waiting; /* in the lane, for a projection */
	const struct projection *awaited;
	struct http_message      message; /* from a worker */
};

/* A route's own steps between decoding and submitting, and its own way to answer. */
struct preparation {
	exchange_step *const *steps; /* ends with NULL; NULL: none */
	/* A command was kept: appends the answer's JSON to the buffer, or answers itself. NULL: {"position":N}. */
	enum pace (*respond)(struct exchange *exchange, struct buffer *out);
	/* A list: appends the row's document. NULL: as it stands. */
	void (*append_row)(struct exchange *exchange, uint32_t row, struct buffer *out);
	/* Answered as soon as the command is on its way: what the writer finds must not show, not even by the time it
	 * takes. What goes wrong then is told to the diagnostics. */
	bool answers_first;
	/* The steps check what the command itself changes: whoever sends it again under its key would fail them. */
	bool recalls_first;
	/* The most that its body may hold; 0: BODY_BYTES_MAX. */
	uint32_t body_bytes_max;
	/* The steps read the body themselves, whatever it is; a command's fill in its field `hash`. */
	bool reads_body;
	/* Another type than JSON that it can answer in, if the caller names it; NULL: none. */
	const char *also_answers;
	/* Nothing comes of it but what is decided, for whoever the access token names. So it may be a line of a queue,
	 * and be tried out by a dry run. */
	bool decides_alone;
	/* The answer is no JSON, whatever Accept says. */
	bool gives_bytes;
	/* The request becomes a WebSocket. Pages cannot set Authorization there, so the access token may come as one of
	 * the protocols offered: orrery.token. and the token. */
	bool opens_channel;
	/* The query whose read model X-Min-Position waits for, when it is not the route's own. NULL: that one. */
	const char *consults;
};

/* Takes a request. */
void exchange_begin(struct lane *lane, struct http_request *request);

/* An exchange that nobody outside has asked for, with steps of its own (ended by NULL). Whoever makes it fills in
 * `asker` and what else is known, then runs it; it may be over when exchange_run returns. */
struct exchange *exchange_inside(struct lane *lane, exchange_step *const *steps);

/* Runs until the exchange must wait, or is over. */
void exchange_run(struct exchange *exchange);

/* The world answered: goes on, unless nobody is there any more to hear it. */
void exchange_resume(struct exchange *exchange);

/* A projection moved on: whoever waited for it goes on. */
void exchange_progress(struct lane *lane);

/* The route's own steps, as a step of a list. */
exchange_step exchange_prepare;

/* ---- for steps ---- */

/* The asker's header of this name (lower case); TEXT_NONE without one. Only while there is an asker. */
struct text exchange_header(const struct exchange *exchange, const char *name);

/* One or more letters, digits and -_.: */
bool exchange_word(struct text text);

/* These answer with a problem and return DONE. */
enum pace exchange_problem(struct exchange *exchange, const struct problem *problem);
enum pace exchange_say(struct exchange *exchange, int http, const char *name, struct text title);
enum pace exchange_fail(struct exchange *exchange, enum status status);
enum pace exchange_refuse(struct exchange *exchange, enum refusal refusal, uint32_t retry_after_s);
enum pace exchange_invalid(struct exchange *exchange, const struct complaints *complaints);

/* A question of the schema with exchange->input as its parameters, for the next step as above. */
enum pace exchange_ask(struct exchange *exchange, const char *query);

/* The same where the answer has begun already, so that a failure is the caller's to tell. */
enum status exchange_try_to_ask(struct exchange *exchange, const char *query) MUST_USE;

/* The id as a parameter of a lookup. */
struct text exchange_id_text(struct exchange *exchange, struct id id);

/* A lookup's rows, in exchange->status and exchange->rows, for the next step. */
enum pace exchange_look_up(struct exchange *exchange, const char *lookup, const struct text *values);

/* Waits until the read model shows what the client asked for by X-Min-Position; a step that then checks answers if it
 * does not. */
enum pace exchange_await(struct exchange *exchange, const struct projection *projection);
enum pace exchange_check_position(struct exchange *exchange);

/* `run` on a worker thread, with the exchange's work as argument; then the next step. */
enum pace exchange_work(struct exchange *exchange, void (*run)(struct work *work));

/* The same on threads of another pool. */
enum pace exchange_work_on(struct exchange *exchange, struct workers *workers, void (*run)(struct work *work));

/* Answers with JSON. `etag` may be absent. */
enum pace exchange_reply_json(struct exchange *exchange, int http, struct bytes json, struct text etag);

/* The value of a field of exchange->input; the field must be there. */
void *exchange_field(const struct exchange *exchange, const char *name);

/* Sends another command than the route's: `input` is a struct of its shape. */
void exchange_send_instead(struct exchange *exchange, const char *command, void *input);

#endif
