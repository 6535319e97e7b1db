/* Revisions before they are sent: what a patch and a text become beside what others saved since, what is restored or
 * forked, and that a text can be read and shows what is there. All on worker threads, from the log. */
#include "api/exchange.h"
#include "api/media_store.h"
#include "api/preparation.h"
#include "api/project_log.h"
#include "api/project_merge.h"
#include "api/text_check.h"
#include "commands/learning/learner_id.h"
#include "commands/learning/project_right.h"
#include "commands/learning/revision_id.h"
#include "schema/commands.h"

struct editing {
	struct reader          *reader;
	struct project_standing standing;
	enum refusal            refusal; /* found on the worker */
	struct project_edit     edit;
	struct project_merged   merged;
};

/* ---------------------------------------------------------------- what every edit needs */

/* The log is open as long as the work runs, and not while the exchange waits to go on: it may be over by then. */
static void run_with_log(struct work *work, enum status (*edit)(struct exchange *exchange))
{
	struct exchange *exchange = container_of(work, struct exchange, work);
	struct editing  *editing = exchange->kept;

	exchange->status = reader_open(exchange->lane->service->data, &editing->reader);
	if (exchange->status != STATUS_OK)
		return;
	exchange->status = edit(exchange);
	reader_close(editing->reader);
	editing->reader = NULL;
}

static enum status find_standing(struct exchange *exchange)
{
	struct editing  *editing = exchange->kept;
	const struct id *project = exchange_field(exchange, "project");

	return project_log_standing(editing->reader, *project, exchange->claims.user, &editing->standing);
}

/* As the decider would say it (commands/project_role.h), before anybody is shown what others wrote. */
static enum refusal write_obstacle(const struct exchange *exchange)
{
	const struct editing *editing = exchange->kept;
	bool                  admin = exchange->claims.roles & TOKEN_ROLE(ROLE_admin);

	if (!editing->standing.exists || !(editing->standing.role || admin || editing->standing.open))
		return REFUSAL_project_unknown;
	return project_role_gives(editing->standing.role, PROJECT_RIGHT_WRITE) ? REFUSAL_none
	                                                                       : REFUSAL_project_role_missing;
}

/* NULL when there is none, or a failure in `status`. */
static const struct project_revised *read_revision(struct exchange *exchange, uint32_t revision, enum status *status)
{
	struct editing               *editing = exchange->kept;
	const struct id               project = *(const struct id *)exchange_field(exchange, "project");
	const struct project_revised *found = NULL;

	*status = project_log_revision(editing->reader, keys_opener(exchange->lane->service->keys),
	                               revision_id("project_revision", project, revision), &exchange->arena, &found);
	if (*status == STATUS_NOT_FOUND) {
		editing->refusal = REFUSAL_revision_unknown;
		*status = STATUS_OK;
	}
	return found;
}

static void fill_document(struct exchange *exchange, const struct project_document *document)
{
	*(struct text *)exchange_field(exchange, "title") = document->title;
	*(struct text *)exchange_field(exchange, "summary") = document->summary;
	*(struct text *)exchange_field(exchange, "language") = document->language;
	*(struct list_of_project_tag *)exchange_field(exchange, "tags") = document->tags;
	*(struct list_of_project_attachment *)exchange_field(exchange, "attachments") = document->attachments;
}

static enum status complain(struct editing *editing, struct text pointer, struct text sentence)
{
	struct complaints *complaints = &editing->merged.complaints;

	if (complaints->count < COMPLAINTS_MAX)
		complaints->items[complaints->count++] = (struct complaint){.pointer = pointer, .sentence = sentence};
	return STATUS_INVALID;
}

static bool note_number(void *owner, const struct record *record)
{
	*(uint16_t *)owner = record->number;
	return false;
}

/* Whatever is attached says by the first event of its stream what it is. */
static enum status check_target(struct editing *editing, const struct project_attachment *attachment, bool *there)
{
	static const uint16_t begins_with[] = {
		[ATTACHMENT_KIND_simulation] = EVENT_simulation_created,
		[ATTACHMENT_KIND_run] = EVENT_simulation_run_requested,
		[ATTACHMENT_KIND_lesson] = EVENT_lesson_written,
	};
	uint16_t    number = 0;
	enum status status = reader_stream(editing->reader, attachment->target, 1, 1, note_number, &number);

