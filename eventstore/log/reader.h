/* Reading the log from any process on the host: memory-mapped, in short read transactions, never past what is durable.
 * A reader may be used by one thread at a time. Records and their views are valid only inside the visit. */
#ifndef ORRERY_READER_H
#define ORRERY_READER_H

#include "eventstore/base/merkle.h"
#include "eventstore/log/identity.h"
#include "eventstore/log/record.h"

struct reader;

/* `directory` holds log/ and index/. NOT_FOUND: no log there yet. */
enum status reader_open(const char *directory, struct reader **out) MUST_USE;
void        reader_close(struct reader *reader);

/* As it was when reader_head or reader_each last returned, or when it was opened. */
struct log_identity reader_identity(const struct reader *reader);

/* The last durable position, 0 for an empty log. */
enum status reader_head(struct reader *reader, uint64_t *head) MUST_USE;

/* Called for each record in order; false stops. */
typedef bool (*reader_visit)(void *owner, const struct record *record);

/* At most `limit` records from position `from` (>= 1) on. */
enum status reader_each(struct reader *reader, uint64_t from, uint32_t limit, reader_visit visit, void *owner) MUST_USE;

/* The records of one stream from version `from` (>= 1) on, those that the index has not reached yet included. */
enum status reader_stream(struct reader *reader, struct id stream, uint64_t from, uint32_t limit, reader_visit visit,
                          void *owner) MUST_USE;

/* The records of one event type, newest first. */
enum status reader_type_backward(struct reader *reader, uint16_t number, uint32_t limit, reader_visit visit,
                                 void *owner) MUST_USE;

/* How many records of one event type there are. Walks the index's keys, about ten million a second, and reads what the
 * index lacks. */
enum status reader_count_type(struct reader *reader, uint16_t number, uint64_t *count) MUST_USE;

/* Which records somebody wants: those of these types, or of any when there are none; of this stream, or of any when it
 * is absent. All zeroes: every record. */
enum { FILTER_NUMBERS_MAX = 128 };
struct event_filter {
	const uint16_t *numbers; /* kept by reference */
	uint32_t        number_count;
	struct id       stream;
};

struct filtered_walk {
	uint64_t reached; /* there is nothing more to find for this filter up to here */
	uint64_t read;    /* records that were read for it, wanted or not */
};

/* At most `limit` wanted records from position `from` (>= 1) on, in order. What the index names is found through it and
 * what lies between is not read; what the index lacks is walked, FILTER_TAIL_MAX records a call at most. The record for
 * which the visit returned false counts as not seen, so that the walk can go on with it. */
enum { FILTER_TAIL_MAX = 1 << 16 };
enum status reader_filtered(struct reader *reader, const struct event_filter *filter, uint64_t from, uint32_t limit,
                            reader_visit visit, void *owner, struct filtered_walk *walk) MUST_USE;

/* Who holds the claim (keys.h: keys_claim_hash), counting what the index has not reached yet. NOT_FOUND: nobody. */
enum status reader_claim(struct reader *reader, const struct hash *value, struct id *owner) MUST_USE;

/* The position of the first event of a command; the others follow it. NOT_FOUND: it led to none. */
enum status reader_command(struct reader *reader, struct id command, uint64_t *position) MUST_USE;

/* OK: the index names the record by its streams, type and command, or has not reached it yet. CONFLICT: it does not.
 * May be called inside a visit. */
enum status reader_check_index(struct reader *reader, const struct record *record) MUST_USE;

/* Compares each claim that the index holds with the event that is said to have taken it; `wrong` gets the position of
 * one that did not. CORRUPT: an entry is none. */
enum status reader_check_claims(struct reader *reader, void (*wrong)(void *owner, uint64_t position),
                                void          *owner) MUST_USE;

/* The leaf hash at a position; NOT_FOUND beyond the head. */
enum status reader_leaf(struct reader *reader, uint64_t position, struct hash *leaf) MUST_USE;

/* The log's Merkle tree, for the roots and proofs of base/merkle.h; valid as long as the reader. */
struct merkle_source reader_tree(struct reader *reader);

#endif
