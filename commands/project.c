/* Projects: their document in revisions, who may see them, and what others make of them. Revisions are merged before
 * they come here; a decider only sees that what was merged with is still the latest. */
#include "commands/course_role.h"
#include "commands/decision.h"
#include "commands/learning/learner_id.h"
#include "commands/learning/revision_id.h"
#include "commands/project_role.h"
#include "commands/user.h"
#include "schema/handlers.h"

/* ---------------------------------------------------------------- what a project remembers */

void project_on_project_created(struct project *project, const struct project_created *event)
{
	*project = (struct project){.id = event->project,
	                            .exists = true,
	                            .creator = event->creator,
	                            .visibility = PROJECT_VISIBILITY_private};
}

void project_on_project_revised(struct project *project, const struct project_revised *event)
{
	project->revision = event->revision;
}

void project_on_project_shared(struct project *project, const struct project_shared *event)
{
	project->visibility = event->visibility;
	project->course = event->course;
}

void project_on_project_archived(struct project *project, const struct project_archived *event)
{
	project->archived = true;
}

void project_on_project_reopened(struct project *project, const struct project_reopened *event)
{
	project->archived = false;
}

void project_on_project_hidden(struct project *project, const struct project_hidden *event)
{
	project->hidden = true;
}

void project_on_project_shown(struct project *project, const struct project_shown *event)
{
	project->hidden = false;
}

void project_on_project_cleared(struct project *project, const struct project_cleared *event)
{
	project->cleared = true;
}

/* ---------------------------------------------------------------- the document */

/* A medium has a hash, all others a target; each has an id of its own. */
static bool attachments_fit(const struct list_of_project_attachment *attachments)
{
	for (uint32_t i = 0; i < attachments->count; i++) {
		const struct project_attachment *one = &attachments->items[i];
		bool                             medium = one->kind == ATTACHMENT_KIND_medium;

		if (medium == hash_equal(&one->medium, &(struct hash){0}) || medium == id_present(one->target))
			return false;
		for (uint32_t j = 0; j < i; j++)
			if (text_equal(one->id, attachments->items[j].id))
				return false;
	}
	return true;
}

/* An event's texts and lists are never absent. */
static void emit_revision(struct project_revised revision, struct decision *decision)
{
	static const struct project_tag        no_tag;
	static const struct project_attachment no_attachment;

	revision.content = revision_id("project_revision", revision.project, revision.revision);
	if (!revision.summary.data)
		revision.summary = TEXT("");
	if (!revision.body.data)
		revision.body = TEXT("");
	if (!revision.tags.items)
		revision.tags.items = &no_tag;
	if (!revision.attachments.items)
		revision.attachments.items = &no_attachment;
	decision_emit(decision, EVENT_project_revised, &revision, sizeof(revision));
}

void project_decide_create_project(const struct project *project, const struct user *user,
                                   const struct create_project *command, struct decision *decision)
{
	if (project->exists) {
		refuse(decision, REFUSAL_project_exists);
	} else if (!user_is_open(user)) {
		refuse(decision, REFUSAL_account_closed);
	} else if (!attachments_fit(&command->attachments)) {
		refuse(decision, REFUSAL_attachment_unfit);
	} else {
		emit(decision, project_created, .project = command->project, .history = command->history,
		     .creator = command->creator);
		emit(decision, project_joined, .project = command->project, .history = command->history,
		     .member = command->creator, .role = PROJECT_ROLE_owner);
		emit_revision((struct project_revised){.project = command->project,
		                                       .history = command->history,
		                                       .revision = 1,
		                                       .author = command->creator,
		                                       .cause = PROJECT_CAUSE_created,
		                                       .title = command->title,
		                                       .summary = command->summary,
		                                       .body = command->body,
		                                       .language = command->language,
		                                       .tags = command->tags,
		                                       .attachments = command->attachments},
		              decision);
	}
}

static enum refusal write_obstacle(const struct project *project, const struct user *user)
{
	enum refusal obstacle = project_obstacle(project, user, PROJECT_RIGHT_WRITE);

	return obstacle == REFUSAL_none && project->archived ? REFUSAL_project_archived : obstacle;
}

static enum refusal revise_obstacle(const struct project *project, const struct user *user,
                                    const struct revise_project *command)
{
	enum refusal obstacle = write_obstacle(project, user);

	if (obstacle != REFUSAL_none)
		return obstacle;
	if (command->seen > project->revision)
		return REFUSAL_revision_unknown;
	if (command->base != project->revision)
		return REFUSAL_revision_stale;
	return attachments_fit(&command->attachments) ? REFUSAL_none : REFUSAL_attachment_unfit;
}

void project_decide_revise_project(const struct project *project, const struct user *user,
                                   const struct revise_project *command, struct decision *decision)
{
	enum refusal obstacle = revise_obstacle(project, user, command);

	if (obstacle != REFUSAL_none)
		refuse(decision, obstacle);
	else
		emit_revision((struct project_revised){.project = command->project,
		                                       .history = command->history,
		                                       .revision = project->revision + 1,
		                                       .author = command->actor,
		                                       .cause = command->seen == command->base ? PROJECT_CAUSE_edited
		                                                                               : PROJECT_CAUSE_merged,
		                                       .title = command->title,
		                                       .summary = command->summary,
		                                       .body = command->merged,
		                                       .language = command->language,
		                                       .tags = command->tags,
		                                       .attachments = command->attachments},
		              decision);
}

