#include "tests/projections/stage.h"

#include "eventstore/base/base64.h"
#include "eventstore/base/require.h"
#include "eventstore/codec/codec_msgpack.h"
#include "projections/checkpoint.h"

#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const char *connection(void)
{
	const char *text = getenv("ORRERY_PG");

	require(text != NULL && getenv("ORRERY_TEST_CLUSTER") != NULL);
	return text;
}

/* ---- the vault ---- */

static struct stage_person *person_of(struct stage *stage, struct id id)
{
	struct stage_person *person;

	for (uint32_t i = 0; i < stage->person_count; i++)
		if (id_equal(stage->persons[i].id, id))
			return &stage->persons[i];
	require(stage->person_count < STAGE_PERSONS_MAX);
	person = &stage->persons[stage->person_count++];
	person->id = id;
	seal_key_fresh(&person->key);
	return person;
}

static enum status stage_seal(void *owner, struct id id, struct text label, struct text clear, struct arena *arena,
                              struct bytes *sealed)
{
	struct stage_person *person = person_of(owner, id);
	uint8_t             *out = arena_alloc(arena, clear.size + SEAL_OVERHEAD);

	if (person->forgotten)
		return STATUS_FORGOTTEN;
	seal(&person->key, personal_context(arena, id, label), text_bytes(clear), out);
	*sealed = BYTES(out, clear.size + SEAL_OVERHEAD);
	return STATUS_OK;
}

static enum status stage_open(void *owner, struct id id, struct text label, struct bytes sealed, struct arena *arena,
                              struct text *clear)
{
	struct stage_person *person = person_of(owner, id);
	uint8_t             *out = arena_alloc(arena, sealed.size + 1);

	if (person->forgotten || sealed.size < SEAL_OVERHEAD
	    || !seal_open(&person->key, personal_context(arena, id, label), sealed, out))
		return STATUS_FORGOTTEN;
	*clear = (struct text){.data = (const char *)out, .size = sealed.size - SEAL_OVERHEAD};
	return STATUS_OK;
}

void stage_forget(struct stage *stage, struct id person)
{
	person_of(stage, person)->forgotten = true;
}

/* ---- the log ---- */

static uint64_t next_version(struct stage *stage, struct id id)
{
	for (uint32_t i = 0; i < stage->stream_count; i++)
		if (id_equal(stage->streams[i].id, id))
			return ++stage->streams[i].version;
	require(stage->stream_count < STAGE_STREAMS_MAX);
	stage->streams[stage->stream_count++] = (struct stage_stream){.id = id, .version = 1};
	return 1;
}

static struct hash claim_hash(const struct stage *stage, uint8_t claim, struct text value)
{
	return hash_keyed(&stage->claim_key, text_from(claim_types[claim].name), text_bytes(value));
}

struct text stage_claim(struct stage *stage, uint8_t claim, struct text value)
{
	struct hash hash = claim_hash(stage, claim, value);

	return arena_base64(&stage->arena, BYTES(hash.bytes, sizeof(hash.bytes)));
}

static void add_claim(struct stage *stage, struct record *record, uint8_t claim, bool taken, struct text value)
{
	record->claims[record->claim_count++] =
		(struct record_claim){.claim = claim, .taken = taken, .value = claim_hash(stage, claim, value)};
}

static void add_field(struct stage *stage, struct record *record, const struct field *field, const void *event)
{
	if (!field_present(field, event))
		return;
	if (field->marks & FIELD_STREAM) {
		struct id id = *(const struct id *)field_at(field, event);

		record->streams[record->stream_count++] =
			(struct record_stream){.id = id, .version = next_version(stage, id)};
	}
	if (field->marks & FIELD_CLAIM)
		add_claim(stage, record, (uint8_t)field->claim, true, *(const struct text *)field_at(field, event));
}

static uint64_t append(struct stage *stage, struct record *record, const struct event_type *type, const void *event)
{
	struct buffer payload = {0}, encoded = {0};

	require(stage->record_count < STAGE_RECORDS_MAX);
	for (uint16_t i = 0; i < type->shape->count; i++)
		add_field(stage, record, &type->shape->fields[i], event);
	require(msgpack_encode_shape(type->shape, event, 0, &stage->sealer, &payload) == STATUS_OK);
	record->number = type->number;
	record->shape_version = 1;
	record->command_count = 1;
	record->position = stage->record_count + 1;
	record->time_us = 1700000000000000 + (int64_t)record->position * 1000000;
	record->payload = buffer_bytes(&payload);
	record_encode(record, &encoded);
	stage->records[stage->record_count++] = arena_bytes(&stage->arena, buffer_bytes(&encoded));
	buffer_finish(&payload);
	buffer_finish(&encoded);
	return record->position;
}

