#include "api/wallet.h"

#include "api/preparation.h"
#include "api/siws.h"
#include "api/ticket.h"
#include "eventstore/base/clock.h"
#include "schema/commands.h"

#define LINK_STATEMENT "Link this wallet to your account. This costs nothing and sends nothing."
#define LOGIN_STATEMENT "Log in with this wallet. This costs nothing and sends nothing."

static struct challenge challenge_for(const struct exchange *exchange, enum challenge_purpose purpose,
                                      struct text address)
{
	struct challenge challenge = {
		.purpose = purpose, .address = address, .domain = exchange->lane->service->domain};

	if (purpose == CHALLENGE_LINK)
		challenge.user = exchange->claims.user;
	return challenge;
}

/* The text is built the same way when it is shown and when the signature is checked: nothing of it comes back from the
 * client but the nonce, and that is bound by a keyed hash. */
static enum status build_text(struct exchange *exchange, const struct challenge *challenge, struct text nonce,
                              int64_t issued_s, struct buffer *out)
{
	char issued[TIME_TEXT_SIZE + 1], expires[TIME_TEXT_SIZE + 1];

	time_format(issued_s * 1000000, issued);
	time_format((issued_s + CHALLENGE_LIFETIME_S) * 1000000, expires);
	struct siws_message message = {
		.domain = challenge->domain,
		.address = challenge->address,
		.statement = challenge->purpose == CHALLENGE_LINK ? TEXT(LINK_STATEMENT) : TEXT(LOGIN_STATEMENT),
		.uri = exchange->lane->service->origin,
		.version = TEXT("1"),
		.chain_id = TEXT("mainnet"),
		.nonce = nonce,
		.issued_at = text_from(issued),
		.expiration_time = text_from(expires),
	};
	return siws_build(&message, out);
}

/* ---------------------------------------------------------------- asking for one */

static enum pace give_challenge(struct exchange *exchange)
{
	bool        link = exchange->authenticated && text_is(text_from(exchange->route->name), "wallet_challenge");
	struct text address = *(struct text *)exchange_field(exchange, "address");
	struct challenge challenge = challenge_for(exchange, link ? CHALLENGE_LINK : CHALLENGE_LOGIN, address);
	int64_t          now_s = clock_wall_us() / 1000000;
	char             nonce[CHALLENGE_NONCE_SIZE_MAX + 1];
	struct buffer    text = {0};

	challenge_nonce(&exchange->lane->service->challenge_secret, &challenge, now_s, nonce);
	if (build_text(exchange, &challenge, text_from(nonce), now_s, &text) != STATUS_OK) {
		buffer_finish(&text);
		return exchange_refuse(exchange, REFUSAL_challenge_invalid, 0);
	}
	buffer_format(&exchange->out, "{\"address\":\"%.*s\",\"nonce\":\"%s\",\"message\":", TEXT_ARG(address), nonce);
	json_append_string(&exchange->out, (struct text){.data = (const char *)text.data, .size = text.size});
	buffer_append_text(&exchange->out, TEXT("}"));
	buffer_finish(&text);
	return exchange_reply_json(exchange, exchange->route->http, buffer_bytes(&exchange->out), TEXT_NONE);
}

static exchange_step *const challenge_steps[] = {give_challenge, NULL};
const struct preparation    preparation_challenge = {.steps = challenge_steps};

/* ---------------------------------------------------------------- checking one */

static enum pace check(struct exchange *exchange, enum challenge_purpose purpose)
{
	struct text      address = *(struct text *)exchange_field(exchange, "address");
	struct text      nonce = *(struct text *)exchange_field(exchange, "nonce");
	struct text      signature = *(struct text *)exchange_field(exchange, "signature");
	struct challenge challenge = challenge_for(exchange, purpose, address);
	struct buffer    text = {0};
	int64_t          issued_s;
	bool             signed_so;

	if (!challenge_accepts(&exchange->lane->service->challenge_secret, &challenge, nonce, clock_wall_us() / 1000000,
	                       &issued_s))
		return exchange_refuse(exchange, REFUSAL_challenge_invalid, 0);
	signed_so =
		build_text(exchange, &challenge, nonce, issued_s, &text) == STATUS_OK
		&& siws_verify(address, (struct text){.data = (const char *)text.data, .size = text.size}, signature);
	buffer_finish(&text);
	return signed_so ? GO_ON : exchange_refuse(exchange, REFUSAL_signature_wrong, 0);
}

enum pace wallet_check_login(struct exchange *exchange)
{
	return check(exchange, CHALLENGE_LOGIN);
}

static enum pace check_link(struct exchange *exchange)
{
	return check(exchange, CHALLENGE_LINK);
}

static exchange_step *const proof_steps[] = {check_link, NULL};
const struct preparation    preparation_wallet_proof = {.steps = proof_steps};
