/* What the follower's files share: follower.c calls and follows, follower_compare.c asks whether it is the same log,
 * and follower_note.c compares the copy with signed checkpoints. For them alone. */
#ifndef ORRERY_FEED_FOLLOWER_PARTS_H
#define ORRERY_FEED_FOLLOWER_PARTS_H

#include "eventstore/base/arena.h"
#include "eventstore/feed/copy.h"
#include "eventstore/feed/follower.h"
#include "eventstore/feed/line.h"

/* How the steps end: OK goes on, UNREACHABLE calls again, CONFLICT was refused, anything else is the machine's fault.
 */
struct follower {
	const struct follower_settings *settings;
	struct copy                    *copy;
	struct noise_key                key;
	struct line                     line;
	struct arena                    arena; /* of the message at hand */
	struct buffer                   note;  /* the checkpoint that waits for its records; empty: none does */
	uint64_t                        head, verified;
	uint64_t                        owed; /* bytes of records that came and were not given back as credit */
	uint64_t                        told_position, told_verified;
	int64_t                         told_us;
	bool                            live, stopping;
	uint32_t                        pause_ms;
	char                            sentence[FOLLOWER_SENTENCE_MAX];
};

void follower_tell(struct follower *follower, enum follower_event event, const char *sentence);

/* Tells the sentence; CONFLICT. */
enum status follower_refuse(struct follower *follower, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Keeps the sentence, to be told before the next call; UNREACHABLE. */
enum status follower_lost(struct follower *follower, const char *sentence);
/* The same for what line_receive or line_flush said. */
enum status follower_lost_line(struct follower *follower, enum status why);

/* The feed's own sentence; CONFLICT. */
enum status follower_take_refusal(struct follower *follower, struct bytes body);

/* Is it to end? Waits that long for it. */
bool follower_stops(struct follower *follower, int timeout_ms);

/* Sends what waits and takes in what comes. NOT_FOUND: nothing came yet. */
enum status follower_step(struct follower *follower, int timeout_ms) MUST_USE;

/* Says hello, and compares the copy with the feed's log: it is the beginning of it, or refused. */
enum status follower_compare(struct follower *follower, struct log_identity *feed) MUST_USE;

/* Takes up what was verified in an earlier life, if the copy is still that one. */
enum status follower_recall_note(struct follower *follower) MUST_USE;

/* Compares the copy with the checkpoint that waits, once the records that came before it are on disk. */
enum status follower_settle_note(struct follower *follower) MUST_USE;

#endif
