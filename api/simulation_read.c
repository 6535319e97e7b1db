/* A simulation as it is read: its document, and the scene unpacked beside it. */
#include "api/preparation.h"
#include "api/simulation_access.h"
#include "eventstore/codec/personal.h"
#include "physics/scene/packed.h"

enum { DOCUMENT_COLUMN, VERSION_COLUMN, SCENE_COLUMN };

static enum pace ask_simulation(struct exchange *exchange)
{
	return exchange_ask(exchange, "read_simulation");
}

/* What is sealed is opened before the scene is added: in what its author wrote nothing is. */
static void append_opened(struct exchange *exchange, struct text document)
{
	struct key_hold hold;
	bool            found;

	key_hold_init(&hold, exchange->lane->service->keys);
	found = personal_open_json(text_bytes(document), &hold.opener, &exchange->out);
	key_hold_finish(&hold);
	if (!found)
		buffer_append_text(&exchange->out, document);
}

static enum pace present_simulation(struct exchange *exchange)
{
	struct text scene;
	enum status status = exchange->status;

	if (status == STATUS_OK && pg_answer_rows(exchange->rows) == 0)
		return exchange_refuse(exchange, REFUSAL_simulation_version_unknown, 0);
	if (status == STATUS_OK)
		status = scene_unpack_text(pg_answer_text(exchange->rows, 0, SCENE_COLUMN), &exchange->arena, &scene);
	if (status != STATUS_OK)
		return exchange_fail(exchange, status);
	append_opened(exchange, pg_answer_text(exchange->rows, 0, DOCUMENT_COLUMN));
	exchange->out.size--; /* the brace */
	buffer_append_text(&exchange->out, TEXT(",\"scene\":"));
	buffer_append_text(&exchange->out, scene);
	buffer_append_text(&exchange->out, TEXT("}"));
	return exchange_reply_json(exchange, exchange->route->http, buffer_bytes(&exchange->out), TEXT_NONE);
}

static exchange_step *const read_steps[] = {simulation_access_await,
                                            simulation_access_check,
                                            simulation_access_ask,
                                            simulation_access_judge,
                                            ask_simulation,
                                            present_simulation,
                                            NULL};
const struct preparation    preparation_simulation = {.steps = read_steps};
