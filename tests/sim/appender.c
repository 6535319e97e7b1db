#include "tests/sim/appender.h"

#include "commands/bus.h"
#include "eventstore/base/require.h"
#include "eventstore/codec/codec_msgpack.h"
#include "tests/eventstore/ground.h"
#include "tests/sim/chance.h"
#include "tests/sim/claim.h"
#include "tests/sim/follower.h"
#include "tests/sim/mirror.h"
#include "tests/sim/subscriber.h"
#include "tests/sim/weather.h"
#include "tests/sim/wire.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

enum { OWED_MAX = 4 * PEOPLE_OPS_MAX, CLOSED_MAX = 2, SUBMISSION_UNANSWERED_ONE_IN = 12 };

struct owed {
	struct wish    wish;
	struct outcome outcome;
};

/* A batch with everybody it concerns. */
struct round {
	struct batch *batch;
	uint64_t      head; /* when it was closed */
	uint32_t      count;
	struct owed   owed[OWED_MAX];
};

static char           directory[PATH_MAX], index_directory[PATH_MAX], vault[PATH_MAX], master[PATH_MAX];
static struct store  *store;
static struct bus    *bus;
static struct reader *reader;
static struct keys   *keys;
static struct arena   arena;
static struct round   all_rounds[CLOSED_MAX + 1];
static struct round  *rounds[CLOSED_MAX + 1]; /* the closed ones, the oldest first, and the one that gathers */
static uint32_t       closed_count;
static bool           commit_cut_short;
static uint64_t       durable; /* as the last commit said */
static uint32_t       restarts;

static struct round *gathering(void)
{
	return rounds[closed_count];
}

bool appender_is_up(void)
{
	return store != NULL;
}

const char *appender_folder(void)
{
	return directory;
}

uint64_t appender_durable(void)
{
	return durable;
}

/* ---------------------------------------------------------------- beginning and ending */

/* Whoever reads beside the writer, in the same process: LMDB wants the writer to open first. */
static void open_readers(void)
{
	require(reader_open(directory, &reader) == STATUS_OK);
	require(keys_open(vault, master, KEYS_READ, &keys) == STATUS_OK);
	follower_read_from(reader, keys);
	subscriber_read_from(reader);
}

static void close_readers(void)
{
	reader_close(reader);
	keys_close(keys);
	reader = NULL;
	keys = NULL;
}

void appender_begin(const char *folder)
{
	snprintf(directory, sizeof(directory), "%s/data", folder);
	snprintf(index_directory, sizeof(index_directory), "%s/data/index", folder);
	snprintf(vault, sizeof(vault), "%s/data/" KEYS_FOLDER, folder);
	snprintf(master, sizeof(master), "%s/master.key", folder);
	for (size_t i = 0; i < array_count(rounds); i++)
		rounds[i] = &all_rounds[i];
	appender_start();
}

/* The log may be longer than anybody was told, by exactly the batch whose commit was cut short. */
static void check_head(void)
{
	uint64_t head = store_head(store), in_flight = commit_cut_short ? rounds[0]->head : durable;

	CLAIM(head == durable || head == in_flight, "a batch is kept whole or not at all",
	      "the log ends at %" PRIu64 ", not at %" PRIu64 " or %" PRIu64, head, durable, in_flight);
	durable = head;
	closed_count = 0;
	commit_cut_short = false;
	gathering()->count = 0;
	mirror_cut(head);
}

/* False when a fault struck while it was being opened. */
static bool open_store(void)
{
	struct store_settings settings = {.directory = directory, .master_path = master, .index_by_hand = true};
	enum fault            armed = weather_armed();
	enum status           status;

	weather_open_store(true);
	status = store_open(&settings, &store);
	weather_open_store(false);
	CLAIM(status == STATUS_OK || weather_armed() != armed, "the store opens after any crash", "%s",
	      status_sentence(status));
	return status == STATUS_OK;
}

void appender_start(void)
{
	bool open;

	require(!store);
	close_readers();
	open = open_store();
	open_readers();
	if (!open)
		return;
	bus = bus_create(store, weather_now_us);
	if (store_short_of_room(store))
		claim_reached(REACHED_started_on_a_full_disk);
	check_head();
	restarts++;
	appender_compare();
	people_check_promises();
}

static void close_store(void)
{
	bus_destroy(bus);
	store_close(store);
	store = NULL;
	close_readers();
	open_readers();
}

