/* POST /attempts/{attempt}/responses/{slot}/marks: holds marks against the rubric of the question, which the log has,
 * before the command is sent. Whether the caller may mark at all is for the decider to say. */
#include "api/exchange.h"
#include "api/preparation.h"
#include "commands/grading/attempt_log.h"
#include "schema/commands.h"

#include <inttypes.h>

/* What a criterion is worth at most; false when the rubric has no such. */
static bool criterion_allows(const struct rubric_set *rubric, const struct marked_criterion *marked)
{
	for (uint32_t i = 0; i < rubric->criteria.count; i++)
		if (text_equal(rubric->criteria.items[i].key, marked->key))
			return marked->points_milli <= rubric->criteria.items[i].points_milli;
	return false;
}

/* Each criterion once. */
static bool fits(const struct rubric_set *rubric, const struct list_of_marked_criterion *criteria)
{
	for (uint32_t i = 0; i < criteria->count; i++) {
		if (!criterion_allows(rubric, &criteria->items[i]))
			return false;
		for (uint32_t j = 0; j < i; j++)
			if (text_equal(criteria->items[i].key, criteria->items[j].key))
				return false;
	}
	return true;
}

/* The number of the latest rubric that the criteria fit; 0 when there is none. */
static enum status find_rubric(struct reader *reader, struct arena *arena, struct mark_response *command)
{
	struct question_log  *questions = question_log_create(reader);
	struct attempt_log   *attempt = arena_new(arena, struct attempt_log);
	struct question_found found;
	enum status           status = attempt_log_read(reader, NULL, command->attempt, UINT64_MAX, arena, attempt);

	if (status == STATUS_OK && command->slot > attempt->sheet.slots_count)
		status = STATUS_NOT_FOUND;
	if (status == STATUS_OK) {
		const struct graded_slot  *slot = &attempt->sheet.slots[command->slot - 1];
		const struct question_wish wish = {
			.question = slot->question, .version = slot->version, .until = UINT64_MAX};

		status = question_log_find(questions, &wish, &found);
	}
	if (status == STATUS_OK && found.rubric && fits(found.rubric, &command->criteria))
		command->rubric = found.rubric->rubric;
	question_log_destroy(questions);
	return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

static void run_rubric(struct work *work)
{
	struct exchange *exchange = container_of(work, struct exchange, work);
	struct arena     arena = {0};
	struct reader   *reader;

	exchange->status = reader_open(exchange->lane->service->data, &reader);
	if (exchange->status != STATUS_OK)
		return;
	exchange->status = find_rubric(reader, &arena, exchange->input);
	arena_finish(&arena);
	reader_close(reader);
}

static enum pace look_for_rubric(struct exchange *exchange)
{
	const struct mark_response *command = exchange->input;

	exchange->status = STATUS_OK;
	return command->criteria.count > 0 ? exchange_work(exchange, run_rubric) : GO_ON;
}

static enum pace go_on(struct exchange *exchange)
{
	return exchange->status == STATUS_OK ? GO_ON : exchange_fail(exchange, exchange->status);
}

static exchange_step *const mark_steps[] = {look_for_rubric, go_on, NULL};
const struct preparation    preparation_mark = {.steps = mark_steps};
