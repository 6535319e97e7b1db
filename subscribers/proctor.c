/* The deadline keeper: ends attempts whose time is over.
 *
 * It keeps no rules. At the time an attempt is said to expire it asks the decider to close it (close_attempt), and a
 * refusal says when to ask again. When a policy changes or somebody is granted more time it asks for every attempt that
 * this may concern. What is under way is in memory only, and is read from the log when the process starts; then each is
 * asked for once.
 *
 * Events come on the subscription's thread, and times on one of its own; both share what is watched, under one lock,
 * and nothing is sent with it held. */
#include "subscribers/proctor.h"

#include "eventstore/base/clock.h"
#include "eventstore/base/require.h"
#include "eventstore/log/reader.h"
#include "schema/commands.h"
#include "subscribers/sender.h"
#include "subscribers/vigils.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

enum { US_PER_S = 1000000, NS_PER_US = 1000, WALK_MAX = 4096 };

#define AGAIN_SOON_US ((int64_t)US_PER_S)       /* the writer cannot be reached */
#define AGAIN_LATER_US ((int64_t)60 * US_PER_S) /* the command was not lawful, which another build may mend */
#define SLEEP_MAX_US ((int64_t)10 * US_PER_S)   /* in case the clock was set meanwhile */

struct proctor {
	struct sender  *sender;
	struct reader  *reader;
	pthread_mutex_t lock;
	pthread_cond_t  changed;
	struct vigils  *vigils; /* this and the next, under the lock */
	bool            stopping;
	bool            threaded;
	pthread_t       thread;
};

static const uint16_t numbers[] = {EVENT_attempt_started, EVENT_attempt_submitted, EVENT_assessment_policy_changed,
                                   EVENT_accommodation_granted};

/* ---------------------------------------------------------------- what is under way */

/* The decoded event of a kind that seals nothing. */
static enum status open_event(const struct record *record, struct arena *arena, const void **event)
{
	const struct event_type *type;

	return record_event(record, NULL, arena, &type, event);
}

static enum status watch(struct proctor *self, const struct record *record, bool from_log)
{
	const struct attempt_started *event;
	struct arena                  arena = {0};
	enum status                   status = open_event(record, &arena, (const void **)&event);
	struct vigil                  vigil;

	if (status == STATUS_OK) {
		vigil = (struct vigil){
			.attempt = event->attempt,
			.assessment = event->assessment,
			.enrolment = event->enrolment,
			.leaf = record->leaf,
			.position = record->position,
			.due_us = event->has_expires_at ? event->expires_at : VIGIL_NEVER_US,
		};
		if (from_log)
			vigil.due_us = event->started_at;
		vigils_watch(self->vigils, &vigil);
	}
	arena_finish(&arena);
	return status;
}

/* All four belong first to the stream of what they are about. */
static enum status take(struct proctor *self, const struct record *record, bool from_log)
{
	struct id about = record->streams[0].id;

	switch (record->number) {
	case EVENT_attempt_started:
		return watch(self, record, from_log);
	case EVENT_attempt_submitted:
		vigils_forget(self->vigils, about);
		return STATUS_OK;
	case EVENT_assessment_policy_changed:
		vigils_of_assessment(self->vigils, about, record->time_us);
		return STATUS_OK;
	default:
		vigils_of_enrolment(self->vigils, about, record->time_us);
		return STATUS_OK;
	}
}

static enum status proctor_deliver(void *owner, struct delivery *delivery)
{
	struct proctor *self = owner;
	enum status     status;

	pthread_mutex_lock(&self->lock);
	status = take(self, &delivery->record, false);
	pthread_cond_signal(&self->changed);
	pthread_mutex_unlock(&self->lock);
	return status;
}

struct walk {
	struct proctor *proctor;
	enum status     status;
};

static bool take_from_log(void *owner, const struct record *record)
{
	struct walk *walk = owner;

	walk->status = take(walk->proctor, record, true);
	return walk->status == STATUS_OK;
}

/* Every attempt that ever began, and was not handed in since. */
static enum status read_log(struct proctor *self)
{
	const struct event_filter filter = {.numbers = numbers, .number_count = 2};
	struct walk               walk = {.proctor = self};
	struct filtered_walk      went = {.reached = 0};
	uint64_t                  head;
	enum status               status = reader_head(self->reader, &head);

	while (status == STATUS_OK && walk.status == STATUS_OK && went.reached < head)
		status =
			reader_filtered(self->reader, &filter, went.reached + 1, WALK_MAX, take_from_log, &walk, &went);
	return status == STATUS_OK ? walk.status : status;
}

/* ---------------------------------------------------------------- asking */

struct found_out {
	enum status status;
	struct sent sent;
};

static struct found_out ask(struct proctor *self, const struct vigil *vigil)
{
	const struct close_attempt fields = {.attempt = vigil->attempt};
	const struct errand        errand = {.command = "close_attempt", .fields = &fields};
	struct delivery            began = {.record = {.position = vigil->position, .leaf = vigil->leaf}};
	struct found_out           out = {.status = STATUS_OK};

	out.status = sender_send(self->sender, &began, &errand, &out.sent);
	return out;
}

