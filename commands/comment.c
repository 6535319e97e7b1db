/* What others say of projects: comments, likes and reports. */
#include "commands/decision.h"
#include "commands/project_role.h"
#include "commands/user.h"
#include "schema/handlers.h"

void comment_on_comment_written(struct comment *comment, const struct comment_written *event)
{
	*comment = (struct comment){.id = event->comment,
	                            .exists = true,
	                            .answers = id_present(event->parent),
	                            .project = event->project,
	                            .author = event->author};
}

void comment_on_comment_changed(struct comment *comment, const struct comment_changed *event)
{
}

void comment_on_comment_deleted(struct comment *comment, const struct comment_deleted *event)
{
	comment->deleted = true;
}

void project_like_on_project_liked(struct project_like *like, const struct project_liked *event)
{
	like->liked = true;
}

void project_like_on_project_unliked(struct project_like *like, const struct project_unliked *event)
{
	like->liked = false;
}

void project_report_on_project_reported(struct project_report *report, const struct project_reported *event)
{
	report->exists = true;
}

/* ---------------------------------------------------------------- comments */

static enum refusal answer_obstacle(const struct comment *answered, const struct comment_project *command)
{
	if (!id_present(command->parent))
		return REFUSAL_none;
	if (!answered->exists || answered->deleted || !id_equal(answered->project, command->project))
		return REFUSAL_comment_unknown;
	return answered->answers ? REFUSAL_comment_deep : REFUSAL_none;
}

void project_decide_comment_project(const struct project *project, const struct user *user,
                                    const struct enrolment *enrolment, const struct course *course,
                                    const struct comment *comment, const struct comment *answered,
                                    const struct comment_project *command, struct decision *decision)
{
	const struct project_visitor visitor = {
		.user = user, .id = command->author, .enrolment = enrolment, .course = course};
	enum refusal obstacle = project_visit_obstacle(project, &visitor, PROJECT_RIGHT_COMMENT);

	if (obstacle == REFUSAL_none && comment->exists)
		obstacle = REFUSAL_comment_exists;
	if (obstacle == REFUSAL_none)
		obstacle = answer_obstacle(answered, command);
	if (obstacle != REFUSAL_none)
		refuse(decision, obstacle);
	else
		emit(decision, comment_written, .comment = command->comment, .history = command->history,
		     .project = command->project, .revision = project->revision, .author = command->author,
		     .parent = command->parent, .text = command->text);
}

void comment_decide_change_comment(const struct comment *comment, const struct user *user,
                                   const struct change_comment *command, struct decision *decision)
{
	bool theirs = comment->exists && !comment->deleted && id_equal(comment->project, command->project)
	              && id_equal(comment->author, command->author);

	if (!theirs)
		refuse(decision, REFUSAL_comment_unknown);
	else if (!user_is_open(user))
		refuse(decision, REFUSAL_account_closed);
	else
		emit(decision, comment_changed, .comment = command->comment, .history = command->history,
		     .project = command->project, .author = command->author, .text = command->text);
}

void comment_decide_delete_comment(const struct comment *comment, const struct project *project,
                                   const struct user *user, const struct delete_comment *command,
                                   struct decision *decision)
{
	bool there = comment->exists && id_equal(comment->project, command->project);
	bool theirs = id_equal(comment->author, command->actor)
	              || project_obstacle(project, user, PROJECT_RIGHT_OWN) == REFUSAL_none;

	if (!there || !theirs)
		refuse(decision, REFUSAL_comment_unknown);
	else if (!comment->deleted)
		emit(decision, comment_deleted, .comment = command->comment, .project = command->project);
}

/* ---------------------------------------------------------------- likes and reports */

void project_decide_like_project(const struct project *project, const struct user *user,
                                 const struct enrolment *enrolment, const struct course *course,
                                 const struct project_like *project_like, const struct like_project *command,
                                 struct decision *decision)
{
	const struct project_visitor visitor = {
		.user = user, .id = command->fan, .enrolment = enrolment, .course = course};
	enum refusal obstacle = project_visit_obstacle(project, &visitor, PROJECT_RIGHT_SEE);

	if (obstacle != REFUSAL_none)
		refuse(decision, obstacle);
	else if (!project_like->liked)
		emit(decision, project_liked, .like = command->like, .history = command->history,
		     .project = command->project, .fan = command->fan);
}

void project_decide_unlike_project(const struct project *project, const struct project_like *project_like,
                                   const struct unlike_project *command, struct decision *decision)
{
	if (!project_like->liked)
		return; /* nothing to take back */
	emit(decision, project_unliked, .like = command->like, .history = command->history, .project = command->project,
	     .fan = command->fan);
}

void project_decide_report_project(const struct project *project, const struct user *user,
                                   const struct enrolment *enrolment, const struct course *course,
                                   const struct project_report *project_report, const struct report_project *command,
                                   struct decision *decision)
{
	const struct project_visitor visitor = {
		.user = user, .id = command->reporter, .enrolment = enrolment, .course = course};
	enum refusal obstacle = project_visit_obstacle(project, &visitor, PROJECT_RIGHT_SEE);

	if (obstacle != REFUSAL_none)
		refuse(decision, obstacle);
	else if (!project_report->exists || project->cleared)
		emit(decision, project_reported, .report = command->report, .history = command->history,
		     .project = command->project, .reporter = command->reporter, .reason = command->reason);
}
