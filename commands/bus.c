#include "commands/bus.h"

#include "commands/states.h"
#include "commands/verdict.h"
#include "eventstore/base/require.h"
#include "eventstore/codec/codec_msgpack.h"
#include "eventstore/codec/validate.h"

#include <stdlib.h>

struct bus {
	struct store  *store;
	struct states *states;
	struct past    past;
	int64_t (*now_us)(void);
	struct buffer payload; /* of the event at hand */
};

/* One submission on its way. */
struct passage {
	struct bus              *bus;
	const struct submission *submission;
	struct arena            *arena;
	struct answer           *answer;
	struct verdict           verdict;
	bool                     decided; /* there is a verdict: all else failed for another reason */
};

enum pace { GO_ON, DONE };

/* With all its streams and claims a record then stays below RECORD_SIZE_MAX. */
enum {
	PAYLOAD_SIZE_MAX = RECORD_SIZE_MAX - RECORD_HEADER_SIZE - RECORD_STREAMS_MAX * RECORD_STREAM_SIZE
	                   - RECORD_CLAIMS_MAX * RECORD_CLAIM_SIZE,
};

static enum pace fail(struct passage *passage, enum status status, struct text sentence)
{
	passage->answer->status = text_from(status_name(status));
	passage->answer->sentence = sentence.data ? sentence : text_from(status_sentence(status));
	return DONE;
}

static enum pace refuse_with(struct passage *passage, enum refusal refusal, int64_t retry_at_us)
{
	passage->answer->status = text_from(status_name(STATUS_OK));
	passage->answer->refusal = text_from(refusal_types[refusal].name);
	passage->answer->retry_at = retry_at_us;
	return DONE;
}

/* ---------------------------------------------------------------- step by step */

/* What makes a retry recognizable must be there and whole. */
static enum pace check_submission(struct passage *passage)
{
	const struct submission *submission = passage->submission;

	if (!id_present(submission->command_id))
		return fail(passage, STATUS_INVALID, TEXT("The command has no id."));
	if (submission->digest.size != 0 && submission->digest.size != sizeof(struct digest))
		return fail(passage, STATUS_INVALID, TEXT("The request's digest is not 16 bytes."));
	return GO_ON;
}

static enum pace find_handler(struct passage *passage)
{
	const struct command_type *type = command_type_by_name(passage->submission->command);

	if (!type)
		return fail(passage, STATUS_UNSUPPORTED, TEXT("This writer does not know the command."));
	passage->verdict.handler = &command_handlers[type - command_types];
	require(passage->verdict.handler->type == type);
	return GO_ON;
}

struct digest_check {
	struct passage *passage;
	bool            same;
	uint64_t        last;
};

static struct digest submitted_digest(const struct submission *submission)
{
	struct digest digest = {0};

	if (submission->digest.size == sizeof(digest.bytes))
		memcpy(digest.bytes, submission->digest.data, sizeof(digest.bytes));
	return digest;
}

static bool recall_first(void *owner, const struct record *record)
{
	struct digest_check     *check = owner;
	struct answer           *answer = check->passage->answer;
	struct digest            digest = submitted_digest(check->passage->submission);
	const struct event_type *type = event_type_by_number(record->number);

	check->same = memcmp(digest.bytes, record->digest.bytes, sizeof(digest.bytes)) == 0;
	check->last = record->position + record->command_count - 1;
	answer->subject = record->streams[0].id;
	answer->event = type ? text_from(type->name) : TEXT_NONE;
	return true;
}

static bool recall_last(void *owner, const struct record *record)
{
	struct answer *answer = owner;
	uint64_t       version = record_version_in(record, answer->subject);

	answer->position = record->position;
	answer->version = version;
	answer->time = record->time_us;
	return true;
}

/* A command id that was kept before brings its first answer again. */
static enum pace recall(struct passage *passage)
{
	struct digest_check check = {.passage = passage};
	uint64_t            position;
	enum status         status = store_command(passage->bus->store, passage->submission->command_id, &position);

	if (status == STATUS_NOT_FOUND)
		return passage->submission->recall ? fail(passage, status, TEXT_NONE) : GO_ON;
	if (status == STATUS_OK)
		status = store_read(passage->bus->store, position, recall_first, &check);
	if (status == STATUS_OK && !check.same) {
		*passage->answer = (struct answer){0};
		return refuse_with(passage, REFUSAL_command_id_reused, 0);
	}
	if (status == STATUS_OK)
		status = store_read(passage->bus->store, check.last, recall_last, passage->answer);
	if (status != STATUS_OK)
		return fail(passage, status, TEXT_NONE);
	passage->answer->status = text_from(status_name(STATUS_OK));
	passage->answer->repeated = true;
	return DONE;
}

static enum pace decode(struct passage *passage)
{
	const struct shape *shape = passage->verdict.handler->type->shape;
	struct text         sentence = TEXT_NONE;
	void               *command = arena_alloc(passage->arena, shape->size);
	enum status         status;

