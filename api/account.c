/* What the routes of an account need before their command is sent: hashed passwords, mailed tokens, checked passwords.
 */
#include "api/credential.h"
#include "api/log_files.h"
#include "api/preparation.h"
#include "api/reply.h"
#include "api/ticket.h"
#include "eventstore/base/clock.h"
#include "eventstore/base/mail_token.h"
#include "schema/commands.h"
#include "schema/events.h"

#include <inttypes.h>

static const int64_t second_us = 1000000;

static int64_t mail_expiry(void)
{
	return clock_wall_us() + MAIL_TOKEN_LIFETIME_S * second_us;
}

/* A token for `user` that the same command makes again. */
static struct text make_mail_token(struct exchange *exchange, struct id user)
{
	struct hash secret = mail_secret(&exchange->lane->service->mail_secret, exchange->command_id);
	char        token[MAIL_TOKEN_SIZE + 1];

	mail_token_make(user, &secret, token);
	return arena_text(&exchange->arena, text_from(token));
}

/* ---------------------------------------------------------------- register */

static enum pace take_registration(struct exchange *exchange)
{
	struct register_user *command = exchange->input;

	command->user = id_fresh();
	command->token = make_mail_token(exchange, command->user);
	command->token_hash = mail_token_hash(command->token);
	command->expires_at = mail_expiry();
	exchange->new_password = command->password;
	return GO_ON;
}

static enum pace give_registration_hash(struct exchange *exchange)
{
	struct register_user *command = exchange->input;

	command->password_hash = exchange->hash;
	return exchange->status == STATUS_OK ? GO_ON : exchange_fail(exchange, exchange->status);
}

static exchange_step *const register_steps[] = {credential_limit, take_registration, credential_hash,
                                                give_registration_hash, NULL};
const struct preparation    preparation_register = {.steps = register_steps};

/* ---------------------------------------------------------------- tokens from mails */

/* The token says whose it is; whether that is true, the decider finds by its hash. */
static enum pace take_mail_token(struct exchange *exchange)
{
	struct text token = *(struct text *)exchange_field(exchange, "token");

	if (!mail_token_user(token, exchange_field(exchange, "user")))
		return exchange_refuse(exchange, REFUSAL_token_invalid, 0);
	*(struct hash *)exchange_field(exchange, "token_hash") = mail_token_hash(token);
	return GO_ON;
}

static exchange_step *const mail_token_steps[] = {take_mail_token, NULL};
const struct preparation    preparation_mail_token = {.steps = mail_token_steps};

static enum pace take_mail_secret(struct exchange *exchange)
{
	*(struct hash *)exchange_field(exchange, "secret") =
		mail_secret(&exchange->lane->service->mail_secret, exchange->command_id);
	*(int64_t *)exchange_field(exchange, "expires_at") = mail_expiry();
	return GO_ON;
}

/* The answer must not tell whether the e-mail is known: only what is known is written to the log, and that takes time.
 */
static enum pace respond_accepted(struct exchange *exchange, struct buffer *out)
{
	buffer_append_text(out, TEXT("{}"));
	return GO_ON;
}

static exchange_step *const mail_secret_steps[] = {credential_limit, take_mail_secret, NULL};
const struct preparation    preparation_mail_secret = {
	   .steps = mail_secret_steps, .respond = respond_accepted, .answers_first = true};

/* ---------------------------------------------------------------- passwords */

static enum pace take_reset_password(struct exchange *exchange)
{
	exchange->new_password = ((struct reset_password *)exchange->input)->password;
	return GO_ON;
}

static enum pace give_new_hash(struct exchange *exchange)
{
	*(struct text *)exchange_field(exchange, "password_hash") = exchange->hash;
	return exchange->status == STATUS_OK ? GO_ON : exchange_fail(exchange, exchange->status);
}

static exchange_step *const reset_steps[] = {credential_limit, take_mail_token, take_reset_password,
                                             credential_hash,  give_new_hash,   NULL};
