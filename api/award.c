/* What an award looks like to others: a credential, a picture with it inside, whether it is good, and which were taken
 * back. All is made when it is asked for, from the read model and the issuer's keys, and comes out the same. */
#include "api/credentials/badge.h"
#include "api/credentials/bake.h"
#include "api/credentials/emblem.h"
#include "api/credentials/issuer.h"
#include "api/credentials/status_list.h"
#include "api/exchange.h"
#include "api/preparation.h"
#include "api/reply.h"
#include "eventstore/base/clock.h"
#include "eventstore/codec/codec_json.h"
#include "schema/commands.h"
#include "schema/events.h"

#include <inttypes.h>

#define CREDENTIAL_TYPE "application/vc+ld+json"

/* ---------------------------------------------------------------- one award */

/* Of projections/achievement.sql; texts are views of exchange->rows. */
struct shown_award {
	struct text learner;
	uint64_t    place; /* in the status lists */
	struct text achievement;
	struct text kind;
	struct text name;
	struct text description;
	struct text criteria;
	int64_t     awarded_us;
	int64_t     expires_us; /* 0: never; the next too */
	int64_t     revoked_us;
};

enum award_column {
	LEARNER,
	PLACE,
	ACHIEVEMENT,
	VERSION,
	KIND,
	NAME,
	DESCRIPTION,
	CRITERIA,
	AWARDED,
	EXPIRES,
	REVOKED
};

static uint64_t number_at(const struct exchange *exchange, uint32_t column)
{
	uint64_t number = 0;

	text_parse_u64(pg_answer_text(exchange->rows, 0, column), &number);
	return number;
}

static struct shown_award shown_award(const struct exchange *exchange)
{
	const struct pg_answer *rows = exchange->rows;

	return (struct shown_award){
		.learner = pg_answer_text(rows, 0, LEARNER),
		.place = number_at(exchange, PLACE),
		.achievement = pg_answer_text(rows, 0, ACHIEVEMENT),
		.kind = pg_answer_text(rows, 0, KIND),
		.name = pg_answer_text(rows, 0, NAME),
		.description = pg_answer_text(rows, 0, DESCRIPTION),
		.criteria = pg_answer_text(rows, 0, CRITERIA),
		.awarded_us = (int64_t)number_at(exchange, AWARDED),
		.expires_us = (int64_t)number_at(exchange, EXPIRES),
		.revoked_us = (int64_t)number_at(exchange, REVOKED),
	};
}

static enum pace look_up_award(struct exchange *exchange)
{
	char        award[ID_TEXT_SIZE + 1];
	struct text value;

	id_format(*(struct id *)exchange_field(exchange, "award"), award);
	value = text_from(award);
	return exchange_look_up(exchange, "award_by_id", &value);
}

static enum pace require_award(struct exchange *exchange)
{
	if (exchange->status != STATUS_OK)
		return exchange_fail(exchange, exchange->status);
	return pg_answer_rows(exchange->rows) > 0 ? GO_ON : exchange_refuse(exchange, REFUSAL_award_unknown, 0);
}

/* To everybody else there is no credential: whoever wants to show one hands it on. */
static enum pace require_own(struct exchange *exchange)
{
	char caller[ID_TEXT_SIZE + 1];

	id_format(exchange->claims.user, caller);
	return text_is(pg_answer_text(exchange->rows, 0, LEARNER), caller)
	               ? GO_ON
	               : exchange_refuse(exchange, REFUSAL_award_unknown, 0);
}

/* ---------------------------------------------------------------- the credential */

static struct text list_url(struct exchange *exchange, uint64_t number)
{
	return arena_format(&exchange->arena, "%.*s/api/v1/credentials/status/%" PRIu64,
	                    TEXT_ARG(exchange->lane->service->origin), number);
}

/* Texts are the award's, and live as long as the exchange's rows and arena. */
static struct badge describe(struct exchange *exchange, const struct shown_award *award, struct badge_status *status)
{
	const struct service *service = exchange->lane->service;
	bool                  certificate = text_is(award->kind, "certificate");
	char                  id[ID_TEXT_SIZE + 1];