	status = msgpack_decode_shape(shape, passage->submission->body, NULL, passage->arena, command);
	passage->verdict.command = command;
	if (status == STATUS_OK)
		status = shape_validate(shape, command, FIELD_INPUT, passage->arena, &sentence);
	return status == STATUS_OK ? GO_ON : fail(passage, status, sentence);
}

/* If-Match: the first stream it loads must have the version that the client saw. */
static enum status check_expected(struct passage *passage, struct id id)
{
	uint64_t    version;
	enum status status = store_stream_version(passage->bus->store, id, &version);

	if (status == STATUS_OK && version != passage->submission->expected)
		status = STATUS_CONFLICT;
	return status;
}

static enum pace load(struct passage *passage)
{
	enum status status = verdict_load(&passage->verdict);

	if (status == STATUS_OK && passage->submission->has_expected)
		status = check_expected(passage, passage->verdict.loaded[0]);
	return status == STATUS_OK ? GO_ON : fail(passage, status, TEXT_NONE);
}

static enum pace decide(struct passage *passage)
{
	struct decision *decision = &passage->verdict.decision;
	enum status      status;

	decision->arena = passage->arena;
	decision->time_us = passage->bus->now_us();
	decision->actor = passage->submission->actor;
	status = verdict_reach(&passage->verdict);
	if (status != STATUS_OK)
		return fail(passage, status, TEXT_NONE);
	passage->decided = true;
	if (decision->refusal != REFUSAL_none)
		return refuse_with(passage, decision->refusal, decision->retry_at_us);
	if (decision->event_count > 0 || passage->submission->dry)
		return GO_ON;
	passage->answer->status = text_from(status_name(STATUS_OK));
	passage->answer->position = store_head(passage->bus->store);
	passage->answer->time = decision->time_us;
	return DONE;
}

/* Nothing is sealed either: that would make a person's key. */
static enum pace end_dry_run(struct passage *passage)
{
	const struct decision *decision = &passage->verdict.decision;
	struct text            names = TEXT_NONE;

	if (!passage->submission->dry)
		return GO_ON;
	for (uint32_t i = 0; i < decision->event_count; i++)
		names = arena_format(passage->arena, "%.*s%s%s", TEXT_ARG(names), i > 0 ? " " : "",
		                     decision->events[i].type->name);
	passage->answer->status = text_from(status_name(STATUS_OK));
	passage->answer->position = store_head(passage->bus->store);
	passage->answer->time = decision->time_us;
	passage->answer->dry = true;
	passage->answer->events = names;
	return DONE;
}

/* ---------------------------------------------------------------- from decided events to records */

static void fill_in(const struct passage *passage, uint32_t index)
{
	const struct decision *decision = &passage->verdict.decision;
	struct record         *record = &passage->verdict.records[index];

	record->number = decision->events[index].type->number;
	record->shape_version = 1;
	record->command_index = (uint8_t)index;
	record->command_count = (uint8_t)decision->event_count;
	record->time_us = decision->time_us;
	record->actor = decision->actor;
	record->command = passage->submission->command_id;
	record->trace = passage->submission->trace;
	record->digest = submitted_digest(passage->submission);
}

/* Everything that can fail for a reason of its own comes before the first append. */
static enum pace encode(struct passage *passage)
{
	struct bus *bus = passage->bus;

	for (uint32_t i = 0; i < passage->verdict.decision.event_count; i++) {
		const struct decided_event *decided = &passage->verdict.decision.events[i];
		struct record              *record = &passage->verdict.records[i];
		enum status                 status;

		bus->payload.size = 0;
		status = msgpack_encode_shape(decided->type->shape, decided->event, 0,
		                              keys_sealer(store_keys(bus->store)), &bus->payload);
		if (status == STATUS_OK && bus->payload.size > PAYLOAD_SIZE_MAX)
			status = STATUS_TOO_LARGE;
		if (status != STATUS_OK)
			return fail(passage, status, TEXT_NONE);
		fill_in(passage, i);
		record->payload = arena_bytes(passage->arena, buffer_bytes(&bus->payload));
	}
	return GO_ON;
}

/* Versions are asked for one event at a time, because events of one command follow each other in a stream. */
static enum status set_versions(struct bus *bus, struct record *record)
{
	enum status status = STATUS_OK;

	for (int i = 0; i < record->stream_count && status == STATUS_OK; i++) {
		status = store_stream_version(bus->store, record->streams[i].id, &record->streams[i].version);
		record->streams[i].version++;
	}
	return status;
}

static void forget_erased(struct bus *bus, const struct decided_event *decided)
{
	const struct shape *shape = decided->type->shape;

	for (uint16_t i = 0; i < shape->count; i++)
		if (shape->fields[i].marks & FIELD_ERASES)
			store_forget(bus->store, *(const struct id *)field_at(&shape->fields[i], decided->event));
}

