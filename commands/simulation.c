/* Simulations: their owner writes versions of a scene, with those of a project if it is lent to one, and says who may
 * see it. Whether a scene can be run, the API
 * looks at before; it reads what others own for those who may see it. */
#include "commands/simulation.h"

#include "commands/course_role.h"
#include "commands/decision.h"
#include "commands/project_role.h"
#include "commands/user.h"
#include "schema/handlers.h"

/* ---------------------------------------------------------------- what is remembered */

void simulation_on_simulation_created(struct simulation *simulation, const struct simulation_created *event)
{
	*simulation = (struct simulation){.id = event->simulation,
	                                  .exists = true,
	                                  .owner = event->owner,
	                                  .visibility = SIMULATION_VISIBILITY_private};
}

void simulation_on_scene_written(struct simulation *simulation, const struct scene_written *event)
{
	simulation->version = event->version;
}

void simulation_on_simulation_described(struct simulation *simulation, const struct simulation_described *event)
{
}

void simulation_on_simulation_shared(struct simulation *simulation, const struct simulation_shared *event)
{
	simulation->visibility = event->visibility;
	simulation->course = event->course;
}

void simulation_on_simulation_lent(struct simulation *simulation, const struct simulation_lent *event)
{
	simulation->project = event->project;
}

void simulation_on_simulation_archived(struct simulation *simulation, const struct simulation_archived *event)
{
	simulation->archived = true;
}

void simulation_on_simulation_reopened(struct simulation *simulation, const struct simulation_reopened *event)
{
	simulation->archived = false;
}

/* ---------------------------------------------------------------- who may */

static bool is_owner(const struct simulation *simulation, const struct user *user)
{
	return user->exists && id_equal(simulation->owner, user->id);
}

/* What others keep to themselves is unknown to everybody else. */
static enum refusal change_obstacle(const struct simulation *simulation, const struct user *user)
{
	if (!simulation->exists
	    || (!is_owner(simulation, user) && simulation->visibility == SIMULATION_VISIBILITY_private))
		return REFUSAL_simulation_unknown;
	if (!is_owner(simulation, user))
		return REFUSAL_simulation_not_yours;
	return user_is_open(user) ? REFUSAL_none : REFUSAL_account_closed;
}

/* ---------------------------------------------------------------- beginning */

void simulation_decide_create_simulation(const struct simulation *simulation, const struct user *user,
                                         const struct create_simulation *command, struct decision *decision)
{
	if (!user_is_open(user)) {
		refuse(decision, REFUSAL_account_closed);
	} else if (simulation->exists) {
		refuse(decision, REFUSAL_simulation_exists);
	} else {
		emit(decision, simulation_created, .simulation = command->simulation, .history = command->history,
		     .owner = command->actor, .title = command->title, .description = command->description);
		emit(decision, scene_written, .simulation = command->simulation, .version = 1,
		     .packed = command->packed, .scene_hash = command->scene_hash, .mode = command->mode);
	}
}

/* Who may see the parent, and what its version holds, the API has looked at. */
static enum refusal fork_obstacle(const struct simulation *simulation, const struct simulation *origin,
                                  const struct user *user, uint32_t version)
{
	if (!user_is_open(user))
		return REFUSAL_account_closed;
	if (!origin->exists)
		return REFUSAL_simulation_unknown;
	if (version == 0 || version > origin->version)
		return REFUSAL_simulation_version_unknown;
	return simulation->exists ? REFUSAL_simulation_exists : REFUSAL_none;
}

void simulation_decide_fork_simulation(const struct simulation *simulation, const struct simulation *origin,
                                       const struct user *user, const struct fork_simulation *command,
                                       struct decision *decision)
{
	enum refusal obstacle = fork_obstacle(simulation, origin, user, command->of_version);

	if (obstacle != REFUSAL_none) {
		refuse(decision, obstacle);
	} else {
		emit(decision, simulation_created, .simulation = command->simulation, .history = command->history,
		     .owner = command->actor, .title = command->title, .description = command->description,
		     .parent = command->parent, .has_parent_version = true, .parent_version = command->of_version);
		emit(decision, scene_written, .simulation = command->simulation, .version = 1,
		     .packed = command->packed, .scene_hash = command->scene_hash, .mode = command->mode);
	}
}

/* ---------------------------------------------------------------- changing */

/* The owner, and who may write the project that it is lent to. */
static enum refusal author_obstacle(const struct simulation *simulation, const struct project *project,
                                    const struct user *user)
{
	bool lent = simulation->exists && id_present(simulation->project);

	if (lent && project_obstacle(project, user, PROJECT_RIGHT_WRITE) == REFUSAL_none)
		return REFUSAL_none;
	if (lent && user->exists && project_role_of(project, user->id) != 0 && !is_owner(simulation, user))
		return REFUSAL_simulation_not_yours;
	return change_obstacle(simulation, user);
}

