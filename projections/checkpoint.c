#include "projections/checkpoint.h"

#include "eventstore/base/base64.h"
#include "eventstore/base/buffer.h"
#include "eventstore/base/require.h"

#include <inttypes.h>
#include <stdio.h>

/* The rows of a copy's workers. */
#define PARTS_OF_1 "starts_with(schema, $1 || '/')"

const char *const checkpoint_statements[CHECKPOINT_STATEMENTS] = {
	[CHECKPOINT_BEGIN] = "BEGIN",
	[CHECKPOINT_COMMIT] = "COMMIT",
	[CHECKPOINT_LOAD] = "SELECT position, leaf, store, epoch, fold, purge_due, made, stays FROM orrery.checkpoint "
			    "WHERE schema = $1",
	[CHECKPOINT_HOLD] = "SELECT orrery.hold($1, $2, $3, $4)",
	[CHECKPOINT_ADVANCE] = "UPDATE orrery.checkpoint SET position = $2, leaf = $3, epoch = $5, stays = false, "
			       "purge_due = greatest(purge_due, $4), updated_at = now() WHERE schema = $1",
	[CHECKPOINT_PURGED] = "UPDATE orrery.checkpoint SET purge_due = 0 WHERE schema = $1 AND purge_due = $2",
	[CHECKPOINT_OUTDATED] = "SELECT schema FROM orrery.checkpoint WHERE starts_with(schema, $1 || '__') "
				"AND cardinality(clear_tables) > 0 AND (position < $2 OR purge_due > 0)",
	[CHECKPOINT_MARK] = "UPDATE orrery.checkpoint SET fold = $2 WHERE schema = $1 OR " PARTS_OF_1,
	[CHECKPOINT_LOCK] = "SELECT pg_try_advisory_lock(hashtextextended('orrery.build.' || $1, 0))",
	[CHECKPOINT_SPLIT] =
		"INSERT INTO orrery.checkpoint (schema, position, leaf, store, epoch, fold, clear_tables, made) "
		"SELECT schema || '/' || number || '/' || $2::integer, position, leaf, store, epoch, fold, '{}', made "
		"FROM orrery.checkpoint, generate_series(1, $2::integer) AS number WHERE schema = $1",
	[CHECKPOINT_PARTS] = "SELECT schema FROM orrery.checkpoint WHERE " PARTS_OF_1 " ORDER BY schema COLLATE \"C\"",
	[CHECKPOINT_JOIN] = "DELETE FROM orrery.checkpoint WHERE " PARTS_OF_1,
	[CHECKPOINT_STAY] = "UPDATE orrery.checkpoint SET stays = $2 WHERE schema = $1",
	[CHECKPOINT_DIGEST] = "UPDATE orrery.checkpoint SET digest = $2, rows = $3, digest_position = $4, "
			      "digested_at = now() WHERE schema = $1",
	[CHECKPOINT_TIMED] = "UPDATE orrery.checkpoint SET built_events = $2, built_us = $3, built_workers = $4 "
			     "WHERE schema = $1",
};

/* The lock keeps two projectors from making the same thing at once: IF NOT EXISTS alone would let one of them fail. */
#define LOCK "SELECT pg_advisory_xact_lock(hashtext('orrery.checkpoint'));"

/* What is read from then on may have been folded by commits that did not wait. This one does, for them too: PostgreSQL
 * writes its log in order. */
#define WAIT_FOR_DISK "SET LOCAL synchronous_commit = on;"

/* Altering locks out every projector, so that it is done only where it changes something. */
static const char prepare_sql[] =
	LOCK "CREATE SCHEMA IF NOT EXISTS orrery;"
	     "CREATE TABLE IF NOT EXISTS orrery.checkpoint ("
	     "	schema       text PRIMARY KEY,"
	     "	position     bigint NOT NULL,"
	     "	leaf         text NOT NULL,"
	     "	store        uuid NOT NULL,"
	     "	epoch        bigint NOT NULL,"
	     "	fold         text NOT NULL,"
	     "	clear_tables text[] NOT NULL,"
	     "	purge_due    bigint NOT NULL DEFAULT 0,"
	     "	updated_at   timestamptz NOT NULL DEFAULT now());"
	     "DO $$ BEGIN"
	     "	IF NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = 'orrery.checkpoint'::regclass"
	     "		AND attname = 'made') THEN"
	     "		ALTER TABLE orrery.checkpoint"
	     "			ADD COLUMN made uuid NOT NULL DEFAULT gen_random_uuid(),"
	     "			ADD COLUMN stays boolean NOT NULL DEFAULT false,"
	     "			ADD COLUMN digest text, ADD COLUMN rows bigint, ADD COLUMN digest_position bigint,"
	     "			ADD COLUMN digested_at timestamptz,"
	     "			ADD COLUMN built_events bigint, ADD COLUMN built_us bigint,"
	     "			ADD COLUMN built_workers integer;"
	     "	END IF;"
	     " END $$;"
	     "CREATE OR REPLACE FUNCTION orrery.hold(held text, held_fold text, held_position bigint, held_made uuid)"
	     " RETURNS void LANGUAGE plpgsql AS $$"
	     " DECLARE mine orrery.checkpoint;"
	     " BEGIN"
	     "	SELECT * INTO mine FROM orrery.checkpoint WHERE schema = held FOR UPDATE;"
	     "	IF mine.fold IS DISTINCT FROM held_fold OR mine.made IS DISTINCT FROM held_made THEN"
	     "		RAISE EXCEPTION 'the read model is another one by now' USING ERRCODE = "
	     "'" CHECKPOINT_CHANGED "';"
	     "	ELSIF mine.position IS DISTINCT FROM held_position THEN"
	     "		RAISE EXCEPTION 'the checkpoint was moved to % by another projector', mine.position"
	     "			USING ERRCODE = '" CHECKPOINT_MOVED "';"
	     "	END IF;"
	     " END $$;";

