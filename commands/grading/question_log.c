#include "commands/grading/question_log.h"

#include "eventstore/base/require.h"

#include <stdlib.h>

enum {
	QUESTIONS_MAX = 512,        /* kept at a time */
	KEPT_SIZE_MAX = 32 << 20,   /* bytes of events kept at a time */
	QUESTION_EVENTS_MAX = 4096, /* of one question; each is some person's deed */
};

struct kept_event {
	struct kept_event *next;
	uint64_t           position;
	uint16_t           number;
	const void        *event;
};

/* Events of one question, newest first. */
struct question_kept {
	struct id          question;
	uint64_t           versions; /* of its stream, that were read */
	struct kept_event *newest;
};

struct question_log {
	struct reader        *reader;
	struct arena          arena;
	struct question_kept  kept[QUESTIONS_MAX];
	uint32_t              count;
	struct question_kept *reading;
	enum status           status;
};

struct question_log *question_log_create(struct reader *reader)
{
	struct question_log *log = calloc(1, sizeof(*log));

	require(log != NULL);
	log->reader = reader;
	return log;
}

void question_log_destroy(struct question_log *log)
{
	if (!log)
		return;
	arena_finish(&log->arena);
	free(log);
}

static bool is_wanted(uint16_t number)
{
	return number == EVENT_question_written || number == EVENT_key_set || number == EVENT_task_set
	       || number == EVENT_rubric_set;
}

/* The record's bytes are the log's own; what is kept is a copy. */
static bool keep(void *owner, const struct record *record)
{
	struct question_log     *log = owner;
	struct question_kept    *kept = log->reading;
	struct record            copy = *record;
	struct kept_event       *event;
	const struct event_type *type;

	kept->versions++;
	if (!is_wanted(record->number))
		return true;
	event = arena_new(&log->arena, struct kept_event);
	*event = (struct kept_event){.next = kept->newest, .position = record->position, .number = record->number};
	copy.payload = arena_bytes(&log->arena, record->payload);
	log->status = record_event(&copy, NULL, &log->arena, &type, &event->event);
	if (log->status != STATUS_OK)
		return false;
	kept->newest = event;
	return true;
}

static struct question_kept *kept_of(struct question_log *log, struct id question)
{
	for (uint32_t i = 0; i < log->count; i++)
		if (id_equal(log->kept[i].question, question))
			return &log->kept[i];
	if (log->count == QUESTIONS_MAX || log->arena.used > KEPT_SIZE_MAX) {
		arena_finish(&log->arena);
		log->count = 0;
	}
	log->kept[log->count] = (struct question_kept){.question = question};
	return &log->kept[log->count++];
}

static enum status read_on(struct question_log *log, struct question_kept *kept)
{
	enum status status;

	log->reading = kept;
	log->status = STATUS_OK;
	status = reader_stream(log->reader, kept->question, kept->versions + 1, QUESTION_EVENTS_MAX, keep, log);
	if (status == STATUS_OK)
		status = log->status;
	if (status != STATUS_OK) {
		arena_finish(&log->arena); /* half of a question is none */
		log->count = 0;
	}
	return status;
}

static void find_written(const struct kept_event *kept, const struct question_wish *wish, struct question_found *found)
{
	const struct question_written *written = kept->event;

	if (written->version == wish->version)
		found->question = written;
}

static void find_key(const struct kept_event *kept, const struct question_wish *wish, struct question_found *found)
{
	const struct key_set *key = kept->event;

	if (!found->key && key->version == wish->version && (wish->key == QUESTION_LOG_LATEST || key->key == wish->key))
		found->key = key;
}

/* It came behind its key, so that it is met before. */
static void find_task(const struct kept_event *kept, const struct question_wish *wish, struct question_found *found)
{
	const struct task_set *task = kept->event;

	if (!found->task && task->version == wish->version
	    && (wish->key == QUESTION_LOG_LATEST || task->key == wish->key))
		found->task = task;
}

static void find_rubric(const struct kept_event *kept, const struct question_wish *wish, struct question_found *found)
{
	const struct rubric_set *rubric = kept->event;

	if (!found->rubric && rubric->version == wish->version)
		found->rubric = rubric;
}

enum status question_log_find(struct question_log *log, const struct question_wish *wish, struct question_found *out)
{
	struct question_kept *kept = kept_of(log, wish->question);
	struct question_found found = {0};
	enum status           status = read_on(log, kept);

	if (status != STATUS_OK)
		return status;
	for (const struct kept_event *event = kept->newest; event; event = event->next) {
		if (event->position > wish->until)
			continue;
		if (event->number == EVENT_question_written)
			find_written(event, wish, &found);
		else if (event->number == EVENT_key_set)
			find_key(event, wish, &found);
		else if (event->number == EVENT_task_set)
			find_task(event, wish, &found);
		else
			find_rubric(event, wish, &found);
	}
	if (!found.question)
		return STATUS_NOT_FOUND;
	*out = found;
	return STATUS_OK;
}
