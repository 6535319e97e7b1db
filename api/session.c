/* Logging in, staying in, and logging out. */
#include "api/credential.h"
#include "api/preparation.h"
#include "api/ticket.h"
#include "api/wallet.h"
#include "eventstore/base/base64.h"
#include "eventstore/base/clock.h"
#include "schema/commands.h"
#include "schema/events.h"

#include <inttypes.h>

/* ---------------------------------------------------------------- tokens */

static struct text make_access_token(struct exchange *exchange, struct id session, struct id user)
{
	int64_t             now_s = clock_wall_us() / 1000000;
	struct token_claims claims = {
		.user = user,
		.session = session,
		.id = id_fresh(),
		.roles = exchange->roles,
		.position = exchange->answer.position,
		.issued_s = now_s,
		.expires_s = now_s + ACCESS_TOKEN_LIFETIME_S,
	};

	return token_sign(&exchange->lane->service->rules, &claims, &exchange->arena);
}

static void append_tokens(struct exchange *exchange, const struct refresh_ticket *ticket, struct buffer *out)
{
	char        session[ID_TEXT_SIZE + 1], user[ID_TEXT_SIZE + 1], refresh[REFRESH_TOKEN_SIZE + 1];
	struct text access = make_access_token(exchange, ticket->session, ticket->user);

	id_format(ticket->session, session);
	id_format(ticket->user, user);
	refresh_token_make(&exchange->lane->service->refresh_secret, ticket, refresh);
	buffer_format(out,
	              "{\"position\":%" PRIu64 ",\"session\":\"%s\",\"user\":\"%s\",\"access_token\":\"%.*s\","
	              "\"refresh_token\":\"%s\",\"expires_in\":%d}",
	              exchange->answer.position, session, user, TEXT_ARG(access), refresh, ACCESS_TOKEN_LIFETIME_S);
}

/* ---------------------------------------------------------------- with a password */

static struct text claim_text(struct exchange *exchange, const char *claim, struct text value)
{
	struct hash hash = keys_claim_hash(exchange->lane->service->keys, text_from(claim), value);

	return arena_base64(&exchange->arena, BYTES(hash.bytes, sizeof(hash.bytes)));
}

/* Wrong passwords are counted by e-mail address, known or not, so that nothing shows which it is. */
static struct id login_id(struct exchange *exchange, struct text email)
{
	struct hash hash = keys_claim_hash(exchange->lane->service->keys, TEXT("login"), email);
	struct id   login;

	memcpy(login.bytes, hash.bytes, sizeof(login.bytes));
	return login;
}

static enum pace find_by_email(struct exchange *exchange)
{
	struct start_session *command = exchange->input;
	struct text           claim = claim_text(exchange, "email", command->email);

	command->login = login_id(exchange, command->email);
	exchange->password = command->password;
	return exchange_look_up(exchange, "credential_by_email", &claim);
}

static enum pace find_lock(struct exchange *exchange)
{
	struct start_session *command = exchange->input;
	char                  login[ID_TEXT_SIZE + 1];
	struct text           value;

	command->user = credential_user(exchange);
	id_format(command->login, login);
	value = text_from(login);
	return exchange_look_up(exchange, "login_lock", &value);
}

enum { LOCK_UNTIL_COLUMN = 1 };

/* Spares the hashing; the decider has the last word. */
static enum pace check_lock(struct exchange *exchange)
{
	int64_t until_us = 0;

	if (exchange->status != STATUS_OK)
		return exchange_fail(exchange, exchange->status);
	if (pg_answer_rows(exchange->rows) == 0
	    || !time_parse(pg_answer_text(exchange->rows, 0, LOCK_UNTIL_COLUMN), &until_us))
		return GO_ON;
	if (until_us <= clock_wall_us())
		return GO_ON;
	return exchange_refuse(exchange, REFUSAL_login_locked, (uint32_t)((until_us - clock_wall_us()) / 1000000 + 1));
}

static enum pace start_or_fail(struct exchange *exchange)
{
	struct start_session *command = exchange->input;
	struct fail_login    *failure;

	if (exchange->status != STATUS_OK && exchange->status != STATUS_DENIED)
		return exchange_fail(exchange, exchange->status);
	command->session = id_fresh();
	/* An account whose e-mail is not verified counts as a wrong try, or its absence from the count would tell. */
	if (exchange->status == STATUS_OK && exchange->verified)
		return GO_ON;
	failure = arena_new(&exchange->arena, struct fail_login);
	failure->login = command->login;
	exchange_send_instead(exchange, "fail_login", failure);
	exchange->command_id = id_fresh(); /* each wrong try counts, whatever key it bears */
	return GO_ON;
}

