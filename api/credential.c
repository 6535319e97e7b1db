#include "api/credential.h"

#include "eventstore/base/clock.h"
#include "eventstore/base/password.h"
#include "eventstore/codec/personal.h"

enum pace credential_limit(struct exchange *exchange)
{
	struct limiter_key key = limiter_key_address(exchange->asker->peer);
	struct problem     problem = {
		    .http = 429,
		    .name = "too_many_tries",
		    .title = TEXT("Too many tries from this address; wait before the next one."),
        };

	if (!exchange->lane->service->by_login)
		return GO_ON;
	limiter_take(exchange->lane->service->by_login, &key, 1, clock_monotonic_us(), &exchange->limit);
	exchange->limited = true;
	problem.retry_after_s = exchange->limit.retry_after_s;
	return exchange->limit.allowed ? GO_ON : exchange_problem(exchange, &problem);
}

enum pace credential_of_caller(struct exchange *exchange)
{
	char        user[ID_TEXT_SIZE + 1];
	struct text value;

	id_format(exchange->claims.user, user);
	value = text_from(user);
	return exchange_look_up(exchange, "credential_by_user", &value);
}

static struct text column(const struct exchange *exchange, enum credential_column which)
{
	if (!exchange->rows || pg_answer_rows(exchange->rows) == 0)
		return TEXT_NONE;
	return pg_answer_text(exchange->rows, 0, which);
}

struct id credential_user(const struct exchange *exchange)
{
	struct id   user = ID_NONE;
	struct text text = column(exchange, CREDENTIAL_USER);

	if (text.data && !id_parse(text, &user))
		return ID_NONE;
	return user;
}

bool credential_says(const struct exchange *exchange, enum credential_column which)
{
	return text_is(column(exchange, which), "true");
}

/* Words with a space between, as the lookup gives them. */
static uint32_t parse_roles(const struct choice *roles_known, struct text words)
{
	uint32_t roles = 0;

	while (words.size > 0) {
		const char *space = memchr(words.data, ' ', words.size);
		struct text word = {.data = words.data, .size = space ? (size_t)(space - words.data) : words.size};
		uint32_t    number = choice_number(roles_known, word);

		if (number > 0)
			roles |= TOKEN_ROLE(number);
		words.data += word.size + (space != NULL);
		words.size -= word.size + (space != NULL);
	}
	return roles;
}

enum pace credential_take(struct exchange *exchange)
{
	struct text hash;

	if (exchange->status != STATUS_OK)
		return exchange_fail(exchange, exchange->status);
	hash = personal_open(column(exchange, CREDENTIAL_PASSWORD), keys_opener(exchange->lane->service->keys),
	                     &exchange->arena);
	exchange->secret = text_is_forgotten(hash) ? TEXT_NONE : arena_text(&exchange->arena, hash);
	exchange->roles = parse_roles(exchange->lane->service->rules.roles, column(exchange, CREDENTIAL_ROLES));
	exchange->verified = credential_says(exchange, CREDENTIAL_VERIFIED);
	return GO_ON;
}

static void run_verify(struct work *work)
{
	struct exchange *exchange = container_of(work, struct exchange, work);

	exchange->status = password_verify(exchange->secret, exchange->password);
}

enum pace credential_verify(struct exchange *exchange)
{
	return exchange_work(exchange, run_verify);
}

enum pace credential_require(struct exchange *exchange)
{
	if (exchange->status == STATUS_DENIED)
		return exchange_refuse(exchange, REFUSAL_password_wrong, 0);
	return exchange->status == STATUS_OK ? GO_ON : exchange_fail(exchange, exchange->status);
}

static void run_hash(struct work *work)
{
	struct exchange *exchange = container_of(work, struct exchange, work);
	char             hash[PASSWORD_HASH_SIZE];

	exchange->status = password_hash(exchange->new_password, hash);
	if (exchange->status == STATUS_OK)
		exchange->hash = arena_text(&exchange->arena, text_from(hash));
}

enum pace credential_hash(struct exchange *exchange)
{
	return exchange_work(exchange, run_hash);
}