	*there = number == begins_with[attachment->kind];
	return status;
}

/* What has neither hash nor target, or the wrong one, is for the decider to refuse. */
static enum status check_attachment(struct exchange *exchange, const struct project_attachment *attachment, uint32_t i)
{
	struct editing *editing = exchange->kept;
	const char     *data = config_path(exchange->lane->service->config, CONFIG_DATA);
	bool            medium = attachment->kind == ATTACHMENT_KIND_medium, there = true;
	enum status     status = STATUS_OK;

	if (medium)
		there = media_store_has(data, &attachment->medium);
	else if (id_present(attachment->target))
		status = check_target(editing, attachment, &there);
	if (status != STATUS_OK || there)
		return status;
	return complain(editing, arena_format(&exchange->arena, "/attachments/%u/%s", i, medium ? "medium" : "target"),
	                TEXT("is nothing of this kind that is there"));
}

/* The text can be read, and what is shown and attached is there. */
static enum status check_content(struct exchange *exchange, struct text body,
                                 const struct list_of_project_attachment *attachments)
{
	struct editing *editing = exchange->kept;
	struct text     mistake;
	enum status     status = STATUS_OK, wrong;

	if (body.data)
		status = text_check(body, config_path(exchange->lane->service->config, CONFIG_DATA), &exchange->arena,
		                    &mistake);
	if (status == STATUS_INVALID)
		complain(editing, TEXT("/body"), mistake);
	for (uint32_t i = 0; i < attachments->count && (status == STATUS_OK || status == STATUS_INVALID); i++) {
		wrong = check_attachment(exchange, &attachments->items[i], i);
		status = wrong == STATUS_OK ? status : wrong;
	}
	return status;
}

static enum pace say_conflict(struct exchange *exchange)
{
	const struct editing *editing = exchange->kept;
	struct problem        problem = {
		       .http = refusal_types[REFUSAL_edit_conflict].http,
		       .name = refusal_types[REFUSAL_edit_conflict].name,
		       .title = text_from(refusal_types[REFUSAL_edit_conflict].sentence),
		       .more = project_merge_conflicts(&editing->edit, &editing->merged, &exchange->arena),
        };

	return exchange_problem(exchange, &problem);
}

static enum pace judge(struct exchange *exchange)
{
	struct editing *editing = exchange->kept;

	if (exchange->status == STATUS_INVALID)
		return exchange_invalid(exchange, &editing->merged.complaints);
	if (exchange->status == STATUS_CONFLICT)
		return say_conflict(exchange);
	if (exchange->status != STATUS_OK)
		return exchange_fail(exchange, exchange->status);
	return editing->refusal == REFUSAL_none ? GO_ON : exchange_refuse(exchange, editing->refusal, 0);
}

static enum pace begin(struct exchange *exchange, void (*run)(struct work *work))
{
	exchange->kept = arena_new(&exchange->arena, struct editing);
	return exchange_work(exchange, run);
}

/* ---------------------------------------------------------------- a new project */

static enum status check_project(struct exchange *exchange)
{
	const struct create_project *command = exchange->input;

	return check_content(exchange, command->body, &command->attachments);
}

static void run_create(struct work *work)
{
	run_with_log(work, check_project);
}

static enum pace check_new(struct exchange *exchange)
{
	return begin(exchange, run_create);
}

static exchange_step *const create_steps[] = {check_new, judge, NULL};
const struct preparation    preparation_project_create = {.steps = create_steps, .decides_alone = true};

/* ---------------------------------------------------------------- an edit */

static enum status merge_edit(struct exchange *exchange)
{
	struct editing        *editing = exchange->kept;
	struct revise_project *command = exchange->input;
	enum status            status;