static bool may_pass(enum status status)
{
	return status == STATUS_UNREACHABLE || status == STATUS_BUSY || status == STATUS_FULL;
}

/* When to ask again; VIGIL_NEVER_US: when something changes. */
static int64_t next_due(const struct found_out *found, int64_t now_us)
{
	if (found->status != STATUS_OK)
		return now_us + (may_pass(found->status) ? AGAIN_SOON_US : AGAIN_LATER_US);
	return found->sent.retry_at_us ? found->sent.retry_at_us : VIGIL_NEVER_US;
}

static bool is_over(const struct found_out *found)
{
	return found->status == STATUS_OK && found->sent.refusal != REFUSAL_attempt_running;
}

int64_t proctor_turn(void *owner, int64_t now_us)
{
	struct proctor     *self = owner;
	const struct vigil *first;
	int64_t             due_us;

	pthread_mutex_lock(&self->lock);
	while ((first = vigils_first(self->vigils)) && first->due_us <= now_us && !self->stopping) {
		struct vigil     vigil = *first;
		struct found_out found;

		pthread_mutex_unlock(&self->lock);
		found = ask(self, &vigil);
		pthread_mutex_lock(&self->lock);
		if (is_over(&found))
			vigils_forget(self->vigils, vigil.attempt);
		else
			vigils_put_off(self->vigils, vigil.attempt, vigil.asked, next_due(&found, now_us));
	}
	due_us = first ? first->due_us : VIGIL_NEVER_US;
	pthread_mutex_unlock(&self->lock);
	return due_us;
}

uint32_t proctor_watches(void *owner)
{
	struct proctor *self = owner;
	uint32_t        count;

	pthread_mutex_lock(&self->lock);
	count = vigils_count(self->vigils);
	pthread_mutex_unlock(&self->lock);
	return count;
}

/* ---------------------------------------------------------------- its thread */

/* Until then, or until something changed; with the lock held. */
static void sleep_until(struct proctor *self, int64_t due_us)
{
	int64_t         now_us = clock_wall_us();
	int64_t         until_us = due_us - now_us > SLEEP_MAX_US ? now_us + SLEEP_MAX_US : due_us;
	struct timespec until = {.tv_sec = until_us / US_PER_S, .tv_nsec = until_us % US_PER_S * NS_PER_US};

	pthread_cond_timedwait(&self->changed, &self->lock, &until);
}

/* What changed between the turn and the lock is seen in what is due first. */
static void *run(void *owner)
{
	struct proctor     *self = owner;
	const struct vigil *first;

	pthread_mutex_lock(&self->lock);
	while (!self->stopping) {
		pthread_mutex_unlock(&self->lock);
		proctor_turn(self, clock_wall_us());
		pthread_mutex_lock(&self->lock);
		first = vigils_first(self->vigils);
		if (!self->stopping && (!first || first->due_us > clock_wall_us()))
			sleep_until(self, first ? first->due_us : VIGIL_NEVER_US);
	}
	pthread_mutex_unlock(&self->lock);
	return NULL;
}

/* Signals are the process's business. */
static void start_thread(struct proctor *self)
{
	sigset_t all, before;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	require(pthread_create(&self->thread, NULL, run, self) == 0);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	self->threaded = true;
}

static void stop_thread(struct proctor *self)
{
	pthread_mutex_lock(&self->lock);
	self->stopping = true;
	pthread_cond_signal(&self->changed);
	pthread_mutex_unlock(&self->lock);
	if (self->threaded)
		pthread_join(self->thread, NULL);
}

/* ---------------------------------------------------------------- opening */

static void proctor_close(void *owner)
{
	struct proctor *self = owner;

	if (!self)
		return;
	stop_thread(self);
	reader_close(self->reader);
	sender_destroy(self->sender);
	vigils_destroy(self->vigils);
	pthread_cond_destroy(&self->changed);
	pthread_mutex_destroy(&self->lock);
	free(self);
}

enum status proctor_open_idle(const struct subscriber_ground *ground, void **out)
{
	struct proctor *self = calloc(1, sizeof(*self));
	enum status     status;

	require(self != NULL);
	require(pthread_mutex_init(&self->lock, NULL) == 0 && pthread_cond_init(&self->changed, NULL) == 0);
	self->vigils = vigils_create();
	self->sender = sender_create(ground, proctor.name);
	status = reader_open(config_path(ground->config, CONFIG_DATA), &self->reader);
	if (status == STATUS_OK)
		status = read_log(self);
	if (status != STATUS_OK) {
		proctor_close(self);
		return status;
	}
	*out = self;
	return STATUS_OK;
}

static enum status proctor_open(const struct subscriber_ground *ground, void **out)
{
	enum status status = proctor_open_idle(ground, out);

	if (status == STATUS_OK)
		start_thread(*out);
	return status;
}

static struct event_filter proctor_filter(void *owner)
{
	return (struct event_filter){.numbers = numbers, .number_count = array_count(numbers)};
}

/* Watching what is watched, or asking once more, harms nobody. */
const struct subscriber proctor = {
	.name = "proctor",
	.handler = {.deliver = proctor_deliver, .repeatable = true},
	.open = proctor_open,
	.close = proctor_close,
	.filter = proctor_filter,
};