uint64_t stage_append(struct stage *stage, uint16_t number, const void *event)
{
	struct record record = {0};

	return append(stage, &record, event_type_by_number(number), event);
}

void stage_register(struct stage *stage, struct id user, const char *name)
{
	char email[64];

	snprintf(email, sizeof(email), "%02x%02x@example.org", user.bytes[14], user.bytes[15]);
	HAPPEN(stage, user_registered, .user = user, .email = text_from(email), .password_hash = TEXT("$argon2id$x"),
	       .name = text_from(name), .locale = TEXT("en"), .region = TEXT("GB"),
	       .token = TEXT("0123456789012345678901234567890123456789012"), .token_hash = {{1}}, .expires_at = 1);
}

uint64_t stage_append_releasing(struct stage *stage, uint16_t number, const void *event, uint8_t claim,
                                struct text value)
{
	struct record record = {0};

	add_claim(stage, &record, claim, false, value);
	return append(stage, &record, event_type_by_number(number), event);
}

uint64_t stage_append_unknown(struct stage *stage)
{
	struct record record = {
		.number = UINT16_MAX, .shape_version = 1, .command_count = 1, .position = stage->record_count + 1};
	struct buffer encoded = {0};

	record_encode(&record, &encoded);
	stage->records[stage->record_count++] = arena_bytes(&stage->arena, buffer_bytes(&encoded));
	buffer_finish(&encoded);
	return record.position;
}

static struct log_identity stage_identity(void *owner)
{
	struct stage *stage = owner;

	return stage->identity;
}

static enum status stage_head(void *owner, uint64_t *head)
{
	struct stage *stage = owner;

	*head = stage->record_count;
	return STATUS_OK;
}

static enum status stage_each(void *owner, uint64_t from, uint32_t limit, reader_visit visit, void *visitor)
{
	struct stage *stage = owner;

	for (uint64_t i = from - 1; i < stage->record_count && i < from - 1 + limit; i++) {
		struct record record;

		require(record_decode(stage->records[i], &record) == STATUS_OK);
		record.leaf = hash_leaf(stage->records[i]);
		if (!visit(visitor, &record))
			break;
	}
	return STATUS_OK;
}

static enum status stage_leaf(void *owner, uint64_t position, struct hash *leaf)
{
	struct stage *stage = owner;

	if (position == 0 || position > stage->record_count)
		return STATUS_NOT_FOUND;
	*leaf = hash_leaf(stage->records[position - 1]);
	return STATUS_OK;
}

/* Nobody sleeps in a test: time passes at once. */
static void stage_wait(void *owner, uint64_t position, int timeout_ms)
{
	struct stage *stage = owner;

	if (stage->waits_left == 0)
		atomic_store(&stage->stopping, true);
	else
		stage->waits_left--;
}

static void stage_progress(void *owner, const char *name, uint64_t position)
{
	struct stage *stage = owner;

	stage->progress = position;
	stage->told++;
}

/* ---- projectors ---- */

struct id stage_id(uint32_t number)
{
	struct id id = {{0x01, 0x90, 0, 0, 0, 0, 0x70, 0, 0x80, 0, 0, 0}};

	for (int i = 0; i < 4; i++)
		id.bytes[15 - i] = (uint8_t)(number >> (8 * i));
	return id;
}

const struct projection *stage_projection(const char *name)
{
	for (uint32_t i = 0; i < projection_count; i++)
		if (strcmp(projections[i].name, name) == 0)
			return &projections[i];
	require(!"a projection of that name exists");
	return NULL;
}

struct projector *stage_projector(struct stage *stage, const struct projection *projection)
{
	return projector_create(&(struct projector_settings){.projection = projection,
	                                                     .connection = connection(),
	                                                     .log = &stage->log,
	                                                     .opener = &stage->opener,
	                                                     .stopping = &stage->stopping});
}

enum projector_turn stage_turn(struct projector *projector)
{
	enum projector_turn turn;

	do {
		turn = projector_turn(projector);
	} while (turn == TURN_AGAIN);
	return turn;
}