	editing->edit = (struct project_edit){.body = command->body, .patch = command->patch};
	editing->edit.base = read_revision(exchange, command->seen, &status);
	if (status == STATUS_OK)
		editing->edit.ours = read_revision(exchange, editing->standing.revision, &status);
	if (status != STATUS_OK || editing->refusal != REFUSAL_none)
		return status;
	status = project_merge(&editing->edit, &exchange->arena, &editing->merged);
	if (status == STATUS_OK)
		status = check_content(exchange, editing->merged.body, &editing->merged.document->attachments);
	if (status != STATUS_OK)
		return status;
	fill_document(exchange, editing->merged.document);
	command->merged = editing->merged.body;
	command->base = editing->standing.revision;
	return STATUS_OK;
}

static enum status revise(struct exchange *exchange)
{
	struct editing *editing = exchange->kept;
	enum status     status = find_standing(exchange);

	if (status != STATUS_OK)
		return status;
	editing->refusal = write_obstacle(exchange);
	return editing->refusal == REFUSAL_none ? merge_edit(exchange) : STATUS_OK;
}

static void run_revise(struct work *work)
{
	run_with_log(work, revise);
}

static enum pace merge(struct exchange *exchange)
{
	return begin(exchange, run_revise);
}

static exchange_step *const revise_steps[] = {merge, judge, NULL};
const struct preparation    preparation_project_revise = {.steps = revise_steps, .recalls_first = true};

/* ---------------------------------------------------------------- an earlier revision again */

static void fill_copy(struct exchange *exchange, const struct project_revised *revision)
{
	struct project_document document = project_document_of(revision);

	fill_document(exchange, &document);
	*(struct text *)exchange_field(exchange, "body") = revision->body;
}

/* A revision whose author was erased has no title, and nothing in it that could be brought back. */
static enum status copy_revision(struct exchange *exchange, uint32_t wanted)
{
	struct editing               *editing = exchange->kept;
	enum status                   status;
	const struct project_revised *revision = read_revision(exchange, wanted, &status);

	if (revision && revision->title.size == 0)
		editing->refusal = REFUSAL_revision_unknown;
	else if (revision)
		fill_copy(exchange, revision);
	return status;
}

static enum status restore(struct exchange *exchange)
{
	const struct restore_project *command = exchange->input;
	struct editing               *editing = exchange->kept;
	enum status                   status = find_standing(exchange);

	if (status != STATUS_OK)
		return status;
	editing->refusal = write_obstacle(exchange);
	return editing->refusal == REFUSAL_none ? copy_revision(exchange, command->revision) : STATUS_OK;
}

static void run_restore(struct work *work)
{
	run_with_log(work, restore);
}

static enum pace read_earlier(struct exchange *exchange)
{
	return begin(exchange, run_restore);
}

static exchange_step *const restore_steps[] = {read_earlier, judge, NULL};
const struct preparation    preparation_project_restore = {.steps = restore_steps};

/* ---------------------------------------------------------------- a fork */

/* Whether the caller may see it is for the decider to say: what was copied is told to nobody before, nor that there is
 * a project without such a revision. */
static enum status copy_origin(struct exchange *exchange)
{
	struct editing      *editing = exchange->kept;
	struct fork_project *command = exchange->input;
	enum status          status = find_standing(exchange);

	if (status != STATUS_OK)
		return status;
	if (!editing->standing.exists) {
		editing->refusal = REFUSAL_project_unknown;
		return STATUS_OK;
	}
	command->copied = command->has_revision ? command->revision : editing->standing.revision;
	command->origin_author = editing->standing.creator;
	if (id_present(editing->standing.course))
		command->enrolment = enrolment_id(editing->standing.course, command->actor);
	status = copy_revision(exchange, command->copied);
	if (editing->refusal != REFUSAL_none && !editing->standing.role && !editing->standing.open)
		editing->refusal = REFUSAL_project_unknown;
	return status;
}

static void run_fork(struct work *work)
{
	run_with_log(work, copy_origin);
}

static enum pace read_origin(struct exchange *exchange)
{
	return begin(exchange, run_fork);
}

static exchange_step *const fork_steps[] = {read_origin, judge, NULL};
const struct preparation    preparation_project_fork = {.steps = fork_steps, .recalls_first = true};
