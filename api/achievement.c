/* GET /achievements/preview: whom a rule would reach. Counted from the log itself, by the same function that awards, on
 * a worker thread; nothing is given to anybody. */
#include "api/exchange.h"
#include "api/preparation.h"
#include "commands/achievement_history.h"
#include "eventstore/log/reader.h"
#include "schema/commands.h"
#include "schema/events.h"

#include <inttypes.h>

enum { PREVIEW_LEARNERS_MAX = 10000, STAFF_EVENTS_MAX = 10000 };

struct preview {
	struct exchange                  *exchange;
	const struct preview_achievement *asked;
	struct reader                    *reader;
	struct achievement_rule           rule;
	uint64_t                          head;
	uint32_t                          considered;
	uint32_t                          reached;
	bool                              instructs;
};

/* ---------------------------------------------------------------- who may */

struct standing_in_course {
	struct id    member;
	struct arena arena;
	bool         instructs;
};

static bool follow_staff(void *owner, const struct record *record)
{
	struct standing_in_course *standing = owner;
	const struct event_type   *type;
	const void                *event;

	if ((record->number != EVENT_staff_joined && record->number != EVENT_staff_left)
	    || record_event(record, NULL, &standing->arena, &type, &event) != STATUS_OK)
		return true;
	if (record->number == EVENT_staff_joined) {
		const struct staff_joined *joined = event;

		if (id_equal(joined->member, standing->member))
			standing->instructs = joined->role == COURSE_ROLE_instructor;
	} else if (id_equal(((const struct staff_left *)event)->member, standing->member)) {
		standing->instructs = false;
	}
	arena_reset(&standing->arena);
	return true;
}

static enum status find_standing(struct preview *preview)
{
	struct standing_in_course standing = {.member = preview->exchange->claims.user};
	enum status               status =
		reader_stream(preview->reader, preview->asked->course, 1, STAFF_EVENTS_MAX, follow_staff, &standing);

	preview->instructs = standing.instructs;
	arena_finish(&standing.arena);
	return status;
}

/* Those who may define it: administrators, and the course's instructors. */
static enum status check_caller(struct preview *preview)
{
	enum status status = STATUS_OK;

	if (preview->exchange->claims.roles & TOKEN_ROLE(ROLE_admin))
		return STATUS_OK;
	if (id_present(preview->asked->course))
		status = find_standing(preview);
	if (status == STATUS_OK && !preview->instructs)
		status = STATUS_DENIED;
	return status;
}

/* ---------------------------------------------------------------- counting */

static enum status consider(void *owner, struct id learner)
{
	struct preview            *preview = owner;
	struct achievement_verdict judgement = {0};
	enum status                status;

	if (preview->considered == PREVIEW_LEARNERS_MAX)
		return STATUS_TOO_LARGE;
	preview->considered++;
	status = achievement_judge(preview->reader, &preview->rule, learner, preview->head, &judgement);
	preview->reached += judgement.holds;
	return status;
}

static enum status count(struct preview *preview)
{
	enum status status = check_caller(preview);

	if (status == STATUS_OK)
		status = reader_head(preview->reader, &preview->head);
	if (status == STATUS_OK)
		status = achievement_learners(preview->reader, &preview->rule, preview->head, consider, preview);
	return status;
}

static struct achievement_rule asked_rule(const struct preview_achievement *asked)
{
	struct achievement_defined as_defined = {
		.course = asked->course,
		.trigger = asked->trigger,
		.item = asked->item,
		.times = asked->has_times ? asked->times : 1,
		.distinct = asked->distinct,
		.has_window_s = asked->has_window_s,
		.window_s = asked->window_s,
		.has_score_min = asked->has_score_min,
		.score_min = asked->score_min,
		.has_streak_days = asked->has_streak_days,
		.streak_days = asked->streak_days,
	};

	return achievement_rule_of(&as_defined);
}

static void run_preview(struct work *work)
{
	struct exchange *exchange = container_of(work, struct exchange, work);
	struct preview preview = {.exchange = exchange, .asked = exchange->input, .rule = asked_rule(exchange->input)};

	exchange->status = reader_open(exchange->lane->service->data, &preview.reader);
	if (exchange->status != STATUS_OK)
		return;
	exchange->status = count(&preview);
	reader_close(preview.reader);
	buffer_format(&exchange->out, "{\"position\":%" PRIu64 ",\"considered\":%u,\"reached\":%u}", preview.head,
	              preview.considered, preview.reached);
}

/* ---------------------------------------------------------------- steps */

static enum pace begin_preview(struct exchange *exchange)
{
	struct achievement_rule rule = asked_rule(exchange->input);

	if (!achievement_rule_sensible(&rule))
		return exchange_refuse(exchange, REFUSAL_rule_contradictory, 0);
	return exchange_work(exchange, run_preview);
}

static enum pace hand_out(struct exchange *exchange)
{
	const struct preview_achievement *asked = exchange->input;

	if (exchange->status == STATUS_DENIED)
		return exchange_refuse(
			exchange,
			id_present(asked->course) ? REFUSAL_course_role_missing : REFUSAL_achievement_role_missing, 0);
	if (exchange->status == STATUS_TOO_LARGE)
		return exchange_say(exchange, 422, "preview_too_large",
		                    TEXT("The rule concerns more learners than can be counted while you wait."));
	if (exchange->status != STATUS_OK)
		return exchange_fail(exchange, exchange->status);
	return exchange_reply_json(exchange, exchange->route->http, buffer_bytes(&exchange->out), TEXT_NONE);
}

static exchange_step *const preview_steps[] = {begin_preview, hand_out, NULL};
const struct preparation    preparation_preview = {.steps = preview_steps, .consults = "achievements"};
