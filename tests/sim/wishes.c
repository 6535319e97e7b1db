#include "tests/sim/wishes.h"

#include "eventstore/base/arena.h"
#include "eventstore/base/mail_token.h"
#include "eventstore/base/require.h"
#include "eventstore/codec/codec_msgpack.h"
#include "schema/commands.h"
#include "tests/sim/chance.h"
#include "tests/sim/weather.h"

enum { PERSONS_FEW = 3, PERSONS_MAX = 12, EMAILS_MAX = 12, WALLETS_MAX = 12, NONCES_MAX = 400, SESSIONS_MAX = 8 };

#define HOUR_US ((int64_t)3600 * 1000 * 1000)

static struct arena arena; /* of the course */
static uint32_t     persons, emails, wallets, nonces, sessions;

/* ---------------------------------------------------------------- who and what there is */

static struct id number_id(const char *kind, uint32_t number)
{
	struct id id = {{0}};

	memcpy(id.bytes, kind, strlen(kind));
	id.bytes[15] = (uint8_t)number;
	return id;
}

static struct id person(void)
{
	return number_id("person", chance_below(persons));
}

static struct id session(void)
{
	return number_id("session", chance_below(sessions));
}

static struct id login(void)
{
	return number_id("login", chance_below(emails));
}

/* The same mailbox in more than one spelling. */
static struct text email(void)
{
	return arena_format(&arena, "%s%u@example.org", chance_one_in(3) ? "M" : "m", chance_below(emails));
}

static struct text wallet(void)
{
	return arena_format(&arena, "4Nd1mBQtrMJVYVfKf2PJy9NZUZdTAsp7D4xWLs4gDB%c",
	                    "ABCDEFGHJKLM"[chance_below(wallets)]);
}

static struct text nonce(void)
{
	return arena_format(&arena, "nonce-%03u", chance_below(nonces));
}

/* A secret that both the request and whoever follows the link know. */
static struct hash secret_of(struct id user)
{
	struct hash secret = {{0}};

	memcpy(secret.bytes, user.bytes, sizeof(user.bytes));
	return secret;
}

static struct text token_of(struct id user)
{
	struct hash secret = secret_of(user);
	char       *token = arena_alloc(&arena, MAIL_TOKEN_SIZE + 1);

	mail_token_make(user, &secret, token);
	return (struct text){.data = token, .size = MAIL_TOKEN_SIZE};
}

/* Sometimes of somebody else, or of nobody. */
static struct hash token_hash_for(struct id user)
{
	return mail_token_hash(token_of(chance_one_in(6) ? person() : user));
}

static int64_t expiry(void)
{
	return weather_now_us() + (chance_one_in(6) ? -HOUR_US : HOUR_US);
}

/* ---------------------------------------------------------------- one function a command */

static struct wish_form pack(const char *command, const struct shape *shape, const void *object)
{
	struct wish_form form = {.command = command};
	struct buffer    body = {0};

	require(msgpack_encode_shape(shape, object, FIELD_INPUT, NULL, &body) == STATUS_OK);
	form.body = arena_bytes(&arena, buffer_bytes(&body));
	buffer_finish(&body);
	return form;
}

#define WISH(command, ...) pack(#command, &command##_shape, &(struct command){__VA_ARGS__})

/* About one person, whose stream it loads first. */
static struct wish_form about(struct id user, struct wish_form form)
{
	form.first_stream = user;
	return form;
}

/* By an operator, or by somebody who may be the same person. */
static struct wish_form by_somebody(struct wish_form form)
{
	form.actor = chance_one_in(2) ? person() : ID_NONE;
	return form;
}

static struct wish_form wish_register(void)
{
	struct id user = person();

	return about(user, WISH(register_user, .user = user, .email = email(), .name = TEXT("Somebody of this world"),
	                        .locale = TEXT("en"), .region = TEXT("GB"), .password_hash = TEXT("made up"),
	                        .token = token_of(user), .token_hash = mail_token_hash(token_of(user)),
	                        .expires_at = expiry()));
}

static struct wish_form wish_verify(void)
{
	struct id user = person();

	return about(user, WISH(verify_email, .user = user, .token_hash = token_hash_for(user)));
}

static struct wish_form wish_verification(void)
{
	return WISH(request_email_verification, .email = email(), .secret = secret_of(person()),
	            .expires_at = expiry());
}

static struct wish_form wish_reset_mail(void)
{
	return WISH(request_password_reset, .email = email(), .secret = secret_of(person()), .expires_at = expiry());
}

static struct wish_form wish_reset(void)
{
	struct id user = person();

	return about(user, WISH(reset_password, .user = user, .token_hash = token_hash_for(user),
	                        .password_hash = TEXT("a new one")));
}

static struct wish_form wish_password(void)
{
	struct id user = person();

	return about(user, WISH(change_password, .user = user, .password_hash = TEXT("another one")));
}

static struct wish_form wish_email(void)
{
	struct id user = person();

	return about(user, WISH(request_email_change, .user = user, .email = email(), .token = token_of(user),
	                        .token_hash = mail_token_hash(token_of(user)), .expires_at = expiry()));
}

static struct wish_form wish_email_confirmed(void)
{
	struct id user = person();

	return about(user, WISH(confirm_email_change, .user = user, .token_hash = token_hash_for(user)));
}

static struct wish_form wish_profile(void)
{
	struct id user = person();

	if (chance_one_in(8))
		return about(user, WISH(change_profile, .user = user));
	return about(user, WISH(change_profile, .user = user,
	                        .name = arena_format(&arena, "Name %u", chance_below(100)), .bio = TEXT("about me")));
}