void appender_die(void)
{
	struct store_counters counters;

	store_counters(store, &counters);
	claim_reached(REACHED_writer_died);
	if (store_open_count(store) > 0)
		claim_reached(REACHED_writer_died_with_open_batch);
	if (counters.index_lag > 0)
		claim_reached(REACHED_index_behind_at_death);
	weather_arm(FAULT_NONE);
	close_store();
}

void appender_stop(void)
{
	weather_arm(FAULT_NONE);
	for (; closed_count > 0 || gathering()->count > 0; appender_commit())
		appender_close_batch();
	while (!store_short_of_room(store) && !appender_is_quiet())
		appender_index();
	claim_reached(REACHED_writer_stopped);
	close_store();
}

void appender_delete_index(void)
{
	close_readers();
	ground_remove(index_directory);
	open_readers();
	claim_reached(REACHED_index_deleted);
}

/* ---------------------------------------------------------------- deciding */

static const char *event_name(struct text name)
{
	for (uint32_t i = 0; i < event_type_count; i++)
		if (name.data && text_is(name, event_types[i].name))
			return event_types[i].name;
	return NULL;
}

static struct outcome outcome_of(const struct answer *answer)
{
	return (struct outcome){.status = status_by_name(answer->status),
	                        .refusal = answer->refusal.data ? refusal_by_name(answer->refusal) : REFUSAL_none,
	                        .event = event_name(answer->event),
	                        .repeated = answer->repeated,
	                        .position = answer->position,
	                        .version = answer->version,
	                        .subject = answer->subject,
	                        .time_us = answer->time};
}

/* For a command that the log holds, the answer follows from it alone. */
static void check_repeated(const struct wish *wish, const struct mirror_event *first, const struct outcome *outcome)
{
	const struct mirror_event *last = mirror_last_of(first);

	if (wish->other_request) {
		CLAIM(outcome->refusal == REFUSAL_command_id_reused, "another request under the same id is refused",
		      "op %u: %s", wish->op, status_name(outcome->status));
		return;
	}
	CLAIM(outcome->status == STATUS_OK && outcome->repeated && outcome->position == last->position
	              && outcome->time_us == last->time_us && outcome->event
	              && strcmp(outcome->event, event_type_by_number(first->number)->name) == 0,
	      "the same command id brings the first answer", "op %u: position %" PRIu64 " instead of %" PRIu64,
	      wish->op, outcome->position, last->position);
	claim_reached(restarts > 1 ? REACHED_repeated_after_restart : REACHED_repeated);
}

static void check_expected(const struct wish_form *form, uint64_t version, const struct outcome *outcome)
{
	if (form->nonsense) {
		CLAIM(outcome->status == STATUS_MALFORMED || outcome->status == STATUS_INVALID
		              || outcome->status == STATUS_UNSUPPORTED,
		      "nonsense is told to be nonsense", "%s: %s", form->command, status_name(outcome->status));
		return;
	}
	CLAIM((outcome->status == STATUS_CONFLICT) == (form->has_expected && form->expected != version),
	      "an expected version is compared with the log's", "%s: version %" PRIu64 ", expected %" PRIu64,
	      form->command, version, form->expected);
	CLAIM(outcome->status == STATUS_OK || outcome->status == STATUS_CONFLICT, "a well-formed command is decided",
	      "%s: %s", form->command, status_name(outcome->status));
}

static void count_outcome(const struct outcome *outcome, const struct mirror_event *kept)
{
	if (outcome->status != STATUS_OK)
		claim_failed(outcome->status);
	else if (outcome->refusal != REFUSAL_none)
		claim_refused(outcome->refusal);
	else if (!kept)
		claim_reached(REACHED_nothing_to_do);
	else if (!outcome->repeated)
		claim_reached(kept->command_count > 1 ? REACHED_kept_two_events : REACHED_kept);
	if (outcome->event && strcmp(outcome->event, "user_erased") == 0 && !outcome->repeated)
		claim_reached(REACHED_person_erased);
}

static void check_outcome(const struct wish *wish, const struct mirror_event *before, uint64_t version,
                          const struct outcome *outcome)
{
	const struct submission submission = people_submission(wish);

	if (before)
		check_repeated(wish, before, outcome);
	else
		check_expected(people_form(wish), version, outcome);
	count_outcome(outcome, id_present(submission.command_id) ? mirror_command(submission.command_id) : NULL);
	CLAIM_NOTE(outcome->position);
	CLAIM_NOTE(outcome->refusal);
	CLAIM_NOTE(outcome->status);
}