void stage_fold(struct stage *stage)
{
	for (uint32_t i = 0; i < projection_count; i++) {
		struct projector *projector = stage_projector(stage, &projections[i]);

		require(stage_turn(projector) == TURN_IDLE);
		require(projector_position(projector) == stage->record_count);
		projector_destroy(projector);
	}
}

/* ---- questions ---- */

static void *loop_watch(void *owner, int fd, void (*on_ready)(void *, bool, bool), void *subject)
{
	struct stage_loop *loop = owner;

	for (uint32_t i = 0; i < QUERIES_CONNECTIONS; i++) {
		if (loop->watches[i].on_ready)
			continue;
		loop->watches[i] = (struct stage_watch){.fd = fd, .subject = subject, .on_ready = on_ready};
		return &loop->watches[i];
	}
	return NULL;
}

static void loop_want_write(void *owner, void *watch)
{
	((struct stage_watch *)watch)->writable = true;
}

static void loop_unwatch(void *owner, void *watch)
{
	*(struct stage_watch *)watch = (struct stage_watch){0};
}

struct queries *stage_queries(struct stage_loop *loop)
{
	return queries_create(connection(), &(struct query_loop){.owner = loop,
	                                                         .watch = loop_watch,
	                                                         .want_write = loop_want_write,
	                                                         .unwatch = loop_unwatch});
}

static void watch_turn(struct stage_watch *watch)
{
	struct pollfd poller = {.fd = watch->fd, .events = (short)(POLLIN | (watch->writable ? POLLOUT : 0))};

	if (!watch->on_ready || poll(&poller, 1, 10) <= 0)
		return;
	if (poller.revents & POLLOUT)
		watch->writable = false;
	watch->on_ready(watch->subject, poller.revents & ~POLLOUT, poller.revents & POLLOUT);
}

void stage_loop_turn(struct stage_loop *loop, struct queries *queries)
{
	for (uint32_t i = 0; i < QUERIES_CONNECTIONS; i++)
		watch_turn(&loop->watches[i]);
	queries_flush(queries);
	queries_tick(queries);
}

void stage_on_answer(void *owner, enum status status, struct pg_answer *answer)
{
	*(struct stage_answer *)owner = (struct stage_answer){.done = true, .status = status, .answer = answer};
}

/* Asks either a query or a lookup over connections of its own, and waits. */
static struct pg_answer *ask(const struct query_statement *query, const void *object,
                             const struct lookup_statement *lookup, const struct text *values)
{
	struct stage_loop   loop = {0};
	struct stage_answer answer = {0};
	struct queries     *queries = stage_queries(&loop);

	while (!queries_ready(queries))
		stage_loop_turn(&loop, queries);
	if (query)
		require(query_run(queries, query, object, stage_on_answer, &answer) == STATUS_OK);
	else
		require(lookup_run(queries, lookup, values, stage_on_answer, &answer) == STATUS_OK);
	while (!answer.done)
		stage_loop_turn(&loop, queries);
	require(answer.status == STATUS_OK);
	queries_destroy(queries);
	return answer.answer;
}

static const char *opened(struct stage *stage, struct text text)
{
	struct buffer json = {0};
	struct text   kept;

	if (!text.data)
		return NULL;
	if (!personal_open_json(text_bytes(text), &stage->opener, &json))
		return arena_text(&stage->arena, personal_open(text, &stage->opener, &stage->arena)).data;
	kept = arena_text(&stage->arena, (struct text){.data = (const char *)json.data, .size = json.size});
	buffer_finish(&json);
	return kept.data;
}

const char *stage_ask(struct stage *stage, const char *query, const void *object, uint32_t row, uint32_t column)
{
	struct pg_answer *answer = ask(query_find(text_from(query)), object, NULL, NULL);
	const char       *text = NULL;

	if (row < pg_answer_rows(answer))
		text = opened(stage, pg_answer_text(answer, row, column));
	pg_answer_release(answer);
	return text;
}

const char *stage_lookup_row(struct stage *stage, const char *lookup, const struct text *values, uint32_t row)
{
	struct pg_answer *answer = ask(NULL, NULL, lookup_find(text_from(lookup)), values);
	struct text       joined = {.data = "", .size = 0};

	for (uint32_t i = 0; row < pg_answer_rows(answer) && i < pg_answer_columns(answer); i++) {
		const char *text = opened(stage, pg_answer_text(answer, row, i));

		joined = arena_format(&stage->arena, "%s%s%s", joined.data, i > 0 ? "|" : "", text ? text : "-");
	}
	pg_answer_release(answer);
	return joined.size > 0 ? joined.data : NULL;
}

