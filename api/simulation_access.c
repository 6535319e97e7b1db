#include "api/simulation_access.h"

#include "api/preparation.h"
#include "schema/events.h"

enum { RELATION_COLUMN };

enum pace simulation_access_await(struct exchange *exchange)
{
	return exchange_await(exchange, lookup_projection(lookup_find(TEXT("simulation_access"))));
}

enum pace simulation_access_check(struct exchange *exchange)
{
	return exchange_check_position(exchange);
}

/* Nobody is a caller too: one that owns nothing and takes no course. */
enum pace simulation_access_ask_about(struct exchange *exchange, struct id simulation)
{
	struct text values[] = {exchange_id_text(exchange, simulation), TEXT_NONE,
	                        exchange_id_text(exchange, exchange->claims.user)};

	return exchange_look_up(exchange, "simulation_access", values);
}

enum pace simulation_access_ask(struct exchange *exchange)
{
	return simulation_access_ask_about(exchange, *(const struct id *)exchange_field(exchange, "simulation"));
}

bool simulation_access_sees(const struct exchange *exchange)
{
	bool admin = exchange->claims.roles & TOKEN_ROLE(ROLE_admin);

	return pg_answer_rows(exchange->rows) > 0
	       && (admin || pg_answer_text(exchange->rows, 0, RELATION_COLUMN).size > 0);
}

enum pace simulation_access_judge(struct exchange *exchange)
{
	if (exchange->status != STATUS_OK)
		return exchange_fail(exchange, exchange->status);
	return simulation_access_sees(exchange) ? GO_ON : exchange_refuse(exchange, REFUSAL_simulation_unknown, 0);
}

static exchange_step *const see_steps[] = {simulation_access_await, simulation_access_check, simulation_access_ask,
                                           simulation_access_judge, NULL};
const struct preparation    preparation_simulation_see = {.steps = see_steps};
