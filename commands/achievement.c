/* Who defines achievements, and how awards are given and taken back. Whether a rule holds of a history is for
 * achievement_rule.h, and asked before the command is sent: a decider loads no histories that long. */
#include "commands/achievement_rule.h"
#include "commands/course_role.h"
#include "commands/decision.h"
#include "commands/learning/learner_id.h"
#include "commands/user.h"
#include "schema/handlers.h"

/* ---------------------------------------------------------------- what is remembered */

void achievement_on_achievement_defined(struct achievement *achievement, const struct achievement_defined *event)
{
	*achievement = (struct achievement){
		.id = event->achievement, .exists = true, .course = event->course, .version = event->version};
}

void achievement_on_achievement_retired(struct achievement *achievement, const struct achievement_retired *event)
{
	achievement->retired = true;
}

void award_on_achievement_awarded(struct award *award, const struct achievement_awarded *event)
{
	*award = (struct award){.id = event->award, .achievement = event->achievement, .learner = event->learner};
}

void award_on_award_revoked(struct award *award, const struct award_revoked *event)
{
	award->revoked = true;
}

/* ---------------------------------------------------------------- who may */

/* What stands in the way of deciding about an achievement: of the course if there is one, else of the platform. */
static enum refusal keeper_obstacle(struct id of_course, const struct course *course, const struct user *user)
{
	if (id_present(of_course))
		return course_run_obstacle(course, user);
	if (!user_is_open(user) || !user_has_role(user, ROLE_admin))
		return REFUSAL_achievement_role_missing;
	return REFUSAL_none;
}

static enum refusal known_obstacle(const struct achievement *achievement, const struct course *course,
                                   const struct user *user)
{
	return achievement->exists ? keeper_obstacle(achievement->course, course, user) : REFUSAL_achievement_unknown;
}

static bool refused(struct decision *decision, enum refusal obstacle)
{
	if (obstacle != REFUSAL_none)
		refuse(decision, obstacle);
	return obstacle != REFUSAL_none;
}

/* ---------------------------------------------------------------- defining */

/* What either command wishes, as the event that it would be. */
#define DEFINITION(wish, of_course, number)                                                                            \
	(struct achievement_defined)                                                                                   \
	{                                                                                                              \
		.achievement = (wish)->achievement, .version = (number), .course = (of_course), .kind = (wish)->kind,  \
		.name = (wish)->name, .description = (wish)->description, .criteria = (wish)->criteria,                \
		.has_valid_days = (wish)->has_valid_days, .valid_days = (wish)->valid_days,                            \
		.trigger = (wish)->trigger, .item = (wish)->item, .times = (wish)->has_times ? (wish)->times : 1,      \
		.distinct = (wish)->distinct, .has_window_s = (wish)->has_window_s, .window_s = (wish)->window_s,      \
		.has_score_min = (wish)->has_score_min, .score_min = (wish)->score_min,                                \
		.has_streak_days = (wish)->has_streak_days, .streak_days = (wish)->streak_days                         \
	}

static void define(const struct achievement_defined *wanted, struct decision *decision)
{
	struct achievement_rule rule = achievement_rule_of(wanted);

	if (!achievement_rule_sensible(&rule))
		refuse(decision, REFUSAL_rule_contradictory);
	else
		decision_emit(decision, EVENT_achievement_defined, wanted, sizeof(*wanted));
}

void achievement_decide_define_achievement(const struct achievement *achievement, const struct course *course,
                                           const struct user *user, const struct define_achievement *command,
                                           struct decision *decision)
{
	struct achievement_defined wanted = DEFINITION(command, command->course, 1);

	if (refused(decision, keeper_obstacle(command->course, course, user)))
		return;
	if (achievement->exists)
		refuse(decision, REFUSAL_achievement_exists);
	else
		define(&wanted, decision);
}

void achievement_decide_revise_achievement(const struct achievement *achievement, const struct course *course,
                                           const struct user *user, const struct revise_achievement *command,
                                           struct decision *decision)
{
	struct achievement_defined wanted = DEFINITION(command, achievement->course, achievement->version + 1);

	if (refused(decision, known_obstacle(achievement, course, user)))
		return;
	if (achievement->retired)
		refuse(decision, REFUSAL_achievement_over);
	else
		define(&wanted, decision);
}

void achievement_decide_retire_achievement(const struct achievement *achievement, const struct course *course,
                                           const struct user *user, const struct retire_achievement *command,
                                           struct decision *decision)
{
	if (!refused(decision, known_obstacle(achievement, course, user)) && !achievement->retired)
		emit(decision, achievement_retired, .achievement = command->achievement);
}

/* ---------------------------------------------------------------- awards */

static enum refusal award_obstacle(const struct achievement *achievement, const struct user *user,
                                   const struct award_achievement *command)
{
	if (!achievement->exists)
		return REFUSAL_achievement_unknown;
	if (achievement->retired)
		return REFUSAL_achievement_over;
	if (achievement->version != command->version)
		return REFUSAL_rule_changed;
	if (!user->exists || user->erased)
		return REFUSAL_user_unknown;
	return REFUSAL_none;
}

/* Who has it has it, and who had it and lost it does not get it again. */
void achievement_decide_award_achievement(const struct achievement *achievement, const struct award *award,
                                          const struct user *user, const struct award_achievement *command,
                                          struct decision *decision)
{
	if (id_present(award->id) || refused(decision, award_obstacle(achievement, user, command)))
		return;
	emit(decision, achievement_awarded, .award = command->award, .achievement = command->achievement,
	     .history = command->history, .awards = award_register(), .learner = command->learner,
	     .version = command->version, .evidence = command->evidence);
}

void award_decide_revoke_award(const struct award *award, const struct achievement *achievement,
                               const struct course *course, const struct user *user, const struct revoke_award *command,
                               struct decision *decision)
{
	if (!id_present(award->id))
		refuse(decision, REFUSAL_award_unknown);
	else if (!refused(decision, known_obstacle(achievement, course, user)) && !award->revoked)
		emit(decision, award_revoked, .award = command->award, .achievement = award->achievement,
		     .history = history_id(award->learner), .learner = award->learner, .reason = command->reason);
}
