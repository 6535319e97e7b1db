#include "api/regrade_forecast.h"

#include "commands/learning/grading.h"

#include <inttypes.h>

/* An answer before and after, and the score that its learner's edition asks for. */
struct change {
	const struct regraded    *regraded;
	const struct grade_sheet *after;
	struct pass_score         score;
};

static bool passes(const struct change *change, const struct grade_sheet *sheet)
{
	return change->score.asked && grade_sheet_is_decided(sheet)
	       && grade_reaches(grade_sheet_points(sheet), grade_sheet_most(sheet), change->score.min);
}

static const char *verdict_word(enum judgement judgement)
{
	return grade_verdict_name((enum grade_verdict)(judgement - 1));
}

static void append_change(struct forecast *forecast, const struct change *change)
{
	const struct regraded    *regraded = change->regraded;
	const struct grade_sheet *before = &regraded->attempt->sheet;
	const struct graded_slot *slot = &before->slots[regraded->slot];
	char                      attempt[ID_TEXT_SIZE + 1], learner[ID_TEXT_SIZE + 1];

	if (forecast->shown == FORECAST_CHANGES_MAX)
		return;
	id_format(before->attempt, attempt);
	id_format(before->learner, learner);
	buffer_format(&forecast->changes, "%s{\"attempt\":\"%s\",\"learner\":\"%s\",\"slot\":%" PRIu32,
	              forecast->shown++ > 0 ? "," : "", attempt, learner, regraded->slot + 1);
	if (slot->graded)
		buffer_format(&forecast->changes, ",\"before\":\"%s\"", verdict_word(slot->verdict));
	buffer_format(&forecast->changes, ",\"after\":\"%s\",\"before_milli\":%" PRIu32 ",\"after_milli\":%" PRIu32,
	              verdict_word(regraded->response.verdict), slot->points_milli, regraded->response.points_milli);
	buffer_format(&forecast->changes,
	              ",\"total_before_milli\":%" PRIu32 ",\"total_after_milli\":%" PRIu32 ",\"of_milli\":%" PRIu32
	              ",\"passed_before\":%s,\"passes_after\":%s}",
	              grade_sheet_points(before), grade_sheet_points(change->after), grade_sheet_most(before),
	              passes(change, before) ? "true" : "false", passes(change, change->after) ? "true" : "false");
}

static void count(struct forecast *forecast, const struct change *change)
{
	const struct grade_sheet *before = &change->regraded->attempt->sheet;
	uint32_t                  old = before->slots[change->regraded->slot].points_milli;
	uint32_t new = change->regraded->response.points_milli;
	bool passed = passes(change, before), will_pass = passes(change, change->after);

	forecast->gains += new > old;
	forecast->losses += new < old;
	forecast->same += new == old;
	forecast->gained_milli += new > old ? new - old : 0;
	forecast->lost_milli += new < old ? old - new : 0;
	forecast->would_pass += will_pass && !passed;
	forecast->would_fail += passed && !will_pass;
	forecast->changed++;
}

void forecast_add(struct forecast *forecast, const struct regraded *regraded, struct pass_score score)
{
	struct grade_sheet  after = regraded->attempt->sheet;
	struct graded_slot *slot = &after.slots[regraded->slot];
	const struct change change = {.regraded = regraded, .after = &after, .score = score};

	forecast->key = regraded->response.key;
	if (!regraded->changes) {
		forecast->same++;
		return;
	}
	slot->points_milli = regraded->response.points_milli;
	slot->decided = regraded->response.verdict != JUDGEMENT_undecided;
	count(forecast, &change);
	append_change(forecast, &change);
}

void forecast_append(const struct forecast *forecast, uint64_t position, struct buffer *out)
{
	buffer_format(out,
	              "{\"position\":%" PRIu64 ",\"key\":%" PRIu32 ",\"gains\":%" PRIu32 ",\"losses\":%" PRIu32
	              ",\"same\":%" PRIu32 ",\"gained_milli\":%" PRIu64 ",\"lost_milli\":%" PRIu64
	              ",\"would_pass\":%" PRIu32 ",\"would_fail\":%" PRIu32 ",\"changed\":%" PRIu32
	              ",\"has_more\":%s,\"changes\":[",
	              position, forecast->key, forecast->gains, forecast->losses, forecast->same,
	              forecast->gained_milli, forecast->lost_milli, forecast->would_pass, forecast->would_fail,
	              forecast->changed, forecast->changed > forecast->shown ? "true" : "false");
	buffer_append(out, buffer_bytes(&forecast->changes));
	buffer_append_text(out, TEXT("]}"));
}

void forecast_finish(struct forecast *forecast)
{
	buffer_finish(&forecast->changes);
}