const char *stage_lookup(struct stage *stage, const char *lookup, const char *value)
{
	const struct text values[] = {text_from(value)};

	return stage_lookup_row(stage, lookup, values, 0);
}

const char *stage_sql(struct stage *stage, const char *sql)
{
	struct pg_session *session = pg_session_create(&(struct pg_settings){.connection = connection()});
	struct pg_answer  *answer = NULL;
	const char        *text = NULL;

	require(pg_session_connect(session) == STATUS_OK);
	if (pg_session_script(session, sql, &answer) != STATUS_OK) {
		fprintf(stderr, "# %s: %s\n", sql, pg_session_problem(session));
		require(!"the test's own SQL succeeds");
	}
	if (pg_answer_rows(answer) > 0)
		text = arena_text(&stage->arena, pg_answer_text(answer, 0, 0)).data;
	pg_answer_release(answer);
	pg_session_destroy(session);
	return text;
}

const char *stage_rows(struct stage *stage, const char *schema)
{
	struct text sql = arena_format(
		&stage->arena,
		"CREATE FUNCTION pg_temp.lines(which text) RETURNS SETOF text LANGUAGE plpgsql AS $$"
		" DECLARE t text; BEGIN FOR t IN SELECT table_name FROM information_schema.tables WHERE table_schema = "
		"which"
		" LOOP RETURN QUERY EXECUTE format('SELECT %%L || to_json(r)::text FROM %%I.%%I AS r', t || ' ', "
		"which, t);"
		" END LOOP; END $$;"
		"SELECT string_agg(line, E'\\n' ORDER BY line COLLATE \"C\") FROM pg_temp.lines('%s') AS line",
		schema);
	const char *rows = stage_sql(stage, sql.data);

	return rows ? rows : "";
}

/* ---- the cluster ---- */

void stage_cluster(const char *verb)
{
	char line[1024];

	snprintf(line, sizeof(line), "%s %s %s", getenv("ORRERY_TEST_CLUSTER_CONTROL"), verb,
	         getenv("ORRERY_TEST_CLUSTER"));
	require(system(line) == 0);
}

static const char *sought;
static uint32_t    found;

/* Files may shrink and go while they are read: what was there a moment ago is no longer there. */
static int look_into(const char *path, const struct stat *about, int kind, struct FTW *walk)
{
	size_t  size = (size_t)about->st_size;
	int     fd = kind == FTW_F && size > 0 ? open(path, O_RDONLY) : -1;
	char   *bytes;
	ssize_t got;

	if (fd < 0)
		return 0;
	bytes = malloc(size);
	require(bytes != NULL);
	got = read(fd, bytes, size);
	close(fd);
	if (got > 0 && memmem(bytes, (size_t)got, sought, strlen(sought))) {
		found++;
		printf("# found in %s\n", path);
	}
	free(bytes);
	return 0;
}

uint32_t stage_files_with(const char *needle)
{
	sought = needle;
	found = 0;
	require(nftw(getenv("ORRERY_TEST_CLUSTER"), look_into, 16, FTW_PHYS) == 0);
	return found;
}

/* ---- life ---- */

void stage_wipe(struct stage *stage)
{
	stage_sql(stage,
	          "DO $$ DECLARE s text; BEGIN FOR s IN SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_' AND "
	          "nspname NOT IN ('public', 'information_schema') LOOP EXECUTE format('DROP SCHEMA %I CASCADE', s); "
	          "END LOOP; END $$");
}

int stage_set_up(void **state)
{
	struct stage *stage = calloc(1, sizeof(*stage));

	require(stage != NULL);
	*stage = (struct stage){.identity = {.store = stage_id(1000000), .epoch = 1}};
	random_fill(&stage->claim_key, sizeof(stage->claim_key));
	stage->sealer = (struct sealer){.owner = stage, .seal = stage_seal};
	stage->opener = (struct opener){.owner = stage, .open = stage_open};
	stage->log = (struct projector_log){.owner = stage,
	                                    .identity = stage_identity,
	                                    .head = stage_head,
	                                    .each = stage_each,
	                                    .leaf = stage_leaf,
	                                    .wait = stage_wait,
	                                    .progress = stage_progress};
	stage_wipe(stage);
	*state = stage;
	return 0;
}

int stage_tear_down(void **state)
{
	struct stage *stage = *state;

	arena_finish(&stage->arena);
	free(stage);
	return 0;
}
