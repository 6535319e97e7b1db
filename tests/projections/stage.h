/* What tests of the read models stand on: a log in memory, a vault in memory, a projector for any projection, and
 * questions asked and awaited. PostgreSQL is a real one, see cluster.py. */
#ifndef ORRERY_TEST_STAGE_H
#define ORRERY_TEST_STAGE_H

#include "projections/projector.h"
#include "projections/query.h"
#include "schema/events.h"

enum { STAGE_RECORDS_MAX = 4096, STAGE_PERSONS_MAX = 256, STAGE_STREAMS_MAX = 4096, STAGE_PROGRESS_MAX = 8 };

/* Who has a key; a forgotten person's is gone. */
struct stage_person {
	struct id       id;
	struct seal_key key;
	bool            forgotten;
};

struct stage_stream {
	struct id id;
	uint64_t  version;
};

struct stage {
	struct arena         arena;
	struct log_identity  identity;
	uint32_t             record_count;
	struct bytes         records[STAGE_RECORDS_MAX];
	uint32_t             person_count;
	struct stage_person  persons[STAGE_PERSONS_MAX];
	uint32_t             stream_count;
	struct stage_stream  streams[STAGE_STREAMS_MAX];
	struct hash          claim_key;
	struct sealer        sealer;
	struct opener        opener;
	struct projector_log log;
	uint64_t             progress;   /* what a projector told last */
	uint32_t             told;       /* how often one told */
	uint32_t             waits_left; /* a projector that waits once more is told to stop */
	atomic_bool          stopping;
};

/* For cmocka: *state is a stage over a database from which every schema of ours was dropped. */
int stage_set_up(void **state);
int stage_tear_down(void **state);

/* Drops every schema of ours; the log stays. */
void stage_wipe(struct stage *stage);

/* Appends an event, sealed, with its stream versions and the claims it takes; answers its position.
 * HAPPEN(stage, email_verified, .user = ADA) */
uint64_t stage_append(struct stage *stage, uint16_t number, const void *event);

#define HAPPEN(stage, event, ...) stage_append((stage), EVENT_##event, &(struct event){__VA_ARGS__})

/* Somebody of that name registers; the e-mail address follows from the id. */
void stage_register(struct stage *stage, struct id user, const char *name);

/* The same as stage_append for an event that gives back the claim on a value. */
uint64_t stage_append_releasing(struct stage *stage, uint16_t number, const void *event, uint8_t claim,
                                struct text value);

/* The keyed hash of a claim, as the read models hold it. */
struct text stage_claim(struct stage *stage, uint8_t claim, struct text value);

/* An event of a number that this build does not know. */
uint64_t stage_append_unknown(struct stage *stage);

/* Destroys the person's key. */
void stage_forget(struct stage *stage, struct id person);

/* Person, session or login number N. */
struct id stage_id(uint32_t number);

const struct projection *stage_projection(const char *name);
struct projector        *stage_projector(struct stage *stage, const struct projection *projection);

/* Turns until the head is reached, or something else than TURN_AGAIN came; answers that. */
enum projector_turn stage_turn(struct projector *projector);

/* Folds every projection up to the head. */
void stage_fold(struct stage *stage);

/* An event loop that only knows the sockets of one struct queries. Zeroes are a fresh one. */
struct stage_loop {
	struct stage_watch {
		int   fd;
		bool  writable;
		void *subject;
		void (*on_ready)(void *subject, bool readable, bool writable);
	} watches[QUERIES_CONNECTIONS];
};

struct queries *stage_queries(struct stage_loop *loop);

/* One turn, as a real loop would take it: sockets, then flush, then tick. */
void stage_loop_turn(struct stage_loop *loop, struct queries *queries);

/* What a question brought. */
struct stage_answer {
	bool              done;
	enum status       status;
	struct pg_answer *answer;
};

/* Given to query_run as `done`, with a struct stage_answer as owner. */
void stage_on_answer(void *owner, enum status status, struct pg_answer *answer);

/* A query by name, asked, awaited and opened: row `row`, column `column`, as a terminated text in the stage's arena;
 * NULL when there is no such row. Fails the test when the question fails. */
const char *stage_ask(struct stage *stage, const char *query, const void *object, uint32_t row, uint32_t column);

/* A lookup by name with one value: columns with '|' between; NULL when there is no row. */
const char *stage_lookup(struct stage *stage, const char *lookup, const char *value);

/* The same of a row, for a lookup with several values. */
const char *stage_lookup_row(struct stage *stage, const char *lookup, const struct text *values, uint32_t row);

/* Any SQL, as the cluster's superuser: the first column of the first row of the last statement, or NULL. */
const char *stage_sql(struct stage *stage, const char *sql);

/* One line for each row of each table in the schema, sorted: what the read model shows. */
const char *stage_rows(struct stage *stage, const char *schema);

/* Stops or starts the cluster. */
void stage_cluster(const char *verb);

/* How many files of the cluster hold these bytes. */
uint32_t stage_files_with(const char *needle);

/* For tests with cmocka: the text is there and holds the part. */
#define assert_shows(text, part)                                                                                       \
	do {                                                                                                           \
		const char *shown_ = (text);                                                                           \
		assert_non_null(shown_);                                                                               \
		if (!strstr(shown_, (part)))                                                                           \
			fail_msg("%s is not in %s", (part), shown_);                                                   \
	} while (0)

#endif
