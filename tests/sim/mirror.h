/* The log as it must be, kept as a plain array and searched from end to end: what the store answers through overlay and
 * index is compared with it, and what lies on disk. It takes in each event when it is appended and is cut when a crash
 * took what was not durable. */
#ifndef ORRERY_TESTS_SIM_MIRROR_H
#define ORRERY_TESTS_SIM_MIRROR_H

#include "eventstore/writer/store.h"

enum { MIRROR_EVENTS_MAX = 4096, MIRROR_STREAMS_MAX = 4, MIRROR_CLAIMS_MAX = RECORD_CLAIMS_MAX };

struct mirror_event {
	uint64_t             position, version; /* that it gave to its first stream */
	uint16_t             number;
	uint8_t              command_index, command_count;
	uint8_t              stream_count, claim_count;
	int64_t              time_us;
	struct id            command;
	struct digest        digest;
	struct hash          leaf;
	struct record_stream streams[MIRROR_STREAMS_MAX];
	struct record_claim  claims[MIRROR_CLAIMS_MAX];
};

/* How many events there are; they are numbered from 1 on. */
uint64_t                   mirror_head(void);
const struct mirror_event *mirror_at(uint64_t position);

/* Takes in what the store has appended since, checking that it continues the log lawfully. */
void mirror_take(struct store *store);

/* After a crash: the log ends at `head`. */
void mirror_cut(uint64_t head);

/* The first event of the command, NULL when none is kept; the last event of the same command. */
const struct mirror_event *mirror_command(struct id command);
const struct mirror_event *mirror_last_of(const struct mirror_event *first);

uint64_t mirror_version(struct id stream);

/* Who holds the value; absent: nobody. */
struct id mirror_owner(const struct hash *value);

/* Was the person erased by an event up to `head`? */
bool mirror_erased(struct id person, uint64_t head);

/* One question, drawn by chance, to the store; the answer must be the mirror's. */
void mirror_ask(struct store *store);

/* Reads the whole log: it must be the mirror up to its head, with a tree that fits, and every personal text must open
 * with `opener`, except those of persons who are erased: those must not. Answers the head. */
uint64_t mirror_compare(struct reader *reader, const struct opener *opener);

#endif