const struct preparation    preparation_reset_password = {.steps = reset_steps};

static enum pace take_change_password(struct exchange *exchange)
{
	struct change_password *command = exchange->input;

	exchange->password = command->current_password;
	exchange->new_password = command->password;
	return GO_ON;
}

static exchange_step *const change_steps[] = {credential_limit, take_change_password, credential_of_caller,
                                              credential_take,  credential_verify,    credential_require,
                                              credential_hash,  give_new_hash,        NULL};
const struct preparation    preparation_change_password = {.steps = change_steps, .recalls_first = true};

static enum pace take_password(struct exchange *exchange)
{
	exchange->password = *(struct text *)exchange_field(exchange, "password");
	return GO_ON;
}

/* ---------------------------------------------------------------- another e-mail */

static enum pace make_email_token(struct exchange *exchange)
{
	struct request_email_change *command = exchange->input;

	command->token = make_mail_token(exchange, exchange->claims.user);
	command->token_hash = mail_token_hash(command->token);
	command->expires_at = mail_expiry();
	return GO_ON;
}

static exchange_step *const change_email_steps[] = {
	credential_limit,  take_password,      credential_of_caller, credential_take,
	credential_verify, credential_require, make_email_token,     NULL};
const struct preparation preparation_change_email = {.steps = change_email_steps};

/* ---------------------------------------------------------------- erasure */

/* The person cannot log in any more, and the proof tells ids and a time: so it is for whoever holds this answer. */
static enum pace respond_erased(struct exchange *exchange, struct buffer *out)
{
	struct receipt_ticket ticket = {.position = exchange->answer.position, .user = exchange->claims.user};
	char                  user[ID_TEXT_SIZE + 1], when[TIME_TEXT_SIZE + 1], token[RECEIPT_TOKEN_SIZE + 1];

	id_format(ticket.user, user);
	time_format(exchange->answer.time, when);
	receipt_token_make(&exchange->lane->service->receipt_secret, &ticket, token);
	buffer_format(out,
	              "{\"position\":%" PRIu64 ",\"user\":\"%s\",\"erased_at\":\"%s\",\"receipt\":\"" LOG_RECEIPT_PATH
	              "%s\"}",
	              ticket.position, user, when, token);
	return GO_ON;
}

static exchange_step *const password_check_steps[] = {
	credential_limit,   take_password, credential_of_caller, credential_take, credential_verify,
	credential_require, NULL};
const struct preparation preparation_password_check = {
	.steps = password_check_steps, .respond = respond_erased, .recalls_first = true};

/* ---------------------------------------------------------------- profile */

enum { PROFILE_AUDIENCE_COLUMN = 2 };

/* Who may see it is the person's own choice; to everybody else the person does not exist. */
static bool may_see(const struct exchange *exchange, struct text audience)
{
	const struct profile *asked = exchange->input;

	if (exchange->authenticated
	    && (id_equal(asked->user, exchange->claims.user) || exchange->claims.roles & TOKEN_ROLE(ROLE_admin)))
		return true;
	return text_is(audience, "everyone") || (text_is(audience, "members") && exchange->authenticated);
}

static enum pace ask_profile(struct exchange *exchange)
{
	return exchange_ask(exchange, "profile");
}

static enum pace present_profile(struct exchange *exchange)
{
	if (exchange->status != STATUS_OK)
		return exchange_fail(exchange, exchange->status);
	if (pg_answer_rows(exchange->rows) == 0
	    || !may_see(exchange, pg_answer_text(exchange->rows, 0, PROFILE_AUDIENCE_COLUMN)))
		return exchange_refuse(exchange, REFUSAL_user_unknown, 0);
	return reply_row(exchange);
}

static exchange_step *const profile_steps[] = {ask_profile, present_profile, NULL};
const struct preparation    preparation_profile = {.steps = profile_steps};
