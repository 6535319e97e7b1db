/* GET /users/me/export: the account as others of our own pages show it, and every event of the person's account and
 * history, opened, read straight from the log. Reading and opening happen on a worker thread. */
#include "api/credential.h"
#include "api/exported.h"
#include "api/preparation.h"
#include "schema/commands.h"

#include <inttypes.h>

static enum pace ask_account(struct exchange *exchange)
{
	/* Both questions ask for the caller alone, so one's input serves the other. */
	return exchange_ask(exchange, "account");
}

static void append_account(struct exchange *exchange)
{
	struct text          document = pg_answer_text(exchange->rows, 0, 0);
	const struct opener *opener = keys_opener(exchange->lane->service->keys);

	if (!personal_open_json(text_bytes(document), opener, &exchange->out))
		buffer_append_text(&exchange->out, document);
}

static void run_export(struct work *work)
{
	struct exchange      *exchange = container_of(work, struct exchange, work);
	const struct export  *asked = exchange->input;
	struct exported_range range = {.person = asked->user, .after = asked->has_after ? asked->after : 0};
	struct buffer        *out = &exchange->out;
	struct reader        *reader;
	char                  user[ID_TEXT_SIZE + 1];
	uint64_t              head;
	bool                  has_more = false;

	exchange->status = reader_open(exchange->lane->service->data, &reader);
	if (exchange->status != STATUS_OK)
		return;
	id_format(asked->user, user);
	exchange->status = reader_head(reader, &head);
	buffer_format(out, "{\"user\":\"%s\",\"head\":%" PRIu64 ",\"account\":", user, head);
	append_account(exchange);
	buffer_append_text(out, TEXT(",\"events\":["));
	if (exchange->status == STATUS_OK)
		exchange->status =
			exported_append(reader, range, keys_opener(exchange->lane->service->keys), out, &has_more);
	buffer_format(out, "],\"has_more\":%s}", has_more ? "true" : "false");
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
