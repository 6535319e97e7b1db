#include "subscribers/sender.h"

#include "eventstore/base/buffer.h"
#include "eventstore/base/diag.h"
#include "eventstore/base/require.h"
#include "eventstore/wire/courier.h"

#include <inttypes.h>
#include <stdlib.h>

struct sender {
	const char       *subscription;
	struct sender_way way;
	struct courier   *courier; /* NULL with another way */
};

static enum status carry_over_socket(void *owner, const char *command, struct id command_id, const void *fields,
                                     struct arena *arena, struct answer *answer)
{
	return courier_command(owner, command, command_id, fields, arena, answer);
}

struct sender *sender_create(const struct subscriber_ground *ground, const char *subscription)
{
	struct sender *sender = calloc(1, sizeof(*sender));

	require(sender != NULL);
	sender->subscription = subscription;
	if (ground->way) {
		sender->way = *ground->way;
		return sender;
	}
	sender->courier = courier_create(config_path(ground->config, CONFIG_SOCKET), subscription);
	sender->way = (struct sender_way){.owner = sender->courier, .carry = carry_over_socket};
	return sender;
}

void sender_destroy(struct sender *sender)
{
	if (!sender)
		return;
	courier_destroy(sender->courier);
	free(sender);
}

/* ---------------------------------------------------------------- under which id */

/* A leaf hash is that of one record with its place: after a restore another event at the same position has another, and
 * a command that the restored log lost is none that was kept. */
struct id sender_command_id(const char *subscription, const struct delivery *delivery, const struct errand *errand)
{
	static const char label[] = "orrery subscriber's command"; /* each text with its NUL, so that none runs on */
	struct buffer     said = {0};
	uint8_t           number[4];
	struct id         id;

	for (int i = 0; i < 4; i++)
		number[i] = (uint8_t)(errand->number >> (8 * i));
	buffer_append(&said, BYTES(label, sizeof(label)));
	buffer_append(&said, BYTES(subscription, strlen(subscription) + 1));
	buffer_append(&said, BYTES(errand->command, strlen(errand->command) + 1));
	buffer_append(&said, BYTES(delivery->record.leaf.bytes, sizeof(delivery->record.leaf.bytes)));
	buffer_append(&said, BYTES(number, sizeof(number)));
	buffer_append(&said, BYTES(errand->about.bytes, sizeof(errand->about.bytes)));
	id = id_hashed(buffer_bytes(&said));
	buffer_finish(&said);
	return id;
}

/* ---------------------------------------------------------------- sending */

static enum status read_refusal(struct text name, enum refusal *refusal)
{
	*refusal = name.data ? refusal_by_name(name) : REFUSAL_none;
	return name.data && *refusal == REFUSAL_none ? STATUS_UNSUPPORTED : STATUS_OK;
}

/* A failure of the writer's is ours. A word that this build does not know came from another build. */
static enum status read_answer(const struct answer *answer, struct sent *sent)
{
	enum status status = status_by_name(answer->status);

	if (status == STATUS_OK)
		status = read_refusal(answer->refusal, &sent->refusal);
	if (status != STATUS_OK)
		return status;
	sent->moved = answer->event.data != NULL;
	sent->position = answer->position;
	sent->retry_at_us = answer->retry_at;
	return STATUS_OK;
}

static void tell(const struct sender *sender, const struct delivery *delivery, const struct errand *errand,
                 enum status status, const struct answer *answer)
{
	struct text why = answer->sentence.data ? answer->sentence : text_from(status_sentence(status));

	diag(DIAG_WARN, "command_not_taken", "%s at position %" PRIu64 ", %s: %.*s", sender->subscription,
	     delivery->record.position, errand->command, TEXT_ARG(why));
}

/* An answer that did not come may still have been under way: the same id is sent again after the pause. */
static bool may_pass(enum status status)
{
	return status == STATUS_UNREACHABLE || status == STATUS_TIMED_OUT || status == STATUS_BUSY
	       || status == STATUS_FULL;
}

enum status sender_send(struct sender *sender, const struct delivery *delivery, const struct errand *errand,
                        struct sent *sent)
{
	struct arena  arena = {0};
	struct answer answer = {0};
	struct sent   came = {0};
	enum status   status = sender->way.carry(sender->way.owner, errand->command,
	                                         sender_command_id(sender->subscription, delivery, errand),
	                                         errand->fields, &arena, &answer);

	if (status == STATUS_OK)
		status = read_answer(&answer, &came);
	if (status == STATUS_OK)
		*sent = came;
	else if (!may_pass(status))
		tell(sender, delivery, errand, status, &answer);
	arena_finish(&arena);
	return status == STATUS_TIMED_OUT ? STATUS_UNREACHABLE : status;
}
