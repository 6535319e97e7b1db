#include "projections/checkpoint.h"

#include "eventstore/base/base64.h"
#include "eventstore/base/buffer.h"
#include "eventstore/base/require.h"

#include <inttypes.h>
#include <stdio.h>

const char *const checkpoint_statements[CHECKPOINT_STATEMENTS] = {
	[CHECKPOINT_BEGIN] = "BEGIN",
	[CHECKPOINT_COMMIT] = "COMMIT",
	[CHECKPOINT_LOAD] =
		"SELECT position, leaf, store, epoch, fold, purge_due FROM orrery.checkpoint WHERE schema = $1",
	[CHECKPOINT_HOLD] = "SELECT orrery.hold($1, $2, $3)",
	[CHECKPOINT_ADVANCE] = "UPDATE orrery.checkpoint SET position = $2, leaf = $3, epoch = $5, "
			       "purge_due = greatest(purge_due, $4), updated_at = now() WHERE schema = $1",
	[CHECKPOINT_PURGED] = "UPDATE orrery.checkpoint SET purge_due = 0 WHERE schema = $1 AND purge_due = $2",
	[CHECKPOINT_OUTDATED] = "SELECT 1 FROM orrery.checkpoint WHERE schema = $1 AND cardinality(clear_tables) > 0 "
				"AND (position < $2 OR purge_due > 0)",
	[CHECKPOINT_MARK] = "UPDATE orrery.checkpoint SET fold = '' WHERE schema = $1",
};

/* The lock keeps two projectors from making the same thing at once: IF NOT EXISTS alone would let one of them fail. */
#define LOCK "SELECT pg_advisory_xact_lock(hashtext('orrery.checkpoint'));"

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
	     "CREATE OR REPLACE FUNCTION orrery.hold(held text, held_fold text, held_position bigint) RETURNS void"
	     " LANGUAGE plpgsql AS $$"
	     " DECLARE mine orrery.checkpoint;"
	     " BEGIN"
	     "	SELECT * INTO mine FROM orrery.checkpoint WHERE schema = held FOR UPDATE;"
	     "	IF mine.fold IS DISTINCT FROM held_fold THEN"
	     "		RAISE EXCEPTION 'the read model is to be built by another fold' USING ERRCODE = "
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
	    || fold.size >= sizeof(checkpoint->fold))
		return false;
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
		buffer_format(
			&sql,
			"DROP SCHEMA IF EXISTS \"%s\" CASCADE; DELETE FROM orrery.checkpoint WHERE schema = '%s';",
			schema, schema);
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

enum status checkpoint_swap(struct pg_session *session, const char *name)
{
	struct buffer sql = {0};

	buffer_format(&sql, LOCK);
	buffer_format(&sql, "DROP SCHEMA IF EXISTS \"%s__previous\" CASCADE;", name);
	buffer_format(&sql, "DELETE FROM orrery.checkpoint WHERE schema = '%s__previous';", name);
	append_rename(&sql, name, "", "__previous");
	append_rename(&sql, name, "__next", "");
	return run_and_free(session, &sql);
}

enum status checkpoint_mark(struct pg_session *session, const char *name)
{
	struct text       values[] = {text_from(name)};
	struct pg_answer *answer;
	enum status       status = pg_session_ask(session, CHECKPOINT_MARK, values, array_count(values), &answer);

	if (status)
		return status;
	if (pg_answer_changed(answer) == 0)
		status = STATUS_NOT_FOUND;
	pg_answer_release(answer);
	return status;
}
