/* GET /users/me/export: the account as others of our own pages show it, and every event of the person's history,
 * opened, read straight from the log. Reading and opening happen on a worker thread. */
#include "api/credential.h"
#include "api/preparation.h"
#include "eventstore/base/clock.h"
#include "eventstore/log/reader.h"

#include <inttypes.h>

enum { EXPORT_EVENTS_MAX = 100000 };

static enum pace ask_account(struct exchange *exchange)
{
	/* Both questions ask for the caller alone, so one's input serves the other. */
	return exchange_ask(exchange, "account");
}

struct export
{
	struct exchange     *exchange;
	const struct opener *opener;
	struct arena         arena;
	uint32_t             count;
	enum status          status;
};

static bool append_event(void *owner, const struct record *record)
{
	struct export *export = owner;
	struct buffer           *out = &export->exchange->out;
	const struct event_type *type;
	const void              *event;
	char                     when[TIME_TEXT_SIZE + 1];

	export->status = record_event(record, export->opener, &export->arena, &type, &event);
	if (export->status != STATUS_OK)
		return false;
	time_format(record->time_us, when);
	buffer_format(out, "%s{\"position\":%" PRIu64 ",\"time\":\"%s\",\"event\":\"%s\",\"fields\":",
	              export->count++ > 0 ? "," : "", record->position, when, type->name);
	json_encode_shape(type->shape, event, FIELD_SECRET, out);
	buffer_append_text(out, TEXT("}"));
	arena_reset(&export->arena);
	return true;
}

static void append_account(struct exchange *exchange)
{
	struct text          document = pg_answer_text(exchange->rows, 0, 0);
	const struct opener *opener = keys_opener(exchange->lane->service->keys);

	if (!personal_open_json(text_bytes(document), opener, &exchange->out))
		buffer_append_text(&exchange->out, document);
}

static enum status append_history(struct exchange *exchange, struct reader *reader)
{
	struct export export = {.exchange = exchange, .opener = keys_opener(exchange->lane->service->keys)};
	enum status status;

	status = reader_stream(reader, exchange->claims.user, 1, EXPORT_EVENTS_MAX, append_event, &export);
	arena_finish(&export.arena);
	return status == STATUS_OK ? export.status : status;
}

static void run_export(struct work *work)
{
	struct exchange *exchange = container_of(work, struct exchange, work);
	struct buffer   *out = &exchange->out;
	struct reader   *reader;
	char             user[ID_TEXT_SIZE + 1];
	uint64_t         head;

	exchange->status = reader_open(exchange->lane->service->data, &reader);
	if (exchange->status != STATUS_OK)
		return;
	id_format(exchange->claims.user, user);
	exchange->status = reader_head(reader, &head);
	buffer_format(out, "{\"user\":\"%s\",\"head\":%" PRIu64 ",\"account\":", user, head);
	append_account(exchange);
	buffer_append_text(out, TEXT(",\"events\":["));
	if (exchange->status == STATUS_OK)
		exchange->status = append_history(exchange, reader);
	buffer_append_text(out, TEXT("]}"));
	reader_close(reader);
}

static enum pace gather(struct exchange *exchange)
{
	if (exchange->status != STATUS_OK)
		return exchange_fail(exchange, exchange->status);
	if (pg_answer_rows(exchange->rows) == 0)
		return exchange_refuse(exchange, REFUSAL_user_unknown, 0);
	return exchange_work(exchange, run_export);
}

static enum pace hand_out(struct exchange *exchange)
{
	if (exchange->status != STATUS_OK)
		return exchange_fail(exchange, exchange->status);
	return exchange_reply_json(exchange, exchange->route->http, buffer_bytes(&exchange->out), TEXT_NONE);
}

static exchange_step *const export_steps[] = {ask_account, gather, hand_out, NULL};
const struct preparation    preparation_export = {.steps = export_steps, .consults = "account"};
