#include "api/feed.h"

#include "eventstore/base/clock.h"
#include "eventstore/base/diag.h"
#include "eventstore/base/require.h"
#include "eventstore/log/reader.h"
#include "eventstore/wire/doorbell.h"
#include "schema/events.h"

#include <pthread.h>
#include <stdlib.h>

enum { READ_AT_ONCE = 10000, WAIT_MS = 500, RETRY_MS = 1000 };

struct feed {
	struct service  *service;
	struct reader   *reader;
	struct doorbell *doorbell;
	pthread_t        thread;
	_Atomic bool     stopping;
	uint64_t         position;  /* of the last event looked at */
	int64_t          oldest_us; /* wall clock: what is older needs no memory */
	struct arena     arena;
};

/* Which events end tokens, and whose. */
static const uint16_t ending_events[] = {
	EVENT_session_revoked, EVENT_sessions_revoked, EVENT_user_suspended,   EVENT_user_erased,
	EVENT_role_granted,    EVENT_role_revoked,     EVENT_password_changed,
};

static bool ends_tokens(uint16_t number)
{
	for (size_t i = 0; i < array_count(ending_events); i++)
		if (ending_events[i] == number)
			return true;
	return false;
}

/* The id in the event's field of that name. */
static struct id named(const struct event_type *type, const void *event, const char *name)
{
	const struct field *field = shape_field(type->shape, text_from(name));

	require(field != NULL);
	return *(const struct id *)field_at(field, event);
}

static void revoke(struct feed *feed, const struct record *record)
{
	struct revocation       *set = feed->service->revocation;
	const struct event_type *type;
	const void              *event;

	if (record_event(record, NULL, &feed->arena, &type, &event) != STATUS_OK) {
		diag(DIAG_ERROR, "feed_event_unreadable", "position %llu", (unsigned long long)record->position);
		return;
	}
	if (record->number == EVENT_session_revoked)
		revocation_session(set, named(type, event, "session"), record->position, clock_monotonic_us());
	else
		revocation_user(set, named(type, event, "user"), record->position, clock_monotonic_us());
	arena_reset(&feed->arena);
}

static bool take_old(void *owner, const struct record *record)
{
	struct feed *feed = owner;

	if (record->time_us < feed->oldest_us)
		return false;
	revoke(feed, record);
	return true;
}

static bool take_new(void *owner, const struct record *record)
{
	struct feed *feed = owner;

	feed->position = record->position;
	if (ends_tokens(record->number))
		revoke(feed, record);
	return true;
}

static enum status catch_up(struct feed *feed)
{
	enum status status = reader_head(feed->reader, &feed->position);

	feed->oldest_us = clock_wall_us() - (int64_t)(ACCESS_TOKEN_LIFETIME_S + ACCESS_TOKEN_MARGIN_S) * 1000000;
	for (size_t i = 0; i < array_count(ending_events) && status == STATUS_OK; i++)
		status = reader_type_backward(feed->reader, ending_events[i], UINT32_MAX, take_old, feed);
	return status;
}

static void *run(void *owner)
{
	struct feed *feed = owner;

	while (!feed->stopping) {
		enum status status = reader_each(feed->reader, feed->position + 1, READ_AT_ONCE, take_new, feed);

		if (status != STATUS_OK)
			diag(DIAG_ERROR, "feed_stalled", "%s", status_sentence(status));
		doorbell_wait(feed->doorbell, feed->position, status == STATUS_OK ? WAIT_MS : RETRY_MS);
	}
	return NULL;
}

struct feed *feed_create(struct service *service)
{
	struct feed *feed = calloc(1, sizeof(*feed));

	require(feed != NULL);
	feed->service = service;
	return feed;
}

enum status feed_start(void *owner)
{
	struct feed *feed = owner;
	enum status  status = reader_open(feed->service->data, &feed->reader);

	if (status != STATUS_OK)
		return status;
	status = catch_up(feed);
	if (status != STATUS_OK) {
		reader_close(feed->reader);
		feed->reader = NULL;
		return status;
	}
	feed->doorbell = doorbell_create(feed->service->socket, "orrery-api feed");
	require(pthread_create(&feed->thread, NULL, run, feed) == 0);
	return STATUS_OK;
}

static void stop(struct feed *feed)
{
	feed->stopping = true;
	doorbell_interrupt(feed->doorbell);
	pthread_join(feed->thread, NULL);
	doorbell_destroy(feed->doorbell);
	reader_close(feed->reader);
}

void feed_destroy(struct feed *feed)
{
	if (!feed)
		return;
	if (feed->reader)
		stop(feed);
	arena_finish(&feed->arena);
	free(feed);
}