enum status checkpoint_prepare(struct pg_session *session)
{
	return pg_session_script(session, prepare_sql, NULL);
}

static bool parse_leaf(struct text text, struct hash *leaf)
{
	struct hash parsed;
	size_t      size;

	if (text.size != BASE64_SIZE(sizeof(parsed.bytes)) || !base64_decode(text, parsed.bytes, &size)
	    || size != sizeof(parsed.bytes))
		return false;
	*leaf = parsed;
	return true;
}

static bool parse(const struct pg_answer *answer, struct checkpoint *checkpoint)
{
	struct text fold = pg_answer_text(answer, 0, 4);

	if (!text_parse_u64(pg_answer_text(answer, 0, 0), &checkpoint->position)
	    || !parse_leaf(pg_answer_text(answer, 0, 1), &checkpoint->leaf)
	    || !id_parse(pg_answer_text(answer, 0, 2), &checkpoint->log.store)
	    || !text_parse_u64(pg_answer_text(answer, 0, 3), &checkpoint->log.epoch)
	    || !text_parse_u64(pg_answer_text(answer, 0, 5), &checkpoint->purge_due)
	    || !id_parse(pg_answer_text(answer, 0, 6), &checkpoint->made) || fold.size >= sizeof(checkpoint->fold))
		return false;
	checkpoint->held = text_is(pg_answer_text(answer, 0, 7), "t");
	snprintf(checkpoint->fold, sizeof(checkpoint->fold), "%.*s", TEXT_ARG(fold));
	return true;
}

enum status checkpoint_load(struct pg_session *session, const char *schema, struct checkpoint *checkpoint)
{
	struct text       values[] = {text_from(schema)};
	struct checkpoint loaded = {0};
	struct pg_answer *answer;
	enum status       status = pg_session_ask(session, CHECKPOINT_LOAD, values, array_count(values), &answer);

	if (status)
		return status;
	if (pg_answer_rows(answer) == 0)
		status = STATUS_NOT_FOUND;
	else if (!parse(answer, &loaded))
		status = STATUS_CORRUPT;
	else
		*checkpoint = loaded;
	pg_answer_release(answer);
	return status;
}

enum status checkpoint_check(const struct checkpoint *checkpoint, const struct projector_log *log, const char **fault)
{
	struct log_identity identity = log->identity(log->owner);
	struct hash         leaf = {0};
	uint64_t            head;
	enum status         status = log->head(log->owner, &head);

	if (status)
		return status;
	if (checkpoint->position > 0 && checkpoint->position <= head)
		status = log->leaf(log->owner, checkpoint->position, &leaf);
	if (status)
		return status;
	if (!id_equal(identity.store, checkpoint->log.store))
		*fault = "of another store";
	else if (!identity_holds(&identity, checkpoint->log.store, checkpoint->log.epoch, checkpoint->position))
		*fault = "that was in an epoch that ended before (the log was restored or promoted from a copy)";
	else if (checkpoint->position > head)
		*fault = "the log ends before that";
	else if (!hash_equal(&leaf, &checkpoint->leaf))
		*fault = "the log holds another event there";
	else
		*fault = NULL;
	return STATUS_OK;
}

static enum status run_and_free(struct pg_session *session, struct buffer *sql)
{
	enum status status;

	buffer_append(sql, BYTES("", 1));
	status = pg_session_script(session, (const char *)sql->data, NULL);
	buffer_finish(sql);
	return status;
}