static void note_appended(struct passage *passage, uint32_t index)
{
	const struct record *record = &passage->verdict.records[index];
	struct answer       *answer = passage->answer;

	if (index == 0) {
		answer->subject = record->streams[0].id;
		answer->event = text_from(passage->verdict.decision.events[0].type->name);
	}
	answer->position = record->position;
	answer->version = record_version_in(record, answer->subject);
	answer->time = record->time_us;
}

static enum status append_one(struct passage *passage, uint32_t index)
{
	struct bus                 *bus = passage->bus;
	const struct decided_event *decided = &passage->verdict.decision.events[index];
	struct record              *record = &passage->verdict.records[index];
	enum status                 status = set_versions(bus, record);

	if (status == STATUS_OK)
		status = store_append(bus->store, record);
	if (status != STATUS_OK)
		return status;
	states_apply(bus->states, record, decided->event);
	forget_erased(bus, decided);
	note_appended(passage, index);
	return STATUS_OK;
}

static enum pace append(struct passage *passage)
{
	for (uint32_t i = 0; i < passage->verdict.decision.event_count; i++) {
		enum status status = append_one(passage, i);

		/* A command's events are kept together or not at all. After the first only a broken index can fail:
		 * then ending the process forgets the open batch, of which nobody was told. */
		require(status == STATUS_OK || i == 0);
		if (status != STATUS_OK)
			return fail(passage, status, TEXT_NONE);
	}
	passage->answer->status = text_from(status_name(STATUS_OK));
	return DONE;
}

/* ---------------------------------------------------------------- for the journal */

/* Nothing of this is needed once it is answered, so it must cost next to nothing here. */
static void note(const struct passage *passage, uint64_t head)
{
	const struct verdict    *verdict = &passage->verdict;
	const struct submission *submission = passage->submission;
	const struct decision   *decision = &verdict->decision;
	struct hash              claims[LOADS_MAX];
	size_t                   count = 0;

	for (uint32_t i = 0; i < verdict->handler->load_count; i++)
		if (verdict->handler->loads[i].claim != CLAIM_none)
			claims[count++] = verdict->claimed[i];
	store_note(passage->bus->store,
	           &(struct journal_entry){
			   .command = submission->command,
			   .command_id = submission->command_id,
			   .actor = submission->actor,
			   .trace = submission->trace,
			   .time = decision->time_us,
			   .head = head,
			   .events = decision->event_count,
			   .refusal = decision->refusal ? text_from(refusal_types[decision->refusal].name) : TEXT_NONE,
			   .retry_at = decision->retry_at_us,
			   .claims = BYTES(claims, count * sizeof(claims[0])),
			   .body = submission->body,
		   });
}

/* ---------------------------------------------------------------- the past, as the store has it */

static enum status hash_claim(void *owner, enum claim claim, struct text value, struct hash *hash)
{
	struct bus *bus = owner;

	*hash = keys_claim_hash(store_keys(bus->store), text_from(claim_types[claim].name), value);
	return STATUS_OK;
}

static enum status find_claim(void *owner, const struct hash *hash, struct id *holder)
{
	struct bus *bus = owner;

	return store_claim(bus->store, hash, holder);
}

static enum status load_state(void *owner, uint16_t noun, struct id id, const void **state)
{
	struct bus *bus = owner;

	return states_load(bus->states, noun, id, state);
}

static enum status each_event(void *owner, struct id stream, reader_visit visit, void *visitor)
{
	struct bus *bus = owner;

	return store_stream_each(bus->store, stream, 1, visit, visitor);
}

/* ---------------------------------------------------------------- outside */

static void bus_decide(void *owner, const struct submission *submission, struct arena *arena, struct answer *answer)
{
	static enum pace (*const steps[])(struct passage *) = {
		check_submission, recall, find_handler, decode, load, decide, end_dry_run, encode, append};

	struct bus     *bus = owner;
	struct passage *passage = arena_new(arena, struct passage);
	uint64_t        head = store_head(bus->store);
	size_t          step = 0;

	passage->bus = bus;
	passage->submission = submission;
	passage->arena = arena;
	passage->answer = answer;
	passage->verdict.past = &bus->past;
	while (steps[step](passage) == GO_ON)
		step++;
	if (passage->decided && !submission->dry && text_is(answer->status, status_name(STATUS_OK)))
		note(passage, head);
	states_trim(bus->states);
}

struct bus *bus_create(struct store *store, int64_t (*now_us)(void))
{
	struct bus *bus = calloc(1, sizeof(*bus));

	require(bus != NULL);
	bus->store = store;
	bus->past = (struct past){bus, hash_claim, find_claim, load_state};
	bus->states = states_create(
		&(struct states_source){.owner = bus, .each = each_event, .opener = keys_opener(store_keys(store))});
	bus->now_us = now_us;
	return bus;
}

void bus_destroy(struct bus *bus)
{
	if (!bus)
		return;
	states_destroy(bus->states);
	buffer_finish(&bus->payload);
	free(bus);
}

struct writer_decider bus_decider(struct bus *bus)
{
	return (struct writer_decider){.owner = bus, .decide = bus_decide};
}
