#include "projections/digest.h"

#include "eventstore/base/base64.h"
#include "eventstore/base/buffer.h"
#include "eventstore/base/require.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>

/* How values are printed must not depend on who asks. */
#define STEADY                                                                                                         \
	"SET LOCAL timezone = 'UTC'; SET LOCAL datestyle = 'ISO'; SET LOCAL intervalstyle = 'postgres';"               \
	"SET LOCAL bytea_output = 'hex'; SET LOCAL extra_float_digits = 1;"

/* The row's text and its hash are made once for both sums: OFFSET 0 keeps the inner query from being dissolved, and
 * does not keep PostgreSQL from sharing the table out among parallel workers. */
#define SUM_OF(from) "coalesce(sum(('x' || encode(substr(hash, " #from ", 8), 'hex'))::bit(64)::bigint), 0)"
static const char table_sql[] = "SELECT count(*), " SUM_OF(1) ", " SUM_OF(
	9) " FROM ("
	   "SELECT sha256(convert_to(one::text, 'UTF8')) AS hash FROM \"%s\".\"%s\" AS one "
	   "OFFSET 0) AS hashed";

static_assert(DIGEST_TEXT_SIZE == BASE64_SIZE(sizeof(struct hash)), "a digest is printed as base64url");

static enum status script(struct pg_session *session, struct buffer *sql, struct pg_answer **answer)
{
	enum status status;

	buffer_append(sql, BYTES("", 1));
	status = pg_session_script(session, (const char *)sql->data, answer);
	buffer_finish(sql);
	return status;
}

static enum status find_tables(struct pg_session *session, const char *schema, struct model_digest *digest)
{
	struct buffer     sql = {0};
	struct pg_answer *answer;
	enum status       status;

	buffer_format(&sql,
	              "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = to_regnamespace('\"%s\"') "
	              "ORDER BY relname COLLATE \"C\"",
	              schema);
	status = script(session, &sql, &answer);
	if (status)
		return status;
	digest->table_count = pg_answer_rows(answer);
	for (uint32_t i = 0; i < digest->table_count && i < DIGEST_TABLES_MAX; i++)
		snprintf(digest->tables[i].name, DIGEST_NAME_SIZE, "%s", pg_answer_text(answer, i, 0).data);
	pg_answer_release(answer);
	return digest->table_count > DIGEST_TABLES_MAX ? STATUS_UNSUPPORTED : STATUS_OK;
}

/* The locks come before the snapshot: a purge that writes a table anew in between would leave the snapshot an empty
 * one. */
enum status digest_begin(struct pg_session *session, const char *schema, struct model_digest *digest)
{
	struct buffer sql = {0};
	enum status   status;

	*digest = (struct model_digest){0};
	status = find_tables(session, schema, digest);
	if (status)
		return status;
	buffer_format(&sql, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; " STEADY);
	for (uint32_t i = 0; i < digest->table_count; i++)
		buffer_format(&sql, "LOCK TABLE \"%s\".\"%s\" IN ACCESS SHARE MODE;", schema, digest->tables[i].name);
	status = script(session, &sql, NULL);
	if (status == STATUS_OK)
		status = checkpoint_load(session, schema, &digest->checkpoint);
	if (status)
		digest_end(session);
	return status;
}

static enum status read_table(struct pg_session *session, const char *schema, struct table_digest *table)
{
	struct buffer     sql = {0};
	struct pg_answer *answer;
	enum status       status;

	buffer_format(&sql, table_sql, schema, table->name);
	status = script(session, &sql, &answer);
	if (status)
		return status;
	for (uint32_t i = 0; i < array_count(table->sums); i++)
		snprintf(table->sums[i], DIGEST_SUM_SIZE, "%.*s", TEXT_ARG(pg_answer_text(answer, 0, 1 + i)));
	if (!text_parse_u64(pg_answer_text(answer, 0, 0), &table->rows))
		status = STATUS_CORRUPT;
	pg_answer_release(answer);
	return status;
}

static void sum_up(struct model_digest *digest)
{
	const struct checkpoint *checkpoint = &digest->checkpoint;
	struct buffer            text = {0};
	char                     store[ID_TEXT_SIZE + 1], leaf[DIGEST_TEXT_SIZE + 1] = "";

	id_format(checkpoint->log.store, store);
	base64_encode(BYTES(checkpoint->leaf.bytes, sizeof(checkpoint->leaf.bytes)), leaf);
	buffer_format(&text, "read model\nfold %s\nstore %s\nposition %" PRIu64 "\nleaf %s\n", checkpoint->fold, store,
	              checkpoint->position, leaf);
	for (uint32_t i = 0; i < digest->table_count; i++) {
		const struct table_digest *table = &digest->tables[i];

		buffer_format(&text, "table %s %" PRIu64 " %s %s\n", table->name, table->rows, table->sums[0],
		              table->sums[1]);
		digest->rows += table->rows;
	}
	digest->hash = hash_sha256(buffer_bytes(&text));
	buffer_finish(&text);
}

enum status digest_read(struct pg_session *session, const char *schema, struct model_digest *digest)
{
	enum status status = STATUS_OK;

	for (uint32_t i = 0; i < digest->table_count && status == STATUS_OK; i++)
		status = read_table(session, schema, &digest->tables[i]);
	if (status == STATUS_OK)
		sum_up(digest);
	return status;
}

/* Nothing was changed: when the connection is lost, the server ends the transaction itself. */
void digest_end(struct pg_session *session)
{
	if (pg_session_script(session, "ROLLBACK", NULL))
		require(!pg_session_connected(session));
}

enum status digest_take(struct pg_session *session, const char *schema, struct model_digest *digest)
{
	enum status status = digest_begin(session, schema, digest);

	if (status)
		return status;
	status = digest_read(session, schema, digest);
	digest_end(session);
	return status;
}

enum status digest_keep(struct pg_session *session, const char *schema, const struct model_digest *digest)
{
	char              hash[DIGEST_TEXT_SIZE + 1], rows[24], position[24];
	struct text       values[] = {text_from(schema), TEXT_NONE, TEXT_NONE, TEXT_NONE};
	struct pg_answer *answer;
	enum status       status;

	digest_format(digest, hash);
	snprintf(rows, sizeof(rows), "%" PRIu64, digest->rows);
	snprintf(position, sizeof(position), "%" PRIu64, digest->checkpoint.position);
	values[1] = text_from(hash);
	values[2] = text_from(rows);
	values[3] = text_from(position);
	status = pg_session_ask(session, CHECKPOINT_DIGEST, values, array_count(values), &answer);
	if (status == STATUS_OK)
		pg_answer_release(answer);
	return status;
}

void digest_format(const struct model_digest *digest, char out[DIGEST_TEXT_SIZE + 1])
{
	base64_encode(BYTES(digest->hash.bytes, sizeof(digest->hash.bytes)), out);
	out[DIGEST_TEXT_SIZE] = '\0';
}

const char *digest_difference(const struct model_digest *a, const struct model_digest *b)
{
	for (uint32_t i = 0; i < a->table_count; i++) {
		const struct table_digest *one = &a->tables[i], *other = &b->tables[i];

		if (i >= b->table_count || strcmp(one->name, other->name) != 0 || one->rows != other->rows
		    || memcmp(one->sums, other->sums, sizeof(one->sums)) != 0)
			return one->name;
	}
	return b->table_count > a->table_count ? b->tables[a->table_count].name : NULL;
}