	id_format(*(struct id *)exchange_field(exchange, "award"), id);
	*status = (struct badge_status){.list_url = list_url(exchange, award->place / STATUS_LIST_SIZE),
	                                .index = (uint32_t)(award->place % STATUS_LIST_SIZE)};
	return (struct badge){
		.id = arena_format(&exchange->arena, "%.*s/api/v1/achievements/awards/%s/credential",
	                           TEXT_ARG(service->origin), id),
		.issuer = {.did = issuer_did(service->issuer), .name = service->domain, .url = service->origin},
		.achievement = {.id = arena_format(&exchange->arena, "%.*s/api/v1/achievements/%.*s",
	                                           TEXT_ARG(service->origin), TEXT_ARG(award->achievement)),
	                        .type = certificate ? ACHIEVEMENT_TYPE_COURSE_COMPLETION : ACHIEVEMENT_TYPE_BADGE,
	                        .name = award->name,
	                        .description = award->description,
	                        .criteria = award->criteria},
		.subject = {.id = arena_format(&exchange->arena, "urn:uuid:%.*s", TEXT_ARG(award->learner))},
		.issued_us = award->awarded_us,
		.expires_us = award->expires_us,
		.status = status,
	};
}

static enum status issue(struct exchange *exchange, struct buffer *out)
{
	struct shown_award  award = shown_award(exchange);
	struct badge_status status;
	struct badge        badge = describe(exchange, &award, &status);
	struct sign_key     key;
	struct text         method;

	if (badge_complaint(&badge))
		return STATUS_INVALID;
	issuer_key(exchange->lane->service->issuer, badge.issued_us, &exchange->arena, &key, &method);
	badge_issue(&badge, &key, method, out);
	secret_wipe(&key, sizeof(key));
	return STATUS_OK;
}

/* On a worker thread: signing takes a moment, and drawing more. */
static void run_credential(struct work *work)
{
	struct exchange *exchange = container_of(work, struct exchange, work);

	exchange->status = issue(exchange, &exchange->out);
}

static void run_badge(struct work *work)
{
	struct exchange *exchange = container_of(work, struct exchange, work);
	struct buffer    credential = {0}, picture = {0};

	exchange->status = issue(exchange, &credential);
	emblem_draw(shown_award(exchange).achievement, &picture);
	if (exchange->status == STATUS_OK)
		exchange->status = bake_png(buffer_bytes(&picture),
		                            (struct text){.data = (char *)credential.data, .size = credential.size},
		                            &exchange->out);
	buffer_finish(&credential);
	buffer_finish(&picture);
}

static enum pace make_credential(struct exchange *exchange)
{
	return exchange_work(exchange, run_credential);
}

static enum pace make_badge(struct exchange *exchange)
{
	return exchange_work(exchange, run_badge);
}

static enum pace hand_out(struct exchange *exchange, struct text caching)
{
	if (exchange->status != STATUS_OK)
		return exchange_fail(exchange, exchange->status);
	reply_content(exchange, text_from(exchange->route->preparation->also_answers), caching);
	return DONE;
}

static enum pace hand_out_own(struct exchange *exchange)
{
	return hand_out(exchange, TEXT("no-store"));
}

static exchange_step *const credential_steps[] = {look_up_award,   require_award, require_own,
                                                  make_credential, hand_out_own,  NULL};
const struct preparation    preparation_award_credential = {
	   .steps = credential_steps, .consults = "my_achievements", .also_answers = CREDENTIAL_TYPE};

static exchange_step *const badge_steps[] = {look_up_award, require_award, require_own, make_badge, hand_out_own, NULL};
const struct preparation    preparation_award_badge = {
	   .steps = badge_steps, .consults = "my_achievements", .also_answers = "image/png"};

/* ---------------------------------------------------------------- is it good? */

static void append_time(struct buffer *out, const char *name, int64_t time_us)
{
	if (time_us == 0)
		return;
	buffer_format(out, ",\"%s\":", name);
	json_append_time(out, time_us);
}

static const char *standing(const struct shown_award *award)
{
	if (award->revoked_us)
		return "revoked";
	return award->expires_us && award->expires_us <= clock_wall_us() ? "expired" : "valid";
}