/* `begun` is the version that the new one was made of. */
static enum refusal write_obstacle(const struct simulation *simulation, const struct project *project,
                                   const struct user *user, uint32_t begun)
{
	enum refusal obstacle = author_obstacle(simulation, project, user);

	if (obstacle != REFUSAL_none)
		return obstacle;
	if (simulation->archived)
		return REFUSAL_simulation_closed;
	if (begun != simulation->version)
		return REFUSAL_revision_stale;
	return simulation->version == SIMULATION_VERSIONS_MAX ? REFUSAL_simulation_full : REFUSAL_none;
}

void simulation_decide_write_scene(const struct simulation *simulation, const struct user *user,
                                   const struct project *project, const struct write_scene *command,
                                   struct decision *decision)
{
	uint32_t     begun = command->has_seen ? command->seen : simulation->version;
	enum refusal obstacle = write_obstacle(simulation, project, user, begun);

	if (obstacle != REFUSAL_none)
		refuse(decision, obstacle);
	else
		emit(decision, scene_written, .simulation = command->simulation, .version = simulation->version + 1,
		     .packed = command->packed, .scene_hash = command->scene_hash, .mode = command->mode);
}

/* The API has brought the edit together with the version that it found to be the latest. */
void simulation_decide_edit_scene(const struct simulation *simulation, const struct user *user,
                                  const struct project *project, const struct edit_scene *command,
                                  struct decision *decision)
{
	enum refusal obstacle = write_obstacle(simulation, project, user, command->base);

	if (obstacle != REFUSAL_none)
		refuse(decision, obstacle);
	else
		emit(decision, scene_written, .simulation = command->simulation, .version = simulation->version + 1,
		     .packed = command->packed, .scene_hash = command->scene_hash, .mode = command->mode);
}

void simulation_decide_describe_simulation(const struct simulation *simulation, const struct user *user,
                                           const struct describe_simulation *command, struct decision *decision)
{
	enum refusal obstacle = change_obstacle(simulation, user);

	if (obstacle != REFUSAL_none)
		refuse(decision, obstacle);
	else if (command->title.data || command->description.data)
		emit(decision, simulation_described, .simulation = command->simulation, .owner = simulation->owner,
		     .title = command->title, .description = command->description);
}

/* A course's staff alone may show something to the course. */
static enum refusal share_obstacle(const struct simulation *simulation, const struct course *course,
                                   const struct user *user, const struct share_simulation *command)
{
	enum refusal obstacle = change_obstacle(simulation, user);
	bool         with_course = command->visibility == SIMULATION_VISIBILITY_course;

	if (obstacle != REFUSAL_none)
		return obstacle;
	if (with_course != id_present(command->course))
		return REFUSAL_course_missing;
	return with_course ? course_write_obstacle(course, user) : REFUSAL_none;
}

void simulation_decide_share_simulation(const struct simulation *simulation, const struct course *course,
                                        const struct user *user, const struct share_simulation *command,
                                        struct decision *decision)
{
	enum refusal obstacle = share_obstacle(simulation, course, user, command);

	if (obstacle != REFUSAL_none)
		refuse(decision, obstacle);
	else if (command->visibility != simulation->visibility || !id_equal(command->course, simulation->course))
		emit(decision, simulation_shared, .simulation = command->simulation, .visibility = command->visibility,
		     .course = command->course);
}

void simulation_decide_lend_simulation(const struct simulation *simulation, const struct project *project,
                                       const struct user *user, const struct lend_simulation *command,
                                       struct decision *decision)
{
	enum refusal obstacle = change_obstacle(simulation, user);

	if (obstacle == REFUSAL_none)
		obstacle = project_obstacle(project, user, PROJECT_RIGHT_WRITE);
	if (obstacle != REFUSAL_none)
		refuse(decision, obstacle);
	else if (!id_equal(simulation->project, command->project))
		emit(decision, simulation_lent, .simulation = command->simulation, .project = command->project);
}

void simulation_decide_take_back_simulation(const struct simulation *simulation, const struct user *user,
                                            const struct take_back_simulation *command, struct decision *decision)
{
	enum refusal obstacle = change_obstacle(simulation, user);

	if (obstacle != REFUSAL_none)
		refuse(decision, obstacle);
	else if (id_present(simulation->project))
		emit(decision, simulation_lent, .simulation = command->simulation);
}

void simulation_decide_archive_simulation(const struct simulation *simulation, const struct user *user,
                                          const struct archive_simulation *command, struct decision *decision)
{
	enum refusal obstacle = change_obstacle(simulation, user);

	if (obstacle != REFUSAL_none)
		refuse(decision, obstacle);
	else if (!simulation->archived)
		emit(decision, simulation_archived, .simulation = command->simulation);
}

void simulation_decide_reopen_simulation(const struct simulation *simulation, const struct user *user,
                                         const struct reopen_simulation *command, struct decision *decision)
{
	enum refusal obstacle = change_obstacle(simulation, user);

	if (obstacle != REFUSAL_none)
		refuse(decision, obstacle);
	else if (simulation->archived)
		emit(decision, simulation_reopened, .simulation = command->simulation);
}