void project_decide_restore_project(const struct project *project, const struct user *user,
                                    const struct restore_project *command, struct decision *decision)
{
	enum refusal obstacle = write_obstacle(project, user);

	if (obstacle == REFUSAL_none && command->revision > project->revision)
		obstacle = REFUSAL_revision_unknown;
	if (obstacle != REFUSAL_none)
		refuse(decision, obstacle);
	else if (command->revision < project->revision)
		emit_revision((struct project_revised){.project = command->project,
		                                       .history = command->history,
		                                       .revision = project->revision + 1,
		                                       .author = command->actor,
		                                       .cause = PROJECT_CAUSE_restored,
		                                       .has_restored = true,
		                                       .restored = command->revision,
		                                       .title = command->title,
		                                       .summary = command->summary,
		                                       .body = command->body,
		                                       .language = command->language,
		                                       .tags = command->tags,
		                                       .attachments = command->attachments},
		              decision);
}

/* ---------------------------------------------------------------- forks */

static enum refusal fork_obstacle(const struct project *origin, const struct project *project,
                                  const struct project_visitor *visitor, const struct fork_project *command)
{
	enum refusal obstacle = project_visit_obstacle(origin, visitor, PROJECT_RIGHT_SEE);

	if (obstacle != REFUSAL_none)
		return obstacle;
	if (command->copied > origin->revision
	    || (command->copied < origin->revision && !project_role_of(origin, command->actor)))
		return REFUSAL_revision_unknown;
	return project->exists ? REFUSAL_project_exists : REFUSAL_none;
}

void project_decide_fork_project(const struct project *origin, const struct project *project, const struct user *user,
                                 const struct enrolment *enrolment, const struct course *course,
                                 const struct fork_project *command, struct decision *decision)
{
	const struct project_visitor visitor = {
		.user = user, .id = command->actor, .enrolment = enrolment, .course = course};
	enum refusal obstacle = fork_obstacle(origin, project, &visitor, command);

	if (obstacle != REFUSAL_none) {
		refuse(decision, obstacle);
		return;
	}
	emit(decision, project_created, .project = command->fork, .history = command->history,
	     .creator = command->actor, .origin = command->project, .has_origin_revision = true,
	     .origin_revision = command->copied, .origin_author = command->origin_author);
	emit(decision, project_joined, .project = command->fork, .history = command->history, .member = command->actor,
	     .role = PROJECT_ROLE_owner);
	emit_revision((struct project_revised){.project = command->fork,
	                                       .history = command->history,
	                                       .revision = 1,
	                                       .author = command->actor,
	                                       .cause = PROJECT_CAUSE_forked,
	                                       .title = command->title,
	                                       .summary = command->summary,
	                                       .body = command->body,
	                                       .language = command->language,
	                                       .tags = command->tags,
	                                       .attachments = command->attachments},
	              decision);
	emit(decision, project_forked, .project = command->project, .revision = command->copied, .fork = command->fork);
}

/* ---------------------------------------------------------------- who sees it, and whether it rests */

static enum refusal share_obstacle(const struct project *project, const struct user *user,
                                   const struct enrolment *enrolment, const struct course *course,
                                   const struct share_project *command)
{
	enum refusal obstacle = project_obstacle(project, user, PROJECT_RIGHT_OWN);
	bool         of_course = command->visibility == PROJECT_VISIBILITY_course;

	if (obstacle != REFUSAL_none)
		return obstacle;
	if (of_course != id_present(command->course))
		return REFUSAL_course_missing;
	if (!of_course || course_role_of(course, command->actor))
		return REFUSAL_none;
	if (!course->exists)
		return REFUSAL_course_unknown;
	return enrolment->standing == ENROLMENT_STANDING_enrolled ? REFUSAL_none : REFUSAL_not_enrolled;
}

void project_decide_share_project(const struct project *project, const struct user *user,
                                  const struct enrolment *enrolment, const struct course *course,
                                  const struct share_project *command, struct decision *decision)
{
	enum refusal obstacle = share_obstacle(project, user, enrolment, course, command);

	if (obstacle != REFUSAL_none)
		refuse(decision, obstacle);
	else if (command->visibility != project->visibility || !id_equal(command->course, project->course))
		emit(decision, project_shared, .project = command->project, .visibility = command->visibility,
		     .course = command->course);
}

void project_decide_archive_project(const struct project *project, const struct user *user,
                                    const struct archive_project *command, struct decision *decision)
{
	enum refusal obstacle = project_obstacle(project, user, PROJECT_RIGHT_OWN);

	if (obstacle != REFUSAL_none)
		refuse(decision, obstacle);
	else if (!project->archived)
		emit(decision, project_archived, .project = command->project);
}

void project_decide_reopen_project(const struct project *project, const struct user *user,
                                   const struct reopen_project *command, struct decision *decision)
{
	enum refusal obstacle = project_obstacle(project, user, PROJECT_RIGHT_OWN);

	if (obstacle != REFUSAL_none)
		refuse(decision, obstacle);
	else if (project->archived)
		emit(decision, project_reopened, .project = command->project);
}

/* ---------------------------------------------------------------- moderation: routes let administrators alone */

void project_decide_hide_project(const struct project *project, const struct hide_project *command,
                                 struct decision *decision)
{
	if (!project->exists)
		refuse(decision, REFUSAL_project_unknown);
	else if (!project->hidden)
		emit(decision, project_hidden, .project = command->project, .creator = project->creator,
		     .reason = command->reason);
}

void project_decide_show_project(const struct project *project, const struct show_project *command,
                                 struct decision *decision)
{
	if (!project->exists)
		refuse(decision, REFUSAL_project_unknown);
	else if (project->hidden)
		emit(decision, project_shown, .project = command->project);
}

void project_decide_clear_project(const struct project *project, const struct clear_project *command,
                                  struct decision *decision)
{
	if (!project->exists)
		refuse(decision, REFUSAL_project_unknown);
	else
		emit(decision, project_cleared, .project = command->project);
}