void appender_take(const struct wish *wish)
{
	struct writer_decider      decider = bus_decider(bus);
	struct submission          submission = people_submission(wish);
	const struct mirror_event *before =
		id_present(submission.command_id) ? mirror_command(submission.command_id) : NULL;
	uint64_t       version = mirror_version(people_form(wish)->first_stream);
	struct answer  answer = {0};
	struct outcome outcome;
	struct round  *round = gathering();

	if (store_short_of_room(store)) {
		claim_reached(REACHED_turned_away_full);
		wire_answer(wish, &(struct outcome){.status = STATUS_FULL});
		return;
	}
	decider.decide(decider.owner, &submission, &arena, &answer);
	mirror_take(store);
	outcome = outcome_of(&answer);
	arena_reset(&arena);
	check_outcome(wish, before, version, &outcome);
	require(round->count < OWED_MAX);
	round->owed[round->count++] = (struct owed){.wish = *wish, .outcome = outcome};
}

/* ---------------------------------------------------------------- committing */

static void answer_round(struct round *round)
{
	for (uint32_t i = 0; i < round->count; i++)
		wire_answer(&round->owed[i].wish, &round->owed[i].outcome);
	round->count = 0;
}

static void close_batch(void)
{
	struct round *round = gathering();

	round->batch = store_close_batch(store);
	round->head = store_head(store);
	closed_count++;
	gathering()->count = 0;
	if (weather_is(MUTANT_answers_early))
		answer_round(round);
}

void appender_close_batch(void)
{
	if (closed_count < CLOSED_MAX && gathering()->count > 0)
		close_batch();
}

void appender_commit(void)
{
	struct round *round = rounds[0];

	if (closed_count == 0)
		return;
	if (store_commit(store, round->batch) != STATUS_OK) {
		commit_cut_short = true;
		appender_die();
		return;
	}
	store_release_batch(store, round->batch);
	durable = round->head;
	answer_round(round);
	closed_count--;
	memmove(&rounds[0], &rounds[1], CLOSED_MAX * sizeof(rounds[0]));
	rounds[CLOSED_MAX] = round;
}

void appender_index(void)
{
	/* The writer looks with each pulse of those who watch. */
	if (!store_short_of_room(store) && store_index_step(store) != STATUS_OK)
		appender_die();
}

bool appender_is_quiet(void)
{
	struct store_counters counters;

	store_counters(store, &counters);
	return closed_count == 0 && gathering()->count == 0 && counters.index_lag == 0;
}

/* Everything that gathered; false when the writer died of it. */
static bool commit_all(void)
{
	while (store && (closed_count > 0 || store_open_count(store) > 0)) {
		if (closed_count < CLOSED_MAX && store_open_count(store) > 0)
			close_batch();
		appender_commit();
	}
	return store != NULL;
}

enum status appender_submit(const char *command, struct id command_id, const void *fields)
{
	const struct command_type *type = command_type_by_name(text_from(command));
	struct writer_decider      decider = bus_decider(bus);
	struct submission          submission = {.command = text_from(command), .command_id = command_id};
	struct answer              answer = {0};
	struct buffer              body = {0};
	struct outcome             outcome;

	if (!store || store_short_of_room(store))
		return STATUS_UNREACHABLE;
	require(msgpack_encode_shape(type->shape, fields, FIELD_INPUT, NULL, &body) == STATUS_OK);
	submission.body = buffer_bytes(&body);
	decider.decide(decider.owner, &submission, &arena, &answer);
	mirror_take(store);
	outcome = outcome_of(&answer);
	arena_reset(&arena);
	buffer_finish(&body);
	CLAIM_NOTE(outcome.position);
	if (!commit_all() || chance_one_in(SUBMISSION_UNANSWERED_ONE_IN)) {
		claim_reached(REACHED_submission_unanswered);
		return STATUS_UNREACHABLE;
	}
	CLAIM(outcome.status == STATUS_OK, "a well-formed command is decided", "%s: %s", command,
	      status_name(outcome.status));
	return outcome.refusal == REFUSAL_none ? STATUS_OK : STATUS_INVALID;
}

/* ---------------------------------------------------------------- comparing */

void appender_ask(void)
{
	mirror_ask(store);
}

void appender_compare(void)
{
	CLAIM(mirror_compare(reader, keys_opener(keys)) == durable, "the log on disk reaches as far as it was said",
	      "%" PRIu64 " was said", durable);
}