/* Never whose it is: the credential says that, and whoever asks has been shown it. */
static enum pace tell_standing(struct exchange *exchange)
{
	struct shown_award award = shown_award(exchange);
	struct buffer     *out = &exchange->out;

	buffer_append_text(out, TEXT("{\"award\":"));
	json_append_id(out, *(struct id *)exchange_field(exchange, "award"));
	buffer_format(out, ",\"standing\":\"%s\",\"issuer\":", standing(&award));
	json_append_string(out, issuer_did(exchange->lane->service->issuer));
	buffer_format(out, ",\"achievement\":\"%.*s\",\"kind\":\"%.*s\",\"name\":", TEXT_ARG(award.achievement),
	              TEXT_ARG(award.kind));
	json_append_string(out, award.name);
	append_time(out, "awarded_at", award.awarded_us);
	append_time(out, "expires_at", award.expires_us);
	append_time(out, "revoked_at", award.revoked_us);
	buffer_append_text(out, TEXT("}"));
	return exchange_reply_json(exchange, exchange->route->http, buffer_bytes(out), TEXT_NONE);
}

static exchange_step *const verify_steps[] = {look_up_award, require_award, tell_standing, NULL};
const struct preparation    preparation_verify_award = {.steps = verify_steps, .consults = "my_achievements"};

/* ---------------------------------------------------------------- what was taken back */

enum list_column { FIRST_AWARDED, LAST_REVOKED, BITS };

static enum pace look_up_list(struct exchange *exchange)
{
	uint64_t    first = (uint64_t)((struct award_statuses *)exchange->input)->number * STATUS_LIST_SIZE;
	struct text values[] = {
		arena_format(&exchange->arena, "%" PRIu64, first),
		arena_format(&exchange->arena, "%" PRIu64, first + STATUS_LIST_SIZE),
	};

	return exchange_look_up(exchange, "awards_revoked", values);
}

static void set_bits(struct status_list *list, struct text bits)
{
	while (bits.size > 0) {
		const char *space = memchr(bits.data, ' ', bits.size);
		struct text word = {.data = bits.data, .size = space ? (size_t)(space - bits.data) : bits.size};
		uint64_t    index;

		if (text_parse_u64(word, &index))
			status_list_revoke(list, (uint32_t)index);
		bits.data += word.size + (space != NULL);
		bits.size -= word.size + (space != NULL);
	}
}

static void run_list(struct work *work)
{
	struct exchange    *exchange = container_of(work, struct exchange, work);
	struct issuer      *issuer = exchange->lane->service->issuer;
	struct status_list *list = arena_new(&exchange->arena, struct status_list);
	uint64_t            revoked_us = number_at(exchange, LAST_REVOKED);
	struct sign_key     key;
	struct text         method;

	list->url = list_url(exchange, ((struct award_statuses *)exchange->input)->number);
	list->issuer = issuer_did(issuer);
	list->changed_us = (int64_t)(revoked_us ? revoked_us : number_at(exchange, FIRST_AWARDED));
	set_bits(list, pg_answer_text(exchange->rows, 0, BITS));
	issuer_key(issuer, list->changed_us, &exchange->arena, &key, &method);
	status_list_issue(list, &key, method, &exchange->out);
	secret_wipe(&key, sizeof(key));
	exchange->status = STATUS_OK;
}

/* A list begins with its first award. */
static enum pace make_list(struct exchange *exchange)
{
	if (exchange->status != STATUS_OK)
		return exchange_fail(exchange, exchange->status);
	if (number_at(exchange, FIRST_AWARDED) == 0)
		return exchange_say(exchange, 404, "no_such_list", TEXT("There is no status list of that number."));
	return exchange_work(exchange, run_list);
}

static enum pace hand_out_list(struct exchange *exchange)
{
	return hand_out(exchange, TEXT("public, max-age=60"));
}

static exchange_step *const list_steps[] = {look_up_list, make_list, hand_out_list, NULL};
const struct preparation    preparation_award_statuses = {
	   .steps = list_steps, .consults = "my_achievements", .also_answers = CREDENTIAL_TYPE};
