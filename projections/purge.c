#include "projections/purge.h"

#include "eventstore/base/arena.h"
#include "eventstore/base/diag.h"
#include "projections/checkpoint.h"

#include <inttypes.h>

/* VACUUM (FULL) would keep dead rows that some old snapshot might still want to see. A change of persistence writes the
 * table and its indexes anew with the rows that live now and no others; two of them in one transaction leave it as it
 * was. */
static enum status rewrite(struct pg_session *session, const char *table, struct arena *arena)
{
	struct text sql = arena_format(arena,
	                               "SET LOCAL lock_timeout = %d;"
	                               "ALTER TABLE \"%s\" SET UNLOGGED;"
	                               "ALTER TABLE \"%s\" SET LOGGED",
	                               PURGE_LOCK_MS, table, table);

	return pg_session_script(session, sql.data, NULL);
}

static enum status rewrite_all(struct pg_session *session, const struct projection *projection, struct arena *arena)
{
	enum status status = STATUS_OK;

	for (const char *const *table = projection->clear_tables; table && *table && status == STATUS_OK; table++)
		status = rewrite(session, *table, arena);
	return status;
}

/* Copies beside are folded no further, or later, and would show for as long whom they showed last. Whoever builds one
 * begins again. */
static enum status drop_outdated(struct pg_session *session, const char *name, uint64_t position, bool *dropped,
                                 struct arena *arena)
{
	struct text       values[] = {text_from(name), arena_format(arena, "%" PRIu64, position)};
	struct pg_answer *answer;
	enum status       status = pg_session_ask(session, CHECKPOINT_OUTDATED, values, array_count(values), &answer);

	if (status)
		return status;
	*dropped = pg_answer_rows(answer) > 0;
	for (uint32_t i = 0; i < pg_answer_rows(answer) && status == STATUS_OK; i++) {
		const char *schema = pg_answer_text(answer, i, 0).data;

		diag(DIAG_INFO, "copy_dropped", "%s would have kept the name of somebody erased", schema);
		status = checkpoint_drop(session, schema);
	}
	pg_answer_release(answer);
	return status;
}

/* The first checkpoint also removes the files of what was dropped; the second one starts in a new segment of the log,
 * so that all earlier ones are removed. */
static enum status drop_log(struct pg_session *session)
{
	static const char *const steps[] = {"CHECKPOINT", "SELECT pg_switch_wal()", "CHECKPOINT"};
	enum status              status = STATUS_OK;

	for (size_t i = 0; i < array_count(steps) && status == STATUS_OK; i++)
		status = pg_session_script(session, steps[i], NULL);
	if (status != STATUS_DENIED)
		return status;
	diag(DIAG_WARN, "purge_incomplete",
	     "PostgreSQL's write-ahead log may hold the name of somebody erased until its old segments go: the role "
	     "needs "
	     "pg_checkpoint and EXECUTE on pg_switch_wal()");
	return STATUS_OK;
}

enum status purge_copy(struct pg_session *session, const struct projection *projection)
{
	struct arena arena = {0};
	enum status  status = rewrite_all(session, projection, &arena);

	if (status == STATUS_OK && projection->clear_tables && projection->clear_tables[0])
		status = drop_log(session);
	arena_finish(&arena);
	return status;
}

enum status purge_run(struct pg_session *session, const struct projection *projection, uint64_t position)
{
	struct arena arena = {0};
	bool         clear = projection->clear_tables && projection->clear_tables[0], dropped = false;
	enum status  status = rewrite_all(session, projection, &arena);

	if (status == STATUS_OK)
		status = drop_outdated(session, projection->name, position, &dropped, &arena);
	if (status == STATUS_OK && (clear || dropped))
		status = drop_log(session);
	arena_finish(&arena);
	return status;
}