static bool was_wrong(const struct exchange *exchange)
{
	return exchange->command != exchange->route->command;
}

static enum pace respond_logged_in(struct exchange *exchange, struct buffer *out)
{
	struct refresh_ticket ticket = {.session = exchange->answer.subject};

	if (was_wrong(exchange))
		return exchange_refuse(exchange, REFUSAL_credentials_wrong, 0);
	ticket.user = ((struct start_session *)exchange->input)->user;
	append_tokens(exchange, &ticket, out);
	return GO_ON;
}

static exchange_step *const log_in_steps[] = {credential_limit, find_by_email,     credential_take, find_lock,
                                              check_lock,       credential_verify, start_or_fail,   NULL};
const struct preparation    preparation_log_in = {.steps = log_in_steps, .respond = respond_logged_in};

/* ---------------------------------------------------------------- with a wallet */

static enum pace find_by_wallet(struct exchange *exchange)
{
	struct start_wallet_session *command = exchange->input;
	struct text                  claim = claim_text(exchange, "wallet", command->address);

	command->session = id_fresh();
	return exchange_look_up(exchange, "credential_by_wallet", &claim);
}

static enum pace keep_wallet_user(struct exchange *exchange)
{
	exchange->claims.user = credential_user(exchange);
	return GO_ON;
}

static enum pace respond_wallet_logged_in(struct exchange *exchange, struct buffer *out)
{
	struct refresh_ticket ticket = {.session = exchange->answer.subject, .user = exchange->claims.user};

	append_tokens(exchange, &ticket, out);
	return GO_ON;
}

static exchange_step *const wallet_steps[] = {credential_limit, wallet_check_login, find_by_wallet,
                                              credential_take,  keep_wallet_user,   NULL};
const struct preparation    preparation_wallet_log_in = {.steps = wallet_steps, .respond = respond_wallet_logged_in};

/* ---------------------------------------------------------------- refreshing */

static enum pace open_refresh_token(struct exchange *exchange)
{
	struct refresh_session *command = exchange->input;
	struct refresh_ticket   ticket;
	char                    user[ID_TEXT_SIZE + 1];
	struct text             value;

	if (!refresh_token_open(&exchange->lane->service->refresh_secret, command->refresh_token, &ticket))
		return exchange_refuse(exchange, REFUSAL_session_over, 0);
	command->session = ticket.session;
	command->user = ticket.user;
	command->generation = ticket.generation;
	id_format(ticket.user, user);
	value = text_from(user);
	return exchange_look_up(exchange, "credential_by_user", &value);
}

static enum pace respond_refreshed(struct exchange *exchange, struct buffer *out)
{
	struct refresh_session *command = exchange->input;
	struct refresh_ticket   ticket = {
		  .session = command->session, .user = command->user, .generation = command->generation + 1};

	/* The token was exchanged before: the decider ended the session, whoever of the two holders came now. */
	if (text_is(exchange->answer.event, "session_revoked"))
		return exchange_refuse(exchange, REFUSAL_session_over, 0);
	append_tokens(exchange, &ticket, out);
	return GO_ON;
}

static exchange_step *const refresh_steps[] = {open_refresh_token, credential_take, NULL};
const struct preparation    preparation_refresh = {.steps = refresh_steps, .respond = respond_refreshed};

/* ---------------------------------------------------------------- logging out */

static enum pace take_own_session(struct exchange *exchange)
{
	((struct log_out *)exchange->input)->session = exchange->claims.session;
	return GO_ON;
}

static exchange_step *const log_out_steps[] = {take_own_session, NULL};
const struct preparation    preparation_log_out = {.steps = log_out_steps};

/* ---------------------------------------------------------------- listing */

/* Which of the sessions asks is known here only. */
static void append_session(struct exchange *exchange, uint32_t row, struct buffer *out)
{
	struct text document = pg_answer_text(exchange->rows, row, 0);
	char        own[ID_TEXT_SIZE + 1];

	id_format(exchange->claims.session, own);
	document.size--; /* the closing brace */
	buffer_append_text(out, document);
	buffer_format(out, ",\"current\":%s}", text_is(pg_answer_text(exchange->rows, row, 1), own) ? "true" : "false");
}

const struct preparation preparation_session_list = {.append_row = append_session};
