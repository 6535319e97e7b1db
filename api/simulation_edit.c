/* PATCH /simulations/{simulation}/scene: an edit of the version that its author saw, brought together with what was
 * written since. Both are read, merged and looked at here; the decider only holds the edit to the version that was the
 * latest then, so that whoever comes in between is not overwritten. */
#include "api/preparation.h"
#include "api/simulation_access.h"
#include "api/simulation_look.h"
#include "commands/merging/json_merge.h"
#include "eventstore/base/require.h"
#include "physics/scene/packed.h"

struct scene_edit {
	struct scene_look         look; /* the first member: simulation_look_judge takes it for the whole */
	struct kept_scene         seen, latest;
	struct json_merge         merge;
	struct json_patch_mistake mistake;
	bool                      mistaken; /* the operations are no patch, or do not fit */
};

/* ---------------------------------------------------------------- both versions */

static enum pace ask_seen(struct exchange *exchange)
{
	const struct edit_scene *asked = exchange->input;

	return simulation_scene_ask(exchange, asked->simulation, asked->seen);
}

static enum pace ask_latest(struct exchange *exchange)
{
	const struct edit_scene *asked = exchange->input;
	struct scene_edit       *edit = arena_new(&exchange->arena, struct scene_edit);

	exchange->own = edit;
	edit->look.member = "/scene";
	edit->look.pose.audience = simulation_audience(exchange);
	if (simulation_scene_take(exchange, &edit->seen) == DONE)
		return DONE;
	return simulation_scene_ask(exchange, asked->simulation, 0);
}

/* ---------------------------------------------------------------- on a worker thread */

static enum status read_tree(struct kept_scene *kept, struct arena *arena, const struct json_node **out)
{
	struct text json, mistake;
	enum status status = scene_unpack_text(kept->packed, arena, &json);

	return status == STATUS_OK ? json_tree_read(json, arena, out, &mistake) : status;
}

/* What does not fit is the author's mistake, and said in edit->mistake. */
static enum status apply(struct scene_edit *edit, struct text operations, const struct json_node *seen,
                         const struct json_node *latest, struct arena *arena)
{
	const struct json_node *tree;
	struct json_patch       patch;
	enum status             status = json_tree_read(operations, arena, &tree, &edit->mistake.sentence);

	if (status == STATUS_OK)
		status = json_patch_read(tree, arena, &patch, &edit->mistake);
	if (status == STATUS_OK)
		status = json_merge_patch(seen, latest, &patch, arena, &edit->merge, &edit->mistake);
	edit->mistaken = status != STATUS_OK;
	return STATUS_OK;
}

static void merge_and_look(struct work *work)
{
	struct exchange        *exchange = container_of(work, struct exchange, work);
	struct scene_edit      *edit = exchange->own;
	const struct json_node *seen, *latest;

	exchange->status = read_tree(&edit->seen, &exchange->arena, &seen);
	if (exchange->status == STATUS_OK)
		exchange->status = read_tree(&edit->latest, &exchange->arena, &latest);
	if (exchange->status == STATUS_OK)
		exchange->status = apply(edit, ((const struct edit_scene *)exchange->input)->operations, seen, latest,
		                         &exchange->arena);
	if (exchange->status != STATUS_OK || edit->mistaken || edit->merge.count > 0)
		return;
	edit->look.json = json_tree_text(edit->merge.merged, &exchange->arena);
	exchange->status = simulation_look_at(&edit->look, &exchange->arena);
}

static enum pace begin_merge(struct exchange *exchange)
{
	struct scene_edit *edit = exchange->own;

	if (simulation_scene_take(exchange, &edit->latest) == DONE)
		return DONE;
	return exchange_work(exchange, merge_and_look);
}

/* ---------------------------------------------------------------- what came of it */

static enum pace say(struct exchange *exchange, enum refusal refusal, struct text detail, struct text more)
{
	const struct problem problem = {.http = refusal_types[refusal].http,
	                                .name = refusal_types[refusal].name,
	                                .title = text_from(refusal_types[refusal].sentence),
	                                .detail = detail,
	                                .more = more};

	return exchange_problem(exchange, &problem);
}

static enum pace say_conflicts(struct exchange *exchange, const struct scene_edit *edit)
{
	struct buffer members = {0};
	struct text   more;

	json_merge_append_conflicts(&edit->merge, &members);
	more = arena_text(&exchange->arena, (struct text){.data = (const char *)members.data, .size = members.size});
	buffer_finish(&members);
	return say(exchange, REFUSAL_scene_conflict,
	           arena_format(&exchange->arena, "The latest version is %u.", edit->latest.version), more);
}

static enum pace judge_merge(struct exchange *exchange)
{
	const struct scene_edit *edit = exchange->own;

	if (exchange->status != STATUS_OK && edit->look.report.refusals.count == 0)
		return simulation_look_judge(exchange);
	if (edit->mistaken)
		return say(exchange, REFUSAL_edit_unfit,
		           arena_format(&exchange->arena, "Operation %u: %.*s", edit->mistake.operation,
		                        TEXT_ARG(edit->mistake.sentence)),
		           TEXT_NONE);
	return edit->merge.count > 0 ? say_conflicts(exchange, edit) : simulation_look_judge(exchange);
}

static enum pace keep_edit(struct exchange *exchange)
{
	const struct scene_edit *edit = exchange->own;
	struct edit_scene       *asked = exchange->input;

	asked->base = edit->latest.version;
	asked->packed = edit->look.packed;
	asked->scene_hash = edit->look.posed.hash;
	asked->mode = edit->look.mode;
	return GO_ON;
}

static exchange_step *const edit_steps[] = {simulation_access_await,
                                            simulation_access_check,
                                            simulation_access_ask,
                                            simulation_access_judge,
                                            ask_seen,
                                            ask_latest,
                                            begin_merge,
                                            judge_merge,
                                            keep_edit,
                                            NULL};
const struct preparation    preparation_simulation_edit = {
	   .steps = edit_steps, .body_bytes_max = SCENE_BODY_BYTES_MAX, .recalls_first = true};
