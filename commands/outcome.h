/* What came of a command: what was recorded of it, or what a decider says when it is asked again. */
#ifndef ORRERY_OUTCOME_H
#define ORRERY_OUTCOME_H

#include "commands/decision.h"
#include "eventstore/log/reader.h"
#include "eventstore/vault/keys.h"
#include "eventstore/writer/journal_entry.h"

enum outcome_kind {
	OUTCOME_ACCEPTED, /* events */
	OUTCOME_REFUSED,
	OUTCOME_NOTHING, /* things already were as wished */
	OUTCOME_INVALID, /* the command would not come as far as its decider */
	OUTCOME_UNKNOWN, /* it cannot be decided again */
};

struct outcome_event {
	const struct event_type *type;
	const void              *event;
	uint64_t                 unknown; /* a bit a field whose value nobody can tell any more */
};

struct outcome {
	enum outcome_kind    kind;
	struct text          refusal;
	int64_t              retry_at; /* 0: none */
	struct text          sentence; /* INVALID: what is wrong; UNKNOWN: why */
	uint32_t             event_count;
	struct outcome_event events[DECISION_EVENTS_MAX];
};

/* What the journal and the log say. Events lie in the arena. CORRUPT: the log does not hold what the entry says. */
enum status outcome_recorded(const struct journal_entry *entry, struct reader *reader, const struct opener *opener,
                             struct arena *arena, struct outcome *out) MUST_USE;

/* A decision's. */
void outcome_decided(const struct decision *decision, struct outcome *out);

/* Of two that were decided alike but for what stood in place of withheld hashes: what differs is unknown. False when
 * more differs than fields. */
bool outcome_agree(struct outcome *outcome, const struct outcome *other);

/* "same", "unknown", "other_events", "other_refusal", or "accepted_to_refused" and so on. Fields that are unknown on
 * one side are the same. A static text, or one in the arena. */
struct text outcome_change(const struct outcome *recorded, const struct outcome *decided, struct arena *arena);

/* JSON. Of what is personal or secret only a digest is printed, by which equal ones are known; what is unknown is null.
 * Appends "NAME":"accepted","NAME_events":[{"event":…,"fields":{…}}] and, where there is one, "NAME_refusal",
 * "NAME_retry_at" and "NAME_sentence". */
void outcome_print(const struct outcome *outcome, const char *name, const struct keys *keys, struct buffer *out);

/* Appends [{"event":…,"was":{FIELD:…},"now":{FIELD:…}}] with an item for each field that differs; for other_events. */
void outcome_print_differences(const struct outcome *recorded, const struct outcome *decided, const struct keys *keys,
                               struct buffer *out);

#endif