static void append_clear_tables(struct buffer *sql, const struct projection *projection)
{
	buffer_format(sql, "ARRAY[");
	for (const char *const *table = projection->clear_tables; table && *table; table++)
		buffer_format(sql, "%s'%s'", table == projection->clear_tables ? "" : ", ", *table);
	buffer_format(sql, "]::text[]");
}

static void append_drop(struct buffer *sql, const char *schema)
{
	buffer_format(sql,
	              "DROP SCHEMA IF EXISTS \"%s\" CASCADE; DELETE FROM orrery.checkpoint WHERE schema = '%s' "
	              "OR starts_with(schema, '%s/');",
	              schema, schema, schema);
}

/* Names of schemas and tables come from our own files and are plain words. */
enum status checkpoint_create(struct pg_session *session, const struct projection *projection, const char *schema,
                              struct log_identity log)
{
	struct buffer sql = {0};
	struct hash   none = {{0}};
	char          store[ID_TEXT_SIZE + 1], leaf[BASE64_SIZE(sizeof(struct hash)) + 1] = "";

	id_format(log.store, store);
	base64_encode(BYTES(none.bytes, sizeof(none.bytes)), leaf);
	buffer_format(&sql, LOCK);
	if (strcmp(schema, projection->name) != 0)
		append_drop(&sql, schema);
	buffer_format(&sql, "CREATE SCHEMA \"%s\";\n%s\n;", schema, projection->tables_sql);
	buffer_format(&sql,
	              "INSERT INTO orrery.checkpoint (schema, position, leaf, store, epoch, fold, clear_tables) "
	              "VALUES ('%s', 0, '%s', '%s', %" PRIu64 ", '%s', ",
	              schema, leaf, store, log.epoch, projection->fingerprint);
	append_clear_tables(&sql, projection);
	buffer_format(&sql, ")");
	return run_and_free(session, &sql);
}

static void append_rename(struct buffer *sql, const char *name, const char *from, const char *to)
{
	buffer_format(sql, "ALTER SCHEMA \"%s%s\" RENAME TO \"%s%s\";", name, from, name, to);
	buffer_format(sql, "UPDATE orrery.checkpoint SET schema = '%s%s' WHERE schema = '%s%s';", name, to, name, from);
}

/* What the living rows owe, whoever takes their place owes; the purge then looks after both. */
static void append_debt(struct buffer *sql, const char *name, const char *suffix)
{
	buffer_format(sql,
	              "UPDATE orrery.checkpoint AS new SET purge_due = greatest(new.purge_due, old.purge_due) "
	              "FROM orrery.checkpoint AS old WHERE new.schema = '%s%s' AND old.schema = '%s';",
	              name, suffix, name);
}

enum status checkpoint_swap(struct pg_session *session, const char *name)
{
	struct buffer sql = {0};

	buffer_format(&sql, LOCK WAIT_FOR_DISK "DROP SCHEMA IF EXISTS \"%s__previous\" CASCADE;", name);
	buffer_format(&sql, "DELETE FROM orrery.checkpoint WHERE schema = '%s__previous';", name);
	append_debt(&sql, name, "__next");
	append_rename(&sql, name, "", "__previous");
	append_rename(&sql, name, "__next", "");
	return run_and_free(session, &sql);
}

enum status checkpoint_exchange(struct pg_session *session, const char *name)
{
	struct buffer sql = {0};

	buffer_format(&sql, LOCK WAIT_FOR_DISK);
	append_debt(&sql, name, "__previous");
	append_rename(&sql, name, "", "__exchanged");
	append_rename(&sql, name, "__previous", "");
	append_rename(&sql, name, "__exchanged", "__previous");
	return run_and_free(session, &sql);
}

enum status checkpoint_drop(struct pg_session *session, const char *schema)
{
	struct buffer sql = {0};

	buffer_format(&sql, LOCK "SET LOCAL lock_timeout = %d;", COPY_LOCK_MS);
	append_drop(&sql, schema);
	return run_and_free(session, &sql);
}

enum status checkpoint_lock(struct pg_session *session, const char *name, bool *locked)
{
	struct text       values[] = {text_from(name)};
	struct pg_answer *answer;
	enum status       status = pg_session_ask(session, CHECKPOINT_LOCK, values, array_count(values), &answer);

	if (status)
		return status;
	*locked = text_is(pg_answer_text(answer, 0, 0), "t");
	pg_answer_release(answer);
	return STATUS_OK;
}

enum status checkpoint_mark(struct pg_session *session, const char *name)
{
	struct text       values[] = {text_from(name), TEXT(CHECKPOINT_FOLD_MARKED)};
	struct pg_answer *answer;
	enum status       status = pg_session_ask(session, CHECKPOINT_MARK, values, array_count(values), &answer);

	if (status)
		return status;
	if (pg_answer_changed(answer) == 0)
		status = STATUS_NOT_FOUND;
	pg_answer_release(answer);
	return status;
}