static struct wish_form wish_preferences(void)
{
	struct id user = person();

	return about(user, WISH(change_preferences, .user = user, .theme = THEME_dark, .language = TEXT("de")));
}

static struct wish_form wish_privacy(void)
{
	struct id user = person();

	return about(user, WISH(change_privacy, .user = user, .audience = AUDIENCE_members));
}

static struct wish_form wish_role(void)
{
	struct id user = person();

	return by_somebody(about(user, WISH(grant_role, .user = user, .role = ROLE_learner + chance_below(3))));
}

static struct wish_form wish_no_role(void)
{
	struct id user = person();

	return by_somebody(about(user, WISH(revoke_role, .user = user, .role = ROLE_learner + chance_below(3))));
}

static struct wish_form wish_suspension(void)
{
	struct id user = person();

	return by_somebody(about(user, WISH(suspend_user, .user = user, .reason = TEXT("for a reason"))));
}

static struct wish_form wish_restoration(void)
{
	struct id user = person();

	return by_somebody(about(user, WISH(restore_user, .user = user)));
}

static struct wish_form wish_wallet(void)
{
	struct id user = person();

	return about(user, WISH(link_wallet, .user = user, .address = wallet(), .nonce = nonce()));
}

static struct wish_form wish_no_wallet(void)
{
	struct id user = person();

	return about(user, WISH(unlink_wallet, .user = user, .address = wallet()));
}

static struct wish_form wish_erasure(void)
{
	struct id user = person();

	return by_somebody(about(user, WISH(erase_user, .user = user)));
}

static struct wish_form wish_session(void)
{
	return WISH(start_session, .session = session(), .user = person(), .login = login());
}

static struct wish_form wish_wallet_session(void)
{
	return WISH(start_wallet_session, .session = session(), .address = wallet(), .nonce = nonce(),
	            .device = TEXT("a phone"));
}

static struct wish_form wish_wrong_login(void)
{
	return WISH(fail_login, .login = login());
}

static struct wish_form wish_refresh(void)
{
	return WISH(refresh_session, .session = session(), .user = person(), .generation = chance_below(4));
}

static struct wish_form wish_no_session(void)
{
	return WISH(revoke_session, .session = session(), .user = person());
}

static struct wish_form wish_log_out(void)
{
	return WISH(log_out, .session = session(), .user = person());
}

static struct wish_form wish_no_sessions(void)
{
	struct id user = person();

	return about(user, WISH(revoke_sessions, .user = user));
}

/* ---------------------------------------------------------------- drawing */

typedef struct wish_form (*wish_maker)(void);

static const wish_maker makers[] = {
	wish_register,    wish_verify,    wish_verification,    wish_reset_mail, wish_reset,
	wish_password,    wish_email,     wish_email_confirmed, wish_profile,    wish_preferences,
	wish_privacy,     wish_role,      wish_no_role,         wish_suspension, wish_restoration,
	wish_wallet,      wish_no_wallet, wish_erasure,         wish_session,    wish_wallet_session,
	wish_wrong_login, wish_refresh,   wish_no_session,      wish_log_out,    wish_no_sessions,
};

/* Without people nothing else can be wished for. */
enum { MORE_REGISTRATIONS = 3 };

static wish_maker known[array_count(makers) + MORE_REGISTRATIONS];
static uint32_t   known_count;

/* What leads far only when much of it comes together. Half of a course's wishes are of one of them. */
enum { PLOT_WISHES = 4 };

static const wish_maker plots[][PLOT_WISHES] = {
	{wish_register, wish_email, wish_email_confirmed, wish_email_confirmed},
	{wish_wallet, wish_wallet, wish_wallet, wish_wallet_session},
	{wish_verify, wish_session, wish_refresh, wish_no_session},
	{wish_wrong_login, wish_wrong_login, wish_verify, wish_session},
	{wish_profile, wish_erasure, wish_register, wish_suspension},
};

static const wish_maker *plot;

void wishes_start(void)
{
	uint32_t rare = 2 + chance_below(3); /* of how many commands one is known */

	persons = 1 + chance_below(chance_one_in(2) ? PERSONS_FEW : PERSONS_MAX);
	emails = 1 + chance_below(EMAILS_MAX);
	wallets = 1 + chance_below(WALLETS_MAX);
	nonces = 1 + chance_below(NONCES_MAX);
	sessions = 1 + chance_below(SESSIONS_MAX);
	while (known_count < MORE_REGISTRATIONS)
		known[known_count++] = wish_register;
	for (size_t i = 0; i < array_count(makers); i++)
		if (i < 2 || chance_one_in(rare))
			known[known_count++] = makers[i];
	plot = plots[chance_below(array_count(plots))];
	if (plot[0] == wish_wallet && chance_one_in(2)) {
		persons = 1;
		wallets = WALLETS_MAX;
		nonces = NONCES_MAX;
	}
}

struct wish_form wishes_draw(void)
{
	return chance_one_in(2) ? plot[chance_below(PLOT_WISHES)]() : known[chance_below(known_count)]();
}

struct wish_form wishes_nonsense(void)
{
	struct wish_form form = wish_register();

	form.nonsense = true;
	switch (chance_below(5)) {
	case 0:
		form.body.size /= 2;
		break;
	case 1:
		form.command = "fly_to_the_moon";
		break;
	case 2:
		form.anonymous = true;
		break;
	case 3:
		form.half_a_digest = true;
		break;
	default:
		form.body = WISH(request_password_reset, .email = TEXT("this is no address")).body;
		form.command = "request_password_reset";
	}
	return form;
}
