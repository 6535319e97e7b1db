/* POST /me/practice: reads from the read models what may be practised and with which numbers, and puts it into the
 * command. Everything that the draw depends on is in it, so that whoever decides it again draws the same. What the read
 * models have not seen yet, the last moments, the draw does not know; X-Min-Position says how far they must be. */
#include "api/consult.h"
#include "api/preparation.h"
#include "commands/learning/practice_draw.h"
#include "eventstore/base/clock.h"
#include "eventstore/codec/codec_json.h"
#include "schema/commands.h"

#include <inttypes.h>

/* Columns of the lookup practice_candidates. */
enum {
	COLUMN_SLIP,
	COLUMN_MEAN,
	COLUMN_QUESTION,
	COLUMN_VERSION,
	COLUMN_OBJECTIVE,
	COLUMN_KNOWN,
	COLUMN_EVIDENCE,
	COLUMN_GUESS,
	COLUMN_FACILITY,
	COLUMN_DUE,
	COLUMN_RECALL,
	COLUMN_RIGHT,
};

/* What the candidates are made of. */
static const char *const models[] = {"attempt", "course", "enrolment", "question", "mastery", "practice"};

/* ---------------------------------------------------------------- asking */

/* The same whenever the command is sent again, and nobody may choose it by choosing the command's id. */
static uint64_t seed_of(const struct exchange *exchange)
{
	struct hash secret = hash_keyed(&exchange->lane->service->command_secret, TEXT("practice"),
	                                BYTES(exchange->command_id.bytes, sizeof(exchange->command_id.bytes)));
	uint64_t    seed = 0;

	for (int i = 0; i < 8; i++)
		seed = seed << 8 | secret.bytes[i];
	return seed;
}

/* A JSON array; absent where none is named. */
static struct text objectives_text(struct exchange *exchange, const struct list_of_objective_reference *objectives)
{
	struct buffer list = {0};
	struct text   text;

	if (objectives->count == 0)
		return TEXT_NONE;
	for (uint32_t i = 0; i < objectives->count; i++) {
		buffer_append_text(&list, i > 0 ? TEXT(",") : TEXT("["));
		json_append_id(&list, objectives->items[i].objective);
	}
	buffer_append_text(&list, TEXT("]"));
	text = arena_text(&exchange->arena, (struct text){.data = (const char *)list.data, .size = list.size});
	buffer_finish(&list);
	return text;
}

static enum pace ask_candidates(struct exchange *exchange)
{
	struct start_practice *command = exchange->input;
	struct arena          *arena = &exchange->arena;

	command->seed = seed_of(exchange);
	command->as_of = consult_position(exchange, models, array_count(models));

	struct text values[] = {
		exchange_id_text(exchange, command->course),
		exchange_id_text(exchange, command->learner),
		objectives_text(exchange, &command->objectives),
		arena_format(arena, "%" PRIu64, command->seed),
		arena_format(arena, "%u", (PRACTICE_TARGET_LEAST_PPM + PRACTICE_TARGET_MOST_PPM) / 2),
		arena_format(arena, "%u", PRACTICE_REST_S),
		arena_format(arena, "%u", PRACTICE_CANDIDATES_MAX),
	};

	return exchange_look_up(exchange, "practice_candidates", values);
}

/* ---------------------------------------------------------------- taking */

struct row {
	const struct pg_answer *rows;
	uint32_t                number;
	bool                    odd; /* something in it is not what it should be */
};

static uint32_t number_in(struct row *row, uint32_t column)
{
	uint64_t number = 0;

	if (!text_parse_u64(pg_answer_text(row->rows, row->number, column), &number) || number > UINT32_MAX)
		row->odd = true;
	return (uint32_t)number;
}

/* False where there is none. */
static bool time_in(struct row *row, uint32_t column, int64_t *out)
{
	struct text text = pg_answer_text(row->rows, row->number, column);

	if (text.data && !time_parse(text, out))
		row->odd = true;
	return text.data != NULL;
}

static struct practice_candidate candidate_in(struct row *row)
{
	struct practice_candidate candidate = {
		.version = number_in(row, COLUMN_VERSION),
		.known_ppm = number_in(row, COLUMN_KNOWN),
		.evidence = number_in(row, COLUMN_EVIDENCE),
		.guess_ppm = number_in(row, COLUMN_GUESS),
		.facility_ppm = number_in(row, COLUMN_FACILITY),
	};
	struct text objective = pg_answer_text(row->rows, row->number, COLUMN_OBJECTIVE);

	if (!id_parse(pg_answer_text(row->rows, row->number, COLUMN_QUESTION), &candidate.question)
	    || (objective.data && !id_parse(objective, &candidate.objective)))
		row->odd = true;
	candidate.has_due_at = time_in(row, COLUMN_DUE, &candidate.due_at);
	candidate.has_right_at = time_in(row, COLUMN_RIGHT, &candidate.right_at);
	candidate.has_recall_ppm = pg_answer_text(row->rows, row->number, COLUMN_RECALL).data != NULL;
	if (candidate.has_recall_ppm)
		candidate.recall_ppm = number_in(row, COLUMN_RECALL);
	return candidate;
}

static enum pace take_candidates(struct exchange *exchange)
{
	struct start_practice     *command = exchange->input;
	struct practice_candidate *candidates =
		arena_array(&exchange->arena, struct practice_candidate, PRACTICE_CANDIDATES_MAX);
	struct row row = {.rows = exchange->rows};

	if (exchange->status != STATUS_OK)
		return exchange_fail(exchange, exchange->status);
	command->slip_ppm = number_in(&row, COLUMN_SLIP);
	command->facility_ppm = number_in(&row, COLUMN_MEAN);
	for (; row.number < pg_answer_rows(row.rows) && pg_answer_text(row.rows, row.number, COLUMN_QUESTION).data;
	     row.number++)
		candidates[command->candidates.count++] = candidate_in(&row);
	command->candidates.items = candidates;
	return row.odd ? exchange_fail(exchange, STATUS_CORRUPT) : GO_ON;
}

static exchange_step *const start_steps[] = {consult_attempt,         exchange_check_position, consult_course,
                                             exchange_check_position, consult_enrolment,       exchange_check_position,
                                             consult_question,        exchange_check_position, consult_mastery,
                                             exchange_check_position, consult_practice,        exchange_check_position,
                                             ask_candidates,          take_candidates,         NULL};
const struct preparation    preparation_start_practice = {.steps = start_steps, .decides_alone = true};
