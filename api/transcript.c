#include "api/transcript.h"

#include "api/exchange.h"
#include "api/preparation.h"
#include "api/reply.h"
#include "commands/learning/learner_id.h"
#include "eventstore/log/log_proof.h"

#include <inttypes.h>

enum { RECORDS_AT_ONCE = 4096 };

/* By name, as some of them are another feature's. */
static const char *const told[] = {"item_completed", "course_completed",    "attempt_graded", "grade_overridden",
                                   "grade_excused",  "achievement_awarded", "award_revoked"};

static bool is_told(uint16_t number)
{
	const struct event_type *type = event_type_by_number(number);

	for (size_t i = 0; type && i < array_count(told); i++)
		if (text_is(text_from(type->name), told[i]))
			return true;
	return false;
}

/* ---------------------------------------------------------------- which events */

struct told_event {
	uint64_t position;
	uint16_t number;
};

/* The latest ones, in a ring. */
struct telling {
	struct id         history;
	uint64_t          version; /* of the record seen last */
	uint64_t          count;
	struct told_event events[TRANSCRIPT_EVENTS_MAX];
};

static bool note(void *owner, const struct record *record)
{
	struct telling *telling = owner;

	telling->version = record_version_in(record, telling->history);
	if (is_told(record->number))
		telling->events[telling->count++ % TRANSCRIPT_EVENTS_MAX] =
			(struct told_event){.position = record->position, .number = record->number};
	return true;
}

static enum status read_history(struct reader *reader, struct telling *telling)
{
	uint64_t    from;
	enum status status;

	do {
		from = telling->version + 1;
		status = reader_stream(reader, telling->history, from, RECORDS_AT_ONCE, note, telling);
	} while (status == STATUS_OK && telling->version >= from);
	return status;
}

/* ---------------------------------------------------------------- the text */

static enum status append_event(struct exchange *exchange, struct reader *reader, const struct told_event *event)
{
	uint64_t covered;

	buffer_format(&exchange->out, TRANSCRIPT_EVENT "%s %" PRIu64 "\n", event_type_by_number(event->number)->name,
	              event->position);
	return log_proof(reader, exchange->lane->service->data, event->position, &covered, &exchange->out);
}

static enum status append_all(struct exchange *exchange, struct reader *reader, const struct telling *telling)
{
	uint64_t    first = telling->count > TRANSCRIPT_EVENTS_MAX ? telling->count - TRANSCRIPT_EVENTS_MAX : 0;
	char        learner[ID_TEXT_SIZE + 1];
	enum status status = STATUS_OK;

	id_format(exchange->claims.user, learner);
	buffer_format(&exchange->out,
	              TRANSCRIPT_TITLE TRANSCRIPT_LEARNER "%s\n" TRANSCRIPT_EVENTS "%" PRIu64 " of %" PRIu64 "\n",
	              learner, telling->count - first, telling->count);
	for (uint64_t i = first; i < telling->count && status == STATUS_OK; i++)
		status = append_event(exchange, reader, &telling->events[i % TRANSCRIPT_EVENTS_MAX]);
	return status;
}

static void run_transcript(struct work *work)
{
	struct exchange *exchange = container_of(work, struct exchange, work);
	struct telling  *telling = arena_new(&exchange->arena, struct telling);
	struct reader   *reader;

	telling->history = history_id(exchange->claims.user);
	exchange->status = reader_open(exchange->lane->service->data, &reader);
	if (exchange->status != STATUS_OK)
		return;
	exchange->status = read_history(reader, telling);
	if (exchange->status == STATUS_OK)
		exchange->status = append_all(exchange, reader, telling);
	reader_close(reader);
}

/* ---------------------------------------------------------------- steps */

static enum pace begin_transcript(struct exchange *exchange)
{
	return exchange_work(exchange, run_transcript);
}

static enum pace hand_out(struct exchange *exchange)
{
	struct problem not_signed = {
		.http = 503,
		.name = "not_signed_yet",
		.title = TEXT("The log's next checkpoint will cover it; it is signed within a second."),
		.retry_after_s = 1,
	};

	if (exchange->status == STATUS_BUSY)
		return exchange_problem(exchange, &not_signed);
	if (exchange->status != STATUS_OK)
		return exchange_fail(exchange, exchange->status);
	reply_content(exchange, TEXT("text/plain"), TEXT("no-store"));
	return DONE;
}

static exchange_step *const transcript_steps[] = {begin_transcript, hand_out, NULL};
const struct preparation    preparation_transcript = {
	   .steps = transcript_steps, .consults = "my_achievements", .also_answers = "text/plain"};
