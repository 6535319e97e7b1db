/* Who takes part in a project: invitations, roles, and that somebody always owns it. */
#include "commands/decision.h"
#include "commands/learning/learner_id.h"
#include "commands/project_role.h"
#include "commands/user.h"
#include "eventstore/base/require.h"
#include "schema/handlers.h"

/* ---------------------------------------------------------------- what a project remembers of people */

static uint32_t place_of(const struct project_member *people, uint32_t count, struct id user)
{
	uint32_t place = 0;

	while (place < count && !id_equal(people[place].user, user))
		place++;
	return place;
}

static void put(struct project_member *people, uint32_t *count, uint32_t most, struct project_member person)
{
	uint32_t place = place_of(people, *count, person.user);

	require(place < most);
	people[place] = person;
	if (place == *count)
		++*count;
}

static void take(struct project_member *people, uint32_t *count, struct id user)
{
	uint32_t place = place_of(people, *count, user);

	if (place < *count)
		people[place] = people[--*count];
}

void project_on_project_invited(struct project *project, const struct project_invited *event)
{
	put(project->invited, &project->invited_count, array_count(project->invited),
	    (struct project_member){.user = event->member, .role = event->role});
}

void project_on_project_invitation_ended(struct project *project, const struct project_invitation_ended *event)
{
	take(project->invited, &project->invited_count, event->member);
}

void project_on_project_joined(struct project *project, const struct project_joined *event)
{
	put(project->members, &project->members_count, array_count(project->members),
	    (struct project_member){.user = event->member, .role = event->role});
}

void project_on_project_left(struct project *project, const struct project_left *event)
{
	take(project->members, &project->members_count, event->member);
}

static enum project_role invited_role(const struct project *project, struct id user)
{
	uint32_t place = place_of(project->invited, project->invited_count, user);

	return place < project->invited_count ? project->invited[place].role : 0;
}

/* ---------------------------------------------------------------- invitations */

static enum refusal invite_obstacle(const struct project *project, const struct user *user, const struct user *person,
                                    const struct invite_to_project *command)
{
	enum refusal obstacle = project_obstacle(project, user, PROJECT_RIGHT_OWN);

	if (obstacle != REFUSAL_none)
		return obstacle;
	if (!person->exists || person->erased)
		return REFUSAL_user_unknown;
	if (project_role_of(project, command->member))
		return REFUSAL_project_joined_already;
	if (!invited_role(project, command->member)
	    && project->members_count + project->invited_count >= array_count(project->members))
		return REFUSAL_project_full;
	return REFUSAL_none;
}

void project_decide_invite_to_project(const struct project *project, const struct user *user, const struct user *person,
                                      const struct invite_to_project *command, struct decision *decision)
{
	enum refusal obstacle = invite_obstacle(project, user, person, command);

	if (obstacle != REFUSAL_none)
		refuse(decision, obstacle);
	else if (invited_role(project, command->member) != command->role)
		emit(decision, project_invited, .project = command->project, .member = command->member,
		     .role = command->role);
}

/* Who was not invited is not told that there is such a project. */
void project_decide_accept_project(const struct project *project, const struct user *user,
                                   const struct accept_project *command, struct decision *decision)
{
	enum project_role role = invited_role(project, command->actor);

	if (!user_is_open(user)) {
		refuse(decision, REFUSAL_account_closed);
	} else if (!role && !project_role_of(project, command->actor)) {
		refuse(decision, REFUSAL_project_unknown);
	} else if (role && project->members_count == array_count(project->members)) {
		refuse(decision, REFUSAL_project_full);
	} else if (role) {
		emit(decision, project_invitation_ended, .project = command->project, .member = command->actor,
		     .cause = INVITATION_END_accepted);
		emit(decision, project_joined, .project = command->project, .history = command->history,
		     .member = command->actor, .role = role);
	}
}

void project_decide_end_project_invitation(const struct project *project, const struct user *user,
                                           const struct end_project_invitation *command, struct decision *decision)
{
	bool         invited = invited_role(project, command->member);
	bool         declines = invited && id_equal(command->member, command->actor);
	enum refusal obstacle = declines ? REFUSAL_none : project_obstacle(project, user, PROJECT_RIGHT_OWN);

	if (obstacle != REFUSAL_none)
		refuse(decision, obstacle);
	else if (!invited)
		refuse(decision, REFUSAL_project_uninvited);
	else
		emit(decision, project_invitation_ended, .project = command->project, .member = command->member,
		     .cause = declines ? INVITATION_END_declined : INVITATION_END_withdrawn);
}

/* ---------------------------------------------------------------- roles */

/* Would nobody own the project without this one? */
static bool is_last_owner(const struct project *project, struct id user)
{
	uint32_t others = 0;

	for (uint32_t i = 0; i < project->members_count; i++)
		others += project->members[i].role == PROJECT_ROLE_owner && !id_equal(project->members[i].user, user);
	return others == 0 && project_role_of(project, user) == PROJECT_ROLE_owner;
}

void project_decide_change_project_role(const struct project *project, const struct user *user,
                                        const struct change_project_role *command, struct decision *decision)
{
	enum refusal      obstacle = project_obstacle(project, user, PROJECT_RIGHT_OWN);
	enum project_role role = project_role_of(project, command->member);

	if (obstacle != REFUSAL_none)
		refuse(decision, obstacle);
	else if (!role)
		refuse(decision, REFUSAL_member_unknown);
	else if (role == command->role)
		return; /* it is so */
	else if (is_last_owner(project, command->member))
		refuse(decision, REFUSAL_owner_needed);
	else
		emit(decision, project_joined, .project = command->project, .history = command->history,
		     .member = command->member, .role = command->role);
}

void project_decide_leave_project(const struct project *project, const struct user *user,
                                  const struct leave_project *command, struct decision *decision)
{
	bool         member = project_role_of(project, command->member);
	bool         leaves = member && id_equal(command->member, command->actor);
	enum refusal obstacle = leaves ? REFUSAL_none : project_obstacle(project, user, PROJECT_RIGHT_OWN);

	if (obstacle != REFUSAL_none)
		refuse(decision, obstacle);
	else if (!member)
		refuse(decision, REFUSAL_member_unknown);
	else if (is_last_owner(project, command->member))
		refuse(decision, REFUSAL_owner_needed);
	else
		emit(decision, project_left, .project = command->project, .history = command->history,
		     .member = command->member);
}

/* An administrator who is no owner steps back from nothing. */
void project_decide_hand_over_project(const struct project *project, const struct user *user,
                                      const struct user *successor, const struct hand_over_project *command,
                                      struct decision *decision)
{
	enum refusal obstacle = project_obstacle(project, user, PROJECT_RIGHT_OWN);

	if (obstacle == REFUSAL_none && (!project_role_of(project, command->member) || !user_is_open(successor)))
		obstacle = REFUSAL_member_unknown;
	if (obstacle != REFUSAL_none) {
		refuse(decision, obstacle);
		return;
	}
	if (id_equal(command->member, command->actor))
		return; /* it is theirs */
	if (project_role_of(project, command->member) != PROJECT_ROLE_owner)
		emit(decision, project_joined, .project = command->project, .history = command->successor_history,
		     .member = command->member, .role = PROJECT_ROLE_owner);
	if (project_role_of(project, command->actor) == PROJECT_ROLE_owner)
		emit(decision, project_joined, .project = command->project, .history = command->history,
		     .member = command->actor, .role = PROJECT_ROLE_editor);
}
